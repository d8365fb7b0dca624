"""This engine, called as anybody would."""

import math

from benchmarks.answer import Answer, Clock
from scheduler.model.problem import Problem
from scheduler.search.portfolio import Progress
from scheduler.solve import solve


def engine(problem: Problem, clock: Clock) -> Answer:
    """`solve` with its defaults, so with one worker; it tells how its coverage grows."""

    def listen(progress: Progress) -> None:
        clock.note(math.floor(progress.coverage))

    plan = solve(problem, seconds=clock.left(), report=listen)
    return Answer(
        plan.assignments,
        coverage_bound=math.floor(plan.coverage_bound),
        preference_bound=plan.preference_bound if plan.coverage == plan.coverage_bound else None,
        coverage_proved=plan.coverage == plan.coverage_bound,
        all_proved=plan.status == "optimal",
        moments=tuple(clock.moments),
    )
