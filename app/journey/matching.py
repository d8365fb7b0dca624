"""Rows -> Problem: everything that a plan has to know, as plain values.

The solving happens elsewhere, with no session open (see app/worker/planning.py); queueing.py writes what comes of it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, String, cast, func, or_, select, tuple_
from sqlalchemy.orm import Session, selectinload

from app.journey.offers import current_offers
from app.journey.participants import (
    NOTHING_LATELY,
    Exclusions,
    Lately,
    appointment_value,
    holders,
    mediator_value,
    travel_of,
)
from app.journey.people import Person, read_people
from app.journey.timing import acceptance
from app.journey.timing.availability import local_days, windows
from app.journey.timing.contact_hours import last_asked
from app.journey.timing.local_time import minute_of_day
from app.models import (
    SEEKING,
    Appointment,
    AppointmentStatus,
    Assignment,
    AssignmentState,
    Mediator,
    Offer,
    OfferStatus,
    Pool,
    Skill,
)
from scheduler.model import problem as engine
from scheduler.model import rules

LOAD_WINDOW = timedelta(days=28)
# The next of them are enough for one person to choose from.
MOST_SOUGHT = 200
# The chance that a plan counts on is that of a question some days ahead; waves look at each one anew.
USUAL_LEAD = timedelta(days=4)
# Between the appointments of two days: as long as anybody travels.
NIGHT = timedelta(hours=6)

Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class Snapshot:
    """A problem, and the round of each seeking appointment in it: who has moved since is not written to.

    `unfit` names, for each appointment, who was asked and can no longer come.
    """

    problem: engine.Problem
    rounds: Mapping[int, int]
    unfit: Mapping[int, frozenset[int]]


def snapshot(session: Session, now: datetime, pool: Pool) -> Snapshot:
    """All open appointments of the pool, and everybody who may come, as plain values."""
    mediators = _mediators(session, now)
    return _snapshot(now, pool, mediators, _appointments(session, now), _lately(session, now, mediators))


def snapshots_around(session: Session, now: datetime, sought: Mapping[int, Collection[int]]) -> dict[int, Snapshot]:
    """Of each pool (id) as much as decides who comes to these of its appointments (ids).

    That is whoever speaks their languages, and all that these people are wanted for on the same days, so that who is
    scarce is kept free and no limit of a day is passed; for those whose weeks are limited, on the other days of the
    week, too. It is not who else might go there. The session sees all of these pools.
    """
    ids = {one for several in sought.values() for one in several}
    pools = session.scalars(select(Pool).where(Pool.id.in_(sought))).all()
    wanted = session.scalars(select(Appointment).where(Appointment.id.in_(ids))).all()
    spoken = {(one.pool_id, code) for one in wanted for code in (one.language, *one.accepted_languages)}
    speaks = Mediator.skills.any(tuple_(Skill.pool_id, Skill.language).in_(sorted(spoken)))
    mediators = _mediators(session, now, Mediator.pool_id.in_(sought), speaks)
    beside = {
        number
        for pool in pools
        for number in session.scalars(_beside(pool, [one for one in wanted if one.pool_id == pool.id], mediators))
    }
    appointments = _appointments(session, now, Appointment.id.in_(ids | beside))
    lately = _lately(session, now, mediators)
    return {
        pool.id: _snapshot(
            now,
            pool,
            [one for one in mediators if one.pool_id == pool.id],
            [one for one in appointments if one.pool_id == pool.id],
            lately,
        )
        for pool in pools
    }


def snapshot_of(
    session: Session,
    now: datetime,
    pool: Pool,
    mediator_id: int,
    until: datetime,
    among: Collection[int] | None = None,
) -> Snapshot | None:
    """What seeks somebody until then in a language of one person, and what they hold; None if nobody may ask them.

    `among` looks at these appointments (ids) alone. The others that it holds are there for their times.
    """
    people = _mediators(session, now, Mediator.id == mediator_id)
    if not people:
        return None
    spoken = [one.language for one in people[0].skills]
    also = cast(Appointment.accepted_languages, String) != "[]"
    sought = select(Appointment.id).where(
        Appointment.pool_id == pool.id,
        Appointment.status.in_(SEEKING),
        Appointment.starts_at > now,
        Appointment.starts_at < until,
        Appointment.language.in_(spoken) | also,
        *([] if among is None else [Appointment.id.in_(among)]),
    )
    held = select(Assignment.appointment_id).where(
        Assignment.mediator_id == mediator_id,
        Assignment.state == AssignmentState.ACTIVE,
        Assignment.starts_at > now - timedelta(days=8),
    )
    ids = [*session.scalars(sought.order_by(Appointment.starts_at).limit(MOST_SOUGHT)), *session.scalars(held)]
    found = _appointments(session, now, Appointment.id.in_(ids))
    return _snapshot(now, pool, people, found, _lately(session, now, people))


def _beside(pool: Pool, sought: Sequence[Appointment], mediators: Sequence[Person]) -> Select[int]:
    """What else, of one pool, decides who comes to these appointments: ids."""
    zone = ZoneInfo(pool.timezone)
    people = [one for one in mediators if one.pool_id == pool.id]
    languages = {code for one in sought for code in (one.language, *one.accepted_languages)}
    days = {day for one in sought for day in local_days((one.starts_at, one.ends_at), zone)}
    spans = [_span(day, day, zone) for day in sorted(days)]
    found = (Appointment.language.in_(languages) | _wanting(people, spans)) & _touches(spans)
    if limited := [one for one in people if one.has_limited_weeks]:
        mondays = {day - timedelta(days=day.weekday()) for day in days}
        weeks = [_span(day, day + timedelta(days=6), zone) for day in sorted(mondays)]
        found |= _wanting(limited, weeks) & _touches(weeks)
    return select(Appointment.id).where(Appointment.pool_id == pool.id, found)


def _span(first: date, last: date, zone: ZoneInfo) -> Span:
    """From one local day to another, both included, and the hours beside them in which somebody travels."""
    return minute_of_day(first, 0, zone) - NIGHT, minute_of_day(last + timedelta(days=1), 0, zone) + NIGHT


def _touches(spans: Sequence[Span]) -> ColumnElement[bool]:
    """Appointments some part of which is in one of these."""
    return or_(*((Appointment.starts_at < ends) & (Appointment.ends_at > begins) for begins, ends in spans))


def _wanting(people: Sequence[Person], spans: Sequence[Span]) -> ColumnElement[bool]:
    """Appointments at which these people hold a seat, about which they have been asked, or are the plan's choice."""
    ids = [one.id for one in people]
    held = select(Assignment.appointment_id).where(
        Assignment.mediator_id.in_(ids),
        Assignment.state == AssignmentState.ACTIVE,
        # nothing takes longer than a day: for the index, which knows when they begin
        Assignment.starts_at > spans[0][0] - timedelta(days=1),
        Assignment.starts_at < spans[-1][1],
    )
    wanted = select(Offer.appointment_id).where(
        Offer.mediator_id.in_(ids),
        (Offer.status == OfferStatus.SENT) | ((Offer.status == OfferStatus.PLANNED) & Offer.chosen),
    )
    return Appointment.id.in_(held) | Appointment.id.in_(wanted)


