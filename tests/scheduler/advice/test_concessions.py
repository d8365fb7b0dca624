"""What could be given up: what each concession makes of the problem, how it is told, and in which order they come."""

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scheduler.advice.concessions import DAY, KINDS, LANGUAGE, PERSON, TWO, Concession, more_people, pairs, singles
from scheduler.model.participants import LEVELS
from scheduler.model.problem import Appointment, Problem, ProblemError
from scheduler.model.rules import refusals
from tests.effort import examples
from tests.scheduler.build import appointment, at, mediator, problem
from tests.scheduler.small_problems import small_problems

BOUNDED = settings(
    max_examples=examples(100),
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
BERLIN = ZoneInfo("Europe/Berlin")


def concession(one: Appointment, **given_changes: Any) -> Concession:
    return Concession(appointment=one, timezone="Europe/Berlin", **({"cost": 1} | given_changes))


def changes(one: Concession) -> tuple[object, ...]:
    return (one.starts, one.mode, one.level, one.any_gender, one.language)


WISHES = appointment(mode="on_site", place="hall", min_level="B1", gender="f")


@pytest.mark.parametrize(
    ("changed", "expected", "words"),
    [
        (
            {"starts": at(9.25, 2)},
            {"starts": at(9.25, 2), "ends": at(10.25, 2)},
            "from Wed 2026-11-25 10:15 instead of Tue 2026-11-24 09:00",
        ),
        ({"mode": "video"}, {"mode": "video"}, "by video instead of on site"),
        ({"level": "A2"}, {"min_level": "A2"}, "at A2 instead of B1"),
        ({"any_gender": True}, {"gender": None}, "with anybody, not only female people"),
        ({"language": "kmr"}, {"accepted_languages": ("kmr",)}, "with kmr accepted as well"),
        (
            {"mode": "phone", "level": "A1"},
            {"mode": "phone", "min_level": "A1"},
            "by phone instead of on site; at A1 instead of B1",
        ),
    ],
)
def test_a_change_touches_its_appointment_alone(changed: dict[str, Any], expected: dict[str, Any], words: str) -> None:
    whole = problem([mediator()], [appointment("a0"), WISHES, appointment("a2")])
    found = concession(WISHES, **changed)
    assert found.words == words
    assert found.apply(whole) == replace(
        whole, appointments=(whole.appointments[0], replace(WISHES, **expected), whole.appointments[2])
    )


def test_more_people_are_just_right_and_come_for_nothing_else() -> None:
    taken = mediator("newcomer 1")
    whole = problem([taken], [WISHES, appointment("a2", language="kmr")])
    grown = concession(WISHES, people=2, speaking="kmr").apply(replace(whole, mediators=(taken,)))
    added = grown.mediators[1:]
    assert [person.id for person in added] == ["newcomer 1+", "newcomer 2"]
    assert {refusals(grown, person, replace(WISHES, language="kmr")) for person in added} == {()}
    assert all(refusals(grown, person, grown.appointment["a2"]) for person in added)


def test_more_people_are_among_those_considered() -> None:
    one = appointment(candidates=("m1",))
    grown = concession(one, people=1, speaking="ara").apply(problem([mediator()], [one]))
    assert grown.appointment["a1"].candidates == ("m1", "newcomer 1")
    assert refusals(grown, grown.mediators[1], grown.appointment["a1"]) == ()


@pytest.mark.parametrize(
    ("one", "people", "words"),
    [
        (WISHES, 1, "one more female person who speaks kmr at B1, on site, Tue 2026-11-24 09:00–10:00"),
        (appointment(mode="video"), 2, "two more people who speak kmr, by video, Tue 2026-11-24 09:00–10:00"),
        (appointment(mediators_needed=7), 7, "7 more people who speak kmr, by phone, Tue 2026-11-24 09:00–10:00"),
    ],
)
def test_more_people_are_told_with_all_they_need(one: Appointment, people: int, words: str) -> None:
    assert concession(one, people=people, speaking="kmr").words == words


def test_a_relaxation_is_written_with_what_it_changes_alone() -> None:
    found = concession(WISHES, starts=at(10), level="A2", cost=7)
    assert found.to_json() == {
        "kinds": ["time", "level"],
        "starts": "2026-11-24T10:00:00Z",
        "min_level": "A2",
        "cost": 7,
        "words": "from Tue 2026-11-24 11:00 instead of Tue 2026-11-24 09:00; at A2 instead of B1",
    }
    written = concession(WISHES, people=2, speaking="ara").to_json()
    assert (written["kinds"], written["people"], written["speaking"]) == (["people"], 2, "ara")


@BOUNDED
@given(small_problems(), st.sampled_from(range(5)))
def test_they_are_all_different_helpful_and_in_the_order_of_cost(small: Problem, index: int) -> None:
    one = small.appointments[index % len(small.appointments)]
    single, double = singles(small, one), pairs(small, one)
    everything = (*single, *double)
    assert [found.cost for found in everything] == sorted(found.cost for found in everything)
    assert len({changes(found) for found in everything}) == len(everything)
    assert {len(found.kinds) for found in single} <= {1}
    assert {len(found.kinds) for found in double} <= {2}
    for found in everything:
        after = found.apply(small).appointment[one.id] if not one.fixed else found.changed
        assert after.starts >= small.now or one.starts < small.now
        assert after.ends - after.starts == one.ends - one.starts
        assert after.min_level == one.min_level or LEVELS.index(str(after.min_level)) < LEVELS.index(str(one.min_level))
        assert (after.mode != one.mode) == ("mode" in found.kinds)


@BOUNDED
@given(small_problems(), st.sampled_from(range(5)))
def test_two_cost_what_each_costs_and_more_than_any_one(small: Problem, index: int) -> None:
    one = small.appointments[index % len(small.appointments)]
    cost = {changes(found): found.cost for found in singles(small, one)}
    for found in pairs(small, one):
        parts = [
            concession(one, **{key: value})
            for key, value in (
                ("starts", found.starts),
                ("mode", found.mode),
                ("level", found.level),
                ("any_gender", found.any_gender),
                ("language", found.language),
            )
            if value
        ]
        assert found.cost == TWO + sum(cost[changes(part)] for part in parts)
        assert max(cost.values()) < found.cost < PERSON


def test_the_nearest_time_comes_first_the_later_of_two_and_its_own_day_before_others() -> None:
    starts = [found.starts for found in singles(problem([], [appointment()]), appointment()) if found.starts]
    assert starts[:5] == [at(8.25), at(7.75), at(8.5), at(7.5), at(8.75)]
    days = [(one - at(0)).days for one in starts]
    own = [day for day in days if day == 0]
    assert days[: len(own)] == own
    assert starts[len(own) : len(own) + 3] == [at(8, 2), at(8, 0), at(8.25, 2)]


@pytest.mark.parametrize(
    ("one", "first", "last"),
    [
        (appointment(hour=12), (8, 0), (17, 0)),
        (appointment(hour=5.5), (6, 0), (17, 0)),
        (appointment(hour=18), (8, 0), (18, 45)),
        (appointment(hour=18.5), (8, 0), (20, 0)),
        (appointment(hour=12, hours=3), (8, 0), (15, 0)),
    ],
)
def test_other_times_are_within_working_hours_or_the_full_hours_around_its_own(
    one: Appointment, first: tuple[int, int], last: tuple[int, int]
) -> None:
    found = singles(problem([], [one], now=at(0, -30)), one)
    times = sorted(each.starts.astimezone(BERLIN) for each in found if each.starts)
    clocks = [(time.hour, time.minute) for time in times if time.date() == datetime(2026, 11, 24).date()]  # noqa: DTZ001 # a day
    assert (clocks[0], clocks[-1]) == (first, last)
    assert {time.minute for time in times} == {0, 15, 30, 45}
    assert {time.weekday() for time in times} == {0, 1, 2, 3, 4}
    assert (times[-1].date() - times[0].date()).days == 14


def test_what_is_on_a_weekend_may_stay_there() -> None:
    saturday = appointment(day=5)
    found = singles(problem([], [saturday]), saturday)
    assert {one.starts.astimezone(BERLIN).weekday() for one in found if one.starts} == set(range(7))


def test_no_time_before_now_is_another_time() -> None:
    late = problem([], [appointment(hour=12)], now=at(10.1))
    assert min(one.starts for one in singles(late, appointment(hour=12)) if one.starts) == at(10.25)


@pytest.mark.parametrize("month", [3, 10])
def test_on_days_of_other_length_the_clock_decides_what_is_near(month: int) -> None:
    day = 28 if month == 3 else 24
    # a Saturday at 10:00; the clock changes in the night
    starts = datetime(2026, month, day, 10, tzinfo=BERLIN).astimezone(UTC)
    one = replace(appointment(), starts=starts, ends=starts + timedelta(hours=1))
    found = singles(problem([], [one], now=starts - timedelta(days=1)), one)
    next_day = [each for each in found if each.starts and each.starts.astimezone(BERLIN).day == day + 1]
    assert (next_day[0].cost, next_day[0].starts) == (DAY, datetime(2026, month, day + 1, 10, tzinfo=BERLIN))


def test_each_kind_is_told_only_where_there_is_something_to_give_up() -> None:
    plain = appointment()
    assert {one.kinds for one in singles(problem([], [plain]), plain)} == {("time",), ("mode",)}
    assert {one.mode for one in singles(problem([], [plain]), plain) if one.mode} == {"video"}
    whole = problem([mediator(languages={"kmr": "A1", "ara": "A1"})], [WISHES])
    assert {one.kinds[0] for one in singles(whole, WISHES)} == set(KINDS) - {"people"}
    assert [one.level for one in singles(whole, WISHES) if one.level] == ["A2", "A1"]


def test_languages_that_more_people_speak_come_first() -> None:
    people = [
        mediator("m1", languages={"kmr": "B2"}),
        mediator("m2", languages={"kmr": "B2", "bul": "B2", "ara": "B2"}),
    ]
    found = [one for one in singles(problem(people, [appointment()]), appointment()) if one.language]
    assert [(one.language, one.cost) for one in found] == [("kmr", LANGUAGE), ("bul", LANGUAGE + 1)]


def test_of_what_has_started_only_the_time_can_change() -> None:
    started = replace(WISHES, mediators_needed=2)
    late = problem([mediator()], [started], now=at(8.1))
    assert {one.kinds for one in singles(late, started)} == {("time",)}
    assert pairs(late, started) == ()
    assert list(more_people(late, started, 2)) == []


def test_the_fewest_people_come_first_in_each_language_it_can_be_held_in() -> None:
    one = appointment(mediators_needed=3, accepted_languages=("kmr",))
    found = list(more_people(problem([], [one]), one, 2))
    assert [(each.people, each.speaking) for each in found] == [(1, "ara"), (1, "kmr"), (2, "ara"), (2, "kmr")]
    assert [each.cost for each in found] == sorted(each.cost for each in found)
    assert all(each.cost > found_pair.cost for each in found for found_pair in pairs(problem([], [one]), one))


def test_fixed_people_cannot_be_moved_onto_each_other() -> None:
    first, second = appointment("a1", fixed=("m1",)), appointment("a2", 10, fixed=("m1",))
    with pytest.raises(ProblemError):
        concession(first, starts=at(10.5)).apply(problem([mediator()], [first, second]))


def test_looking_at_concessions_loads_no_solver() -> None:
    script = "import sys, scheduler.advice.concessions; sys.exit('ortools' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
