"""What could be given up so that an appointment is covered: each concession, what it amounts to, and their order.

The order is that of `cost`, an integer; the unit is the minute by which an appointment moves within its day.

| kind | cost |
|---|---|
| time, on its day | the minutes between the two starts |
| mode | `MODE`: by video 60, by phone 90, on site (where a place is known) 120 |
| level | `LEVEL` = 90 for each step down, from C1 to B2 |
| gender | `GENDER` = 240 for doing without the wish |
| time, on another day | `DAY` = 1,440 for each day, and the minutes between the two times of the clock |
| language | `LANGUAGE` = 20,000 for accepting a further one, and 1 for each that more people speak |
| two of different kinds | `TWO` = 100,000 and the costs of both; a time only on its day |
| people | `PERSON` = 1,000,000 for each, and 1 for each accepted language that comes before theirs |

So on its day comes before another day, a single one before two, and anything before one more person. Of equal costs the
order is that of `KINDS`, then the later of two times.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import combinations
from math import ceil
from typing import Any
from zoneinfo import ZoneInfo

from scheduler.advice.time_slots import CLOSES, HOURS_A_DAY, OPENS, slots
from scheduler.model import checks
from scheduler.model.participants import LEVELS, Appointment, Mediator
from scheduler.model.problem import Problem
from scheduler.model.rules import open_languages
from scheduler.tables.outcome import DAYS, GENDERS, MODES, NUMBERS

KINDS = ("time", "mode", "level", "gender", "language", "people")
MODE = {"video": 60, "phone": 90, "on_site": 120}
LEVEL = 90
GENDER = 240
DAY = 24 * 60
LANGUAGE = 20_000
TWO = 100_000
PERSON = 1_000_000
# how many days before and after are looked at
NEAR_DAYS = 7
SATURDAY = 5

# some of the fields of a concession, the cost among them
Part = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Concession:
    """A change of one appointment, or people to add for it alone; what is None stays as it is.

    `appointment` is what it is without the change. `starts` is another time of the same length, `level` a lower least
    level, `language` one that is accepted beside the others. `people` more people would speak `speaking` and come for
    this appointment only. `timezone` is that of the words.
    """

    appointment: Appointment
    timezone: str
    cost: int
    starts: datetime | None = None
    mode: str | None = None
    level: str | None = None
    any_gender: bool = False
    language: str | None = None
    people: int = 0
    speaking: str | None = None

    @property
    def kinds(self) -> tuple[str, ...]:
        """What is given up, in the order of `KINDS`."""
        parts = (self.starts, self.mode, self.level, self.any_gender, self.language, self.people)
        return tuple(kind for kind, part in zip(KINDS, parts, strict=True) if part)

    @property
    def changed(self) -> Appointment:
        """The appointment as it would be, without anybody added."""
        one = self.appointment
        starts = self.starts or one.starts
        return replace(
            one,
            starts=starts,
            ends=starts + (one.ends - one.starts),
            mode=self.mode or one.mode,
            min_level=self.level or one.min_level,
            gender=None if self.any_gender else one.gender,
            accepted_languages=(*one.accepted_languages, *([self.language] if self.language else ())),
        )

    def apply(self, problem: Problem) -> Problem:
        """The problem as it would be; raises `ProblemError` if fixed people would overlap."""
        one = self.changed
        added = tuple(self._added(problem, one))
        if added and one.candidates is not None:
            one = replace(one, candidates=(*one.candidates, *(person.id for person in added)))
        appointments = tuple(one if other.id == one.id else other for other in problem.appointments)
        return replace(problem, mediators=(*problem.mediators, *added), appointments=appointments)

    @property
    def words(self) -> str:
        """Short English: `by phone instead of on site; at B1 instead of B2`; times are local."""
        one, said = self.appointment, list[str]()
        if self.starts is not None:
            said.append(f"from {self._clock(self.starts)} instead of {self._clock(one.starts)}")
        if self.mode is not None:
            said.append(f"{MODES[self.mode]} instead of {MODES[one.mode]}")
        if self.level is not None:
            said.append(f"at {self.level} instead of {one.min_level}")
        if self.any_gender and one.gender is not None:
            said.append(f"with anybody, not only {GENDERS[one.gender]} people")
        if self.language is not None:
            said.append(f"with {self.language} accepted as well")
        if self.people:
            said.append(self._whom())
        return "; ".join(said)

    def to_json(self) -> dict[str, object]:
        """Write its kinds, what has changed, cost and words."""
        values = {
            "starts": None if self.starts is None else checks.written(self.starts),
            "mode": self.mode,
            "min_level": self.level,
            "language": self.language,
            "people": self.people or None,
            "speaking": self.speaking,
        }
        changed = {key: value for key, value in values.items() if value is not None}
        return {"kinds": list(self.kinds), **changed, "cost": self.cost, "words": self.words}

    def _added(self, problem: Problem, one: Appointment) -> Iterator[Mediator]:
        others = frozenset(other.id for other in problem.appointments if other.id != one.id)
        for number in range(1, self.people + 1):
            name = f"newcomer {number}"
            while name in problem.mediator:
                name += "+"
            yield Mediator(
                name,
                {str(self.speaking): one.min_level or LEVELS[0]},
                gender=one.gender,
                modes=frozenset({one.mode}),
                available=((one.starts, one.ends),),
                # nobody else's appointment: only then does it follow that this one is covered
                excluded=others,
            )

    def _whom(self) -> str:
        one = self.appointment
        number = NUMBERS[self.people] if self.people < len(NUMBERS) else str(self.people)
        noun, verb = ("person", "speaks") if self.people == 1 else ("people", "speak")
        gender = f"{GENDERS[one.gender]} " if one.gender else ""
        level = f" at {one.min_level}" if one.min_level else ""
        when = f"{self._clock(one.starts)}–{one.ends.astimezone(ZoneInfo(self.timezone)):%H:%M}"
        return f"{number} more {gender}{noun} who {verb} {self.speaking}{level}, {MODES[one.mode]}, {when}"

    def _clock(self, moment: datetime) -> str:
        local = moment.astimezone(ZoneInfo(self.timezone))
        return f"{DAYS[local.weekday()]} {local.date()} {local:%H:%M}"


def singles(problem: Problem, appointment: Appointment) -> tuple[Concession, ...]:
    """Every change of one kind that might help, smallest first; of what has started only another time."""
    times = list(_times(problem, appointment))
    others = [] if appointment.starts < problem.now else list(_others(problem, appointment))
    return _concessions(problem, appointment, (*times, *others))


def pairs(problem: Problem, appointment: Appointment) -> tuple[Concession, ...]:
    """Every change of two kinds that might help, smallest first; none of what has started."""
    if appointment.starts < problem.now:
        return ()
    near = [part for part in _times(problem, appointment) if part["cost"] < DAY]
    both = (
        one | other | {"cost": TWO + one["cost"] + other["cost"]}
        for one, other in combinations((*near, *_others(problem, appointment)), 2)
        if one.keys() != other.keys()
    )
    return _concessions(problem, appointment, both)


def more_people(problem: Problem, appointment: Appointment, most: int) -> Iterator[Concession]:
    """One to `most` more people, fewest first; nobody can join what has started."""
    if appointment.starts < problem.now:
        return
    for number in range(1, most + 1):
        for place, language in enumerate(open_languages(problem, appointment)):
            yield Concession(
                appointment=appointment,
                timezone=problem.timezone,
                cost=PERSON * number + place,
                people=number,
                speaking=language,
            )


def _concessions(problem: Problem, appointment: Appointment, parts: Iterable[Part]) -> tuple[Concession, ...]:
    made = (Concession(appointment=appointment, timezone=problem.timezone, **part) for part in parts)
    return tuple(sorted(made, key=lambda one: one.cost))


def _times(problem: Problem, appointment: Appointment) -> Iterator[Part]:
    """Quarters of an hour within working hours and the full hours around its own; later before earlier."""
    zone = ZoneInfo(problem.timezone)
    starts, ends = appointment.starts.astimezone(zone), appointment.ends.astimezone(zone)
    days = (starts.date() + timedelta(days=number) for number in range(-NEAR_DAYS, NEAR_DAYS + 1))
    last = ends.hour + (ends.minute + ends.second > 0) if ends.date() == starts.date() else HOURS_A_DAY
    found = slots(
        problem.timezone,
        tuple(day for day in days if day.weekday() < SATURDAY or starts.weekday() >= SATURDAY),
        appointment.ends - appointment.starts,
        opens=min(OPENS, starts.hour),
        closes=max(CLOSES, last),
    )
    for one in reversed(found):
        if one >= problem.now and one != appointment.starts:
            local = one.astimezone(zone)
            away = abs((local.date() - starts.date()).days)
            shift = local.replace(tzinfo=None) - datetime.combine(local.date(), starts.time())
            moved = shift if away else one - appointment.starts
            yield {"starts": one, "cost": DAY * away + ceil(abs(moved.total_seconds()) / 60)}


def _others(problem: Problem, appointment: Appointment) -> Iterator[Part]:
    """Mode, level, gender and language."""
    for mode, cost in MODE.items():
        if mode != appointment.mode and (mode != "on_site" or appointment.place is not None):
            yield {"mode": mode, "cost": cost}
    if appointment.min_level is not None:
        lower = LEVELS[: LEVELS.index(appointment.min_level)]
        for steps, level in enumerate(reversed(lower), start=1):
            yield {"level": level, "cost": LEVEL * steps}
    if appointment.gender is not None:
        yield {"any_gender": True, "cost": GENDER}
    further = [one for one in problem.speakers if one not in appointment.languages]
    for place, language in enumerate(sorted(further, key=lambda one: (-len(problem.speakers[one]), one))):
        yield {"language": language, "cost": LANGUAGE + place}
