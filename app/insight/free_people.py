"""Who is free when, counted over people and days: what app/insight/coverage.py calls free.

A week's free times are the same every week, so they are looked at once a person; only absences and what somebody has
agreed to belong to days.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import Integer, cast, extract, select
from sqlalchemy.orm import Session

from app.journey.request import LONGEST_MINUTES
from app.models import (
    LEVELS,
    Absence,
    Appointment,
    Assignment,
    AssignmentState,
    Availability,
    Mediator,
    MediatorStatus,
    Skill,
)

# (weekday from 0 for Monday, hour at which the slot starts)
Cell = tuple[int, int]
# somebody is expected at something else than this slot's own request in one language
ELSEWHERE: Final = ""


@dataclass(frozen=True)
class Slot:
    """A cell on one of the days; instants in seconds since 1970."""

    cell: Cell
    day: date
    starts: int
    first_hour_ends: int
    ends: int


def slots(days: Sequence[date], hours: Sequence[int], length: int, zone: ZoneInfo) -> list[Slot]:
    """The slots of these days, in order; each is `length` hours long."""
    return [
        Slot((day.weekday(), hour), day, *(_seconds(day, one, zone) for one in (hour, hour + 1, hour + length)))
        for day in days
        for hour in hours
    ]


def _seconds(day: date, hour: int, zone: ZoneInfo) -> int:
    return int(datetime.combine(day, time(hour), zone).timestamp())


def free_people(
    session: Session,
    shown: Sequence[Slot],
    wanted: Collection[str],
    min_level: str | None,
    uncleared: Mapping[int, Sequence[tuple[date, date]]] = MappingProxyType({}),
) -> Counter[tuple[str, Cell]]:
    """Language and cell -> free people, summed over the slots' days.

    `uncleared` are days, by mediator, on which they are not asked: see renewals.uncleared_days().
    """
    found: Counter[tuple[str, Cell]] = Counter()
    if not shown:
        return found
    spoken, weeks = _spoken(session, wanted, min_level), _weeks(session)
    away, taken = _away(session, shown[0].day, shown[-1].day), _taken(session, shown)
    occurring = _by_weekday(shown)
    of_day = _by_day(shown)
    for person, person_languages in spoken.items():
        cells = _free_cells(weeks.get(person, ()), occurring)
        spans = (*away.get(person, ()), *uncleared.get(person, ()))
        absent = {day for first, last in spans for day in _days(first, last) if day in of_day}
        for slot in (one for day in absent for one in of_day[day] if one.cell in cells):
            cells[slot.cell] -= 1
        own: Counter[tuple[str, Cell]] = Counter()
        for slot, language in taken.get(person, {}).items():
            if slot.cell in cells and slot.day not in absent:
                cells[slot.cell] -= 1
                own[language, slot.cell] += 1
        for language in person_languages:
            for cell, number in cells.items():
                found[language, cell] += number + own[language, cell] if own else number
    return found


def speakers(session: Session, wanted: Collection[str], min_level: str | None) -> Mapping[str, int]:
    """Language -> how many of those who may be asked speak it."""
    counted = Counter(language for own in _spoken(session, wanted, min_level).values() for language in own)
    return {language: counted[language] for language in wanted}


def _by_day(shown: Sequence[Slot]) -> Mapping[date, Sequence[Slot]]:
    found: defaultdict[date, list[Slot]] = defaultdict(list)
    for slot in shown:
        found[slot.day].append(slot)
    return found


def _by_weekday(shown: Sequence[Slot]) -> Mapping[int, Sequence[tuple[Cell, int]]]:
    """Weekday -> its cells, and on how many days each is shown."""
    found: defaultdict[int, list[tuple[Cell, int]]] = defaultdict(list)
    for cell, number in Counter(slot.cell for slot in shown).items():
        found[cell[0]].append((cell, number))
    return found


def _free_cells(
    week: Sequence[tuple[int, int, int]], occurring: Mapping[int, Sequence[tuple[Cell, int]]]
) -> dict[Cell, int]:
    """The cells whose whole first hour one free time holds, and on how many days each is shown."""
    return {
        cell: number
        for weekday, begins, ends in week
        for cell, number in occurring.get(weekday, ())
        if begins <= 60 * cell[1] and 60 * cell[1] + 60 <= ends
    }


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=number) for number in range((last - first).days + 1))


def _spoken(session: Session, wanted: Collection[str], min_level: str | None) -> Mapping[int, Collection[str]]:
    """Mediator id -> languages, of those who may be asked."""
    rows = (
        select(Skill.mediator_id, Skill.language)
        .join(Mediator, Skill.mediator_id == Mediator.id)
        .where(
            Mediator.status == MediatorStatus.ACTIVE,
            Mediator.opted_out_at.is_(None),
            Skill.language.in_(wanted),
        )
    )
    if min_level is not None:
        rows = rows.where(Skill.level.in_(LEVELS[LEVELS.index(min_level) :]))
    found: defaultdict[int, list[str]] = defaultdict(list)
    for mediator_id, language in session.execute(rows):
        found[mediator_id].append(language)
    return found


def _weeks(session: Session) -> Mapping[int, Sequence[tuple[int, int, int]]]:
    """Mediator id -> free times of a week."""
    columns = Availability.mediator_id, Availability.weekday, Availability.starts_minute, Availability.ends_minute
    found: defaultdict[int, list[tuple[int, int, int]]] = defaultdict(list)
    for mediator_id, weekday, starts, ends in session.execute(select(*columns)):
        found[mediator_id].append((weekday, starts, ends))
    return found


def _away(session: Session, first: date, last: date) -> Mapping[int, Sequence[tuple[date, date]]]:
    """Mediator id -> the parts of their absences that lie in these days."""
    rows = select(Absence.mediator_id, Absence.first_day, Absence.last_day).where(
        Absence.first_day <= last, Absence.last_day >= first
    )
    found: defaultdict[int, list[tuple[date, date]]] = defaultdict(list)
    for mediator_id, begins, ends in session.execute(rows):
        found[mediator_id].append((max(begins, first), min(ends, last)))
    return found


def _taken(session: Session, shown: Sequence[Slot]) -> Mapping[int, dict[Slot, str]]:
    """Mediator id -> in whose first hours they are expected; at what: a language if that slot's own requests in it."""
    hours_end = [slot.first_hour_ends for slot in shown]
    found: defaultdict[int, dict[Slot, str]] = defaultdict(dict)
    for mediator_id, language, starts, ends in _expected(session, shown):
        place = bisect_right(hours_end, starts)
        while place < len(shown) and shown[place].starts < ends:
            slot = shown[place]
            own = language if slot.starts <= starts < slot.ends else ELSEWHERE
            found[mediator_id][slot] = own if found[mediator_id].get(slot, own) == own else ELSEWHERE
            place += 1
    return found


def _expected(session: Session, shown: Sequence[Slot]) -> list[tuple[int, str, int, int]]:
    """Mediator id, language of the request, start and end in seconds, of the assignments that touch these slots."""
    first, last = (datetime.fromtimestamp(one, UTC) for one in (shown[0].starts, shown[-1].ends))
    earliest = first - timedelta(minutes=LONGEST_MINUTES)
    rows = (
        select(
            Assignment.mediator_id,
            Appointment.language,
            cast(extract("epoch", Assignment.starts_at), Integer),
            cast(extract("epoch", Assignment.ends_at), Integer),
        )
        .join(Appointment, Assignment.appointment_id == Appointment.id)
        .where(
            Assignment.state == AssignmentState.ACTIVE,
            *(one > earliest for one in (Assignment.starts_at, Appointment.starts_at)),
            *(one < last for one in (Assignment.starts_at, Appointment.starts_at)),
        )
    )
    return [(mediator_id, language, starts, ends) for mediator_id, language, starts, ends in session.execute(rows)]
