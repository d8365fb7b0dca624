"""What speaks against a person is told with its figures, and says neither more nor less than the rules."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from scheduler.advice.objections import SENTENCES, objections
from scheduler.model.problem import Appointment, Problem, Travel
from scheduler.model.rules import Refusal, refusals_given
from tests.effort import examples
from tests.scheduler.build import MONDAY, appointment, at, mediator, problem
from tests.scheduler.small_problems import small_problems

WAY = Travel(minutes={"school": {"hall": 25.4}, "farm": {"hall": 61, "school": 61}}, max_minutes=60)
SITE = {"mode": "on_site", "place": "hall"}
BOTH_DAYS = ((at(6, 0), at(7.5, 0)), (at(6), at(7.5)), (at(12), at(15)))

# what the person is, what the appointment is, what the person has, and what is told
TOLD: list[tuple[dict[str, Any], dict[str, Any], list[Appointment], list[str]]] = [
    ({}, {}, [], []),
    ({"languages": {"kmr": "B1", "tur": "C1"}}, {}, [], ["does not speak ara; speaks kmr, tur"]),
    ({"languages": {}}, {"accepted_languages": ("kmr",)}, [], ["does not speak ara or kmr; speaks none that is known"]),
    ({"languages": {"ara": "B1"}}, {"min_level": "B2"}, [], ["level: speaks ara at B1, B2 is asked for"]),
    ({"gender": "m"}, {"gender": "f"}, [], ["gender: female is asked for, not male"]),
    ({"gender": None}, {"gender": "d"}, [], ["gender: non-binary is asked for, not unknown"]),
    ({"modes": frozenset({"phone"})}, SITE, [], ["does not work on site"]),
    ({"available": ()}, {}, [], ["not free that day"]),
    ({"available": BOTH_DAYS}, {}, [], ["not free then: that day from 07:00 to 08:30 and 13:00 to 16:00"]),
    (
        {"available": ((at(20, 0), at(7.5)), (at(9.5), at(23, 1)))},
        {},
        [],
        ["not free then: that day from Mon 2026-11-23 21:00 to 08:30 and 10:30 to Wed 2026-11-25 00:00"],
    ),
    ({}, {"day": -1}, [], ["it started at 09:00"]),
    ({"home": "school", "max_travel_minutes": 25}, SITE, [], ["too far: 26 minutes, limit 25"]),
    ({"home": "farm", "max_travel_minutes": 90}, SITE, [], ["too far: 61 minutes, limit 60"]),
    ({"uncleared": frozenset({"a1"})}, {}, [], ["without a proof that is asked for on that day"]),
    ({"excluded": frozenset({"a1"})}, {}, [], ["excluded from this appointment"]),
    ({}, {"candidates": ()}, [], ["not among those considered"]),
    ({}, {}, [appointment("a17", 8.5)], ["busy: has a17 from 09:30 to 10:30"]),
    ({}, {}, [appointment("a17", 9.1)], ["busy: has a17 from 10:06 to 11:06, 6 minutes away, 10 are needed"]),
    (
        {},
        SITE,
        [
            appointment("a18", 9.25, mode="on_site", place="school"),
            appointment("a17", 6.75, mode="on_site", place="school"),
        ],
        [
            "busy: has a17 from 07:45 to 08:45, 15 minutes away, 26 are needed",
            "busy: has a18 from 10:15 to 11:15, 15 minutes away, 26 are needed",
        ],
    ),
    (
        {},
        {"hour": 23.25},
        [appointment("a17", 22.5)],
        ["busy: has a17 from Tue 2026-11-24 23:30 to 00:30"],
    ),
    (
        {"max_appointments_per_day": 1, "max_appointments_per_week": 2},
        {},
        [appointment("a2", 12), appointment("a3", 12, day=2)],
        ["day limit of 1 reached: has 1", "week limit of 2 reached: has 2"],
    ),
    (
        {"max_minutes_per_day": 100, "max_minutes_per_week": 200},
        {},
        [appointment("a2", 12), appointment("a3", 12, 2, day=2)],
        [
            "day limit of 100 minutes: has 60, 60 more are too many",
            "week limit of 200 minutes: has 180, 60 more are too many",
        ],
    ),
]


@pytest.mark.parametrize(("person", "wanted", "taken", "expected"), TOLD)
def test_each_refusal_is_told_with_its_figures(
    person: dict[str, Any], wanted: dict[str, Any], taken: list[Appointment], expected: list[str]
) -> None:
    who, what = mediator(**person), appointment(**wanted)
    found = objections(problem([who], [what, *taken], travel=WAY, now=MONDAY), who, what, taken)
    assert [one.words for one in found] == expected


def test_every_sentence_there_is_was_told_above() -> None:
    codes = {
        one.code
        for person, wanted, taken, _ in TOLD
        for one in objections(
            problem([mediator(**person)], [appointment(**wanted), *taken], travel=WAY),
            mediator(**person),
            appointment(**wanted),
            taken,
        )
    }
    assert codes == set(SENTENCES)


@settings(
    max_examples=examples(150), derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)
@given(small_problems())
def test_all_refusals_of_the_rules_are_told_in_their_order_and_nothing_else(small: Problem) -> None:
    for who in small.mediators:
        taken = [one for one in small.appointments if who.id in (*one.fixed, *one.asked)]
        for what in small.appointments:
            told = [one.refusal for one in objections(small, who, what, taken)]
            assert tuple(dict.fromkeys(told)) == refusals_given(small, who, what, taken)
            assert told.count(Refusal.BUSY) <= len(taken)


def test_an_objection_is_written_so_that_any_language_can_tell_it() -> None:
    who, what = mediator(home="school", max_travel_minutes=20), appointment(mode="on_site", place="hall")
    (found,) = objections(problem([who], [what], travel=WAY), who, what, ())
    assert found.to_json() == {
        "refusal": "too_far",
        "code": "too_far",
        "figures": {"minutes": 26, "limit": 20},
        "words": "too far: 26 minutes, limit 20",
    }
