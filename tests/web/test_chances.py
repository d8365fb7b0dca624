"""The chance beside the form of a request, with scripts and without; what is taken over, and what is asked."""

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.models import Appointment, Organisation, Role
from tests.web.forms import token_in, words_of
from tests.world import World

Browser = Callable[..., FlaskClient]
FORM = "/appointments/new"
PANEL = "/appointments/chance"


def typed(**changes: str) -> dict[str, str]:
    """The fields that decide, as somebody fills them in."""
    return {
        "language": "kmr", "date": "2026-12-01", "time": "10:00", "duration": "60", "place": "site:1",
        "mediators_needed": "1",
    } | changes  # fmt: skip


def post(client: FlaskClient, path: str, data: dict[str, str]) -> TestResponse:
    return client.post(path, data=data | {"csrf_token": token_in(client.get(FORM).text)})


def panel(client: FlaskClient, **changes: str) -> str:
    answer = post(client, PANEL, typed(**changes))
    assert answer.status_code == 200
    return words_of(answer.text)


def count(town: World) -> int:
    with town.change() as session:
        return session.scalar(select(func.count()).select_from(Appointment)) or 0


def values_in(page: str) -> dict[str, str]:
    """What stands in a page's form, as a browser would send it."""
    form = page[page.index('id="request"') :]
    found = {}
    for tag in re.findall(r"<input[^>]*>", form):
        attributes = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if attributes.get("type") not in {"radio", "checkbox"} or " checked" in tag:
            found[attributes["name"]] = unescape(attributes.get("value", ""))
    for name, options in re.findall(r'<select[^>]* name="(\w+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)"[^>]* selected|selected value="([^"]*)"', options)
        found[name] = (chosen[1] or chosen[2] or "") if chosen else ""
    note = re.search(r"<textarea[^>]*>\s*(.*?)</textarea>", form, re.DOTALL)
    return found | {"note": unescape(note[1]) if note else ""}


def takes(page: str) -> list[dict[str, str]]:
    """What the suggestions put in."""
    return [
        dict(parse_qsl(unescape(one), keep_blank_values=True)) for one in re.findall(r'"take" value="([^"]*)"', page)
    ]


def test_the_panel_says_how_likely_it_is_and_as_of_when(town: World, browser: Browser) -> None:
    for name in ("Amira", "Berat", "Cemal"):
        town.mediator(name, "kmr")
    said = panel(browser())
    assert "3 kommen infrage." in said
    assert "Chance mittel" in said
    [percent] = re.findall(r'pool-ask__figure">(\d+) %<', said)
    assert f'value="{percent}"' in said
    assert int(percent) % 5 == 0
    assert f"3 kommen infrage. Chance mittel, {percent} %." in said, "one sentence is read out"
    assert 'aria-live="polite"' in said
    assert "Stand: 07:00 Uhr" in said
    assert "Neu berechnen" in said
    town.mediator("Dilan", "kmr")
    town.now += timedelta(minutes=5)
    again = panel(browser())
    assert "4 kommen infrage." in again
    assert "Stand: 07:05 Uhr" in again
    assert count(town) == 0


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"language": ""}, "fehlt noch: Sprache."),
        ({"date": "", "time": ""}, "fehlt noch: Datum und Beginn."),
        ({"duration": ""}, "fehlt noch: Dauer."),
        ({"duration": "other", "other_minutes": ""}, "fehlt noch: Dauer in Minuten."),
        ({"place": ""}, "fehlt noch: Wo findet das Gespräch statt?."),
        ({"place": "elsewhere"}, "fehlt noch: Adresse"),
        ({"date": "gestern"}, "Bitte ein Datum angeben"),
        ({"date": "2020-01-01"}, "Dieser Zeitpunkt ist schon vorbei"),
        ({"date": "2027-03-28", "time": "02:30"}, "Die Uhrzeit 02:30 gibt es an diesem Tag nicht"),
        ({"language": "kur"}, "fehlt noch: "),
        ({"language": "xxx"}, "Bitte wählen Sie etwas aus der Liste."),
        ({"second_language": "kmr"}, "Das ist dieselbe Sprache wie oben"),
        ({"mediators_needed": "99"}, "von 1 bis 9"),
        ({"duration": "other", "other_minutes": "9" * 4000}, "von 15 bis 480"),
        ({"place": "elsewhere", "elsewhere": "Nirgendwo 17, 99999 Xyzstadt"}, "Adresse"),
    ],
)
def test_what_is_missing_or_wrong_is_said_and_nothing_breaks(
    browser: Browser, changes: dict[str, str], said: str
) -> None:
    found = panel(browser(), **changes)
    assert said in found
    assert "pool-ask__figure" not in found
    assert "Chance berechnen" in found


def test_an_empty_form_says_what_it_needs(browser: Browser) -> None:
    page = words_of(browser().get(FORM).text)
    assert "fehlt noch: Sprache, Datum und Beginn." in page


def test_without_scripts_the_first_button_computes_and_sends_nothing(town: World, browser: Browser) -> None:
    town.mediator("Amira", "kmr")
    client = browser()
    page = client.get(FORM).text
    first = re.search(r'<button[^>]*type="submit"[^>]*>', page[page.index('id="request"') :])
    assert first is not None
    assert 'name="do" value="chance"' in first[0]
    answer = post(client, FORM, typed(do="chance", note="Bitte klingeln", topic=""))
    assert answer.status_code == 200
    assert "1 kommt infrage." in answer.text
    assert "Bitte klingeln" in answer.text
    assert "aria-invalid" not in answer.text, "nobody is scolded before the form is sent"
    assert count(town) == 0


