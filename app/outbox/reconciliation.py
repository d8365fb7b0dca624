"""Messages whose fate is unknown: found at the provider, sent once more, or failed."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.clock import Clock
from app.links import Links
from app.models import DEAD_AFTER, Heartbeat, Message, MessageStatus
from app.outbox import receipts
from app.outbox.claims import LEASE, Transports, claim_of, lease, locked, take_next
from app.outbox.in_flight import Claim
from app.tenancy import Begin
from notifications.messages import Call, Sms
from notifications.transports.base import Receipt, TransportError

# A claim whose transaction may still be on its way is no claim that was forgotten.
SETTLING: Final = timedelta(seconds=3)
# As many of one person's messages as are looked through for the same words.
TWINS: Final = 200


def reconcile_due(begin: Begin, clock: Clock, transports: Transports, links: Links, worker: str) -> int:
    """Settle messages whose fate is unknown: found at the provider, sent once more, or failed; gives how many."""
    settled = 0
    while (claim := _claim_unknown(begin, clock, links, worker)) is not None:
        receipt, unreachable = _look_up(begin, transports, claim)
        with begin() as session:
            receipts.record_lookup(locked(session, claim.id), clock(), receipt, unreachable=unreachable)
        settled += 1
    return settled


def recover(session: Session, now: datetime, worker: str, in_flight: frozenset[int]) -> int:
    """Whoever claimed these died while sending, or lost sight of them when the database went away; gives how many.

    Whether the provider has them, nobody knows. `in_flight` is what the asking `worker` is sending at this moment.
    """
    forgotten = (Message.claimed_by == worker) & (Message.claimed_at < now - SETTLING) & Message.id.not_in(in_flight)
    dead = (Message.claimed_at < now - DEAD_AFTER) & Message.claimed_by.not_in(Heartbeat.alive(now))
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


def _claim_unknown(begin: Begin, clock: Clock, links: Links, worker: str) -> Claim | None:
    with begin() as session:
        now = clock()
        message = take_next(session, now, MessageStatus.UNKNOWN)
        if message is None:
            return None
        # due again only after the lease: a worker that dies while looking leaves it to the next
        message.due_at = now + LEASE
        lease(message, now, worker)
        return claim_of(session, message, now, links)


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
