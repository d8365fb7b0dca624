"""The panel beside the form of a change: who stays, how likely somebody else comes; looking changes nothing."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.journey import answering
from app.journey.history import SERVICE
from app.models import Appointment, Mediator
from tests.web.forms import token_in, words_of
from tests.world import World

Browser = Callable[..., FlaskClient]
TEN = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)


def typed(**changes: str) -> dict[str, str]:
    return {
        "language": "kmr", "date": "2026-12-01", "time": "10:00", "duration": "60", "place": "phone",
        "mediators_needed": "1",
    } | changes  # fmt: skip


def panel(client: FlaskClient, appointment: int, **changes: str) -> str:
    token = token_in(client.get(f"/appointments/{appointment}/edit").text)
    answer = client.post(f"/appointments/{appointment}/chance", data=typed(**changes) | {"csrf_token": token})
    assert answer.status_code == 200
    return words_of(answer.text)


def assign(world: World, appointment: int, name: str) -> None:
    with world.change() as session:
        mediator = session.execute(select(Mediator).where(Mediator.name == name)).scalar_one()
        answering.assign(session, world.now, world.links, appointment, mediator, SERVICE)


def test_a_search_is_told_its_chance_as_it_would_be(town: World, browser: Browser) -> None:
    town.mediator("Amira", "kmr")
    town.mediator("Berat", "tur")
    asked = town.appointment("kmr", TEN, mode="phone")
    client = browser()
    assert "1 kommt infrage." in panel(client, asked)
    assert "2 kommen infrage." in panel(client, asked, second_language="tur")
    assert "Niemand kommt infrage." in panel(client, asked, language="tir")
    with town.change() as session:
        assert session.get_one(Appointment, asked).language == "kmr"


@pytest.mark.parametrize(
    ("changes", "stays"),
    [
        ({}, True),
        ({"note": "Bitte klingeln"}, True),
        ({"time": "14:00"}, True),
        # she has another assignment then
        ({"time": "16:30"}, False),
        ({"place": "video"}, False),
        ({"language": "tur"}, False),
    ],
)
def test_whoever_has_accepted_stays_just_if_the_page_says_so(
    town: World, browser: Browser, changes: dict[str, str], stays: bool
) -> None:
    town.mediator("Amira", "kmr", "tur")
    asked = town.appointment("kmr", TEN, mode="phone")
    assign(town, asked, "Amira")
    assign(town, town.appointment("kmr", TEN + timedelta(hours=7), mode="phone"), "Amira")
    client = browser()
    said = panel(client, asked, **changes)
    assert ("Amira bleibt eingeplant." in said) == stays
    assert ("Amira bleibt bei dieser Änderung nicht eingeplant" in said) == (not stays)
    assert ("pool-ask__figure" in said) == (not stays), "a chance is told of a search alone"
    page = client.get(f"/appointments/{asked}/edit").text
    seen = page.split('name="seen" value="')[1].split('"')[0]
    sent = typed(**changes) | {"csrf_token": token_in(page), "seen": seen}
    assert client.post(f"/appointments/{asked}/edit", data=sent).status_code == 303
    with town.change() as session:
        held = session.get_one(Appointment, asked).active_assignments
        assert [one.mediator.name for one in held] == (["Amira"] if stays else [])


def test_without_scripts_looking_changes_nothing_and_loses_nothing(town: World, browser: Browser) -> None:
    town.mediator("Amira", "kmr", "tur", modes=("video",))
    asked = town.appointment("kmr", TEN, mode="phone")
    client = browser()
    address = f"/appointments/{asked}/edit"
    first = client.get(address).text
    seen = first.split('name="seen" value="')[1].split('"')[0]
    with town.change() as session:
        session.get_one(Appointment, asked).note = "inzwischen geändert"
    sent = typed(note="Raum 12", do="chance") | {"csrf_token": token_in(first), "seen": seen}
    looked = client.post(address, data=sent)
    assert looked.status_code == 200
    assert "Raum 12" in looked.text
    assert f'name="seen" value="{seen}"' in looked.text, "what was saved meanwhile has not been seen by looking"
    taken = client.post(address, data=sent | {"take": "place=video"})
    assert "1 kommt infrage." in taken.text
    with town.change() as session:
        assert session.get_one(Appointment, asked).mode == "phone"
    del sent["do"]
    assert client.post(address, data=sent).status_code == 409


def test_nobody_else_looks_and_what_is_over_says_so(town: World, browser: Browser) -> None:
    asked = town.appointment("kmr", town.now + timedelta(hours=1), mode="phone")
    client = browser()
    token = token_in(client.get(f"/appointments/{asked}/edit").text)
    assert client.post("/appointments/999/chance", data=typed() | {"csrf_token": token}).status_code == 404
    town.now += timedelta(hours=2)
    late = client.post(f"/appointments/{asked}/chance", data=typed() | {"csrf_token": token})
    assert late.status_code == 200
    assert "Dieser Termin lässt sich nicht mehr ändern." in late.text
