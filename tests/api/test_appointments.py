"""/appointments: requested, shown, changed, cancelled, and what a request must look like."""

from datetime import timedelta
from typing import Any

import pytest

from app.api.appointment_answer import AppointmentMade, AppointmentOut
from app.models import Role
from tests.api.client import PLACE, Caller, assert_problem, caller
from tests.world import World

TOMORROW = "2026-11-24T10:00:00+01:00"
WANTED: dict[str, Any] = {"language": "kmr", "starts_at": TOMORROW, "site": PLACE}


def test_staff_hear_of_nobody_who_may_still_take_it_back_and_never_who_was_asked(
    town: World, coordinator: Caller, staff: Caller
) -> None:
    amira = town.mediator("Amira", "kmr")
    appointment = town.appointment("kmr")
    town.ask(appointment, amira)
    town.accept(appointment, amira)
    path = f"/appointments/{appointment}"
    seen, known = staff.item(path), coordinator.item(path)
    assert (seen["status"], seen["assignments"], seen["offers"][0]["status"]) == ("offering", [], "sent")
    assert (seen["offers"][0]["mediator"], seen["offers"][0]["answered_at"]) == ({"id": None}, None)
    assert (known["status"], known["assignments"][0]["mediator"]["name"]) == ("filled", "Amira")
    town.undo(appointment, amira)
    assert staff.item(path)["assignments"] == []
    assert [one["status"] for one in coordinator.item(path)["assignments"]] == ["undone"]
    town.accept(appointment, amira)
    town.now += timedelta(seconds=11)
    assert [one["mediator"]["name"] for one in staff.item(path)["assignments"]] == ["Amira"]
    assert staff.item(path)["status"] == "filled"
    assert AppointmentOut().validate(staff.item(path)) == {}


def test_a_request_is_answered_as_a_whole_in_local_time(town: World, coordinator: Caller) -> None:
    berat = town.mediator("Berat", "kmr")
    sent = WANTED | {
        "accepted_languages": ["tur"],
        "min_level": "B2",
        "starts_at": "2026-11-24T09:00:00Z",
        "duration_minutes": 90,
        "topic": "school",
        "gender": "f",
        "mediators_needed": 2,
        "preferred_mediators": [berat],
        "other_starts": ["2026-11-25T10:00:00+01:00"],
        "urgent": True,
        "reference": "AZ 17/2026",
        "note": "Bitte am\nSeiteneingang klingeln.",
    }

    made = coordinator.made("/appointments", sent)

    for name in sent.keys() - {"starts_at", "site"}:
        assert made[name] == sent[name], name
    assert made["starts_at"] == TOMORROW
    assert made["ends_at"] == "2026-11-24T11:30:00+01:00"
    assert made["status"] == "open"
    assert {name: made["site"][name] for name in PLACE} == PLACE
    assert made["organisation"] == {"id": town.organisation_id, "name": "Sozialamt"}
    assert (made["chance"], made["offers"], made["assignments"], made["fallback_steps"]) == (None, [], [], [])
    assert AppointmentMade().validate(made) == {}
    assert made.pop("hints") == []
    assert coordinator.item(f"/appointments/{made['id']}") == made


def test_the_planned_people_have_a_message_and_nobody_else(town: World, coordinator: Caller) -> None:
    amira, berat = town.mediator("Amira", "kmr"), town.mediator("Berat", "kmr")
    town.mediator("Cem", "tur")
    appointment = coordinator.made("/appointments", WANTED)
    town.ask(appointment["id"], amira, berat)

    town.work()

    shown = coordinator.item(f"/appointments/{appointment['id']}")
    assert shown["status"] == "offering"
    asked = {offer["mediator"]["id"] for offer in shown["offers"] if offer["status"] == "sent"}
    assert asked == {amira, berat}
    messages = coordinator.items(f"/messages?appointment={appointment['id']}")
    assert {message["mediator"]["id"] for message in messages} == asked
    assert len(messages) == 2
    assert {message["status"] for message in messages} == {"sent"}


