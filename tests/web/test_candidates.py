"""Whom a coordinator may ask: one proposal, the others in order, and why the rest does not fit."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.journey.timing import acceptance
from app.models import Mediator, Pool, Role
from tests.web.forms import send
from tests.world import World

Browser = Callable[..., FlaskClient]


@pytest.fixture
def page(town: World, browser: Browser) -> Callable[[int], str]:
    """The page of an appointment, as text."""
    client = browser(Role.COORDINATOR)
    return lambda appointment: client.get(f"/board/{appointment}/candidates").text


def learned(town: World, **chances: float) -> None:
    """Let the pool know that some say yes more often than others: log-odds beside the pool's own."""
    with town.change() as session:
        pool = session.get_one(Pool, town.pool_id)
        known = {one.name: str(one.id) for one in session.scalars(select(Mediator))}
        people = {known[name]: odds for name, odds in chances.items()}
        pool.acceptance = acceptance.of_pool(pool).to_json() | {"people": people}


def order(text: str) -> tuple[str, list[str]]:
    """Who is proposed, and the names in the tables."""
    proposed = re.search(r'id="proposal">([^<]*)<', text)
    return proposed[1] if proposed else "", re.findall(r'<a href="/mediators/\d+">([^<]*)</a>', text)


def test_the_likeliest_is_proposed_and_the_others_follow(town: World, page: Callable[[int], str]) -> None:
    for name in ("Amira", "Berat", "Cem"):
        town.mediator(name, "kmr")
    learned(town, Amira=-1.0, Berat=2.0, Cem=0.5)
    text = page(town.appointment("kmr"))
    assert order(text) == ("Berat", ["Cem", "Amira"])
    assert "2 weitere passen" in text
    assert "sonst nirgends gebraucht" in text


def test_whom_another_appointment_needs_then_comes_after_the_others(town: World, page: Callable[[int], str]) -> None:
    amira = town.mediator("Amira", "kmr", "tir")
    town.mediator("Berat", "kmr")
    learned(town, Amira=2.0)
    other = town.appointment("tir", town.now + timedelta(days=1, hours=3))
    town.ask(other, amira)
    assert order(page(town.appointment("kmr"))) == ("Berat", ["Amira"])
    assert "wird morgen um 10 Uhr für Tigrinya gebraucht" in page(town.appointment("kmr")).replace("\xa0", " ")
    # at another time nobody else needs her
    assert order(page(town.appointment("kmr", town.now + timedelta(days=2, hours=3))))[0] == "Amira"


@pytest.mark.parametrize(
    ("person", "wanted", "said"),
    [
        ({"availability": ((1, 13 * 60, 19 * 60),)}, {}, "ist dienstags nur 13:00–19:00 frei"),
        ({"availability": ((0, 0, 1440),)}, {}, "ist dienstags nie frei"),
        ({"absences": ((date(2026, 11, 20), date(2026, 12, 6)),)}, {}, "ist bis 6. Dez. abwesend"),
        ({"modes": ("phone",)}, {}, "kommt nicht vor Ort"),
        ({"modes": ("on_site",)}, {"mode": "phone"}, "arbeitet nicht am Telefon"),
        ({"gender": "m"}, {"gender": "f"}, "gewünscht ist eine Frau"),
        ({"level": "B1"}, {"min_level": "C1"}, "spricht Kurmandschi (Nordkurdisch) auf B1, nötig ist C1"),
        ({"home": (51.9, 8.3), "max_travel_minutes": 10}, {}, "Min. Weg, höchstens 10"),
        ({"status": "paused"}, {}, "macht Pause"),
    ],
)
def test_why_somebody_does_not_fit_is_said_of_them(
    town: World, page: Callable[[int], str], person: dict[str, Any], wanted: dict[str, Any], said: str
) -> None:
    town.mediator("Amira", "kmr", **person)
    text = page(town.appointment("kmr", **wanted)).replace("\xa0", " ").replace("\N{WORD JOINER}", "")
    assert "Eine Person passt nicht" in text
    assert said in text
    assert "Trotzdem fragen" in text


def test_who_was_asked_stands_apart_and_is_not_asked_again(town: World, page: Callable[[int], str]) -> None:
    amira = town.mediator("Amira", "kmr")
    appointment = town.appointment("kmr")
    town.ask(appointment, amira)
    text = page(appointment)
    assert "Schon gefragt" in text
    assert "gefragt, noch keine Antwort" in text
    assert f"/board/{appointment}/ask" not in text
    assert f"/board/{appointment}/assign" in text


def test_coordinators_get_from_the_appointment_to_its_people_and_back(town: World, browser: Browser) -> None:
    appointment = town.appointment("kmr")
    there, back = f'href="/board/{appointment}/candidates"', f'href="/appointments/{appointment}"'
    coordinator = browser(Role.COORDINATOR)
    assert there in coordinator.get(f"/appointments/{appointment}").text
    assert back in coordinator.get(f"/board/{appointment}/candidates").text
    assert there not in browser(Role.STAFF).get(f"/appointments/{appointment}").text
    town.cancel(appointment)
    assert there not in coordinator.get(f"/appointments/{appointment}").text


