"""Translation devices on the pages: entered, kept for staff, handed out, brought back."""

import html
import re
from collections.abc import Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

from flask.testing import FlaskClient
from sqlalchemy import select

from app.models import DeviceLoan, LoanState, Role, TranslationDevice
from tests.web.forms import send, token_in, words_of
from tests.world import World

Browser = Callable[..., FlaskClient]
DEVICE = {"name": "Gerät 1", "place": "Bürgerbüro, Mo-Fr 8-12 Uhr", "owner": "Stadt", "languages": "", "active": "y"}


def loan_of(town: World) -> DeviceLoan:
    with town.change() as session:
        found = session.scalars(select(DeviceLoan)).one()
        session.expunge(found)
        return found


def test_a_device_is_entered_changed_and_shown(town: World, browser: Browser) -> None:
    client = browser(Role.COORDINATOR)
    typed = {**DEVICE, "languages": "Tigrinya, arabisch"}
    assert send(client, "/devices/new", typed).status_code == 303
    with town.change() as session:
        assert session.scalars(select(TranslationDevice)).one().languages == ["tir", "ara"]
    shown = client.get("/devices").text
    assert "Tigrinya, Arabisch" in shown
    assert "0-mal verliehen" in shown
    page = client.get("/devices/1").text
    mark = page.split('name="seen" value="')[1].split('"')[0]
    changed = {**typed, "place": "Rathaus", "seen": mark, "csrf_token": token_in(page)}
    assert client.post("/devices/1", data=changed).status_code == 303
    # somebody who still has the old page open overwrites nothing unseen
    stale = client.post("/devices/1", data={**changed, "place": "Museum"})
    assert stale.status_code == 409
    assert "Museum" in stale.text


def test_what_cannot_be_is_said_at_its_field(town: World, browser: Browser) -> None:
    client = browser(Role.COORDINATOR)
    assert send(client, "/devices/new", DEVICE).status_code == 303
    for wrong, where in (
        ({"name": ""}, "name-error"),
        ({"place": " "}, "place-error"),
        ({"place": "x" * 251}, "place-error"),
        ({"languages": "Klingonisch"}, "languages-error"),
        ({}, "name-error"),
    ):
        answer = send(client, "/devices/new", {**DEVICE, **wrong})
        assert answer.status_code == 422
        assert f'id="{where}"' in answer.text
    with town.change() as session:
        assert len(session.scalars(select(TranslationDevice)).all()) == 1


def test_devices_are_the_coordinators_business(browser: Browser) -> None:
    client = browser()
    assert client.get("/devices").status_code == 403
    assert client.get("/devices/new").status_code == 403


def test_staff_permit_a_device_in_the_form_where_the_pool_has_one(town: World, browser: Browser) -> None:
    staff = browser()
    assert "fallback_device" not in staff.get("/appointments/new").text
    send(browser(Role.COORDINATOR), "/devices/new", DEVICE)
    assert "fallback_device" in browser().get("/appointments/new").text


def test_a_device_is_booked_handed_out_and_brought_back(town: World, browser: Browser) -> None:
    coordinator = browser(Role.COORDINATOR)
    send(coordinator, "/devices/new", DEVICE)
    appointment = town.appointment("tir")
    town.work()
    staff, path = browser(), f"/appointments/{appointment}"
    assert "Gerät buchen" in staff.get(path).text
    for _ in range(2):
        assert send(staff, path, {"rung": "device"}, f"{path}/fallbacks").status_code == 303
    page = words_of(staff.get(path).text)
    assert "Gerät 1 ist für Sie reserviert. Abholung: Bürgerbüro, Mo-Fr 8-12 Uhr" in page
    assert "Ein Übersetzungsgerät ist reserviert." in page
    assert "Gerät buchen" not in page

    assert "Ein Übersetzungsgerät ist bald auszugeben" in words_of(coordinator.get("/board").text)
    number = loan_of(town).id
    where = f"/devices/loans/{number}"
    assert send(coordinator, "/devices", {"to": "out"}, where).status_code == 303
    assert "Übersetzungsgerät" not in coordinator.get("/board").text, "with whoever needs it, and in time"
    assert "Hat es geholfen?" in coordinator.get("/devices").text
    assert "ist ausgegeben" in staff.get(path).text
    town.now += timedelta(days=3)
    assert "noch nicht zurück" in browser(Role.COORDINATOR).get("/devices").text
    coordinator = browser(Role.COORDINATOR)
    assert "Ein Übersetzungsgerät ist noch nicht zurück." in words_of(coordinator.get("/board").text)
    assert send(coordinator, "/devices", {"to": "back", "helped": "yes"}, where).status_code == 303
    assert "Übersetzungsgerät" not in coordinator.get("/board").text
    assert (loan_of(town).state, loan_of(town).helped) == (LoanState.RETURNED, True)
    assert "In 1 von 1 Gesprächen hat es geholfen." in coordinator.get("/devices").text


