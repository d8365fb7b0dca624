"""A bound on the coverage of a pool too large to prove: prices of seats and limits, and each person's best day at them.

Any prices of 0 or more give a bound (Lagrangian relaxation): their sum over all seats and limits, plus, for each person
and day, the longest path through what they could do at a profit, whose arcs are the pairs that follow one another. What
the path relaxes (pairs not next to one another) only raises it. Good prices come from a linear program over few of the
options; all options are priced, so what was left out of that program is not left out of the bound.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from scheduler.search.lp_bound import CAUTION, Relaxed, relax_roughly
from scheduler.tables.arrays import UNBOUND, Bools, Floats, Ints
from scheduler.tables.instance import grouped
from scheduler.tables.linear_program import Linear, Unfinished
from scheduler.tables.objective import Objective

# options per appointment in the first program; the cheapest are as good as any, for prices
FIRST = 6
ROUNDS = 4
# so many new options enter the program per round: the most profitable of each appointment
MORE = 3
ACCURACY = 1e-4
# smaller profits are the noise of prices: they count in full instead of as part of a path
PROFIT = 1e-6


@dataclass(frozen=True)
class Priced:
    """What prices say: a bound on the coverage (times scale), and the profit of each option at them."""

    bound: int
    profits: Floats


def coverage_bound(objective: Objective, chosen: Ints, left: Callable[[], float]) -> int | None:
    """The best bound found while seconds are left; None if there was time for none. `chosen` is a good choice."""
    pricing = _Pricing(objective)
    columns = np.union1d(chosen, _cheapest(objective, objective.instance.options.cost, FIRST))
    best: int | None = None
    for _ in range(ROUNDS):
        if left() <= 0:
            break
        try:
            linear = Linear(objective, columns, objective.instance.fixed, lambda: left() > 0)
        except Unfinished:
            break
        relaxed = relax_roughly(linear, linear.coverage, left(), ACCURACY) if left() > 0 else None
        if relaxed is None:
            break
        priced = pricing.at(linear, relaxed)
        best = priced.bound if best is None else min(best, priced.bound)
        outside = np.ones(len(priced.profits), bool)
        outside[columns] = False
        wanted = np.flatnonzero(outside & (priced.profits > PROFIT))
        if not len(wanted):
            break
        columns = np.union1d(columns, _best_of_each(objective, wanted, priced.profits))
    return best


class _Pricing:
    def __init__(self, objective: Objective) -> None:
        self.objective = objective
        instance = self.instance = objective.instance
        tables, options = instance.tables, instance.options
        self.seats = objective.seats
        # of a rigid need, a part of its people is worth a part of it: more than the truth, so still a bound
        shares = np.where(objective.rigid, objective.worths / np.maximum(self.seats, 1), objective.worths)
        self.values = shares[options.need]
        self.lengths = tables.lengths[options.appointment]
        self.day = tables.days[options.appointment]
        self.week = tables.weeks[options.appointment]

    def at(self, linear: Linear, relaxed: Relaxed) -> Priced:
        seats = np.zeros(len(self.seats))
        charges = np.zeros(len(self.values))
        limits = 0.0
        for row, price in zip(linear.rows, np.maximum(relaxed.prices, 0.0).tolist(), strict=True):
            if price <= 0.0:
                continue
            if row.seats_of is not None:
                seats[row.seats_of] += price
            elif row.limit_of is not None and (row.limit_of[2] or row.limit_of[3]):
                # the number per day is kept by the path itself
                limits += price * row.most
                self._charge(charges, row.limit_of, price)
        profits = self.values - seats[self.instance.options.need] - charges
        noise = float(profits[(profits > 0.0) & (profits <= PROFIT)].sum())
        total = float(seats @ self.seats) + limits + self._paths(profits) + noise
        return Priced(math.floor(total * (1 + CAUTION) + CAUTION), profits)

    def _charge(self, charges: Floats, limit: tuple[int, int, bool, bool], price: float) -> None:
        person, row, is_week, counts_seconds = limit
        owned = self.instance.by_person[person]
        tables = self.instance.tables
        periods, period = (self.week, tables.weeks[row]) if is_week else (self.day, tables.days[row])
        same = owned[periods[owned] == period]
        charges[same] += price * (self.lengths[same] if counts_seconds else 1)

    def _paths(self, profits: Floats) -> float:
        """The longest paths of all people and days together; each at most as long as the person's limit per day."""
        good = np.flatnonzero(profits > PROFIT)
        if not len(good):
            return 0.0
        options, tables = self.instance.options, self.instance.tables
        keys = options.person[good] * (int(self.day.max()) + 1) + self.day[good]
        order = np.lexsort((tables.ends[options.appointment[good]], keys))
        good, keys = good[order], keys[order]
        begins = np.flatnonzero(np.append(True, keys[1:] != keys[:-1]))
        counts = np.diff(np.append(begins, len(keys)))
        total = 0.0
        for width, own in grouped(_padded(counts)):
            at = begins[own][:, None] + np.arange(width)
            inside = np.arange(width) < counts[own][:, None]
            total += self._longest(good[np.where(inside, at, begins[own][:, None])], inside, profits)
        return total

    def _longest(self, options: Ints, inside: Bools, profits: Floats) -> float:
        """Sum over rows of an array of options (one person's day each, by end) of their best paths."""
        given, tables = self.instance.options, self.instance.tables
        caps = tables.limits[0, given.person[options[:, 0]]]
        most = int(min(caps[caps < UNBOUND].max(initial=1) if (caps < UNBOUND).all() else UNBOUND, options.shape[1]))
        rows, worth = given.appointment[options], np.where(inside, profits[options], 0.0)
        # best[length][person, place]: of the paths of at most so many that end there
        best = np.zeros((most + 1, *options.shape))
        for place in range(options.shape[1]):
            follows = np.zeros((len(options), place), bool)
            if place:
                later = np.repeat(rows[:, place], place)
                follows = ~tables.clash(rows[:, :place].ravel(), later).reshape(-1, place)
            for length in range(1, most + 1):
                before = np.where(follows, best[length - 1][:, :place], 0.0).max(axis=1, initial=0.0)
                best[length][:, place] = np.where(inside[:, place], worth[:, place] + before, 0.0)
        of_length = best.max(axis=2)
        return float(of_length[np.minimum(caps, most), np.arange(len(options))].sum())


def _padded(counts: Ints) -> Ints:
    """Widths rounded up to few different ones, so that days of like length are computed together."""
    return np.where(counts <= 4, counts, 2 ** np.ceil(np.log2(np.maximum(counts, 1))).astype(np.int64))


def _cheapest(objective: Objective, cost: Ints, most: int) -> Ints:
    kept = [
        need.first + np.argsort(cost[need.first : need.last], kind="stable")[:most] for need in objective.instance.needs
    ]
    return np.sort(np.concatenate([*kept, np.zeros(0, np.int64)]))


def _best_of_each(objective: Objective, options: Ints, profits: Floats) -> Ints:
    need = objective.instance.options.need[options]
    order = np.lexsort((-profits[options], need))
    need = need[order]
    begins = np.flatnonzero(np.append(True, need[1:] != need[:-1]))
    rank = np.arange(len(need)) - np.repeat(begins, np.diff(np.append(begins, len(need))))
    return options[order[rank < MORE]]
