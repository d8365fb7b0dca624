"""Who is given what, where all outcomes together would not tell."""

from dataclasses import replace

import pytest

from scheduler.forecast.simulation import simulate
from scheduler.model.problem import Appointment, Mediator
from tests.scheduler.build import appointment, mediator, problem
from tests.scheduler.forecast.pools import NOTHING

BOTH = {"ara": "C1", "kmr": "C1"}
# far enough ahead that people are asked one after the other
LATER = 6
ARABIC = appointment("a1", hour=8, day=LATER)
KURMANJI = appointment("a2", hour=8, day=LATER, language="kmr")


def unfilled(people: list[Mediator], *wanted: Appointment) -> dict[str, float]:
    simulation = simulate(problem(people, list(wanted)), NOTHING, periods=400)
    shares = (simulation.played.missing > 0).mean(axis=0).tolist()
    names = [one.wanted.id for one in simulation.periods.requests]
    return dict(zip(names, shares, strict=False))


def test_whoever_has_been_asked_already_comes_before_whoever_costs_less() -> None:
    people = [mediator("m1"), mediator("m2", languages=BOTH)]
    asked = replace(ARABIC, asked=("m2",))
    assert unfilled(people, ARABIC, KURMANJI)["a2"] < 0.2
    assert unfilled(people, asked, KURMANJI)["a2"] > 0.8


def test_whoever_has_just_been_given_something_costs_more() -> None:
    # the second costs one more than the first, and one assignment costs three
    people = [mediator("m1", languages=BOTH), mediator("m2", load=3, idle_days=20)]
    before, beside = appointment("a0", hour=6, day=LATER), ARABIC
    assert unfilled(people, beside, KURMANJI)["a2"] > 0.8
    assert unfilled(people, before, beside, KURMANJI)["a2"] < 0.3


def test_a_person_of_three_languages_is_one_person() -> None:
    people = [mediator(languages={"ara": "C1", "kmr": "C1", "tir": "C1"})]
    wanted = [appointment(f"a{index}", language=language) for index, language in enumerate(("ara", "kmr", "tir"))]
    simulation = simulate(problem(people, wanted), NOTHING, periods=200)
    assert (simulation.played.missing > 0).sum(axis=1).min() == 2
    assert simulation.played.needed.sum(axis=1).max() == 1


def test_nobody_goes_to_what_is_filled_and_whoever_is_there_is_busy() -> None:
    held = replace(ARABIC, fixed=("m1",))
    found = unfilled([mediator("m1", languages=BOTH)], held, KURMANJI)
    assert (found["a1"], found["a2"]) == (0.0, 1.0)


def test_what_has_begun_counts_for_the_limits_of_its_week() -> None:
    begun = appointment("a1", hour=8, day=0, fixed=("m1",))
    later = {"now": begun.ends}
    for limit, expected in ((1, 1.0), (2, pytest.approx(0.07, abs=0.05))):
        people = [mediator("m1", max_appointments_per_week=limit)]
        simulation = simulate(problem(people, [begun, appointment("a2", day=2)], **later), NOTHING, periods=400)
        assert simulation.unfilled == expected
