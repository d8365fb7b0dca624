"""A part of a plan can be planned anew and put back."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scheduler.advice.excerpt import excerpt, put_back
from scheduler.audit import faults
from scheduler.model.plan import Assigned
from scheduler.model.problem import Problem
from scheduler.solve import solve
from tests.effort import examples
from tests.scheduler.build import appointment, mediator, problem
from tests.scheduler.plans import planned
from tests.scheduler.small_problems import small_problems

BOUNDED = settings(
    max_examples=examples(100),
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)


@BOUNDED
@given(small_problems(), st.data())
def test_any_part_planned_anew_fits_into_the_whole(small: Problem, data: st.DataObject) -> None:
    plan = solve(small, seconds=0)
    wanted = data.draw(st.sampled_from(small.appointments))
    people = {*data.draw(st.sets(st.sampled_from([one.id for one in small.mediators]))), *wanted.fixed}
    part, assignments = excerpt(small, plan.assignments, people, wanted.id)
    assert {one.id for one in part.mediators} == people
    assert faults(part, planned(part, assignments)) == ()
    assert put_back(plan.assignments, assignments, people) == plan.assignments
    again = put_back(plan.assignments, solve(part).assignments, people)
    assert faults(small, planned(small, again)) == ()


def test_what_others_share_stays_as_it_is() -> None:
    pair = appointment("pair", mediators_needed=2, asked=("m1",), candidates=("m1", "m2"), preferred=("m2",))
    single = appointment("single", weight=9, preferred=("m2", "m1"), asked=("m2",))
    whole = problem([mediator("m1"), mediator("m2")], [pair, single])
    part, assignments = excerpt(whole, (Assigned("pair", ("m1", "m2"), "ara"),), {"m1"}, "single")
    assert assignments == (Assigned("pair", ("m1",), "ara"),)
    assert solve(part).people == {"pair": ("m1",)}


def test_who_is_no_candidate_in_the_whole_is_none_in_a_part() -> None:
    whole = problem([mediator("m1"), mediator("m2")], [appointment(candidates=("m2",))])
    part, _ = excerpt(whole, (), {"m1"}, "a1")
    assert solve(part).people == {}


def test_what_a_part_leaves_open_is_not_in_the_whole_any_more() -> None:
    before = (Assigned("a1", ("m1",), "ara"), Assigned("a2", ("m2",), "ara"))
    after = (Assigned("a1", ("m3",), "ara"), Assigned("a3", ("m1",), "ara"))
    assert put_back(before, after, {"m1", "m3"}) == (after[0], before[1], after[1])
    assert put_back(before, (), {"m1"}) == before[1:]
