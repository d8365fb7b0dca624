import copy
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from scheduler.model.problem import Appointment, Mediator, Problem, ProblemError, Travel
from tests.scheduler.build import HALL, MONDAY, appointment, at, mediator, problem

EXAMPLE: dict[str, Any] = {
    "format": "sprachmittlerpool-problem/1",
    "now": "2026-11-23T06:00:00Z",
    "timezone": "Europe/Berlin",
    "travel": {"minutes_per_km": 2.0, "base_minutes": 5, "max_minutes": 120},
    "places": {"town hall": {"lat": 51.756, "lon": 8.041}, "school": {"lat": 51.76, "lon": 8.02}},
    "mediators": [
        {
            "id": "m1",
            "languages": {"ara": "C1", "kmr": "native"},
            "gender": "f",
            "modes": ["on_site", "phone", "video"],
            "available": [["2026-11-24T07:00:00Z", "2026-11-24T11:30:00Z"]],
            "home": "school",
            "max_travel_minutes": 45,
            "max_appointments_per_day": 2,
            "max_minutes_per_day": 240,
            "max_appointments_per_week": 5,
            "max_minutes_per_week": 600,
            "excluded": ["a9"],
            "uncleared": ["a8"],
            "load": 3,
        }
    ],
    "appointments": [
        {
            "id": "a1",
            "language": "ara",
            "accepted_languages": [],
            "min_level": "B2",
            "starts": "2026-11-24T08:00:00Z",
            "ends": "2026-11-24T09:00:00Z",
            "mode": "on_site",
            "place": "town hall",
            "gender": None,
            "mediators_needed": 1,
            "partial": False,
            "weight": 10,
            "preferred": ["m1"],
            "fixed": [],
            "asked": [],
            "candidates": None,
        }
    ],
}

# Path of the key that is changed, its new value, and the key the error names (the same unless given).
NONSENSE: list[tuple[str, Any, str]] = [
    ("format", "sprachmittlerpool-problem/2", ""),
    ("now", "2026-11-23T06:00:00", ""),
    ("now", "yesterday", ""),
    ("now", "0001-01-01T00:00:00+14:00", ""),
    ("now", None, ""),
    ("timezone", "Europe/Beckum", ""),
    ("timezone", "../etc/passwd", ""),
    ("colour", "red", ""),
    ("remote_gap_minutes", -1, ""),
    ("travel.speed", 3, ""),
    ("travel.minutes_per_km", float("nan"), ""),
    ("travel.minutes_per_km", 10**400, ""),
    ("travel.minutes", {"town hall": {"school": 3}}, "travel.minutes_per_km"),
    ("travel", {"minutes": [[0, 1], [1, 0]]}, "travel.minutes"),
    ("travel", {"minutes": [[0, 1]], "order": ["school", "town hall"]}, "travel.minutes"),
    ("travel", {"minutes": [[0], [1, 0]], "order": ["school", "town hall"]}, "travel.minutes[0]"),
    ("travel", {"minutes": [[0, 1], [1, 0]], "order": ["school", "school"]}, "travel.order[1]"),
    ("travel", {"minutes": {"town hall": {"town hall": 0}}}, "travel.minutes.school.town hall"),
    ("travel", {"minutes": {"town hall": {"school": "far"}}}, "travel.minutes.town hall.school"),
    ("places.school.lat", 91, ""),
    ("places.school.height", 91, ""),
    ("places.school", None, ""),
    ("mediators", {}, ""),
    ("mediators[0].id", "", ""),
    ("mediators[0].id", 7, ""),
    ("mediators[0].name", "Amina", ""),
    ("mediators[0].languages.ara", "D1", ""),
    ("mediators[0].languages", ["ara"], ""),
    ("mediators[0].gender", "female", ""),
    ("mediators[0].modes", ["on_site", "fax"], "mediators[0].modes"),
    ("mediators[0].modes", ["phone", "phone"], "mediators[0].modes[1]"),
    ("mediators[0].available", [["2026-11-24T07:00:00Z"]], "mediators[0].available[0]"),
    ("mediators[0].available", [["2026-11-24T07:00:00Z", "2026-11-24T07:00:00Z"]], "mediators[0].available[0][1]"),
    ("mediators[0].available", [["2026-11-24T07:00:00", "2026-11-24T08:00:00Z"]], "mediators[0].available[0][0]"),
    ("mediators[0].home", "moon", ""),
    ("mediators[0].max_travel_minutes", -5, ""),
    ("mediators[0].max_minutes_per_week", 60.5, ""),
    ("mediators[0].excluded", "a9", ""),
    ("mediators[0].uncleared", "a9", ""),
    ("mediators[0].load", True, ""),
    ("appointments[0].language", None, ""),
    ("appointments[0].accepted_languages", ["ara"], ""),
    ("appointments[0].accepted_languages", ["kmr", "kmr"], "appointments[0].accepted_languages[1]"),
    ("appointments[0].min_level", "good", ""),
    ("appointments[0].ends", "2026-11-24T08:00:00Z", ""),
    ("appointments[0].starts", "2026-11-24T08:00:00.5Z", ""),
    ("appointments[0].mode", "letter", ""),
    ("appointments[0].place", None, ""),
    ("appointments[0].place", "moon", ""),
    ("appointments[0].mediators_needed", 0, ""),
    ("appointments[0].partial", 1, ""),
    ("appointments[0].weight", 0, ""),
    ("appointments[0].weight", 10**30, ""),
    ("appointments[0].preferred", ["m2"], "appointments[0].preferred[0]"),
    ("appointments[0].fixed", ["m1", "m1"], "appointments[0].fixed[1]"),
    ("appointments[0].fixed", ["m2"], "appointments[0].fixed[0]"),
    ("appointments[0].asked", ["m2"], "appointments[0].asked[0]"),
    ("appointments[0].candidates", ["m2"], "appointments[0].candidates[0]"),
]


