"""Everything that happens at one moment, assigned anew at its best: an assignment problem, solved exactly.

Of the appointments that are under way at a moment nobody can have two. With everything else left as it is, who takes
which of them is a bipartite assignment, and a minimum cost flow finds the best of all in about a millisecond, however
many ways there are. Going through the moments of a week again and again, with weights blurred at first and long
appointments held back, then less and less (as in simulated annealing), gives plans within about one per cent of the
best in a dozen passes.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from ortools.graph.python import min_cost_flow

from scheduler.tables.arrays import Ints
from scheduler.tables.objective import Objective
from scheduler.tables.roster import Roster

PASSES = 10
# the last passes work with the true weights
COOL_PASSES = 3
# how far weights are blurred, and what an hour costs, at the start: in average weights
BLUR, THRIFT = 0.25, 0.5
HOUR = 3600
# what an average weight is in a flow whose values are blurred
UNIT = 2**20
# with values up to this, a flow of some ten thousand people is still computed; with larger ones it is given up
LARGEST_VALUE = 2**46


@dataclass(frozen=True)
class Mood:
    """How a moment is looked at: weights blurred by so much, and so much taken off per hour (in weights); 0: as is."""

    blur: float = 0.0
    thrift: float = 0.0


AS_IS = Mood()


class TimeSlices:
    """The moments of a roster's week."""

    def __init__(self, roster: Roster, objective: Objective, dice: np.random.Generator) -> None:
        self.roster, self.objective, self.dice = roster, objective, dice
        instance, tables = roster.instance, roster.tables
        able = np.bincount(instance.options.need, minlength=len(instance.needs)) > 0
        self._rows = objective.rows[able & ~objective.rigid]
        self._open_seats = tables.open_seats
        self.starts = np.unique(tables.starts[self._rows])
        self.average = float(tables.weights[self._rows].mean()) if len(self._rows) else 1.0
        self._values_as_is = _one_number(objective)
        several = tables.seats[instance.options.appointment] > 1
        self._mixed = np.unique(instance.options.appointment[several & (instance.options.language > 0)])

    def pass_through(self, mood: Mood, keep_on: Callable[[], bool]) -> None:
        """Settle every moment once, in random order, as long as wished."""
        for moment in self.dice.permutation(self.starts).tolist():
            if not keep_on():
                return
            self.settle(moment, mood)

    def anneal(self, keep_on: Callable[[], bool], passes: int = PASSES) -> None:
        """Pass through again and again, ever more exactly; ends with the best that was seen."""
        best, choice = self.objective.reached(self.roster.choice), self.roster.choice
        for turn in range(passes):
            heat = max(0.0, 1 - turn / max(1, passes - COOL_PASSES))
            self.pass_through(Mood(BLUR * heat**1.5, THRIFT * heat), keep_on)
            reached = self.objective.reached(self.roster.choice)
            if reached.rank > best.rank:
                best, choice = reached, self.roster.choice
            if not keep_on():
                break
        self.roster.become(choice)

    def settle(self, moment: int, mood: Mood = AS_IS) -> None:
        """Assign what is under way at this moment (seconds) anew; never worse if looked at as it is."""
        tables = self.roster.tables
        rows = self._rows[(tables.starts[self._rows] <= moment) & (tables.ends[self._rows] > moment)]
        options = self._one_language(rows, self.roster.instance.options_of(rows))
        before = options[self.roster.chosen[options]]
        self.roster.take(before)
        free = self.roster.allowed(options)
        best = self._best(free, self._values(free, mood)) if len(free) else None
        self.roster.put(before if best is None else best)

    def _one_language(self, rows: Ints, options: Ints) -> Ints:
        """Without the options that speak another language than the rest of their appointment has, or may have."""
        mixed = np.intersect1d(rows, self._mixed)
        if not len(mixed):
            return options
        given, keep = self.roster.instance.options, np.ones(len(options), bool)
        for row in mixed.tolist():
            own = given.appointment[options] == row
            spoken = given.language[options[own & self.roster.chosen[options]]]
            languages = spoken if len(spoken) else given.language[options[own]]
            keep &= ~own | (given.language[options] == np.bincount(languages).argmax())
        return options[keep]

    def _values(self, options: Ints, mood: Mood) -> Ints:
        if not mood.blur and not mood.thrift:
            return self._values_as_is[options]
        rows, place = np.unique(self.roster.instance.options.appointment[options], return_inverse=True)
        unit = self.average * self.objective.scale
        blurred = self.dice.gumbel(size=len(rows)) * mood.blur * unit
        held_back = self.roster.tables.lengths[rows] / HOUR * mood.thrift * unit
        choice = self.dice.random(len(options)) * mood.blur * unit / 5
        wanted = self.objective.share[options] + (blurred - held_back)[place] + choice
        return np.maximum(wanted / unit * UNIT, 1).astype(np.int64)

    def _best(self, options: Ints, values: Ints) -> Ints | None:
        """A best assignment: each person at most once, each appointment up to its seats; None if none is computed."""
        given = self.roster.instance.options
        rows, row = np.unique(given.appointment[options], return_inverse=True)
        people, person = np.unique(given.person[options], return_inverse=True)
        source, sink = len(rows) + len(people), len(rows) + len(people) + 1
        person = person + len(rows)
        ends = np.arange(len(rows), source)
        seats = self._open_seats[rows]
        tails = np.concatenate((row, np.full(len(rows), source), ends, [source]))
        heads = np.concatenate((person, np.arange(len(rows)), np.full(len(people), sink), [sink]))
        capacities = np.concatenate(([1] * len(options), seats, [1] * len(people), [seats.sum()]))
        costs = np.concatenate((-values, np.zeros(len(rows) + len(people) + 1, np.int64)))
        flow = min_cost_flow.SimpleMinCostFlow()
        arcs = flow.add_arcs_with_capacity_and_unit_cost(tails, heads, capacities, costs)
        flow.set_nodes_supplies(np.array([source, sink]), np.array([seats.sum(), -seats.sum()]))
        if flow.solve() != flow.OPTIMAL:
            return None
        best: Ints = options[flow.flows(arcs[: len(options)]) > 0]
        return best


def _one_number(objective: Objective) -> Ints:
    options = objective.instance.options
    other = options.asked * objective.asked_units - options.cost
    largest = max(1, int(objective.share.max(initial=1)))
    if objective.fits_one_number and largest * objective.coverage_units < LARGEST_VALUE:
        return objective.share * objective.coverage_units + other
    # too large to be exact: the order of coverage and the rest is kept, small differences in weight may be lost
    shares = objective.share / largest * LARGEST_VALUE
    total: Ints = shares.astype(np.int64) + other
    return total
