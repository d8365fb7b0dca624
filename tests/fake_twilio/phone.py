"""A person on the phone: hears what the service says in its TwiML, and presses keys."""

from collections.abc import Callable
from urllib.parse import urljoin
from xml.etree import ElementTree as ET

from tests.fake_twilio.payloads import Resource
from tests.fake_twilio.webhooks import Line, about_call

BROKEN = "We are sorry, an application error has occurred. Goodbye."


def listen(line: Line, call: Resource, digits: str, before_keys: Callable[[], None] | None = None) -> list[str]:
    """Take the call and press each key when asked for one; gives every sentence that was said.

    `before_keys` is done between the first key and its arrival at the service.

    Keys that nobody asks for are not heard. Silence, which is no digits, runs through to the end of the markup.
    """
    url = str(call["_form"]["Url"])
    extra: dict[str, str] = {}
    said: list[str] = []
    while True:
        status, answer = line.post(url, {**about_call(call, "in-progress"), **extra})
        try:
            response = ET.fromstring(answer) if status == 200 else None  # noqa: S314 - the service under test's
        except ET.ParseError:
            response = None
        if response is None:
            return [*said, BROKEN]
        gather = response.find("Gather") if digits else None
        if gather is None:
            return said + _sentences(response)
        # a key cuts the voice off, but whoever presses the right one has heard what came before
        said += _sentences(gather)
        size = int(gather.get("numDigits", len(digits)))
        if before_keys is not None:
            before_keys()
            before_keys = None
        extra, digits = {"Digits": digits[:size]}, digits[size:]
        url = urljoin(url, gather.get("action", url))


def _sentences(element: ET.Element) -> list[str]:
    return [say.text or "" for say in element.iter("Say")]
