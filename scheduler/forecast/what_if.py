"""What the coming weeks would leave unfilled if something were otherwise: played again with the same dice.

Some people are away for a while, others come new, more is asked for. What differs between the two forecasts is what the
changes do, not what chance does: everybody throws the same dice for the same request in both.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from scheduler.advice.recruiting import MOST_PER_DAY
from scheduler.advice.time_slots import hour_of
from scheduler.forecast.changes import Away, Changes, Compared, Comparison, Joining, More
from scheduler.forecast.counts import NOTHING
from scheduler.forecast.dice import Words, numbered
from scheduler.forecast.drawing import Drawn, Periods, draw_more
from scheduler.forecast.forecast import summary
from scheduler.forecast.history import History
from scheduler.forecast.play import Report, unheard
from scheduler.forecast.result import Forecast
from scheduler.forecast.simulation import Simulation, simulate
from scheduler.model import checks
from scheduler.model.participants import CHANCE, LEVELS, Mediator, Window
from scheduler.model.problem import Problem
from scheduler.tables.arrays import NONE

DAYS = 7
A_DAY = timedelta(days=1)
# sets apart the dice of requests that come on top from those of all others
ON_TOP = 1_000_003


def what_if(
    problem: Problem,
    history: History,
    changes: Changes,
    *,
    weeks: int = 4,
    periods: int | None = None,
    seed: int = 0,
    report: Report = unheard,
) -> Comparison:
    """Play the weeks as they are and with the changes; see `simulate` for what the arguments hold.

    `report` is told now and then what share is done; what it raises ends the work. Raises `ProblemError` for people who
    are not there, and for more requests where nothing was ever asked for.
    """
    for one in changes.away:
        if one.mediator not in problem.mediator:
            checks.refuse("away", f"{one.mediator!r} is nobody in this pool")
    simulation = simulate(problem, history, weeks=weeks, periods=periods, seed=seed, report=_part(report, 0))
    people = (*_without(simulation, changes.away), *_newcomers(simulation, changes.joining))
    drawn, keys = _with_more(simulation, changes.more)
    after = simulation.played_again(people, drawn, keys, _part(report, 1))
    return _comparison(summary(simulation), summary(after))


def _part(report: Report, number: int) -> Report:
    """What half of the work reports."""
    return lambda share: report((number + share) / 2)


def _without(simulation: Simulation, away: Iterable[Away]) -> tuple[Mediator, ...]:
    """The people, none of whom is free on the days on which they are away."""
    problem, today = simulation.problem, _today(simulation.problem)
    # what is far off matters to nobody, and not every day has a day after it
    before, after = today - A_DAY, today + DAYS * simulation.weeks * A_DAY
    found = dict(problem.mediator)
    for one in away:
        person = found[one.mediator]
        first, last = (min(max(day, before), after) for day in (one.first, one.last))
        gone = hour_of(problem.timezone, first, 0), hour_of(problem.timezone, last + A_DAY, 0)
        kept = [part for window in person.windows for part in _left_of(window, gone)]
        found[one.mediator] = replace(person, available=tuple(kept))
    return tuple(found.values())


def _today(problem: Problem) -> date:
    return problem.now.astimezone(ZoneInfo(problem.timezone)).date()


def _left_of(window: Window, gone: Window) -> list[Window]:
    parts = [(window[0], min(window[1], gone[0])), (max(window[0], gone[1]), window[1])]
    return [part for part in parts if part[0] < part[1]]


def _newcomers(simulation: Simulation, joining: Iterable[Joining]) -> list[Mediator]:
    problem = simulation.problem
    first = _today(problem)
    days = [first + number * A_DAY for number in range(DAYS * simulation.weeks)]
    found = []
    for number, one in enumerate(joining):
        windows = tuple(
            (hour_of(problem.timezone, day, one.opens), hour_of(problem.timezone, day, one.closes))
            for day in days
            if day.weekday() in one.days
        )
        person = Mediator(
            "new", {one.language: LEVELS[-1]}, available=windows, max_appointments_per_day=MOST_PER_DAY, chance=CHANCE
        )
        found += [replace(person, id=f"new {number} {each}") for each in range(one.people)]
    return found


def _with_more(simulation: Simulation, more: Iterable[More]) -> tuple[Periods, Words]:
    """The periods with what is asked for on top, in the order of asking, and the dice that each keeps."""
    periods, keys = simulation.periods, simulation.keys
    for number, one in enumerate(more, start=1):
        seed = simulation.seed + number * ON_TOP
        drawn = draw_more(
            simulation.problem, simulation.history, one.language, one.requests,
            weeks=simulation.weeks, periods=len(periods.sequence), seed=seed,
        )  # fmt: skip
        periods, keys = _merged(periods, keys, drawn, numbered(seed, len(periods.sequence), one.requests))
    return periods, keys


def _merged(periods: Periods, keys: Words, drawn: Drawn, own: Words) -> tuple[Periods, Words]:
    """`drawn` has as many requests in each period as `own` has columns."""
    order = np.lexsort((drawn.asked, drawn.period))
    places = drawn.request[order].reshape(own.shape) + len(periods.requests)
    requests = (*periods.requests, *drawn.requests)
    sequence = np.concatenate([periods.sequence, places], axis=1)
    asked = np.array([one.asked.timestamp() for one in requests])
    # rows are filled up at their ends
    when = np.where(sequence == NONE, np.inf, asked[sequence])
    turn = np.argsort(when, axis=1, kind="stable")
    rows = np.arange(len(sequence))[:, np.newaxis]
    return Periods(requests, sequence[rows, turn]), np.concatenate([keys, own], axis=1)[rows, turn]


def _comparison(before: Forecast, after: Forecast) -> Comparison:
    one, other = ({each.language: each.expected for each in said.languages} for said in (before, after))
    names = sorted({*one, *other})
    return Comparison(
        before.now,
        before.weeks,
        Compared(before.total, after.total),
        {name: Compared(one.get(name, NOTHING), other.get(name, NOTHING)) for name in names},
    )
