"""Which language lacks people at which time: free mediators minus expected requests, per weekday and two hours.

Definitions, for one language and one slot (a weekday and the hour it starts at):

- Free, per day of the period on which the slot falls: active mediators with the language (at the pool's level, if it
  has one) who are free by their week for the slot's whole first hour, not absent, and not expected elsewhere in that
  hour. Who is expected at a request of this very language and slot counts as free: that request is on the other side.
- Expected: seats asked for by appointments that start in the slot and were not cancelled, as a mean per week; the
  period's or that of the four weeks before it, whichever is larger, since requests for the weeks ahead are still
  coming in. Rounded up: who is needed in one week of four must be there.
- Balance: the mean of free over the period's days minus expected, rounded to the nearest whole number, halves up. None
  where nobody asks, or where the period has no such weekday.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.journey.timing.availability import windows
from app.models import (
    LEVELS,
    SEEKING,
    Appointment,
    AppointmentStatus,
    Assignment,
    AssignmentState,
    Mediator,
    MediatorStatus,
    Pool,
    with_details,
)

WEEKDAYS = range(5)
HOURS = (8, 10, 12, 14, 16)
SLOT_HOURS = 2
LOOK_BACK = timedelta(days=28)
# (weekday from 0 for Monday, hour at which the slot starts)
Cell = tuple[int, int]
CELLS: tuple[Cell, ...] = tuple((weekday, hour) for weekday in WEEKDAYS for hour in HOURS)


@dataclass(frozen=True)
class Row:
    """One language: the balance of every cell, and for how many of the period's appointments nobody is found."""

    language: str
    balances: Mapping[Cell, int | None]
    unfilled: Mapping[Cell, int]

    @property
    def has_gap(self) -> bool:
        """Whether people are missing at some time."""
        return any(balance is not None and balance < 0 for balance in self.balances.values())


@dataclass(frozen=True)
class Gap:
    """A language, a time, and how many people are missing then."""

    language: str
    weekday: int
    hour: int
    missing: int


@dataclass(frozen=True)
class Coverage:
    """The heat map: one row per language that somebody asks for, by code; and its gaps, the largest first."""

    first_day: date
    last_day: date
    rows: tuple[Row, ...]
    gaps: tuple[Gap, ...]


def coverage(session: Session, now: datetime, pool: Pool, first_day: date, last_day: date) -> Coverage:
    """Free mediators minus expected requests over the local days from `first_day` to `last_day`, both included."""
    zone = ZoneInfo(pool.timezone)
    days = [first_day + timedelta(days=number) for number in range((last_day - first_day).days + 1)]
    expected = _expected(session, zone, days)
    wanted = {language for language, _ in expected}
    free = _free(session, zone, days, wanted, pool.min_level)
    unfilled = _unfilled(session, now, zone, days)
    occurring = Counter(day.weekday() for day in days)
    rows = []
    for language in sorted(wanted):
        balances: dict[Cell, int | None] = dict.fromkeys(CELLS)
        for cell in CELLS:
            if (language, cell) in expected and occurring[cell[0]]:
                mean = Fraction(free[language, cell], occurring[cell[0]])
                balances[cell] = math.floor(mean - expected[language, cell] + Fraction(1, 2))
        rows.append(
            Row(language, balances, {cell: unfilled[language, cell] for cell in CELLS if unfilled[language, cell]})
        )
    return Coverage(first_day, last_day, tuple(rows), _gaps(rows))


def _gaps(rows: Iterable[Row]) -> tuple[Gap, ...]:
    found = [
        Gap(row.language, *cell, missing=-balance)
        for row in rows
        for cell, balance in row.balances.items()
        if balance is not None and balance < 0
    ]
    return tuple(sorted(found, key=lambda gap: (-gap.missing, gap.language, gap.weekday, gap.hour)))


