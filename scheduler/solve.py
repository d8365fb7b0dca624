"""Problem in, audited plan out."""

import time
from collections.abc import Sequence
from fractions import Fraction

from scheduler import checks
from scheduler.audit import faults
from scheduler.cp_model import Answer, Stage, optimise
from scheduler.greedy import greedy
from scheduler.instance import Instance
from scheduler.outcome import Outcome
from scheduler.plan import Plan
from scheduler.problem import Problem
from scheduler.score import figure, fixed_weight, score, total_weight

STAGES = 3


class AuditFailed(RuntimeError):
    """The engine made a plan that breaks a rule: its own mistake, never that of the problem."""

    def __init__(self, found: Sequence[str]) -> None:
        super().__init__("; ".join(found))
        self.found = tuple(found)


def solve(problem: Problem, *, seconds: float = 10.0, seed: int = 0, workers: int = 1) -> Plan:
    """Plan all open appointments together, searching for at most so many seconds beside building and checking.

    There is always a plan: if time runs out it is the best found, at least the greedy one. With one worker the same
    problem and seed give the same plan, as long as every stage was proved in time. Raises `ProblemError` for an
    argument out of range and `AuditFailed` rather than return a plan that breaks a rule.
    """
    checks.number("seconds", seconds, 0, 1_000_000)
    checks.whole("seed", seed, 0, 2**31 - 1)
    checks.whole("workers", workers, 1, 1024)
    began = time.perf_counter()
    instance = Instance.of(problem)
    first = greedy(instance)
    answer = Answer(None, (), 1)
    if seconds:
        answer = optimise(instance, first, seconds=seconds, seed=seed, workers=workers)
    plan = _plan(instance, first, answer, seed=seed, seconds=round(time.perf_counter() - began, 3))
    found = faults(problem, plan)
    if found:
        raise AuditFailed(found)
    return plan


def _plan(instance: Instance, first: Sequence[int], answer: Answer, *, seed: int, seconds: float) -> Plan:
    assignments = instance.assignments(first)
    reached = score(instance.problem, assignments, instance.preferences)
    stages: tuple[Stage, ...] = ()
    if answer.chosen is not None:
        better = instance.assignments(answer.chosen)
        reached_better = score(instance.problem, better, instance.preferences)
        if reached_better.rank >= reached.rank:
            assignments, reached, stages = better, reached_better, answer.stages
    outcome = Outcome(instance.problem, assignments)
    changes_bound, preference_bound = _later_bounds(instance, stages)
    return Plan(
        assignments=assignments,
        uncovered=outcome.uncovered(),
        status="optimal" if len(stages) == STAGES and all(stage.proved for stage in stages) else "feasible",
        coverage=figure(reached.coverage),
        coverage_bound=figure(_coverage_bound(instance, answer)),
        changes=reached.changes,
        changes_bound=changes_bound,
        preference=reached.preference,
        preference_bound=preference_bound,
        seconds=seconds,
        seed=seed,
        alternates=outcome.alternates(instance.preferences),
    )


def _coverage_bound(instance: Instance, answer: Answer) -> Fraction:
    total = total_weight(instance.problem)
    if not answer.stages:
        return total
    return min(total, fixed_weight(instance.problem) + Fraction(answer.stages[0].bound, answer.scale))


def _later_bounds(instance: Instance, stages: Sequence[Stage]) -> tuple[int, int]:
    """Bounds of changes and preference; 0 always holds, and is all that is known of a stage that was not reached."""
    asked = sum(len(appointment.asked) for appointment in instance.problem.appointments)
    changes = asked - stages[1].bound if len(stages) > 1 else 0
    return max(0, changes), stages[2].bound if len(stages) == STAGES else 0
