"""Messages wait here: put in by the caller's transaction, taken back by it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from app.models import UNFINISHED, Message, MessageStatus
from app.outbox import receipts
from app.wakeups import Work, wake

_TOGETHER: Final = "messages_together"


@contextmanager
def together(session: Session) -> Iterator[None]:
    """Queue whatever is put in the block at its end, all at once; nothing in it may look for these messages."""
    waiting: list[Message] = []
    session.info[_TOGETHER] = waiting
    try:
        yield
    finally:
        del session.info[_TOGETHER]
    _put(session, waiting)


def put(session: Session, message: Message) -> bool:
    """Queue a message in the caller's transaction; False if one about the same thing is known to be there already."""
    if _TOGETHER in session.info:
        session.info[_TOGETHER].append(message)
        return True
    return _put(session, [message]) > 0


def _put(session: Session, messages: Sequence[Message]) -> int:
    """Gives how many are queued, without those that are there already."""
    keys = [message.dedupe_key for message in messages]
    known = set(session.scalars(select(Message.dedupe_key).where(Message.dedupe_key.in_(keys))))
    new = [message for message in messages if message.dedupe_key not in known]
    session.add_all(new)
    session.flush()
    for channel in {message.channel for message in new if message.due_at <= message.created_at}:
        wake(session, Work(channel.value))
    return len(new)


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
