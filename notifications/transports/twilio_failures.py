"""What went wrong with a request to Twilio: certainly not taken, never to be taken, or unknown."""

from datetime import timedelta
from typing import Final

from requests import Response
from requests.exceptions import ConnectTimeout, RequestException
from twilio.base.exceptions import (  # type: ignore[import-untyped]
    TwilioException,
    TwilioRestException,
    TwilioServiceException,
)
from twilio.http.response import Response as Answer  # type: ignore[import-untyped]
from urllib3.exceptions import MaxRetryError, NewConnectionError

from notifications.transports.base import TransportError
from notifications.transports.delivery_errors import Fault, fault_of

_NOT_LET_IN: Final = {401, 403}
# without a code of Twilio's: somebody on the way answered, because our settings lead there
_NOT_TWILIO: Final = {404, 405, 407}


def refuse_when_busy(response: Response, **_: object) -> None:
    """Raise TransportError for a 429; for the client's response hook."""
    # here and not in explain, because the client's own exception has lost the headers
    if response.status_code == 429:
        # nobody else will read this answer, and an unread one keeps its connection open
        response.close()
        wait = response.headers.get("Retry-After", "")
        retry_after = timedelta(seconds=int(wait)) if wait.isdecimal() else None
        raise TransportError("transient", "20429", "Twilio asks to send more slowly", retry_after)


def explain(error: Exception) -> TransportError:
    """Say of whatever the client raised whether the message was taken."""
    if isinstance(error, TwilioRestException | TwilioServiceException):
        return _refusal(int(error.status), error.code)
    if isinstance(error, TwilioException) and isinstance(error.args[-1], Answer) and error.args[-1].status_code >= 400:
        # a list that could not be fetched
        return _refusal(error.args[-1].status_code, None)
    if isinstance(error, RequestException):
        if _never_connected(error):
            return TransportError("transient", "connect", "Twilio cannot be reached")
        return TransportError("unknown", "connection", "the connection broke before Twilio answered")
    return TransportError("unknown", "malformed", "Twilio's answer cannot be read")


def _refusal(status: int, code: int | None) -> TransportError:
    fault = fault_of(str(code))
    if fault is Fault.BUSY:
        return TransportError("transient", str(code), "Twilio's queue is full")
    if fault is Fault.OPTED_OUT:
        return TransportError("permanent", "opted_out", "this person wants no SMS from us")
    if fault is Fault.ACCOUNT or status in _NOT_LET_IN or (code is None and status in _NOT_TWILIO):
        # the fault is with us, not with the person: once it is mended, every message that waited can leave
        return TransportError("transient", str(code or status), "Twilio refuses the account", timedelta(minutes=5))
    if status >= 500 or status == 408:
        return TransportError("unknown", str(status), "Twilio had an error of its own")
    return TransportError("permanent", str(code or status), "Twilio refuses this message")


def _never_connected(error: RequestException) -> bool:
    if isinstance(error, ConnectTimeout):
        return True
    cause = error.args[0] if error.args else None
    return isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError)
