"""Every fault that can be planted into a plan is found, also by an audit whose rules have been turned into lies."""

from collections.abc import Callable
from dataclasses import replace
from inspect import isfunction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from scheduler.audit import AuditFailed, faults, faults_of
from scheduler.model import rules
from scheduler.model.plan import Assigned, Plan
from scheduler.model.problem import Problem, Travel
from scheduler.solve import solve
from scheduler.tables import eligibility
from scheduler.tables.arrays import Tables
from tests.effort import examples
from tests.scheduler.build import appointment, at, mediator, problem
from tests.scheduler.small_problems import odd_problems, small_problems

SITE: dict[str, Any] = {"mode": "on_site", "place": "hall"}
BOTH = {"ara": "C1", "kmr": "C1"}
Audit = Callable[[Problem, Plan], tuple[str, ...]]


@pytest.fixture
def audited(monkeypatch: pytest.MonkeyPatch) -> Audit:
    """The audit of a plan while every rule says that nothing speaks against anybody."""

    def audit(given_problem: Problem, plan: Plan) -> tuple[str, ...]:
        with monkeypatch.context() as patch:
            for module in (rules, eligibility):
                own = [
                    name
                    for name, value in vars(module).items()
                    if isfunction(value) and value.__module__ == module.__name__
                ]
                for name in own:
                    patch.setattr(module, name, lambda *_given: False)
            patch.setattr(Tables, "clash", lambda *_given: False)
            return faults(given_problem, plan)

    return audit


def planned(given_problem: Problem, *assignments: Assigned) -> Plan:
    """A plan with these assignments, whatever the rules say."""
    return replace(solve(given_problem, seconds=0), assignments=assignments, alternates={})


def alone(person: dict[str, Any], wanted: dict[str, Any]) -> Problem:
    return problem([mediator(**person), mediator("m2", languages=BOTH)], [appointment(**wanted)], now=at(9, 0))


AGAINST_ONE: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"languages": {"kmr": "C1"}}, {}, "does not speak ara"),
    ({"languages": {"ara": "B1"}}, {"min_level": "B2"}, "does not reach B2"),
    ({}, {"gender": "f"}, "is not of the gender asked for"),
    ({"gender": "m"}, {"gender": "f"}, "is not of the gender asked for"),
    ({"modes": frozenset({"video"})}, {}, "does not work phone"),
    ({"modes": frozenset({"video"})}, SITE, "does not work on_site"),
    ({"available": ()}, {}, "is not available"),
    ({"available": ((at(8), at(8.9)),)}, {}, "is not available"),
    ({"available": ((at(8.1), at(10)),)}, {}, "is not available"),
    ({"available": ((at(8), at(8.5)), (at(8.75), at(10)))}, {}, "is not available"),
    ({"uncleared": frozenset({"a1"})}, {}, "lacks a proof that is asked for"),
    ({"excluded": frozenset({"a1"})}, {}, "is excluded"),
    ({}, {"candidates": ("m2",)}, "is no candidate"),
    ({}, {"candidates": ()}, "is no candidate"),
    ({"home": "farm", "max_travel_minutes": 20}, SITE, "lives too far away"),
    ({}, {"day": 0}, "is new although it has started"),
]


@pytest.mark.parametrize(("person", "wanted", "fault"), AGAINST_ONE)
def test_a_person_who_breaks_a_rule_is_found(
    person: dict[str, Any], wanted: dict[str, Any], fault: str, audited: Audit
) -> None:
    given_problem = alone(person, wanted)
    found = audited(given_problem, planned(given_problem, Assigned("a1", ("m1",), "ara")))
    assert f"m1 at a1 {fault}" in found


@pytest.mark.parametrize(("person", "wanted", "fault"), AGAINST_ONE)
def test_an_alternate_who_breaks_a_rule_is_found(
    person: dict[str, Any], wanted: dict[str, Any], fault: str, audited: Audit
) -> None:
    given_problem = alone(person, wanted)
    plan = replace(planned(given_problem), alternates={"a1": ("m1",)})
    assert f"m1 is no alternate of a1: m1 at a1 {fault}" in audited(given_problem, plan)


