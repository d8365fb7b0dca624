"""Coverage, then changes, then preference: as three sums over options, and as one number that keeps their order."""

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np

from scheduler.tables.arrays import Bools, Ints
from scheduler.tables.instance import Instance

# a sum of this size still leaves solvers the digits they need
LARGEST_SUM = 2**50


@dataclass(frozen=True)
class Reached:
    """The three sums of a choice: coverage times `Objective.scale`, asked people kept, cost."""

    coverage: int
    kept: int
    cost: int

    @property
    def rank(self) -> tuple[int, int, int]:
        """More is better."""
        return self.coverage, self.kept, -self.cost


@dataclass(frozen=True)
class Objective:
    """What each option of an instance adds to the three sums.

    `scale` makes every share of a partial appointment whole. `share` is what an option adds to the coverage, times
    `scale`; it is 0 where an appointment counts only with all of its people (`rigid`).
    """

    instance: Instance

    @property
    def rows(self) -> Ints:
        """Need -> row of its appointment."""
        return self.instance.rows

    @cached_property
    def seats(self) -> Ints:
        """Need -> how many people it still lacks."""
        return self.instance.tables.open_seats[self.rows]

    @cached_property
    def rigid(self) -> Bools:
        """Need -> whether it counts only with several more people at once."""
        rigid: Bools = (self.seats > 1) & ~self.instance.tables.partial[self.rows]
        return rigid

    @cached_property
    def scale(self) -> int:
        """The smallest number that makes every share whole."""
        tables = self.instance.tables
        return math.lcm(*np.unique(tables.seats[self.rows][tables.partial[self.rows]]).tolist())

    @cached_property
    def worths(self) -> Ints:
        """Need -> what one more person (of a rigid need: all of them) adds to the coverage, times scale."""
        tables = self.instance.tables
        shares = np.where(tables.partial[self.rows], tables.seats[self.rows], 1)
        return tables.weights[self.rows] * self.scale // shares

    @cached_property
    def share(self) -> Ints:
        """Option -> coverage times scale."""
        return np.where(self.rigid, 0, self.worths)[self.instance.options.need]

    @cached_property
    def asked_units(self) -> int:
        """What keeping one asked person counts beside costs: more than all costs together."""
        return self.most_cost + 1

    @cached_property
    def coverage_units(self) -> int:
        """What one unit of coverage counts beside the other two: more than both together."""
        return self.asked_units * (self.most_kept + 1)

    @cached_property
    def most_kept(self) -> int:
        """How many asked people there are to keep, each counted once however many languages they could work in."""
        return int(np.minimum(self._able(self.instance.options.asked), self.seats).sum())

    @cached_property
    def most_cost(self) -> int:
        """No choice costs more."""
        dearest = np.zeros(len(self.seats), np.int64)
        np.maximum.at(dearest, self.instance.options.need, self.instance.options.cost)
        return int(self.seats @ dearest)

    @cached_property
    def fits_one_number(self) -> bool:
        """Whether the three can be one sum that solvers still compute exactly."""
        # as floats, for whole numbers of 64 bits could overflow unseen
        most = float(self.seats.astype(np.float64) @ self.worths.astype(np.float64))
        return most * self.coverage_units < LARGEST_SUM

    def reached(self, chosen: Ints) -> Reached:
        """The sums of a choice (option indices)."""
        options = self.instance.options
        seated = np.bincount(options.need[chosen], minlength=len(self.instance.needs))
        whole = self.worths[self.rigid & (seated == self.seats)]
        coverage = int(self.share[chosen].sum() + whole.sum())
        return Reached(coverage, int(options.asked[chosen].sum()), int(options.cost[chosen].sum()))

    def decoded(self, reached: Reached, bound: int) -> Reached:
        """What a bound on the one number (coverage_units, asked_units, -1) says of each of the three sums.

        The second and third are bounds given that the sums before them are those of `reached`; where that is not
        proved, nothing better than all asked people kept at no cost is claimed.
        """
        coverage = (bound + self.most_cost) // self.coverage_units
        if coverage > reached.coverage:
            return Reached(coverage, self.most_kept, 0)
        left = bound - reached.coverage * self.coverage_units
        kept = min(self.most_kept, (left + self.most_cost) // self.asked_units)
        if kept > reached.kept:
            return Reached(reached.coverage, kept, 0)
        return Reached(reached.coverage, reached.kept, max(0, reached.kept * self.asked_units - left))

    @cached_property
    def most_coverage(self) -> int:
        """A bound without any search: every appointment that enough people could take, times scale."""
        people = np.where(self.rigid, self._most_people == self.seats, self._most_people)
        return int(people @ self.worths)

    @cached_property
    def each_alone(self) -> Ints:
        """What each appointment would have if nobody were wanted elsewhere (options): who was asked, then the cheapest.

        Of those who are alike, the first. No choice covers more, keeps more, or does both at a lower cost.
        """
        options = self.instance.options
        best_first = np.lexsort((options.cost, ~options.asked, options.need))
        people = options.need[best_first] * self._people + options.person[best_first]
        once = best_first[np.sort(np.unique(people, return_index=True)[1])]
        needs = options.need[once]
        place = np.arange(len(needs)) - np.searchsorted(needs, needs)
        alone: Ints = once[place < self._most_people[needs]]
        return alone

    @property
    def least_cost(self) -> int:
        """A bound without any search: no choice that covers and keeps the most costs less."""
        return int(self.instance.options.cost[self.each_alone].sum())

    @cached_property
    def _most_people(self) -> Ints:
        """Need -> how many of its seats could be filled if nobody were wanted elsewhere."""
        able = self._able(np.ones(len(self.instance.options), bool))
        some: Ints = np.where(self.rigid & (able < self.seats), 0, np.minimum(able, self.seats))
        return some

    @property
    def _people(self) -> int:
        return max(1, len(self.instance.tables.homes))

    def _able(self, among: Bools) -> Ints:
        """Need -> how many different people some of the options stand for."""
        options = self.instance.options
        pairs = np.unique(options.need[among] * self._people + options.person[among])
        return np.bincount(pairs // self._people, minlength=len(self.seats))

    def weight(self, coverage: int) -> Fraction:
        """A coverage in weights."""
        return Fraction(coverage, self.scale)
