"""The way out that leads nowhere: for demos, where the service itself shows what it would have sent."""

from datetime import datetime

from notifications.messages import Email, Sms
from notifications.transports.base import Receipt


class LocalTransport:
    """Takes every SMS and e-mail as delivered and keeps nothing; the outbox already holds the message."""

    def send(self, message: Sms | Email) -> Receipt:
        """Give a receipt that follows from the reference."""
        return Receipt(f"local-{message.reference}", "delivered")

    def find(self, message: Sms | Email, since: datetime) -> Receipt | None:  # noqa: ARG002 - the Protocol's shape
        """Give None: nothing is kept here, and sending again reaches nobody twice."""
        return None
