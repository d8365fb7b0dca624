"""The rows and columns solved as a linear or mixed program: GLOP and PDLP relax them, HiGHS proves a coverage.

All three come inside ortools and are called through MathOpt with the model as one message, built from arrays.
"""

import math
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import numpy as np
from ortools.math_opt import model_pb2
from ortools.math_opt.python import mathopt
from ortools.pdlp import solvers_pb2

from scheduler.tables.arrays import Floats, Ints
from scheduler.tables.linear_program import Linear

# relative; what a floating point bound is weakened by, so that it stays one
CAUTION = 1e-7
# coverages are whole numbers: a gap below one is none
SAME = 0.99999
# of its effort, what HiGHS spends on finding better plans once it has a good one (its default is 0.05)
HEURISTICS = 0.3


@dataclass(frozen=True)
class Relaxed:
    """The value of a linear relaxation, never below the best choice; the price of each row, how much of each column."""

    value: float
    prices: Floats
    shares: Floats = field(default_factory=lambda: np.zeros(0))

    @property
    def whole(self) -> int:
        """The value as a bound on sums of whole numbers."""
        return math.floor(self.value + abs(self.value) * CAUTION)


@dataclass(frozen=True)
class Proof:
    """The options chosen, None if none were found in time, and what the sum over no choice can exceed."""

    chosen: Ints | None
    bound: int | None


def relax(linear: Linear, total: Ints, seconds: float) -> Relaxed | None:
    """The linear relaxation by the simplex method (GLOP); None if it ran out of time."""
    return _relaxed(linear, total, mathopt.SolverType.GLOP, mathopt.SolveParameters(time_limit=_limit(seconds)))


def relax_roughly(linear: Linear, total: Ints, seconds: float, accuracy: float) -> Relaxed | None:
    """The linear relaxation by a first order method (PDLP): quick where it is large, right to a relative accuracy.

    Its value is no bound; its prices are as good as any for `pricing`.
    """
    parameters = solvers_pb2.PrimalDualHybridGradientParams()
    parameters.termination_criteria.simple_optimality_criteria.eps_optimal_relative = accuracy
    parameters.num_threads = 1
    settings = mathopt.SolveParameters(time_limit=_limit(seconds), pdlp=parameters)
    return _relaxed(linear, total, mathopt.SolverType.PDLP, settings)


def prove_coverage(linear: Linear, seconds: float, hint: Ints | None = None) -> Proof:
    """The best coverage (times scale), see `prove`."""
    return prove(linear, linear.coverage, seconds, hint)


def prove(linear: Linear, total: Ints, seconds: float, hint: Ints | None = None) -> Proof:
    """The most of a sum over columns by branch and cut (HiGHS), or as far as it gets in so many seconds.

    With a good choice as `hint` it starts from that and spends more on finding better ones; without, its own rounding
    of the relaxation leads it elsewhere.
    """
    model = mathopt.Model.from_model_proto(_message(linear, total, whole=True))
    parameters = mathopt.SolveParameters(
        # it looks at the clock rarely, and cannot be interrupted
        time_limit=_limit(seconds - min(1.0, seconds / 8)),
        relative_gap_tolerance=0.0,
        absolute_gap_tolerance=SAME,
    )
    start = None
    if hint is not None:
        parameters.highs.double_options["mip_heuristic_effort"] = HEURISTICS
        taken = np.isin(linear.options, hint).astype(float).tolist()
        values = dict(zip(model.variables(), taken, strict=False))
        start = mathopt.ModelSolveParameters(solution_hints=[mathopt.SolutionHint(variable_values=values)])
    result = _solve(model, mathopt.SolverType.HIGHS, parameters, start)
    if result is None:
        return Proof(None, None)
    bound = result.best_objective_bound()
    chosen = None
    if result.has_primal_feasible_solution():
        found = np.array(result.variable_values(list(model.variables())))[: len(linear.options)]
        chosen = linear.options[found > 0.5]
    return Proof(chosen, math.floor(bound * (1 + CAUTION) + CAUTION) if math.isfinite(bound) else None)


def _relaxed(linear: Linear, total: Ints, solver: Any, parameters: Any) -> Relaxed | None:
    model = mathopt.Model.from_model_proto(_message(linear, total, whole=False))
    result = _solve(model, solver, parameters)
    if result is None or not result.has_dual_feasible_solution():
        return None
    prices = np.array(result.dual_values(list(model.linear_constraints())))
    found = result.has_primal_feasible_solution()
    shares = np.array(result.variable_values(list(model.variables())) if found else [], np.float64)
    return Relaxed(float(result.best_objective_bound()), prices, shares)


def _solve(model: Any, solver: Any, parameters: Any, start: Any = None) -> Any:
    """The result, or None: a solver that gives up is an answer that did not come, not a reason to lose the plan."""
    try:
        return mathopt.solve(model, solver, params=parameters, model_params=start)
    except (RuntimeError, ValueError, AttributeError):
        # AttributeError: what the binding itself raises where a solver ends with a status it does not know
        return None


def _limit(seconds: float) -> timedelta | None:
    return None if seconds == math.inf else timedelta(seconds=max(0.01, seconds))


def _message(linear: Linear, total: Ints, *, whole: bool) -> Any:
    message: Any = model_pb2.ModelProto()
    columns, rows = len(linear), linear.rows
    message.variables.ids.extend(range(columns))
    message.variables.lower_bounds.extend([0.0] * columns)
    message.variables.upper_bounds.extend([1.0] * columns)
    message.variables.integers.extend([whole] * columns)
    message.objective.maximize = True
    places = np.flatnonzero(total)
    message.objective.linear_coefficients.ids.extend(places.tolist())
    message.objective.linear_coefficients.values.extend(total[places].astype(float).tolist())
    if not rows:
        return message
    message.linear_constraints.ids.extend(range(len(rows)))
    message.linear_constraints.lower_bounds.extend([float(row.least) if row.most <= 0 else -math.inf for row in rows])
    message.linear_constraints.upper_bounds.extend([float(row.most) for row in rows])
    row_ids = np.repeat(np.arange(len(rows)), [len(row.columns) for row in rows])
    column_ids = np.concatenate([row.columns for row in rows])
    sizes = np.concatenate([row.sizes for row in rows]).astype(float)
    order = np.lexsort((column_ids, row_ids))
    message.linear_constraint_matrix.row_ids.extend(row_ids[order].tolist())
    message.linear_constraint_matrix.column_ids.extend(column_ids[order].tolist())
    message.linear_constraint_matrix.coefficients.extend(sizes[order].tolist())
    return message
