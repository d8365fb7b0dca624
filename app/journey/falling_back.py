"""The fallback ladder: what is tried, rung by rung, when nobody can come to an appointment as it was requested.

Whoever requested it has permitted the rungs, the pool's rules may forbid some for a topic, and each begins early enough
for those after it. A rung changes the appointment as staff would; it is then placed like any other. Nobody who was
asked for a time is asked for that time again.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.journey import device_loans, history, lending
from app.journey.history import SERVICE
from app.journey.lending import Neighbour
from app.journey.locks import request_people
from app.journey.offers import withdraw_open
from app.journey.timing.deadlines import SHORTEST, fallback_deadline, last_call
from app.journey.variants import Variant, likeliest
from app.models import (
    MODES,
    RUNGS,
    SEEKING,
    Appointment,
    AppointmentStatus,
    FallbackStep,
    Pool,
    Rung,
    StepState,
    Withdrawal,
)

REMOTE = tuple(mode for mode in MODES if mode != "on_site")


class Barrier(StrEnum):
    """Why a rung is not tried."""

    NOT_PERMITTED = "not_permitted"
    RULE = "rule"
    # there is nothing to try: no further language, no other time that is still to come
    NOTHING = "nothing"
    # somebody has said yes to it as it is
    SOMEBODY_COMES = "somebody_comes"
    NOBODY = "nobody"


def steps_of(session: Session, appointment: Appointment) -> Sequence[FallbackStep]:
    """What has been tried of this appointment's ladder, in order."""
    own = select(FallbackStep).where(FallbackStep.appointment_id == appointment.id)
    return session.scalars(own.order_by(FallbackStep.id)).all()


def begin(now: datetime, appointment: Appointment, taken: Sequence[FallbackStep] = ()) -> None:
    """Say until when it is tried as it is at most; the caller holds the appointment."""
    appointment.fall_back_at = _deadline(now, appointment, taken)


def begin_anew(session: Session, now: datetime, appointment: Appointment) -> None:
    """Staff have made another appointment of it: nothing has been tried for that."""
    session.execute(delete(FallbackStep).where(FallbackStep.appointment_id == appointment.id))
    lending.end(session, now, appointment, Withdrawal.MOVED)
    begin(now, appointment)


def reopen(session: Session, now: datetime, appointment: Appointment) -> None:
    """Somebody is wanted again after all: what is left to try begins in time once more."""
    if appointment.status is AppointmentStatus.FILLED:
        appointment.reopen()
        begin(now, appointment, steps_of(session, appointment))


def resume(session: Session, now: datetime, appointment: Appointment) -> None:
    """Staff have permitted something else: what was skipped is looked at anew, at once where nobody was left to ask."""
    skipped = FallbackStep.state == StepState.SKIPPED
    session.execute(delete(FallbackStep).where(FallbackStep.appointment_id == appointment.id, skipped))
    if appointment.status not in SEEKING:
        return
    if appointment.status is not AppointmentStatus.UNFILLED:
        begin(now, appointment, steps_of(session, appointment))
    else:
        fall_back(session, now, appointment)


def fall_back(session: Session, now: datetime, appointment: Appointment) -> bool:
    """Take the next rung on which somebody could come; False where the search ends. The caller holds the appointment.

    Nobody is or may be asked about it as it is. What is changed is searched for at once; where no rung is left, so is
    whoever was not asked any more so that there is time for one. Otherwise a translation device is reserved, if that
    is permitted and one is free.
    """
    taken = list(steps_of(session, appointment))
    some_may_wait = appointment.fall_back_at is not None and appointment.fall_back_at <= now
    appointment.fall_back_at = None
    if now >= last_call(now, appointment.starts_at):
        return False
    for rung in RUNGS:
        if barrier(now, appointment, rung, taken) is not None:
            continue
        if rung is Rung.NEIGHBOUR:
            if _ask_a_neighbour(session, now, appointment, taken):
                return True
            continue
        best = likeliest(session, now, appointment, _variants(now, appointment, rung, taken))
        if best.people:
            _take(session, now, appointment, rung, best, taken)
            return True
        taken.append(_skip(session, now, appointment, rung))
    if some_may_wait:
        request_people(session, now, "goes_on", appointment)
        return True
    if device_barrier(appointment) is None:
        device_loans.reserve(session, now, appointment)
    return False


