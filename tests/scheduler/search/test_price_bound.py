"""Any prices of 0 or more give a bound; those of a relaxation give a good one."""

import math
from random import Random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scheduler.generate import Size, generate
from scheduler.model.problem import Problem
from scheduler.search import price_bound
from scheduler.search.lp_bound import Relaxed, prove_coverage
from scheduler.search.price_bound import _Pricing, coverage_bound
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


def of(small: Problem) -> Objective:
    return Objective(Instance.of(small))


def everything(objective: Objective) -> Linear:
    return Linear(objective, np.arange(len(objective.instance.options)), objective.instance.fixed)


def most(objective: Objective) -> int:
    """The best coverage there is, by trying everything."""
    small = objective.instance.problem
    return int((best_rank(small)[0] - fixed_weight(small)) * objective.scale)


def some_prices(objective: Objective, linear: Linear, dice: Random) -> Floats:
    """Prices of any size: none, noise, near what seats are worth, far too high."""
    largest = max([*objective.worths.tolist(), 1])
    per = [largest if row.limit_of is None else largest / max(row.sizes) for row in linear.rows]
    kind = dice.choice(("all", "few", "noise", "near"))
    factors = {"all": (0.0, 1.0), "few": (-4.0, 2.0), "noise": (0.0, 1e-6), "near": (1 - 1e-6, 1.0)}
    return np.array([max(0.0, dice.uniform(*factors[kind])) * one for one in per])


@pytest.mark.thorough
@BOUNDED
@given(small_problems(), st.randoms(use_true_random=False))
def test_no_prices_give_a_bound_below_the_best_plan(small: Problem, dice: Random) -> None:
    objective = of(small)
    best, prices_of = most(objective), _Pricing(objective)
    for linear in (everything(objective), part_of(objective, dice)):
        for _ in range(6):
            prices = some_prices(objective, linear, dice)
            assert prices_of.at(linear, Relaxed(0.0, prices)).bound >= best
        # what is below nothing counts as nothing, as solvers give it in their last digits
        assert prices_of.at(linear, Relaxed(0.0, np.full(len(linear.rows), -1.0))).bound >= best


def part_of(objective: Objective, dice: Random) -> Linear:
    """Rows over some of the options; all are priced nevertheless."""
    options = [index for index in range(len(objective.instance.options)) if dice.random() < 0.5]
    return Linear(objective, np.array(options, np.int64), objective.instance.fixed)


@BOUNDED
@given(small_problems(), st.integers(1, 3))
def test_the_bound_of_good_prices_is_never_below_the_best_plan(small: Problem, first: int) -> None:
    objective = of(small)
    with pytest.MonkeyPatch.context() as patch:
        # so few columns at first that the others have to enter
        patch.setattr(price_bound, "FIRST", first)
        bound = coverage_bound(objective, NOTHING, lambda: 10.0)
    assert bound is not None
    assert bound >= most(objective)


def test_prices_a_hair_below_the_worth_of_seats_do_not_push_the_bound_below_the_plan() -> None:
    people = [mediator(f"m{index}") for index in range(4)]
    objective = of(problem(people, [appointment(f"a{index}", 8 + 2 * index) for index in range(4)]))
    linear = everything(objective)
    prices = np.array([0.0 if row.seats_of is None else 1 - 5e-7 for row in linear.rows])
    assert _Pricing(objective).at(linear, Relaxed(0.0, prices)).bound >= objective.scale * 4


def test_without_time_there_is_no_bound() -> None:
    objective = of(problem([mediator()], [appointment()]))
    assert coverage_bound(objective, NOTHING, lambda: 0.0) is None


def test_a_path_holds_no_more_appointments_than_the_day_allows() -> None:
    wanted = [appointment(f"a{index}", 6 + 2 * index, weight=1 + index) for index in range(5)]
    for cap, best in ((0, 0), (1, 5), (2, 9), (5, 15), (9, 15)):
        objective = of(problem([mediator(max_appointments_per_day=cap)], wanted))
        free = Relaxed(0.0, np.zeros(len(everything(objective).rows)))
        assert _Pricing(objective).at(everything(objective), free).bound == best


def test_in_a_pool_of_some_size_it_lies_within_a_hundredth_of_what_is_proved() -> None:
    objective = of(generate(Size(40, 160, hours=(6, 7)), 3))
    proof = prove_coverage(everything(objective), math.inf)
    bound = coverage_bound(objective, NOTHING, lambda: math.inf)
    assert proof.bound is not None
    assert bound is not None
    assert proof.bound <= bound <= 1.01 * proof.bound
