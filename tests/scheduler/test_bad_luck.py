"""Solvers that fail, time that runs out, somebody who loses patience: there is a plan all the same."""

from typing import NoReturn

import pytest

from scheduler import neighbourhoods, search
from scheduler.audit import faults
from scheduler.cp_model import Interrupt
from scheduler.generate import Size, generate
from scheduler.moments import Moments
from scheduler.problem import Problem
from scheduler.search import Progress
from scheduler.solve import solve
from tests.scheduler.build import MONDAY, appointment, at, mediator, problem

CROWDED = Size(40, 120, area=0.5, days=(5,), hours=(9,))


def fail(*_arguments: object) -> NoReturn:
    raise RuntimeError("the solver died")


@pytest.fixture
def crowded() -> Problem:
    return generate(CROWDED, 2)


@pytest.mark.parametrize(
    ("module", "name", "small"),
    [
        (search, "optimise", 10**6),
        (neighbourhoods, "optimise", 0),
        (search, "coverage_bound", 0),
        (search, "relax", 0),
        (search, "prove_coverage", 0),
        (Moments, "anneal", 0),
        (Moments, "settle", 0),
    ],
)
def test_a_solver_that_dies_costs_nothing_but_quality(
    module: object, name: str, small: int, crowded: Problem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "SMALL", small)
    best = solve(crowded, steps=0.05)
    monkeypatch.setattr(module, name, fail)
    plan = solve(crowded, steps=0.05)
    assert faults(crowded, plan) == ()
    assert plan.coverage <= best.coverage_bound
    assert best.coverage <= plan.coverage_bound


def test_who_loses_patience_before_the_beginning_still_gets_a_plan(crowded: Problem) -> None:
    stopped = Interrupt()
    stopped.stop()
    plan = solve(crowded, interrupt=stopped)
    assert faults(crowded, plan) == ()


def test_a_search_stopped_from_outside_ends_with_what_it_has(crowded: Problem, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "SMALL", 0)
    stop = Interrupt()
    phases: list[str] = []

    def tell(progress: Progress) -> None:
        phases.append(progress.phase)
        if progress.phase == "anneal":
            stop.stop()

    plan = solve(crowded, seconds=1_000, report=tell, interrupt=stop)
    assert "improve" not in phases
    assert faults(crowded, plan) == ()


@pytest.mark.parametrize("small", [0, 10**6])
def test_progress_only_ever_gets_better(small: int, crowded: Problem, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "SMALL", small)
    told: list[Progress] = []
    plan = solve(crowded, steps=0.1, report=told.append)
    assert [one.coverage for one in told] == sorted(one.coverage for one in told)
    assert [one.coverage_bound for one in told] == sorted((one.coverage_bound for one in told), reverse=True)
    assert (told[-1].coverage, told[-1].coverage_bound) == (plan.coverage, plan.coverage_bound)


@pytest.mark.parametrize("small", [0, 10**6])
@pytest.mark.parametrize(
    "given",
    [
        problem([], []),
        problem([], [appointment()]),
        problem([mediator()], []),
        problem([mediator()], [appointment(language="tir")]),
        problem([mediator()], [appointment()], now=at(0, 5)),
        problem([mediator()], [appointment(candidates=())], now=MONDAY),
    ],
)
def test_where_nothing_can_be_covered_that_is_proved(
    small: int, given: Problem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "SMALL", small)
    plan = solve(given)
    assert (plan.status, plan.coverage, plan.coverage_bound) == ("optimal", 0, 0)
