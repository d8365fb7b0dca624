"""Everything that is asked of one simulation at once: the forecast, and whom the pool should look for."""

from dataclasses import dataclass
from typing import Self

from scheduler.forecast.forecast import summary
from scheduler.forecast.history import History
from scheduler.forecast.recruiting import Newcomer, candidates, next_in_order
from scheduler.forecast.result import Forecast
from scheduler.forecast.simulation import simulate
from scheduler.model import checks
from scheduler.model.problem import Problem

# people come on one or two days a week, rarely on more
MOST_DAYS = 2
FEW = 5


@dataclass(frozen=True)
class Outlook:
    """The forecast; `advice`, the people to look for in order, each given those before; and `newcomers`.

    These are what one more person of each language and half day alone would take of what stays unfilled, best first.
    """

    forecast: Forecast
    advice: tuple[Newcomer, ...]
    newcomers: tuple[Newcomer, ...]

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read what `to_json` gave; `ProblemError` names what cannot be meant."""
        data = checks.mapping("", value)
        keys = ("forecast", "advice", "newcomers")
        checks.only(data, keys, keys)
        return cls(
            checks.inside("forecast", data["forecast"], Forecast.from_json),
            checks.each("advice", data["advice"], Newcomer.from_json),
            checks.each("newcomers", data["newcomers"], Newcomer.from_json),
        )

    def to_json(self) -> dict[str, object]:
        """Numbers and texts that `from_json` reads back without loss."""
        return {
            "forecast": self.forecast.to_json(),
            "advice": [one.to_json() for one in self.advice],
            "newcomers": [one.to_json() for one in self.newcomers],
        }


def look_ahead(problem: Problem, history: History, *, weeks: int = 4, periods: int = 200, seed: int = 0) -> Outlook:
    """Simulate the coming weeks once and ask all of it; see `simulate` for what the arguments hold."""
    simulation = simulate(problem, history, weeks=weeks, periods=periods, seed=seed)
    advice = next_in_order(simulation, few=FEW, most_days=MOST_DAYS)
    return Outlook(summary(simulation), advice, candidates(simulation))
