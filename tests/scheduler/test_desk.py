"""A plan in use, under whatever happens, in any order."""

from collections.abc import Mapping
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from scheduler.audit import faults_of
from scheduler.plan import Assigned
from scheduler.problem import Appointment, Problem, ProblemError
from scheduler.repair import Desk, covering
from scheduler.solve import solve
from tests.scheduler.build import appointment, at, mediator, problem
from tests.scheduler.small_problems import small_problems

People = Mapping[str, tuple[str, ...]]


def people_of(assignments: tuple[Assigned, ...]) -> People:
    return {one.appointment: one.mediators for one in assignments}


class Life(RuleBasedStateMachine):
    @initialize(given=small_problems(), seed=st.integers(0, 3))
    def begin(self, given: Problem, seed: int) -> None:
        self.fixed = {one.id: set(one.fixed) for one in given.appointments}
        self.desk = Desk(given, solve(given, seconds=0).assignments, seed)
        self.refused: set[tuple[str, str]] = set()
        self.away: list[tuple[str, Appointment]] = []
        self.added = 0

    @property
    def now(self) -> People:
        return people_of(self.desk.assignments)

    def expect(self, before: People, changed: tuple[Assigned, ...]) -> None:
        """What an event tells of is what is different."""
        after = self.now
        different = {name for name in before.keys() | after.keys() if before.get(name, ()) != after.get(name, ())}
        told = people_of(changed)
        assert {name: after.get(name, ()) for name in different} == {
            name: people for name, people in told.items() if before.get(name, ()) != people
        }

    @rule(data=st.data())
    def refuse(self, data: st.DataObject) -> None:
        before = self.now
        choices = [(name, one) for name, people in before.items() for one in people if one not in self.fixed[name]]
        if choices:
            name, person = data.draw(st.sampled_from(choices))
            changed = self.desk.refuse(name, person)
            self.refused.add((name, person))
            self.expect(before, changed)

    @rule(data=st.data())
    def be_absent(self, data: st.DataObject) -> None:
        given, before = self.desk.instance.problem, self.now
        one = data.draw(st.sampled_from(given.appointments))
        person = data.draw(st.sampled_from(given.mediators)).id
        changed = self.desk.absent(person, one.starts, one.ends)
        self.away.append((person, one))
        self.expect(before, changed)

    @precondition(lambda self: self.added < 3)
    @rule(data=st.data(), minutes=st.sampled_from((-30, 15, 60)))
    def add(self, data: st.DataObject, minutes: int) -> None:
        like = data.draw(st.sampled_from(self.desk.instance.problem.appointments))
        shift = timedelta(minutes=minutes)
        values = {key: getattr(like, key) for key in like.__dataclass_fields__}
        changes = {"id": f"n{self.added}", "starts": like.starts + shift, "ends": like.ends + shift, "fixed": ()}
        before = self.now
        changed = self.desk.add(Appointment(**(values | changes)))
        self.fixed[f"n{self.added}"] = set()
        self.added += 1
        self.expect(before, changed)

    @rule(data=st.data())
    def improve(self, data: st.DataObject) -> None:
        before = self.now
        reached = self.desk.objective.reached(self.desk.roster.choice)
        changed = self.desk.improve(data.draw(st.sampled_from(self.desk.instance.problem.appointments)).id)
        assert self.desk.objective.reached(self.desk.roster.choice).rank >= reached.rank
        self.expect(before, changed)

    @rule(data=st.data())
    def cover(self, data: st.DataObject) -> None:
        before = self.now
        one = data.draw(st.sampled_from(self.desk.instance.problem.appointments))
        covered = self.desk.cover(one.id)
        after = self.now
        if covered:
            assert len(after[one.id]) == one.mediators_needed
            assert all(len(after.get(name, ())) >= len(people) for name, people in before.items())
        else:
            assert after == before

    @invariant()
    def nothing_is_broken(self) -> None:
        given, assignments = self.desk.instance.problem, self.desk.assignments
        assert faults_of(given, assignments, [one.id for one in given.mediators]) == ()
        people = people_of(assignments)
        for name, fixed in self.fixed.items():
            assert fixed <= set(people.get(name, ()))
        for name, person in self.refused:
            assert person not in people.get(name, ())
        for person, off in self.away:
            busy = [given.appointment[name] for name, own in people.items() if person in own]
            free = [one for one in busy if person not in self.fixed[one.id]]
            assert not any(one.starts < off.ends and off.starts < one.ends for one in free)


def test_a_plan_stays_sound_whatever_happens() -> None:
    slow = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=120,
            stateful_step_count=12,
            derandomize=True,
            deadline=None,
            database=None,
            suppress_health_check=slow,
        ),
    )


def test_who_is_fixed_is_not_the_desks_to_move() -> None:
    given = problem([mediator("m1"), mediator("m2")], [appointment(fixed=("m1",))])
    with pytest.raises(ProblemError, match="mediator: 'm1' is fixed for 'a1'"):
        Desk(given, solve(given).assignments).refuse("a1", "m1")


def test_somebody_else_moves_so_that_the_only_speaker_can_come() -> None:
    both = mediator("both", languages={"ara": "C1", "kmr": "C1"})
    given = problem([both, mediator("one")], [appointment("a1"), appointment("a2", language="kmr")])
    found = covering(given, (Assigned("a1", ("both",), "ara"),), "a2")
    assert found is not None
    assert people_of(found) == {"a1": ("one",), "a2": ("both",)}


def test_nobody_is_taken_from_another_to_cover_one() -> None:
    given = problem([mediator()], [appointment("a1"), appointment("a2", weight=9)])
    assert covering(given, (Assigned("a1", ("m1",), "ara"),), "a2") is None


def test_a_stranger_or_a_plan_of_another_problem_is_refused_by_name() -> None:
    given = problem([mediator()], [appointment()])
    desk = Desk(given, ())
    with pytest.raises(ProblemError, match="appointment: 'a9' is unknown"):
        desk.refuse("a9", "m1")
    with pytest.raises(ProblemError, match="mediator: 'm9' is unknown"):
        desk.absent("m9", at(8), at(9))
    with pytest.raises(ProblemError, match="assignments: 'm9' cannot take 'a1'"):
        Desk(given, (Assigned("a1", ("m9",), "ara"),))
