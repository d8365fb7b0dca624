"""What every step needs: rows locked in one order, and the wish for a plan."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.models import Appointment, Mediator, Offer, PlanRun, PlanRunStatus

LONGEST_REST: Final = timedelta(seconds=30)


def lock_appointment(session: Session, appointment_id: int) -> Appointment:
    """The appointment, held against every other writer until the transaction ends; raises NotFound.

    Everything about an appointment is decided under this lock; it is always taken before that of a mediator.
    """
    appointment = session.scalar(
        select(Appointment)
        .where(Appointment.id == appointment_id)
        .with_for_update(of=Appointment)
        .execution_options(populate_existing=True)
    )
    if appointment is None:
        raise NotFound("appointment_not_found")
    session.expire(appointment, ["offers", "assignments"])
    return appointment


def lock_offer(session: Session, offer_id: int) -> Offer:
    """The offer, with its appointment and then its mediator held; raises NotFound."""
    known = session.execute(select(Offer.appointment_id, Offer.mediator_id).where(Offer.id == offer_id)).one_or_none()
    if known is None:
        raise NotFound("offer_not_found")
    lock_appointment(session, known.appointment_id)
    lock_mediator(session, known.mediator_id)
    return session.execute(
        select(Offer).where(Offer.id == offer_id).execution_options(populate_existing=True)
    ).scalar_one()


def lock_mediator(session: Session, mediator_id: int) -> None:
    """Hold a mediator, so that two yeses of one person come one after the other; raises NotFound."""
    held = session.scalar(select(Mediator.id).where(Mediator.id == mediator_id).with_for_update(of=Mediator))
    if held is None:
        raise NotFound("mediator_not_found")


def request_plan(session: Session, now: datetime, trigger: str, pool_id: int | None = None) -> None:
    """Wish for a planning run as soon as a worker is free; a run that is already waiting serves this wish as well.

    After a run that took long the next one waits, so that planning leaves the machine time for everything else.
    """
    waiting = select(PlanRun.id).where(PlanRun.status == PlanRunStatus.QUEUED)
    if pool_id is not None:
        waiting = waiting.where(PlanRun.pool_id == pool_id)
    # Locked: a run that a worker is just taking has its snapshot already, and would miss what this transaction changes.
    if session.scalar(waiting.limit(1).with_for_update(of=PlanRun)) is None:
        session.add(PlanRun(pool_id=pool_id, trigger=trigger, requested_at=now, due_at=_rested(session, now, pool_id)))
        session.flush()


def _rested(session: Session, now: datetime, pool_id: int | None) -> datetime:
    """When the pool's last run is as long ago as it took, half a minute at most."""
    ended = select(PlanRun.started_at, PlanRun.finished_at).where(PlanRun.finished_at.is_not(None))
    if pool_id is not None:
        ended = ended.where(PlanRun.pool_id == pool_id)
    last = session.execute(ended.order_by(PlanRun.finished_at.desc()).limit(1)).one_or_none()
    if last is None or last.started_at is None or last.finished_at is None:
        return now
    rested: datetime = last.finished_at + min(last.finished_at - last.started_at, LONGEST_REST)
    return max(now, rested)
