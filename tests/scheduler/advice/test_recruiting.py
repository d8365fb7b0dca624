"""Whom the pool lacks: the estimate is the best there is, planning again never gives less, and the advice is plain."""

import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from itertools import combinations, product
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scheduler.advice.recruiting import EACH_DAY, PAIRS_OF_DAYS, Advice, advise, estimates, newcomer
from scheduler.audit import faults
from scheduler.model.plan import Assigned, Plan
from scheduler.model.problem import Appointment, Mediator, Problem, Travel
from scheduler.model.rules import collide, refusals
from scheduler.solve import solve
from scheduler.tables.score import figure
from tests.effort import examples
from tests.scheduler.build import appointment, at, mediator, problem
from tests.scheduler.plans import planned
from tests.scheduler.small_problems import (
    PEOPLE,
    TABLE,
    appointments,
    mediators,
    small_problems,
    without_overlapping_fixed,
)

BOUNDED = settings(
    max_examples=examples(100),
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
WINDOWS = ((8, 10), (9, 12), (0, 24))


@st.composite
def unplanned(draw: st.DrawFn) -> Problem:
    """Many appointments on three days, some of them with fixed people, and ways longer than a detour."""
    wanted = [draw(appointments(f"a{index}", PEOPLE[:2])) for index in range(draw(st.integers(3, 8)))]
    people = [draw(mediators(name)) for name in PEOPLE[:2]]
    return problem(people, without_overlapping_fixed(wanted), travel=draw(st.sampled_from((TABLE, Travel()))))


def gain(whole: Problem, plan: Plan, person: Mediator, one: Appointment) -> Fraction:
    """What it adds to the coverage if this person comes beside those the plan has for it."""
    people = plan.people.get(one.id, ())
    if one.candidates is not None or refusals(whole, person, one):
        return Fraction(0)
    if not one.partial:
        return Fraction(one.weight if len(people) + 1 == one.mediators_needed else 0)
    return Fraction(one.weight, one.mediators_needed) if len(people) < one.mediators_needed else Fraction(0)


def best_by_trying(whole: Problem, plan: Plan, advice: Advice, most: int) -> Fraction:
    best = Fraction(0)
    for gender in (None, "f", "m", "d"):
        person = newcomer(whole, replace(advice, level="native", gender=gender), most)
        gains = {one.id: gain(whole, plan, person, one) for one in whole.appointments}
        useful = [one for one in whole.appointments if gains[one.id]]
        for size in range(len(useful) + 1):
            for group in combinations(useful, size):
                days = [whole.day_of(one) for one in group]
                if max(map(days.count, days), default=0) <= most and not any(
                    collide(whole, *pair) for pair in combinations(group, 2)
                ):
                    best = max(best, sum((gains[one.id] for one in group), Fraction(0)))
    return best


@BOUNDED
@given(unplanned(), st.integers(1, 4))
def test_the_estimate_is_the_best_that_trying_everything_finds(whole: Problem, most: int) -> None:
    plan = planned(whole)
    sets = ((0,), (1,), (0, 1))
    found = estimates(whole, plan, day_sets=sets, windows=WINDOWS, most_per_day=most)
    by_profile = {(one.language, one.days, one.opens, one.closes): one for one in found}
    for language, days, (opens, closes) in product(("ara", "kmr"), sets, WINDOWS):
        advice = by_profile.get((language, days, opens, closes))
        blank = Advice(language, None, None, days, opens, closes, (), 0)
        assert (advice or blank).weight == figure(best_by_trying(whole, plan, advice or blank, most))


@BOUNDED
@given(unplanned())
def test_the_person_it_speaks_of_can_do_what_it_counts(whole: Problem) -> None:
    plan = planned(whole)
    for one in estimates(whole, plan, day_sets=((0, 1),), windows=WINDOWS):
        person = newcomer(whole, one)
        grown = replace(whole, mediators=(*whole.mediators, person))
        taken = [Assigned(name, (*plan.people.get(name, ()), person.id), one.language) for name in one.appointments]
        again = planned(grown, taken)
        assert faults(grown, again) == ()
        assert again.coverage - plan.coverage == pytest.approx(one.weight)


@BOUNDED
@given(small_problems())
def test_planning_again_never_finds_less_than_the_estimate(small: Problem) -> None:
    plan = solve(small)
    for one in advise(small, plan, solve, few=2, windows=WINDOWS):
        grown = replace(small, mediators=(*small.mediators, newcomer(small, one)))
        assert solve(grown).coverage - plan.coverage == pytest.approx(one.gain)
        assert one.gain >= one.weight


def test_the_advice_is_the_person_everybody_sees_is_missing() -> None:
    monday = [
        appointment("a1", 7, language="bul", min_level="B2", weight=3, day=0),
        appointment("a2", 8.5, language="bul", min_level="B1", weight=3, day=0),
        appointment("a3", 13, language="bul", min_level="C1", weight=4, day=0),
    ]
    others = [appointment("a4", 8, language="kmr", weight=5, day=2), appointment("a5", weight=9)]
    whole = problem([mediator()], [*monday, *others])
    first, second = advise(whole, solve(whole), solve)
    assert first == Advice("bul", "B2", None, (0,), 8, 12, ("a1", "a2"), 6, 6)
    assert (second.language, second.days, second.appointments) == ("kmr", (2,), ("a4",))
    assert first.words == "one more person who speaks bul at B2, Mon 8–12: 2 appointments"
    assert second.words == "one more person who speaks kmr, Wed 8–12: 1 appointment"


def test_whom_the_new_person_relieves_counts_when_planning_again() -> None:
    both = mediator(languages={"kmr": "C1", "tur": "C1"})
    wanted = [
        appointment("a1", 12, language="kmr", weight=9),
        appointment("a2", 12, language="tur", weight=6),
        appointment("a3", 12, language="kmr", weight=4),
        appointment("a4", 12, language="som", weight=5),
    ]
    whole = problem([both], wanted)
    plan = solve(whole)
    assert [(one.language, one.weight) for one in estimates(whole, plan, windows=((8, 16),))] == [
        ("tur", 6),
        ("som", 5),
        ("kmr", 4),
    ]
    # directly somebody for kmr could do a3; planned anew they do a1, and m1 does a2
    verified = [(one.language, one.weight, one.verified) for one in advise(whole, plan, solve)]
    assert verified == [("kmr", 4, 6), ("tur", 6, 6), ("som", 5, 5)]


def test_the_new_person_comes_no_more_often_than_said() -> None:
    whole = problem([], [appointment("a1", 8, weight=3), appointment("a2", 12, weight=2)])
    for most in (1, 2):
        (found,) = advise(whole, solve(whole), solve, windows=((8, 18),), most_per_day=most)
        assert (found.weight, found.verified) == ((3, 3) if most == 1 else (5, 5))


def test_an_estimate_stands_where_planning_again_finds_less() -> None:
    whole = problem([], [appointment(weight=5)])
    (found,) = advise(whole, planned(whole), lambda _: planned(whole))
    assert (found.weight, found.verified, found.gain) == (5, 5, 5)


def test_more_than_one_window_or_day_is_ranked_by_what_it_brings_then_by_fewer_days() -> None:
    wanted = [appointment("a1", 8, language="kmr", weight=2), appointment("a2", 8, language="kmr", weight=3, day=3)]
    found = estimates(problem([], wanted), planned(problem([], wanted)), day_sets=(*PAIRS_OF_DAYS, *EACH_DAY))
    assert (found[0].days, found[0].weight) == ((1, 3), 5)
    assert next(one.days for one in found if one.weight == 3) == (3,)
    assert found[0].words == "one more person who speaks kmr, Tue and Thu 8–12: 2 appointments"
    gains = [one.weight for one in found]
    assert gains == sorted(gains, reverse=True)


@pytest.mark.parametrize(
    ("given_changes", "gains"),
    [
        ({}, [4.0]),
        ({"mediators_needed": 2}, []),
        ({"mediators_needed": 2, "partial": True}, [2.0]),
        ({"mediators_needed": 2, "fixed": ("m1",)}, [4.0]),
        ({"candidates": ()}, []),
        ({"day": -1}, []),
        ({"hour": 23}, []),
    ],
)
def test_only_what_one_person_can_bring_counts(given_changes: dict[str, Any], gains: list[float]) -> None:
    whole = problem([mediator(available=())], [appointment(**({"weight": 4} | given_changes))])
    assert [one.weight for one in estimates(whole, planned(whole), windows=((8, 12),))] == gains


def test_a_wish_for_a_gender_makes_it_part_of_the_advice() -> None:
    wanted = [appointment("a1", 8, gender="f"), appointment("a2", 12, gender="m", weight=3), appointment("a3", 14)]
    found = estimates(problem([], wanted), planned(problem([], wanted)), windows=((8, 24),))
    assert (found[0].gender, found[0].appointments) == ("m", ("a2", "a3"))
    assert found[0].words.startswith("one more person (male) who speaks ara")


def test_somebody_who_joins_others_speaks_the_language_they_agreed_on() -> None:
    one = appointment(mediators_needed=2, partial=True, accepted_languages=("kmr",), weight=2)
    whole = problem([mediator(languages={"kmr": "C1"})], [one])
    found = estimates(whole, planned(whole, [Assigned("a1", ("m1",), "kmr")]))
    assert {each.language for each in found} == {"kmr"}


def test_two_days_that_leave_too_little_between_them_are_not_both_counted() -> None:
    late, early = appointment("a1", 22, 1, weight=2), appointment("a2", 23.05, 0.5, weight=5)
    whole = problem([], [late, early])
    (found,) = estimates(whole, planned(whole), day_sets=((1, 2),), windows=((0, 24),))
    assert (found.appointments, found.weight) == (("a2",), 5)


def test_an_advice_is_written_with_its_figures() -> None:
    whole = problem([], [appointment(weight=5, min_level="B2")])
    (found,) = estimates(whole, planned(whole), windows=((8, 12),))
    assert found.to_json() == {
        "language": "ara",
        "level": "B2",
        "gender": None,
        "days": [1],
        "opens": 8,
        "closes": 12,
        "appointments": ["a1"],
        "weight": 5,
        "verified": None,
        "words": "one more person who speaks ara at B2, Tue 8–12: 1 appointment",
    }


def test_a_covered_plan_needs_nobody() -> None:
    whole = problem([mediator()], [appointment()])
    assert advise(whole, solve(whole), solve) == ()
    assert estimates(problem([], []), planned(problem([], []))) == ()


def test_a_newcomer_keeps_the_local_hours_when_the_clock_changes() -> None:
    wanted = [appointment("a1", 6, day=-30), appointment("a2", 7, day=-23)]
    whole = problem([], wanted, now=at(0, -40))
    advice = Advice("ara", None, None, (6,), 8, 9, ("a1", "a2"), 2)
    windows = newcomer(whole, advice).available
    assert (at(6, -36), at(7, -36)) in windows
    assert (at(7, -29), at(8, -29)) in windows


def test_estimating_loads_no_solver() -> None:
    script = "import sys, scheduler.advice.recruiting; sys.exit('ortools' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
