"""Many telephones: SMS that come in through the provider, signed, and repeated until the service has taken them."""

import threading
import urllib.error
import urllib.request
from collections.abc import Mapping
from urllib.parse import urlencode

from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from tests.soak.service import DIRECT, TOKEN

TRIES = 600


def signed(url: str, form: Mapping[str, str], token: str = TOKEN) -> str:
    """The signature that the provider would send along."""
    found: str = RequestValidator(token).compute_signature(url, dict(form))
    return found


def sms_in(base: str, number: str, text: str, sid: str) -> int:
    """Deliver an SMS once; gives the status, 0 where nobody answered."""
    url, form = f"{base}/webhooks/twilio/inbound", {"MessageSid": sid, "From": number, "Body": text}
    headers = {"X-Twilio-Signature": signed(url, form)}
    return post(url, form, headers)


def post(url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> int:
    """Post a form; gives the status, 0 where nobody answered."""
    request = urllib.request.Request(url, urlencode(form).encode(), dict(headers))  # noqa: S310 - our own address
    try:
        with DIRECT.open(request, timeout=15) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code
    except OSError:
        return 0


def sms_until_taken(base: str, number: str, text: str, sid: str, stop: threading.Event) -> bool:
    """Deliver an SMS as a provider does that does not give up; False if it never got through."""
    for _ in range(TRIES):
        if sms_in(base, number, text, sid) == 200:
            return True
        if stop.wait(0.1):
            return False
    return False
