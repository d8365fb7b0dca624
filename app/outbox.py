"""Messages leave here: put() in the caller's transaction; deliver_due() claims, sends, records.

The life of a message: `queued` until it is due; `sending` under a lease while the provider is called with no database
session open; then `sent`, back to `queued` if the provider says it did not take it, or `unknown` if nobody can say.
An unknown one is looked for at the provider and, only when it is not there, sent once more. Twilio has no idempotency
key, so this is the only way to lose none and double none.
"""

import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from app.links import Links
from app.models import Channel, Heartbeat, Message, MessageStatus
from notifications.messages import Email, Sms
from notifications.transports.base import MailTransport, Receipt, SmsTransport, State, TransportError

log = structlog.get_logger()

Begin = Callable[[], AbstractContextManager[Session]]
Clock = Callable[[], datetime]

# Longer than both providers' time limits together; only a worker that hangs lets it run out.
LEASE = timedelta(seconds=60)
# A worker that was not seen for this long (it leaves a sign every five seconds) is dead.
DEAD_AFTER = timedelta(seconds=15)
# How long a provider may take to list what it accepted: looked for at once, then after these.
LOOKUP_DELAYS = (timedelta(seconds=5), timedelta(seconds=30))
MAX_UNKNOWN = 2
BACKOFF = (30, 60, 120, 300, 600, 900, 1800)
GIVE_UP_AFTER = timedelta(hours=48)


class Transports(Protocol):
    """The two ways out."""

    @property
    def sms(self) -> SmsTransport:
        """For text messages."""

    @property
    def mail(self) -> MailTransport:
        """For e-mails."""


@dataclass(frozen=True)
class Claim:
    """A message this worker may send: plain values, so that no session is open while the provider is called."""

    id: int
    outgoing: Sms | Email
    attempt: int
    looked_for_since: datetime


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
    unfinished = Message.status.in_((MessageStatus.QUEUED, MessageStatus.SENDING, MessageStatus.UNKNOWN))
    found = session.scalars(select(Message).where(unfinished, *conditions).with_for_update(of=Message)).all()
    for message in found:
        if message.status is MessageStatus.QUEUED:
            _finish(message, MessageStatus.DISCARDED, now)
        else:
            message.expires_at = now
    return len(found)


def deliver_due(begin: Begin, clock: Clock, transports: Transports, links: Links, worker: str, channel: Channel) -> int:
    """Send whatever is due on one channel, one message after the other; gives how many were tried.

    Any number of workers and threads may do this at the same time; a mail server that hangs holds up no SMS.
    """
    tried = 0
    while (claim := _claim(begin, clock, links, worker, channel)) is not None:
        _deliver(begin, clock, transports, claim)
        tried += 1
    return tried


def reconcile_due(begin: Begin, clock: Clock, transports: Transports, links: Links, worker: str) -> int:
    """Settle messages whose fate is unknown: found at the provider, sent once more, or failed; gives how many."""
    settled = 0
    while (claim := _claim_unknown(begin, clock, links, worker)) is not None:
        receipt, unreachable = _look_up(transports, claim)
        with begin() as session:
            _record_lookup(_locked(session, claim.id), clock(), receipt, unreachable=unreachable)
        settled += 1
    return settled


def recover(session: Session, now: datetime) -> int:
    """Whoever claimed these died while sending: whether the provider has them, nobody knows. Gives how many."""
    alive = select(Heartbeat.worker).where(Heartbeat.seen_at > now - DEAD_AFTER)
    stuck = session.scalars(
        select(Message)
        .where(
            Message.status == MessageStatus.SENDING,
            (Message.lease_until < now) | ((Message.claimed_at < now - DEAD_AFTER) & Message.claimed_by.not_in(alive)),
        )
        .with_for_update(skip_locked=True)
    ).all()
    for message in stuck:
        _unknown(message, now, "worker_died")
    return len(stuck)


def next_due(session: Session, until: datetime) -> datetime | None:
    """When the next waiting message is due, if that is before `until`."""
    waiting = Message.status.in_((MessageStatus.QUEUED, MessageStatus.UNKNOWN))
    return session.scalar(
        select(Message.due_at).where(waiting, Message.due_at <= until).order_by(Message.due_at).limit(1)
    )


def record_callback(
    session: Session, now: datetime, message_id: int, provider_id: str, state: State, code: str
) -> bool:
    """What the provider's status callback says of a message; False for a message that is not there.

    Callbacks come late, twice and out of order, so a state of lower rank changes nothing.
    """
    message = session.scalar(select(Message).where(Message.id == message_id).with_for_update())
    if message is None:
        return False
    if message.status in {MessageStatus.DELIVERED, MessageStatus.FAILED, MessageStatus.DISCARDED}:
        return True
    if message.status is MessageStatus.QUEUED:
        # put back after an unknown outcome, and now the first sending speaks up: it must not leave a second time
        message.advance(MessageStatus.SENDING)
    message.provider_id = message.provider_id or provider_id
    _record(message, now, Receipt(provider_id=provider_id, state=state, error_code=code or None))
    return True


