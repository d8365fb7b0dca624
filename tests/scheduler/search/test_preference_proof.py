"""The least cost, settled by branch and cut: never below what exact enumeration finds, and reached."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given

from scheduler.generate import Size, generate
from scheduler.model.problem import Problem
from scheduler.search import portfolio, proofs
from scheduler.search.exact_model import Effort, optimise
from scheduler.search.neighbourhoods import Neighbourhoods
from scheduler.search.preference_proof import Settled, settle
from scheduler.solve import solve
from scheduler.tables.instance import Instance
from scheduler.tables.linear_program import Linear
from scheduler.tables.objective import Objective
from scheduler.tables.roster import Roster
from tests.scheduler.small_problems import small_problems


def all_of(instance: Instance) -> Linear:
    return Linear(Objective(instance), np.arange(len(instance.options)), instance.fixed)


@given(small_problems())
def test_it_agrees_with_the_exact_model(given: Problem) -> None:
    instance = Instance.of(given)
    assume(len(instance.options))
    everything = all_of(instance)
    best = optimise(everything, Roster(instance).choice, Effort(steps=math.inf))
    assert best.proved
    assert best.chosen is not None
    reached = everything.objective.reached(best.chosen)
    found = settle(everything, best.chosen, reached, lambda: 20.0)
    assert found is not None
    assert found.least_cost == reached.cost
    assert found.chosen is not None
    assert everything.objective.reached(found.chosen) == reached


def test_from_a_plan_that_covers_as_much_at_a_higher_cost_it_finds_the_cheapest() -> None:
    instance = Instance.of(generate(Size(30, 60), 3))
    everything = all_of(instance)
    objective = everything.objective
    best = optimise(everything, Roster(instance).choice, Effort(steps=math.inf))
    assert best.proved
    assert best.chosen is not None
    dear = Linear(objective, np.arange(len(instance.options)), instance.fixed)
    dear.cost[:] = -dear.cost
    worst = optimise(dear, Roster(instance).choice, Effort(steps=math.inf))
    assert worst.chosen is not None
    begun, reached = objective.reached(worst.chosen), objective.reached(best.chosen)
    assert (begun.coverage, begun.kept) == (reached.coverage, reached.kept)
    assert begun.cost > reached.cost
    found = settle(everything, worst.chosen, begun, lambda: 20.0)
    assert found is not None
    assert found.chosen is not None
    assert objective.reached(found.chosen) == reached
    assert found.least_cost == reached.cost


def test_without_time_it_says_nothing() -> None:
    instance = Instance.of(generate(Size(200, 1_000, area=0.8), 1))
    everything = all_of(instance)
    first = Roster(instance).choice
    assert settle(everything, first, everything.objective.reached(first), lambda: 0.0) is None


def test_the_search_settles_the_cost_once_the_coverage_is_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def noted(*given: Any) -> Settled | None:
        asked.append(given[2])
        return settle(*given)

    given = generate(Size(60, 150), 3)
    exact = solve(given, steps=1000)
    monkeypatch.setattr(proofs, "settle", noted)
    # as if it were too large for one exact model of all three sums, and neighbourhoods had had their turn
    monkeypatch.setattr(portfolio, "EXACT_SHARE", 0.0)
    monkeypatch.setattr(portfolio, "BEFORE_SETTLING", 0.0)
    monkeypatch.setattr(Neighbourhoods, "round", lambda *_: 0.0)
    plan = solve(given, seconds=40)
    assert len(asked) == 1
    assert (plan.status, plan.coverage, plan.preference) == ("optimal", exact.coverage, exact.preference)
