"""SMS through Twilio's Messages API (api.twilio.com, version 2010-04-01), and the checks its webhooks need."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import quote

from requests import Response
from requests.exceptions import ConnectTimeout, RequestException
from twilio.base import values  # type: ignore[import-untyped]
from twilio.base.exceptions import TwilioRestException, TwilioServiceException  # type: ignore[import-untyped]
from twilio.http.http_client import TwilioHttpClient  # type: ignore[import-untyped]
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]
from twilio.rest import Client  # type: ignore[import-untyped]
from twilio.rest.api.v2010.account.message import MessageInstance  # type: ignore[import-untyped]
from urllib3.exceptions import MaxRetryError, NewConnectionError

from notifications.messages import Sms
from notifications.phone import gsm7
from notifications.transports.base import Receipt, State, TransportError

_UNSET: Final[object] = values.unset
# twilio.com/docs/api/errors: queues that are full; the message was refused before it was taken
_ACCOUNT: Final = frozenset({20003, 20005, 20403, 21212, 21603, 21606, 21659, 21660, 63038})
_BUSY: Final = {14107, 20429, 21611, 30001}
_OPTED_OUT: Final = 21610
_DELIVERED: Final = {"delivered", "read"}
_FAILED: Final = {"failed", "undelivered", "canceled"}
_LONGEST_VALIDITY: Final = 36_000
# how far Twilio's clock may be behind ours
_SKEW: Final = timedelta(minutes=1)
# more than one person gets between a lost answer and the search for it
_SEARCH_DEPTH: Final = 200


class TwilioTransport:
    """Sends SMS with Twilio's own client; the delivery reports name the message by its reference.

    One of `messaging_service_sid` and `from_` says who sends. `status_callback_base` is this service's public URL:
    Twilio reports to `<base>/webhooks/twilio/status?message=<reference>`. `api_base` replaces https://api.twilio.com.
    `timeout` is in seconds. Raises ValueError for missing settings.
    """

    def __init__(
        self,
        *,
        account_sid: str,
        auth_token: str,
        messaging_service_sid: str = "",
        from_: str = "",
        status_callback_base: str = "",
        api_base: str = "",
        timeout: float = 10.0,
    ) -> None:
        if not account_sid or not auth_token:
            raise ValueError("twilio needs account_sid and auth_token")
        if not messaging_service_sid and not from_:
            raise ValueError("twilio needs messaging_service_sid or from_")
        if api_base and not api_base.startswith(("https://", "http://")):
            raise ValueError("api_base must begin with https:// or http://")
        # without a timeout Twilio's client waits for ever
        http = TwilioHttpClient(timeout=timeout, request_hooks={"response": _refuse_when_busy})
        self._client = Client(account_sid, auth_token, http_client=http)
        if api_base:
            self._client.api.base_url = api_base
        self._messaging_service_sid = messaging_service_sid
        self._from = from_
        self._callback_base = status_callback_base.rstrip("/")

    def send(self, message: Sms) -> Receipt:
        """Hand the SMS over; Twilio has no idempotency key, so a lost answer ends as unknown and not in a retry."""
        sender = self._messaging_service_sid
        try:
            taken = self._client.messages.create(
                to=message.to,
                body=message.body,
                messaging_service_sid=sender or _UNSET,
                from_=_UNSET if sender else self._from,
                status_callback=self._callback(message.reference),
                validity_period=_validity(message.valid_for),
            )
            return _receipt(taken)
        except TransportError:
            raise
        except Exception as error:
            raise _explain(error) from error

    def find(self, message: Sms, since: datetime) -> Receipt | None:
        """Look for the same text to the same number since then, newest first; raises TransportError.

        The API's DateSent filter is left out on purpose: a message still queued has no DateSent and would be missed.
        """
        wanted = gsm7(message.body).strip()
        earliest = since.astimezone(UTC) - _SKEW
        try:
            for candidate in self._client.messages.list(to=message.to, limit=_SEARCH_DEPTH):
                created = candidate.date_created
                # trial accounts put a sentence of Twilio's before the text
                if created and created >= earliest and gsm7(candidate.body or "").strip().endswith(wanted):
                    return _receipt(candidate)
        except TransportError:
            raise
        except Exception as error:
            raise _explain(error) from error
        return None

    def _callback(self, reference: str) -> object:
        if not self._callback_base:
            return _UNSET
        return f"{self._callback_base}/webhooks/twilio/status?message={quote(reference, safe='')}"


def state_of(message_status: str) -> State:
    """Translate Twilio's MessageStatus; whatever is still under way counts as sent."""
    if message_status in _DELIVERED:
        return "delivered"
    return "failed" if message_status in _FAILED else "sent"


def valid_signature(auth_token: str, url: str, form: Mapping[str, str], signature: str | None) -> bool:
    """Say whether a webhook comes from Twilio; `url` is the public one with its query."""
    if not signature:
        return False
    return bool(RequestValidator(auth_token).validate(url, form, signature))


def _receipt(message: MessageInstance) -> Receipt:
    if not message.sid:
        raise ValueError("an answer without a sid")
    error_code = None if message.error_code is None else str(message.error_code)
    return Receipt(message.sid, state_of(str(message.status)), error_code)


def _validity(valid_for: timedelta | None) -> object:
    if valid_for is None:
        return _UNSET
    return min(max(int(valid_for.total_seconds()), 1), _LONGEST_VALIDITY)


def _refuse_when_busy(response: Response, **_: object) -> None:
    # here and not in _explain, because the client's own exception has lost the headers
    if response.status_code == 429:
        # nobody else will read this answer, and an unread one keeps its connection open
        response.close()
        wait = response.headers.get("Retry-After", "")
        retry_after = timedelta(seconds=int(wait)) if wait.isdecimal() else None
        raise TransportError("transient", "20429", "Twilio asks to send more slowly", retry_after)


def _explain(error: Exception) -> TransportError:
    if isinstance(error, TwilioRestException | TwilioServiceException):
        return _refusal(int(error.status), error.code)
    if isinstance(error, RequestException):
        if _never_connected(error):
            return TransportError("transient", "connect", "Twilio cannot be reached")
        return TransportError("unknown", "connection", "the connection broke before Twilio answered")
    return TransportError("unknown", "malformed", "Twilio's answer cannot be read")


def _refusal(status: int, code: int | None) -> TransportError:
    if code in _BUSY:
        return TransportError("transient", str(code), "Twilio's queue is full")
    if code == _OPTED_OUT:
        return TransportError("permanent", "opted_out", "this person wants no SMS from us")
    if status in {401, 403} or code in _ACCOUNT:
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