def test_a_question_is_taken_back_by_hand_and_not_put_again(
    town: World, browser: Browser, page: Callable[[int], str]
) -> None:
    amira, berat = town.mediator("Amira", "kmr"), town.mediator("Berat", "kmr")
    appointment = town.appointment("kmr")
    town.ask(appointment, amira)
    client, path = browser(Role.COORDINATOR), f"/board/{appointment}/candidates"
    back = send(client, path, {"mediator_id": amira}, f"/board/{appointment}/withdraw")
    assert "Die Frage an Amira ist zurückgezogen." in client.get(back.location).text
    assert town.texts_to("Amira") == [], "it had not left yet"
    for _ in range(3):
        town.work(minutes=11)
    assert "Amira" not in town.asked(appointment)
    assert town.asked(appointment) == {"Berat"}, "the next are asked"
    # the question had left: her yes takes no seat, and she is told why
    with town.change() as session:
        number = town.offer(session, appointment, amira).id
    town.write("Amira", f"JA {number}")
    assert town.coming(appointment) == set()
    assert town.answers_to("Amira"), "nobody is left without a word"
    # twice, or of somebody who was not asked: a sentence, no harm
    again = send(client, path, {"mediator_id": amira}, f"/board/{appointment}/withdraw")
    assert "gerade nicht gefragt" in client.get(again.location).text
    # who was taken out can be asked again by hand
    send(client, path, {"mediator_id": amira}, f"/board/{appointment}/ask")
    assert town.asked(appointment) == {"Amira", "Berat"}
    town.accept(appointment, berat)
    assert town.coming(appointment) == {"Berat"}


def test_of_very_many_the_first_are_shown_and_all_on_demand(town: World, browser: Browser) -> None:
    for number in range(24):
        town.mediator(f"Fits {number:02}", "kmr", email="")
    for number in range(7):
        town.mediator(f"Busy {number}", "kmr", email="", availability=())
    client, path = browser(Role.COORDINATOR), f"/board/{town.appointment('kmr')}/candidates"
    proposed, names = order(client.get(path).text)
    assert (proposed, len(names)) == ("Fits 00", 19 + 5)
    page = client.get(path).text
    assert ("4 weitere zeigen" in page, "2 weitere zeigen" in page) == (True, True)
    assert f'href="{path}?all=1"' in page
    whole = client.get(f"{path}?all=1").text
    assert len(order(whole)[1]) == 23 + 7
    assert "weitere zeigen" not in whole


def test_what_would_help_is_told_with_what_can_be_done(
    town: World, page: Callable[[int], str], browser: Browser
) -> None:
    town.mediator("Ferhat", "kmr", modes=("phone",))
    town.mediator("Gule", "kmr", availability=tuple((day, 11 * 60, 17 * 60) for day in range(5)))
    appointment = town.appointment("kmr")
    text = page(appointment)
    assert "Was würde helfen?" in text
    assert "Am Telefon" in text
    assert "1 Person mehr: Ferhat" in text
    assert "Später, ab 11:00 Uhr" in text
    later = browser(Role.COORDINATOR).get(f"/appointments/{appointment}/edit?time=11:00").text
    assert re.search(r'name="time"[^>]*value="11:00"', later)
    by_phone = browser(Role.COORDINATOR).get(f"/appointments/{appointment}/edit?place=phone").text
    assert re.search(r'checked[^>]*value="phone"|value="phone"[^>]*checked', by_phone)


@pytest.mark.parametrize("query", ["time=25:00", "time=%00", "place=site:999", "duration=1e9", "place=phone&place=x"])
def test_nonsense_that_an_address_suggests_is_not_taken_over(town: World, browser: Browser, query: str) -> None:
    appointment = town.appointment("kmr")
    text = browser(Role.COORDINATOR).get(f"/appointments/{appointment}/edit?{query}").text
    assert re.search(r'name="time"[^>]*value="10:00"', text)


def test_several_are_asked_at_once(town: World, browser: Browser) -> None:
    people = [town.mediator(name, "kmr") for name in ("Amira", "Berat", "Cem")]
    appointment = town.appointment("kmr")
    client = browser(Role.COORDINATOR)
    address = f"/board/{appointment}/candidates"
    assert "Drei zusammen fragen" in client.get(address).text
    answer = send(client, address, {"mediator_id": people}, f"/board/{appointment}/ask-together")
    assert answer.status_code == 303
    assert town.asked(appointment) == {"Amira", "Berat", "Cem"}
    text = client.get(address).text
    assert "Was würde helfen?" not in text
    again = send(client, address, {"mediator_id": people[:1]}, f"/board/{appointment}/ask-together")
    assert again.status_code == 303
    assert len(town.messages(kind="offer", appointment_id=appointment)) == 3
