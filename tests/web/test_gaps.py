"""Gaps that are reported, answered, and brought before the steering group."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.models import AppointmentStatus, Event, GapStatus, ReportedGap, Role
from tests.web.conftest import Browser
from tests.web.forms import send
from tests.world import World

WANTED = {"category": "places", "text": "Kinderbetreuung während der Sprachkurse"}


def reports(town: World) -> list[ReportedGap]:
    """All of the pool."""
    with town.change() as session:
        found = list(session.scalars(select(ReportedGap).order_by(ReportedGap.id)))
        session.expunge_all()
        return found


def test_what_staff_report_coordinators_answer_and_staff_read(town: World, browser: Browser) -> None:
    staff, coordinator = browser(), browser(Role.COORDINATOR)
    assert send(staff, "/gaps", WANTED).status_code == 303
    [one] = reports(town)
    assert (one.organisation_id, one.status, one.category.value) == (town.organisation_id, GapStatus.NEW, "places")
    assert "Kinderbetreuung" in coordinator.get("/gaps").text
    answer = {"status": "in_hand", "answer": "beim Jugendamt in Klärung"}
    assert send(coordinator, f"/gaps/{one.id}", answer).status_code == 303
    page = staff.get("/gaps").text
    assert "In Klärung" in page
    assert "beim Jugendamt in Klärung" in page
    with town.change() as session:
        kinds = [event.kind for event in session.scalars(select(Event).order_by(Event.id))]
    assert kinds[-2:] == ["gap_reported", "gap_answered"]


@pytest.mark.parametrize(
    ("typed", "field"),
    [({"text": "  "}, "text"), ({"text": "x" * 501}, "text"), ({"category": "weather"}, "category")],
)
def test_what_cannot_be_taken_is_said_at_its_field_and_nothing_typed_is_lost(
    town: World, browser: Browser, typed: dict[str, str], field: str
) -> None:
    answer = send(browser(), "/gaps", WANTED | typed)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert (WANTED | typed)["text"].strip() in answer.text
    assert reports(town) == []


def test_staff_see_their_own_reports_alone_and_answer_none(town: World, browser: Browser) -> None:
    send(browser(Role.COORDINATOR), "/gaps", WANTED)
    staff = browser()
    assert "Kinderbetreuung" not in staff.get("/gaps").text
    assert staff.get(f"/gaps/{reports(town)[0].id}").status_code == 403


def test_another_pools_report_is_none(town: World, browser: Browser) -> None:
    World.build(town.app, town.now, key="hagen")
    send(browser(Role.COORDINATOR, "hagen"), "/gaps", WANTED)
    client = browser(Role.COORDINATOR)
    assert "Kinderbetreuung" not in client.get("/gaps").text
    assert client.get("/gaps/1").status_code == 404
    assert client.get("/gaps/4711").status_code == 404


def test_an_answer_that_there_is_not_is_refused(town: World, browser: Browser) -> None:
    client = browser(Role.COORDINATOR)
    send(client, "/gaps", WANTED)
    assert send(client, "/gaps/1", {"status": "lost", "answer": ""}).status_code == 422
    assert reports(town)[0].status is GapStatus.NEW


# --- the report for the steering group ---


def test_the_report_brings_figures_gaps_advice_and_what_was_reported(town: World, browser: Browser) -> None:
    client = browser(Role.COORDINATOR)
    for weeks in range(1, 9):
        status = AppointmentStatus.DONE if weeks % 2 else AppointmentStatus.UNFILLED
        town.past("tir", town.now - timedelta(weeks=weeks, hours=-3), status)
    town.past("tir", town.now - timedelta(weeks=60))
    town.appointment("tir", town.now + timedelta(days=7, hours=3))
    town.foresee()
    send(browser(), "/gaps", WANTED)
    send(client, "/gaps", {"category": "hours", "text": "Sprechzeiten nach 16 Uhr"})
    send(client, "/gaps/2", {"status": "solved", "answer": "gibt es jetzt"})
    page = client.get("/coverage/report").text
    assert "Anfragen im Jahr, in den zwölf Monaten davor 1" in page
    assert "Am meisten fehlt Tigrinya" in page
    assert "Eine Person mit Tigrinya gewinnen" in page
    assert "Kinderbetreuung während der Sprachkurse" in page
    assert "Sprechzeiten nach 16 Uhr" not in page, "solved"
    assert page.count('class="pool-chart__filled" x=') == 3, "months with requests"
    assert browser().get("/coverage/report").status_code == 403


def test_an_empty_pool_has_a_report(town: World, browser: Browser) -> None:
    client = browser(Role.COORDINATOR)
    assert "Die erste Vorschau wird gerade gerechnet" in client.get("/coverage/report").text
    town.foresee()
    page = client.get("/coverage/report").text
    assert "Zurzeit ist keine größere Lücke zu erwarten." in page
    assert "davor" not in page
