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
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app.insight.free_people import Cell, free_people, slots
from app.models import SEEKING, Appointment, AppointmentStatus, Pool
from app.models.functions import local_hour_of_week

WEEKDAYS = range(5)
HOURS = (8, 10, 12, 14, 16)
SLOT_HOURS = 2
LOOK_BACK = timedelta(days=28)
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
    days = [first_day + timedelta(days=number) for number in range((last_day - first_day).days + 1)]
    expected = _expected(session, pool, days)
    wanted = {language for language, _ in expected}
    on_weekdays = [day for day in days if day.weekday() in WEEKDAYS]
    shown = slots(on_weekdays, HOURS, SLOT_HOURS, ZoneInfo(pool.timezone))
    free = free_people(session, shown, wanted, pool.min_level)
    unfilled = _unfilled(session, now, pool, days)
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


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _expected(session: Session, pool: Pool, days: Sequence[date]) -> dict[tuple[str, Cell], int]:
    """Language and slot -> people to reckon with in a week; no entry where nobody asks."""
    if not days:
        return {}
    zone = ZoneInfo(pool.timezone)
    begins = _midnight(days[0], zone)
    asked = (
        Appointment.status != AppointmentStatus.CANCELLED,
        Appointment.starts_at >= _midnight(days[0] - LOOK_BACK, zone),
        Appointment.starts_at < _midnight(days[-1] + timedelta(days=1), zone),
    )
    before = _placed(session, pool, *asked, Appointment.starts_at < begins)
    within = _placed(session, pool, *asked, Appointment.starts_at >= begins)
    occurring = Counter(day.weekday() for day in days)
    weeks = LOOK_BACK.days // 7
    return {
        key: math.ceil(max(Fraction(before[key], weeks), Fraction(within[key], max(1, occurring[key[1][0]]))))
        for key in before | within
    }


def _unfilled(session: Session, now: datetime, pool: Pool, days: Sequence[date]) -> Counter[tuple[str, Cell]]:
    """Language and slot -> appointments on these days that began unfilled, or for which nobody is left to ask now."""
    if not days:
        return Counter()
    zone = ZoneInfo(pool.timezone)
    return _placed(
        session,
        pool,
        (Appointment.status == AppointmentStatus.UNFILLED)
        | (Appointment.status.in_(SEEKING) & (Appointment.starts_at <= now)),
        Appointment.starts_at >= _midnight(days[0], zone),
        Appointment.starts_at < _midnight(days[-1] + timedelta(days=1), zone),
        each=func.count(),
    )


def _placed(
    session: Session, pool: Pool, *conditions: ColumnElement[bool], each: ColumnElement[int] | None = None
) -> Counter[tuple[str, Cell]]:
    """Language and slot -> seats of the appointments that start in it, or how many of them there are."""
    hour = local_hour_of_week(Appointment.starts_at, pool.timezone).label("hour")
    number = func.sum(Appointment.mediators_needed) if each is None else each
    rows = session.execute(
        select(Appointment.language, hour, number).where(*conditions).group_by(Appointment.language, hour)
    )
    found: Counter[tuple[str, Cell]] = Counter()
    for language, local, count in rows:
        cell = _cell(local)
        if cell is not None:
            found[language, cell] += count
    return found


def _cell(hour_of_week: int) -> Cell | None:
    """The slot in which an hour falls; None outside of all."""
    weekday, hour = divmod(hour_of_week, 24)
    starts = next((one for one in HOURS if one <= hour < one + SLOT_HOURS), None)
    return (weekday, starts) if starts is not None and weekday in WEEKDAYS else None