def test_a_yes_names_the_person_to_staff_and_the_question_names_nobody(
    town: World, coordinator: Caller, staff: Caller
) -> None:
    amira = town.mediator("Amira", "kmr", phone="+4915112345678")
    made = staff.made("/appointments", WANTED)
    town.work()

    [offer] = staff.items(f"/appointments/{made['id']}/offers")
    assert offer["mediator"] == {"id": None}
    coordinator.made(f"/offers/{offer['id']}/answer", {"answer": "accept"}, status=200)

    shown = staff.item(f"/appointments/{made['id']}")
    assert shown["status"] == "filled"
    [assignment] = shown["assignments"]
    assert assignment["mediator"] == {"id": amira, "name": "Amira", "phone": "+4915112345678"}
    assert assignment["status"] == "active"
    assert AppointmentOut().validate(shown) == {}


def test_who_finds_nobody_is_told_why(town: World, coordinator: Caller) -> None:
    town.mediator("Amira", "kmr", availability=())
    made = coordinator.made("/appointments", WANTED)
    town.work()

    german = coordinator.item(f"/appointments/{made['id']}")
    english = coordinator.get(f"/appointments/{made['id']}", headers={"Accept-Language": "en"}).json
    assert english is not None
    assert german["status"] == "unfilled"
    assert "Kurmandschi" in german["explanation"]
    assert "Kurmanji" in english["explanation"]
    assert german["fallback_steps"] == []


def test_a_site_is_copied_and_may_be_refined(town: World, coordinator: Caller) -> None:
    [site] = coordinator.item(f"/organisations/{town.organisation_id}")["sites"]
    made = coordinator.made("/appointments", WANTED | {"site": {"id": site["id"], "name": "Rathaus, Raum 3"}})
    assert made["site"] == {
        "id": site["id"],
        "name": "Rathaus, Raum 3",
        "address": "Weststraße 46, 59269 Beckum",
        "district": "Innenstadt",
        "lat": site["lat"],
        "lon": site["lon"],
    }


def test_a_call_by_telephone_needs_no_place(coordinator: Caller) -> None:
    made = coordinator.made("/appointments", {"language": "kmr", "starts_at": TOMORROW, "mode": "phone"})
    assert made["site"] is None
    assert_problem(coordinator.post("/appointments", {"language": "kmr", "starts_at": TOMORROW}), 422, "site")


def test_the_end_may_stand_for_the_duration(coordinator: Caller) -> None:
    made = coordinator.made("/appointments", WANTED | {"ends_at": "2026-11-24T10:00:00Z"})
    assert made["duration_minutes"] == 60
    moved = coordinator.patch(f"/appointments/{made['id']}", {"ends_at": "2026-11-24T12:30:00+01:00"}).json
    assert moved is not None
    assert moved["duration_minutes"] == 150


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"language": "xxx"}, "language"),
        ({"language": "deu"}, "language"),
        ({"language": ["kmr"]}, "language"),
        ({"accepted_languages": ["kmr"]}, "accepted_languages"),
        ({"accepted_languages": "tur"}, "accepted_languages"),
        ({"min_level": "D1"}, "min_level"),
        ({"starts_at": "2026-11-24T10:00:00"}, "starts_at"),
        ({"starts_at": "2026-11-24"}, "starts_at"),
        ({"starts_at": "tomorrow"}, "starts_at"),
        ({"starts_at": 1764583200}, "starts_at"),
        ({"starts_at": "2026-11-22T10:00:00+01:00"}, "starts_at"),
        ({"starts_at": "2028-11-24T10:00:00+01:00"}, "starts_at"),
        ({"starts_at": "0001-01-01T00:00:00+14:00"}, "starts_at"),
        ({"starts_at": "9999-12-31T23:59:59-14:00"}, "starts_at"),
        ({"ends_at": "2026-11-24T09:00:00+01:00"}, "ends_at"),
        ({"ends_at": "2026-11-24T10:00:30+01:00"}, "ends_at"),
        ({"ends_at": "2026-11-24T11:00:00+01:00", "duration_minutes": 30}, "ends_at"),
        ({"duration_minutes": 0}, "duration_minutes"),
        ({"duration_minutes": 481}, "duration_minutes"),
        ({"duration_minutes": 60.5}, "duration_minutes"),
        ({"duration_minutes": "60"}, "duration_minutes"),
        ({"duration_minutes": 10**400}, "duration_minutes"),
        ({"mode": "smoke"}, "mode"),
        ({"site": {"name": "Rathaus"}}, "site.lat site.lon"),
        ({"site": {"name": "Rathaus", "lat": 200, "lon": 8}}, "site"),
        ({"site": {"name": " ", "lat": 51, "lon": 8}}, "site"),
        ({"site": {"id": 4711}}, "site.id"),
        ({"site": "Rathaus"}, "site"),
        ({"topic": "magic"}, "topic"),
        ({"gender": "x"}, "gender"),
        ({"mediators_needed": 10}, "mediators_needed"),
        ({"preferred_mediators": [4711]}, "preferred_mediators"),
        ({"other_starts": ["2026-11-25T10:00:00"]}, "other_starts.0"),
        ({"reference": "x" * 61}, "reference"),
        ({"note": "x" * 1001}, "note"),
        ({"reference": "two\nlines"}, "reference"),
        ({"contact_email": "nobody"}, "contact_email"),
        ({"organisation": "Nirgends"}, "organisation"),
        ({"organisation": 4711}, "organisation"),
        ({"organisation": True}, "organisation"),
        ({"client_name": "Frau X"}, "client_name"),
        ({"status": "filled"}, "status"),
    ],
)
def test_what_does_not_fit_is_refused_at_its_field(coordinator: Caller, change: dict[str, Any], named: str) -> None:
    assert_problem(coordinator.post("/appointments", WANTED | change), 422, *named.split())
    assert coordinator.item("/appointments")["total"] == 0


