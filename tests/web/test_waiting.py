"""While staff wait: the chance, who was asked, what comes next; and a request like an earlier one."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from app.models import Role
from tests.web.forms import words_of
from tests.world import World

Browser = Callable[..., FlaskClient]


def value(page: str, name: str) -> str:
    """What stands in a field."""
    found = re.search(rf'<input[^>]* name="{name}"[^>]* value="([^"]*)"', page)
    return found.group(1) if found else ""


def test_whoever_waits_sees_the_chance_who_was_asked_and_what_comes_next(town: World, browser: Browser) -> None:
    people = {name: town.mediator(name, "kmr") for name in ("Amira", "Berat", "Cem", "Dilan")}
    appointment = town.appointment("kmr", town.now + timedelta(days=4, hours=3), fallbacks=("mode",))
    client, path = browser(), f"/appointments/{appointment}"
    assert "Chance, dass jemand kommt" not in client.get(path).text
    town.work()
    page = words_of(client.get(path).text)
    assert "Chance, dass jemand kommt" in page
    assert re.search(r"[0-9]+ %", page)
    assert re.search(r"(1 Person ist|[2-4] Personen sind) gefragt\.", page)
    assert "Dann versuchen wir spätestens den nächsten Weg." in page
    town.accept(appointment, people[min(town.asked(appointment))])
    town.now += timedelta(minutes=1)
    assert "Chance, dass jemand kommt" not in client.get(path).text


def test_a_request_like_an_earlier_one_keeps_all_but_the_day(town: World, browser: Browser) -> None:
    appointment = town.appointment(
        "kmr", town.now + timedelta(days=1, hours=3), accepted_languages=("tur",), topic="school", gender="f",
        duration_minutes=75, note="Zimmer 12", reference="AZ 7", fallbacks=("mode",), mediators_needed=2,
    )  # fmt: skip
    client = browser()
    assert f"like={appointment}" in client.get(f"/appointments/{appointment}").text
    page = client.get(f"/appointments/new?like={appointment}").text
    assert value(page, "date") == f"{town.now + timedelta(days=8):%Y-%m-%d}"
    assert (value(page, "time"), value(page, "other_minutes"), value(page, "reference")) == ("10:00", "75", "AZ 7")
    chosen = re.findall(r"<option[^>]* selected[^>]*>", page)
    assert [code for code in ("kmr", "tur", "school", "f") if any(f'value="{code}"' in one for one in chosen)] == [
        "kmr", "tur", "school", "f",
    ]  # fmt: skip
    assert "Zimmer 12" in page
    assert re.search(r"<input[^>]* checked[^>]* name=.fallback_mode", page)


def test_a_request_of_long_ago_is_repeated_on_a_day_to_come(town: World, browser: Browser) -> None:
    appointment = town.past("kmr", town.now - timedelta(days=20))
    page = browser().get(f"/appointments/new?like={appointment}").text
    assert value(page, "date") == f"{town.now + timedelta(days=1):%Y-%m-%d}"


@pytest.mark.parametrize("like", ["999", "x", "-1"])
def test_what_there_is_not_cannot_be_repeated(browser: Browser, like: str) -> None:
    # what is no number asks for nothing
    assert browser().get(f"/appointments/new?like={like}").status_code == (200 if like == "x" else 404)


def test_another_organisations_request_is_not_repeated(town: World, browser: Browser) -> None:
    other = World.build(town.app, town.now, key="ahlen")
    theirs = other.appointment("kmr")
    assert browser().get(f"/appointments/new?like={theirs}").status_code == 404
    assert browser(Role.COORDINATOR).get(f"/appointments/new?organisation=1&like={theirs}").status_code == 404
