import math
from random import Random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scheduler.audit import faults_of
from scheduler.model.problem import Problem
from scheduler.search import neighbourhoods as neighbourhoods_module
from scheduler.search.exact_model import Effort, Interrupt
from scheduler.search.neighbourhoods import Neighbourhoods
from scheduler.tables.instance import Instance
from scheduler.tables.objective import Objective
from scheduler.tables.roster import Roster
from scheduler.tables.score import fixed_weight
from tests.effort import examples
from tests.scheduler.build import appointment, mediator, problem
from tests.scheduler.small_problems import best_rank, small_problems, some_choice

BOUNDED = settings(
    max_examples=examples(150),
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
ENOUGH = Effort(steps=10)


def of(given_problem: Problem, seed: int = 0) -> Neighbourhoods:
    instance = Instance.of(given_problem)
    return Neighbourhoods(Roster(instance), Objective(instance), np.random.default_rng(seed), Interrupt())


def broken(groups: Neighbourhoods) -> tuple[str, ...]:
    instance = groups.roster.instance
    people = [one.id for one in instance.problem.mediators]
    return faults_of(instance.problem, instance.assignments(groups.roster.choice), people)


def rank(groups: Neighbourhoods) -> tuple[int, int, int]:
    return groups.objective.reached(groups.roster.choice).rank


def seated(groups: Neighbourhoods) -> list[int]:
    needs = groups.roster.instance.options.need[groups.roster.choice]
    found: list[int] = np.bincount(needs, minlength=len(groups.roster.instance.needs)).tolist()
    return found


def theirs(groups: Neighbourhoods, people: list[int]) -> list[int]:
    """The options these people have."""
    options = groups.roster.instance.options
    return [index for index in groups.roster.choice.tolist() if options.person[index] in people]


@BOUNDED
@given(small_problems(), st.randoms(use_true_random=False))
def test_some_people_are_planned_anew_and_all_others_keep_what_they_have(small: Problem, dice: Random) -> None:
    groups = of(small)
    groups.roster.put(some_choice(groups.roster.instance, dice))
    able = sorted(groups.roster.instance.by_person)
    some = dice.sample(able, len(able) // 2)
    before, others = rank(groups), [person for person in able if person not in some]
    kept = theirs(groups, others)
    groups.improve(np.array(sorted(some), np.int64), ENOUGH)
    assert rank(groups) >= before
    assert theirs(groups, others) == kept
    assert broken(groups) == ()


@BOUNDED
@given(small_problems())
def test_everybody_planned_anew_is_the_best_plan(small: Problem) -> None:
    groups = of(small)
    groups.improve(np.array(sorted(groups.roster.instance.by_person), np.int64), ENOUGH)
    coverage, changes, preference = best_rank(small)
    reached = groups.objective.reached(groups.roster.choice)
    assert fixed_weight(small) + groups.objective.weight(reached.coverage) == coverage
    assert reached.kept - sum(len(one.asked) for one in small.appointments) == changes
    assert reached.cost == -preference


@BOUNDED
@given(small_problems(), st.randoms(use_true_random=False), st.integers(1, 3))
def test_a_round_of_small_groups_side_by_side_makes_nothing_worse_and_breaks_no_rule(
    small: Problem, dice: Random, workers: int
) -> None:
    groups = of(small, dice.randrange(100))
    groups.roster.put(some_choice(groups.roster.instance, dice))
    before = rank(groups)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(neighbourhoods_module, "MANY", 2)
        patch.setattr(neighbourhoods_module, "FEW", 2)
        groups.round(Effort(steps=10, workers=workers), lambda: math.inf)
    assert rank(groups) >= before
    assert broken(groups) == ()


@BOUNDED
@given(small_problems(), st.randoms(use_true_random=False))
def test_one_more_is_covered_without_taking_anybody_from_others_or_nothing_changes(
    small: Problem, dice: Random
) -> None:
    groups = of(small)
    groups.roster.put(some_choice(groups.roster.instance, dice))
    for index, need in enumerate(groups.roster.instance.needs):
        before, had = groups.roster.choice.tolist(), seated(groups)
        people = groups.around(index, 3)
        if len(people) and groups.cover(index, people, ENOUGH):
            had[index] = need.appointment.open_seats
            assert seated(groups) == had
            assert broken(groups) == ()
        else:
            assert groups.roster.choice.tolist() == before


def test_who_is_free_to_relieve_somebody_is_among_those_around() -> None:
    # only m1 can take the open one; m2 could relieve m1, and m3 has nothing to do with it
    people = [
        mediator("m1", languages={"ara": "C1", "kmr": "C1"}),
        mediator("m2"),
        mediator("m3", languages={"tir": "C1"}),
    ]
    groups = of(problem(people, [appointment("a1"), appointment("a2", language="kmr")]))
    groups.roster.put(np.array([0]))
    assert groups.around(1, 3).tolist() == [0, 1]
    assert groups.cover(1, groups.around(1, 3), ENOUGH)
    assert seated(groups) == [1, 1]


@pytest.mark.parametrize("effort", [Effort(steps=0), Effort(seconds=0)])
def test_without_anything_to_spend_nothing_is_done(effort: Effort) -> None:
    groups = of(problem([mediator()], [appointment()]))
    assert groups.round(effort, lambda: effort.seconds) == 0
    assert groups.roster.choice.tolist() == []


@pytest.mark.parametrize("workers", [1, 2])
def test_whatever_a_solver_dies_of_people_keep_what_they_had(workers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def dies(*_given: object) -> None:
        raise RuntimeError("it broke down")

    groups = of(problem([mediator("m1"), mediator("m2")], [appointment("a1"), appointment("a2"), appointment("a3")]))
    groups.roster.put(np.array([0, 3]))
    monkeypatch.setattr(neighbourhoods_module, "optimise", dies)
    with pytest.raises(RuntimeError, match="it broke down"):
        groups.round(Effort(steps=1, workers=workers), lambda: math.inf)
    with pytest.raises(RuntimeError, match="it broke down"):
        groups.cover(2, np.array([0, 1]), ENOUGH)
    assert groups.roster.choice.tolist() == [0, 3]


def test_interrupted_it_leaves_people_what_they_had() -> None:
    groups = of(problem([mediator("m1", load=9), mediator("m2")], [appointment()]))
    groups.roster.put(np.array([0]))
    groups.interrupt.stop()
    groups.improve(np.array([0, 1]), ENOUGH)
    assert groups.roster.choice.tolist() == [0]
