"""After an appointment: whether it took place; and what exactly happened."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from app.journey import answering, history, reconfirming
from app.journey.history import SERVICE
from app.models import Appointment, Mediator, Role
from tests.web.forms import token_in
from tests.world import World

Browser = Callable[..., FlaskClient]


@pytest.fixture
def filled(town: World) -> int:
    """Tomorrow's appointment, to which Amira comes."""
    amira, appointment = town.mediator("Amira", "kmr"), town.appointment("kmr")
    with town.change() as session:
        person = session.get_one(Mediator, amira)
        answering.assign(session, town.now, town.links, appointment, person, town.staff(session, Role.COORDINATOR))
    return appointment


def say(client: FlaskClient, appointment: int, said: str) -> str:
    page = f"/appointments/{appointment}"
    data = {"csrf_token": token_in(client.get(page).text), "said": said}
    answer = client.post(f"{page}/attendance", data=data)
    assert (answer.status_code, answer.location) == (303, page)
    return client.get(page).text


def how_it_was(town: World, appointment: int) -> tuple[str, str | None]:
    with town.change() as session:
        found = session.get_one(Appointment, appointment)
        return found.status.value, found.missed_by


def test_coordinators_say_afterwards_who_did_not_come_and_may_correct_it(
    town: World, browser: Browser, filled: int
) -> None:
    client = browser(Role.COORDINATOR)
    assert "Wie war es?" not in client.get(f"/appointments/{filled}").text
    town.now += timedelta(days=1, hours=3, minutes=20)
    client = browser(Role.COORDINATOR)
    page = client.get(f"/appointments/{filled}").text
    assert all(words in page for words in ("Hat stattgefunden", "Sprachmittler kam nicht", "Klient kam nicht"))
    page = say(client, filled, "client")
    assert how_it_was(town, filled) == ("missed", "client")
    assert "Die Klientin oder der Klient kam nicht." in page
    say(client, filled, "mediator")
    assert how_it_was(town, filled) == ("missed", "mediator")
    page = say(client, filled, "took_place")
    assert how_it_was(town, filled) == ("done", None)
    assert 'value="took_place"' not in page


def test_what_cannot_be_said_yet_or_is_no_answer_changes_nothing(town: World, browser: Browser, filled: int) -> None:
    client = browser(Role.COORDINATOR)
    assert "Das lässt sich erst sagen" in say(client, filled, "client")
    town.now += timedelta(days=1, hours=4)
    client = browser(Role.COORDINATOR)
    assert "Einige Angaben" in say(client, filled, "nobody")
    assert how_it_was(town, filled) == ("filled", None)


def test_staff_are_not_asked_how_it_was(town: World, browser: Browser, filled: int) -> None:
    town.now += timedelta(days=1, hours=4)
    client = browser()
    page = client.get(f"/appointments/{filled}").text
    assert "Wie war es?" not in page
    data = {"csrf_token": token_in(client.get("/appointments/new").text), "said": "client"}
    assert client.post(f"/appointments/{filled}/attendance", data=data).status_code == 403


def test_the_trace_is_for_coordinators_and_names_nobody(town: World, browser: Browser, filled: int) -> None:
    page = browser(Role.COORDINATOR).get(f"/appointments/{filled}").text
    trace = page.split("Was genau geschah")[1].split("</details>")[0]
    assert "accepted" in trace
    assert "Amira" not in trace
    assert "Was genau geschah" not in browser().get(f"/appointments/{filled}").text


def test_the_history_tells_new_steps_in_words_and_some_to_coordinators_alone(
    town: World, browser: Browser, filled: int
) -> None:
    with town.change() as session:
        found = session.get_one(Appointment, filled)
        [seat] = found.active_assignments
        reconfirming.reconfirm(session, town.now, seat.offer_id, SERVICE)
        for kind in ("deadline_moved", "offer_unsent"):
            history.record(session, town.now, kind, SERVICE, found, seat.mediator, name="Amira")
        history.record(session, town.now, "message_failed", SERVICE, found, seat.mediator, what="offer", code="30003")
        history.record(session, town.now, "alert_resolved", SERVICE, found, alert="number_wrong")
    told = {
        "Amira bestätigt: Es bleibt dabei.": True,
        "Eine Nachricht konnte noch nicht hinaus.": True,
        "Eine Nachricht konnte nicht hinaus.": True,
        "Eine Nachricht kam nicht an. Das Telefon ist aus, oder es ging niemand ran.": False,
        "Die Koordination hat einen Hinweis erledigt.": False,
    }
    staff, coordinator = (browser(role).get(f"/appointments/{filled}").text for role in (Role.STAFF, Role.COORDINATOR))
    for words, for_staff in told.items():
        assert words in coordinator
        assert (words, words in staff) == (words, for_staff)
