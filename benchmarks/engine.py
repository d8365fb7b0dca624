"""This engine, called as anybody would."""

from benchmarks.answer import Answer, Clock
from scheduler.problem import Problem
from scheduler.solve import solve


def engine(problem: Problem, clock: Clock) -> Answer:
    """`solve` with its defaults."""
    plan = solve(problem, seconds=clock.left())
    clock.note(round(plan.coverage))
    return Answer(
        plan.assignments,
        coverage_bound=round(plan.coverage_bound),
        preference_bound=plan.preference_bound,
        coverage_proved=plan.coverage >= plan.coverage_bound,
        all_proved=plan.status == "optimal",
        moments=tuple(clock.moments),
    )
