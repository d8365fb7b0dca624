"""What the provider said of a message, written to its row.

Answers, callbacks and look-ups come late, twice and out of order; a state of lower rank changes nothing, and a final
one (delivered, failed, discarded) stays.
"""

import hashlib
from datetime import datetime, timedelta

import structlog
from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from app.models import Channel, Message, MessageStatus
from app.models.message import MESSAGE_TRANSITIONS
from notifications.transports.base import Receipt, State, TransportError
from notifications.transports.delivery_errors import NO_KEY

log = structlog.get_logger()

# How long a provider may take to list what it accepted: looked for at once, then after these.
LOOKUP_DELAYS = (timedelta(seconds=15), timedelta(seconds=5))
# Who dies is missed for some seconds before anybody looks: that is the first delay already.
WORKER_DIED = "worker_died"
MAX_UNKNOWN = 2
LONGEST_ID = 80
# The provider waits for an answer to a key for as long (connect and read), and then gives up.
KEY_ON_ITS_WAY = timedelta(seconds=20)
# Seconds; an outage that ends is noticed within five minutes.
BACKOFF = (10, 30, 60, 120, 300)
# How long a message is tried that others overtake: for so long since it was due, and since they could leave.
GIVE_UP_AFTER = timedelta(hours=48)
OVERTAKEN_FOR = timedelta(hours=1)


def record_callback(
    session: Session, now: datetime, message_id: int, provider_id: str, state: State, code: str
) -> bool:
    """What the provider's status callback says of a message; False for a message that is not there.

    Callbacks come late, twice and out of order, so a state of lower rank changes nothing.
    """
    receipt = Receipt(provider_id=provider_id[:LONGEST_ID], state=state, error_code=code or None)
    if _is_known(session, message_id, receipt) or record_step(session, now, message_id, MessageStatus.SENT, receipt):
        return True
    message = session.scalar(select(Message).where(Message.id == message_id).with_for_update())
    if message is None:
        return False
    if message.status in {MessageStatus.DELIVERED, MessageStatus.FAILED, MessageStatus.DISCARDED}:
        return True
    if message.status is MessageStatus.QUEUED:
        # put back after an unknown outcome, and now the first sending speaks up: it must not leave a second time
        message.advance(MessageStatus.SENDING)
    message.provider_id = message.provider_id or receipt.provider_id
    record(message, now, receipt)
    return True


def _is_known(session: Session, message_id: int, receipt: Receipt) -> bool:
    """Whether the message is as the receipt says already, as with most that say no more than that it was sent."""
    if receipt.state != "sent" or receipt.error_code is not None:
        return False
    same = (Message.status == MessageStatus.SENT, Message.provider_id == receipt.provider_id)
    known = select(Message.id).where(Message.id == message_id, *same, Message.error_code.is_(None))
    return session.scalar(known) is not None


def record_step(
    session: Session,
    now: datetime,
    message_id: int,
    before: MessageStatus,
    receipt: Receipt,
    *conditions: ColumnElement[bool],
) -> bool:
    """What record() does, by one statement, for a message that went one step further as most do.

    False, with nothing done, for one that is not in that state before, or of which there is more to say.
    """
    after = MessageStatus(receipt.state)
    if receipt.error_code is not None or after not in MESSAGE_TRANSITIONS.table[before]:
        return False
    step = (
        update(Message)
        .where(Message.id == message_id, Message.status == before, *conditions)
        .values(
            status=after,
            provider_id=receipt.provider_id[:LONGEST_ID],
            error_code=None,
            sent_at=func.coalesce(Message.sent_at, now),
            finished_at=None if after is MessageStatus.SENT else now,
            lease_until=None,
        )
    )
    done = step.returning(Message.id).execution_options(synchronize_session=False)
    return session.scalar(done) is not None


def record(message: Message, now: datetime, receipt: Receipt) -> None:
    """The provider has it: sent, delivered, or failed on the way."""
    # a Message-ID is as long as the domain in it
    message.provider_id = receipt.provider_id[:LONGEST_ID]
    message.error_code = receipt.error_code
    message.sent_at = message.sent_at or now
    status = MessageStatus(receipt.state)
    if status is MessageStatus.SENT:
        if message.status is not MessageStatus.SENT:
            message.advance(status)
        message.lease_until = None
        if receipt.error_code is not None:
            # a call is over, and whether a key was pressed in it may still be on its way
            message.due_at = now + KEY_ON_ITS_WAY
    else:
        finish(message, status, now)


