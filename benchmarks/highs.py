"""HiGHS, as it comes with OR-Tools, on the plain clique model."""

import re
from collections.abc import Sequence
from datetime import timedelta

import numpy as np
from ortools.math_opt import model_pb2
from ortools.math_opt.python import mathopt

from benchmarks.answer import Answer, Clock
from benchmarks.plain import Rows, clique_rows, plain_instance
from benchmarks.stages import Found, Goal, Held, in_stages
from scheduler.model.problem import Problem
from scheduler.tables.arrays import Ints

# the end of a line of the search's log: share explored, bound, best, gap, cuts, rows, conflicts, iterations, time
LINE = re.compile(r"%\s+\S+\s+(?P<best>[\d.e+]+)\s+\S+\s+\S+\s+\S+\s+\S+\s+\S+\s+(?P<seconds>[\d.]+)s\s*$")


def highs(problem: Problem, clock: Clock) -> Answer:
    """Default parameters but for the gap, which is 0: else it stops at one ten-thousandth and calls that optimal."""
    instance = plain_instance(problem)
    rows = clique_rows(instance)

    def stage(goal: Goal, held: Sequence[Held], _chosen: Ints | None, notes: Clock | None) -> Found:
        model = mathopt.Model.from_model_proto(_model(rows, goal, held))
        parameters = mathopt.SolveParameters(time_limit=timedelta(seconds=clock.left()), relative_gap_tolerance=0.0)
        began = clock.elapsed()

        def listen(lines: Sequence[str]) -> None:
            for line in lines:
                seen = LINE.search(line)
                if seen and notes:
                    notes.note(round(float(seen["best"])), began + float(seen["seconds"]))

        result = mathopt.solve(model, mathopt.SolverType.HIGHS, params=parameters, msg_cb=listen)
        return _found(result)

    return in_stages(instance, clock, stage)


def _found(result: mathopt.SolveResult) -> Found:
    reason = result.termination.reason
    bound = result.termination.objective_bounds.dual_bound
    if reason not in {mathopt.TerminationReason.OPTIMAL, mathopt.TerminationReason.FEASIBLE}:
        return Found(None, bound, proved=False)
    values = np.array(list(result.variable_values().values()))
    return Found(np.flatnonzero(values > 0.5), bound, proved=reason == mathopt.TerminationReason.OPTIMAL)


def _model(rows: Rows, goal: Goal, held: Sequence[Held]) -> model_pb2.ModelProto:
    model = model_pb2.ModelProto()
    columns = np.arange(rows.columns)
    model.variables.ids.extend(columns)
    model.variables.lower_bounds.extend(np.zeros(rows.columns))
    model.variables.upper_bounds.extend(np.ones(rows.columns))
    model.variables.integers.extend(np.ones(rows.columns, bool))
    model.objective.maximize = goal.most
    wanted = np.flatnonzero(goal.sizes)
    model.objective.linear_coefficients.ids.extend(wanted)
    model.objective.linear_coefficients.values.extend(goal.sizes[wanted].astype(float))
    count = len(rows) + len(held)
    model.linear_constraints.ids.extend(range(count))
    model.linear_constraints.lower_bounds.extend([-np.inf] * len(rows))
    model.linear_constraints.upper_bounds.extend(rows.most.astype(float))
    order, row_of = np.arange(len(rows.members)), np.repeat(np.arange(len(rows)), np.diff(rows.begins))
    order = np.lexsort((rows.members, row_of))
    matrix = model.linear_constraint_matrix
    matrix.row_ids.extend(row_of)
    matrix.column_ids.extend(rows.members[order])
    matrix.coefficients.extend(rows.sizes[order].astype(float))
    for index, one in enumerate(held):
        own = np.flatnonzero(one.goal.sizes)
        model.linear_constraints.lower_bounds.append(one.value if one.goal.most else -np.inf)
        model.linear_constraints.upper_bounds.append(np.inf if one.goal.most else one.value)
        matrix.row_ids.extend([len(rows) + index] * len(own))
        matrix.column_ids.extend(own)
        matrix.coefficients.extend(one.goal.sizes[own].astype(float))
    return model
