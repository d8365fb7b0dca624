"""Plan -> rows: who stands in line for which appointment, the optimiser's choice first."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from app.journey import offering, offers
from app.journey.matching import Snapshot
from app.journey.participants import is_spent
from app.links import Links
from app.models import SEEKING, Appointment, AppointmentStatus, Mediator, Offer, OfferStatus, Withdrawal
from app.row_numbers import reserve
from scheduler.model.plan import Plan, Uncovered

# As many as a coordinator would telephone before giving up.
LONGEST_LINE = 12


class Planned(NamedTuple):
    """A plan and what it was made of."""

    plan: Plan
    taken: Snapshot


def write_all(
    session: Session, now: datetime, links: Links, appointments: Sequence[tuple[Appointment, Planned]]
) -> None:
    """Write each appointment's plan and ask the first, together; who has moved since the snapshot is left as it is.

    The caller holds the appointments.
    """
    current = [
        (appointment, planned)
        for appointment, planned in appointments
        if appointment.status in SEEKING and appointment.round == planned.taken.rounds.get(appointment.id)
    ]
    lines: list[tuple[Appointment, set[int], list[int]]] = []
    for appointment, (plan, taken) in current:
        for offer in offers.current_offers(appointment):
            if offer.status is OfferStatus.SENT and offer.mediator_id in taken.unfit[appointment.id]:
                offers.take_back(session, now, offer, Withdrawal.UNFIT)
        key = str(appointment.id)
        lines.append((appointment, *_line_of(plan, key)))
        appointment.explanation = next((_words(one) for one in plan.uncovered if one.appointment == key), None)
    _line_up(session, now, lines)
    offering.dispatch_all(session, now, links, [appointment for appointment, _ in current], planned=True)


class Standing(NamedTuple):
    """Whom an appointment has asked (mediator ids) and whom the plan has chosen for it but not asked yet."""

    asked: frozenset[int]
    chosen: frozenset[int]

    @classmethod
    def of(cls, appointment: Appointment) -> "Standing":
        """As it is now."""
        current = offers.current_offers(appointment)
        return cls(
            frozenset(one.mediator_id for one in current if one.status is OfferStatus.SENT),
            frozenset(one.mediator_id for one in current if one.status is OfferStatus.PLANNED and one.chosen),
        )


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


def _line_up(session: Session, now: datetime, lines: Sequence[tuple[Appointment, set[int], list[int]]]) -> None:
    """Make the offers that wait their turn equal to each line; what is out or answered stays as it is."""
    known = {one.id: {offer.mediator_id: offer for offer in offers.current_offers(one)} for one, _, _ in lines}
    new = {mediator_id for one, _, line in lines for mediator_id in line if mediator_id not in known[one.id]}
    people: dict[int, Mediator] = {}
    if new:
        found = select(Mediator).where(Mediator.id.in_(new)).options(selectinload(Mediator.skills))
        people = {one.id: one for one in session.scalars(found)}
    first = sum(one not in known[appointment.id] and one in people for appointment, _, line in lines for one in line)
    numbers = iter(reserve(session, Offer, first))
    for appointment, chosen, line in lines:
        theirs = known[appointment.id]
        for mediator_id, offer in theirs.items():
            if offer.status is OfferStatus.PLANNED and mediator_id not in line:
                offers.forget(session, now, offer)
        # somebody may have been taken out of the pool since the plan was made
        for rank, mediator_id in enumerate(one for one in line if one in theirs or one in people):
            offer = theirs.get(mediator_id) or offers.make(
                session, now, appointment, people[mediator_id], next(numbers)
            )
            if offer.status is OfferStatus.WITHDRAWN and not is_spent(offer):
                offer.advance(OfferStatus.PLANNED)
            if offer.status is OfferStatus.PLANNED:
                offer.rank = rank
                offer.chosen = offer.mediator_id in chosen
    session.flush()
    for appointment, _, _ in lines:
        offers.put_in_order(appointment)
