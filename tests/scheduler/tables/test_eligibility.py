"""Every rule for many people at once says of each of them what its namesake in `rules` says."""

from collections.abc import Sequence
from itertools import product

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from scheduler.model import rules
from scheduler.model.problem import Appointment, Mediator, Problem
from scheduler.model.rules import Refusal
from scheduler.tables import eligibility
from scheduler.tables.arrays import Ints, Tables
from scheduler.tables.instance import Instance
from scheduler.tables.preferences import Preferences
from tests.effort import examples
from tests.scheduler.build import appointment, at, mediator, problem
from tests.scheduler.small_problems import odd_problems, small_problems

BOUNDED = settings(
    max_examples=examples(300),
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
FEWER = settings(BOUNDED, max_examples=examples(150))
EITHER = small_problems() | odd_problems()


def everybody(given_problem: Problem) -> Ints:
    return np.arange(len(given_problem.mediators))


def names(given_problem: Problem, rows: Ints) -> list[str]:
    return [given_problem.mediators[row].id for row in rows.tolist()]


def test_there_is_a_rule_for_many_for_every_rule_for_one() -> None:
    assert list(eligibility.PAIRWISE) == [refusal for refusal, _ in rules.PAIRWISE]


def test_each_rule_says_of_many_what_it_says_of_each() -> None:
    answers: dict[Refusal, set[bool]] = {refusal: set() for refusal in eligibility.PAIRWISE}

    @BOUNDED
    @given(EITHER)
    def agree(one: Problem) -> None:
        tables, some = Tables(one), everybody(one)[::-2]
        for what, (refusal, predicate) in product(one.appointments, rules.PAIRWISE):
            expected = [predicate(one, person, what) for person in one.mediators]
            found = eligibility.PAIRWISE[refusal](tables, everybody(one), what)
            assert (found.dtype, found.tolist()) == (np.dtype(bool), expected), refusal
            assert eligibility.PAIRWISE[refusal](tables, some, what).tolist() == expected[::-2]
            answers[refusal].update(expected)

    agree()
    assert all(found == {True, False} for found in answers.values())


@FEWER
@given(EITHER)
def test_who_fits_and_in_which_languages_is_the_same_for_many_and_for_one(one: Problem) -> None:
    tables = Tables(one)
    for what in one.appointments:
        speakers = [person.id for person in one.mediators if not rules.lacks_language(one, person, what)]
        assert names(one, eligibility.speakers(tables, what)) == speakers
        fitting = [person.id for person in one.mediators if rules.fits(one, person, what)]
        assert names(one, eligibility.fitting(tables, eligibility.speakers(tables, what), what)) == fitting
        able = {
            language: names(one, everybody(one)[who])
            for language, who in eligibility.usable(tables, everybody(one), what)
        }
        for person in one.mediators:
            own = tuple(language for language, found in able.items() if person.id in found)
            assert own == rules.usable_languages(one, person, what)


@FEWER
@given(EITHER)
def test_ways_from_home_and_costs_are_the_same_for_many_and_for_one(one: Problem) -> None:
    tables, costs = Tables(one), Preferences(one)
    for what in one.appointments:
        minutes = eligibility.home_minutes(tables, everybody(one), what)
        assert minutes.tolist() == pytest.approx([rules.home_minutes(one, person, what) for person in one.mediators])
        for language in what.languages:
            expected = [costs.cost(person, what, language) for person in one.mediators]
            assert costs.costs(tables, everybody(one), what, language).tolist() == expected


@pytest.mark.thorough
@BOUNDED
@given(EITHER)
def test_the_options_are_all_pairs_that_fit_and_do_not_clash_with_what_is_fixed(one: Problem) -> None:
    instance, costs = Instance.of(one), Preferences(one)
    options = instance.options
    found = [
        (
            one.appointments[options.appointment[index]].id,
            one.mediators[options.person[index]].id,
            one.appointments[options.appointment[index]].languages[options.language[index]],
            int(options.cost[index]),
            bool(options.asked[index]),
        )
        for index in range(len(options))
    ]
    expected = [
        (what.id, person.id, language, costs.cost(person, what, language), person.id in what.asked)
        for what in one.appointments
        for person in one.mediators
        for language in own_languages(one, person, what)
    ]
    assert found == expected
    for need in instance.needs:
        assert (options.need[need.first : need.last] == instance.need_of[need.row]).all()
    assert [need.appointment.id for need in instance.needs] == [what.id for what in one.appointments if what.open_seats]


def own_languages(one: Problem, person: Mediator, what: Appointment) -> Sequence[str]:
    """In the order of `Appointment.languages`; whoever works alone uses the best one."""
    fixed = [other for other in one.appointments if person.id in other.fixed]
    clashing = any(rules.collide(one, what, other) for other in fixed if other is not what)
    if not what.open_seats or what in fixed or clashing or not rules.fits(one, person, what):
        return ()
    usable = rules.usable_languages(one, person, what)
    return usable if what.mediators_needed > 1 else usable[:1]


def test_windows_that_touch_hold_an_appointment_across_them() -> None:
    person = mediator(available=((at(9), at(10)), (at(8), at(9)), (at(11), at(12))))
    given_problem = problem([person, mediator("m2", available=())], [])
    held = appointment("held", 8.5, 1)
    gap = appointment("gap", 9.5, 2)
    tables = Tables(given_problem)
    assert eligibility.is_unavailable(tables, np.arange(2), held).tolist() == [False, True]
    assert eligibility.is_unavailable(tables, np.arange(2), gap).tolist() == [True, True]