def test_the_way_that_is_too_long_for_everybody_is_found(audited: Audit) -> None:
    table = Travel(minutes={"farm": {"hall": 61}}, max_minutes=60)
    given_problem = problem([mediator(home="farm")], [appointment(**SITE)], travel=table)
    found = audited(given_problem, planned(given_problem, Assigned("a1", ("m1",), "ara")))
    assert "m1 at a1 lives too far away" in found


@pytest.mark.parametrize(
    ("wanted", "assigned", "fault"),
    [
        ({"language": "kmr"}, ("m1",), "a1 cannot be held in ara"),
        ({"mediators_needed": 2}, ("m1",), "a1 has 1 people, which are of no use: it needs all"),
        ({"mediators_needed": 3, "fixed": ("m2",)}, ("m2", "m1"), "a1 has 2 people, which are of no use: it needs all"),
        ({"fixed": ("m2",), "mediators_needed": 2}, ("m1",), "a1 lost m2, who is fixed"),
        ({"fixed": ("m2",)}, ("m2", "m1"), "a1 has 2 people for 1"),
        ({"mediators_needed": 2}, ("m1", "m1"), "a1 has a person twice"),
        ({}, (), "a1 is assigned to nobody"),
    ],
)
def test_an_appointment_with_the_wrong_people_is_found(
    wanted: dict[str, Any], assigned: tuple[str, ...], fault: str, audited: Audit
) -> None:
    given_problem = alone({}, wanted)
    assert fault in audited(given_problem, planned(given_problem, Assigned("a1", assigned, "ara")))


@pytest.mark.parametrize("level", ["B2", None])
def test_several_people_work_in_a_language_that_fixed_ones_speak_well_enough(level: str | None, audited: Audit) -> None:
    fixed = mediator("fixed", languages={"kmr": "C1", "tir": "C1"} | ({"ara": "B1"} if level else {}))
    other = mediator("other", languages={"ara": "C1", "kmr": "C1"})
    wanted = appointment(mediators_needed=2, accepted_languages=("kmr",), fixed=("fixed",), min_level=level)
    given_problem = problem([fixed, other], [wanted])
    for language, is_wrong in (("ara", True), ("kmr", False)):
        found = audited(given_problem, planned(given_problem, Assigned("a1", ("fixed", "other"), language)))
        assert (f"a1 cannot be held in {language}" in found) == is_wrong
    # where they have none in common, the others are not bound
    stranger = replace(given_problem, mediators=(replace(fixed, languages={"tir": "C1"}), other))
    found = audited(stranger, planned(stranger, Assigned("a1", ("fixed", "other"), "ara")))
    assert "a1 cannot be held in ara" not in found


TOGETHER: list[tuple[dict[str, Any], dict[str, Any], dict[str, Any], str]] = [
    ({}, {}, {"hour": 8.5}, "m1 has a1 and a2 at the same time"),
    ({}, {}, {"hour": 8}, "m1 has a1 and a2 at the same time"),
    ({}, {"hours": 4}, {"hour": 9}, "m1 has a1 and a2 at the same time"),
    ({}, {}, {"hour": 9.1}, "m1 has too little time from a1 to a2"),
    ({}, SITE, {"hour": 9.1}, "m1 has too little time from a1 to a2"),
    ({}, SITE, {"mode": "on_site", "place": "school"}, "m1 has too little time from a1 to a2"),
    (
        {},
        SITE,
        {"hour": 7.25, "hours": 0.5, "mode": "on_site", "place": "school"},
        "m1 has too little time from a2 to a1",
    ),
    ({"max_appointments_per_day": 1}, {}, {}, "m1 has 2 appointments in day 2026-11-24, 1 at most"),
    ({"max_minutes_per_day": 119}, {}, {}, "m1 has 120 minutes in day 2026-11-24, 119 at most"),
    ({"max_appointments_per_week": 1}, {}, {"day": 3}, "m1 has 2 appointments in week 2026-W48, 1 at most"),
    ({"max_minutes_per_week": 119}, {}, {"day": 3}, "m1 has 120 minutes in week 2026-W48, 119 at most"),
    # Sunday 23:30 in Berlin and the Monday before are of one week
    (
        {"max_appointments_per_week": 1},
        {"day": 0},
        {"hour": 22.5, "hours": 0.5, "day": 6},
        "m1 has 2 appointments in week 2026-W48, 1 at most",
    ),
    # what begins at 23:30 UTC is of the day after, as the clocks show it
    (
        {"max_appointments_per_day": 1},
        {},
        {"hour": -0.5, "hours": 0.5},
        "m1 has 2 appointments in day 2026-11-24, 1 at most",
    ),
]


