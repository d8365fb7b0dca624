"""/alerts, /appointments/<id>/attendance, and what an appointment says of its search."""

from datetime import datetime, timedelta

import pytest

from app.api.alerts import AlertOut
from app.api.appointment_answer import AppointmentOut
from app.journey import answering
from app.journey.telling import alerts
from app.models import Appointment, Mediator, Role
from tests.api.client import Caller, assert_problem
from tests.world import World


def wrong_number(town: World, mediator: int) -> None:
    with town.change() as session:
        person = session.get_one(Mediator, mediator)
        alerts.raise_alert(
            session, town.now, town.links, town.pool_id, "number_wrong", f"n:{mediator}",
            mediator=person, name=person.name, code="30005",
        )  # fmt: skip


def test_alerts_are_listed_the_newest_first_until_somebody_has_seen_to_them(town: World, coordinator: Caller) -> None:
    amira, berat = town.mediator("Amira", "kmr"), town.mediator("Berat", "kmr")
    wrong_number(town, amira)
    town.now += timedelta(minutes=1)
    wrong_number(town, berat)

    newest, oldest = coordinator.items("/alerts")

    assert (newest["mediator"], oldest["mediator"], newest["kind"]) == (berat, amira, "number_wrong")
    assert "Berat" in newest["headline"]
    assert newest["advice"]
    assert AlertOut().validate(newest) == {}
    seen_to = coordinator.made(f"/alerts/{newest['id']}/resolve", status=200)
    assert seen_to["resolved_at"] is not None
    assert coordinator.made(f"/alerts/{newest['id']}/resolve", status=200) == seen_to
    assert coordinator.items("/alerts") == [oldest]


def test_alerts_are_no_business_of_staff_and_an_unknown_one_is_not_found(
    town: World, coordinator: Caller, staff: Caller
) -> None:
    assert_problem(staff.get("/alerts"), 403)
    assert_problem(staff.post("/alerts/1/resolve"), 403)
    assert_problem(coordinator.post("/alerts/4711/resolve"), 404)
    assert_problem(coordinator.post("/alerts/4711/resolve", {"seconds": 5}), 422, "seconds")


def filled(town: World) -> int:
    """Tomorrow's appointment, to which Amira comes."""
    amira, appointment = town.mediator("Amira", "kmr"), town.appointment("kmr")
    with town.change() as session:
        person = session.get_one(Mediator, amira)
        answering.assign(session, town.now, town.links, appointment, person, town.staff(session, Role.COORDINATOR))
    return appointment


@pytest.mark.parametrize("who", ["mediator", "client"])
def test_attendance_is_reported_and_corrected(town: World, coordinator: Caller, who: str) -> None:
    path = f"/appointments/{filled(town)}"
    assert_problem(coordinator.post(f"{path}/attendance", {"missed_by": who}), 409)
    town.now += timedelta(days=1, hours=4)

    missed = coordinator.made(f"{path}/attendance", {"missed_by": who}, status=200)

    assert (missed["status"], missed["missed_by"]) == ("missed", who)
    assert AppointmentOut().validate(missed) == {}
    done = coordinator.made(f"{path}/attendance", {"missed_by": None}, status=200)
    assert (done["status"], done["missed_by"]) == ("done", None)
    assert coordinator.item(path) == done


def test_attendance_says_late_and_how_long_and_keeps_what_is_left_out(town: World, coordinator: Caller) -> None:
    path = f"/appointments/{filled(town)}/attendance"
    town.now += timedelta(days=1, hours=4)

    late = coordinator.made(path, {"missed_by": None, "came_late": True, "lasted_minutes": 75}, status=200)

    assert (late["came_late"], late["lasted_minutes"]) == (True, 75)
    assert coordinator.made(path, {"missed_by": None}, status=200) == late
    on_time = coordinator.made(path, {"missed_by": None, "came_late": False}, status=200)
    assert (on_time["came_late"], on_time["lasted_minutes"]) == (False, 75)
    missed = coordinator.made(path, {"missed_by": "client"}, status=200)
    assert (missed["came_late"], missed["lasted_minutes"]) == (False, None)
    assert_problem(coordinator.post(path, {"missed_by": "client", "came_late": True}), 422, "came_late")
    assert_problem(coordinator.post(path, {"missed_by": None, "lasted_minutes": 0}), 422, "lasted_minutes")
    assert_problem(coordinator.post(path, {"missed_by": None, "lasted_minutes": "75"}), 422, "lasted_minutes")


def test_attendance_takes_known_words_from_coordinators(town: World, coordinator: Caller, staff: Caller) -> None:
    path = f"/appointments/{filled(town)}/attendance"
    town.now += timedelta(days=1, hours=4)
    assert_problem(coordinator.post(path, {"missed_by": "weather"}), 422, "missed_by")
    assert_problem(coordinator.post(path, {"missed_by": 3}), 422, "missed_by")
    assert_problem(coordinator.post(path, {}), 422, "missed_by")
    assert_problem(staff.post(path, {"missed_by": None}), 403)
    assert_problem(coordinator.post("/appointments/4711/attendance", {"missed_by": None}), 404)


def test_an_appointment_says_how_its_search_stands(town: World, coordinator: Caller, staff: Caller) -> None:
    town.mediator("Amira", "kmr")
    appointment = town.appointment("kmr", town.now + timedelta(days=3))
    before = coordinator.item(f"/appointments/{appointment}")
    assert (before["chance"], before["answer_by"], before["next_wave_at"]) == (None, None, None)
    town.work()
    with town.change() as session:
        found = session.get_one(Appointment, appointment)
        found.look_again_at = town.now + timedelta(hours=2)
        chance, answer_by = found.chance, found.answer_by

    shown = coordinator.item(f"/appointments/{appointment}")

    assert shown["chance"] == pytest.approx(chance)
    assert datetime.fromisoformat(shown["answer_by"]) == answer_by
    assert datetime.fromisoformat(shown["next_wave_at"]) == town.now + timedelta(hours=2)
    [offer] = shown["offers"]
    assert 0 < offer["chance"] < 1
    assert offer["wave"] == 1
    assert AppointmentOut().validate(shown) == {}
    assert staff.item(f"/appointments/{appointment}")["offers"][0]["chance"] is None, (
        "that is between them and the pool"
    )