def test_an_open_board_learns_of_a_device_to_hand_out_also_where_it_is_filtered(town: World, browser: Browser) -> None:
    coordinator = browser(Role.COORDINATOR)
    send(coordinator, "/devices/new", DEVICE)
    first, later = town.appointment("tir"), town.appointment("tir", town.now + timedelta(days=6))
    far = town.appointment("tir", town.now + timedelta(days=20))
    town.work()
    poll = url_in(coordinator.get("/board?language=kmr").text)
    assert coordinator.get(poll).status_code == 204
    for one in (later, first, far):
        send(coordinator, f"/appointments/{one}", {"rung": "device"}, f"/appointments/{one}/fallbacks")
    answer = coordinator.get(poll)
    assert answer.status_code == 200
    with town.change() as session:
        [wanted] = session.scalars(select(DeviceLoan).where(DeviceLoan.appointment_id == first))
        moment = f"{wanted.appointment.starts_at.astimezone(ZoneInfo('Europe/Berlin')):%H:%M} Uhr"
    assert "2 Übersetzungsgeräte sind bald auszugeben, das erste für den Termin" in words_of(answer.text)
    assert moment in words_of(answer.text).partition("das erste")[2]
    assert coordinator.get(url_in(answer.text)).status_code == 204


def url_in(page: str) -> str:
    """Where the board asks whether it says something else by now."""
    found = re.search(r'hx-get="(/board/rows[^"]*)"', page)
    assert found
    return html.unescape(found[1])


def test_a_device_can_be_reserved_while_people_are_still_asked(town: World, browser: Browser) -> None:
    send(browser(Role.COORDINATOR), "/devices/new", DEVICE)
    selam = town.mediator("Selam", "tir")
    appointment = town.appointment("tir", fallbacks=("mode",))
    town.work()
    staff, path = browser(), f"/appointments/{appointment}"
    assert "Gerät schon jetzt reservieren" in staff.get(path).text
    send(staff, path, {"rung": "device"}, f"{path}/fallbacks")
    assert loan_of(town).state is LoanState.RESERVED
    town.accept(appointment, selam)
    assert loan_of(town).state is LoanState.CANCELLED


def test_an_older_page_reserves_nothing_where_somebody_comes_by_now_or_a_rule_forbids_it(
    town: World, browser: Browser
) -> None:
    send(browser(Role.COORDINATOR), "/devices/new", DEVICE)
    selam = town.mediator("Selam", "tir")
    filled = town.appointment("tir", fallbacks=("mode",))
    medical = town.appointment("som", topic="medical")
    town.work()
    staff = browser()
    for appointment, said in ((filled, "Inzwischen hat jemand zugesagt."), (medical, "Die Regeln des Pools")):
        path = f"/appointments/{appointment}"
        token = token_in(staff.get(path).text)
        if appointment == filled:
            town.accept(filled, selam)
        else:
            town.set_pool(forbidden_fallbacks={"device": ["medical"]})
        data = {"rung": "device", "csrf_token": token}
        page = staff.post(f"{path}/fallbacks", data=data, follow_redirects=True).text
        assert said in page
        assert "Wir reservieren" not in page
    with town.change() as session:
        assert session.scalars(select(DeviceLoan)).all() == []


def test_a_wrong_press_changes_nothing(town: World, browser: Browser) -> None:
    client = browser(Role.COORDINATOR)
    send(client, "/devices/new", DEVICE)
    town.appointment("tir", fallbacks=("device",))
    town.work()
    where = f"/devices/loans/{loan_of(town).id}"
    assert send(client, "/devices", {"to": "back", "helped": "maybe"}, where).status_code == 400
    assert send(client, "/devices", {"to": "nowhere"}, where).status_code == 400
    assert send(client, "/devices", {"to": "back", "helped": "yes"}, where).status_code == 303
    assert loan_of(town).state is LoanState.RESERVED
    assert send(client, "/devices", {"to": "out"}, "/devices/loans/999").status_code == 404
