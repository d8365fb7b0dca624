"""Messages leave here: put() in the caller's transaction; deliver_due() claims, sends, records.

The life of a message: `queued` until it is due; `sending` under a lease while the provider is called with no database
session open; then `sent`, back to `queued` if the provider says it did not take it, or `unknown` if nobody can say.
An unknown one is looked for at the provider and, only when it is not there, sent once more. Twilio has no idempotency
key, so this is the only way to lose none and double none.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Protocol

import structlog
from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app import receipts
from app.in_hand import Claim, InHand
from app.links import Links
from app.models import UNFINISHED, Channel, Heartbeat, Message, MessageStatus
from notifications.messages import Call, Email, Sms
from notifications.transports.base import (
    MailTransport,
    Receipt,
    SmsTransport,
    TransportError,
    VoiceTransport,
)

log = structlog.get_logger()

Begin = Callable[[], AbstractContextManager[Session]]
Clock = Callable[[], datetime]

# Longer than both providers' time limits together; only a worker that hangs lets it run out.
LEASE = timedelta(seconds=60)
# A worker that was not seen for this long (it leaves a sign every five seconds) is dead.
DEAD_AFTER = timedelta(seconds=12)
# A claim whose transaction may still be on its way is no claim that was forgotten.
SETTLING = timedelta(seconds=3)
# As many of one person's messages as are looked through for the same words.
TWINS = 200
# A row from further ahead than this was written before the clock was set back: what was due at once, still is.
SET_BACK = timedelta(minutes=1)


class Transports(Protocol):
    """The ways out."""

    @property
    def sms(self) -> SmsTransport:
        """For text messages."""

    @property
    def mail(self) -> MailTransport:
        """For e-mails."""

    @property
    def voice(self) -> VoiceTransport:
        """For calls."""


def put(session: Session, message: Message) -> bool:
    """Queue a message in the caller's transaction; False if one about the same thing is there already."""
    if session.scalar(select(Message.id).where(Message.dedupe_key == message.dedupe_key)) is not None:
        return False
    session.add(message)
    session.flush()
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


def deliver_due(
    begin: Begin,
    clock: Clock,
    transports: Transports,
    links: Links,
    worker: str,
    channel: Channel,
    in_hand: InHand,
) -> int:
    """Send whatever is due on one channel, one message after the other; gives how many were tried.

    Any number of workers and threads may do this at the same time; a mail server that hangs holds up no SMS. What
    came of a message while the database was away is kept in `in_hand` and written down at the next call.
    """
    for claim, outcome in in_hand.unwritten():
        _write_down(begin, clock, claim, outcome, in_hand)
    tried = 0
    while (claimed := _claim(begin, clock, links, worker, channel, in_hand)) is not None:
        _write_down(begin, clock, claimed, _outcome(transports, claimed), in_hand)
        tried += 1
    return tried


def reconcile_due(begin: Begin, clock: Clock, transports: Transports, links: Links, worker: str) -> int:
    """Settle messages whose fate is unknown: found at the provider, sent once more, or failed; gives how many."""
    settled = 0
    while (claim := _claim_unknown(begin, clock, links, worker)) is not None:
        receipt, unreachable = _look_up(begin, transports, claim)
        with begin() as session:
            receipts.record_lookup(_locked(session, claim.id), clock(), receipt, unreachable=unreachable)
        settled += 1
    return settled


def recover(session: Session, now: datetime, worker: str, in_hand: frozenset[int]) -> int:
    """Whoever claimed these died while sending, or lost sight of them when the database went away; gives how many.

    Whether the provider has them, nobody knows. `in_hand` is what the asking `worker` is sending at this moment.
    """
    forgotten = (Message.claimed_by == worker) & (Message.claimed_at < now - SETTLING) & Message.id.not_in(in_hand)
    dead = (Message.claimed_at < now - DEAD_AFTER) & Message.claimed_by.not_in(alive(now))
    stuck = session.scalars(
        select(Message)
        .where(
            Message.status == MessageStatus.SENDING,
            (Message.lease_until < now) | dead | forgotten,
        )
        .with_for_update(skip_locked=True)
    ).all()
    for message in stuck:
        receipts.unknown(message, now, receipts.WORKER_DIED)
    return len(stuck)


def alive(now: datetime) -> Select[str]:
    """The workers that were seen within the last seconds."""
    return select(Heartbeat.worker).where(Heartbeat.seen_at > now - DEAD_AFTER)


def next_due(session: Session, until: datetime) -> datetime | None:
    """When the next waiting message is due, if that is before `until`."""
    waiting = Message.status.in_((MessageStatus.QUEUED, MessageStatus.UNKNOWN))
    return session.scalar(
        select(Message.due_at).where(waiting, Message.due_at <= until).order_by(Message.due_at).limit(1)
    )


def _claim(begin: Begin, clock: Clock, links: Links, worker: str, channel: Channel, in_hand: InHand) -> Claim | None:
    more = True
    while more:
        claim = None
        try:
            with begin() as session:
                claim, more = _claim_next(session, clock(), links, worker, channel)
                if claim is not None:
                    # before the transaction ends, so that nobody finds it claimed and not in hand
                    in_hand.take(claim)
        except BaseException:
            if claim is not None:
                in_hand.let_go(claim)
            raise
        if claim is not None:
            return claim
    return None


