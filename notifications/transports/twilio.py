"""SMS and calls through Twilio (api.twilio.com, version 2010-04-01)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final, Literal
from urllib.parse import quote

from twilio.base import values  # type: ignore[import-untyped]
from twilio.http.http_client import TwilioHttpClient  # type: ignore[import-untyped]
from twilio.rest import Client  # type: ignore[import-untyped]
from twilio.rest.api.v2010.account.call import CallInstance  # type: ignore[import-untyped]
from twilio.rest.api.v2010.account.message import MessageInstance  # type: ignore[import-untyped]

from notifications.messages import Call, Received, Sms
from notifications.phone import gsm7
from notifications.transports.base import Receipt, TransportError
from notifications.transports.twilio_failures import explain, refuse_when_busy
from notifications.transports.twilio_webhooks import call_state_of, state_of

_UNSET: Final[object] = values.unset
_RINGS_FOR: Final = 25
_LONGEST_VALIDITY: Final = 36_000
# how far Twilio's clock may be behind ours
_SKEW: Final = timedelta(minutes=1)
# more than one person gets between a lost answer and the search for it
_SEARCH_DEPTH: Final = 200
_PAGE: Final = 1000


class TwilioTransport:
    """Sends SMS and calls with Twilio's own client; what Twilio reports names the message by its reference.

    One of `messaging_service_sid` and `from_` says who sends. `status_callback_base` is this service's public URL:
    Twilio reports to `<base>/webhooks/twilio/status?message=<reference>`, and asks `<base>/webhooks/twilio/voice` what
    to say in a call, which comes from `voice_from`; without that number nobody can be called. `api_base` replaces https://api.twilio.com.
    `timeout` is in seconds. Raises ValueError for missing settings.
    """

    rings = True

    def __init__(
        self,
        *,
        account_sid: str,
        auth_token: str,
        messaging_service_sid: str = "",
        from_: str = "",
        voice_from: str = "",
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
        http = TwilioHttpClient(timeout=timeout, request_hooks={"response": refuse_when_busy})
        self._client = Client(account_sid, auth_token, http_client=http)
        if api_base:
            self._client.api.base_url = api_base
        self._messaging_service_sid = messaging_service_sid
        self._from = from_
        self._voice_from = voice_from
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
                status_callback=self._address("status", message.reference),
                validity_period=_validity(message.valid_for),
            )
            return _receipt(taken)
        except TransportError:
            raise
        except Exception as error:
            raise explain(error) from error

    def find(self, message: Sms, since: datetime, others: frozenset[str] = frozenset()) -> Receipt | None:
        """Look for the same text to the same number since then, newest first; raises TransportError.

        The API's DateSent filter is left out on purpose: a message still queued has no DateSent and would be missed.
        """
        wanted = gsm7(message.body).strip()
        earliest = since.astimezone(UTC) - _SKEW
        try:
            for candidate in self._client.messages.list(to=message.to, limit=_SEARCH_DEPTH):
                created = candidate.date_created
                if candidate.sid in others:
                    continue
                # trial accounts put a sentence of Twilio's before the text
                if created and created >= earliest and gsm7(candidate.body or "").strip().endswith(wanted):
                    return _receipt(candidate)
        except TransportError:
            raise
        except Exception as error:
            raise explain(error) from error
        return None

    def received(self, since: datetime) -> Iterator[Received]:
        """List the SMS that came in since then, newest first, from one minute earlier on; raises TransportError.

        With a messaging service nothing says which of its numbers people wrote to, so all of the account's are read.
        """
        earliest = since.astimezone(UTC) - _SKEW
        to = _UNSET if self._messaging_service_sid else self._from
        try:
            for one in self._client.messages.stream(to=to, date_sent_after=earliest, page_size=_PAGE):
                if one.direction == "inbound" and one.date_sent and one.date_sent >= earliest:
                    yield Received(str(one.sid), str(one.from_), one.body or "", one.date_sent)
        except TransportError:
            raise
        except Exception as error:
            raise explain(error) from error

    @property
    def can_call(self) -> bool:
        """Whether there is a number to call from, and an address where Twilio can ask what to say."""
        return bool(self._voice_from and self._callback_base)

    def call(self, message: Call) -> Receipt:
        """Let the phone ring for 25 seconds; as with an SMS, a lost answer ends as unknown.

        Twilio says who took it as AnsweredBy when it asks what to say.
        """
        if not self.can_call:
            raise TransportError("permanent", "no_voice", "calls are not set up")
        try:
            made = self._client.calls.create(
                to=message.to,
                from_=self._voice_from,
                url=self._address("voice", message.reference),
                status_callback=self._address("status", message.reference),
                status_callback_event=["completed"],
                timeout=_RINGS_FOR,
                # before anything is said, so that nobody talks to a machine and no key is waited for there
                machine_detection="Enable",
            )
            return _call_receipt(made)
        except TransportError:
            raise
        except Exception as error:
            raise explain(error) from error

    def find_call(self, message: Call, since: datetime, others: frozenset[str] = frozenset()) -> Receipt | None:
        """Give the newest call to that number since then, whatever it was about; raises TransportError.

        The API's StartTime filter is left out on purpose: a call still queued has no StartTime and would be missed.
        """
        earliest = since.astimezone(UTC) - _SKEW
        try:
            for candidate in self._client.calls.list(to=message.to, limit=_SEARCH_DEPTH):
                if candidate.date_created and candidate.date_created >= earliest and candidate.sid not in others:
                    return _call_receipt(candidate)
        except TransportError:
            raise
        except Exception as error:
            raise explain(error) from error
        return None

    def _address(self, webhook: Literal["status", "voice"], reference: str) -> object:
        if not self._callback_base:
            return _UNSET
        return f"{self._callback_base}/webhooks/twilio/{webhook}?message={quote(reference, safe='')}"


def _receipt(message: MessageInstance) -> Receipt:
    if not message.sid:
        raise ValueError("an answer without a sid")
    error_code = None if message.error_code is None else str(message.error_code)
    return Receipt(message.sid, state_of(str(message.status)), error_code)


def _call_receipt(call: CallInstance) -> Receipt:
    if not call.sid:
        raise ValueError("an answer without a sid")
    return Receipt(call.sid, *call_state_of(str(call.status), call.answered_by or ""))


def _validity(valid_for: timedelta | None) -> object:
    if valid_for is None:
        return _UNSET
    return min(max(int(valid_for.total_seconds()), 1), _LONGEST_VALIDITY)
