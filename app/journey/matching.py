"""Rows -> Problem: everything that a plan has to know, as plain values.

The solving happens elsewhere, with no session open (see app/worker/planning.py); queueing.py writes what comes of it.
Ids in a Problem are row ids as text.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, selectinload

from app.journey import offers
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
    Withdrawal,
    with_details,
)
from scheduler.model import problem as engine
from scheduler.model import rules

# What was answered, or could not be delivered, is not asked again for the same time.
SPENT = frozenset({OfferStatus.DECLINED, OfferStatus.EXPIRED, OfferStatus.HANDED_BACK})
BASE_WEIGHT = 10
LOAD_WINDOW = timedelta(days=28)
# The chance that a plan counts on is that of a question some days ahead; waves look at each one anew.
USUAL_LEAD = timedelta(days=4)


@dataclass(frozen=True)
class Snapshot:
    """A problem, and the round of each seeking appointment in it: who has moved since is not written to.

    `unfit` names, for each appointment, who was asked and can no longer come.
    """

    problem: engine.Problem
    rounds: Mapping[int, int]
    unfit: Mapping[int, frozenset[int]]


@dataclass(frozen=True)
class Lately:
    """How many tasks somebody had in the last weeks, and for how many days none; None: longer than those weeks."""

    tasks: int
    idle_days: int | None


NOTHING_LATELY = Lately(0, None)


def snapshot(session: Session, now: datetime, pool: Pool) -> Snapshot:
    """All open appointments of the pool, and everybody who may come, as plain values."""
    return _snapshot(session, now, pool, _mediators(session, now), _appointments(session, now))


def snapshot_around(session: Session, now: datetime, pool: Pool, ids: Collection[int]) -> Snapshot:
    """As much of the pool as decides who comes to these appointments.

    That is whoever speaks their languages, and all that these people are wanted for in the same weeks, so that who is
    scarce is kept free and no limit of a day or week is passed; but not who else might go there.
    """
    sought = session.execute(
        select(Appointment.language, Appointment.accepted_languages, Appointment.starts_at, Appointment.ends_at).where(
            Appointment.id.in_(ids)
        )
    ).all()
    languages = {code for first, others, *_ in sought for code in (first, *others)}
    mediators = _mediators(session, now, Mediator.skills.any(Skill.language.in_(languages)))
    people = [one.id for one in mediators]
    # who holds a seat, has been asked, or is the plan's choice
    held = select(Assignment.appointment_id).where(
        Assignment.mediator_id.in_(people), Assignment.state == AssignmentState.ACTIVE
    )
    wanted = select(Offer.appointment_id).where(
        Offer.mediator_id.in_(people),
        (Offer.status == OfferStatus.SENT) | ((Offer.status == OfferStatus.PLANNED) & Offer.chosen),
    )
    theirs = Appointment.language.in_(languages) | Appointment.id.in_(held) | Appointment.id.in_(wanted)
    begins, ends = _weeks([at for *_, starts, ends in sought for at in (starts, ends)], ZoneInfo(pool.timezone))
    beside = theirs & (Appointment.starts_at < ends) & (Appointment.ends_at > begins)
    return _snapshot(session, now, pool, mediators, _appointments(session, now, Appointment.id.in_(ids) | beside))


def _weeks(instants: Sequence[datetime], zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The local weeks of these instants as a whole, and a day before and after, for who travels at night."""
    days = local_days(instants, zone)
    first = days[0] - timedelta(days=days[0].weekday() + 1)
    last = days[-1] + timedelta(days=8 - days[-1].weekday())
    return minute_of_day(first, 0, zone), minute_of_day(last, 0, zone)


def _snapshot(
    session: Session, now: datetime, pool: Pool, mediators: list[Mediator], found: list[Appointment]
) -> Snapshot:
    known = {mediator.id for mediator in mediators}
    appointments = [one for one in found if one.status in SEEKING or _holders(one, known)]
    zone = ZoneInfo(pool.timezone)
    days = local_days((instant for one in appointments for instant in (one.starts_at, one.ends_at)), zone)
    exclusions = Exclusions.among(appointments)
    lately = _lately(session, now)
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


def appointment_value(
    appointment: Appointment, now: datetime, pool: Pool, places: dict[str, engine.Place], known: set[int]
) -> engine.Appointment:
    """An appointment as the engine sees it; `known` are the mediators in the problem."""
    current = offers.current_offers(appointment)
    fixed = _holders(appointment, known)
    seeking = appointment.status in SEEKING
    asked = [one.mediator_id for one in current if one.status is OfferStatus.SENT and one.mediator_id in known]
    on_site = appointment.mode == "on_site"
    return engine.Appointment(
        id=str(appointment.id),
        language=appointment.language,
        accepted_languages=tuple(appointment.accepted_languages),
        min_level=appointment.min_level or pool.min_level,
        starts=appointment.starts_at,
        ends=appointment.ends_at,
        mode=appointment.mode,
        place=_place(places, appointment.place_lat, appointment.place_lon) if on_site else None,
        gender=appointment.gender,
        mediators_needed=appointment.mediators_needed if seeking else len(fixed),
        partial=appointment.mediators_needed > 1,
        weight=weight(appointment, now),
        preferred=_ids(one for one in dict.fromkeys(appointment.preferred_mediators) if one in known),
        fixed=_ids(fixed),
        asked=_ids(one for one in asked if one not in fixed),
        # a filled one only blocks its people's time: nobody else is looked for
        candidates=None if seeking else _ids(fixed),
    )


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
            for offer in offers.current_offers(one)
            if offer.status is OfferStatus.SENT and may_not(offer.mediator_id, one)
        )
        for one in seeking
    }