def test_a_coordinator_names_the_organisation_where_there_are_several(town: World, coordinator: Caller) -> None:
    school = coordinator.made("/organisations", {"name": "Martinschule", "email": "post@martinschule.example"})

    assert_problem(coordinator.post("/appointments", WANTED), 422, "organisation")
    by_id = coordinator.made("/appointments", WANTED | {"organisation": school["id"]})
    by_name = coordinator.made("/appointments", WANTED | {"organisation": "Martinschule"})
    assert by_id["organisation"] == by_name["organisation"] == {"id": school["id"], "name": "Martinschule"}
    assert by_id["contact_email"] == "post@martinschule.example"


def test_staff_request_for_their_own_organisation_and_see_no_other(town: World, coordinator: Caller) -> None:
    coordinator.made("/organisations", {"name": "Martinschule"})
    school, office = caller(town, Role.STAFF, organisation="Martinschule"), caller(town, Role.STAFF)

    made = school.made("/appointments", WANTED)

    assert made["organisation"]["name"] == "Martinschule"
    assert_problem(school.post("/appointments", WANTED | {"organisation": "Sozialamt"}), 422, "organisation")
    assert office.items("/appointments") == []
    assert_problem(office.get(f"/appointments/{made['id']}"), 404)
    assert_problem(office.patch(f"/appointments/{made['id']}", {"note": "x"}), 404)
    assert_problem(office.delete(f"/appointments/{made['id']}"), 404)
    assert_problem(office.get(f"/appointments/{made['id']}/offers"), 404)
    assert [one["id"] for one in coordinator.items("/appointments")] == [made["id"]]


@pytest.mark.thorough
def test_a_change_keeps_what_is_not_named_and_a_new_time_asks_anew(town: World, coordinator: Caller) -> None:
    town.mediator("Amira", "kmr")
    made = coordinator.made("/appointments", WANTED | {"reference": "AZ 1"})
    town.work()

    moved = coordinator.patch(f"/appointments/{made['id']}", {"starts_at": "2026-11-25T10:00:00+01:00"}).json

    assert moved is not None
    assert moved["starts_at"] == "2026-11-25T10:00:00+01:00"
    assert (moved["reference"], moved["duration_minutes"], moved["site"]) == ("AZ 1", 60, made["site"])
    assert [(offer["status"], offer["withdrawal"]) for offer in moved["offers"]] == [("withdrawn", "moved")]
    town.work()
    assert {offer["status"] for offer in coordinator.items(f"/appointments/{made['id']}/offers?status=sent")} == {
        "sent"
    }
    assert_problem(coordinator.patch(f"/appointments/{made['id']}", {"mode": "smoke"}), 422, "mode")
    assert_problem(
        coordinator.patch(f"/appointments/{made['id']}", {"site": {"name": "x"}}), 422, "site.lat", "site.lon"
    )