def _claim(begin: Begin, clock: Clock, links: Links, worker: str, channel: Channel) -> Claim | None:
    while True:
        with begin() as session:
            now = clock()
            message = _take(session, now, MessageStatus.QUEUED, Message.channel == channel)
            if message is None:
                return None
            if message.expires_at is not None and message.expires_at <= now:
                _finish(message, MessageStatus.DISCARDED, now)
                continue
            message.advance(MessageStatus.SENDING)
            message.attempts += 1
            message.claimed_at = now
            _lease(message, now, worker)
            try:
                return _claim_of(message, now, links)
            except ValueError as error:
                # no provider could take it; left queued it would stand before all others for ever
                log.exception("message_malformed", message=message.id, kind=message.kind)
                message.error_code = f"malformed: {error}"[:40]
                _finish(message, MessageStatus.FAILED, now)


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
    return session.scalar(
        select(Message)
        .where(Message.status == status, Message.due_at <= now, *conditions)
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
    outgoing: Sms | Email
    if message.channel is Channel.SMS:
        left = message.expires_at - now if message.expires_at else None
        outgoing = Sms(to=message.recipient, body=body, reference=reference, valid_for=left)
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


def _deliver(begin: Begin, clock: Clock, transports: Transports, claim: Claim) -> None:
    try:
        outcome: Receipt | TransportError = _send(transports, claim.outgoing)
    except TransportError as error:
        outcome = error
    with begin() as session:
        message = _locked(session, claim.id)
        if message.status is not MessageStatus.SENDING or message.attempts != claim.attempt:
            return  # a callback was faster, or the lease ran out and somebody else settled it
        if isinstance(outcome, Receipt):
            _record(message, clock(), outcome)
        else:
            _record_error(message, clock(), outcome)
        log.info("message_tried", message=message.id, kind=message.kind, status=message.status.value)


def _send(transports: Transports, outgoing: Sms | Email) -> Receipt:
    if isinstance(outgoing, Sms):
        return transports.sms.send(outgoing)
    return transports.mail.send(outgoing)


def _look_up(transports: Transports, claim: Claim) -> tuple[Receipt | None, bool]:
    try:
        if isinstance(claim.outgoing, Sms):
            return transports.sms.find(claim.outgoing, claim.looked_for_since), False
        return transports.mail.find(claim.outgoing, claim.looked_for_since), False
    except TransportError:
        return None, True


def _locked(session: Session, message_id: int) -> Message:
    return session.execute(select(Message).where(Message.id == message_id).with_for_update(of=Message)).scalar_one()


def _record(message: Message, now: datetime, receipt: Receipt) -> None:
    message.provider_id = receipt.provider_id
    message.error_code = receipt.error_code
    message.sent_at = message.sent_at or now
    status = MessageStatus(receipt.state)
    if status is MessageStatus.SENT:
        if message.status is not MessageStatus.SENT:
            message.advance(status)
        message.lease_until = None
    else:
        _finish(message, status, now)


def _record_error(message: Message, now: datetime, error: TransportError) -> None:
    message.error_code = error.code
    if error.outcome == "unknown":
        _unknown(message, now, error.code)
    elif error.outcome == "permanent" or now - message.created_at > GIVE_UP_AFTER:
        _finish(message, MessageStatus.FAILED, now)
    else:
        message.advance(MessageStatus.QUEUED)
        message.lease_until = None
        message.due_at = now + (error.retry_after or _backoff(message))


def _unknown(message: Message, now: datetime, code: str) -> None:
    message.advance(MessageStatus.UNKNOWN)
    message.unknown_outcomes += 1
    message.lookups = 0
    message.error_code = code
    message.lease_until = None
    message.due_at = now
    log.warning("message_unknown", message=message.id, kind=message.kind, code=code)


def _record_lookup(message: Message, now: datetime, receipt: Receipt | None, *, unreachable: bool) -> None:
    if message.status is not MessageStatus.UNKNOWN:
        return  # a callback settled it meanwhile
    message.lease_until = None
    if receipt is not None:
        _record(message, now, receipt)
    elif unreachable:
        message.due_at = now + LOOKUP_DELAYS[-1]
    elif message.lookups < len(LOOKUP_DELAYS):
        message.due_at = now + LOOKUP_DELAYS[message.lookups]
        message.lookups += 1
    elif message.unknown_outcomes >= MAX_UNKNOWN:
        _finish(message, MessageStatus.FAILED, now)
    else:
        message.advance(MessageStatus.QUEUED)
        message.due_at = now


def _finish(message: Message, status: MessageStatus, now: datetime) -> None:
    message.advance(status)
    message.finished_at = now
    message.lease_until = None


def _backoff(message: Message) -> timedelta:
    """Longer with every attempt; spread by up to a fifth so that a whole queue does not knock at once."""
    seconds = BACKOFF[min(message.attempts, len(BACKOFF)) - 1]
    spread = hashlib.sha256(f"{message.id}:{message.attempts}".encode()).digest()[0] / 255 / 5
    return timedelta(seconds=seconds * (1 + spread))
