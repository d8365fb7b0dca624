"""Messages of the past: those that were due have arrived."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Channel, Message, MessageStatus

TO_PROVIDER: Final = timedelta(seconds=1)
TO_PHONE: Final = timedelta(seconds=4)


def deliver(session: Session, now: datetime) -> None:
    """Mark what was due by now as delivered when it was due; mail servers only say that they took it."""
    due = select(Message).where(Message.status == MessageStatus.QUEUED, Message.due_at <= now)
    for message in session.scalars(due.order_by(Message.due_at)):
        message.advance(MessageStatus.SENDING)
        message.advance(MessageStatus.DELIVERED if message.channel is Channel.SMS else MessageStatus.SENT)
        message.attempts = 1
        message.claimed_at = message.due_at
        message.sent_at = message.due_at + TO_PROVIDER
        if message.channel is Channel.SMS:
            message.finished_at = message.due_at + TO_PHONE
        message.provider_id = f"demo-{message.id}"