def test_cancelling_takes_questions_back_and_twice_is_the_same(town: World, coordinator: Caller) -> None:
    town.mediator("Amira", "kmr")
    made = coordinator.made("/appointments", WANTED)
    town.work()

    first, second = (coordinator.delete(f"/appointments/{made['id']}") for _ in range(2))

    assert first.status_code == second.status_code == 200
    assert first.json is not None
    assert first.json["status"] == "cancelled"
    assert [offer["status"] for offer in first.json["offers"]] == ["withdrawn"]
    assert_problem(coordinator.patch(f"/appointments/{made['id']}", {"note": "x"}), 409)


def test_what_is_over_is_neither_changed_nor_cancelled(town: World, coordinator: Caller) -> None:
    made = coordinator.made("/appointments", WANTED)
    amira = town.mediator("Amira", "kmr")
    town.work()
    offer = coordinator.items(f"/appointments/{made['id']}/offers")[0]
    assert offer["mediator"]["id"] == amira
    coordinator.made(f"/offers/{offer['id']}/answer", {"answer": "accept"}, status=200)
    town.work(days=2)
    assert coordinator.item(f"/appointments/{made['id']}")["status"] == "done"
    assert_problem(coordinator.patch(f"/appointments/{made['id']}", {"note": "x"}), 409)
    assert_problem(coordinator.delete(f"/appointments/{made['id']}"), 409)


def test_the_list_is_filtered_by_state_language_and_time(town: World, coordinator: Caller) -> None:
    starts = town.now + timedelta(days=1, hours=3)
    first, second, third = (
        town.appointment(language, starts + timedelta(days=days))
        for language, days in (("kmr", 0), ("tur", 1), ("kmr", 2))
    )
    coordinator.delete(f"/appointments/{third}")

    def found(query: str) -> list[int]:
        return [one["id"] for one in coordinator.items(f"/appointments?{query}")]

    assert found("") == [first, second, third]
    assert found("status=cancelled") == [third]
    assert found("language=kmr") == [first, third]
    assert found("from=2026-11-25&to=2026-11-25") == [second]
    assert found("from=2026-11-25") == [second, third]
    assert found("to=2026-11-24T10:00:00%2B01:00") == []
    assert found("to=2026-11-24T10:00:01+01:00") == [first]


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("status=lost", "status"),
        ("page=0", "page"),
        ("page=-1", "page"),
        ("page=x", "page"),
        ("per_page=0", "per_page"),
        ("per_page=201", "per_page"),
        ("from=yesterday", "from"),
        ("from=2026-11-25T10:00:00", "from"),
        ("to=9999-12-31", "to"),
        ("colour=red", "colour"),
    ],
)
def test_a_query_that_does_not_fit_is_refused_by_name(coordinator: Caller, query: str, named: str) -> None:
    assert_problem(coordinator.get(f"/appointments?{query}"), 422, named)


def test_what_looks_like_a_slip_is_taken_and_said(town: World, staff: Caller) -> None:
    first = staff.made("/appointments", WANTED)
    assert first["hints"] == []
    again = staff.made("/appointments", WANTED | {"starts_at": "2026-11-24T10:30:00+01:00"})
    assert [(one["code"], one["appointment"]) for one in again["hints"]] == [("twice", first["id"])]
    sunday = staff.made("/appointments", WANTED | {"starts_at": "2026-11-29T03:00:00+01:00"})
    assert [(one["code"], one["appointment"]) for one in sunday["hints"]] == [("day", None), ("hour", None)]
    assert all(one["detail"] for one in (*again["hints"], *sunday["hints"]))
    assert AppointmentMade().validate(again) == {}
    assert "hints" not in staff.item(f"/appointments/{again['id']}")
