"""Groups of people led by what is missing: where the plan is loose, not the bound.

At good prices, the gap between a plan and the bound is the sum of what each person's week falls short of their best
week, and of the prices of what nobody has. A group begins where that is drawn in proportion to its share, and grows by
those who hold what its members want. It is planned anew for coverage alone; whoever else is free may take what it
drops.
"""

from collections.abc import Iterator

import numpy as np

from scheduler.search.exact_model import Answer, Effort, Interrupt, optimise_coverage
from scheduler.search.neighbourhoods import COLUMNS, MOST_OPTIONS, Neighbourhoods, Part
from scheduler.search.price_bound import Prices
from scheduler.search.week_pricing import Priced, WeekPricing
from scheduler.tables.arrays import Bools, Floats, Ints
from scheduler.tables.instance import grouped
from scheduler.tables.linear_program import Linear
from scheduler.tables.objective import Objective
from scheduler.tables.roster import Roster

# people in a group at first and at most, and deterministic seconds for it at first
PEOPLE, MOST_PEOPLE, STEPS = 30, 60, 0.3
# after so many groups without gain, of which more than a part were proved, groups become larger by a factor
IDLE, PROVED, LARGER = 20, 0.6, 1.25
# after so many without gain that did not become larger, nothing more is expected
SPENT = 60
# in average weights: what a week may lose by an option that is wanted, or that is a column; and what counts as a price
WANTED, COLUMN, PRICE, SLIGHT = 0.04, 0.12, 0.008, 0.004
# people who join at once, and people outside who may take one thing the group drops
JOIN, OUTSIDERS = 3, 4


class GapGroups(Neighbourhoods):
    """Groups where a plan falls short of what prices say is there; `use` comes before `round`.

    `is_spent` tells that no more is to be gained this way.
    """

    def __init__(
        self,
        roster: Roster,
        objective: Objective,
        dice: np.random.Generator,
        interrupt: Interrupt,
        pricing: WeekPricing,
    ) -> None:
        super().__init__(roster, objective, dice, interrupt)
        self.pricing = pricing
        self.size, self.steps = PEOPLE, STEPS
        self._idle = self._proved = 0
        self.is_spent = False
        self._seats = objective.seats
        self._unit = float(pricing.values.mean()) if len(pricing.values) else 1.0

    def use(self, prices: Prices) -> None:
        """Be led by these prices from now on."""
        self._prices = prices.seats
        self._priced: Priced = self.pricing.at(prices.seats, prices.counts)
        # a seat whose price is all it is worth is filled anyway, one without a price hardly ever
        few = self._priced.profits > SLIGHT * self._unit
        self._scarce = few & (prices.seats[self._need] > PRICE * self._unit)
        self._losses = self.pricing.losses(self._priced, COLUMN * self._unit)

    def _each(self, effort: Effort) -> Effort:
        return Effort(effort.seconds, min(self.steps, effort.steps), effort.seed)

    def _optimum(self, part: Part, effort: Effort) -> Answer:
        return optimise_coverage(part.linear, part.before, effort, self.interrupt)

    def _groups(self) -> Iterator[Ints]:
        for _ in range(IDLE):
            short, missing = self._gap()
            shares = np.concatenate((short, missing))
            self.is_spent = self.is_spent or bool(shares.sum() <= 0.0)
            if self.is_spent:
                return
            drawn = int(self.dice.choice(len(shares), p=shares / shares.sum()))
            people = self.pricing.week_person[[drawn]] if drawn < len(short) else self._who(drawn - len(short))
            if len(people):
                yield self._grown(people, short)

    def _gap(self) -> tuple[Floats, Floats]:
        """What each week falls short of its best, and what is missing of each need, at the prices."""
        chosen = self.roster.choice
        present = np.bincount(self.pricing.weeks[chosen], self._priced.profits[chosen], len(self._priced.worths))
        return np.maximum(self._priced.worths - present, 0.0), self._prices * (self._seats - self._seated())

    def _who(self, need: int) -> Ints:
        own = np.arange(self._needs[need].first, self._needs[need].last)
        best = own[np.argsort(self._losses[own] + self.dice.random(len(own)) * WANTED * self._unit)]
        return np.unique(self._person[best[:JOIN]])

    def _grown(self, people: Ints, short: Floats) -> Ints:
        """With those who hold what members want, those who fall short most before others."""
        size = self._size(self.size, COLUMNS * self.size // PEOPLE)
        falls_short = np.bincount(self.pricing.week_person, short, len(self.roster.tables.homes))
        members = people
        while len(members) < size:
            owned = self._owned(members)
            wanted = self._scarce[owned] & (self._losses[owned] <= WANTED * self._unit)
            holders = np.setdiff1d(self._holders(self._need[owned[wanted]]), members)
            if not len(holders):
                holders = np.setdiff1d(np.flatnonzero(falls_short > PRICE * self._unit), members)
            if not len(holders):
                break
            weights = falls_short[holders] + SLIGHT * self._unit
            some = min(JOIN, len(holders), size - len(members))
            joined = self.dice.choice(holders, some, replace=False, p=weights / weights.sum())
            members = np.union1d(members, joined)
        return members

    def _holders(self, needs: Ints) -> Ints:
        wanted = np.zeros(len(self._needs), bool)
        wanted[needs] = True
        chosen = self.roster.choice
        return np.unique(self._person[chosen[wanted[self._need[chosen]]]])

    def _open(self, people: Ints, reserved: Bools, busy: Ints, only: int | None = None) -> Part:  # noqa: ARG002 # for all
        roster, owned = self.roster, self._owned(people)
        before = self._movable(owned[roster.chosen[owned]])
        roster.take(before)
        open_needs = (self._seated() == 0) & ~reserved
        good = owned[open_needs[self._need[owned]] & np.isfinite(self._losses[owned])]
        free = roster.allowed(np.sort(good))[:MOST_OPTIONS]
        columns = np.union1d(np.union1d(free, before), self._outsiders(before, people, busy))
        concerned = np.unique(self._person[columns])
        linear = Linear(self.objective, columns, roster.rows_of(concerned))
        return Part(before, linear, np.unique(self._need[columns]), np.union1d(people, concerned))

    def _outsiders(self, dropped: Ints, people: Ints, busy: Ints) -> Ints:
        """Some of those who are free as they stand for each thing the group has: they may take it, and give nothing."""
        instance = self.roster.instance
        rows = np.unique(instance.options.appointment[dropped])
        options = self.roster.allowed(instance.options_of(rows))
        options = options[~np.isin(self._person[options], np.union1d(people, busy))]
        cost = instance.options.cost
        options = options[np.lexsort((cost[options], self._need[options]))]
        kept = [options[own[:OUTSIDERS]] for _, own in grouped(self._need[options])]
        return np.concatenate([*kept, np.zeros(0, np.int64)])

    def _close(self, part: Part, answer: Answer) -> float:
        """Anything that covers as much is taken: who goes elsewhere leaves the place to somebody else."""
        chosen, had = answer.chosen, self.objective.reached(part.before).coverage
        gained = chosen is not None and self.objective.reached(chosen).coverage > had
        self._idle = 0 if gained else self._idle + 1
        self._proved = 0 if gained else self._proved + answer.proved
        self.roster.put(part.before if chosen is None or self.objective.reached(chosen).coverage < had else chosen)
        if self._idle >= IDLE and self.size < MOST_PEOPLE and self._proved > PROVED * self._idle:
            self.size, self.steps = min(MOST_PEOPLE, int(self.size * LARGER)), self.steps * LARGER
            self._idle = self._proved = 0
        self.is_spent = self._idle >= SPENT
        return answer.steps
