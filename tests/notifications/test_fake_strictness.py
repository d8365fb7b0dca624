"""The stand-in refuses what Twilio refuses, and answers in the shape that Twilio's published interface gives.

Twilio's own client is generated from that interface, so what it sends and reads is what there is.
"""

import base64
import inspect
import json
import re
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode

import pytest
from twilio.rest.api.v2010.account.call import CallInstance, CallList  # type: ignore[import-untyped]
from twilio.rest.api.v2010.account.message import MessageInstance, MessageList  # type: ignore[import-untyped]

from notifications.messages import Call, Sms
from notifications.transports import TransportError
from notifications.transports.twilio import TwilioTransport
from tests.fake_twilio import FakeTwilio
from tests.fake_twilio.payloads import NUMBER
from tests.fake_twilio.refusals import FIELDS
from tests.notifications.conftest import AUTH_TOKEN

TO = "+491713920055"
SERVICE = "MG" + "1" * 32
MESSAGE = {"To": TO, "From": NUMBER, "Body": "Hallo"}
CALL = {"To": TO, "From": NUMBER, "Url": "https://pool.example/webhooks/twilio/voice?message=7"}


def post(twilio: FakeTwilio, kind: str, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
    """The status and the answer to one request, as any client would make it."""
    connection = HTTPConnection("127.0.0.1", int(twilio.url.rpartition(":")[2]), timeout=5)
    login = base64.b64encode(f"AC1:{AUTH_TOKEN}".encode()).decode()
    headers = {"Authorization": f"Basic {login}", "Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", f"/2010-04-01/Accounts/AC1/{kind}.json", urlencode(form), headers)
    answer = connection.getresponse()
    told: dict[str, Any] = json.loads(answer.read())
    connection.close()
    return answer.status, told


def code(twilio: FakeTwilio, kind: str, form: dict[str, str]) -> int:
    """The code it refuses with, or 0; a refused message is not kept."""
    status, told = post(twilio, kind, form)
    assert status == (201 if told.get("sid") else 400)
    assert len(twilio.messages) + len(twilio.calls) == (1 if told.get("sid") else 0)
    if status == 400:
        assert told["more_info"] == f"https://www.twilio.com/docs/errors/{told['code']}"
        assert told["status"] == 400
    return int(told.get("code", 0))


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8000/webhooks?x=1",
        "https://pool.example/a",
        "HTTPS://pool.example:8443/a?b=%C3%BC",
        "https://p.example",
    ],
)
def test_an_address_to_report_to_may_be_any_of_the_web(twilio: FakeTwilio, url: str) -> None:
    assert code(twilio, "Messages", {**MESSAGE, "StatusCallback": url}) == 0


WRONG_URLS = [
    "pool.example/a", "/webhooks", "ftp://pool.example/a", "https://", "https:///a", "https://pool_beckum.example/a",
    "https://pool.example:99999/a", "https://pool example/a", "https://pool.example/a b", "javascript:alert(1)", "https://[x/",
    "https://pool.example/" + "a" * 4000, "https://-pool.example/",
]  # fmt: skip


@pytest.mark.parametrize("url", WRONG_URLS)
def test_an_address_to_report_to_that_is_none_is_refused(twilio: FakeTwilio, url: str) -> None:
    assert code(twilio, "Messages", {**MESSAGE, "StatusCallback": url}) == 21609
    assert code(twilio, "Calls", {**CALL, "StatusCallback": url}) == 21609
    assert code(twilio, "Calls", {**CALL, "Url": url}) == 21205


@pytest.mark.parametrize(
    ("changed", "refused"),
    [
        ({"To": ""}, 21604), ({"To": "0171 3920055"}, 21211), ({"To": NUMBER}, 21266), ({"From": ""}, 21603),
        ({"Body": ""}, 21602), ({"Body": "x" * 1600}, 0), ({"Body": "x" * 1601}, 21617), ({"Body": "ü" * 1601}, 21617),
        ({"ValidityPeriod": "0"}, 21624), ({"ValidityPeriod": "36001"}, 21624), ({"ValidityPeriod": "1"}, 0),
        ({"ValidityPeriod": "36000"}, 0), ({"ValidityPeriod": "soon"}, 21624), ({"ValidityPeriod": "1.5"}, 21624),
        ({"Bdoy": "x"}, 20001), ({"Url": "https://pool.example"}, 20001), ({"MessagingServiceSid": "MG1"}, 21705),
        ({"MessagingServiceSid": SERVICE}, 0), ({"From": "", "MessagingServiceSid": SERVICE}, 0),
    ],
)  # fmt: skip
def test_what_twilio_would_not_send_is_refused(twilio: FakeTwilio, changed: dict[str, str], refused: int) -> None:
    assert code(twilio, "Messages", {**MESSAGE, **changed}) == refused


@pytest.mark.parametrize(
    ("changed", "refused"),
    [
        ({"To": ""}, 21201), ({"To": "+49"}, 21211), ({"From": ""}, 21213), ({"Url": ""}, 21205),
        ({"MachineDetection": "Enable"}, 0), ({"MachineDetection": "DetectMessageEnd"}, 0),
        ({"MachineDetection": "enabled"}, 21234), ({"MachineDetection": "true"}, 21234), ({"Timeout": "25"}, 0),
        ({"Timeout": "0"}, 21208), ({"Timeout": "601"}, 21208), ({"Timeout": "x"}, 21208),
        ({"StatusCallbackEvent": "completed"}, 0), ({"StatusCallbackEvent": "ended"}, 21626), ({"Body": "x"}, 20001),
        ({"MachineDetection": "Enable", "MachineDetectionTimeout": "60"}, 21234),
        ({"MachineDetection": "Enable", "MachineDetectionTimeout": "30"}, 0),
    ],
)  # fmt: skip
def test_what_twilio_would_not_call_is_refused(twilio: FakeTwilio, changed: dict[str, str], refused: int) -> None:
    assert code(twilio, "Calls", {**CALL, **changed}) == refused


