"""Whom a town is told to look for, beside whom it would have needed most: its weeks to come, replayed with each.

The truth knows what stays unfilled in the replays. Who would take most of that, and whom the forecast names first, live
through the same replays once more, with the same requests and with everybody else's answers unchanged.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from random import Random
from typing import TypeAlias
from zoneinfo import ZoneInfo

import numpy as np

from benchmarks.dispatch.world import TIMEZONE
from benchmarks.forecast.backtest import Lived, lived
from benchmarks.forecast.town import AHEAD, Kind
from scheduler.advice.recruiting import MOST_PER_DAY
from scheduler.forecast.recruiting import HALF_DAYS, candidates, person
from scheduler.forecast.remedies import Newcomer
from scheduler.forecast.simulation import Simulation, simulate
from scheduler.model.participants import Appointment
from scheduler.tables.arrays import Ints

# of those whom the truth and the forecast put first, so many are tried
BY_TRUTH, BY_FORECAST = 6, 3
# what no request of these towns is refused for
LEVEL, GENDER = "B2", "f"
ZONE = ZoneInfo(TIMEZONE)

Hours: TypeAlias = tuple[str, tuple[int, ...], int]


@dataclass(frozen=True)
class Advice:
    """How the first advice fared: requests fewer in four weeks as `told`, as they came (`real`), as the `best` brought.

    `place` is that of the advice among all that were tried, by what came. The best is chosen by one half of the replays
    and valued by the other, both ways round: the luckiest of several always looks better than it is.
    """

    kind: str
    seed: int
    first: Newcomer
    told: float
    real: float
    best: float
    place: int


def advice_of(kind: Kind, seed: int, futures: int, periods: int, most_days: int) -> Advice:
    """Let a town live, ask whom to look for (free on up to so many days a week), and replay so often with each."""
    now = lived(kind, seed)
    simulation = simulate(now.problem, now.history, weeks=AHEAD, periods=periods)
    replays = _Replays(now, simulation, [f"future {kind.name} {seed} {number}" for number in range(futures)])
    told = candidates(simulation, most_days)[:BY_FORECAST]
    tried = {_hours(one): one for one in (*replays.needed(most_days)[:BY_TRUTH], *told)}
    came = np.array([replays.gains(one) for one in tried.values()])
    means = came.mean(axis=1)
    real = float(means[list(tried).index(_hours(told[0]))])
    place = 1 + int((means > real).sum())
    return Advice(kind.name, seed, told[0], told[0].gain, real, _best(came), place)


def _best(came: Ints) -> float:
    halves = came[:, ::2], came[:, 1::2]
    by_each = [chosen.mean(axis=1).argmax() for chosen in halves]
    return float(np.mean([valued[one].mean() for one, valued in zip(by_each, reversed(halves), strict=True)]))


class _Replays:
    """The same weeks to come, again and again; each replay has a name, from which all its dice follow."""

    def __init__(self, now: Lived, simulation: Simulation, names: Sequence[str]) -> None:
        self._now, self._simulation, self._names = now, simulation, names
        self._before = [self._unfilled(name) for name in names]

    def gains(self, newcomer: Newcomer) -> list[int]:
        """How many requests fewer stay unfilled with this person in each replay."""
        pairs = zip(self._names, self._before, strict=True)
        return [len(before) - len(self._unfilled(name, newcomer)) for name, before in pairs]

    def needed(self, most_days: int) -> list[Newcomer]:
        """Who would take most of what stays unfilled, if they always said yes, best first."""
        takes: Counter[tuple[str, int, int]] = Counter()
        for unfilled in self._before:
            takes.update(_taken(unfilled))
        found = {
            (language, days, half): sum(takes[language, day, half] for day in days)
            for language in {language for language, _, _ in takes}
            for half in range(len(HALF_DAYS))
            for number in range(1, most_days + 1)
            for days in combinations(range(5), number)
        }
        return [
            Newcomer(language, LEVEL, GENDER, days, *HALF_DAYS[half], asked_last=count / len(self._names))
            for (language, days, half), count in sorted(
                found.items(), key=lambda one: (-one[1], len(one[0][1]), one[0])
            )
        ]

    def _unfilled(self, name: str, newcomer: Newcomer | None = None) -> list[tuple[Appointment, int]]:
        """What stays unfilled in one replay, and how many people each lacks."""
        people = self._now.people
        if newcomer is not None:
            people = replace(people, mediators=(*people.mediators, person(self._simulation, newcomer)))
        after = self._now.future(people, Random(name), apart=name)
        return [(one.wanted, one.open_seats) for one in after if one.open_seats]


def _taken(unfilled: Sequence[tuple[Appointment, int]]) -> Counter[tuple[str, int, int]]:
    """Language, weekday and half day -> what lacks one person then, as much of each day as one person takes."""
    days: Counter[tuple[str, int, int]] = Counter()
    for wanted, lacking in unfilled:
        starts, ends = wanted.starts.astimezone(ZONE), wanted.ends.astimezone(ZONE)
        opens = starts.hour + starts.minute / 60
        closes = opens + (ends - starts).total_seconds() / 3600
        for language in wanted.languages if lacking == 1 else ():
            for half, (first, last) in enumerate(HALF_DAYS):
                if first <= opens and closes <= last:
                    days[language, starts.toordinal(), half] += 1
    found: Counter[tuple[str, int, int]] = Counter()
    for (language, day, half), number in days.items():
        # the first of January of the year 1, which is day 1, was a Monday
        found[language, (day - 1) % 7, half] += min(number, MOST_PER_DAY)
    return found


def _hours(one: Newcomer) -> Hours:
    return one.language, one.days, one.opens
