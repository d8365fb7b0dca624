"""Why this person, why not that one: everybody who speaks an appointment's languages, with the named refusals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from app.journey.offers import offers_for_this_time
from app.journey.participants import NOTHING_LATELY, Exclusions, appointment_value, mediator_value, travel_of
from app.journey.request import LONGEST_MINUTES
from app.journey.timing import acceptance
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
    OfferStatus,
    Skill,
    with_details,
)
from scheduler.model import problem as engine
from scheduler.model import rules
from scheduler.waves.acceptance import Acceptance

# Reasons that the engine never sees, because it is not told of these people.
PAUSED = "paused"
OPTED_OUT = "opted_out"
# Nobody is looked for any more.
NOT_CANDIDATE = rules.Refusal.NOT_CANDIDATE.value
# Whatever may stand in the way of an appointment or count towards its week lies within this distance.
NEAR = timedelta(days=8)
# No way between two appointments of a day is longer.
LONGEST_WAY = timedelta(hours=4)


@dataclass(frozen=True)
class Candidate:
    """One person and one appointment: `refusals` are names of reasons against them, strongest first, empty if none.

    `offer_status` says what they were asked about its present time, None if nothing. `chance` is that of a yes if they
    were asked now, `minutes` the way from home, None by phone or where no home is known. `needed` is another
    appointment that wants them at that time: they have been asked about it, or the plan counts on them.
    """

    mediator: Mediator
    eligible: bool
    refusals: tuple[str, ...]
    offer_status: str | None
    chance: float
    minutes: int | None
    needed: Appointment | None


@dataclass(frozen=True)
class Circle:
    """Everybody who speaks an appointment's languages, as the engine sees them and what they have around that time.

    `taken` are the appointments (ids) at which each is expected, `wanted` those that have asked them or count on them.
    """

    appointment: Appointment
    people: Sequence[Mediator]
    problem: engine.Problem
    taken: Mapping[int, Sequence[int]]
    wanted: Mapping[int, Sequence[Appointment]]
    learned: Acceptance

    def refusals(self, person: Mediator, changed: engine.Appointment | None = None) -> tuple[str, ...]:
        """Names of the reasons against this person, strongest first; if the appointment were changed to this."""
        given = rules.refusals_given(
            self.problem,
            self.problem.mediator[str(person.id)],
            changed or self.problem.appointment[str(self.appointment.id)],
            [self.problem.appointment[str(other)] for other in self.taken.get(person.id, ())],
        )
        return (*_outside_the_engine(person), *(reason.value for reason in given))


def circle_around(session: Session, now: datetime, appointment: Appointment) -> Circle:
    """The people of an appointment that seeks somebody or has found them, also those who have left the pool."""
    people = _people(session, appointment)
    taken, wanted = _taken(session, appointment, people), _wanted(session, now, appointment, people)
    problem = _problem(session, now, appointment, people, taken, wanted)
    return Circle(appointment, people, problem, taken, wanted, acceptance.of_pool(appointment.pool))


def candidates(
    session: Session, now: datetime, appointment: Appointment, circle: Circle | None = None
) -> list[Candidate]:
    """Everybody of the appointment's languages who has not left the pool; `circle` is for who has it already.

    The eligible come first; of these whom no other appointment needs then, the likeliest yes before the nearer home.
    """
    if appointment.status not in SEEKING | {AppointmentStatus.FILLED}:
        return _of_the_past(appointment, _people(session, appointment))
    circle, asked = circle or circle_around(session, now, appointment), _asked(appointment)
    reasons = {person.id: circle.refusals(person) for person in circle.people}
    found = [
        Candidate(
            mediator=person,
            eligible=not reasons[person.id],
            refusals=reasons[person.id],
            offer_status=asked.get(person.id),
            chance=circle.learned.chance(str(person.id), now, appointment.starts_at),
            minutes=_way(circle.problem, person, appointment),
            needed=_needed(circle.problem, person, appointment, circle.wanted.get(person.id, ())),
        )
        for person in circle.people
        if person.status is not MediatorStatus.LEFT
    ]
    return sorted(found, key=_rank)


def _of_the_past(appointment: Appointment, people: Sequence[Mediator]) -> list[Candidate]:
    """Nobody is sought any more: who came, then everybody else by name."""
    came = {assignment.mediator_id for assignment in appointment.active_assignments}
    asked = _asked(appointment)
    found = [
        Candidate(
            mediator=person,
            eligible=person.id in came,
            refusals=() if person.id in came else (NOT_CANDIDATE,),
            offer_status=asked.get(person.id),
            chance=0.0,
            minutes=None,
            needed=None,
        )
        for person in people
        if person.status is not MediatorStatus.LEFT
    ]
    return sorted(found, key=_rank)


def _asked(appointment: Appointment) -> dict[int, str]:
    told = sorted(offers_for_this_time(appointment), key=lambda one: one.round)
    return {offer.mediator_id: offer.status.value for offer in told}


def _rank(one: Candidate) -> tuple[object, ...]:
    return not one.eligible, one.needed is not None, -one.chance, one.minutes or 0, one.mediator.name, one.mediator.id


def _way(problem: engine.Problem, person: Mediator, appointment: Appointment) -> int | None:
    value = problem.mediator[str(person.id)]
    if appointment.mode != "on_site" or value.home is None:
        return None
    return round(rules.home_minutes(problem, value, problem.appointment[str(appointment.id)]))


def _needed(
    problem: engine.Problem, person: Mediator, appointment: Appointment, wanted: Sequence[Appointment]
) -> Appointment | None:
    """The first of the appointments that want this person which leaves no time for this one."""
    value, own = problem.mediator[str(person.id)], problem.appointment[str(appointment.id)]
    clashing = (one for one in wanted if rules.clashes(problem, value, own, problem.appointment[str(one.id)]))
    return next(clashing, None)


def _people(session: Session, appointment: Appointment) -> list[Mediator]:
    speak = select(Skill.mediator_id).where(Skill.language.in_((appointment.language, *appointment.accepted_languages)))
    coming = [assignment.mediator_id for assignment in appointment.active_assignments]
    everybody = select(Mediator).where(Mediator.id.in_(speak) | Mediator.id.in_(coming))
    return list(session.scalars(everybody.order_by(Mediator.id).options(*with_details())))


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


def _wanted(
    session: Session, now: datetime, appointment: Appointment, people: Sequence[Mediator]
) -> dict[int, list[Appointment]]:
    """Mediator id -> other appointments around that time that have asked them, or whose plan counts on them."""
    rows = session.execute(
        select(Offer.mediator_id, Appointment)
        .join(Appointment, Offer.appointment_id == Appointment.id)
        .where(
            Offer.mediator_id.in_([person.id for person in people]),
            (Offer.status == OfferStatus.SENT) | ((Offer.status == OfferStatus.PLANNED) & Offer.chosen),
            Offer.round == Appointment.round,
            Appointment.id != appointment.id,
            Appointment.status.in_(SEEKING),
            Appointment.starts_at > now,
            Appointment.starts_at < appointment.ends_at + LONGEST_WAY,
            Appointment.ends_at > appointment.starts_at - LONGEST_WAY,
        )
        .order_by(Appointment.starts_at, Appointment.id)
    )
    found: dict[int, list[Appointment]] = {}
    for mediator_id, other in rows:
        found.setdefault(mediator_id, []).append(other)
    return found


def _problem(
    session: Session,
    now: datetime,
    appointment: Appointment,
    people: Sequence[Mediator],
    taken: Mapping[int, Sequence[int]],
    wanted: Mapping[int, Sequence[Appointment]],
) -> engine.Problem:
    pool = appointment.pool
    zone = ZoneInfo(pool.timezone)
    days = local_days((appointment.starts_at, appointment.ends_at), zone)
    exclusions = Exclusions.among([appointment], pool)
    others = session.scalars(
        select(Appointment)
        .where(Appointment.id.in_(_beside(taken, wanted)))
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
            mediator_value(
                person,
                exclusions.of(person),
                windows(person, days, zone),
                NOTHING_LATELY,
                places,
                uncleared=exclusions.uncleared(person, pool),
            )
            for person in people
        ),
        appointments=tuple(appointment_value(one, now, pool, places, known) for one in (appointment, *others)),
        places=places,
    )


def _beside(taken: Mapping[int, Sequence[int]], wanted: Mapping[int, Sequence[Appointment]]) -> set[int]:
    held = {one for ids in taken.values() for one in ids}
    return held.union(one.id for others in wanted.values() for one in others)