def changed(path: str, value: Any) -> dict[str, Any]:
    data = copy.deepcopy(EXAMPLE)
    keys = [int(key) if key.isdigit() else key for key in path.replace("[", ".").replace("]", "").split(".")]
    target: Any = data
    for key in keys[:-1]:
        target = target[key]
    target[keys[-1]] = value
    return data


@pytest.mark.parametrize(("path", "value", "named"), NONSENSE)
def test_nonsense_is_refused_by_the_name_of_its_key(path: str, value: Any, named: str) -> None:
    with pytest.raises(ProblemError) as caught:
        Problem.from_json(changed(path, value))
    assert caught.value.key == (named or path)
    assert caught.value.message


@pytest.mark.parametrize("key", ["format", "now", "timezone", "mediators", "appointments"])
def test_a_missing_key_is_named(key: str) -> None:
    with pytest.raises(ProblemError) as caught:
        Problem.from_json({name: value for name, value in EXAMPLE.items() if name != key})
    assert caught.value.key == key


@pytest.mark.parametrize("key", ["mediators", "appointments"])
def test_an_id_given_twice_is_refused(key: str) -> None:
    with pytest.raises(ProblemError) as caught:
        Problem.from_json(EXAMPLE | {key: EXAMPLE[key] * 2})
    assert caught.value.key == f"{key}[1].id"


def test_a_person_cannot_be_fixed_in_two_places_at_once() -> None:
    first, second = appointment("a1", 8, fixed=("m1",)), appointment("a2", 8.5, fixed=("m1",))
    with pytest.raises(ProblemError, match=r"appointments\[0\].fixed: 'm1' is fixed at the same time for 'a1'"):
        problem([mediator()], [second, first])


def test_more_people_fixed_than_needed_are_refused() -> None:
    with pytest.raises(ProblemError, match="fixed: 2 people for 1 needed"):
        appointment(fixed=("m1", "m2"))


def test_nobody_is_fixed_and_asked_at_once() -> None:
    with pytest.raises(ProblemError, match=r"asked\[0\]: 'm1' is fixed already"):
        appointment(fixed=("m1",), asked=("m1",))