def test_a_country_that_is_not_enabled_is_refused_until_it_is(twilio: FakeTwilio) -> None:
    twilio.closed.add("+380")
    assert post(twilio, "Messages", {**MESSAGE, "To": "+380501234567"})[1]["code"] == 21408
    assert post(twilio, "Calls", {**CALL, "To": "+380501234567"})[1]["code"] == 21215
    assert post(twilio, "Messages", MESSAGE)[0] == 201
    twilio.closed.clear()
    assert post(twilio, "Messages", {**MESSAGE, "To": "+380501234567"})[0] == 201


@pytest.mark.parametrize(
    ("body", "segments"),
    [
        ("x" * 160, "1"), ("x" * 161, "2"), ("ä" * 160, "1"), ("€" * 80, "1"), ("€" * 81, "2"), ("х" * 70, "1"),
        ("х" * 71, "2"),
        ("😀" * 35, "1"), ("😀" * 36, "2"), ("x" * 306, "2"), ("x" * 307, "3"), ("„x" + "x" * 69, "2"),
    ],
)  # fmt: skip
def test_segments_are_counted_as_they_are_paid_for(twilio: FakeTwilio, body: str, segments: str) -> None:
    assert post(twilio, "Messages", {**MESSAGE, "Body": body})[1]["num_segments"] == segments


def test_a_messaging_service_names_its_sender_only_when_it_sends(twilio: FakeTwilio) -> None:
    form = {"To": TO, "MessagingServiceSid": SERVICE, "Body": "x" * 200}
    taken = post(twilio, "Messages", form)[1]
    assert (taken["from"], taken["num_segments"], taken["status"]) == (None, "0", "accepted")
    assert taken["messaging_service_sid"] == SERVICE
    with FakeTwilio(auth_token=AUTH_TOKEN, callbacks=False) as another:
        sid = post(another, "Messages", form)[1]["sid"]
        another.report(sid, "sent")
        another.settle()
        sent = another.messages[0]
        assert (sent["from"], sent["num_segments"], sent["status"]) == (NUMBER, "2", "sent")


def test_a_number_is_known_from_the_start(twilio: FakeTwilio) -> None:
    taken = post(twilio, "Messages", MESSAGE)[1]
    assert (taken["from"], taken["status"], taken["messaging_service_sid"]) == (NUMBER, "queued", None)


def test_dates_are_those_of_mail_in_gmt(twilio: FakeTwilio) -> None:
    taken = post(twilio, "Messages", MESSAGE)[1]
    for name in ("date_created", "date_updated"):
        assert re.fullmatch(r"[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} \+0000", taken[name])
        assert parsedate_to_datetime(taken[name]).utcoffset() is not None
    assert taken["date_sent"] is None


class Asked(dict[str, Any]):
    """Notes what is read of an answer."""

    def __init__(self, answer: dict[str, Any]) -> None:
        super().__init__(answer)
        self.names: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        self.names.add(name)
        return super().get(name, default)


@pytest.mark.parametrize(
    ("kind", "form", "instance"), [("Messages", MESSAGE, MessageInstance), ("Calls", CALL, CallInstance)]
)
def test_an_answer_has_every_field_that_the_published_interface_has_and_no_other(
    twilio: FakeTwilio, kind: str, form: dict[str, str], instance: Any
) -> None:
    answer = Asked(post(twilio, kind, form)[1])
    instance(None, answer, "AC1")
    assert set(answer) - {"subresource_uris"} == answer.names - {"subresource_uris"}


@pytest.mark.parametrize(("kind", "resource"), [("Messages", MessageList), ("Calls", CallList)])
def test_the_fields_it_knows_are_those_of_the_published_interface(kind: str, resource: Any) -> None:
    names = set(inspect.signature(resource.create).parameters) - {"self"}
    assert {"".join(part.capitalize() for part in name.split("_")) for name in names} == FIELDS[kind]


def test_the_transport_meets_no_refusal_with_all_it_can_say(twilio: FakeTwilio) -> None:
    for service, number in ((SERVICE, ""), ("", NUMBER)):
        transport = TwilioTransport(
            account_sid="AC1", auth_token=AUTH_TOKEN, messaging_service_sid=service, from_=number, voice_from=NUMBER,
            status_callback_base="https://pool.example", api_base=twilio.url,
        )  # fmt: skip
        assert transport.send(Sms(TO, "Hallo", "7")).state == "sent"
        assert transport.call(Call(TO, "8")).state == "sent"


@pytest.mark.parametrize("base", ["pool.example", "https://pool_beckum.example", "http:/pool.example"])
def test_a_wrong_public_address_is_our_own_fault_and_waits(twilio: FakeTwilio, base: str) -> None:
    transport = TwilioTransport(
        account_sid="AC1", auth_token=AUTH_TOKEN, from_=NUMBER, voice_from=NUMBER, status_callback_base=base,
        api_base=twilio.url,
    )  # fmt: skip
    with pytest.raises(TransportError) as failure:
        transport.send(Sms(TO, "Hallo", "7"))
    assert (failure.value.outcome, failure.value.code) == ("transient", "21609")
    with pytest.raises(TransportError) as failure:
        transport.call(Call(TO, "8"))
    assert failure.value.outcome == "transient"
    assert twilio.messages == twilio.calls == []
