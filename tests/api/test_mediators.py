"""/mediators: entered, shown, changed, left."""

from typing import Any

import pytest

from app.api.mediator_shape import MediatorOut
from app.models import Mediator, Role
from tests.api.client import Caller, assert_problem, caller
from tests.world import World

AMIRA = {
    "name": "Amira",
    "phone": "0151 12345678",
    "email": "amira@mail.example",
    "gender": "f",
    "skills": [{"language": "ara", "level": "C1"}, {"language": "kmr", "level": "native"}],
    "home": {"lat": 51.75, "lon": 8.04},
    "modes": ["phone", "on_site"],
    "max_travel_minutes": 45,
    "availability": [
        {"weekday": "mon", "from": "08:00", "to": "12:30"},
        {"weekday": "sun", "from": "22:00", "to": "24:00"},
    ],
    "absences": [{"from": "2026-12-21", "to": "2027-01-03"}],
    "max_minutes_per_week": 600,
    "max_appointments_per_day": 2,
    "excluded_topics": ["school"],
    "urgent_opt_in": True,
    "training_on": "2024-03-01",
    "conduct_on": "2024-04-01",
    "membership_until": "2026-12-31",
}


def test_a_mediator_comes_back_as_they_were_sent(town: World, coordinator: Caller) -> None:
    made = coordinator.made("/mediators", AMIRA | {"excluded_organisations": [town.organisation_id]})

    for name in AMIRA.keys() - {"phone", "modes"}:
        assert made[name] == AMIRA[name], name
    assert made["phone"] == "+4915112345678"
    assert made["modes"] == ["on_site", "phone"]
    assert made["status"] == "active"
    assert made["excluded_organisations"] == [town.organisation_id]
    assert MediatorOut().validate(made) == {}
    assert coordinator.item(f"/mediators/{made['id']}") == made
    assert coordinator.items("/mediators") == [made]


def test_a_change_keeps_what_is_not_named(coordinator: Caller) -> None:
    made = coordinator.made("/mediators", AMIRA)

    changed = coordinator.patch(
        f"/mediators/{made['id']}", {"home": None, "availability": [{"weekday": "tue", "from": "09:00", "to": "10:00"}]}
    )

    assert changed.json == made | {"home": None, "availability": [{"weekday": "tue", "from": "09:00", "to": "10:00"}]}


def test_dates_are_changed_taken_away_and_refused_by_name(coordinator: Caller) -> None:
    made = coordinator.made("/mediators", AMIRA)
    path = f"/mediators/{made['id']}"
    assert (made["confidentiality_on"], made["membership_on"]) == (None, None)

    changed = coordinator.patch(path, {"conduct_on": None, "confidentiality_on": "2026-11-20"})

    assert changed.json == made | {"conduct_on": None, "confidentiality_on": "2026-11-20"}
    assert_problem(coordinator.patch(path, {"membership_on": "2027-01-01"}), 422, "membership_until")
    assert_problem(coordinator.patch(path, {"training_on": "3.11.2026"}), 422, "training_on")


def test_who_leaves_stays_on_record_but_is_not_asked_any_more(town: World, coordinator: Caller) -> None:
    amira = coordinator.made("/mediators", AMIRA | {"excluded_topics": [], "absences": []})

    left = coordinator.delete(f"/mediators/{amira['id']}")

    assert left.status_code == 200
    assert coordinator.item(f"/mediators/{amira['id']}")["status"] == "left"
    appointment = town.appointment("ara")
    town.work()
    assert not town.asked(appointment)


