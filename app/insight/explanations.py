"""Why this person, why not that one: everybody who speaks an appointment's languages, with the named refusals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from app.journey.offers import current_offers
from app.journey.participants import NOTHING_LATELY, Exclusions, appointment_value, mediator_value, travel_of
from app.journey.request import LONGEST_MINUTES
from app.journey.timing.availability import local_days, windows
from app.models import (
    SEEKING,
    Appointment,
    AppointmentStatus,
    Assignment,
    AssignmentState,
    Mediator,
    MediatorStatus,
    Offer,
    Skill,
    with_details,
)
from scheduler.model import problem as engine
from scheduler.model import rules

# Reasons that the engine never sees, because it is not told of these people.
PAUSED = "paused"
OPTED_OUT = "opted_out"
# Nobody is looked for any more.
NOT_CANDIDATE = rules.Refusal.NOT_CANDIDATE.value
# Whatever may stand in the way of an appointment or count towards its week lies within this distance.
NEAR = timedelta(days=8)


@dataclass(frozen=True)
class Candidate:
    """One person and one appointment: `refusals` are names of reasons against them, strongest first, empty if none.

    `offer_status` says what they were asked about its present time, None if nothing.
    """

    mediator: Mediator
    eligible: bool
    refusals: tuple[str, ...]
    offer_status: str | None


def candidates(session: Session, now: datetime, appointment: Appointment) -> list[Candidate]:
    """Everybody of the appointment's languages who has not left the pool, the eligible first, then by name."""
    people = _people(session, appointment)
    reasons = _refusals(session, now, appointment, people)
    asked = {offer.mediator_id: offer.status.value for offer in current_offers(appointment)}
    found = [
        Candidate(person, not reasons[person.id], reasons[person.id], asked.get(person.id))
        for person in people
        if person.status is not MediatorStatus.LEFT
    ]
    return sorted(found, key=lambda one: (not one.eligible, one.mediator.name, one.mediator.id))


def _people(session: Session, appointment: Appointment) -> list[Mediator]:
    speak = select(Skill.mediator_id).where(Skill.language.in_((appointment.language, *appointment.accepted_languages)))
    coming = [assignment.mediator_id for assignment in appointment.active_assignments]
    everybody = select(Mediator).where(Mediator.id.in_(speak) | Mediator.id.in_(coming))
    return list(session.scalars(everybody.order_by(Mediator.id).options(*with_details())))


def _refusals(
    session: Session, now: datetime, appointment: Appointment, people: Sequence[Mediator]
) -> Mapping[int, tuple[str, ...]]:
    if appointment.status not in SEEKING | {AppointmentStatus.FILLED}:
        came = {assignment.mediator_id for assignment in appointment.active_assignments}
        return {person.id: () if person.id in came else (NOT_CANDIDATE,) for person in people}
    taken = _taken(session, appointment, people)
    problem = _problem(session, now, appointment, people, taken)
    wanted = problem.appointment[str(appointment.id)]
    return {
        person.id: (
            *_outside_the_engine(person),
            *(
                reason.value
                for reason in rules.refusals_given(
                    problem,
                    problem.mediator[str(person.id)],
                    wanted,
                    [problem.appointment[str(other)] for other in taken.get(person.id, ())],
                )
            ),
        )
        for person in people
    }


def _outside_the_engine(person: Mediator) -> tuple[str, ...]:
    if person.status is not MediatorStatus.ACTIVE:
        return (PAUSED,)
    return (OPTED_OUT,) if person.opted_out_at is not None else ()


def _taken(session: Session, appointment: Appointment, people: Sequence[Mediator]) -> dict[int, list[int]]:
    """Mediator id -> ids of the appointments at which they are expected around that time."""
    rows = session.execute(
        select(Assignment.mediator_id, Assignment.appointment_id).where(
            Assignment.mediator_id.in_([person.id for person in people]),
            Assignment.state == AssignmentState.ACTIVE,
            Assignment.appointment_id != appointment.id,
            Assignment.starts_at < appointment.ends_at + NEAR,
            Assignment.ends_at > appointment.starts_at - NEAR,
            # what ends then has begun so long before at most, and by its beginning it is found
            Assignment.starts_at > appointment.starts_at - NEAR - timedelta(minutes=LONGEST_MINUTES),
        )
    )
    found: dict[int, list[int]] = {}
    for mediator_id, appointment_id in rows:
        found.setdefault(mediator_id, []).append(appointment_id)
    return found


def _problem(
    session: Session,
    now: datetime,
    appointment: Appointment,
    people: Sequence[Mediator],
    taken: Mapping[int, Sequence[int]],
) -> engine.Problem:
    pool = appointment.pool
    zone = ZoneInfo(pool.timezone)
    days = local_days((appointment.starts_at, appointment.ends_at), zone)
    exclusions = Exclusions.among([appointment])
    others = session.scalars(
        select(Appointment)
        .where(Appointment.id.in_({one for ids in taken.values() for one in ids}))
        # their people are told apart by number alone, and are here already
        .options(
            selectinload(Appointment.offers).lazyload(Offer.mediator),
            selectinload(Appointment.assignments).lazyload(Assignment.mediator),
        )
        .order_by(Appointment.id)
    )
    known = {person.id for person in people}
    places: dict[str, engine.Place] = {}
    return engine.Problem(
        now=now.replace(microsecond=0),
        timezone=pool.timezone,
        travel=travel_of(pool),
        remote_gap_minutes=pool.remote_gap_minutes,
        mediators=tuple(
            mediator_value(person, exclusions.of(person), windows(person, days, zone), NOTHING_LATELY, places)
            for person in people
        ),
        appointments=tuple(appointment_value(one, now, pool, places, known) for one in (appointment, *others)),
        places=places,
    )