def barrier(now: datetime, appointment: Appointment, rung: Rung, taken: Sequence[FallbackStep]) -> Barrier | None:
    """What keeps a rung from being tried next, when these were taken; None if nothing does."""
    if not (_neighbours(appointment, taken) if rung is Rung.NEIGHBOUR else _variants(now, appointment, rung, taken)):
        return Barrier.NOTHING
    if rung not in appointment.fallbacks:
        return Barrier.NOT_PERMITTED
    if is_forbidden(appointment.pool, rung, appointment.topic):
        return Barrier.RULE
    if rung in {Rung.MODE, Rung.TIME} and appointment.active_assignments:
        return Barrier.SOMEBODY_COMES
    return None


def device_barrier(appointment: Appointment) -> Barrier | None:
    """What keeps a translation device from being reserved for it; None if nothing does."""
    if Rung.DEVICE not in appointment.fallbacks:
        return Barrier.NOT_PERMITTED
    return Barrier.RULE if is_forbidden(appointment.pool, Rung.DEVICE, appointment.topic) else None


def end(session: Session, now: datetime, appointment: Appointment) -> None:
    """What is being tried has found nobody."""
    for one in steps_of(session, appointment):
        if one.state is StepState.RUNNING:
            one.state, one.ended_at = StepState.OVER, now
    lending.end(session, now, appointment, Withdrawal.BY_HAND)
    appointment.fall_back_at = None


def is_forbidden(pool: Pool, rung: Rung, topic: str) -> bool:
    """Whether the pool's rules never try this for this topic."""
    return topic in pool.forbidden_fallbacks.get(rung, ())


def _variants(now: datetime, appointment: Appointment, rung: Rung, taken: Sequence[FallbackStep]) -> list[Variant]:
    """What a rung could make of the appointment; empty if that has been tried at this time, or there is nothing."""
    spoken, mode, starts = tuple(appointment.accepted_languages), appointment.mode, appointment.starts_at
    tried = _at_this_time(appointment, taken)
    if rung is Rung.TIME:
        skipped = any(one.rung is rung and one.state is StepState.SKIPPED for one in taken)
        wished = _mode_wished(appointment, taken)
        return [] if skipped else [Variant(spoken, wished, at) for at in _later(now, appointment)]
    if rung is Rung.MODE and all(one.rung is not rung for one in tried):
        return [Variant(spoken, one, starts) for one in REMOTE if one != mode]
    # one that has been taken has nothing left unless staff name another language
    if rung is Rung.LANGUAGE and all(one.rung is not rung or one.state is not StepState.SKIPPED for one in tried):
        further = [one for one in appointment.fallback_languages if one not in {appointment.language, *spoken}]
        return [Variant((*spoken, *further), mode, starts)] if further else []
    # a device makes no other appointment of it
    return []


def _neighbours(appointment: Appointment, taken: Sequence[FallbackStep]) -> list[Neighbour]:
    """The pools that may be asked for somebody at this time and have not been, each with how it might be then."""
    tried = {one.neighbour_id for one in _at_this_time(appointment, taken) if one.rung is Rung.NEIGHBOUR}
    modes = [appointment.mode]
    if not appointment.active_assignments and not appointment.seats_borrowed:
        modes.append(_mode_wished(appointment, taken))
        if Rung.MODE in appointment.fallbacks and not is_forbidden(appointment.pool, Rung.MODE, appointment.topic):
            modes += REMOTE
    return [one for one in lending.neighbours(appointment, modes) if one.pool.id not in tried]


