from dataclasses import replace
from typing import Any

import pytest

from scheduler.audit import faults
from scheduler.plan import Assigned, Plan
from scheduler.problem import Problem, Travel
from scheduler.solve import solve
from tests.scheduler.build import appointment, at, mediator, problem

SITE = {"mode": "on_site", "place": "hall"}
FREE = appointment("free", 12)


def planned(given: Problem, *assignments: Assigned) -> Plan:
    """A plan with these assignments, whatever the rules say."""
    return replace(solve(given, seconds=0), assignments=assignments, alternates={})


def both(person: dict[str, Any], first: dict[str, Any], second: dict[str, Any]) -> tuple[str, ...]:
    table = Travel(minutes={"hall": {"school": 30}})
    wanted = [appointment("a1", 8, **first), appointment("a2", **({"hour": 9.25} | second))]
    given = problem([mediator(**person)], wanted, travel=table)
    return faults(given, planned(given, *(Assigned(one.id, ("m1",), "ara") for one in wanted)))


@pytest.mark.parametrize(
    ("person", "wanted", "fault"),
    [
        ({"languages": {"kmr": "C1"}}, {}, "m1 at a1 does not speak ara"),
        ({"languages": {"ara": "B1"}}, {"min_level": "B2"}, "m1 at a1 does not reach B2"),
        ({}, {"gender": "f"}, "m1 at a1 is not of the gender asked for"),
        ({"modes": frozenset({"video"})}, {}, "m1 at a1 does not work phone"),
        ({"available": ((at(8), at(8.9)),)}, {}, "m1 at a1 is not available"),
        ({"available": ((at(8.1), at(10)),)}, {}, "m1 at a1 is not available"),
        ({"excluded": frozenset({"a1"})}, {}, "m1 at a1 is excluded"),
        ({}, {"candidates": ("m2",)}, "m1 at a1 is no candidate"),
        ({"home": "farm", "max_travel_minutes": 20}, SITE, "m1 at a1 lives too far away"),
        ({}, {"day": 0}, "m1 at a1 is new although it has started"),
        ({}, {"language": "kmr"}, "a1 cannot be held in ara"),
        ({}, {"mediators_needed": 2}, "a1 has 1 people, which are of no use: it needs all"),
        ({}, {"fixed": ("m2",), "mediators_needed": 2}, "a1 lost m2, who is fixed"),
    ],
)
def test_a_person_who_breaks_a_rule_is_found(person: dict[str, Any], wanted: dict[str, Any], fault: str) -> None:
    given = problem([mediator(**person), mediator("m2")], [appointment(**wanted)], now=at(9, 0))
    assert fault in faults(given, planned(given, Assigned("a1", ("m1",), "ara")))


@pytest.mark.parametrize(
    ("person", "first", "second", "fault"),
    [
        ({}, {}, {"hour": 8.5}, "m1 has a1 and a2 at the same time"),
        ({}, {}, {"hour": 9.1}, "m1 has too little time from a1 to a2"),
        ({}, SITE, {"mode": "on_site", "place": "school"}, "m1 has too little time from a1 to a2"),
        ({"max_appointments_per_day": 1}, {}, {}, "m1 has 2 appointments in day 2026-11-24, 1 at most"),
        ({"max_minutes_per_day": 90}, {}, {}, "m1 has 120 minutes in day 2026-11-24, 90 at most"),
        ({"max_appointments_per_week": 1}, {}, {"day": 3}, "m1 has 2 appointments in week 2026-W48, 1 at most"),
        ({"max_minutes_per_week": 90}, {}, {"day": 3}, "m1 has 120 minutes in week 2026-W48, 90 at most"),
    ],
)
def test_appointments_that_do_not_go_together_are_found(
    person: dict[str, Any], first: dict[str, Any], second: dict[str, Any], fault: str
) -> None:
    assert fault in both(person, first, second)


def test_fixed_people_are_not_judged_among_themselves() -> None:
    found = both(
        {"max_appointments_per_day": 1}, SITE | {"fixed": ("m1",)}, SITE | {"fixed": ("m1",), "place": "school"}
    )
    assert not any("too little time" in fault or "at most" in fault for fault in found)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"coverage": 2}, "the coverage is 1, not 2"),
        ({"coverage_bound": 0.5}, "the coverage is better than its bound"),
        ({"coverage_bound": 2}, "the coverage is called optimal but does not reach its bound"),
        ({"changes": 3}, "the changes are 0, not 3"),
        ({"preference": 5}, "the preference is 0, not 5"),
        ({"preference_bound": 1}, "the preference is better than its bound"),
        ({"uncovered": ()}, "what is uncovered, or its weight, is not what the assignments leave"),
        ({"alternates": {"a2": ("m1",)}}, "m1 is no alternate of a2: m1 has a1 and a2 at the same time"),
        ({"alternates": {"a1": ("m1",)}}, "m1 is an alternate of a1 and has it"),
        ({"alternates": {"a2": ("m2",)}}, "m2 is no mediator of the problem"),
        ({"assignments": (Assigned("a3", ("m1",), "ara"),)}, "a3 is no appointment of the problem"),
        ({"assignments": (Assigned("a1", ("m1",), "ara"),) * 2}, "a1 is assigned 2 times"),
        ({"assignments": (Assigned("a1", ("m1", "m1"), "ara"),)}, "a1 has a person twice"),
        ({"assignments": (Assigned("a1", ("m1", "m1"), "ara"),)}, "a1 has 2 people for 1"),
        ({"assignments": (Assigned("a1", (), "ara"),)}, "a1 is assigned to nobody"),
    ],
)
def test_a_plan_that_tells_untruths_is_found(change: dict[str, Any], fault: str) -> None:
    given = problem([mediator()], [appointment("a1", 8), appointment("a2", 8)])
    honest = replace(solve(given), assignments=(Assigned("a1", ("m1",), "ara"),))
    honest = replace(honest, uncovered=(replace(honest.uncovered[0], appointment="a2"),))
    assert faults(given, honest) == ()
    assert fault in faults(given, replace(honest, **change))
