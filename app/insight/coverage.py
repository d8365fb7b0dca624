"""Which language lacks people at which time: requests, and how many of them stay unfilled, by weekday and two hours.

Ahead, both are expectations over the weeks of the last forecast; looking back, they are what was. For which
appointments nobody is found is always told as it is at this moment.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.insight import forecast
from app.insight.expectations import expectations, told_by
from app.insight.forecast import Known
from app.insight.free_people import Cell, free_people, slots
from app.insight.narrowing import EVERYTHING, Narrowing
from app.insight.renewals import uncleared_days
from app.models import SEEKING, Appointment, AppointmentStatus, Pool
from app.models.functions import local_hour_of_week
from scheduler.forecast.counts import Expected
from scheduler.forecast.result import SLOT_HOURS

# less than this in four weeks is no gap that anybody could do something about
SHOWN: Final = 0.1
HOURS_OF_DAY: Final = 24
# four weeks, the first day included
AHEAD: Final = timedelta(days=27)


@dataclass(frozen=True)
class Figures:
    """Requests of some kind, and how many of them stay unfilled; `low` to `high` in eight of ten cases, if known."""

    requests: float = 0.0
    unfilled: float = 0.0
    low: int | None = None
    high: int | None = None

    @property
    def share_unfilled(self) -> float:
        """Of the requests, 0 to 1."""
        return min(1.0, self.unfilled / self.requests) if self.requests else 0.0


@dataclass(frozen=True)
class Waiting:
    """An appointment that nobody is found for at this moment."""

    id: int
    starts_at: datetime


@dataclass(frozen=True)
class Row:
    """One language: all of it, its times of the week, and what nobody is found for now at each."""

    language: str
    total: Figures
    cells: Mapping[Cell, Figures]
    waiting: Mapping[Cell, tuple[Waiting, ...]] = field(default_factory=dict)

    @property
    def has_gap(self) -> bool:
        """Whether something stays unfilled, or is now."""
        return self.total.unfilled >= SHOWN or bool(self.waiting)

    @property
    def worst(self) -> Cell | None:
        """When most stays unfilled; None where nothing does."""
        found = max(self.cells, key=lambda cell: (self.cells[cell].unfilled, cell), default=None)
        return found if found and self.cells[found].unfilled >= SHOWN else None


@dataclass(frozen=True)
class Gap:
    """A language and a time at which requests stay unfilled."""

    language: str
    cell: Cell
    figures: Figures
    waiting: tuple[Waiting, ...] = ()


@dataclass(frozen=True)
class Coverage:
    """Local days, both included, and what they bring or brought; what lacks most comes first.

    `as_of` is when it was counted, None where no forecast was made yet. `cells` are the times at which anything is
    asked for.
    """

    first_day: date
    last_day: date
    as_of: datetime | None
    total: Figures
    rows: tuple[Row, ...]
    gaps: tuple[Gap, ...]
    cells: tuple[Cell, ...]
    waiting: int


def ahead(
    session: Session, now: datetime, pool: Pool, narrowed: Narrowing = EVERYTHING
) -> tuple[Coverage, Known | None]:
    """What the last forecast expects of what it can tell apart (see `told_by`), and that forecast."""
    known = forecast.latest(session, pool)
    narrowed = told_by(known, narrowed)
    waiting = _waiting(session, now, pool, narrowed)
    if known is None:
        today = now.astimezone(ZoneInfo(pool.timezone)).date()
        return _coverage((today, today + AHEAD), None, Figures(), {}, {}, waiting), None
    found = expectations(known.outlook, narrowed)
    languages = {language: _expected(one) for language, one in found.languages.items()}
    cells = {place: _expected(one) for place, one in found.cells.items()}
    days, total = (known.first_day, known.last_day), _expected(found.total)
    return _coverage(days, known.made_at, total, languages, cells, waiting), known


def behind(
    session: Session, now: datetime, pool: Pool, first_day: date, last_day: date, narrowed: Narrowing = EVERYTHING
) -> Coverage:
    """What was requested for these local days, and what of it began without everybody who was wanted."""
    zone = ZoneInfo(pool.timezone)
    hour = local_hour_of_week(Appointment.starts_at, pool.timezone).label("hour")
    counted = session.execute(
        select(
            Appointment.language,
            hour,
            func.count(),
            func.count().filter(Appointment.status.in_(SEEKING) & (Appointment.starts_at <= now)),
        )
        .where(
            Appointment.status != AppointmentStatus.CANCELLED,
            Appointment.starts_at >= _midnight(first_day, zone),
            Appointment.starts_at < _midnight(last_day + timedelta(days=1), zone),
            *narrowed.conditions(),
        )
        .group_by(Appointment.language, hour)
    )
    requests: Counter[tuple[str, Cell]] = Counter()
    unfilled: Counter[tuple[str, Cell]] = Counter()
    for language, local, number, without in counted:
        requests[language, cell_of(local)] += number
        unfilled[language, cell_of(local)] += without
    cells = {key: Figures(requests[key], unfilled[key]) for key in requests}
    languages = {
        language: Figures(*(sum(one[key] for key in cells if key[0] == language) for one in (requests, unfilled)))
        for language in {language for language, _ in cells}
    }
    total = Figures(requests.total(), unfilled.total())
    return _coverage((first_day, last_day), now, total, languages, cells, {})


def mean_free(session: Session, pool: Pool, found: Coverage) -> Mapping[tuple[str, Cell], float]:
    """Language and cell -> how many people are free then, on average over the days: see app/insight/free_people.py."""
    days = [found.first_day + timedelta(days=number) for number in range((found.last_day - found.first_day).days + 1)]
    shown = slots(days, sorted({hour for _, hour in found.cells}), SLOT_HOURS, ZoneInfo(pool.timezone))
    occurring = Counter(one.cell for one in shown)
    uncleared = uncleared_days(session, pool, days[0], days[-1]) if days else {}
    counted = free_people(session, shown, {row.language for row in found.rows}, pool.min_level, uncleared)
    return {key: number / occurring[key[1]] for key, number in counted.items()}


def cell_of(hour_of_week: int) -> Cell:
    """The weekday and the even hour in which an hour of the week (Monday's first is 0) falls."""
    weekday, hour = divmod(hour_of_week, HOURS_OF_DAY)
    return weekday, hour - hour % SLOT_HOURS


def _expected(found: Expected) -> Figures:
    return Figures(found.requests.mean, found.unfilled.mean, found.unfilled.low, found.unfilled.high)


def _coverage(
    days: tuple[date, date],
    as_of: datetime | None,
    total: Figures,
    languages: Mapping[str, Figures],
    cells: Mapping[tuple[str, Cell], Figures],
    waiting: Mapping[tuple[str, Cell], tuple[Waiting, ...]],
) -> Coverage:
    own: defaultdict[str, dict[Cell, Figures]] = defaultdict(dict)
    seeking: defaultdict[str, dict[Cell, tuple[Waiting, ...]]] = defaultdict(dict)
    for (language, cell), figures in cells.items():
        own[language][cell] = figures
    for (language, cell), those in waiting.items():
        seeking[language][cell] = those
    rows = [Row(one, languages.get(one, Figures()), own[one], seeking[one]) for one in sorted({*languages, *seeking})]
    return Coverage(
        *days,
        as_of,
        total,
        tuple(
            sorted(rows, key=lambda row: (-row.total.unfilled, -len(row.waiting), -row.total.requests, row.language))
        ),
        _gaps(cells, waiting),
        _columns(cells, waiting),
        sum(map(len, waiting.values())),
    )


def _gaps(
    cells: Mapping[tuple[str, Cell], Figures], waiting: Mapping[tuple[str, Cell], tuple[Waiting, ...]]
) -> tuple[Gap, ...]:
    """Each once: where something stays unfilled, or nobody is found now."""
    nothing = Figures()
    found = [Gap(*key, cells.get(key, nothing), waiting.get(key, ())) for key in {*cells, *waiting}]
    shown = [one for one in found if one.figures.unfilled >= SHOWN or one.waiting]
    return tuple(sorted(shown, key=lambda one: (-one.figures.unfilled, -len(one.waiting), one.language, one.cell)))


def _columns(cells: Mapping[tuple[str, Cell], Figures], waiting: Iterable[tuple[str, Cell]]) -> tuple[Cell, ...]:
    asked: Counter[Cell] = Counter()
    for (_, cell), figures in cells.items():
        asked[cell] += figures.requests  # type: ignore[assignment] # a Counter adds up any numbers
    return tuple(sorted({*(cell for cell, number in asked.items() if number >= SHOWN), *(cell for _, cell in waiting)}))


def _waiting(
    session: Session, now: datetime, pool: Pool, narrowed: Narrowing
) -> dict[tuple[str, Cell], tuple[Waiting, ...]]:
    """Language and cell -> the coming appointments that nobody is found for, the next first."""
    hour = local_hour_of_week(Appointment.starts_at, pool.timezone)
    rows = session.execute(
        select(Appointment.id, Appointment.language, Appointment.starts_at, hour)
        .where(Appointment.status == AppointmentStatus.UNFILLED, Appointment.starts_at > now, *narrowed.conditions())
        .order_by(Appointment.starts_at, Appointment.id)
    )
    found: defaultdict[tuple[str, Cell], list[Waiting]] = defaultdict(list)
    for appointment_id, language, starts_at, local in rows:
        found[language, cell_of(local)].append(Waiting(appointment_id, starts_at))
    return {key: tuple(those) for key, those in found.items()}


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
