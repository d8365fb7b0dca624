"""The way out that leads nowhere: for demos, where the service itself shows what it would have sent."""

from collections.abc import Iterator
from datetime import datetime

from notifications.messages import Call, Email, Received, Sms
from notifications.transports.base import Receipt


class LocalTransport:
    """Takes every SMS, e-mail and call as delivered and keeps nothing; the outbox already holds the message."""

    rings = False
    can_call = True

    def send(self, message: Sms | Email) -> Receipt:
        """Give a receipt that follows from the reference."""
        return Receipt(f"local-{message.reference}", "delivered")

    def find(
        self,
        message: Sms | Email,  # noqa: ARG002 - the Protocol's shape
        since: datetime,  # noqa: ARG002 - the same
        others: frozenset[str] = frozenset(),  # noqa: ARG002 - the same
    ) -> Receipt | None:
        """Give None: nothing is kept here, and sending again reaches nobody twice."""
        return None

    def received(self, since: datetime) -> Iterator[Received]:  # noqa: ARG002 - the Protocol's shape
        """Give nothing: no phone is connected here."""
        return iter(())

    def call(self, message: Call) -> Receipt:
        """Give a receipt that follows from the reference."""
        return Receipt(f"local-{message.reference}", "delivered")

    def find_call(
        self,
        message: Call,  # noqa: ARG002 - the Protocol's shape
        since: datetime,  # noqa: ARG002 - the same
        others: frozenset[str] = frozenset(),  # noqa: ARG002 - the same
    ) -> Receipt | None:
        """Give None: calling again lets no phone ring twice."""
        return None
