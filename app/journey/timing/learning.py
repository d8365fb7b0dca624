"""Learning from past answers, now and then; what is known then, acceptance.py tells."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, literal, select, tuple_, update
from sqlalchemy.orm import Session

from app.models import Appointment, Offer, OfferStatus, Pool, Withdrawal
from app.tenancy import Begin
from scheduler.waves import learning
from scheduler.waves.acceptance import Answer, Asked

LEARN_AGAIN_AFTER: Final = timedelta(hours=1)
# Answers from longer ago say little about people's lives now.
LOOK_BACK: Final = timedelta(days=730)
# So many questions are read at once: a fraction of a second.
PART: Final = 10_000


def outdated(session: Session, now: datetime) -> list[int]:
    """Pools whose knowledge is older than an hour; each learns by learn()."""
    old = Pool.acceptance_at.is_(None) | (Pool.acceptance_at < now - LEARN_AGAIN_AFTER)
    return list(session.scalars(select(Pool.id).where(old)))


def learn(begin: Begin, now: datetime, pool_id: int) -> None:
    """Learn from every question of the last two years.

    They are read in parts, each in a transaction of its own, and thought over with none open. What is answered
    meanwhile is learned from the next time.
    """
    with begin() as session:
        timezone = session.execute(select(Pool.timezone).where(Pool.id == pool_id)).scalar_one()
    asked = [found for row in _questions(begin, now, pool_id) if (found := _asked(row, now)) is not None]
    learned = learning.learn(asked, now, timezone).to_json()
    with begin() as session:
        session.execute(update(Pool).where(Pool.id == pool_id).values(acceptance=learned, acceptance_at=now))


def _questions(begin: Begin, now: datetime, pool_id: int) -> Iterator[Row[*tuple[Any, ...]]]:
    """What the engine learns from, the oldest first."""
    place, after = tuple_(Offer.sent_at, Offer.id), (now - LOOK_BACK, 0)
    wanted = (
        select(
            Offer.id,
            Offer.mediator_id,
            Offer.status,
            Offer.withdrawal,
            Offer.sent_at,
            Offer.answered_at,
            Offer.answered_via,
            Offer.ended_at,
            Offer.due_at,
            Appointment.starts_at,
        )
        .join(Appointment, Offer.appointment_id == Appointment.id)
        .where(Offer.pool_id == pool_id, Offer.sent_at >= now - LOOK_BACK, Offer.status != OfferStatus.PLANNED)
        .order_by(Offer.sent_at, Offer.id)
        .limit(PART)
    )
    while True:
        here = tuple_(literal(after[0], Offer.sent_at.type), literal(after[1]))
        with begin() as session:
            part = session.execute(wanted.where(place > here)).all()
        yield from part
        if len(part) < PART:
            return
        after = part[-1].sent_at, part[-1].id


def _asked(row: Row[*tuple[Any, ...]], now: datetime) -> Asked | None:
    """A question as the engine learns from it; None for one that never reached anybody."""
    if row.withdrawal in {Withdrawal.UNSENT, Withdrawal.UNREACHABLE}:
        return None
    answer, ended = Answer.NONE, row.ended_at or min(row.due_at or now, now)
    if row.answered_at is not None:
        ended = row.answered_at
        # asked by SMS, answered on the coordinator's telephone: of the SMS we know only the silence until then
        if row.answered_via != "telephone":
            # a yes stays one when the appointment is cancelled or handed back later
            answer = Answer.NO if row.status is OfferStatus.DECLINED else Answer.YES
    if ended < row.sent_at:
        return None
    return Asked(str(row.mediator_id), row.sent_at, row.starts_at, ended, answer)
