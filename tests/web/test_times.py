"""A mediator keeps their usual week by their own link."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.journey.history import SERVICE
from app.models import Link, LinkKind, Mediator, PlanRun
from app.registry import mediators
from app.registry.mediator_data import data_of
from app.versions import version_of
from tests.web.forms import token_in
from tests.world import World

WORK_DAYS = tuple((day, 480, 720) for day in range(5))


@pytest.fixture
def phone(world: World) -> FlaskClient:
    """A phone without a login."""
    return world.app.test_client()


def page_of(world: World, person: int) -> str:
    with world.change() as session:
        of_theirs = select(Link).where(Link.mediator_id == person, Link.kind == LinkKind.MEDIATOR)
        return world.links.url(session.scalars(of_theirs).one()).removeprefix(world.links.public_url) + "/times"


def times_of(world: World, person: int) -> tuple[tuple[int, int, int], ...]:
    with world.change() as session:
        return data_of(session.get_one(Mediator, person)).availability


def seen_in(page: str) -> str:
    return page.split('name="seen" value="')[1].split('"', maxsplit=1)[0]


def keep(phone: FlaskClient, page: str, text: str = "", **typed: Any) -> TestResponse:
    text = text or phone.get(page).text
    return phone.post(page, data={"csrf_token": token_in(text), "seen": seen_in(text), **typed})


def test_two_taps_set_the_usual_week(world: World, phone: FlaskClient) -> None:
    amira = world.mediator("Amira", "kmr", availability=())
    page = page_of(world, amira)
    filled = keep(phone, page, fill="mornings")
    assert filled.text.count(" checked") == 5
    assert times_of(world, amira) == ()
    ticked = [f"{day}-0" for day in range(5)]
    assert keep(phone, page, filled.text, free=ticked).status_code == 303
    assert times_of(world, amira) == WORK_DAYS
    with world.change() as session:
        assert session.scalars(select(PlanRun.trigger)).all() == ["mediator"]


def test_what_touches_becomes_one_and_is_shown_as_it_was_tapped(world: World, phone: FlaskClient) -> None:
    amira = world.mediator("Amira", "kmr", availability=((2, 990, 1080),))
    page = page_of(world, amira)
    sent: dict[str, Any] = {
        "free": ["0-0", "0-1"],
        "exact": "2-990-1080",
        "day": "4",
        "starts": "06:30",
        "ends": "24:00",
    }
    assert keep(phone, page, **sent).status_code == 303
    assert times_of(world, amira) == ((0, 480, 900), (2, 990, 1080), (4, 390, 1440))
    shown = phone.get(page).text
    assert shown.count(" checked") == 4
    assert keep(phone, page, free=["0-0", "0-1"]).status_code == 303, "what is not ticked any more is removed"
    assert times_of(world, amira) == ((0, 480, 900),)


@pytest.mark.parametrize(
    ("typed", "at"),
    [
        ({"day": "0", "starts": "11:00", "ends": "13:00"}, "starts"),
        ({"day": "0", "starts": "16:00", "ends": "15:00"}, "ends"),
        ({"day": "", "starts": "16:00", "ends": "17:00"}, "day"),
        ({"day": "9", "starts": "16:00", "ends": "17:00"}, "day"),
        ({"day": "1", "starts": "bald", "ends": "17:00"}, "starts"),
        ({"day": "1", "starts": "16:00", "ends": ""}, "ends"),
    ],
)
def test_what_cannot_be_taken_is_named_at_its_field_and_nothing_is_lost(
    sqlite_world: World, typed: dict[str, str], at: str
) -> None:
    amira = sqlite_world.mediator("Amira", "kmr", availability=WORK_DAYS)
    answer = keep(sqlite_world.app.test_client(), page_of(sqlite_world, amira), free=["0-0", "6-3"], **typed)
    assert answer.status_code == 422
    assert f'id="{at}-error"' in answer.text
    assert f'value="{typed["starts"]}"' in answer.text
    assert answer.text.count(" checked") == 2
    assert times_of(sqlite_world, amira) == WORK_DAYS


def test_a_page_held_open_overwrites_nothing_unseen(world: World, phone: FlaskClient) -> None:
    amira = world.mediator("Amira", "kmr", availability=WORK_DAYS)
    page = page_of(world, amira)
    held = phone.get(page).text
    with world.change() as session:
        changes = {"availability": ((6, 600, 660),)}
        seen = version_of((WORK_DAYS,))
        mediators.change(session, world.now, world.links, amira, changes, SERVICE, seen=seen)  # type: ignore[arg-type]
    answer = keep(phone, page, held, free=["1-1"])
    assert answer.status_code == 409
    assert times_of(world, amira) == ((6, 600, 660),)
    assert keep(phone, page, answer.text, free=["1-1"]).status_code == 303, "now it was seen"
    assert times_of(world, amira) == ((1, 720, 900),)


@pytest.mark.parametrize("exact", ["1", "7-0-60", "1-60-60", "1-0-9999", "-1-0-60", "a-b-c", "²-0-60"])
def test_hostile_spans_are_left_out(sqlite_world: World, exact: str) -> None:
    amira = sqlite_world.mediator("Amira", "kmr", availability=WORK_DAYS)
    assert keep(sqlite_world.app.test_client(), page_of(sqlite_world, amira), exact=exact).status_code == 303
    assert times_of(sqlite_world, amira) == ()


def test_the_token_of_another_changes_nothing(sqlite_world: World) -> None:
    phone = sqlite_world.app.test_client()
    amira, berat = (sqlite_world.mediator(name, "kmr") for name in ("Amira", "Berat"))
    before = times_of(sqlite_world, amira)
    mine = phone.get(page_of(sqlite_world, berat)).text
    assert keep(phone, page_of(sqlite_world, amira), mine, free=["0-0"]).status_code == 400
    assert phone.post("/m/wrong/times").status_code == phone.get("/m/wrong/times").status_code == 404
    assert times_of(sqlite_world, amira) == before