def _ask_a_neighbour(session: Session, now: datetime, appointment: Appointment, taken: list[FallbackStep]) -> bool:
    """Ask that neighbour where somebody comes likeliest; where none has anybody, none need be looked at again."""
    some = _neighbours(appointment, taken)
    end(session, now, appointment)
    # what is tried otherwise is tried for this date alone
    appointment.leads_series = False
    found = lending.ask(session, now, appointment, some)
    if found is None:
        for one in some:
            taken.append(step := _skip(session, now, appointment, Rung.NEIGHBOUR))
            step.neighbour_id = one.pool.id
        return False
    step = _step(now, appointment, Rung.NEIGHBOUR, StepState.RUNNING)
    step.neighbour_id, step.minutes = found.neighbour.pool.id, found.minutes
    step.mode, step.people = found.variant.mode, found.variant.people
    if appointment.mode != step.mode:
        withdraw_open(session, now, appointment, Withdrawal.MOVED)
        appointment.mode = step.mode
        appointment.round += 1
        request_people(session, now, "fell_back", appointment)
    taken.append(step)
    step.until = appointment.fall_back_at = _deadline(now, appointment, taken)
    lending.wait(now, appointment)
    appointment.explanation, appointment.chance = None, found.variant.chance
    appointment.advance(AppointmentStatus.OFFERING)
    appointment.look_again_at = appointment.borrow_until
    session.add(step)
    session.flush()
    session.expire(appointment, ["offers"])
    people, pool_name = found.variant.people, found.neighbour.pool.name
    history.record(session, now, "fell_back_neighbour", SERVICE, appointment, people=people, pool_name=pool_name)
    return True


def _later(now: datetime, appointment: Appointment) -> list[datetime]:
    """The other times at which it may be and for which there is time to ask."""
    times = (datetime.fromisoformat(one) for one in appointment.other_starts)
    return [one for one in times if one > now + SHORTEST and one != appointment.starts_at]


def _at_this_time(appointment: Appointment, taken: Iterable[FallbackStep]) -> list[FallbackStep]:
    return [one for one in taken if one.starts_at == appointment.starts_at and one.rung is not Rung.TIME]


def _mode_wished(appointment: Appointment, taken: Iterable[FallbackStep]) -> str:
    """The mode before another one was tried: at another time it may well be as requested."""
    return next((one.mode_before for one in taken if one.state is not StepState.SKIPPED), appointment.mode)


def _take(
    session: Session,
    now: datetime,
    appointment: Appointment,
    rung: Rung,
    variant: Variant,
    taken: list[FallbackStep],
) -> None:
    """Change the appointment and search for somebody."""
    end(session, now, appointment)
    # what is tried otherwise is tried for this date alone
    appointment.leads_series = False
    step = _step(now, appointment, rung, StepState.RUNNING)
    withdraw_open(session, now, appointment, Withdrawal.MOVED)
    variant.make_of(appointment)
    step.mode, step.starts_at, step.people = variant.mode, variant.starts, variant.people
    if rung is not Rung.LANGUAGE:
        appointment.round += 1
    if rung is Rung.TIME:
        device_loans.release(session, now, appointment)
        appointment.first_round = appointment.round
        appointment.other_starts = [
            one for one in appointment.other_starts if datetime.fromisoformat(one) != variant.starts
        ]
    appointment.explanation = None
    appointment.advance(AppointmentStatus.OPEN)
    taken.append(step)
    step.until = appointment.fall_back_at = _deadline(now, appointment, taken)
    session.add(step)
    session.flush()
    session.expire(appointment, ["offers"])
    history.record(session, now, f"fell_back_{rung}", SERVICE, appointment, people=variant.people)
    request_people(session, now, "fell_back", appointment)


def _skip(session: Session, now: datetime, appointment: Appointment, rung: Rung) -> FallbackStep:
    step = _step(now, appointment, rung, StepState.SKIPPED)
    step.reason, step.ended_at = Barrier.NOBODY, now
    session.add(step)
    return step


def _step(now: datetime, appointment: Appointment, rung: Rung, state: StepState) -> FallbackStep:
    """A step as the appointment stands."""
    return FallbackStep(
        pool_id=appointment.pool_id,
        appointment_id=appointment.id,
        rung=rung,
        state=state,
        mode_before=appointment.mode,
        mode=appointment.mode,
        starts_before=appointment.starts_at,
        starts_at=appointment.starts_at,
        began_at=now,
    )


def _deadline(now: datetime, appointment: Appointment, taken: Sequence[FallbackStep]) -> datetime | None:
    """When the next rung begins at the latest; None where none could be tried."""
    if all(barrier(now, appointment, rung, taken) is not None for rung in RUNGS):
        return None
    return fallback_deadline(now, appointment.starts_at, ZoneInfo(appointment.pool.timezone))
