"""What every way out promises: a receipt, or a failure that says whether to try again."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

from notifications.messages import Call, Email, Received, Sms

State = Literal["sent", "delivered", "failed"]
Outcome = Literal["transient", "permanent", "unknown"]


@dataclass(frozen=True, slots=True)
class Receipt:
    """The provider took the message over: its id there, and how far it got."""

    provider_id: str
    state: State
    error_code: str | None = None


class TransportError(Exception):
    """A message that may not have gone out.

    `outcome` decides what comes next: transient, it was certainly not taken, try again (after `retry_after` if given);
    permanent, it never will be; unknown, it may have been taken, so look for it before sending again.
    `code` is the provider's code or a word, `detail` is for people and holds neither number nor text. `holds_all` says
    that this way out would take no other message either.
    """

    def __init__(
        self,
        outcome: Outcome,
        code: str,
        detail: str,
        retry_after: timedelta | None = None,
        *,
        holds_all: bool = False,
    ) -> None:
        super().__init__(f"{outcome} {code}: {detail}")
        self.outcome: Outcome = outcome
        self.code = code
        self.detail = detail
        self.retry_after = retry_after
        self.holds_all = holds_all


class SmsTransport(Protocol):
    """A way to send text messages, and to ask which came in."""

    @property
    def rings(self) -> bool:
        """Whether somebody's phone rings: False where messages lead nowhere, so that nobody need be spared."""

    def send(self, message: Sms) -> Receipt:
        """Hand the message over, once; raises TransportError."""

    def find(self, message: Sms, since: datetime, others: frozenset[str] = frozenset()) -> Receipt | None:
        """Look for a message whose sending ended as unknown; None if the provider never saw it since then.

        `others` are provider ids of other messages, perhaps with the same words to the same person.
        """

    def received(self, since: datetime) -> Iterator[Received]:
        """List what people sent in since then, newest first, perhaps a little more; raises TransportError.

        For replies whose webhook was lost: most of them are known already by their `provider_id`.
        """


class VoiceTransport(Protocol):
    """A way to call people; what is said comes from the service, which the provider asks for it."""

    @property
    def can_call(self) -> bool:
        """Whether calls are set up at all."""

    def call(self, message: Call) -> Receipt:
        """Let the phone ring, once; raises TransportError."""

    def find_call(self, message: Call, since: datetime, others: frozenset[str] = frozenset()) -> Receipt | None:
        """Look for a call whose start ended as unknown; None if the provider made none to this number since then.

        Weaker than for an SMS: a call has no text, so two calls to one number cannot be told apart and the newest
        counts. Whoever calls must not have two calls to one number under way at once.
        """


class MailTransport(Protocol):
    """A way to send e-mails."""

    def send(self, message: Email) -> Receipt:
        """Hand the message over, once; raises TransportError."""

    def find(self, message: Email, since: datetime) -> Receipt | None:
        """Look for a message whose sending ended as unknown; mail servers cannot tell, so mostly None."""