def _holders(appointment: Appointment, known: set[int]) -> list[int]:
    return [one.mediator_id for one in appointment.active_assignments if one.mediator_id in known]


def mediator_value(
    mediator: Mediator,
    excluded: frozenset[str],
    free: tuple[tuple[datetime, datetime], ...],
    lately: Lately,
    places: dict[str, engine.Place],
    *,
    chance: float = 1.0,
) -> engine.Mediator:
    """A mediator as the engine sees them; `excluded` are appointments they never take, `chance` is that of a yes."""
    return engine.Mediator(
        id=str(mediator.id),
        languages={skill.language: skill.level for skill in mediator.skills},
        gender=mediator.gender,
        modes=frozenset(mediator.modes),
        available=free,
        home=_place(places, mediator.home_lat, mediator.home_lon),
        max_travel_minutes=mediator.max_travel_minutes,
        max_appointments_per_day=mediator.max_appointments_per_day,
        max_minutes_per_day=mediator.max_minutes_per_day,
        max_appointments_per_week=mediator.max_appointments_per_week,
        max_minutes_per_week=mediator.max_minutes_per_week,
        excluded=excluded,
        load=lately.tasks,
        idle_days=lately.idle_days,
        chance=chance,
    )


def weight(appointment: Appointment, now: datetime) -> int:
    """How much covering it counts: what is near or marked urgent cannot wait for a later plan."""
    left = appointment.starts_at - now
    nearness = 10 if left < timedelta(days=1) else 5 if left < timedelta(days=3) else 0
    return (BASE_WEIGHT + nearness) * (3 if appointment.urgent else 1)


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
        .options(*with_details())
    ).all()
    last = last_asked(session, now - timedelta(days=365), [one.id for one in found] if conditions else None)
    return sorted(found, key=lambda one: (one.id in last, last.get(one.id, now), one.id))


def _lately(session: Session, now: datetime) -> dict[int, Lately]:
    recent = session.execute(
        select(Assignment.mediator_id, func.count(), func.max(Assignment.ends_at))
        .where(Assignment.state == AssignmentState.ACTIVE, Assignment.ends_at > now - LOAD_WINDOW)
        .group_by(Assignment.mediator_id)
    )
    return {person: Lately(tasks, max(0, (now - last).days)) for person, tasks, last in recent}


@dataclass(frozen=True)
class Exclusions:
    """Appointments (ids as text) that somebody never takes: whose they are, what about, who was asked already."""

    organisations: Mapping[int, frozenset[str]]
    topics: Mapping[str, frozenset[str]]
    spent: Mapping[int, frozenset[str]]
    # an exclusion entered later does not undo what is agreed
    held: Mapping[int, frozenset[str]]

    @classmethod
    def among(cls, appointments: Iterable[Appointment]) -> "Exclusions":
        """Look through the appointments once, for everybody."""
        organisations, topics = defaultdict[int, set[str]](set), defaultdict[str, set[str]](set)
        spent, held = defaultdict[int, set[str]](set), defaultdict[int, set[str]](set)
        for one in appointments:
            key = str(one.id)
            organisations[one.organisation_id].add(key)
            topics[one.topic].add(key)
            for offer in offers.current_offers(one):
                if _is_spent(offer):
                    spent[offer.mediator_id].add(key)
            for assignment in one.active_assignments:
                held[assignment.mediator_id].add(key)
        return cls(_frozen(organisations), _frozen(topics), _frozen(spent), _frozen(held))

    def of(self, mediator: Mediator) -> frozenset[str]:
        """Those of one person."""
        theirs = [self.organisations.get(one.organisation_id, _NONE) for one in mediator.exclusions]
        about = [self.topics.get(topic, _NONE) for topic in mediator.excluded_topics]
        barred = _NONE.union(*theirs, *about) - self.held.get(mediator.id, _NONE)
        return barred | self.spent.get(mediator.id, _NONE)


_NONE: frozenset[str] = frozenset()
Key = TypeVar("Key")


def _frozen(found: Mapping[Key, set[str]]) -> dict[Key, frozenset[str]]:
    return {key: frozenset(ids) for key, ids in found.items()}


def _is_spent(offer: Offer) -> bool:
    return offer.status in SPENT or (
        offer.status is OfferStatus.WITHDRAWN and offer.withdrawal is Withdrawal.UNREACHABLE
    )


def travel_of(pool: Pool) -> engine.Travel:
    """How long ways take in this pool."""
    return engine.Travel(
        minutes_per_km=pool.minutes_per_km,
        base_minutes=pool.base_travel_minutes,
        max_minutes=pool.max_travel_minutes,
    )


def _place(places: dict[str, engine.Place], lat: float | None, lon: float | None) -> str | None:
    if lat is None or lon is None:
        return None
    key = f"{lat:.5f},{lon:.5f}"
    places.setdefault(key, engine.Place(lat=lat, lon=lon))
    return key


def _ids(ids: Iterable[int]) -> tuple[str, ...]:
    return tuple(str(one) for one in ids)