def both(person: dict[str, Any], first: dict[str, Any], second: dict[str, Any]) -> Problem:
    table = Travel(minutes={"hall": {"school": 30}})
    wanted = [appointment("a1", **({"hour": 8} | first)), appointment("a2", **({"hour": 9.25} | second))]
    return problem([mediator(**person)], wanted, travel=table)


@pytest.mark.parametrize(("person", "first", "second", "fault"), TOGETHER)
def test_appointments_that_do_not_go_together_are_found(
    person: dict[str, Any], first: dict[str, Any], second: dict[str, Any], fault: str, audited: Audit
) -> None:
    given_problem = both(person, first, second)
    assignments = [Assigned(name, ("m1",), "ara") for name in ("a1", "a2")]
    assert fault in audited(given_problem, planned(given_problem, *assignments))
    assert fault in faults_of(given_problem, assignments, ["m1"])


@pytest.mark.parametrize(("person", "first", "second", "fault"), TOGETHER)
def test_an_alternate_whose_appointments_do_not_go_together_is_found(
    person: dict[str, Any], first: dict[str, Any], second: dict[str, Any], fault: str, audited: Audit
) -> None:
    given_problem = both(person, first, second)
    plan = replace(planned(given_problem, Assigned("a1", ("m1",), "ara")), alternates={"a2": ("m1",)})
    assert f"m1 is no alternate of a2: {fault}" in audited(given_problem, plan)


def test_fixed_people_are_not_judged_among_themselves(audited: Audit) -> None:
    given_problem = both(
        {"max_appointments_per_day": 1}, SITE | {"fixed": ("m1",)}, SITE | {"fixed": ("m1",), "place": "school"}
    )
    assert audited(given_problem, solve(given_problem)) == ()


def test_what_is_added_to_fixed_appointments_is_judged_with_them(audited: Audit) -> None:
    given_problem = both({"max_appointments_per_day": 1}, {"fixed": ("m1",)}, {})
    found = audited(given_problem, planned(given_problem, *(Assigned(name, ("m1",), "ara") for name in ("a1", "a2"))))
    assert "m1 has 2 appointments in day 2026-11-24, 1 at most" in found


def honest() -> tuple[Problem, Plan]:
    """One of two appointments at the same time is covered; m2 could do neither."""
    people = [mediator(), mediator("m2", languages={"kmr": "C1"}), mediator("m3", load=1, available=())]
    given_problem = problem(people, [appointment("a1", 8, asked=("m3",)), appointment("a2", 8, weight=2)])
    return given_problem, solve(given_problem)


