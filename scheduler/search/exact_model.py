"""The exact model solved by CP-SAT, which computes in whole numbers and proves what it says.

One worker led by the linear relaxation (linearization level 2) proves in half a second what interval variables do not
prove in a minute. Coverage, changes and preference become one sum whose units keep their order: that is solved four
times faster than one after the other, for holding a coverage by an equation loosens the relaxation. Only where the sum
would be too large for exact numbers are they solved in stages.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from ortools.sat.python import cp_model

from scheduler.tables.arrays import Ints
from scheduler.tables.linear_program import Linear
from scheduler.tables.objective import Reached

TOLERANCE = 1e-6
# how much of what is left a stage may use; what it does not need goes to the next
SHARES = (0.6, 0.5, 1.0)

Found = Callable[[float], None]


@dataclass(frozen=True)
class Effort:
    """How long to search at most: by the clock, and in CP-SAT's deterministic seconds, which no other load changes."""

    seconds: float = math.inf
    steps: float = math.inf
    seed: int = 0
    workers: int = 1

    def less(self, seconds: float, steps: float) -> "Effort":
        """What is left after so much."""
        return Effort(max(0.0, self.seconds - seconds), max(0.0, self.steps - steps), self.seed, self.workers)

    def part(self, share: float) -> "Effort":
        """A part of it."""
        return Effort(self.seconds * share, self.steps * share, self.seed, self.workers)


@dataclass(frozen=True)
class Answer:
    """The options chosen, None if none were found in time, and what no choice among the same options can exceed.

    `bound` holds what `Objective.decoded` says: later sums are bounds given the earlier ones. `steps` is the
    deterministic time spent.
    """

    chosen: Ints | None
    bound: Reached
    proved: bool
    steps: float


@dataclass
class Interrupt:
    """Stops a running search from another thread."""

    stopped: bool = False
    _solvers: list[Any] = field(default_factory=list)

    def stop(self) -> None:
        """End whatever runs now and whatever would be started with it."""
        self.stopped = True
        for solver in tuple(self._solvers):
            solver.stop_search()

    def watch(self, solver: Any) -> None:
        """The solver that runs now."""
        self._solvers[:] = [solver]


def optimise(linear: Linear, first: Ints, effort: Effort, interrupt: Interrupt | None = None) -> Answer:
    """Find the best choice, starting from the options `first`; all three sums together where that is exact."""
    search = _Search(linear, interrupt or Interrupt())
    if linear.objective.fits_one_number:
        return search.at_once(first, effort)
    return search.staged(first, effort)


def optimise_coverage(linear: Linear, first: Ints, effort: Effort, interrupt: Interrupt | None = None) -> Answer:
    """Find the best coverage, whatever it changes and costs, starting from the options `first`."""
    return _Search(linear, interrupt or Interrupt()).coverage(first, effort)


class _Search:
    def __init__(self, linear: Linear, interrupt: Interrupt) -> None:
        self.linear, self.interrupt = linear, interrupt
        self.model: Any = cp_model.CpModel()
        self.columns = [self.model.new_bool_var("") for _ in range(len(linear))]
        for row in linear.rows:
            columns = [self.columns[column] for column in row.columns.tolist()]
            if row.is_choice:
                self.model.add_at_most_one(columns)
            else:
                total = cp_model.LinearExpr.weighted_sum(columns, row.sizes.tolist())
                self.model.add_linear_constraint(total, row.least, row.most)

    def at_once(self, first: Ints, effort: Effort) -> Answer:
        objective = self.linear.objective
        outcome = self._solve(self.linear.one_number, first, effort)
        if outcome.chosen is None:
            return Answer(None, _anything(self.linear), proved=False, steps=outcome.steps)
        reached = objective.reached(outcome.chosen)
        bound = reached if outcome.proved else objective.decoded(reached, outcome.bound)
        return Answer(outcome.chosen, bound, outcome.proved, outcome.steps)

    def coverage(self, first: Ints, effort: Effort) -> Answer:
        outcome = self._solve(self.linear.coverage, first, effort)
        anything = _anything(self.linear)
        if outcome.chosen is None:
            return Answer(None, anything, proved=False, steps=outcome.steps)
        bound = Reached(outcome.bound, anything.kept, anything.cost)
        return Answer(outcome.chosen, bound, outcome.proved, outcome.steps)

    def staged(self, first: Ints, effort: Effort) -> Answer:
        sums = [self.linear.coverage, self.linear.kept, -self.linear.cost]
        bounds = list(_anything(self.linear).rank)
        chosen, proved, steps = None, True, 0.0
        for stage, (total, share) in enumerate(zip(sums, SHARES, strict=True)):
            outcome = self._solve(total, first if chosen is None else chosen, effort.part(share))
            effort = effort.less(outcome.seconds, outcome.steps)
            steps += outcome.steps
            if outcome.chosen is None:
                proved = False
                break
            chosen = outcome.chosen
            proved = proved and outcome.proved
            if proved or stage == 0:
                bounds[stage] = outcome.bound
            self.model.add(self._sum(total) >= outcome.value)
        return Answer(chosen, Reached(bounds[0], bounds[1], -bounds[2]), proved, steps)

    def _solve(self, total: Ints, first: Ints, effort: Effort) -> "_Outcome":
        solver: Any = cp_model.CpSolver()
        _tune(solver.parameters, effort)
        self.model.maximize(self._sum(total))
        self._hint(first)
        self.interrupt.watch(solver)
        if self.interrupt.stopped:
            return _Outcome(None, 0, 0, proved=False, seconds=0.0, steps=0.0)
        status = solver.solve(self.model)
        spent = {"seconds": solver.wall_time, "steps": solver.response_proto.deterministic_time}
        if status not in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
            return _Outcome(None, 0, 0, proved=False, **spent)
        taken = [solver.boolean_value(column) for column in self.columns[: len(self.linear.options)]]
        value = round(solver.objective_value)
        proved = status == cp_model.OPTIMAL
        bound = value if proved else math.floor(solver.best_objective_bound + TOLERANCE)
        return _Outcome(self.linear.options[np.array(taken, bool)], value, bound, proved=proved, **spent)

    def _sum(self, total: Ints) -> Any:
        places = np.flatnonzero(total).tolist()
        return cp_model.LinearExpr.weighted_sum([self.columns[place] for place in places], total[places].tolist())

    def _hint(self, first: Sequence[int] | Ints) -> None:
        self.model.clear_hints()
        for column, taken in zip(self.columns, np.isin(self.linear.options, first).tolist(), strict=False):
            self.model.add_hint(column, taken)


@dataclass(frozen=True, kw_only=True)
class _Spent:
    seconds: float
    steps: float


@dataclass(frozen=True)
class _Outcome(_Spent):
    chosen: Ints | None
    value: int
    bound: int
    proved: bool


def _tune(parameters: Any, effort: Effort) -> None:
    if effort.seconds < math.inf:
        parameters.max_time_in_seconds = effort.seconds
    if effort.steps < math.inf:
        parameters.max_deterministic_time = effort.steps
    # several would not give the same answer twice, and prove nothing sooner
    parameters.num_workers = 1
    parameters.random_seed = effort.seed
    parameters.linearization_level = 2
    # neither finds anything in these models
    parameters.cp_model_probing_level = 0
    parameters.symmetry_level = 0


def _anything(linear: Linear) -> Reached:
    """What cannot be exceeded as long as nothing is proved."""
    return Reached(linear.objective.most_coverage, linear.objective.most_kept, 0)
