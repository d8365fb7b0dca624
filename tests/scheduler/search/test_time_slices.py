from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ortools.graph.python import min_cost_flow

from scheduler.audit import faults_of
from scheduler.model.problem import Problem
from scheduler.search.time_slices import AS_IS, Mood, TimeSlices
from scheduler.tables import objective as objective_module
from scheduler.tables.instance import Instance
from scheduler.tables.objective import Objective
from scheduler.tables.roster import Roster
from scheduler.tables.score import fixed_weight
from tests.effort import examples
from tests.scheduler.build import appointment, at, mediator, problem
from tests.scheduler.small_problems import best_rank, small_problems, some_choice

BOUNDED = settings(
    max_examples=examples(150),
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)


def of(given_problem: Problem, seed: int = 0) -> TimeSlices:
    instance = Instance.of(given_problem)
    return TimeSlices(Roster(instance), Objective(instance), np.random.default_rng(seed))


def broken(moments: TimeSlices) -> tuple[str, ...]:
    instance = moments.roster.instance
    people = [one.id for one in instance.problem.mediators]
    return faults_of(instance.problem, instance.assignments(moments.roster.choice), people)


def rank(moments: TimeSlices) -> tuple[int, int, int]:
    return moments.objective.reached(moments.roster.choice).rank


@BOUNDED
@given(small_problems(), st.randoms(use_true_random=False))
def test_settling_a_moment_as_it_is_makes_nothing_worse_and_breaks_no_rule(small: Problem, dice: Random) -> None:
    moments = of(small)
    moments.roster.put(some_choice(moments.roster.instance, dice))
    rigid = moments.objective.rigid[moments.roster.instance.options.need]
    kept = moments.roster.chosen & rigid
    for moment in moments.starts.tolist():
        before = rank(moments)
        moments.settle(moment)
        assert rank(moments) >= before
        assert broken(moments) == ()
        # who is of use only together stays together
        assert (moments.roster.chosen & rigid).tolist() == kept.tolist()


@BOUNDED
@given(small_problems(), st.randoms(use_true_random=False))
def test_in_any_mood_no_rule_is_broken_and_annealing_ends_with_the_best_it_saw(small: Problem, dice: Random) -> None:
    moments = of(small, dice.randrange(100))
    moments.roster.put(some_choice(moments.roster.instance, dice))
    before = rank(moments)
    moments.anneal(lambda: True, passes=4)
    assert rank(moments) >= before
    for moment in moments.starts.tolist():
        moments.settle(moment, Mood(blur=2.0, thrift=1.0))
        assert broken(moments) == ()


@st.composite
def one_moment(draw: st.DrawFn) -> Problem:
    """Everything is under way at 08:30, one person or a part of several is wanted."""
    spoken = [draw(st.sampled_from(({"ara": "C1"}, {"kmr": "C1"}, {"ara": "B1", "kmr": "C1"}))) for _ in range(4)]
    loads = [draw(st.integers(0, 3)) for _ in spoken]
    people = [
        mediator(f"m{index}", languages=languages, load=load)
        for index, (languages, load) in enumerate(zip(spoken, loads, strict=True))
    ]
    wanted = [
        appointment(
            f"a{index}",
            8 + draw(st.sampled_from((0, 0.25))),
            language=draw(st.sampled_from(("ara", "kmr"))),
            weight=draw(st.integers(1, 3)),
            mediators_needed=draw(st.integers(1, 2)),
            partial=True,
            asked=draw(st.sampled_from(((), ("m0",), ("m1", "m2")))),
            min_level=draw(st.sampled_from((None, "C1"))),
        )
        for index in range(draw(st.integers(1, 5)))
    ]
    return problem(people, wanted)


@BOUNDED
@given(one_moment(), st.randoms(use_true_random=False))
def test_where_everything_happens_at_one_moment_settling_it_finds_the_best_plan(one: Problem, dice: Random) -> None:
    moments = of(one)
    moments.roster.put(some_choice(moments.roster.instance, dice))
    moments.settle(int(at(8.5).timestamp()))
    coverage, changes, preference = best_rank(one)
    reached = moments.objective.reached(moments.roster.choice)
    assert moments.objective.weight(reached.coverage) + fixed_weight(one) == coverage
    assert reached.kept - sum(len(other.asked) for other in one.appointments) == changes
    assert reached.cost == -preference


def test_several_people_are_found_in_the_language_of_most_and_stay_in_it() -> None:
    people = [mediator("m1"), *(mediator(f"k{index}", languages={"kmr": "C1"}) for index in range(2))]
    wanted = appointment(accepted_languages=("kmr",), mediators_needed=3, partial=True)
    moments = of(problem(people, [wanted]))
    moments.settle(int(at(8).timestamp()))
    assert [one.mediators for one in moments.roster.instance.assignments(moments.roster.choice)] == [("k0", "k1")]
    first = of(problem(people, [wanted]))
    first.roster.put(np.array([0]))
    first.settle(int(at(8).timestamp()))
    assert [one.mediators for one in first.roster.instance.assignments(first.roster.choice)] == [("m1",)]


@pytest.mark.parametrize("answer", ["UNBALANCED", "BAD_COST_RANGE"])
def test_a_moment_for_which_no_flow_is_computed_stays_as_it_is(answer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(flow: Any) -> Any:
        return getattr(flow, answer)

    moments = of(problem([mediator("m1", load=5), mediator("m2")], [appointment()]))
    moments.roster.put(np.array([0]))
    with monkeypatch.context() as patch:
        patch.setattr(min_cost_flow.SimpleMinCostFlow, "solve", fails)
        moments.settle(int(at(8).timestamp()))
    assert moments.roster.choice.tolist() == [0]
    moments.settle(int(at(8).timestamp()))
    assert moments.roster.choice.tolist() == [1]


def test_coverage_comes_first_also_where_the_sums_are_too_large_for_one_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objective_module, "LARGEST_SUM", 1)
    people = [mediator("m1", load=1000), mediator("m2", languages={"kmr": "C1"}, load=9)]
    wanted = [appointment("a1", weight=2), appointment("a2", language="kmr", weight=3)]
    both = mediator("m3", languages={"ara": "C1", "kmr": "C1"})
    for given_people in ([*people, both], [both, *people]):
        moments = of(problem(given_people, wanted))
        moments.pass_through(AS_IS, lambda: True)
        assert moments.objective.weight(moments.objective.reached(moments.roster.choice).coverage) == 5


@pytest.mark.thorough
def test_a_moment_of_thousands_is_settled_also_where_sums_are_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objective_module, "LARGEST_SUM", 1)
    people = [mediator(f"m{index}") for index in range(5_000)]
    wanted = [
        appointment(f"a{index}", weight=1 + index % 9, candidates=(f"m{index}", f"m{index + 1}"))
        for index in range(2_500)
    ]
    moments = of(problem(people, wanted))
    moments.settle(int(at(8).timestamp()))
    assert len(moments.roster.choice) == 2_500


def test_a_pass_stops_when_it_is_told_to() -> None:
    wanted = [appointment(f"a{index}", 8 + index) for index in range(4)]
    moments = of(problem([mediator(f"m{index}") for index in range(4)], wanted))
    left = iter([True, True, False, False])
    moments.pass_through(AS_IS, lambda: next(left))
    assert len(moments.roster.choice) == 2