def test_the_documented_example_survives_a_round_trip() -> None:
    read = Problem.from_json(EXAMPLE)
    assert read.mediator["m1"].languages == {"ara": "C1", "kmr": "native"}
    assert read.appointment["a1"].starts == datetime(2026, 11, 24, 8, tzinfo=UTC)
    assert Problem.from_json(json.loads(json.dumps(read.to_json()))) == read


@pytest.mark.parametrize(
    "travel",
    [
        {"minutes": {"town hall": {"school": 12}, "school": {"town hall": 14}}, "max_minutes": 50},
        {"minutes": [[0, 12], [14, 0]], "order": ["town hall", "school"], "max_minutes": 50},
    ],
)
def test_both_forms_of_the_travel_table_say_the_same(travel: dict[str, Any]) -> None:
    read = Problem.from_json(EXAMPLE | {"travel": travel})
    assert read.travel.between("town hall", "school", read.places) == 12
    assert read.travel.between("school", "town hall", read.places) == 14
    assert Problem.from_json(json.loads(json.dumps(read.to_json()))).travel == read.travel


def test_places_of_a_travel_table_need_no_coordinates() -> None:
    table = Travel(minutes={"hall": {"school": 12}})
    built = problem([mediator(home="school")], [appointment(mode="on_site", place="hall")], travel=table, places={})
    assert built.travel.between("school", "hall", built.places) == 12


def test_times_are_kept_in_utc() -> None:
    berlin = timezone(timedelta(hours=1))
    made = Appointment("a1", "ara", at(8).astimezone(berlin), at(9).astimezone(berlin), "phone")
    assert made.to_json()["starts"] == "2026-11-24T08:00:00Z"


def test_a_naive_time_is_refused_in_python_too() -> None:
    naive = at(8).replace(tzinfo=None)
    with pytest.raises(ProblemError, match=r"starts: .* has no offset"):
        Appointment("a1", "ara", naive, at(9), "phone")
    with pytest.raises(ProblemError, match=r"available\[0\]\[0\]: .* has no offset"):
        Mediator("m1", {"ara": "C1"}, available=((naive, at(9)),))


def test_windows_that_touch_or_overlap_are_one() -> None:
    windows = ((at(10), at(12)), (at(8), at(9)), (at(9), at(10.5)), (at(13), at(14)))
    assert mediator(available=windows).windows == ((at(8), at(12)), (at(13), at(14)))


@pytest.mark.parametrize(
    ("start", "day"),
    [
        (datetime(2026, 10, 24, 21, 59, tzinfo=UTC), 24),  # still summer time: 23:59
        (datetime(2026, 10, 24, 22, 0, tzinfo=UTC), 25),  # midnight
        (datetime(2026, 10, 25, 22, 59, tzinfo=UTC), 25),  # the day of 25 hours: 23:59 winter time
        (datetime(2026, 10, 25, 23, 0, tzinfo=UTC), 26),
    ],
)
def test_days_are_local_also_when_the_clock_changes(start: datetime, day: int) -> None:
    made = Appointment("a1", "ara", start, start + timedelta(minutes=30), "phone")
    built = problem([], [made])
    assert built.day_of(made).day == day
    assert built.week_of(made) == (2026, 44 if day == 26 else 43)


def test_iso_weeks_belong_to_their_year() -> None:
    made = Appointment(
        "a1", "ara", datetime(2026, 12, 31, 9, tzinfo=UTC), datetime(2026, 12, 31, 10, tzinfo=UTC), "phone"
    )
    later = Appointment("a2", "ara", datetime(2027, 1, 3, 9, tzinfo=UTC), datetime(2027, 1, 3, 10, tzinfo=UTC), "phone")
    built = problem([], [made, later])
    assert built.week_of(made) == built.week_of(later) == (2026, 53)


def test_a_problem_is_frozen() -> None:
    with pytest.raises(AttributeError):
        problem([], []).now = MONDAY  # type: ignore[misc]
    with pytest.raises(AttributeError):
        HALL.lat = 0  # type: ignore[misc]
