from fractions import Fraction
from itertools import product
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scheduler.model.problem import Problem
from scheduler.tables.instance import Instance
from scheduler.tables.objective import Objective, Reached
from scheduler.tables.score import fixed_weight, score
from tests.effort import examples
from tests.scheduler.build import appointment, mediator, problem
from tests.scheduler.small_problems import best_rank, small_problems, some_choice

BOUNDED = settings(
    max_examples=examples(100),
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)


@BOUNDED
@given(small_problems(), st.randoms(use_true_random=False))
def test_the_sums_of_a_choice_are_the_score_of_its_assignments(small: Problem, dice: Random) -> None:
    objective = Objective(Instance.of(small))
    choice = some_choice(objective.instance, dice)
    reached = objective.reached(choice)
    found = score(small, objective.instance.assignments(choice), objective.instance.preferences)
    assert fixed_weight(small) + objective.weight(reached.coverage) == found.coverage
    assert sum(len(one.asked) for one in small.appointments) - reached.kept == found.changes
    assert reached.cost == found.preference


@BOUNDED
@given(small_problems(), st.randoms(use_true_random=False))
def test_the_one_number_keeps_the_order_of_the_three_sums(small: Problem, dice: Random) -> None:
    objective = Objective(Instance.of(small))
    reached = [objective.reached(some_choice(objective.instance, dice)) for _ in range(6)]
    assert objective.fits_one_number
    assert sorted(reached, key=lambda one: one.rank) == sorted(reached, key=lambda one: one_number(objective, one))


def one_number(objective: Objective, reached: Reached) -> int:
    return reached.coverage * objective.coverage_units + reached.kept * objective.asked_units - reached.cost


@pytest.mark.thorough
@BOUNDED
@given(small_problems())
def test_without_any_search_nothing_is_better_than_its_bounds(small: Problem) -> None:
    objective = Objective(Instance.of(small))
    coverage, changes, preference = best_rank(small)
    asked = sum(len(one.asked) for one in small.appointments)
    assert fixed_weight(small) + objective.weight(objective.most_coverage) >= coverage
    assert 0 <= asked - objective.most_kept <= -changes
    assert objective.most_cost >= -preference
    nothing_lost = fixed_weight(small) + objective.weight(objective.most_coverage) == coverage
    if nothing_lost and asked - objective.most_kept == -changes:
        assert objective.least_cost <= -preference


def test_each_alone_has_who_was_asked_then_the_cheapest_and_of_those_who_are_alike_the_first() -> None:
    people = [mediator("busy", load=5), mediator("asked", load=9), mediator("first"), mediator("second")]
    wanted = [appointment("a1", 8, asked=("asked",)), appointment("a2", 8), appointment("a3", 8, mediators_needed=2)]
    objective = Objective(Instance.of(problem(people, wanted)))
    given = objective.instance.options
    alone = [(int(given.need[one]), people[int(given.person[one])].id) for one in objective.each_alone]
    assert alone == [(0, "asked"), (1, "first"), (2, "first"), (2, "second")]
    assert objective.least_cost == given.cost[objective.each_alone].sum()


@pytest.mark.parametrize("reached", [Reached(*sums) for sums in product((0, 2, 5), (0, 1, 2), (0, 3, 7))])
def test_a_bound_on_the_one_number_is_read_as_bounds_on_each_sum(reached: Reached) -> None:
    wanted = [appointment(f"a{index}", 8 + index, weight=5, asked=("m1",)) for index in range(2)]
    objective = Objective(Instance.of(problem([mediator(load=2)], wanted)))
    assert objective.most_kept == 2
    every = [Reached(*sums) for sums in product(range(8), range(3), range(objective.most_cost + 1))]
    least = one_number(objective, reached)
    for bound in range(least, least + 2 * objective.coverage_units):
        possible = max(one.rank for one in every if one_number(objective, one) <= bound)
        decoded = objective.decoded(reached, bound)
        assert decoded.rank >= possible
        if bound == least:
            assert decoded == reached


def test_shares_are_whole_numbers_in_the_smallest_unit() -> None:
    people = [mediator(f"m{index}") for index in range(4)]
    wanted = [
        appointment("two", 8, mediators_needed=2, partial=True, weight=3),
        appointment("three", 10, mediators_needed=3, partial=True, fixed=("m0",)),
        appointment("all", 12, mediators_needed=4, weight=5),
        appointment("one", 14, weight=7),
    ]
    objective = Objective(Instance.of(problem(people, wanted)))
    assert objective.scale == 6
    assert [objective.weight(worth) for worth in objective.worths.tolist()] == [Fraction(3, 2), Fraction(1, 3), 5, 7]
    assert objective.rigid.tolist() == [False, False, True, False]


def test_who_is_asked_and_speaks_two_of_its_languages_can_be_kept_once() -> None:
    both = mediator(languages={"ara": "C1", "kmr": "C1"})
    wanted = appointment(mediators_needed=2, accepted_languages=("kmr",), asked=("m1",))
    objective = Objective(Instance.of(problem([both, mediator("m2")], [wanted])))
    assert objective.instance.options.asked.sum() == 2
    assert objective.most_kept == 1


def test_sums_that_are_too_large_for_one_number_are_known() -> None:
    people = [mediator(f"m{index}", load=100_000) for index in range(20)]
    asked = tuple(one.id for one in people)
    small = [appointment("a1", weight=1, asked=asked, mediators_needed=20, partial=True)]
    large = [appointment("a1", weight=1_000_000, asked=asked, mediators_needed=20, partial=True)]
    assert Objective(Instance.of(problem(people, small))).fits_one_number
    assert not Objective(Instance.of(problem(people, large))).fits_one_number
