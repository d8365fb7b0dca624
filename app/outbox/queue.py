"""Messages wait here: put in by the caller's transaction, taken back by it."""

from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from app.models import UNFINISHED, Message, MessageStatus
from app.outbox import receipts
from app.wakeups import Work, wake


def put(session: Session, message: Message) -> bool:
    """Queue a message in the caller's transaction; False if one about the same thing is there already."""
    if session.scalar(select(Message.id).where(Message.dedupe_key == message.dedupe_key)) is not None:
        return False
    session.add(message)
    session.flush()
    if message.due_at <= message.created_at:
        wake(session, Work.DELIVER)
    return True


def discard(session: Session, now: datetime, *conditions: ColumnElement[bool]) -> int:
    """Take back what is still waiting and matches the conditions; gives how many.

    What is on its way, or of unknown fate, stays; but should it come back to the queue it does not leave again.
    """
    waiting = select(Message).where(Message.status.in_(UNFINISHED), *conditions)
    found = session.scalars(waiting.with_for_update(of=Message)).all()
    for message in found:
        if message.status is MessageStatus.QUEUED:
            receipts.finish(message, MessageStatus.DISCARDED, now)
        else:
            message.expires_at = now
    return len(found)


def next_due(session: Session, until: datetime) -> datetime | None:
    """When the next waiting message is due, if that is before `until`."""
    waiting = Message.status.in_((MessageStatus.QUEUED, MessageStatus.UNKNOWN))
    return session.scalar(
        select(Message.due_at).where(waiting, Message.due_at <= until).order_by(Message.due_at).limit(1)
    )
