"""`make bench`: the engine beside what a person does, first come first served, on the same problems in one run."""

import json
import time
from pathlib import Path

from benchmarks.problems import pool
from scheduler.audit import faults
from scheduler.problem import Appointment, Problem
from scheduler.rules import fits, refusals_given
from scheduler.solve import solve

SIZES = {"S": (40, 60), "demo": (75, 60), "M": (200, 500)}
SEEDS = (1, 2, 3)


def main() -> None:
    """Run, print the table, keep the figures."""
    rows = [row for size in SIZES for row in _compare(size)]
    Path(__file__).with_name("results.json").write_text(json.dumps(rows, indent=1), encoding="utf-8")
    print(f"{'size':6}{'seed':>5}{'first come':>12}{'engine':>9}{'bound':>9}{'ratio':>8}{'engine s':>10}{'status':>10}")
    for row in rows:
        print(
            f"{row['size']:6}{row['seed']:>5}{row['first_come']:>12}{row['engine']:>9}{row['bound']:>9}"
            f"{row['ratio']:>8}{row['seconds']:>10}{row['status']:>10}"
        )


def _compare(size: str) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for seed in SEEDS:
        problem = pool(*SIZES[size], seed)
        by_hand = first_come(problem)
        began = time.perf_counter()
        plan = solve(problem, seconds=60)
        seconds = time.perf_counter() - began
        assert not faults(problem, plan)
        rows.append(
            {
                "size": size,
                "seed": seed,
                "first_come": by_hand,
                "engine": round(plan.coverage),
                "bound": round(plan.coverage_bound),
                "ratio": round(plan.coverage / by_hand, 3),
                "seconds": round(seconds, 2),
                "status": plan.status,
            }
        )
    return rows


def first_come(problem: Problem) -> int:
    """The weight covered by taking requests in order and, for each, the first person who can come."""
    taken: dict[str, list[Appointment]] = {mediator.id: [] for mediator in problem.mediators}
    covered = 0
    for appointment in problem.appointments:
        for mediator in problem.mediators:
            if not fits(problem, mediator, appointment):
                continue
            if not refusals_given(problem, mediator, appointment, taken[mediator.id]):
                taken[mediator.id].append(appointment)
                covered += appointment.weight
                break
    return covered


if __name__ == "__main__":
    main()
