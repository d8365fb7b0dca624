"""Whatever happens after the plan, in any order: it stays valid, and an event tells all that has changed."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from scheduler.audit import faults_of
from scheduler.model.plan import Assigned
from scheduler.model.problem import Appointment, Problem, ProblemError, Travel
from scheduler.search.repair import LivePlan, covering
from scheduler.solve import solve
from scheduler.tables.score import score
from tests.effort import examples
from tests.scheduler.build import appointment, at, mediator, problem
from tests.scheduler.small_problems import PEOPLE, TABLE, appointments, small_problems

BOUNDED = settings(
    max_examples=examples(100), derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)
SITE: dict[str, Any] = {"mode": "on_site"}
People = Mapping[str, frozenset[str]]


def people(assignments: tuple[Assigned, ...]) -> People:
    return {one.appointment: frozenset(one.mediators) for one in assignments}


class Week(RuleBasedStateMachine):
    """A desk, and what has been said to it."""

    @initialize(small=small_problems(), seconds=st.sampled_from((0, 10)))
    def open(self, small: Problem, seconds: float) -> None:
        self.desk = LivePlan(small, solve(small, seconds=seconds).assignments)
        self.refused: set[tuple[str, str]] = set()
        self.away: list[tuple[str, datetime, datetime]] = []
        self.added = 0

    @property
    def problem(self) -> Problem:
        return self.desk.instance.problem

    def told(self, before: tuple[Assigned, ...], event: tuple[Assigned, ...]) -> None:
        had, has = ({one.appointment: one for one in some} for some in (before, self.desk.assignments))
        changed = [one for one in self.problem.appointments if had.get(one.id) != has.get(one.id)]
        assert list(event) == [has.get(one.id, Assigned(one.id, (), one.language)) for one in changed]

    @rule(dice=st.randoms(use_true_random=False))
    def refuse(self, dice: Random) -> None:
        before = self.desk.assignments
        pairs = [(one.appointment, person) for one in before for person in one.mediators]
        pairs += [(one.id, person.id) for one in self.problem.appointments for person in self.problem.mediators]
        name, person = dice.choice(pairs)
        if person in self.problem.appointment[name].fixed:
            with pytest.raises(ProblemError) as caught:
                self.desk.refuse(name, person)
            assert caught.value.key == "mediator"
            assert self.desk.assignments == before
        else:
            self.told(before, self.desk.refuse(name, person))
            self.refused.add((name, person))

    @rule(dice=st.randoms(use_true_random=False), hours=st.integers(1, 5))
    def absent(self, dice: Random, hours: int) -> None:
        before = self.desk.assignments
        starts = at(dice.randint(6, 10), dice.choice((0, 1, 7)))
        person, ends = dice.choice(self.problem.mediators).id, starts + timedelta(hours=hours)
        self.told(before, self.desk.absent(person, starts, ends))
        self.away.append((person, starts, ends))

    @rule(data=st.data())
    def add(self, data: st.DataObject) -> None:
        before, had = self.desk.assignments, self.score()
        names = tuple(name for name in PEOPLE if name in self.problem.mediator)
        late = data.draw(appointments(f"late{self.added}", names))
        self.added += 1
        if self.is_fixed_twice(late):
            with pytest.raises(ProblemError, match="is fixed at the same time"):
                self.desk.add(late)
            assert self.desk.assignments == before
        else:
            self.told(before, self.desk.add(late))
            # only who is fixed can leave something that counts more
            assert late.fixed or self.score()[0] >= had[0]

    def is_fixed_twice(self, late: Appointment) -> bool:
        return any(
            set(one.fixed) & set(late.fixed) and one.starts < late.ends and late.starts < one.ends
            for one in self.problem.appointments
        )

    @rule(dice=st.randoms(use_true_random=False))
    def improve(self, dice: Random) -> None:
        before, had = self.desk.assignments, self.score()
        self.told(before, self.desk.improve(dice.choice(self.problem.appointments).id))
        assert self.score() >= had

    @rule(dice=st.randoms(use_true_random=False))
    def cover(self, dice: Random) -> None:
        had = self.desk.assignments
        one = dice.choice(self.problem.appointments)
        if not self.desk.cover(one.id):
            assert self.desk.assignments == had
            return
        before, after = people(had), people(self.desk.assignments)
        assert len(after[one.id]) == one.mediators_needed
        for key, group in before.items():
            assert key == one.id or len(after[key]) == len(group)
        assert after.keys() - before.keys() <= {one.id}

    def score(self) -> tuple[Any, ...]:
        return score(self.problem, self.desk.assignments, self.desk.instance.preferences).rank

    @invariant()
    def the_plan_is_valid(self) -> None:
        assignments = self.desk.assignments
        assert faults_of(self.problem, assignments, [one.id for one in self.problem.mediators]) == ()
        found = people(assignments)
        for one in self.problem.appointments:
            here = found.get(one.id, frozenset())
            assert here >= set(one.fixed)
            assert len(here) <= one.mediators_needed
            if not one.partial:
                assert len(here) in {len(one.fixed), one.mediators_needed}

    @invariant()
    def nobody_comes_who_said_they_would_not(self) -> None:
        found = people(self.desk.assignments)
        for name, person in self.refused:
            assert person not in found.get(name, ())
        for person, starts, ends in self.away:
            for one in self.problem.appointments:
                if one.starts < ends and starts < one.ends and person not in one.fixed:
                    assert person not in found.get(one.id, ())


Week.TestCase.settings = settings(BOUNDED, stateful_step_count=15, max_examples=examples(150))
TestWeek = Week.TestCase


@BOUNDED
@given(small_problems())
def test_covering_one_more_gives_a_whole_plan_or_nothing(small: Problem) -> None:
    plan = solve(small, seconds=0)
    for one in plan.uncovered:
        found = covering(small, plan.assignments, one.appointment)
        if found is not None:
            assert faults_of(small, found, [person.id for person in small.mediators]) == ()
            sizes = {key: len(group) for key, group in people(found).items()}
            assert sizes[one.appointment] == small.appointment[one.appointment].mediators_needed
            assert all(sizes[key] == len(group) for key, group in plan.people.items() if key != one.appointment)


def test_where_the_same_people_could_cover_one_more_they_do() -> None:
    versatile, single = mediator("both", languages={"ara": "C1", "kmr": "C1"}), mediator("one")
    wanted = [appointment("a1"), appointment("a2", language="kmr")]
    given_problem = problem([versatile, single], wanted)
    found = covering(given_problem, [Assigned("a1", ("both",), "ara")], "a2")
    assert found is not None
    assert people(found) == {"a1": {"one"}, "a2": {"both"}}
    alone = problem([versatile], wanted)
    assert covering(alone, [Assigned("a1", ("both",), "ara")], "a2") is None


def test_an_appointment_that_gives_its_people_away_is_told_with_nobody() -> None:
    people_of = [mediator("m1"), mediator("m2", languages={"ara": "C1", "kmr": "C1"})]
    wanted = [appointment("heavy", weight=5), appointment("light", language="kmr")]
    given_problem = problem(people_of, wanted)
    desk = LivePlan(given_problem, solve(given_problem).assignments)
    assert people(desk.assignments) == {"heavy": {"m1"}, "light": {"m2"}}
    assert set(desk.refuse("heavy", "m1")) == {Assigned("heavy", ("m2",), "ara"), Assigned("light", (), "kmr")}
    assert people(desk.assignments) == {"heavy": {"m2"}}


@pytest.mark.parametrize("travel", [TABLE, Travel()])
def test_an_added_appointment_at_a_new_place_leaves_time_for_the_way(travel: Travel) -> None:
    given_problem = problem([mediator()], [appointment("a1", 8, place="hall", **SITE)], travel=travel)
    desk = LivePlan(given_problem, solve(given_problem).assignments)
    # from the hall to the farm it takes about an hour and a half
    assert desk.add(appointment("near", 9.2, place="farm", weight=1, **SITE)) == ()
    assert desk.add(appointment("later", 12, place="farm", **SITE)) == (Assigned("later", ("m1",), "ara"),)


def test_who_is_fixed_for_an_added_appointment_gives_up_what_does_not_go_with_it() -> None:
    given_problem = problem(
        [mediator("m1", max_appointments_per_day=2), mediator("m2", available=())],
        [appointment("same time", weight=9), appointment("light", 12), appointment("heavy", 15, weight=2)],
    )
    desk = LivePlan(given_problem, [Assigned(name, ("m1",), "ara") for name in ("same time", "light")])
    changed = desk.add(appointment("new", fixed=("m1",)))
    # of what the day still allows, one
    assert people(changed) == {"same time": frozenset(), "new": {"m1"}}
    assert desk.add(appointment("third", 18, fixed=("m1",))) == (
        Assigned("light", (), "ara"),
        Assigned("third", ("m1",), "ara"),
    )
    assert people(desk.assignments) == {"new": {"m1"}, "third": {"m1"}}


def test_an_added_appointment_that_fixed_people_fill_changes_nothing_else() -> None:
    given_problem = problem([mediator("m1"), mediator("m2")], [appointment("a1")])
    desk = LivePlan(given_problem, solve(given_problem).assignments)
    assert desk.add(appointment("full", 12, fixed=("m2",))) == (Assigned("full", ("m2",), "ara"),)
    assert desk.add(appointment("open", 12)) == (Assigned("open", ("m1",), "ara"),)


def test_one_who_says_no_takes_the_others_along_where_only_all_are_of_use() -> None:
    pair = appointment("pair", mediators_needed=2, weight=5)
    given_problem = problem([mediator("m1"), mediator("m2")], [pair, appointment("single", weight=1)])
    desk = LivePlan(given_problem, solve(given_problem).assignments)
    told = people(desk.refuse("pair", "m1"))
    assert told["pair"] == set()
    # both are free again, and one of them is of use elsewhere
    assert len(told["single"]) == 1


OTHER = Assigned("a2", ("m1",), "ara")


@pytest.mark.parametrize(
    ("assignments", "message"),
    [
        ((Assigned("a1", ("m9",), "ara"),), "'m9' cannot take 'a1'"),
        ((Assigned("a1", ("m1",), "kmr"),), "'m1' cannot take 'a1'"),
        ((Assigned("a9", ("m1",), "ara"),), "'a9' is unknown"),
        ((Assigned("a1", ("m1",), "ara"), OTHER), "m1 has a1 and a2 at the same time"),
        ((Assigned("a1", ("m1", "m2"), "ara"),), "a1 has 2 people for 1"),
    ],
)
def test_assignments_that_are_no_plan_of_the_problem_are_refused(
    assignments: tuple[Assigned, ...], message: str
) -> None:
    given_problem = problem([mediator("m1"), mediator("m2")], [appointment("a1"), appointment("a2")])
    with pytest.raises(ProblemError, match=message):
        LivePlan(given_problem, assignments)


@pytest.mark.parametrize(
    ("event", "key"),
    [
        (lambda desk: desk.refuse("a9", "m1"), "appointment"),
        (lambda desk: desk.refuse("a1", "m9"), "mediator"),
        (lambda desk: desk.absent("m9", at(8), at(9)), "mediator"),
        (lambda desk: desk.improve("a9"), "appointment"),
        (lambda desk: desk.cover("a9"), "appointment"),
        (lambda desk: desk.add(appointment("a1")), "id"),
        (lambda desk: desk.add(appointment("a3", fixed=("m9",))), "appointments[0].fixed[0]"),
    ],
)
def test_what_is_not_known_is_refused_by_name_and_changes_nothing(event: Any, key: str) -> None:
    given_problem = problem([mediator()], [appointment("a1")])
    desk = LivePlan(given_problem, solve(given_problem).assignments)
    with pytest.raises(ProblemError) as caught:
        event(desk)
    assert caught.value.key == key
    assert people(desk.assignments) == {"a1": {"m1"}}


def test_a_desk_gives_the_same_answers_to_the_same_events() -> None:
    wanted = [appointment(f"a{index}", 8 + index / 4, weight=1 + index % 3) for index in range(12)]
    given_problem = problem([mediator(f"m{index}", load=index % 3) for index in range(6)], wanted)
    plan = solve(given_problem)
    answers = []
    for _ in range(3):
        desk = LivePlan(given_problem, plan.assignments, seed=4)
        first = desk.refuse("a0", plan.people["a0"][0])
        answers.append((first, desk.improve("a0"), desk.add(replace(wanted[0], id="late")), desk.assignments))
    assert answers[0] == answers[1] == answers[2]