def test_the_list_is_filtered_and_paged(coordinator: Caller, town: World) -> None:
    for number in range(5):
        town.mediator(f"Person{number}", "kmr" if number % 2 else "tur")
    paused = town.mediator("Zoe", "tur")
    coordinator.patch(f"/mediators/{paused}", {"status": "paused"})

    assert [one["name"] for one in coordinator.items("/mediators?language=kmr")] == ["Person1", "Person3"]
    assert [one["name"] for one in coordinator.items("/mediators?status=paused")] == ["Zoe"]
    page = coordinator.item("/mediators?per_page=4&page=2")
    assert [one["name"] for one in page["items"]] == ["Person4", "Zoe"]
    assert (page["total"], page["page"], page["per_page"]) == (6, 2, 4)


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("name", "", "name"),
        ("name", "x" * 121, "name"),
        ("name", None, "name"),
        ("name", 7, "name"),
        ("name", "Ami\u0000ra", "name"),
        ("name", "Ami\ud800ra", "name"),
        ("phone", "110", "phone"),
        ("email", "amira at mail", "email"),
        ("gender", "x", "gender"),
        ("status", "away", "status"),
        ("skills", [], "skills"),
        ("skills", "ara", "skills"),
        ("skills", [{"language": "ara"}], "skills.0.level"),
        ("skills", [{"language": "xxx", "level": "C1"}], "skills"),
        ("skills", [{"language": "ara", "level": "C1"}] * 2, "skills"),
        ("home", {"lat": 91, "lon": 8}, "home"),
        ("home", {"lat": "51", "lon": 8}, "home.lat"),
        ("home", [51, 8], "home"),
        ("modes", ["telepathy"], "modes"),
        ("availability", [{"weekday": "monday", "from": "08:00", "to": "09:00"}], "availability"),
        ("availability", [{"weekday": "mon", "from": "8", "to": "09:00"}], "availability.0.from"),
        ("availability", [{"weekday": "mon", "from": "08:00", "to": "24:01"}], "availability.0.to"),
        ("availability", [{"weekday": "mon", "from": "10:00", "to": "09:00"}], "availability"),
        ("absences", [{"from": "2026-12-24", "to": "2026-12-23"}], "absences"),
        ("absences", [{"from": "2026-02-30", "to": "2026-03-01"}], "absences.0.from"),
        ("max_travel_minutes", 241, "max_travel_minutes"),
        ("max_travel_minutes", 10**30, "max_travel_minutes"),
        ("max_travel_minutes", True, "max_travel_minutes"),
        ("excluded_organisations", [999_999], "excluded_organisations"),
        ("excluded_topics", ["magic"], "excluded_topics"),
        ("excluded_topics", ["school"] * 201, "excluded_topics"),
        ("urgent_opt_in", "yes", "urgent_opt_in"),
        ("shoe_size", 38, "shoe_size"),
    ],
)
def test_what_does_not_fit_is_refused_at_its_field(coordinator: Caller, field: str, value: Any, named: str) -> None:
    assert_problem(coordinator.post("/mediators", AMIRA | {field: value}), 422, named)
    assert coordinator.item("/mediators")["total"] == 0


def test_the_same_organisation_excluded_twice_is_excluded_once(town: World, coordinator: Caller) -> None:
    made = coordinator.made("/mediators", AMIRA | {"excluded_organisations": [town.organisation_id] * 2})
    assert made["excluded_organisations"] == [town.organisation_id]


def test_mediators_are_none_of_the_staffs_business(town: World) -> None:
    staff = caller(town, Role.STAFF)
    amira = town.mediator("Amira", "ara")
    assert_problem(staff.get("/mediators"), 403)
    assert_problem(staff.get(f"/mediators/{amira}"), 403)
    assert_problem(staff.post("/mediators", AMIRA), 403)
    assert_problem(staff.delete(f"/mediators/{amira}"), 403)


def test_a_mediator_that_does_not_exist_is_not_found(coordinator: Caller) -> None:
    assert_problem(coordinator.get("/mediators/4711"), 404)
    assert_problem(coordinator.patch("/mediators/4711", {"name": "X"}), 404)
    assert_problem(coordinator.delete("/mediators/4711"), 404)
    assert_problem(coordinator.get("/mediators/99999999999999999999"), 404)


def test_own_hours_for_questions_are_kept_changed_and_taken_away(coordinator: Caller) -> None:
    own = {"text_from": "17:30", "text_until": "24:00", "text_weekends": False, "prefers_calls": True}
    made = coordinator.made("/mediators", AMIRA | own)
    assert {name: made[name] for name in own} == own
    path = f"/mediators/{made['id']}"
    nothing = {"text_from": None, "text_until": None, "text_weekends": None, "prefers_calls": False}
    changed = coordinator.patch(path, nothing).json
    assert changed == made | nothing
    assert MediatorOut().validate(changed) == {}
    assert coordinator.made("/mediators", AMIRA)["text_from"] is None


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"text_from": "08:00"}, "text_until"),
        ({"text_until": "20:00"}, "text_from"),
        ({"text_from": "20:00", "text_until": "08:00"}, "text_until"),
        ({"text_from": "8 Uhr", "text_until": "20:00"}, "text_from"),
        ({"text_weekends": "yes"}, "text_weekends"),
        ({"prefers_calls": None}, "prefers_calls"),
    ],
)
def test_hours_that_make_no_sense_are_named(coordinator: Caller, sent: dict[str, Any], field: str) -> None:
    assert_problem(coordinator.post("/mediators", AMIRA | sent), 422, field)


def test_a_wrong_number_is_shown_until_there_is_another(town: World, coordinator: Caller) -> None:
    made = coordinator.made("/mediators", AMIRA)
    with town.change() as session:
        session.get_one(Mediator, made["id"]).phone_trouble = "30005"
    path = f"/mediators/{made['id']}"
    assert coordinator.patch(path, {"name": "Amira B."}).status_code == 200
    assert coordinator.item(path)["phone_trouble"] == "30005"
    assert coordinator.patch(path, {"phone": "0151 23456789"}).status_code == 200
    assert coordinator.item(path)["phone_trouble"] is None
