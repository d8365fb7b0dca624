from collections.abc import Mapping, Sequence
from random import Random

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scheduler.model.problem import Appointment, Problem
from scheduler.model.rules import refusals_beside
from scheduler.tables.arrays import Ints
from scheduler.tables.instance import Instance
from scheduler.tables.roster import SLOTS, Roster
from tests.effort import examples
from tests.scheduler.build import appointment, mediator, problem
from tests.scheduler.small_problems import odd_problems, small_problems

BOUNDED = settings(
    max_examples=examples(200),
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
STEPS = 12


def everything(roster: Roster) -> Ints:
    return np.arange(len(roster.instance.options))


def taken(roster: Roster) -> Mapping[str, Sequence[Appointment]]:
    """Who has what, from the options chosen and the people fixed, as rules want to know it."""
    given_problem, options = roster.instance.problem, roster.instance.options
    found = {
        person.id: [one for one in given_problem.appointments if person.id in one.fixed]
        for person in given_problem.mediators
    }
    for index in roster.choice.tolist():
        found[given_problem.mediators[options.person[index]].id].append(
            given_problem.appointments[options.appointment[index]]
        )
    return found


def allowed_by_the_rules(roster: Roster) -> list[int]:
    given_problem, options, has = roster.instance.problem, roster.instance.options, taken(roster)
    found = []
    for index in everything(roster).tolist():
        person = given_problem.mediators[options.person[index]]
        one = given_problem.appointments[options.appointment[index]]
        beside = one in has[person.id] or refusals_beside(given_problem, person, one, has[person.id])
        if not beside and not roster.closed[index]:
            found.append(index)
    return found


@BOUNDED
@given(small_problems() | odd_problems(), st.randoms(use_true_random=False))
def test_it_allows_what_the_rules_allow_beside_what_people_have(one: Problem, dice: Random) -> None:
    roster = Roster(Instance.of(one))
    roster.closed[[index for index in everything(roster).tolist() if dice.random() < 0.1]] = True
    for _ in range(STEPS):
        allowed = roster.allowed(everything(roster)).tolist()
        assert allowed == allowed_by_the_rules(roster)
        some = roster.allowed(everything(roster)[::2]).tolist()
        assert some == [index for index in allowed if index % 2 == 0]
        if allowed and dice.random() < 0.7:
            roster.put(np.array([dice.choice(allowed)]))
        elif len(roster.choice):
            roster.take(np.array([dice.choice(roster.choice.tolist())]))


@BOUNDED
@given(small_problems(), st.randoms(use_true_random=False))
def test_becoming_another_choice_is_like_having_put_nothing_else(one: Problem, dice: Random) -> None:
    instance = Instance.of(one)
    rosters = [Roster(instance), Roster(instance)]
    for roster in rosters:
        while len(allowed := roster.allowed(everything(roster))):
            roster.put(np.array([dice.choice(allowed.tolist())]))
    first, second = rosters
    people = np.arange(len(one.mediators))
    first.become(second.choice)
    assert first.choice.tolist() == second.choice.tolist()
    assert {person: set(rows) for person, rows in first.rows_of(people).items()} == {
        person: set(rows) for person, rows in second.rows_of(people).items()
    }
    nothing = np.zeros(0, np.int64)
    first.become(nothing)
    fresh = Roster(instance)
    assert first.allowed(everything(first)).tolist() == fresh.allowed(everything(fresh)).tolist()


def test_a_person_can_have_more_than_there_are_slots_at_first() -> None:
    count = 2 * SLOTS + 1
    wanted = [appointment(f"a{index}", index / 2, 0.25) for index in range(count)]
    roster = Roster(Instance.of(problem([mediator(), mediator("m2")], wanted)))
    own = roster.instance.by_person[0]
    roster.put(own)
    assert set(roster.rows_of(np.array([0]))[0]) == set(range(count))
    assert roster.allowed(own).tolist() == []
    roster.take(own[1::2])
    assert set(roster.rows_of(np.array([0]))[0]) == set(range(0, count, 2))
    assert roster.allowed(own).tolist() == own[1::2].tolist()


def test_what_is_fixed_is_there_from_the_start_and_stays() -> None:
    wanted = [appointment("fixed", 8, fixed=("m1",)), appointment("other", 12)]
    roster = Roster(Instance.of(problem([mediator(max_appointments_per_day=1), mediator("m2")], wanted)))
    assert roster.rows_of(np.array([0, 1])) == {0: (0,), 1: ()}
    assert [int(person) for person in roster.instance.options.person[roster.allowed(everything(roster))]] == [1]
    roster.become(np.zeros(0, np.int64))
    assert roster.rows_of(np.array([0])) == {0: (0,)}
