"""Prices of seats and the bound they give: for a pool too large to prove, and to see where its plan falls short.

Any prices of 0 or more give a bound (Lagrangian relaxation): their sum over all seats and limits, plus everybody's best
week at them (see `week_pricing`). Good prices come from a linear program over few of the options, solved roughly; all
options are priced, so what was left out of that program is not left out of the bound. The volume algorithm (Barahona
and Anbil, Mathematical Programming 87, 2000) betters them from there, by how many people the best weeks give each seat
on average.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from scheduler.search.lp_bound import CAUTION, relax_roughly
from scheduler.search.week_pricing import Priced, WeekPricing
from scheduler.tables.arrays import UNBOUND, Floats, Ints
from scheduler.tables.linear_program import Linear, Unfinished
from scheduler.tables.objective import Objective

# options per appointment in the program: fewer give poor prices, more take long, so it depends on how many there are
LEAST, MOST = 6, 20
MOST_OPTIONS = 100_000
ACCURACY = 2e-4
# of the seconds left, what the program may take
PROGRAM_SHARE = 0.8
# a step goes this part of the way to a bound which is lower by so much, and weighs the newest weeks so much
STEP, LOWER, NEWEST = 0.02, 1e-3, 0.1
# after so many rounds without gain steps become shorter by a factor, and below this they are of no use
PATIENCE, SHORTER, SHORTEST = 20, 0.66, 1e-4
# a gain that is worth telling
GAIN = 1e-6


@dataclass(frozen=True)
class Prices:
    """The price of each need's seats and of each week's appointments, and the bound on the coverage (times scale)."""

    seats: Floats
    counts: Floats
    bound: int


class PriceSearch:
    """Betters prices, in a thread of its own if wished; `latest` are the best so far, None if there are none yet."""

    def __init__(self, objective: Objective, left: Callable[[], float]) -> None:
        self.objective, self._left = objective, left
        self.latest: Prices | None = None
        self.pricing: WeekPricing | None = None
        self._enough = False

    def run(self, chosen: Ints, rounds: float = math.inf) -> None:
        """Go on until it is `enough`, no seconds are left, or so many rounds are done; `chosen` is a good choice."""
        if self._goes_on() <= 0:
            return
        self.pricing = WeekPricing(self.objective)
        for prices in best_prices(self.objective, self.pricing, chosen, self._goes_on, rounds):
            self.latest = prices

    def enough(self) -> None:
        """End as soon as there are any prices."""
        self._enough = True

    def _goes_on(self) -> float:
        return 0.0 if self._enough and self.latest is not None else self._left()


def best_prices(
    objective: Objective, pricing: WeekPricing, chosen: Ints, left: Callable[[], float], rounds: float
) -> Iterator[Prices]:
    """Ever better prices while seconds are left, at most so many rounds; `chosen` is a good choice.

    Nothing comes if there is no time for any.
    """
    capped = pricing.most_counts < UNBOUND
    most = np.where(capped, pricing.most_counts, 0).astype(np.float64)
    seats = pricing.seats.astype(np.float64)
    at = _started(objective, pricing, chosen, left)
    found = _look(pricing, at, seats, most, left)
    if found is None:
        return
    best, priced = found
    yield _told(pricing, at, best)
    average, step, idle = np.append(priced.seated, np.where(capped, priced.counts, 0.0)), STEP, 0
    supply = np.append(seats, most)
    turn = 0
    while turn < rounds and step > SHORTEST and left() > 0:
        turn += 1
        spare = supply - average
        spare[(at <= 0.0) & (spare > 0.0)] = 0.0
        length = float(spare @ spare)
        if length <= 0.0:
            return
        trial = np.maximum(at - step * LOWER * abs(best) / length * spare, 0.0)
        found = _look(pricing, trial, seats, most, left)
        if found is None:
            return
        value, priced = found
        newest = np.append(priced.seated, np.where(capped, priced.counts, 0.0))
        average = NEWEST * newest + (1 - NEWEST) * average
        if value < best - GAIN:
            best, at, idle = value, trial, 0
            yield _told(pricing, at, best)
        else:
            idle += 1
        if idle >= PATIENCE:
            step, idle = step * SHORTER, 0


def _look(
    pricing: WeekPricing, at: Floats, seats: Floats, most: Floats, left: Callable[[], float]
) -> tuple[float, Priced] | None:
    if left() <= 0:
        return None
    priced = pricing.at(at[: len(seats)], at[len(seats) :])
    return priced.value + float(at @ np.append(seats, most)), priced


def _told(pricing: WeekPricing, at: Floats, value: float) -> Prices:
    count = len(pricing.seats)
    return Prices(at[:count], at[count:], _whole(value))


def _whole(value: float) -> int:
    return math.floor(value * (1 + CAUTION) + CAUTION)


def _started(objective: Objective, pricing: WeekPricing, chosen: Ints, left: Callable[[], float]) -> Floats:
    """Prices of a linear program over few of the options; none (all 0) where there was no time for it."""
    most = int(np.clip(MOST_OPTIONS // max(1, len(objective.seats)), LEAST, MOST))
    columns = np.union1d(chosen, _cheapest(objective, objective.instance.options.cost, most))
    prices = np.zeros(len(pricing.seats) + len(pricing.week_person))
    try:
        linear = Linear(objective, columns, objective.instance.fixed, lambda: left() > 0)
    except Unfinished:
        return prices
    relaxed = relax_roughly(linear, linear.coverage, left() * PROGRAM_SHARE, ACCURACY) if left() > 0 else None
    if relaxed is None:
        return prices
    for row, price in zip(linear.rows, np.maximum(relaxed.prices, 0.0).tolist(), strict=True):
        if row.seats_of is not None:
            prices[row.seats_of] += price
        elif row.limit_of is not None and row.limit_of[2] and not row.limit_of[3]:
            prices[len(pricing.seats) + pricing.weeks[columns[row.columns[0]]]] += price
    return prices


def _cheapest(objective: Objective, cost: Ints, most: int) -> Ints:
    kept = [
        need.first + np.argsort(cost[need.first : need.last], kind="stable")[:most] for need in objective.instance.needs
    ]
    return np.sort(np.concatenate([*kept, np.zeros(0, np.int64)]))
