"""From simulated periods to what is said of them; see docs/engine/forecast.md."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar
from zoneinfo import ZoneInfo

import numpy as np

from scheduler.forecast.counts import DIGITS, HIGH, LOW, NOTHING, Count, Expected
from scheduler.forecast.history import History
from scheduler.forecast.leavers import leavers_borne
from scheduler.forecast.result import SLOT_HOURS, Forecast, Language, Person, Slot
from scheduler.forecast.simulation import Simulation, simulate
from scheduler.model.problem import Problem
from scheduler.tables.arrays import NONE, Bools, Floats, Ints

Key = TypeVar("Key")


def forecast(
    problem: Problem, history: History, *, weeks: int = 4, periods: int | None = None, seed: int = 0
) -> Forecast:
    """What the coming weeks will probably bring; the same arguments give the same forecast on any machine.

    See `simulate` for what the arguments hold.
    """
    return summary(simulate(problem, history, weeks=weeks, periods=periods, seed=seed))


def summary(simulation: Simulation) -> Forecast:
    """What the periods of a simulation amount to."""
    counted = _Counted.of(simulation)
    wanted = [one.wanted for one in simulation.periods.requests]
    languages = [one.language for one in wanted]
    zone = ZoneInfo(simulation.problem.timezone)
    locals_ = [one.starts.astimezone(zone) for one in wanted]
    slots = [
        (language, local.weekday(), local.hour - local.hour % SLOT_HOURS)
        for language, local in zip(languages, locals_, strict=True)
    ]
    borne = leavers_borne(simulation)
    return Forecast(
        now=simulation.problem.now,
        since=simulation.history.since,
        weeks=simulation.weeks,
        periods=len(simulation.periods.sequence),
        seed=simulation.seed,
        total=counted.by([""] * len(wanted)).get("", NOTHING),
        languages=tuple(
            Language(language, expected, borne.get(language, 0))
            for language, expected in _worst_first(counted.by(languages))
        ),
        slots=tuple(Slot(*slot, expected) for slot, expected in _worst_first(counted.by(slots))),
        people=_people(simulation),
        calibration=simulation.calibration,
    )


@dataclass(frozen=True)
class _Counted:
    """Each request of each period: its row, its place among the requests, whether a seat stays empty."""

    periods: int
    rows: Ints
    places: Ints
    unfilled: Bools

    @classmethod
    def of(cls, simulation: Simulation) -> "_Counted":
        sequence = simulation.periods.sequence
        rows, steps = np.nonzero(sequence != NONE)
        return cls(len(sequence), rows, sequence[rows, steps], simulation.played.missing[rows, steps] > 0)

    def by(self, keys: Sequence[Key]) -> dict[Key, Expected]:
        """What is expected of each group of requests; `keys` names the group of each."""
        known = {key: index for index, key in enumerate(dict.fromkeys(keys))}
        group = np.array([known[key] for key in keys], np.int64)
        code = self.rows * len(known) + group[self.places]
        shape, size = (self.periods, len(known)), self.periods * len(known)
        requests = np.bincount(code, minlength=size).reshape(shape)
        unfilled = np.bincount(code[self.unfilled], minlength=size).reshape(shape)
        parts = zip(_counts(requests), _counts(unfilled), strict=True)
        return {key: Expected(*both) for key, both in zip(known, parts, strict=True) if both[0].mean}


def _counts(numbers: Ints) -> list[Count]:
    """The mean and the range of each column."""
    if not numbers.shape[1]:
        return []
    low, high = np.quantile(numbers, (LOW, HIGH), axis=0, method="inverted_cdf").astype(np.int64)
    means: Floats = numbers.mean(axis=0).round(DIGITS)
    return [Count(*one) for one in zip(means.tolist(), low.tolist(), high.tolist(), strict=True)]


def _worst_first(found: dict[Key, Expected]) -> list[tuple[Key, Expected]]:
    return sorted(found.items(), key=lambda pair: (-pair[1].unfilled.mean, -pair[1].requests.mean, str(pair[0])))


def _people(simulation: Simulation) -> tuple[Person, ...]:
    means = simulation.played.needed.mean(axis=0).round(DIGITS).tolist()
    found = [Person(one.id, mean) for one, mean in zip(simulation.problem.mediators, means, strict=True)]
    return tuple(sorted(found, key=lambda one: (-one.needed, one.mediator)))
