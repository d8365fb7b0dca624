"""Any prices of 0 or more give a bound; those of a relaxation give a good one, and they only get better."""

import math
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scheduler.generate import Size, generate
from scheduler.model.problem import Problem
from scheduler.search import day_pricing, price_bound
from scheduler.search.lp_bound import prove_coverage
from scheduler.search.price_bound import PriceSearch, best_prices
from scheduler.search.week_pricing import WeekPricing
from scheduler.tables.arrays import Floats
from scheduler.tables.instance import Instance
from scheduler.tables.linear_program import Linear
from scheduler.tables.objective import Objective
from scheduler.tables.score import fixed_weight
from tests.effort import examples
from tests.scheduler.build import appointment, mediator, problem
from tests.scheduler.small_problems import best_rank, small_problems

BOUNDED = settings(
    max_examples=examples(200),
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
NOTHING = np.zeros(0, np.int64)
POOL = generate(Size(40, 160, hours=(6, 7)), 3)


def of(small: Problem) -> Objective:
    return Objective(Instance.of(small))


def most(objective: Objective) -> int:
    """The best coverage there is, by trying everything."""
    small = objective.instance.problem
    return int((best_rank(small)[0] - fixed_weight(small)) * objective.scale)


def bound(pricing: WeekPricing, seats: Floats, counts: Floats) -> float:
    allowed = np.where(pricing.most_counts < 1000, pricing.most_counts, 0)
    priced = pricing.at(seats, np.where(pricing.most_counts < 1000, counts, 0.0))
    return priced.value + float(seats @ pricing.seats + np.where(pricing.most_counts < 1000, counts, 0.0) @ allowed)


def some_prices(count: int, largest: float, dice: Random) -> Floats:
    """Prices of any size: none, few, noise, near what seats are worth, far too high."""
    kind = dice.choice(("all", "few", "noise", "near"))
    factors = {"all": (0.0, 1.0), "few": (-4.0, 2.0), "noise": (0.0, 1e-6), "near": (1 - 1e-6, 1.0)}
    return np.array([max(0.0, dice.uniform(*factors[kind])) * largest for _ in range(count)])


@pytest.mark.thorough
@pytest.mark.parametrize("written", [0, 10**6], ids=["searched", "written"])
def test_no_prices_give_a_bound_below_the_best_plan(written: int) -> None:
    @BOUNDED
    @given(small_problems(), st.randoms(use_true_random=False))
    def agree(small: Problem, dice: Random) -> None:
        objective = of(small)
        best, largest = most(objective), max([*objective.worths.tolist(), 1])
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(day_pricing, "MOST_WRITTEN", written)
            pricing = WeekPricing(objective)
        for _ in range(6):
            seats = some_prices(len(pricing.seats), largest, dice)
            counts = some_prices(len(pricing.week_person), largest, dice)
            assert bound(pricing, seats, counts) >= best - 1e-6

    agree()


@BOUNDED
@given(small_problems(), st.integers(1, 3))
def test_the_bound_of_the_best_prices_is_never_below_the_best_plan_and_falls(small: Problem, first: int) -> None:
    objective = of(small)
    with pytest.MonkeyPatch.context() as patch:
        # so few columns at first that others have to be priced
        patch.setattr(price_bound, "LEAST", first)
        patch.setattr(price_bound, "MOST", first)
        found = list(best_prices(objective, WeekPricing(objective), NOTHING, lambda: 10.0, 60))
    bounds = [one.bound for one in found]
    assert min(bounds) >= most(objective)
    assert bounds == sorted(bounds, reverse=True)
    assert all((one.seats >= 0).all() and (one.counts >= 0).all() for one in found)


def test_without_time_there_are_no_prices() -> None:
    objective = of(problem([mediator()], [appointment()]))
    assert list(best_prices(objective, WeekPricing(objective), NOTHING, lambda: 0.0, 60)) == []
    search = PriceSearch(objective, lambda: 0.0)
    search.run(NOTHING)
    assert search.latest is None


def test_when_it_is_enough_the_first_prices_are_the_last() -> None:
    search = PriceSearch(of(POOL), lambda: 10.0)
    search.enough()
    search.run(NOTHING)
    first = search.latest
    assert first is not None
    further = PriceSearch(of(POOL), lambda: 10.0)
    further.run(NOTHING, 100)
    assert further.latest is not None
    assert further.latest.bound <= first.bound


@pytest.mark.parametrize("written", [0, 10**6], ids=["searched", "written"])
@pytest.mark.parametrize(("cap", "best"), [(0, 0), (1, 5), (2, 9), (3, 12), (5, 15), (9, 15)])
def test_a_day_holds_no_more_appointments_than_it_allows(
    cap: int, best: int, written: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(day_pricing, "MOST_WRITTEN", written)
    wanted = [appointment(f"a{index}", 6 + 2 * index, weight=1 + index) for index in range(5)]
    pricing = WeekPricing(of(problem([mediator(max_appointments_per_day=cap)], wanted)))
    priced = pricing.at(np.zeros(5), np.zeros(1))
    assert priced.value == best
    assert int(priced.seated.sum()) == min(cap, 5)


@pytest.mark.parametrize("written", [0, 10**6], ids=["searched", "written"])
@pytest.mark.parametrize(
    ("limits", "best"),
    [
        # six appointments on three days, of an hour and weights 1 to 6, of which one a day is fixed on the first
        ({}, 21),
        ({"max_minutes_per_week": 240}, 6 + 5 + 4),
        ({"max_minutes_per_day": 60}, 4 + 6),
        ({"max_appointments_per_day": 2, "max_minutes_per_week": 210}, 6 + 5),
        ({"max_minutes_per_week": 0}, 0),
    ],
)
def test_a_week_holds_no_more_time_than_it_allows_beside_what_is_fixed(
    limits: dict[str, Any], best: int, written: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(day_pricing, "MOST_WRITTEN", written)
    wanted = [appointment(f"a{index}", 8 + 2 * (index % 2), day=index // 2, weight=1 + index) for index in range(6)]
    wanted.append(appointment("fixed", 16, fixed=("m1",), day=0))
    pricing = WeekPricing(of(problem([mediator(**limits)], wanted)))
    priced = pricing.at(np.zeros(6), np.zeros(len(pricing.week_person)))
    assert priced.value == best
    weights = np.arange(1, 7)
    assert priced.seated @ weights == best


@pytest.mark.parametrize("day", [1, 2, 4])
def test_what_a_week_loses_by_an_option_is_what_holding_it_costs(day: int) -> None:
    wanted = [appointment(f"a{index}", 8 + index, weight=weight) for index, weight in enumerate((5, 1, 4, 2, 3))]
    pricing = WeekPricing(of(problem([mediator(max_appointments_per_day=day)], wanted, remote_gap_minutes=0)))
    priced = pricing.at(np.zeros(5), np.zeros(1))
    losses = pricing.losses(priced, 10.0)
    for option in range(5):
        before, pricing.values[option] = pricing.values[option], pricing.values[option] + 100
        held = pricing.at(np.zeros(5), np.zeros(1)).value - 100
        pricing.values[option] = before
        assert losses[option] == pytest.approx(priced.value - held)


def test_in_a_pool_of_some_size_it_lies_within_a_hundredth_of_what_is_proved() -> None:
    objective = of(POOL)
    everything = Linear(objective, np.arange(len(objective.instance.options)), objective.instance.fixed)
    proof = prove_coverage(everything, math.inf)
    search = PriceSearch(objective, lambda: math.inf)
    search.run(NOTHING, 200)
    assert proof.bound is not None
    assert search.latest is not None
    assert proof.bound <= search.latest.bound <= 1.005 * proof.bound