def _claim_next(
    session: Session, now: datetime, links: Links, worker: str, channel: Channel
) -> tuple[Claim | None, bool]:
    """The next message that may leave, if the first in line may; and whether to look again."""
    message = _take(session, now, MessageStatus.QUEUED, Message.channel == channel)
    if message is None:
        return None, False
    if message.expires_at is not None and message.expires_at <= now:
        receipts.finish(message, MessageStatus.DISCARDED, now)
        return None, True
    message.advance(MessageStatus.SENDING)
    message.attempts += 1
    message.claimed_at = now
    _lease(message, now, worker)
    try:
        return _claim_of(message, now, links), True
    except ValueError as error:
        # no provider could take it; left queued it would stand before all others for ever
        log.exception("message_malformed", message=message.id, kind=message.kind)
        message.error_code = f"malformed: {error}"[:40]
        receipts.finish(message, MessageStatus.FAILED, now)
        return None, True


def _claim_unknown(begin: Begin, clock: Clock, links: Links, worker: str) -> Claim | None:
    with begin() as session:
        now = clock()
        message = _take(session, now, MessageStatus.UNKNOWN)
        if message is None:
            return None
        # due again only after the lease: a worker that dies while looking leaves it to the next
        message.due_at = now + LEASE
        _lease(message, now, worker)
        return _claim_of(message, now, links)


def _take(session: Session, now: datetime, status: MessageStatus, *conditions: ColumnElement[bool]) -> Message | None:
    set_back = (Message.created_at > now + SET_BACK) & (Message.due_at == Message.created_at)
    return session.scalar(
        select(Message)
        .where(Message.status == status, (Message.due_at <= now) | set_back, *conditions)
        .order_by(Message.due_at, Message.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=Message)
    )


def _lease(message: Message, now: datetime, worker: str) -> None:
    message.claimed_by = worker
    message.lease_until = now + LEASE


def _claim_of(message: Message, now: datetime, links: Links) -> Claim:
    body = links.fill(message.body, message.link)
    reference = str(message.id)
    outgoing: Sms | Email | Call
    if message.channel is Channel.SMS:
        left = message.expires_at - now if message.expires_at else None
        outgoing = Sms(to=message.recipient, body=body, reference=reference, valid_for=left)
    elif message.channel is Channel.VOICE:
        outgoing = Call(to=message.recipient, reference=reference)
    else:
        outgoing = Email(
            to=message.recipient,
            subject=message.subject,
            text=body,
            reference=reference,
            sender=message.sender,
            calendar=message.calendar.encode() if message.calendar else None,
            calendar_method=message.calendar_method,
        )
    return Claim(message.id, outgoing, message.attempts, message.claimed_at or message.created_at)


def _outcome(transports: Transports, claim: Claim) -> Receipt | TransportError:
    try:
        return _send(transports, claim.outgoing)
    except TransportError as error:
        return error


def _write_down(begin: Begin, clock: Clock, claim: Claim, outcome: Receipt | TransportError, in_hand: InHand) -> None:
    try:
        with begin() as session:
            _record(session, clock(), claim, outcome)
    except DBAPIError as error:
        log.warning("outcome_kept", message=claim.id, error=type(error).__name__)
        in_hand.keep(claim, outcome)
    except BaseException:
        in_hand.let_go(claim)
        raise
    else:
        in_hand.let_go(claim)


def _record(session: Session, now: datetime, claim: Claim, outcome: Receipt | TransportError) -> None:
    message = _locked(session, claim.id)
    if message.status is not MessageStatus.SENDING or message.attempts != claim.attempt:
        return  # a callback was faster, or the lease ran out and somebody else settled it
    if isinstance(outcome, Receipt):
        receipts.record(message, now, outcome)
    else:
        receipts.record_error(message, now, outcome)
    log.info(
        "message_tried",
        message=message.id,
        kind=message.kind,
        appointment=message.appointment_id,
        status=message.status.value,
        attempt=message.attempts,
        code=message.error_code,
    )


def _send(transports: Transports, outgoing: Sms | Email | Call) -> Receipt:
    if isinstance(outgoing, Sms):
        return transports.sms.send(outgoing)
    if isinstance(outgoing, Call):
        return transports.voice.call(outgoing)
    return transports.mail.send(outgoing)


def _look_up(begin: Begin, transports: Transports, claim: Claim) -> tuple[Receipt | None, bool]:
    """What the provider has of it, if anything, and whether it could not be asked."""
    with begin() as session:
        others = _of_others(session, claim)
    try:
        if isinstance(claim.outgoing, Sms):
            return transports.sms.find(claim.outgoing, claim.looked_for_since, others), False
        if isinstance(claim.outgoing, Call):
            return transports.voice.find_call(claim.outgoing, claim.looked_for_since, others), False
        return transports.mail.find(claim.outgoing, claim.looked_for_since), False
    except TransportError:
        return None, True


def _of_others(session: Session, claim: Claim) -> frozenset[str]:
    """What the provider took from other messages to the same person: the same words may be said twice."""
    taken = select(Message.provider_id).where(
        Message.recipient == claim.outgoing.to, Message.id != claim.id, Message.provider_id.is_not(None)
    )
    newest = taken.order_by(Message.id.desc()).limit(TWINS)
    return frozenset(one for one in session.scalars(newest) if one is not None)


def _locked(session: Session, message_id: int) -> Message:
    return session.execute(select(Message).where(Message.id == message_id).with_for_update(of=Message)).scalar_one()
