import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest

from scheduler.model.problem import Travel
from scheduler.model.rules import Refusal, clashes, gap_minutes, refusals, refusals_given, usable_languages
from tests.scheduler.build import appointment, at, mediator, problem

SITE = {"mode": "on_site", "place": "hall"}

# What the person is, what the appointment is, and all that speaks against it.
REFUSED: list[tuple[dict[str, Any], dict[str, Any], tuple[Refusal, ...]]] = [
    ({}, {}, ()),
    ({"languages": {"kmr": "C1"}}, {}, (Refusal.LANGUAGE,)),
    ({"languages": {"kmr": "C1"}}, {"accepted_languages": ("kmr",)}, ()),
    ({"languages": {"ara": "B1"}}, {"min_level": "B1"}, ()),
    ({"languages": {"ara": "B1"}}, {"min_level": "B2"}, (Refusal.LEVEL,)),
    ({"languages": {"ara": "native"}}, {"min_level": "C2"}, ()),
    ({"languages": {"ara": "A1", "kmr": "C1"}}, {"min_level": "B2", "accepted_languages": ("kmr",)}, ()),
    ({"gender": "f"}, {"gender": "f"}, ()),
    ({"gender": "m"}, {"gender": "f"}, (Refusal.GENDER,)),
    ({"gender": None}, {"gender": "f"}, (Refusal.GENDER,)),
    ({"modes": frozenset({"video"})}, {}, (Refusal.MODE,)),
    ({"available": ((at(8), at(8.5)), (at(8.5), at(9)))}, {}, ()),
    ({"available": ((at(8), at(8.5)), (at(8.75), at(9)))}, {}, (Refusal.UNAVAILABLE,)),
    ({}, {"day": -1}, (Refusal.UNAVAILABLE,)),
    ({"home": "school", "max_travel_minutes": 8}, SITE, ()),
    ({"home": "school", "max_travel_minutes": 7}, SITE, (Refusal.TOO_FAR,)),
    ({"home": "farm"}, SITE, (Refusal.TOO_FAR,)),
    ({"home": "farm", "max_travel_minutes": 0}, {}, ()),
    ({"home": None, "max_travel_minutes": 0}, SITE, ()),
    ({"uncleared": frozenset({"a1"})}, {}, (Refusal.UNCLEARED,)),
    ({"excluded": frozenset({"a1"})}, {}, (Refusal.EXCLUDED,)),
    ({}, {"candidates": ()}, (Refusal.NOT_CANDIDATE,)),
    ({"gender": "m", "available": ()}, {"gender": "f"}, (Refusal.GENDER, Refusal.UNAVAILABLE)),
]


@pytest.mark.parametrize(("person", "wanted", "expected"), REFUSED)
def test_each_hard_rule_has_its_refusal(
    person: dict[str, Any], wanted: dict[str, Any], expected: tuple[Refusal, ...]
) -> None:
    # From the school to the hall it is 1.5 km, so 8 minutes; from the farm far more than the hour allowed to all.
    who, what = mediator(**person), appointment(**wanted)
    way = Travel(minutes={"school": {"hall": 8}, "farm": {"hall": 61}}, max_minutes=60)
    assert refusals(problem([who], [what], travel=way), who, what) == expected


def test_an_appointment_that_has_started_takes_nobody_new() -> None:
    who, what = mediator(), appointment(hour=8)
    assert refusals(problem([who], [what], now=at(8)), who, what) == ()
    assert refusals(problem([who], [what], now=at(8) + timedelta(seconds=1)), who, what) == (Refusal.UNAVAILABLE,)


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ({}, ()),
        ({"max_appointments_per_day": 2, "max_minutes_per_day": 120}, ()),
        ({"max_appointments_per_day": 1}, (Refusal.DAY_COUNT,)),
        ({"max_minutes_per_day": 119}, (Refusal.DAY_MINUTES,)),
        ({"max_appointments_per_week": 3, "max_minutes_per_week": 180}, ()),
        ({"max_appointments_per_week": 2}, (Refusal.WEEK_COUNT,)),
        ({"max_minutes_per_week": 179}, (Refusal.WEEK_MINUTES,)),
    ],
)
def test_limits_count_what_is_taken_on_the_same_day_and_in_the_same_week(
    limits: dict[str, Any], expected: tuple[Refusal, ...]
) -> None:
    who, what = mediator(**limits), appointment("new", 14)
    taken = [appointment("same day", 8), appointment("same week", day=3), appointment("next week", day=8), what]
    assert refusals_given(problem([who], [what, *taken[:3]]), who, what, taken) == expected


def test_who_is_elsewhere_is_busy() -> None:
    who, what, other = mediator(), appointment("a1", 8), appointment("a2", 8.5)
    assert refusals_given(problem([who], [what, other]), who, what, [other]) == (Refusal.BUSY,)


@pytest.mark.parametrize(
    ("first", "second", "gap"),
    [
        (SITE, {"mode": "on_site", "place": "school"}, 30),
        ({"mode": "on_site", "place": "school"}, SITE, 45),
        (SITE, SITE, 0),
        (SITE, {"mode": "phone", "place": "school"}, 10),
        ({"mode": "video"}, {"mode": "phone"}, 10),
    ],
)
def test_between_two_appointments_there_is_time_for_the_way(
    first: dict[str, Any], second: dict[str, Any], gap: int
) -> None:
    table = Travel(minutes={"hall": {"school": 30}, "school": {"hall": 45}})
    before, enough = appointment("a1", 8, **first), appointment("a2", 9 + gap / 60, **second)
    early = appointment("a3", 9 + gap / 60 - 1 / 60, **second)
    given = problem([mediator()], [before, enough, early], travel=table)
    assert gap_minutes(given, before, enough) == gap
    assert not clashes(given, given.mediators[0], before, enough)
    assert not clashes(given, given.mediators[0], enough, before)
    assert clashes(given, given.mediators[0], early, before)


def test_the_main_language_comes_first_among_those_usable() -> None:
    who = mediator(languages={"tur": "C1", "ara": "B1", "kmr": "C1"})
    what = appointment(accepted_languages=("kmr", "tur"))
    assert usable_languages(problem([who], [what]), who, what) == ("ara", "kmr", "tur")


def test_a_fixed_person_settles_the_language() -> None:
    fixed, other = mediator("fixed", languages={"kmr": "C1"}), mediator("other", languages={"ara": "C1"})
    what = appointment(accepted_languages=("kmr",), mediators_needed=2, fixed=("fixed",))
    assert refusals(problem([fixed, other], [what]), other, what) == (Refusal.LANGUAGE,)


def test_rules_and_plans_load_no_solver() -> None:
    modules = "scheduler.model.rules, scheduler.tables.preferences, scheduler.model.plan, scheduler.audit"
    script = f"import sys, {modules}; sys.exit('ortools' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
