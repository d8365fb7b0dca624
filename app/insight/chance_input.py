"""Rows -> what the chances of an unsaved request are made of: its languages' people, and what else they have then.

The number of statements is always the same, and only these people are read, not the pool.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Row, Select, func, select
from sqlalchemy.orm import Session

from app.insight.chance_times import starts_around
from app.journey.participants import (
    NOTHING_LATELY,
    Exclusions,
    appointment_value,
    mediator_value,
    place_of,
    travel_of,
)
from app.journey.people import THERE, Person, read_people
from app.journey.request import LONGEST_MINUTES, Request
from app.journey.timing import acceptance
from app.journey.timing.availability import local_days, windows
from app.journey.timing.clearances import is_cleared, required
from app.journey.timing.contact_hours import Limits, phones_ring
from app.journey.wanted import fill_in
from app.models import (
    SEEKING,
    Appointment,
    AppointmentStatus,
    Assignment,
    AssignmentState,
    Availability,
    Mediator,
    Offer,
    OfferStatus,
    Pool,
    Skill,
)
from scheduler.model import problem as engine
from scheduler.model.plan import Assigned
from scheduler.tables.free_times import FreeTimes
from scheduler.waves.acceptance import Acceptance

# how many languages that its people also speak are looked at, where they themselves are not so many
FURTHER: Final = 2
MANY: Final = 40
GERMAN: Final = "deu"
# what counts towards somebody's week begins and ends with it
WEEK: Final = timedelta(days=7)


@dataclass(frozen=True)
class ChanceInput:
    """A request as an appointment of the engine, with everybody who could be asked about it.

    `held` are what these people have agreed to, `asked` the other open appointments that have asked them or whose plan
    counts on them. `further` are languages that are not understood so far and that many of its people speak, too.
    """

    pool: Pool
    wanted: engine.Appointment
    urgent: bool
    problem: engine.Problem
    people: Sequence[Person]
    uncleared: frozenset[int]
    starts: tuple[datetime, ...]
    further: tuple[str, ...]
    held: tuple[Assigned, ...]
    asked: tuple[Assigned, ...]
    limits: Limits
    learned: Acceptance

    @cached_property
    def free(self) -> FreeTimes:
        """Who is free beside what they have agreed to."""
        return FreeTimes(self.problem, self.held)

    @cached_property
    def waited_for(self) -> FreeTimes:
        """Whom other open appointments want, and when."""
        return self.free.beside(self.asked)


def read(
    session: Session, now: datetime, pool: Pool, organisation_id: int, wanted: Request, known: Appointment | None
) -> ChanceInput:
    """What is known just now; `known` is the appointment that this request would change, if it is saved already."""
    row = _unsaved(pool, organisation_id, wanted, known)
    zone = ZoneInfo(pool.timezone)
    starts = starts_around(now, row.starts_at, row.ends_at - row.starts_at, zone)
    further = tuple(dict.fromkeys((*wanted.fallback_languages, *_further(session, wanted))))[:FURTHER]
    among = _among((wanted.language, *wanted.accepted_languages), further, row, zone)
    people = read_people(session, among)
    held, asked = _others(session, now, select(Mediator.id).where(among, *THERE), starts, row)
    limits = Limits.of(session, now, [pool], [one.id for one in people], rings=phones_ring(session))[pool.id]
    return _input(now, pool, row, people, starts, further, (held, asked), limits)


def _input(
    now: datetime,
    pool: Pool,
    row: Appointment,
    people: Sequence[Person],
    starts: tuple[datetime, ...],
    further: tuple[str, ...],
    others: tuple[Sequence[Row[*tuple[Any, ...]]], Sequence[Row[*tuple[Any, ...]]]],
    limits: Limits,
) -> ChanceInput:
    zone = ZoneInfo(pool.timezone)
    days = local_days((one for start in starts for one in (start, start + (row.ends_at - row.starts_at))), zone)
    exclusions = Exclusions.among([row], pool)
    places: dict[str, engine.Place] = {}
    cleared = {day: _cleared(people, pool, day) for day in days}
    values = tuple(
        mediator_value(
            one,
            exclusions.of(one),
            windows(one, [day for day in days if one.id in cleared[day]], zone),
            NOTHING_LATELY,
            places,
        )
        for one in people
    )
    value = appointment_value(row, now, pool, places, set())
    beside = {str(one.id): _blocking(one, places) for rows in others for one in rows}
    problem = engine.Problem(
        now=now.replace(microsecond=0),
        timezone=pool.timezone,
        travel=travel_of(pool),
        remote_gap_minutes=pool.remote_gap_minutes,
        mediators=values,
        appointments=tuple(beside.values()),
        places=places,
    )
    own_day = row.starts_at.astimezone(zone).date()
    held, asked = (
        tuple(Assigned(str(one.id), (str(one.mediator_id),), one.language) for one in rows) for rows in others
    )
    return ChanceInput(
        pool=pool,
        wanted=value,
        urgent=row.urgent,
        problem=problem,
        people=people,
        uncleared=frozenset(one.id for one in people) - cleared.get(own_day, set()),
        starts=starts,
        further=further,
        held=held,
        asked=asked,
        limits=limits,
        learned=acceptance.of_pool(pool),
    )


def _cleared(people: Sequence[Person], pool: Pool, day: date) -> set[int]:
    """Who has on that day what the pool asks for."""
    asks = bool(required(pool))
    return {one.id for one in people if not asks or is_cleared(one, pool, day)}


def _unsaved(pool: Pool, organisation_id: int, wanted: Request, known: Appointment | None) -> Appointment:
    """The row that it would become; it belongs to no session."""
    row = Appointment(
        id=known.id if known else 0,
        pool_id=pool.id,
        organisation_id=organisation_id,
        status=AppointmentStatus.OPEN,
        round=0,
        first_round=0,
    )
    fill_in(row, wanted)
    return row


def _further(session: Session, wanted: Request) -> tuple[str, ...]:
    """What those who speak the language wanted also speak, the most frequent first; nothing where they are many.

    What the client is known to understand, too, comes before that.
    """
    understood = {wanted.language, *wanted.accepted_languages, GERMAN}
    speaks = select(Skill.mediator_id).where(Skill.language == wanted.language)
    found = session.execute(
        select(Skill.language, func.count())
        .join(Mediator, Skill.mediator_id == Mediator.id)
        .where(Skill.mediator_id.in_(speaks), *THERE)
        .group_by(Skill.language)
        .order_by(func.count().desc(), Skill.language)
    ).all()
    if max((number for _, number in found), default=0) > MANY:
        return ()
    return tuple(language for language, _ in found if language not in understood)[:FURTHER]


def _among(spoken: Sequence[str], further: Sequence[str], row: Appointment, zone: ZoneInfo) -> ColumnElement[bool]:
    """Who may be asked at all and speaks a language wanted, or a further one and has time just then."""
    starts, ends = row.starts_at.astimezone(zone), row.ends_at.astimezone(zone)
    then = select(Availability.mediator_id).where(
        Availability.weekday == starts.weekday(),
        Availability.starts_minute <= starts.hour * 60 + starts.minute,
        Availability.ends_minute >= ends.hour * 60 + ends.minute,
    )
    speaks = Mediator.id.in_(select(Skill.mediator_id).where(Skill.language.in_(spoken)))
    also = Mediator.id.in_(select(Skill.mediator_id).where(Skill.language.in_(further))) & Mediator.id.in_(then)
    return speaks | also


_BESIDE: Final = (
    Appointment.id, Appointment.language, Appointment.starts_at, Appointment.ends_at, Appointment.mode,
    Appointment.place_lat, Appointment.place_lon,
)  # fmt: skip


def _others(
    session: Session, now: datetime, people: Select[int], starts: Sequence[datetime], row: Appointment
) -> tuple[Sequence[Row[*tuple[Any, ...]]], Sequence[Row[*tuple[Any, ...]]]]:
    """What these people have agreed to in the weeks in question, and what else has asked them or counts on them."""
    first, last = starts[0] - WEEK - timedelta(minutes=LONGEST_MINUTES), starts[-1] + WEEK
    around = (Appointment.starts_at > first, Appointment.starts_at < last, Appointment.id != row.id)
    held = session.execute(
        select(Assignment.mediator_id, *_BESIDE)
        .join(Appointment, Assignment.appointment_id == Appointment.id)
        .where(Assignment.mediator_id.in_(people), Assignment.state == AssignmentState.ACTIVE)
        # for the index, which knows when they begin
        .where(Assignment.starts_at > first, Assignment.starts_at < last, *around)
        .order_by(Appointment.id, Assignment.mediator_id)
    ).all()
    asked = session.execute(
        select(Offer.mediator_id, *_BESIDE)
        .join(Appointment, Offer.appointment_id == Appointment.id)
        .where(
            Offer.mediator_id.in_(people),
            (Offer.status == OfferStatus.SENT) | ((Offer.status == OfferStatus.PLANNED) & Offer.chosen),
            Offer.round >= Appointment.first_round,
            Appointment.status.in_(SEEKING),
            Appointment.starts_at > now,
            *around,
        )
        .order_by(Appointment.id, Offer.mediator_id)
    ).all()
    return held, asked


def _blocking(row: Row[*tuple[Any, ...]], places: dict[str, engine.Place]) -> engine.Appointment:
    """Another appointment, as far as it takes somebody's time."""
    return engine.Appointment(
        id=str(row.id),
        language=row.language,
        starts=row.starts_at,
        ends=row.ends_at,
        mode=row.mode,
        place=place_of(places, row.place_lat, row.place_lon) if row.mode == "on_site" else None,
    )
