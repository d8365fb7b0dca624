"""A mediator says by their own link how, how much and what for they would like to be asked."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.journey.history import SERVICE
from app.models import ActorKind, Event, Mediator, Organisation, PlanRun
from app.registry import mediators
from app.registry.mediator_data import MediatorData, data_of
from app.versions import version_of
from app.web.mediator.settings_form import NAMES
from tests.web.forms import token_in
from tests.web.test_times import page_of as times_page
from tests.web.test_times import seen_in
from tests.world import World

ALL: dict[str, Any] = {
    "modes": ["phone", "video"], "max_travel_minutes": "30", "max_appointments_per_day": "2",
    "max_appointments_per_week": "", "urgent_opt_in": "y", "locale": "en", "text_from": "09:30", "text_until": "00:00",
    "text_weekends": "yes", "excluded_topics": ["medical"],
}  # fmt: skip


@pytest.fixture
def phone(world: World) -> FlaskClient:
    """A phone without a login."""
    return world.app.test_client()


def page_of(world: World, person: int) -> str:
    return times_page(world, person).removesuffix("/times") + "/settings"


def known(world: World, person: int) -> MediatorData:
    with world.change() as session:
        return data_of(session.get_one(Mediator, person))


def keep(phone: FlaskClient, page: str, text: str = "", /, **typed: Any) -> TestResponse:
    text = text or phone.get(page).text
    return phone.post(page, data={"csrf_token": token_in(text), "seen": seen_in(text), **typed})


def organisation(world: World, name: str, **values: Any) -> int:
    with world.change() as session:
        found = Organisation(name=name, **values)
        session.add(found)
        session.flush()
        return found.id


def test_what_is_said_is_kept_and_people_are_looked_for_again(world: World, phone: FlaskClient) -> None:
    amira = world.mediator("Amira", "kmr", max_minutes_per_week=600, max_appointments_per_week=3)
    page = page_of(world, amira)
    assert keep(phone, page, **ALL, excluded_organisations=[str(world.organisation_id)]).status_code == 303
    now = known(world, amira)
    assert (now.modes, now.max_travel_minutes, now.max_appointments_per_day) == (("phone", "video"), 30, 2)
    assert (now.max_appointments_per_week, now.max_minutes_per_week) == (None, 600)
    assert (now.urgent_opt_in, now.locale, now.text_from, now.text_until) == (True, "en", 570, 1440)
    assert (now.text_weekends, now.excluded_topics) == (True, ("medical",))
    assert now.excluded_organisations == (world.organisation_id,)
    shown = phone.get(page).text
    assert "My details" in shown
    assert 'value="09:30"' in shown
    assert 'value="00:00"' in shown
    with world.change() as session:
        assert session.scalars(select(PlanRun.trigger)).all() == ["mediator"]
        line = session.scalars(select(Event).where(Event.kind == "mediator_changed")).one()
        assert (line.actor_kind, line.actor_id) == (ActorKind.MEDIATOR, amira)


def test_saving_what_is_shown_changes_nothing(world: World, phone: FlaskClient) -> None:
    amira = world.mediator("Amira", "kmr", max_travel_minutes=0, text_from=0, text_until=1440, text_weekends=False)
    before = known(world, amira)
    shown = phone.get(page_of(world, amira)).text
    assert 'name="max_travel_minutes" type="number" value="0"' in shown
    typed = {
        "modes": ["on_site", "phone", "video"], "max_travel_minutes": "0", "text_from": "00:00", "text_until": "00:00",
        "text_weekends": "no", "locale": "de",
    }  # fmt: skip
    assert keep(phone, page_of(world, amira), shown, **typed).status_code == 303
    assert known(world, amira) == before


@pytest.mark.parametrize(
    ("typed", "at"),
    [
        ({"modes": []}, "modes"),
        ({"modes": ["by pigeon"]}, "modes"),
        ({"max_travel_minutes": "weit"}, "max_travel_minutes"),
        ({"max_travel_minutes": "9999"}, "max_travel_minutes"),
        ({"max_appointments_per_day": "0"}, "max_appointments_per_day"),
        ({"max_appointments_per_week": "-1"}, "max_appointments_per_week"),
        ({"text_from": "bald"}, "text_from"),
        ({"text_until": ""}, "text_until"),
        ({"text_from": "19:00", "text_until": "18:00"}, "text_until"),
        ({"locale": "tlh"}, "locale"),
    ],
)
def test_what_cannot_be_taken_is_named_at_its_field_and_nothing_is_lost(
    sqlite_world: World, typed: dict[str, Any], at: str
) -> None:
    amira = sqlite_world.mediator("Amira", "kmr")
    before = known(sqlite_world, amira)
    sent = ALL | typed
    answer = keep(sqlite_world.app.test_client(), page_of(sqlite_world, amira), **sent)
    assert answer.status_code == 422
    assert f'id="{at}-error"' in answer.text
    for name in ("max_travel_minutes", "text_from"):
        assert f'value="{sent[name]}"' in answer.text
    assert known(sqlite_world, amira) == before


def test_only_who_may_ask_is_offered_and_what_is_not_offered_stays_unwanted(world: World, phone: FlaskClient) -> None:
    closed, stand_in = organisation(world, "Altes Amt", active=False), organisation(world, "Pool Ahlen", neighbour_id=2)
    with world.change() as session:
        unwanted = (closed, stand_in)
        data = MediatorData("Amira", "0171 3920001", skills=(("kmr", "C1"),), excluded_organisations=unwanted)
        amira = mediators.register(session, world.now, world.links, data, SERVICE).id
    page = page_of(world, amira)
    shown = phone.get(page).text
    assert "Sozialamt" in shown
    assert "Altes Amt" not in shown
    assert "Pool Ahlen" not in shown
    sent = [str(world.organisation_id), "999999", "x"]
    assert keep(phone, page, **ALL, excluded_organisations=sent).status_code == 303
    assert set(known(world, amira).excluded_organisations) == {world.organisation_id, closed, stand_in}


def test_a_page_held_open_overwrites_nothing_unseen(world: World, phone: FlaskClient) -> None:
    amira = world.mediator("Amira", "kmr")
    page = page_of(world, amira)
    held = phone.get(page).text
    with world.change() as session:
        seen = version_of((None,))
        mediators.change(session, world.now, world.links, amira, {"max_travel_minutes": 15}, SERVICE, seen=seen)
    answer = keep(phone, page, held, **ALL)
    assert answer.status_code == 409
    assert 'value="30"' in answer.text
    assert known(world, amira).max_travel_minutes == 15
    assert keep(phone, page, answer.text, **ALL).status_code == 303, "now it was seen"
    assert known(world, amira).max_travel_minutes == 30


def test_a_name_that_was_corrected_meanwhile_keeps_nobody_from_saving(sqlite_world: World) -> None:
    phone = sqlite_world.app.test_client()
    amira = sqlite_world.mediator("Amira", "kmr")
    held = phone.get(page_of(sqlite_world, amira)).text
    with sqlite_world.change() as session:
        change = {"name": "Amira Yıldız"}
        mediators.change(
            session, sqlite_world.now, sqlite_world.links, amira, change, SERVICE,  # type: ignore[arg-type]
            seen=version_of(("Amira",)),
        )  # fmt: skip
    assert keep(phone, page_of(sqlite_world, amira), held, **ALL).status_code == 303
    assert known(sqlite_world, amira).name == "Amira Yıldız"


def test_number_and_address_are_shown_and_not_changed(sqlite_world: World) -> None:
    phone = sqlite_world.app.test_client()
    amira = sqlite_world.mediator("Amira", "kmr")
    before = known(sqlite_world, amira)
    page = page_of(sqlite_world, amira)
    assert "amira@mail.example" in phone.get(page).text
    sent = {"phone": "0171 0000000", "email": "x@mail.example", "name": "X", "status": "left", "skills": "ara"}
    assert keep(phone, page, **ALL, **sent).status_code == 303
    now = known(sqlite_world, amira)
    assert (now.phone, now.email, now.name, now.status) == (before.phone, before.email, before.name, before.status)


def test_the_token_of_another_changes_nothing(sqlite_world: World) -> None:
    phone = sqlite_world.app.test_client()
    amira, berat = (sqlite_world.mediator(name, "kmr") for name in ("Amira", "Berat"))
    before = known(sqlite_world, amira)
    mine = phone.get(page_of(sqlite_world, berat)).text
    assert keep(phone, page_of(sqlite_world, amira), mine, **ALL).status_code == 400
    assert phone.post("/m/wrong/settings").status_code == phone.get("/m/wrong/settings").status_code == 404
    assert known(sqlite_world, amira) == before


def test_the_version_tells_of_everything_that_the_form_changes(sqlite_world: World) -> None:
    amira = sqlite_world.mediator("Amira", "kmr")
    phone = sqlite_world.app.test_client()
    before = known(sqlite_world, amira)
    assert keep(phone, page_of(sqlite_world, amira), **ALL).status_code == 303
    now = known(sqlite_world, amira)
    assert {name for name in vars(before) if getattr(before, name) != getattr(now, name)} <= set(NAMES)
