"""Problem in, audited plan out."""

import math
import time
from collections.abc import Callable, Collection
from fractions import Fraction

from scheduler.audit import AuditFailed, faults
from scheduler.model import checks
from scheduler.model.plan import Plan
from scheduler.model.problem import Problem
from scheduler.search.exact_model import Effort, Interrupt
from scheduler.search.portfolio import Found, Progress, Report, Search
from scheduler.tables.instance import Instance
from scheduler.tables.objective import Objective
from scheduler.tables.outcome import Outcome, alternates
from scheduler.tables.score import figure, fixed_weight, score, total_weight


def solve(
    problem: Problem,
    *,
    seconds: float = 10.0,
    steps: float | None = None,
    seed: int = 0,
    workers: int = 1,
    alternates_of: Collection[str] | None = None,
    report: Report | None = None,
    interrupt: Interrupt | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> Plan:
    """Plan all open appointments together, searching for at most so many seconds beside building and checking.

    There is always a plan: if time runs out, or `interrupt` is stopped from another thread, it is the best found, with
    the bounds reached. `steps` limits the search by counted work instead of seconds (about one for four seconds): then
    the same problem, seed and workers give the same plan on any machine under any load, and the plan's `seconds` are
    steps. `workers` is how many parts of a large problem are searched side by side. With `alternates_of`, the plan
    names alternates for these appointments alone, which is quicker. `report` is called with the progress; what it
    raises ends the search and is passed on, for who looks on knows best whether that matters. Raises `ProblemError` for
    an argument out of range and `AuditFailed` rather than return a plan that breaks a rule.
    """
    effort = _effort(seconds, steps, seed, workers)
    began = clock()
    instance = Instance.of(problem)
    search = Search(instance, effort, clock, report or _unheard, interrupt or Interrupt())
    found = search.run()
    spent = found.steps if steps is not None else clock() - began
    plan = _plan(search.objective, found, alternates_of, seed=seed, seconds=round(spent, 3))
    broken = faults(problem, plan)
    if broken:
        raise AuditFailed(broken)
    return plan


def _effort(seconds: float, steps: float | None, seed: int, workers: int) -> Effort:
    checks.number("seconds", seconds, 0, 1_000_000)
    if steps is not None:
        checks.number("steps", steps, 0, 1_000_000)
    checks.whole("seed", seed, 0, 2**31 - 1)
    checks.whole("workers", workers, 1, 1024)
    if steps is None:
        return Effort(seconds=seconds, seed=seed, workers=workers)
    return Effort(seconds=math.inf, steps=steps, seed=seed, workers=workers)


def _unheard(_progress: Progress) -> None:
    """Nobody wants to know."""


def _plan(
    objective: Objective, found: Found, alternates_of: Collection[str] | None, *, seed: int, seconds: float
) -> Plan:
    instance = objective.instance
    problem = instance.problem
    outcome = Outcome(problem, instance.assignments(found.chosen))
    reached = score(problem, outcome.assignments, instance.preferences)
    asked = sum(len(appointment.asked) for appointment in problem.appointments)
    return Plan(
        assignments=outcome.assignments,
        uncovered=outcome.uncovered(),
        status="optimal" if found.is_proved else "feasible",
        coverage=figure(reached.coverage),
        coverage_bound=figure(_coverage_bound(objective, found)),
        changes=reached.changes,
        changes_bound=min(reached.changes, asked - found.bound.kept),
        preference=reached.preference,
        preference_bound=min(reached.preference, found.bound.cost),
        seconds=seconds,
        seed=seed,
        alternates=alternates(instance, found.chosen, alternates_of),
    )


def _coverage_bound(objective: Objective, found: Found) -> Fraction:
    problem = objective.instance.problem
    return min(total_weight(problem), fixed_weight(problem) + objective.weight(found.bound.coverage))
