"""What was just done by hand is taken back from the page that confirms it, with and without a script."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.models import Role
from tests.web.forms import send, token_in
from tests.world import World

Browser = Callable[..., FlaskClient]


@pytest.fixture
def coordinator(browser: Browser) -> FlaskClient:
    return browser(Role.COORDINATOR)


def asked(town: World, client: FlaskClient, *names: str) -> tuple[int, str]:
    """Ask people who are never free; gives the appointment, and the page that says so."""
    people = [town.mediator(name, "kmr", availability=()) for name in names]
    appointment = town.appointment("kmr")
    town.work()
    town.now += timedelta(seconds=1)
    way = "ask" if len(people) == 1 else "ask-together"
    answer = send(client, f"/board/{appointment}/candidates", {"mediator_id": people}, f"/board/{appointment}/{way}")
    assert answer.status_code == 303
    return appointment, client.get(answer.location).text


def press(client: FlaskClient, page: str) -> TestResponse:
    """Press the banner's button as a browser without a script does."""
    form = re.search(r'id="undo".*?<form method="post" action="([^"]+)">(.*?)</form>', page, re.DOTALL)
    assert form
    steps = re.findall(r'name="step" value="(\d+)"', form[2])
    return client.post(form[1], data={"csrf_token": token_in(page), "step": steps}, follow_redirects=True)


def test_a_question_is_undone_from_the_page_that_confirms_it(town: World, coordinator: FlaskClient) -> None:
    appointment, page = asked(town, coordinator, "Amira")
    assert "Wir fragen Amira per SMS." in page
    assert "als hätten Sie nicht gefragt" in page
    assert "Rückgängig gemacht. Amira ist nicht gefragt worden." in press(coordinator, page).text
    town.work(minutes=1)
    assert town.texts_to("Amira") == []
    assert "Das ist schon rückgängig gemacht." in press(coordinator, page).text
    assert town.asked(appointment) == set()


def test_before_it_is_pressed_it_says_what_it_can_still_do(town: World, coordinator: FlaskClient) -> None:
    _, page = asked(town, coordinator, "Amira")
    found = re.search(r'hx-get="([^"]+)"', page.split('id="undo"')[1])
    assert found
    poll = found[1].replace("&amp;", "&")
    assert coordinator.get(poll).status_code == 204
    town.work(seconds=11)
    later = coordinator.get(poll)
    assert "Die SMS kann schon angekommen sein." in later.text
    said = press(coordinator, later.text).text
    assert "Die Frage an Amira ist zurückgezogen. Die SMS war schon unterwegs" in said


def test_of_several_who_were_asked_those_are_unasked_who_have_not_answered(
    town: World, coordinator: FlaskClient
) -> None:
    appointment, page = asked(town, coordinator, "Amira", "Berat", "Cem")
    assert "Wir fragen Amira, Berat, Cem per SMS." in page
    town.work(seconds=11)
    town.decline(appointment, 2)
    said = press(coordinator, page).text
    assert "Berat hat inzwischen geantwortet." in said
    assert town.asked(appointment) == set()


@pytest.mark.parametrize(("step", "title"), [("assign", "Amira ist eingetragen."), ("withdraw", "ist zurückgezogen.")])
def test_an_entry_and_a_withdrawal_are_undone(town: World, coordinator: FlaskClient, step: str, title: str) -> None:
    amira = town.mediator("Amira", "kmr", availability=())
    appointment = town.appointment("kmr")
    town.work()
    town.ask(appointment, amira)
    town.work()
    path = f"/board/{appointment}/candidates"
    answer = send(coordinator, path, {"mediator_id": amira}, f"/board/{appointment}/{step}")
    page = coordinator.get(answer.location).text
    assert title in page
    assert "Rückgängig gemacht." in press(coordinator, page).text
    assert (town.asked(appointment), town.coming(appointment)) == ({"Amira"}, set())


def test_an_entry_made_twice_has_nothing_more_to_take_back(town: World, coordinator: FlaskClient) -> None:
    amira = town.mediator("Amira", "kmr", availability=())
    appointment = town.appointment("kmr")
    path = f"/board/{appointment}/candidates"
    for steps in (1, 0):
        answer = send(coordinator, path, {"mediator_id": amira}, f"/board/{appointment}/assign")
        assert answer.location.count("step=") == steps
    assert town.coming(appointment) == {"Amira"}


def test_staff_undo_their_own_change_and_nothing_of_the_coordination(
    town: World, browser: Browser, coordinator: FlaskClient
) -> None:
    appointment, page = asked(town, coordinator, "Amira")
    step = re.findall(r'name="step" value="(\d+)"', page)[0]
    staff = browser()
    assert "Amira" not in staff.get(f"/appointments/{appointment}?step={step}").text
    assert staff.get(f"/appointments/{appointment}/undo?step={step}").status_code == 204
    edit = f"/appointments/{appointment}/edit"
    shown = staff.get(edit).text
    fields = dict(re.findall(r'<input[^>]*name="(\w+)"[^>]*value="([^"]*)"', shown))
    assert (
        staff.post(f"/appointments/{appointment}/undo", data={"step": step, "csrf_token": token_in(shown)}).status_code
        == 403
    )
    wanted = {
        "date": "2026-11-25", "time": "10:00", "duration": "60", "place": "as_is", "mediators_needed": "1",
        "language": "kmr", "note": "", "seen": re.search(r'name="seen"[^>]*value="([^"]*)"', shown)[1],  # type: ignore[index]
    }  # fmt: skip
    town.work(seconds=11)
    answer = staff.post(edit, data=fields | wanted)
    assert answer.status_code == 303, answer.text
    changed = staff.get(answer.location).text
    assert "Der Termin ist geändert." in changed
    assert "Der Termin ist wie vorher, und niemand hat davon erfahren." in press(staff, changed).text
    assert "24. November" in staff.get(f"/appointments/{appointment}").text


def test_what_is_long_forgotten_or_elsewhere_is_said_in_a_sentence(town: World, coordinator: FlaskClient) -> None:
    appointment, page = asked(town, coordinator, "Amira")
    path = f"/appointments/{appointment}/undo"
    answer = coordinator.post(path, data={"csrf_token": token_in(page), "step": "999"}, follow_redirects=True)
    assert "zu lange zurück" in answer.text
    assert coordinator.get(f"/board/{appointment}/candidates?step=999").status_code == 200
    assert (
        coordinator.post("/appointments/999/undo", data={"csrf_token": token_in(page), "step": "1"}).status_code == 404
    )
    assert town.asked(appointment) == {"Amira"}


def test_the_history_leaves_out_for_staff_what_nobody_heard_of(
    town: World, browser: Browser, coordinator: FlaskClient
) -> None:
    appointment, page = asked(town, coordinator, "Amira")
    press(coordinator, page)
    assert "Die Koordination hat noch eine Person gefragt." not in browser().get(f"/appointments/{appointment}").text
    assert "undone_by_hand" in coordinator.get(f"/appointments/{appointment}").text, "the trace has both lines"