def _snapshot(
    now: datetime, pool: Pool, mediators: list[Person], found: list[Appointment], lately: Mapping[int, Lately]
) -> Snapshot:
    known = {mediator.id for mediator in mediators}
    appointments = [one for one in found if one.status in SEEKING or holders(one, known)]
    zone = ZoneInfo(pool.timezone)
    days = local_days((instant for one in appointments for instant in (one.starts_at, one.ends_at)), zone)
    exclusions = Exclusions.among(appointments, pool)
    learned = acceptance.of_pool(pool)
    places: dict[str, engine.Place] = {}
    problem = engine.Problem(
        now=now.replace(microsecond=0),
        timezone=pool.timezone,
        travel=travel_of(pool),
        remote_gap_minutes=pool.remote_gap_minutes,
        mediators=tuple(
            mediator_value(
                one,
                exclusions.of(one),
                windows(one, days, zone),
                lately.get(one.id, NOTHING_LATELY),
                places,
                uncleared=exclusions.uncleared(one, pool),
                chance=learned.chance(str(one.id), now, now + USUAL_LEAD),
            )
            for one in mediators
        ),
        appointments=tuple(appointment_value(one, now, pool, places, known) for one in appointments),
        places=places,
    )
    seeking = [one for one in appointments if one.status in SEEKING]
    return Snapshot(problem, {one.id: one.round for one in seeking}, _unfit(problem, seeking))


def _unfit(problem: engine.Problem, seeking: Sequence[Appointment]) -> dict[int, frozenset[int]]:
    """Who was asked and has since entered an absence, moved away or lost a language: only these are taken back.

    Whom a coordinator asked although they do not fit stays asked, as long as they are with the pool.
    """
    people = {one.id: one for one in problem.mediators}
    values = {one.id: one for one in problem.appointments}

    def may_not(offer: Offer, appointment: Appointment) -> bool:
        person = people.get(str(offer.mediator_id))
        if person is None or offer.by_hand:
            return person is None
        return not rules.fits(problem, person, values[str(appointment.id)])

    return {
        one.id: frozenset(
            offer.mediator_id
            for offer in current_offers(one)
            if offer.status is OfferStatus.SENT and may_not(offer, one)
        )
        for one in seeking
    }


def _appointments(session: Session, now: datetime, *conditions: ColumnElement[bool]) -> list[Appointment]:
    """What seeks somebody, and what is filled: the latter blocks its people's time and counts towards their limits."""
    begins = now - timedelta(days=7)
    return list(
        session.scalars(
            select(Appointment)
            .where(
                (Appointment.status.in_(SEEKING) & (Appointment.starts_at > now) & Appointment.waits_until.is_(None))
                | (
                    Appointment.status.in_((AppointmentStatus.FILLED, AppointmentStatus.DONE))
                    & (Appointment.ends_at > begins)
                ),
                *conditions,
            )
            # who was asked is known by id; the people are read once, with all about them
            .options(selectinload(Appointment.offers).lazyload(Offer.mediator), selectinload(Appointment.assignments))
            .order_by(Appointment.id)
        )
    )


def _mediators(session: Session, now: datetime, *conditions: ColumnElement[bool]) -> list[Person]:
    """Who may be asked; of two who are alike to the engine it takes the first, so who was asked last stands last."""
    found = read_people(session, *conditions)
    last = last_asked(session, now - timedelta(days=365), [one.id for one in found])
    return sorted(found, key=lambda one: (one.id in last, last.get(one.id, now), one.id))


def _lately(session: Session, now: datetime, people: Sequence[Person]) -> dict[int, Lately]:
    recent = session.execute(
        select(Assignment.mediator_id, func.count(), func.max(Assignment.ends_at))
        .where(Assignment.mediator_id.in_([one.id for one in people]))
        .where(Assignment.state == AssignmentState.ACTIVE, Assignment.starts_at > now - LOAD_WINDOW)
        .group_by(Assignment.mediator_id)
    )
    return {person: Lately(tasks, max(0, (now - last).days)) for person, tasks, last in recent}
