"""Clearances on the pages: entered, asked for, told where they are missing or run out."""

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient

from app.models import Mediator, Pool, Role
from tests.web.forms import mediator_form, send, words_of
from tests.world import World

Browser = Callable[..., FlaskClient]

SETTINGS = {
    "name": "Pool", "email": "pool@beckum.example", "phone": "", "min_level": "", "fill_target": "95",
    "max_texts_per_day": "5", "text_pause_minutes": "15", "text_from": "08:00", "text_until": "20:00",
    "base_travel_minutes": "5", "minutes_per_km": "2", "max_travel_minutes": "120",
}  # fmt: skip
DATES = {
    "training_on": "2024-03-01", "confidentiality_on": "2.3.2024", "conduct_on": "2024-04-01",
    "membership_on": "2026-01-01", "membership_until": "2026-12-31",
}  # fmt: skip


def person(town: World, mediator_id: int) -> Mediator:
    with town.change() as session:
        found = session.get_one(Mediator, mediator_id)
        session.expunge(found)
        return found


def test_dates_are_entered_kept_and_shown_again(town: World, browser: Browser) -> None:
    amira, client = town.mediator("Amira", "kmr"), browser(Role.COORDINATOR)
    assert send(client, f"/mediators/{amira}", mediator_form(**DATES)).status_code == 303
    kept = person(town, amira)
    assert (kept.training_on, kept.confidentiality_on) == (date(2024, 3, 1), date(2024, 3, 2))
    assert (kept.conduct_on, kept.membership_on) == (date(2024, 4, 1), date(2026, 1, 1))
    assert kept.membership_until == date(2026, 12, 31)
    page = client.get(f"/mediators/{amira}").text
    assert re.search(r'id="confidentiality_on"[^>]*value="2024-03-02"', page)
    assert "Mitgliedschaft bis 31. Dez." in words_of(page)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("training_on", "31.2.2026", "Bitte ein Datum eingeben"),
        ("conduct_on", "0026-11-03", "Bitte prüfen Sie das Jahr: 26."),
        ("membership_until", "2025-12-31", "Das Ende liegt vor dem Anfang."),
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_nothing_typed_is_lost(
    town: World, browser: Browser, name: str, value: str, sentence: str
) -> None:
    amira = town.mediator("Amira", "kmr")
    answer = send(browser(Role.COORDINATOR), f"/mediators/{amira}", mediator_form(**{**DATES, name: value}))
    assert answer.status_code == 422
    assert re.findall(r'id="part-(\w+)" open>', answer.text) == ["clearances"]
    error = re.search(rf'id="{name}-error">.*?</div>', answer.text, re.DOTALL)
    assert error is not None
    assert sentence in error[0]
    assert f'value="{value}"' in answer.text
    assert 'value="2.3.2024"' in answer.text
    assert person(town, amira).training_on is None


def test_an_admin_says_what_is_needed_and_when_it_runs_out(town: World, browser: Browser) -> None:
    client = browser(Role.ADMIN)
    answer = send(client, "/settings", {**SETTINGS, "conduct_required": "y", "conduct_months": "60"})
    assert answer.status_code == 303
    with town.change() as session:
        pool = session.get_one(Pool, town.pool_id)
        assert (pool.conduct_required, pool.conduct_months) == (True, 60)
        assert (pool.training_required, pool.training_months) == (False, None)
    page = client.get("/settings").text
    assert re.search(r'checked[^>]*id="conduct_required"', page)
    assert re.search(r'id="conduct_months"[^>]*value="60"', page)
    assert send(client, "/settings", SETTINGS).status_code == 303
    with town.change() as session:
        pool = session.get_one(Pool, town.pool_id)
        assert (pool.conduct_required, pool.conduct_months) == (False, None)


@pytest.mark.parametrize(("typed", "code"), [("0", "eine Zahl von 1 bis 120"), ("viel", "ganze Zahl")])
def test_impossible_months_are_refused_at_their_field(browser: Browser, typed: str, code: str) -> None:
    answer = send(browser(Role.ADMIN), "/settings", {**SETTINGS, "training_months": typed})
    assert answer.status_code == 422
    error = re.search(r'id="training_months-error">.*?</div>', answer.text, re.DOTALL)
    assert error is not None
    assert code in error[0]


def test_the_candidates_page_says_what_is_missing_and_asks_back(town: World, browser: Browser) -> None:
    town.set_pool(conduct_required=True, conduct_months=60, training_required=True)
    town.mediator("Amira", "kmr", conduct_on=date(2021, 11, 3), training_on=date(2020, 1, 1))
    town.mediator("Berat", "kmr", conduct_on=date(2026, 11, 3))
    appointment = town.appointment("kmr", town.now + timedelta(days=3))
    page = words_of(browser(Role.COORDINATOR).get(f"/board/{appointment}/candidates").text)
    assert "Führungszeugnis abgelaufen am 3. Nov." in page
    assert "Schulung fehlt" in page
    assert page.count("Trotzdem fragen") >= 2


def test_the_list_marks_counts_and_shows_alone_whose_clearances_end(town: World, browser: Browser) -> None:
    town.set_pool(conduct_months=60, training_required=True)
    done = date(2025, 1, 1)
    town.mediator("Amira", "kmr", training_on=done, conduct_on=date(2021, 12, 1))
    town.mediator("Berat", "kmr", training_on=done, conduct_on=date(2024, 1, 1))
    town.mediator("Cem", "kmr")
    town.mediator("Deniz", "kmr", status="left")
    client = browser(Role.COORDINATOR)
    page = words_of(client.get("/mediators").text)
    assert "Bei 2 Personen fehlt ein Nachweis oder läuft ab" in page
    assert ">läuft ab 1. Dez.</span>" in page
    assert ">Nachweis fehlt</span>" in page
    alone = client.get("/mediators?renew=1").text
    assert re.findall(r'<a href="/mediators/\d+">([^<]*)</a>', alone) == ["Amira", "Cem"]


def test_a_pool_without_dates_sees_nothing_of_them(town: World, browser: Browser) -> None:
    town.mediator("Amira", "kmr")
    assert "Nachweis" not in browser(Role.COORDINATOR).get("/mediators").text


def test_the_board_leads_to_those_whose_clearances_end(town: World, browser: Browser) -> None:
    town.mediator("Amira", "kmr", membership_until=date(2026, 12, 1))
    town.work()
    page = browser(Role.COORDINATOR).get("/board").text
    assert "Ein Nachweis läuft ab oder ist abgelaufen: Amira." in page
    assert 'href="/mediators?renew=1"' in page
