"""Whom the pool lacks: the language, days and hours of one more person who would cover most of what stays open."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import combinations
from zoneinfo import ZoneInfo

from scheduler.advice.demand import Demand
from scheduler.advice.time_slots import hour_of
from scheduler.model.participants import LEVELS, Mediator
from scheduler.model.plan import Plan
from scheduler.model.problem import Problem
from scheduler.tables.outcome import DAYS, GENDERS
from scheduler.tables.score import figure

# single weekdays, Monday is 0
EACH_DAY = tuple((day,) for day in range(5))
PAIRS_OF_DAYS = tuple(combinations(range(5), 2))
# half days, as volunteers offer them: from an hour to an hour of the local clock
WINDOWS = ((8, 12), (10, 14), (12, 16), (14, 18), (16, 20))
MOST_PER_DAY = 2


@dataclass(frozen=True)
class Advice:
    """One more person to look for, and what they would bring.

    `level` is the highest that their appointments ask for, `gender` is given where these need it. `days` are weekdays,
    Monday is 0; `opens` and `closes` are hours of the local clock. `appointments` are those of the plan's uncovered
    that they could take directly, `weight` the coverage this adds. `verified` is the coverage that planning again with
    them adds, if that was done: others may move, so it can be more, and is never told as less.
    """

    language: str
    level: str | None
    gender: str | None
    days: tuple[int, ...]
    opens: int
    closes: int
    appointments: tuple[str, ...]
    weight: float
    verified: float | None = None

    @property
    def gain(self) -> float:
        """The best figure there is."""
        return self.weight if self.verified is None else self.verified

    @property
    def words(self) -> str:
        """Short English: `one more person who speaks bul at B2, Mon and Wed 8–12: 3 appointments`."""
        gender = f" ({GENDERS[self.gender]})" if self.gender else ""
        level = f" at {self.level}" if self.level else ""
        days = " and ".join(DAYS[day] for day in self.days)
        number = f"{len(self.appointments)} appointment{'' if len(self.appointments) == 1 else 's'}"
        return f"one more person{gender} who speaks {self.language}{level}, {days} {self.opens}–{self.closes}: {number}"

    def to_json(self) -> dict[str, object]:
        """Write it; `verified` is null where planning again was not tried."""
        return {
            "language": self.language,
            "level": self.level,
            "gender": self.gender,
            "days": list(self.days),
            "opens": self.opens,
            "closes": self.closes,
            "appointments": list(self.appointments),
            "weight": self.weight,
            "verified": self.verified,
            "words": self.words,
        }


def estimates(
    problem: Problem,
    plan: Plan,
    *,
    day_sets: Sequence[tuple[int, ...]] = EACH_DAY,
    windows: Sequence[tuple[int, int]] = WINDOWS,
    most_per_day: int = MOST_PER_DAY,
) -> tuple[Advice, ...]:
    """What one more person could take of what the plan leaves open, for every language, set of days and window.

    They are ranked by weight, then by fewer days; those that bring nothing are left out. The person goes from one
    appointment to the next like everybody else, lives nowhere too far and takes at most `most_per_day` a day. Per local
    day the figure is the best there is. Appointments that have started, consider only certain people, or would still
    lack somebody do not count.
    """
    demand = Demand(problem, plan, most_per_day)
    found = (
        _advice(demand, language, days, hours)
        for language in demand.languages
        for days in day_sets
        for hours in windows
    )
    return tuple(sorted((one for one in found if one.appointments), key=_rank))


def advise(
    problem: Problem,
    plan: Plan,
    solve: Callable[[Problem], Plan],
    *,
    few: int = 5,
    day_sets: Sequence[tuple[int, ...]] = EACH_DAY,
    windows: Sequence[tuple[int, int]] = WINDOWS,
    most_per_day: int = MOST_PER_DAY,
) -> tuple[Advice, ...]:
    """The best estimate of each of the `few` languages that lack most, verified by planning again, best first.

    `solve` plans the problem that it is given, as well as the plan was made.
    """
    ranked = estimates(problem, plan, day_sets=day_sets, windows=windows, most_per_day=most_per_day)
    of_language: dict[str, Advice] = {}
    for one in ranked:
        of_language.setdefault(one.language, one)
    verified = []
    for one in list(of_language.values())[:few]:
        people = (*problem.mediators, newcomer(problem, one, most_per_day))
        gain = solve(replace(problem, mediators=people)).coverage - plan.coverage
        verified.append(replace(one, verified=max(one.weight, gain)))
    return tuple(sorted(verified, key=_rank))


def newcomer(problem: Problem, advice: Advice, most_per_day: int = MOST_PER_DAY) -> Mediator:
    """The person an advice speaks of, free in its hours from the day of `now` to the last appointment."""
    first, last = problem.now.astimezone(ZoneInfo(problem.timezone)).date(), max(problem.days.values())
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    own = [day for day in days if day.weekday() in advice.days]
    name = "newcomer"
    while name in problem.mediator:
        name += "+"
    hours = ((hour_of(problem.timezone, day, hour) for hour in (advice.opens, advice.closes)) for day in own)
    return Mediator(
        name,
        {advice.language: advice.level or LEVELS[0]},
        gender=advice.gender,
        available=tuple((opens, closes) for opens, closes in hours),
        max_appointments_per_day=most_per_day,
    )


def _advice(demand: Demand, language: str, days: tuple[int, ...], hours: tuple[int, int]) -> Advice:
    gain, gender, own = demand.best(language, days, hours)
    levels = [LEVELS.index(one.min_level) for one in own if one.min_level is not None]
    level = LEVELS[max(levels)] if levels else None
    return Advice(language, level, gender, days, *hours, tuple(one.id for one in own), figure(gain))


def _rank(advice: Advice) -> tuple[float, int, str, tuple[int, ...], int, int]:
    return -advice.gain, len(advice.days), advice.language, advice.days, advice.opens, advice.closes