def test_a_suggestion_is_taken_over_with_one_button_and_nothing_typed_is_lost(town: World, browser: Browser) -> None:
    town.mediator("Amira", "kmr", "tur", modes=("phone",))
    for name in ("Berat", "Cemal", "Dilan", "Emre"):
        town.mediator(name, "tur")
    client = browser()
    kept = {"note": 'Zimmer 12, "hinten"', "reference": "AZ 17/2026", "topic": "school", "urgent": "y", "time": "11:00"}
    page = post(client, FORM, typed(do="chance", **kept)).text
    found = takes(page)
    assert {"second_language": "tur", "fallback_language": ""} in found
    assert {"place": "phone"} in found
    for one in found:
        values = values_in(page) | {"take": urlencode(one)}
        answer = client.post(FORM, data=values)
        assert answer.status_code == 200
        expected = {name: value for name, value in {**typed(), **kept, **one}.items() if value}
        assert expected.items() <= values_in(answer.text).items()
    assert count(town) == 0


def test_what_no_suggestion_changes_cannot_be_changed_by_one(town: World, browser: Browser) -> None:
    answer = post(browser(), FORM, typed(take="organisation=99&note=x&time=12:00", note="Zimmer"))
    assert answer.status_code == 200
    assert values_in(answer.text)["note"] == "Zimmer"
    assert values_in(answer.text)["time"] == "12:00"
    assert values_in(answer.text)["organisation"] == str(town.organisation_id)


def test_a_high_chance_needs_no_change_and_keeps_the_rest_folded(town: World, browser: Browser) -> None:
    for number in range(5):
        town.mediator(f"Amira{number}", "kmr", "tur")
    for number in range(12):
        town.mediator(f"Berat{number}", "tur")
    said = panel(browser())
    assert "pool-box--success" in said
    assert "Sie müssen nichts ändern." in said
    assert "<details" in said


@pytest.mark.parametrize(
    ("person", "changes", "why"),
    [
        (None, {}, "Im Pool spricht zurzeit niemand Kurmandschi"),
        ({}, {}, "nur eine Person Kurmandschi"),
        ({}, {"date": "2026-11-29"}, "Sonntags um 10 Uhr haben die meisten, die Kurmandschi"),
        ({"gender": "m"}, {"gender": "f"}, "Der Wunsch nach Frau oder Mann"),
        ({"modes": ("phone",)}, {}, "nicht auf diesem Weg"),
        ({"home": (48.1, 11.5)}, {}, "ist der Weg zu weit"),
        ({"excluded_topics": ("medical",)}, {"topic": "medical"}, "übernehmen solche Termine nicht"),
    ],
)
def test_a_low_chance_says_why(
    town: World, browser: Browser, person: dict[str, Any] | None, changes: dict[str, str], why: str
) -> None:
    if person is not None:
        town.mediator("Amira", "kmr", **person)
    assert why in panel(browser(), **changes)


def test_the_panel_is_staffs_and_of_their_own_organisation(town: World, browser: Browser) -> None:
    client = browser(Role.COORDINATOR)
    assert post(client, PANEL, typed()).status_code == 403, "for whom is not said"
    assert post(client, PANEL, typed(organisation=str(town.organisation_id))).status_code == 200
    with town.change() as session:
        other = Organisation(name="Jobcenter", email="jobcenter@beckum.example", active=False)
        session.add(other)
        session.flush()
        number = other.id
    assert post(client, PANEL, typed(organisation=str(number))).status_code == 403
    assert town.app.test_client().post(PANEL, data=typed()).status_code == 204


SENT = {"topic": "school"}


def test_a_slip_is_asked_about_and_sent_when_meant(town: World, browser: Browser) -> None:
    client = browser()
    sunday = typed(date="2026-11-29", time="03:00", note="Bitte klingeln", **SENT)
    answer = post(client, FORM, sunday)
    assert answer.status_code == 200
    assert "Der Termin liegt auf einem Wochenende oder Feiertag." in answer.text
    assert "außerhalb der üblichen Zeiten" in answer.text
    assert "Bitte klingeln" in answer.text
    assert count(town) == 0
    [sure] = re.findall(r'name="sure" value="([^"]*)"', answer.text)
    assert client.post(FORM, data=values_in(answer.text) | {"do": "chance"}).status_code == 200
    assert count(town) == 0, "the button that Enter presses changes nothing"
    assert client.post(FORM, data=values_in(answer.text) | {"sure": sure}).status_code == 303
    assert count(town) == 1


def test_the_same_request_again_is_linked_to(town: World, browser: Browser) -> None:
    client = browser()
    first = post(client, FORM, typed(**SENT)).location
    answer = post(client, FORM, typed(time="10:30", **SENT))
    assert "Für diese Zeit und Sprache haben Sie schon eine Anfrage." in answer.text
    assert f'href="{first}"' in answer.text
    assert count(town) == 1
    [sure] = re.findall(r'name="sure" value="([^"]*)"', answer.text)
    assert post(client, FORM, typed(time="10:30", sure=sure, **SENT)).status_code == 303
    third = post(client, FORM, typed(time="10:15", sure=sure, date="2026-11-29", **SENT))
    assert "Wochenende" in third.text, "what was answered is not what is asked now"


def test_a_form_sent_twice_makes_one_request(town: World, browser: Browser) -> None:
    client = browser()
    page = client.get(FORM).text
    values = values_in(page) | typed(**SENT)
    first, second = (client.post(FORM, data=values) for _ in range(2))
    assert first.status_code == second.status_code == 303
    assert first.location == second.location
    assert count(town) == 1
    other = client.post(FORM, data=values | {"time": "14:00"})
    assert other.status_code == 303
    assert other.location != first.location, "gone back and changed, it is another request"
