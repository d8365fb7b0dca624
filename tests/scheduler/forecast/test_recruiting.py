"""Whom a pool should look for: what "asked last" promises, and that simulating again agrees."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given

from scheduler.forecast.dice import named, uniform
from scheduler.forecast.history import History
from scheduler.forecast.recruiting import advise, candidates, next_in_order, person, simulated_gain
from scheduler.forecast.remedies import Newcomer
from scheduler.forecast.simulation import Simulation, simulate
from scheduler.model import rules
from scheduler.model.problem import Appointment, Problem
from tests.scheduler.build import MONDAY, appointment, mediator, problem
from tests.scheduler.forecast.pools import NOTHING, WEEKS, history, weekly
from tests.scheduler.small_problems import small_problems

ALWAYS = ((MONDAY - timedelta(weeks=WEEKS), MONDAY + timedelta(weeks=5)),)
PAST = history(
    *weekly(appointment("a", hour=9, day=1)), *weekly(appointment("k", hour=14, day=3, language="kmr"), filled=False)
)
POOL = problem([mediator(available=ALWAYS)], [])


def taken_last(simulation: Simulation, newcomer: Newcomer) -> list[int]:
    """How many requests of each period somebody takes who is asked when all others have said no, one by one."""
    own = person(simulation, newcomer)
    pool = replace(simulation.problem, mediators=(*simulation.problem.mediators, own))
    found = []
    for row, sequence in enumerate(simulation.periods.sequence.tolist()):
        taken: list[Appointment] = []
        for step, place in enumerate(sequence):
            if place < 0 or simulation.played.missing[row, step] != 1:
                continue
            one = simulation.periods.requests[place].wanted
            is_sure = one.mediators_needed == 1 or not one.accepted_languages
            word = simulation.keys[row, step : step + 1] ^ named(["newcomer"])
            yes = uniform(word)[0] < chance(simulation, place)
            if yes and is_sure and not rules.refusals_given(pool, own, one, taken):
                taken.append(one)
        found.append(len(taken))
    return found


def chance(simulation: Simulation, place: int) -> float:
    """Of somebody of whom nothing is known; in these pools nothing is learned of notice, and nothing shifted."""
    return float(simulation.lines.stays[place]) / 3


@given(small_problems())
def test_asked_last_never_raises_what_is_unfilled_and_takes_what_one_by_one_takes(given: Problem) -> None:
    simulation = simulate(given, NOTHING, periods=10, seed=2)
    before = (simulation.played.missing > 0).sum(axis=1)
    for newcomer in candidates(simulation, most_days=2):
        taken = taken_last(simulation, newcomer)
        assert all(0 <= number <= most for number, most in zip(taken, before.tolist(), strict=True))
        assert newcomer.asked_last == pytest.approx(sum(taken) / len(taken), abs=0.0001)
        assert newcomer.asked_last > 0


def test_the_first_advice_is_the_language_and_time_that_nobody_covers() -> None:
    first, *_ = advise(simulate(POOL, PAST), few=3)
    assert (first.language, first.days, first.opens) == ("kmr", (3,), 12)


def test_simulating_again_agrees_where_nobody_else_speaks_the_language() -> None:
    simulation = simulate(POOL, PAST)
    [first, *_] = [one for one in advise(simulation) if one.language == "kmr"]
    assert first.simulated == pytest.approx(first.asked_last, rel=0.15)


def test_the_next_in_order_take_what_those_before_leave() -> None:
    simulation = simulate(POOL, PAST)
    found = next_in_order(simulation, few=5)
    gains = [one.asked_last for one in found]
    assert gains == sorted(gains, reverse=True)
    assert sum(gains) <= simulation.unfilled
    again = candidates(simulation)
    assert replace(found[0], mode=None) == again[0]


def of_two_kinds(on_site: int, by_phone: int) -> History:
    """So many past requests in Tigrinya on site, in the east, and by phone, which are nowhere."""
    kinds: list[dict[str, Any]] = [{"mode": "on_site", "place": "farm"}] * on_site + [{}] * by_phone
    past = [
        weekly(appointment(f"t{number}", hour=9 + number / 10, day=1, language="tir", **kind), filled=False)
        for number, kind in enumerate(kinds)
    ]
    about = {one.wanted.id: ("school", "Ost" if one.wanted.place else "") for those in past for one in those}
    return replace(history(*(one for those in past for one in those)), about=about)


@pytest.mark.parametrize(
    ("on_site", "by_phone", "mode", "district"),
    [(1, 0, "on_site", "Ost"), (5, 1, "on_site", "Ost"), (1, 1, None, None), (1, 5, "phone", None)],
)
def test_how_and_where_somebody_is_needed_is_told_where_it_is_clear(
    on_site: int, by_phone: int, mode: str | None, district: str | None
) -> None:
    simulation = simulate(POOL, of_two_kinds(on_site, by_phone))
    first = next_in_order(simulation)[0]
    assert (first.language, first.mode, first.district) == ("tir", mode, district)
    assert Newcomer.from_json(first.to_json()) == first
    older = {key: value for key, value in first.to_json().items() if key not in {"mode", "district"}}
    assert Newcomer.from_json(older) == replace(first, mode=None, district=None)


def test_a_pool_that_lacks_nobody_needs_nobody() -> None:
    empty = simulate(problem([], []), NOTHING)
    assert (candidates(empty), advise(empty), next_in_order(empty)) == ((), (), ())


def test_a_newcomer_brings_the_level_and_the_gender_that_are_wished_for() -> None:
    wished = [appointment(f"a{index}", hour=9, day=index, gender="f", min_level="C1") for index in range(1, 4)]
    [first, *_] = candidates(simulate(problem([mediator(gender="m")], wished), NOTHING))
    assert (first.gender, first.level) == ("f", "C1")


def test_more_people_of_the_same_kind_are_simulated_with_names_of_their_own() -> None:
    simulation = simulate(POOL, PAST)
    first = candidates(simulation)[0]
    people = (*simulation.problem.mediators, person(simulation, first))
    larger = simulation.with_people(people)
    assert person(larger, first).id != person(simulation, first).id
    assert 0 <= simulated_gain(larger, first) < simulated_gain(simulation, first)
