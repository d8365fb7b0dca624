"""Groups led by prices cover what is missing, break no rule, and cover never less than before."""

import math
from random import Random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scheduler.audit import faults_of
from scheduler.generate import Size, generate
from scheduler.model.problem import Problem
from scheduler.search.exact_model import Effort, Interrupt
from scheduler.search.gap_groups import GapGroups
from scheduler.search.lp_bound import prove_coverage
from scheduler.search.price_bound import PriceSearch
from scheduler.tables.instance import Instance
from scheduler.tables.linear_program import Linear
from scheduler.tables.objective import Objective
from scheduler.tables.roster import Roster
from tests.effort import examples
from tests.scheduler.small_problems import small_problems, some_choice

BOUNDED = settings(
    max_examples=examples(100),
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
POOL = generate(Size(60, 300, hours=(6, 7)), 3)


def led(small: Problem, seed: int = 0) -> GapGroups:
    roster = Roster(Instance.of(small))
    objective = Objective(roster.instance)
    search = PriceSearch(objective, lambda: math.inf)
    search.run(roster.choice, 30)
    assert search.latest is not None
    assert search.pricing is not None
    groups = GapGroups(roster, objective, np.random.default_rng(seed), Interrupt(), search.pricing)
    groups.use(search.latest)
    return groups


def coverage(groups: GapGroups) -> int:
    return groups.objective.reached(groups.roster.choice).coverage


def broken(groups: GapGroups) -> tuple[str, ...]:
    instance = groups.roster.instance
    people = [one.id for one in instance.problem.mediators]
    return faults_of(instance.problem, instance.assignments(groups.roster.choice), people)


@BOUNDED
@given(small_problems(), st.randoms(use_true_random=False), st.integers(1, 3))
def test_rounds_side_by_side_cover_no_less_and_break_no_rule(small: Problem, dice: Random, workers: int) -> None:
    groups = led(small, dice.randrange(100))
    groups.roster.put(some_choice(groups.roster.instance, dice))
    groups.size = 2
    before = coverage(groups)
    groups.round(Effort(steps=10, workers=workers), lambda: math.inf)
    assert coverage(groups) >= before
    assert broken(groups) == ()
    needs, rigid = groups.roster.instance.options.need, groups.objective.rigid
    seated = np.bincount(needs[groups.roster.choice], minlength=len(rigid))
    assert set(zip(seated[rigid].tolist(), groups.objective.seats[rigid].tolist(), strict=True)) <= {
        (some, seats) for seats in (2, 3) for some in (0, seats)
    }


def test_from_nothing_they_come_to_the_best_coverage_of_a_pool() -> None:
    groups = led(POOL)
    groups.size = 12
    instance = groups.roster.instance
    proof = prove_coverage(Linear(groups.objective, np.arange(len(instance.options)), instance.fixed), math.inf)
    for _ in range(10):
        groups.round(Effort(steps=10), lambda: math.inf)
    assert proof.bound is not None
    assert coverage(groups) >= 0.995 * proof.bound
    assert broken(groups) == ()


@pytest.mark.parametrize("workers", [1, 2])
def test_the_same_dice_give_the_same_plan(workers: int) -> None:
    plans = []
    for _ in range(2):
        groups = led(POOL, 3)
        groups.size = 12
        groups.round(Effort(steps=10, workers=workers), lambda: math.inf)
        plans.append(groups.roster.choice.tolist())
    assert plans[0] == plans[1]


def test_where_nothing_is_missing_they_have_nothing_to_do() -> None:
    groups = led(generate(Size(30, 10), 1))
    instance = groups.roster.instance
    proof = prove_coverage(Linear(groups.objective, np.arange(len(instance.options)), instance.fixed), math.inf)
    assert proof.chosen is not None
    groups.roster.put(proof.chosen)
    for _ in range(10):
        groups.round(Effort(steps=10), lambda: math.inf)
    assert groups.is_spent