A2 = Assigned("a2", ("m1",), "ara")


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"coverage": 3}, "the coverage is 2, not 3"),
        ({"coverage_bound": 1.5}, "the coverage is better than its bound"),
        ({"coverage_bound": 3}, "the coverage is called optimal but does not reach its bound"),
        ({"changes": 3}, "the changes are 1, not 3"),
        ({"changes_bound": 2}, "the changes is better than its bound"),
        ({"changes_bound": 0}, "the changes is called optimal but does not reach its bound"),
        ({"preference": 5}, "the preference is 0, not 5"),
        ({"preference_bound": 1}, "the preference is better than its bound"),
        ({"preference": 5, "preference_bound": 0}, "the preference is called optimal but does not reach its bound"),
        ({"uncovered": ()}, "what is uncovered, or its weight, is not what the assignments leave"),
        ({"assignments": ()}, "what is uncovered, or its weight, is not what the assignments leave"),
        ({"alternates": {"a1": ("m1",)}}, "m1 is no alternate of a1: m1 has a2 and a1 at the same time"),
        ({"alternates": {"a2": ("m1",)}}, "m1 is an alternate of a2 and has it"),
        ({"alternates": {"a2": ("m9",)}}, "m9 is no mediator of the problem"),
        ({"alternates": {"a9": ("m2",)}}, "a9 is no appointment of the problem"),
        ({"alternates": {"a1": ("m2", "m2")}}, "a1 has an alternate twice"),
        ({"assignments": (A2, Assigned("a3", ("m1",), "ara"))}, "a3 is no appointment of the problem"),
        ({"assignments": (replace(A2, mediators=("m9",)),)}, "m9 is no mediator of the problem"),
        ({"assignments": (A2, A2)}, "a2 is assigned 2 times"),
        ({"assignments": (replace(A2, mediators=("m1", "m1")),)}, "a2 has a person twice"),
        ({"assignments": (replace(A2, mediators=("m1", "m3")),)}, "a2 has 2 people for 1"),
    ],
)
def test_a_plan_that_tells_untruths_is_found(change: dict[str, Any], fault: str, audited: Audit) -> None:
    given_problem, plan = honest()
    assert audited(given_problem, plan) == ()
    assert fault in audited(given_problem, replace(plan, **change))


@pytest.mark.parametrize("change", [{"weight": 2}, {"weight": 0.5}, {"appointment": "a2"}])
def test_what_stays_open_is_told_once_and_with_its_weight(change: dict[str, Any], audited: Audit) -> None:
    given_problem, plan = honest()
    [left] = plan.uncovered
    for told in ((replace(left, **change),), (left, left), (left, replace(left, **change))):
        found = audited(given_problem, replace(plan, uncovered=told))
        assert "what is uncovered, or its weight, is not what the assignments leave" in found
    assert "a9 is no appointment of the problem" in audited(
        given_problem, replace(plan, uncovered=(replace(left, appointment="a9"),))
    )


def test_who_is_asked_and_not_kept_counts_as_a_change(audited: Audit) -> None:
    given_problem = problem([mediator(), mediator("m2", load=1)], [appointment(asked=("m2",))])
    plan = solve(given_problem)
    assert (plan.people, plan.changes) == ({"a1": ("m2",)}, 0)
    moved = replace(
        plan, assignments=(Assigned("a1", ("m1",), "ara"),), alternates={}, preference=0, preference_bound=0
    )
    assert audited(given_problem, moved) == ("the changes are 1, not 0",)


def test_an_alternate_speaks_the_language_that_others_have_agreed_on(audited: Audit) -> None:
    people = [mediator("m1"), mediator("m2", languages={"kmr": "C1"}), mediator("m3", languages=BOTH)]
    wanted = appointment(mediators_needed=3, partial=True, accepted_languages=("kmr",), fixed=("m3",))
    given_problem = problem(people, [wanted])
    nobody_yet = replace(planned(given_problem, Assigned("a1", ("m3",), "ara")), alternates={"a1": ("m1", "m2")})
    assert not any("alternate" in fault for fault in audited(given_problem, nobody_yet))
    agreed = replace(planned(given_problem, Assigned("a1", ("m3", "m1"), "ara")), alternates={"a1": ("m2",)})
    assert "m2 is no alternate of a1: m2 at a1 does not speak ara" in audited(given_problem, agreed)


@settings(
    max_examples=examples(200),
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(small_problems() | odd_problems())
def test_every_plan_of_the_engine_can_be_written_read_and_passes(small: Problem) -> None:
    for seconds in (0, 10):
        plan = solve(small, seconds=seconds)
        assert faults(small, Plan.from_json(plan.to_json())) == ()
        assert Plan.from_json(plan.to_json()) == plan


def test_an_audit_that_failed_says_all_that_it_found() -> None:
    failed = AuditFailed(["one thing", "another"])
    assert (str(failed), failed.found) == ("one thing; another", ("one thing", "another"))
