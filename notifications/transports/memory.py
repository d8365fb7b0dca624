"""The way out into a list: lets a test or a rehearsal see what went out, and make it fail."""

from datetime import datetime
from typing import Generic, TypeVar

from notifications.messages import Email, Sms
from notifications.transports.base import Receipt, TransportError

Message = TypeVar("Message", Sms, Email)


class MemoryTransport(Generic[Message]):
    """Keeps the messages it took in `sent`, oldest first; `failures` are raised one by one before that."""

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.failures: list[TransportError] = []

    def fail(self, error: TransportError, times: int = 1) -> None:
        """Make the next sendings raise this error; one with the outcome unknown takes the message all the same."""
        self.failures.extend([error] * times)

    def send(self, message: Message) -> Receipt:
        """Keep the message and give a receipt, or raise what was ordered."""
        if self.failures:
            error = self.failures.pop(0)
            if error.outcome == "unknown":
                self.sent.append(message)
            raise error
        self.sent.append(message)
        return _receipt(message)

    def find(self, message: Message, since: datetime) -> Receipt | None:  # noqa: ARG002 - the Protocol's shape
        """Look among the messages kept."""
        return _receipt(message) if message in self.sent else None


def _receipt(message: Sms | Email) -> Receipt:
    return Receipt(f"memory-{message.reference}", "sent")
