import math
from datetime import timedelta

import numpy as np
import pytest
from ortools.math_opt.python import mathopt

from scheduler.search.lp_bound import Relaxed, prove_coverage, relax, relax_roughly
from scheduler.tables.instance import Instance
from scheduler.tables.linear_program import Linear
from scheduler.tables.objective import Objective
from tests.scheduler.build import appointment, mediator, problem


def crowded() -> Linear:
    """Twelve appointments of which two people can take five each."""
    people = [mediator("m1"), mediator("m2")]
    wanted = [appointment(f"a{index}", 8 + index, 1, weight=1 + index % 3) for index in range(12)]
    objective = Objective(Instance.of(problem(people, wanted)))
    return Linear(objective, np.arange(len(objective.instance.options)), objective.instance.fixed)


def test_a_first_order_method_comes_near_the_simplex_method() -> None:
    linear = crowded()
    exact, rough = relax(linear, linear.coverage, 10), relax_roughly(linear, linear.coverage, 10, 1e-6)
    assert exact is not None
    assert rough is not None
    assert rough.value == pytest.approx(exact.value, rel=1e-3)
    assert len(rough.prices) == len(linear.rows)
    # at an optimum the prices of the rows make up the value, as far as columns are not bounded by themselves
    assert all(price >= -1e-6 for price in exact.prices)


@pytest.mark.parametrize("error", [RuntimeError, ValueError, AttributeError])
def test_a_solver_that_gives_up_is_no_answer(error: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    def dies(*_given: object, **_options: object) -> None:
        raise error("it does not know this status")

    linear = crowded()
    monkeypatch.setattr(mathopt, "solve", dies)
    assert relax(linear, linear.coverage, 10) is None
    assert relax_roughly(linear, linear.coverage, 10, 1e-4) is None
    proof = prove_coverage(linear, 10)
    assert (proof.chosen, proof.bound) == (None, None)


def test_a_mistake_of_its_own_is_not_taken_for_a_solver_that_gives_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def dies(*_given: object, **_options: object) -> None:
        raise KeyError("a mistake")

    monkeypatch.setattr(mathopt, "solve", dies)
    linear = crowded()
    with pytest.raises(KeyError):
        relax(linear, linear.coverage, 10)


def test_time_left_is_handed_on_and_no_limit_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[timedelta | None] = []
    solve = mathopt.solve

    def watched(model: object, solver: object, *, params: mathopt.SolveParameters, **more: object) -> object:
        seen.append(params.time_limit)
        return solve(model, solver, params=params, **more)

    monkeypatch.setattr(mathopt, "solve", watched)
    linear = crowded()
    for seconds in (2.5, math.inf, -1.0):
        relax(linear, linear.coverage, seconds)
    assert seen == [timedelta(seconds=2.5), None, timedelta(seconds=0.01)]


@pytest.mark.parametrize(("value", "whole"), [(7.0, 7), (6.999_999_9, 7), (7.4, 7), (-7.000_000_1, -7), (0.0, 0)])
def test_a_value_a_hair_below_a_whole_number_is_that_number(value: float, whole: int) -> None:
    assert Relaxed(value, np.zeros(0)).whole == whole


def test_nothing_to_choose_is_worth_nothing() -> None:
    objective = Objective(Instance.of(problem([], [appointment()])))
    empty = Linear(objective, np.zeros(0, np.int64), {})
    relaxed = relax(empty, empty.coverage, 10)
    assert relaxed is not None
    assert relaxed.whole == 0
    assert prove_coverage(empty, 10).bound == 0


def test_a_plan_as_a_hint_takes_no_part_of_the_proof_away() -> None:
    linear = crowded()
    alone, led = prove_coverage(linear, 10), prove_coverage(linear, 10, linear.options[:1])
    assert led.bound == alone.bound
    assert led.chosen is not None
    assert linear.objective.reached(led.chosen).coverage == led.bound
