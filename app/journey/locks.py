"""What every step needs: rows locked in one order, and the wish for people or for a plan."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from app.errors import NotFound
from app.models import Appointment, Mediator, Offer, Organisation, PlanRun, PlanRunStatus
from app.wakeups import Work, wake

LONGEST_REST: Final = timedelta(seconds=30)
# A plan of the whole pool betters what was placed at once; it waits, for more may be requested in the same minute.
BETTERED_AFTER: Final = timedelta(minutes=1)


def lock_appointment(session: Session, appointment_id: int) -> Appointment:
    """The appointment, held against every other writer until the transaction ends; raises NotFound.

    Everything about an appointment is decided under this lock; it is always taken before that of a mediator.
    """
    appointment = session.scalar(_held(select(Appointment)).where(Appointment.id == appointment_id))
    if appointment is None:
        raise NotFound("appointment_not_found")
    session.expire(appointment, ["offers", "assignments"])
    return appointment


def lock_appointments(session: Session, appointment_ids: Collection[int]) -> list[Appointment]:
    """Several appointments at once, held as by lock_appointment(), with their offers and assignments; by id.

    Those that there are not are left out.
    """
    found = (
        _held(select(Appointment))
        .where(Appointment.id.in_(appointment_ids))
        .order_by(Appointment.id)
        .options(selectinload(Appointment.offers), selectinload(Appointment.assignments))
    )
    return list(session.scalars(found))


def lock_offer(session: Session, offer_id: int) -> Offer:
    """The offer, with its appointment and then its mediator held; raises NotFound."""
    about = select(Appointment).join(Offer, Offer.appointment_id == Appointment.id).where(Offer.id == offer_id)
    appointment = session.scalar(_held(about).options(selectinload(Appointment.offers)))
    if appointment is None:
        raise NotFound("offer_not_found")
    session.expire(appointment, ["assignments"])
    # an offer that has an id is not deleted while its appointment is held
    offer = next(one for one in appointment.offers if one.id == offer_id)
    lock_mediator(session, offer.mediator_id)
    # what is held stays in memory with the offer, or it would be read again
    set_committed_value(offer, "appointment", appointment)
    return offer


def _held(about: Select[Appointment]) -> Select[Appointment]:
    """Appointments, as they are once they are held; with the pool and the organisation, whom all that is said names."""
    return (
        about.with_for_update(of=Appointment)
        .options(joinedload(Appointment.pool), joinedload(Appointment.organisation).lazyload(Organisation.sites))
        .execution_options(populate_existing=True)
    )


def lock_mediator(session: Session, mediator_id: int) -> None:
    """Hold a mediator, so that two yeses of one person come one after the other; raises NotFound."""
    lock_mediators(session, [mediator_id])


def lock_mediators(session: Session, mediator_ids: Collection[int]) -> None:
    """Hold some, in one order everywhere, so that two who hold several do not wait for each other; raises NotFound.

    What is in memory of them is as it is once they are held.
    """
    held = (
        select(Mediator)
        .where(Mediator.id.in_(mediator_ids))
        .order_by(Mediator.id)
        .with_for_update(of=Mediator)
        .execution_options(populate_existing=True)
    )
    if len(session.scalars(held).all()) < len(set(mediator_ids)):
        raise NotFound("mediator_not_found")


def request_people(
    session: Session, now: datetime, trigger: str, appointment: Appointment, *, hold: timedelta = timedelta(0)
) -> None:
    """Wish for somebody at once, or after `hold`, and for a plan of the whole pool soon; the caller holds the row.

    Nothing is wished for a date that waits for the answer about its series.
    """
    if appointment.waits_until is not None:
        return
    place_soon(session, now, appointment, hold=hold)
    request_plan(session, now, trigger, appointment.pool_id, after=BETTERED_AFTER)


def place_soon(session: Session, now: datetime, appointment: Appointment, *, hold: timedelta = timedelta(0)) -> None:
    """Wish for somebody only; whoever is not found so is left to a plan. The caller holds the row.

    Enough for what is another pool's: two pools that wished for plans of each other would wait for each other.
    """
    appointment.place_at = now + hold
    if not hold:
        wake(session, Work.PLACE)


def request_plan(
    session: Session, now: datetime, trigger: str, pool_id: int, *, after: timedelta = timedelta(0)
) -> PlanRun:
    """Wish for a planning run as soon as a worker is free; a run that is already waiting serves this wish as well.

    After a run that took long the next one waits, so that planning leaves the machine time for everything else.
    """
    # Locked: a run that a worker is just taking has its snapshot already, and would miss what this transaction changes.
    waiting = session.scalar(
        select(PlanRun)
        .where(PlanRun.pool_id == pool_id, PlanRun.status == PlanRunStatus.QUEUED)
        .limit(1)
        .with_for_update(of=PlanRun)
    )
    wished = now + after
    if waiting is None:
        due = max(wished, _rested(session, now, pool_id))
        waiting = PlanRun(pool_id=pool_id, trigger=trigger, requested_at=now, due_at=due)
        session.add(waiting)
    elif waiting.due_at > wished:
        waiting.due_at = min(waiting.due_at, max(wished, _rested(session, now, pool_id)))
    session.flush()
    return waiting


def end_search(session: Session, now: datetime, run_id: int) -> bool:
    """Wish that a run takes the best plan so far; False, leaving it as it is, if it does not run. Raises NotFound."""
    run = session.scalar(select(PlanRun).where(PlanRun.id == run_id).with_for_update(of=PlanRun))
    if run is None:
        raise NotFound("plan_not_found")
    if run.status is not PlanRunStatus.RUNNING:
        return False
    run.stop_wished_at = run.stop_wished_at or now
    return True


def _rested(session: Session, now: datetime, pool_id: int) -> datetime:
    """When the pool's last run is as long ago as it took, half a minute at most."""
    ended = select(PlanRun.started_at, PlanRun.finished_at).where(
        PlanRun.pool_id == pool_id, PlanRun.finished_at.is_not(None)
    )
    last = session.execute(ended.order_by(PlanRun.finished_at.desc()).limit(1)).one_or_none()
    if last is None or last.started_at is None or last.finished_at is None:
        return now
    rested: datetime = last.finished_at + min(last.finished_at - last.started_at, LONGEST_REST)
    return max(now, rested)
