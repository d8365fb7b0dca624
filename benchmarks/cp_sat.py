"""CP-SAT with its default parameters and two workers, on two models a competent user would write."""

import math
from collections.abc import Callable, Sequence

import numpy as np
from ortools.sat.python import cp_model

from benchmarks.answer import Answer, Clock
from benchmarks.plain import clique_rows, limits, plain_instance
from benchmarks.stages import Found, Goal, Held, in_stages
from scheduler.model.problem import Problem
from scheduler.tables.arrays import Ints
from scheduler.tables.instance import Instance

WORKERS = 2


def cp_sat_cliques(problem: Problem, clock: Clock) -> Answer:
    """At-most-one over every maximal clique of a person's clashes, and the limits."""
    instance = plain_instance(problem)
    model, taken = _booleans(instance)
    rows = clique_rows(instance)
    for index in range(len(rows)):
        _bound(model, taken, *rows.row(index))
    return in_stages(instance, clock, _stage(model, taken, clock))


def cp_sat_intervals(problem: Problem, clock: Clock) -> Answer:
    """An optional interval per person and appointment, no overlap per person, and the limits.

    Ways differ from pair to pair, which no-overlap cannot say: pairs that do not overlap but leave too little time to
    get from one to the other are forbidden one by one.
    """
    instance = plain_instance(problem)
    tables, model = instance.tables, cp_model.CpModel()
    model, taken = _booleans(instance)
    for need in instance.needs:
        model.add_at_most_one(taken[need.first : need.last])
    for person, options in instance.by_person.items():
        rows = instance.options.appointment[options]
        starts, ends = tables.starts[rows], tables.ends[rows]
        model.add_no_overlap(
            model.new_optional_fixed_size_interval_var(start, end - start, taken[option], "")
            for start, end, option in zip(starts.tolist(), ends.tolist(), options.tolist(), strict=True)
        )
        one, other = np.triu_indices(len(rows), 1)
        apart = (ends[one] <= starts[other]) | (ends[other] <= starts[one])
        close = apart & tables.clash(rows[one], rows[other])
        for first, second in zip(options[one[close]].tolist(), options[other[close]].tolist(), strict=True):
            model.add_bool_or(~taken[first], ~taken[second])
        for members, sizes, most in limits(instance, person, options):
            _bound(model, taken, members, sizes, most)
    return in_stages(instance, clock, _stage(model, taken, clock))


def _booleans(instance: Instance) -> tuple[cp_model.CpModel, list[cp_model.IntVar]]:
    model = cp_model.CpModel()
    return model, [model.new_bool_var("") for _ in range(len(instance.options))]


def _bound(model: cp_model.CpModel, taken: Sequence[cp_model.IntVar], members: Ints, sizes: Ints, most: int) -> None:
    own = [taken[member] for member in members.tolist()]
    if most == 1 and (sizes == 1).all():
        model.add_at_most_one(own)
    else:
        model.add(cp_model.LinearExpr.weighted_sum(own, sizes.tolist()) <= most)


def _stage(model: cp_model.CpModel, taken: Sequence[cp_model.IntVar], clock: Clock) -> Callable[..., Found]:
    def stage(goal: Goal, held: Sequence[Held], chosen: Ints | None, notes: Clock | None) -> Found:
        for one in held[-1:]:
            total = cp_model.LinearExpr.weighted_sum(taken, one.goal.sizes.tolist())
            model.add(total >= one.value if one.goal.most else total <= one.value)
        total = cp_model.LinearExpr.weighted_sum(taken, goal.sizes.tolist())
        if goal.most:
            model.maximize(total)
        else:
            model.minimize(total)
        model.clear_hints()  # type: ignore[no-untyped-call] # OR-Tools left it without types
        if chosen is not None:
            among = frozenset(chosen.tolist())
            for option, variable in enumerate(taken):
                model.add_hint(variable, option in among)
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = WORKERS
        solver.parameters.max_time_in_seconds = clock.left()
        status = solver.solve(model, _Notes(notes) if notes else None)
        if status not in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
            # without an answer the bound may be a mere 0 that says nothing
            return Found(None, math.inf if goal.most else -math.inf, proved=False)
        values = np.array([solver.boolean_value(variable) for variable in taken])
        return Found(np.flatnonzero(values), solver.best_objective_bound, proved=status == cp_model.OPTIMAL)

    return stage


class _Notes(cp_model.CpSolverSolutionCallback):
    """Writes down each better coverage."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.clock = clock

    def on_solution_callback(self) -> None:
        """Called by the solver."""
        self.clock.note(round(self.objective_value))
