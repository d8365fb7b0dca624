"""The simulated periods of one pool, kept so that several questions can be asked of them."""

from dataclasses import dataclass, replace

import numpy as np

from scheduler.forecast.calibration import calibrate
from scheduler.forecast.demand import Demand, learn_demand
from scheduler.forecast.dice import Words, numbered
from scheduler.forecast.drawing import Periods, draw
from scheduler.forecast.history import History
from scheduler.forecast.lines import Lines
from scheduler.forecast.play import Played, Report, play, unheard
from scheduler.forecast.result import Calibration
from scheduler.model import checks
from scheduler.model.participants import Mediator
from scheduler.model.problem import Problem
from scheduler.tables.arrays import Floats

# more than anybody looks ahead, and than anybody waits for
MOST_WEEKS, MOST_PERIODS = 26, 10_000
# the mean of a small pool's periods is off by two in a hundred after so many; fewer would leave ranges rough
USUAL_PERIODS, LEAST_PERIODS = 200, 40
ENOUGH_REQUESTS = 30_000


@dataclass(frozen=True)
class Simulation:
    """Periods of `weeks` weeks, played with the problem's people; its seed decides everything that chance decides."""

    problem: Problem
    history: History
    weeks: int
    seed: int
    calibration: Calibration
    periods: Periods
    lines: Lines
    played: Played

    @property
    def unfilled(self) -> float:
        """Requests that stay unfilled in a period, on average."""
        return float((self.played.missing > 0).sum(axis=1).mean())

    @property
    def keys(self) -> Words:
        """A word for each cell of the sequence, from which its dice follow."""
        return numbered(self.seed, *self.periods.sequence.shape)

    def with_people(self, people: tuple[Mediator, ...]) -> "Simulation":
        """The same periods, requests and dice with other people; the calibration stays."""
        return self.played_again(people, self.periods, self.keys)

    def played_again(
        self, people: tuple[Mediator, ...], periods: Periods, keys: Words, report: Report = unheard
    ) -> "Simulation":
        """With other people and in other periods, whose cells throw these dice; the calibration stays."""
        problem = replace(self.problem, mediators=people)
        lines = Lines(problem, periods.requests, self.history)
        played = _play(lines, periods, keys, self.calibration, report)
        return replace(self, problem=problem, periods=periods, lines=lines, played=played)


def simulate(
    problem: Problem,
    history: History,
    *,
    weeks: int = 4,
    periods: int | None = None,
    seed: int = 0,
    report: Report = unheard,
) -> Simulation:
    """Calibrate with the past, draw what is asked for in so many periods, and play each; None: as `enough_periods`.

    The problem's mediators are all who can be asked or could be in the past, `available` from the first request of the
    history to the last day of these weeks; its appointments are those of these weeks, with whoever has accepted as
    `fixed`. Raises `ProblemError` for arguments out of range.
    """
    checks.whole("weeks", weeks, 1, MOST_WEEKS)
    checks.whole("periods", 1 if periods is None else periods, 1, MOST_PERIODS)
    checks.whole("seed", seed, 0, 2**31 - 1)
    calibration = calibrate(problem, history, seed)
    demand = learn_demand(history, problem.now, problem.timezone)
    often = enough_periods(demand, weeks) if periods is None else periods
    drawn = draw(problem, history, demand, weeks=weeks, periods=often, seed=seed)
    lines = Lines(problem, drawn.requests, history)
    played = _play(lines, drawn, numbered(seed, *drawn.sequence.shape), calibration, report)
    return Simulation(problem, history, weeks, seed, calibration, drawn, lines, played)


def enough_periods(demand: Demand, weeks: int) -> int:
    """How many to play: each tells the more, the more is asked for in it, so a large pool needs fewer."""
    expected = float(demand.rates.sum()) * weeks
    return int(min(max(ENOUGH_REQUESTS / max(expected, 1.0), LEAST_PERIODS), USUAL_PERIODS))


def _play(lines: Lines, drawn: Periods, keys: Words, calibration: Calibration, report: Report) -> Played:
    shifts: Floats = np.full(len(drawn.sequence), calibration.shift)
    return play(lines, drawn.sequence, keys, shifts, report)