def _cell(starts: datetime, zone: ZoneInfo) -> Cell | None:
    """The slot in which an instant falls; None outside of all."""
    local = starts.astimezone(zone)
    hour = next((one for one in HOURS if one <= local.hour < one + SLOT_HOURS), None)
    return (local.weekday(), hour) if hour is not None and local.weekday() in WEEKDAYS else None


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _expected(session: Session, zone: ZoneInfo, days: Sequence[date]) -> dict[tuple[str, Cell], int]:
    """Language and slot -> people to reckon with in a week; no entry where nobody asks."""
    if not days:
        return {}
    rows = session.execute(
        select(Appointment.language, Appointment.starts_at, Appointment.mediators_needed).where(
            Appointment.status != AppointmentStatus.CANCELLED,
            Appointment.starts_at >= _midnight(days[0] - LOOK_BACK, zone),
            Appointment.starts_at < _midnight(days[-1] + timedelta(days=1), zone),
        )
    )
    before: Counter[tuple[str, Cell]] = Counter()
    within: Counter[tuple[str, Cell]] = Counter()
    for language, starts, seats in rows:
        cell = _cell(starts, zone)
        if cell is not None:
            (before if starts.astimezone(zone).date() < days[0] else within)[language, cell] += seats
    occurring = Counter(day.weekday() for day in days)
    weeks = LOOK_BACK.days // 7
    return {
        key: math.ceil(max(Fraction(before[key], weeks), Fraction(within[key], max(1, occurring[key[1][0]]))))
        for key in before | within
    }


def _unfilled(session: Session, now: datetime, zone: ZoneInfo, days: Sequence[date]) -> Counter[tuple[str, Cell]]:
    """Language and slot -> appointments on these days that began unfilled, or for which nobody is left to ask now."""
    if not days:
        return Counter()
    rows = session.execute(
        select(Appointment.language, Appointment.starts_at).where(
            (Appointment.status == AppointmentStatus.UNFILLED)
            | (Appointment.status.in_(SEEKING) & (Appointment.starts_at <= now)),
            Appointment.starts_at >= _midnight(days[0], zone),
            Appointment.starts_at < _midnight(days[-1] + timedelta(days=1), zone),
        )
    )
    placed = ((language, _cell(starts, zone)) for language, starts in rows)
    return Counter((language, cell) for language, cell in placed if cell is not None)


def _free(
    session: Session, zone: ZoneInfo, days: Sequence[date], wanted: set[str], min_level: str | None
) -> Counter[tuple[str, Cell]]:
    """Language and slot -> free people, summed over the days."""
    people = session.scalars(
        select(Mediator)
        .where(Mediator.status == MediatorStatus.ACTIVE, Mediator.opted_out_at.is_(None))
        .options(*with_details())
    ).all()
    taken = _taken(session, zone, days) if days else {}
    found: Counter[tuple[str, Cell]] = Counter()
    for person in people:
        spoken = {
            skill.language
            for skill in person.skills
            if skill.language in wanted and (min_level is None or LEVELS.index(skill.level) >= LEVELS.index(min_level))
        }
        if spoken:
            _count(found, person, spoken, days, zone, taken.get(person.id, ()))
    return found


def _count(
    found: Counter[tuple[str, Cell]],
    person: Mediator,
    spoken: set[str],
    days: Sequence[date],
    zone: ZoneInfo,
    taken: Sequence[tuple[str, datetime, datetime]],
) -> None:
    free = windows(person, (day for day in days if day.weekday() in WEEKDAYS), zone)
    for day in days:
        if day.weekday() not in WEEKDAYS:
            continue
        for hour in HOURS:
            starts = datetime.combine(day, time(hour), zone).astimezone(UTC)
            ends = starts + timedelta(hours=1)
            if not any(begin <= starts and ends <= end for begin, end in free):
                continue
            cell = (day.weekday(), hour)
            clashing = [one for one in taken if one[1] < ends and one[2] > starts]
            for language in spoken:
                if all(other == language and _cell(begin, zone) == cell for other, begin, _ in clashing):
                    found[language, cell] += 1


def _taken(
    session: Session, zone: ZoneInfo, days: Sequence[date]
) -> Mapping[int, Sequence[tuple[str, datetime, datetime]]]:
    """Mediator id -> (language of the request, start, end) of their assignments in these days."""
    rows = session.execute(
        select(Assignment.mediator_id, Appointment.language, Assignment.starts_at, Assignment.ends_at)
        .join(Appointment, Assignment.appointment_id == Appointment.id)
        .where(
            Assignment.state == AssignmentState.ACTIVE,
            Assignment.ends_at > _midnight(days[0], zone),
            Assignment.starts_at < _midnight(days[-1] + timedelta(days=1), zone),
        )
    )
    found: defaultdict[int, list[tuple[str, datetime, datetime]]] = defaultdict(list)
    for mediator_id, language, starts, ends in rows:
        found[mediator_id].append((language, starts, ends))
    return found
