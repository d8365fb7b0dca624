"""Everything that is asked of one simulation at once: the forecast, and whom the pool should look for."""

from scheduler.forecast.forecast import summary
from scheduler.forecast.history import History
from scheduler.forecast.recording import record
from scheduler.forecast.recruiting import candidates, next_in_order
from scheduler.forecast.relief import helped
from scheduler.forecast.result import Outlook
from scheduler.forecast.simulation import simulate
from scheduler.model.problem import Problem

# people come on one or two days a week, rarely on more
MOST_DAYS = 2
FEW = 5


def look_ahead(
    problem: Problem, history: History, *, weeks: int = 4, periods: int | None = None, seed: int = 0
) -> Outlook:
    """Simulate the coming weeks once and ask all of it; see `simulate` for what the arguments hold."""
    simulation = simulate(problem, history, weeks=weeks, periods=periods, seed=seed)
    advice = next_in_order(simulation, few=FEW, most_days=MOST_DAYS)
    said = summary(simulation)
    would_help = helped(simulation, said.slots)
    outcomes = record(simulation, would_help)
    return Outlook(said, advice, candidates(simulation), would_help.relief(), outcomes)
