"""Plan -> rows: who stands in line for which appointment, the optimiser's choice first."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from app.journey import offering, offers
from app.journey.locks import lock_appointment
from app.journey.matching import Snapshot
from app.journey.participants import is_spent
from app.links import Links
from app.models import SEEKING, Appointment, AppointmentStatus, Mediator, OfferStatus, Withdrawal
from scheduler.model.plan import Plan, Uncovered

# As many as a coordinator would telephone before giving up.
LONGEST_LINE = 12


def write(session: Session, now: datetime, links: Links, plan: Plan, appointment_id: int, taken: Snapshot) -> bool:
    """Write the plan for one appointment and ask the first; False if the appointment changed since the snapshot."""
    appointment = lock_appointment(session, appointment_id)
    if appointment.status not in SEEKING or appointment.round != taken.rounds[appointment_id]:
        return False
    for offer in offers.current_offers(appointment):
        if offer.status is OfferStatus.SENT and offer.mediator_id in taken.unfit[appointment_id]:
            offers.take_back(session, now, offer, Withdrawal.UNFIT)
    key = str(appointment_id)
    chosen, line = _line_of(plan, key)
    _line_up(session, now, appointment, line, chosen)
    appointment.explanation = next((_words(one) for one in plan.uncovered if one.appointment == key), None)
    offering.dispatch(session, now, links, appointment, planned=True)
    return True


def different(session: Session, now: datetime, plan: Plan, taken: Snapshot) -> list[int]:
    """Appointments about which the plan says something new, or somebody is to be asked just now.

    Those about which nobody has been asked yet come first, then what begins first.
    """
    appointments = session.scalars(
        select(Appointment)
        .where(Appointment.id.in_(taken.rounds), Appointment.status.in_(SEEKING))
        .options(selectinload(Appointment.offers))
    ).all()
    reasons = {one.appointment: _words(one) for one in plan.uncovered}
    changed = [
        one
        for one in appointments
        if one.round != taken.rounds[one.id]
        or taken.unfit[one.id]
        or one.explanation != reasons.get(str(one.id))
        or not _rests(one, now)
        or _standing_line(one) != _planned_line(one, plan)
    ]
    return [one.id for one in sorted(changed, key=lambda one: (_is_asked(one), one.starts_at, one.id))]


def _is_asked(appointment: Appointment) -> bool:
    return any(one.status is not OfferStatus.PLANNED for one in offers.current_offers(appointment))


def _rests(appointment: Appointment, now: datetime) -> bool:
    """Whether the search waits for an answer or a later hour, or has ended with nobody left in line."""
    if appointment.look_again_at is not None:
        return appointment.look_again_at > now
    if appointment.status is AppointmentStatus.UNFILLED:
        return True
    sent = [one for one in offers.current_offers(appointment) if one.status is OfferStatus.SENT]
    return any(one.due_at is not None and one.due_at > now for one in sent)


def _words(uncovered: Uncovered) -> dict[str, int]:
    return {str(reason): count for reason, count in uncovered.reasons.items()}


def _standing_line(appointment: Appointment) -> list[tuple[int, bool]]:
    waiting = [one for one in offers.current_offers(appointment) if one.status is OfferStatus.PLANNED]
    return [(one.mediator_id, one.chosen) for one in sorted(waiting, key=lambda one: one.rank)]


def _planned_line(appointment: Appointment, plan: Plan) -> list[tuple[int, bool]]:
    """Whom the plan would put in line, leaving out who has been asked already."""
    chosen, line = _line_of(plan, str(appointment.id))
    asked = {one.mediator_id for one in offers.current_offers(appointment) if one.status is not OfferStatus.PLANNED}
    return [(one, one in chosen) for one in line if one not in asked]


def _line_of(plan: Plan, key: str) -> tuple[set[int], list[int]]:
    chosen = [int(one) for assigned in plan.assignments if assigned.appointment == key for one in assigned.mediators]
    return set(chosen), [*chosen, *(int(one) for one in plan.alternates.get(key, ()))][:LONGEST_LINE]


def _line_up(session: Session, now: datetime, appointment: Appointment, line: list[int], chosen: set[int]) -> None:
    """Make the offers that wait their turn equal to the plan's line; what is out or answered stays as it is."""
    known = {offer.mediator_id: offer for offer in offers.current_offers(appointment)}
    for mediator_id, offer in known.items():
        if offer.status is OfferStatus.PLANNED and mediator_id not in line:
            offers.forget(session, now, offer)
    new = [mediator_id for mediator_id in line if mediator_id not in known]
    if new:
        people = session.scalars(select(Mediator).where(Mediator.id.in_(new)).options(selectinload(Mediator.skills)))
        known |= {offer.mediator_id: offer for offer in offers.make(session, now, appointment, people.all())}
    # somebody may have been taken out of the pool since the plan was made
    for rank, offer in enumerate(known[mediator_id] for mediator_id in line if mediator_id in known):
        if offer.status is OfferStatus.WITHDRAWN and not is_spent(offer):
            offer.advance(OfferStatus.PLANNED)
        if offer.status is OfferStatus.PLANNED:
            offer.rank = rank
            offer.chosen = offer.mediator_id in chosen
    session.flush()
    session.expire(appointment, ["offers"])