def end_silent_calls(session: Session, now: datetime) -> int:
    """Calls that are over reached nobody if no key was pressed in them; gives how many."""
    silent = session.scalars(
        select(Message)
        .where(
            Message.status == MessageStatus.SENT,
            Message.due_at <= now,
            Message.channel == Channel.VOICE,
            Message.error_code == NO_KEY,
        )
        .with_for_update(skip_locked=True, of=Message)
    ).all()
    for message in silent:
        finish(message, MessageStatus.FAILED, now)
    return len(silent)


def record_error(session: Session, message: Message, now: datetime, error: TransportError) -> None:
    """It was not taken for sure (again later), never will be (failed), or nobody can say (unknown)."""
    message.error_code = error.code
    if error.outcome == "unknown":
        unknown(message, now, error.code)
    elif error.outcome == "permanent" or _is_overtaken(session, message, now):
        finish(message, MessageStatus.FAILED, now)
    else:
        message.advance(MessageStatus.QUEUED)
        message.lease_until = None
        message.due_at = now + (error.retry_after or _backoff(message))
        if error.holds_all:
            _hold_all(session, message.channel, error.code, message.due_at)


def _is_overtaken(session: Session, message: Message, now: datetime) -> bool:
    """Whether it has been tried long enough, and others could leave all the while: then it will never.

    Where nothing else leaves either, the fault is not with the message, and it waits as long as that takes.
    """
    since = message.first_due_at or message.created_at
    if now - since <= GIVE_UP_AFTER:
        return False
    others = (Message.channel == message.channel, Message.id != message.id)
    left = (Message.sent_at >= since, Message.sent_at < now - OVERTAKEN_FOR)
    return session.scalar(select(Message.id).where(*others, *left).limit(1)) is not None


def _hold_all(session: Session, channel: Channel, code: str, until: datetime) -> None:
    """Let everything else on this way wait as long: a login that is refused over and over is soon locked."""
    due = (Message.channel == channel, Message.status == MessageStatus.QUEUED, Message.due_at < until)
    session.execute(
        update(Message).where(*due).values(due_at=until, error_code=code).execution_options(synchronize_session=False)
    )


def unknown(message: Message, now: datetime, code: str) -> None:
    """Nobody can say whether the provider has it: look there at once."""
    message.advance(MessageStatus.UNKNOWN)
    message.unknown_outcomes += 1
    message.lookups = 1 if code == WORKER_DIED else 0
    message.error_code = code
    message.lease_until = None
    message.due_at = now
    log.warning("message_unknown", message=message.id, kind=message.kind, code=code)


def record_lookup(message: Message, now: datetime, receipt: Receipt | None, *, unreachable: bool) -> None:
    """What was found at the provider; None after the last look means once more, or failed after the second time."""
    if message.status is not MessageStatus.UNKNOWN:
        return  # a callback settled it meanwhile
    message.lease_until = None
    if receipt is not None:
        record(message, now, receipt)
    elif unreachable:
        message.due_at = now + LOOKUP_DELAYS[-1]
    elif message.lookups < len(LOOKUP_DELAYS):
        message.due_at = now + LOOKUP_DELAYS[message.lookups]
        message.lookups += 1
    elif message.unknown_outcomes >= MAX_UNKNOWN:
        finish(message, MessageStatus.FAILED, now)
    else:
        message.advance(MessageStatus.QUEUED)
        message.due_at = now


def finish(message: Message, status: MessageStatus, now: datetime) -> None:
    """Reach a final state."""
    message.advance(status)
    message.finished_at = now
    message.lease_until = None


def _backoff(message: Message) -> timedelta:
    """Longer with every attempt; spread by up to a fifth so that a whole queue does not knock at once."""
    seconds = BACKOFF[min(message.attempts, len(BACKOFF)) - 1]
    spread = hashlib.sha256(f"{message.id}:{message.attempts}".encode()).digest()[0] / 255 / 5
    return timedelta(seconds=seconds * (1 + spread))
