"""The way out into a list: lets a test or a rehearsal see what went out, and make it fail."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Generic, TypeVar

from notifications.messages import Call, Email, Received, Sms
from notifications.transports.base import Receipt, TransportError

Message = TypeVar("Message", Sms, Email)


class MemoryTransport(Generic[Message]):
    """Keeps the messages it took in `sent`, the calls in `called`, oldest first.

    `failures` are raised one by one before that. `inbox` is what people are to have sent in.
    """

    rings = True
    can_call = True

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.called: list[Call] = []
        self.inbox: list[Received] = []
        self.failures: list[TransportError] = []

    def fail(self, error: TransportError, times: int = 1) -> None:
        """Make the next sendings raise this error; one with the outcome unknown takes the message all the same."""
        self.failures.extend([error] * times)

    def send(self, message: Message) -> Receipt:
        """Keep the message and give a receipt, or raise what was ordered."""
        self._maybe_fail(lambda: self.sent.append(message))
        self.sent.append(message)
        return _receipt(message)

    def find(
        self,
        message: Message,
        since: datetime,  # noqa: ARG002 - the Protocol's shape
        others: frozenset[str] = frozenset(),  # noqa: ARG002 - references differ
    ) -> Receipt | None:
        """Look among the messages kept."""
        return _receipt(message) if message in self.sent else None

    def call(self, message: Call) -> Receipt:
        """Keep the call and give a receipt, or raise what was ordered."""
        self._maybe_fail(lambda: self.called.append(message))
        self.called.append(message)
        return _receipt(message)

    def find_call(
        self,
        message: Call,
        since: datetime,  # noqa: ARG002 - the Protocol's shape
        others: frozenset[str] = frozenset(),  # noqa: ARG002 - references differ
    ) -> Receipt | None:
        """Look among the calls kept."""
        return _receipt(message) if message in self.called else None

    def received(self, since: datetime) -> Iterator[Received]:
        """Give what lies in `inbox` since then, newest first."""
        return iter(sorted((one for one in self.inbox if one.at >= since), key=lambda one: one.at, reverse=True))

    def _maybe_fail(self, keep: Callable[[], None]) -> None:
        if not self.failures:
            return
        error = self.failures.pop(0)
        if error.outcome == "unknown":
            keep()
        raise error


def _receipt(message: Sms | Email | Call) -> Receipt:
    return Receipt(f"memory-{message.reference}", "sent")
