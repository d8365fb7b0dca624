"""One rival on one case."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TypeAlias

from benchmarks.answer import Answer, Clock, Moment
from benchmarks.apart import Failed, apart, mebibytes
from benchmarks.cases import Case
from benchmarks.judge import judged
from scheduler.model.problem import Problem

Rival: TypeAlias = Callable[[Problem, Clock], Answer]

# module and function, loaded in the process that needs it: solvers bring large libraries with them
RIVALS: Mapping[str, tuple[str, str]] = {
    "first come": ("first_come", "first_come"),
    "CP-SAT intervals": ("cp_sat", "cp_sat_intervals"),
    "CP-SAT cliques": ("cp_sat", "cp_sat_cliques"),
    "HiGHS cliques": ("highs", "highs"),
    "Timefold": ("timefold", "timefold"),
    "engine": ("engine", "engine"),
}
# a rival that does not end by itself is stopped after this many times its limit, and some seconds for loading
PATIENCE = 3.0
LOADING = 60.0


@dataclass(frozen=True)
class Result:
    """A judged answer; the figures are None where `note` says why there is none.

    `seconds` run from the problem to the answer, `memory` is the most that the process (and Java) held, in MiB.
    """

    case: str
    rival: str
    limit: float
    note: str = ""
    appointments: int = 0
    coverage: float | None = None
    changes: int | None = None
    preference: int | None = None
    coverage_bound: float | None = None
    preference_bound: int | None = None
    coverage_proved: bool = False
    all_proved: bool = False
    seconds: float | None = None
    memory: int | None = None
    moments: tuple[Moment, ...] = ()


def contest(case: Case, rival: str, limit: float) -> Result:
    """Let a rival answer a case; never raises for what the rival does."""
    try:
        return apart(compete, case, rival, limit, seconds=limit * PATIENCE + LOADING)
    except Failed as failed:
        return Result(case.name, rival, limit, note=str(failed))


def compete(case: Case, rival: str, limit: float) -> Result:
    """Let a rival answer in this process; raises whatever goes wrong."""
    module, name = RIVALS[rival]
    run: Rival = getattr(import_module(f"benchmarks.{module}"), name)
    problem, clock = case.problem(), Clock(limit)
    clock.restart()
    answer = run(problem, clock)
    seconds = clock.elapsed()
    memory = mebibytes()
    plan = judged(problem, answer)
    return Result(
        case=case.name,
        rival=rival,
        limit=limit,
        appointments=len(problem.appointments),
        coverage=plan.coverage,
        changes=plan.changes,
        preference=plan.preference,
        coverage_bound=answer.coverage_bound,
        preference_bound=answer.preference_bound,
        coverage_proved=answer.coverage_proved,
        all_proved=answer.all_proved,
        seconds=round(seconds, 3),
        memory=memory,
        moments=answer.moments,
    )
