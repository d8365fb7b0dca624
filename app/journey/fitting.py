"""What still seeks somebody and fits one person: open to them without a question, as long as nobody's is undercut.

Whoever has been asked has until their deadline: while as many questions are out as seats are open, others may look but
not take. In the first hours after a request, only those take it by themselves who have done nothing lately.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from app.journey.matching import snapshot_of
from app.journey.offers import current_offers, spoken_language
from app.journey.series_dates import asked_about
from app.models import Appointment, AppointmentStatus, Mediator, Offer, OfferStatus, Pool
from scheduler.model import problem as engine
from scheduler.model import rules

# How far ahead anybody plans, and what one page can hold.
AHEAD: Final = timedelta(days=60)
# As long as this what is new is for those who have had nothing to do, unless it begins soon.
HEAD_START: Final = timedelta(hours=2)
SOON: Final = timedelta(days=1)
# Somebody who holds a question, or has said yes, sees it among their own.
THEIRS: Final = frozenset({OfferStatus.SENT, OfferStatus.ACCEPTED})


@dataclass(frozen=True)
class Fit:
    """An appointment that a person could come to, in which language, and how many dates a yes is about.

    `asked_until` says until when somebody else is being asked; None: it can be taken now.
    """

    appointment: Appointment
    language: str
    dates: int
    asked_until: datetime | None


def fits_of(session: Session, now: datetime, mediator: Mediator, *, among: Collection[int] | None = None) -> list[Fit]:
    """What fits a person, the next first; `among` looks at these appointments (ids) alone."""
    pool = session.get_one(Pool, mediator.pool_id)
    looked = snapshot_of(session, now, pool, mediator.id, now + AHEAD, among)
    if looked is None:
        return []
    problem = looked.problem
    [person] = problem.mediators
    taken = [one for one in problem.appointments if person.id in one.fixed]
    values = {int(one.id): one for one in problem.appointments if int(one.id) in looked.rounds}
    rows = [session.get_one(Appointment, number) for number in values]
    return [
        _fit(session, now, one, mediator)
        for one in sorted(rows, key=lambda row: (row.starts_at, row.id))
        if _is_for(now, one, mediator, person) and _can(problem, person, values[one.id], taken)
    ]


def _can(
    problem: engine.Problem, person: engine.Mediator, value: engine.Appointment, taken: Sequence[engine.Appointment]
) -> bool:
    return not rules.refusals_given(problem, person, value, taken)


def _is_for(now: datetime, appointment: Appointment, mediator: Mediator, person: engine.Mediator) -> bool:
    """Whether it is shown to them at all."""
    if appointment.seats_open == 0 or any(
        one.mediator_id == mediator.id and one.status in THEIRS for one in current_offers(appointment)
    ):
        return False
    spoken = {one.language for one in appointment.active_assignments}
    if spoken and spoken_language(appointment, mediator) not in spoken:
        # all who come work in one language
        return False
    nobody_else = appointment.status is AppointmentStatus.UNFILLED
    return nobody_else or person.load == 0 or now >= _for_all_from(appointment)


def _for_all_from(appointment: Appointment) -> datetime:
    return min(appointment.created_at + HEAD_START, appointment.starts_at - SOON)


def _fit(session: Session, now: datetime, appointment: Appointment, mediator: Mediator) -> Fit:
    return Fit(
        appointment,
        spoken_language(appointment, mediator),
        len(asked_about(session, now, appointment)),
        _asked_until(now, appointment),
    )


def _asked_until(now: datetime, appointment: Appointment) -> datetime | None:
    """When the first seat is free of questions; None if one is. A neighbour is asked about all of them."""
    if appointment.borrow_until is not None and appointment.borrow_until > now:
        return appointment.borrow_until
    ends = sorted(_end_of(one) for one in current_offers(appointment) if one.status is OfferStatus.SENT)
    waiting = [one for one in ends if one > now]
    return waiting[len(waiting) - appointment.seats_open] if len(waiting) >= appointment.seats_open else None


def _end_of(offer: Offer) -> datetime:
    return offer.due_at or offer.appointment.starts_at
