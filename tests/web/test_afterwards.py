"""After an appointment: whether it took place; and what exactly happened."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from app.journey import answering, history, reconfirming
from app.journey.history import SERVICE
from app.models import Appointment, Mediator, Organisation, Role
from tests.web.forms import send, token_in, words_of
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
    assert all(
        words in page for words in ("kam pünktlich", "kam zu spät", "Sprachmittlung kam nicht", "Klient kam nicht")
    )
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


def test_staff_say_how_it_was_until_the_coordination_has_recorded_it(
    town: World, browser: Browser, filled: int
) -> None:
    town.now += timedelta(days=1, hours=4)
    client = browser()
    page = say(client, filled, "late")
    assert how_it_was(town, filled) == ("done", None)
    assert "Der Termin hat stattgefunden, die Sprachmittlung kam zu spät." in page
    assert "Gemeldet von der Einrichtung" in page
    say(browser(Role.COORDINATOR), filled, "client")
    page = client.get(f"/appointments/{filled}").text
    assert "Eingetragen von der Koordination" in page
    assert 'name="said"' not in page
    assert "Ihre Angabe ist nicht gespeichert" in say(client, filled, "late")
    assert how_it_was(town, filled) == ("missed", "client")


def test_staff_of_another_organisation_say_nothing(town: World, browser: Browser, filled: int) -> None:
    town.now += timedelta(days=1, hours=4)
    client = browser()
    with town.change() as session:
        session.add(school := Organisation(name="Schule"))
        session.flush()
        session.get_one(Appointment, filled).organisation_id = school.id
    token = token_in(client.get("/appointments/new").text)
    for page in ("attendance", "afterwards"):
        answer = client.post(f"/appointments/{filled}/{page}", data={"csrf_token": token, "said": "client"})
        assert answer.status_code == 404
    assert client.get(f"/appointments/{filled}/afterwards").status_code == 404
    assert how_it_was(town, filled) == ("filled", None)


def test_the_whole_form_keeps_duration_and_thanks_and_shows_them_again(
    town: World, browser: Browser, filled: int
) -> None:
    town.now += timedelta(days=1, hours=4)
    client, page = browser(), f"/appointments/{filled}/afterwards"
    assert 'value="60"' in client.get(page).text
    typed = {"said": "took_place", "minutes": "75", "thanks": "calm", "words": "Bis bald!"}
    assert send(client, page, typed).status_code == 303
    shown = words_of(client.get(f"/appointments/{filled}").text)
    assert "Der Termin hat stattgefunden. Er dauerte 75 Minuten." in shown
    assert "Danke für Ihre Ruhe und Geduld. Bis bald!" in shown
    again = client.get(page).text
    assert 'value="75"' in again
    assert 'value="Bis bald!"' in again


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"minutes": "60"}, "Bitte wählen Sie aus, wie es war."),
        ({"said": "late", "minutes": "eine Stunde"}, "Bitte geben Sie die Dauer als ganze Zahl"),
        ({"said": "late", "minutes": "0"}, "eine Zahl von 1 bis 1440"),
        ({"said": "late", "minutes": "9" * 5000}, "Bitte geben Sie"),
        ({"said": "mediator", "thanks": "help"}, "Es kam niemand"),
        ({"said": "took_place", "thanks": "none", "words": "x" * 141}, "Dieser Text ist mit 141 Zeichen zu lang"),
        ({"said": "took_place", "thanks": "gold"}, "Diese Auswahl gibt es nicht"),
    ],
)
def test_what_cannot_be_taken_is_said_at_its_field_and_nothing_typed_is_lost(
    town: World, browser: Browser, filled: int, typed: dict[str, str], said: str
) -> None:
    town.now += timedelta(days=1, hours=4)
    client = browser()
    answer = send(client, f"/appointments/{filled}/afterwards", typed)
    assert answer.status_code == 422
    assert said in words_of(answer.text)
    assert all(f'value="{value}"' in answer.text for name, value in typed.items() if name != "thanks")
    assert how_it_was(town, filled) == ("filled", None)


def test_a_form_held_open_while_somebody_else_reports_is_asked_again(
    town: World, browser: Browser, filled: int
) -> None:
    town.now += timedelta(days=1, hours=4)
    client, page = browser(Role.COORDINATOR), f"/appointments/{filled}/afterwards"
    opened = client.get(page).text
    say(browser(), filled, "client")
    data = {"csrf_token": token_in(opened), "seen": seen_in(opened), "said": "late", "minutes": "40"}
    answer = client.post(page, data=data)
    assert answer.status_code == 409
    assert "Inzwischen hat jemand anders etwas anderes gemeldet" in answer.text
    assert 'value="40"' in answer.text
    assert how_it_was(town, filled) == ("missed", "client")
    # whoever stands by it sends what now stands there
    assert client.post(page, data=data | {"seen": seen_in(answer.text)}).status_code == 303
    assert how_it_was(town, filled) == ("done", None)


def seen_in(page: str) -> str:
    found = re.search(r'name="seen" value="([^"]+)"', page)
    return found.group(1) if found else ""


def test_two_weeks_later_staff_read_that_it_is_too_late(town: World, browser: Browser, filled: int) -> None:
    town.work(days=1, hours=4)
    town.now += timedelta(days=14, minutes=1)
    page = browser().get(f"/appointments/{filled}").text
    assert "Die Zeit für Rückmeldungen ist vorbei" in page
    assert 'name="said"' not in page
    assert 'value="late"' in browser(Role.COORDINATOR).get(f"/appointments/{filled}").text


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
