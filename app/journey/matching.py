"""Rows -> Problem: everything that a plan has to know, as plain values.

The solving happens elsewhere, with no session open (see app/worker/planning.py); queueing.py writes what comes of it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, or_, select
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
    MediatorStatus,
    Offer,
    OfferStatus,
    Pool,
    Skill,
    with_what_is_planned_by,
)
from scheduler.model import problem as engine
from scheduler.model import rules

LOAD_WINDOW = timedelta(days=28)
# The chance that a plan counts on is that of a question some days ahead; waves look at each one anew.
USUAL_LEAD = timedelta(days=4)
# Between the appointments of two days: as long as anybody travels.
NIGHT = timedelta(hours=6)


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
    return _snapshot(session, now, pool, _mediators(session, now), _appointments(session, now))


def snapshot_around(session: Session, now: datetime, pool: Pool, ids: Collection[int]) -> Snapshot:
    """As much of the pool as decides who comes to these appointments.

    That is whoever speaks their languages, and all that these people are wanted for on the same days, so that who is
    scarce is kept free and no limit of a day is passed; of those whose weeks are limited, on the other days of the week,
    too. It is not who else might go there.
    """
    sought = session.execute(
        select(Appointment.language, Appointment.accepted_languages, Appointment.starts_at, Appointment.ends_at).where(
            Appointment.id.in_(ids)
        )
    ).all()
    languages = {code for first, others, *_ in sought for code in (first, *others)}
    mediators = _mediators(session, now, Mediator.skills.any(Skill.language.in_(languages)))
    zone = ZoneInfo(pool.timezone)
    days = {day for *_, starts, ends in sought for day in local_days((starts, ends), zone)}
    theirs = Appointment.language.in_(languages) | _wanting([one.id for one in mediators])
    beside = theirs & or_(*(_touches(day, day, zone) for day in sorted(days)))
    if limited := [one.id for one in mediators if one.has_limited_weeks]:
        mondays = {day - timedelta(days=day.weekday()) for day in days}
        weeks = or_(*(_touches(day, day + timedelta(days=6), zone) for day in sorted(mondays)))
        beside |= _wanting(limited) & weeks
    return _snapshot(session, now, pool, mediators, _appointments(session, now, Appointment.id.in_(ids) | beside))


def _wanting(people: Sequence[int]) -> ColumnElement[bool]:
    """Appointments at which these people hold a seat, about which they have been asked, or for which they are chosen."""
    held = select(Assignment.appointment_id).where(
        Assignment.mediator_id.in_(people), Assignment.state == AssignmentState.ACTIVE
    )
    wanted = select(Offer.appointment_id).where(
        Offer.mediator_id.in_(people),
        (Offer.status == OfferStatus.SENT) | ((Offer.status == OfferStatus.PLANNED) & Offer.chosen),
    )
    return Appointment.id.in_(held) | Appointment.id.in_(wanted)


def _touches(first: date, last: date, zone: ZoneInfo) -> ColumnElement[bool]:
    """Appointments between two local days, both included, or so near that somebody travels through the night."""
    begins = minute_of_day(first, 0, zone) - NIGHT
    ends = minute_of_day(last + timedelta(days=1), 0, zone) + NIGHT
    return (Appointment.starts_at < ends) & (Appointment.ends_at > begins)


def _snapshot(
    session: Session, now: datetime, pool: Pool, mediators: list[Mediator], found: list[Appointment]
) -> Snapshot:
    known = {mediator.id for mediator in mediators}
    appointments = [one for one in found if one.status in SEEKING or holders(one, known)]
    zone = ZoneInfo(pool.timezone)
    days = local_days((instant for one in appointments for instant in (one.starts_at, one.ends_at)), zone)
    exclusions = Exclusions.among(appointments)
    lately = _lately(session, now, known)
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
    """Who was asked and has since entered an absence, moved away or lost a language: only these are taken back."""
    people = {one.id: one for one in problem.mediators}
    values = {one.id: one for one in problem.appointments}

    def may_not(mediator_id: int, appointment: Appointment) -> bool:
        person = people.get(str(mediator_id))
        return person is None or not rules.fits(problem, person, values[str(appointment.id)])

    return {
        one.id: frozenset(
            offer.mediator_id
            for offer in current_offers(one)
            if offer.status is OfferStatus.SENT and may_not(offer.mediator_id, one)
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
                (Appointment.status.in_(SEEKING) & (Appointment.starts_at > now))
                | (
                    Appointment.status.in_((AppointmentStatus.FILLED, AppointmentStatus.DONE))
                    & (Appointment.ends_at > begins)
                ),
                *conditions,
            )
            .options(selectinload(Appointment.offers), selectinload(Appointment.assignments))
            .order_by(Appointment.id)
        )
    )


def _mediators(session: Session, now: datetime, *conditions: ColumnElement[bool]) -> list[Mediator]:
    """Who may be asked; of two who are alike to the engine it takes the first, so who was asked last stands last."""
    found = session.scalars(
        select(Mediator)
        .where(Mediator.status == MediatorStatus.ACTIVE, Mediator.opted_out_at.is_(None), *conditions)
        .order_by(Mediator.id)
        .options(*with_what_is_planned_by())
    ).all()
    last = last_asked(session, now - timedelta(days=365), [one.id for one in found])
    return sorted(found, key=lambda one: (one.id in last, last.get(one.id, now), one.id))


def _lately(session: Session, now: datetime, people: Collection[int]) -> dict[int, Lately]:
    recent = session.execute(
        select(Assignment.mediator_id, func.count(), func.max(Assignment.ends_at))
        .where(Assignment.mediator_id.in_(people))
        .where(Assignment.state == AssignmentState.ACTIVE, Assignment.ends_at > now - LOAD_WINDOW)
        .group_by(Assignment.mediator_id)
    )
    return {person: Lately(tasks, max(0, (now - last).days)) for person, tasks, last in recent}
