"""Whether messages get through: an outage of the provider, or answers that come late, are told to coordinators."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.journey.telling import alerts
from app.links import Links
from app.models import UNFINISHED, Channel, Message, MessageStatus, Pool

WINDOW: Final = timedelta(minutes=30)
SLOW: Final = timedelta(minutes=5)
# From so many slow ones among all of the window on; with fewer messages than this nothing can be said.
SLOW_SHARE: Final = 0.1
LEAST: Final = 5


def pools(session: Session) -> list[int]:
    """All pools; each is watched in a transaction of its own, by watch()."""
    return list(session.scalars(select(Pool.id).order_by(Pool.id)))


def watch(session: Session, now: datetime, links: Links, pool_id: int) -> None:
    """Raise or settle the two alerts about delivery."""
    stuck = _stuck(session, now, pool_id)
    if stuck:
        alerts.raise_alert(session, now, links, pool_id, "outage", "outage", number=stuck)
    else:
        alerts.settle(session, now, pool_id, "outage")
    share = slow_share(session, now, pool_id)
    if share is not None and share >= SLOW_SHARE and not stuck:
        alerts.raise_alert(session, now, links, pool_id, "slow", "slow", share=round(100 * share))
    elif share is not None and share < SLOW_SHARE:
        alerts.settle(session, now, pool_id, "slow")


def slow_share(session: Session, now: datetime, pool_id: int) -> float | None:
    """The share of the last half hour's messages that took more than five minutes; None for too few to say."""
    rows = session.execute(
        select(Message.first_due_at, Message.sent_at, Message.finished_at, Message.status).where(
            Message.pool_id == pool_id,
            Message.channel != Channel.EMAIL,
            Message.first_due_at > now - WINDOW,
            Message.first_due_at <= now,
            Message.status.not_in((MessageStatus.DISCARDED, MessageStatus.FAILED)),
        )
    ).all()
    if len(rows) < LEAST:
        return None
    # not every provider reports deliveries: without a report the moment it took the message counts
    slow = [one for one in rows if (one.finished_at or one.sent_at or now) - one.first_due_at > SLOW]
    return len(slow) / len(rows)


def _stuck(session: Session, now: datetime, pool_id: int) -> int:
    """How many SMS have been tried in vain for more than five minutes."""
    return (
        session.scalar(
            select(func.count()).where(
                Message.pool_id == pool_id,
                Message.channel != Channel.EMAIL,
                Message.status.in_(UNFINISHED),
                Message.attempts > 0,
                Message.first_due_at < now - SLOW,
            )
        )
        or 0
    )
