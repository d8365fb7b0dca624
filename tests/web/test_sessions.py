"""A login lasts twelve hours without anybody there, and seven days at most; an open page is nobody."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from app import access, web
from app.models import Role
from tests.web.forms import token_in
from tests.world import PASSWORD, World

Browser = Callable[..., FlaskClient]
TEMPLATES = Path(web.__file__).parent / "templates"


def is_in(client: FlaskClient) -> bool:
    return client.get("/board").status_code == 200


def test_who_comes_back_within_twelve_hours_stays_in(town: World, browser: Browser) -> None:
    client = browser(Role.COORDINATOR)
    for _ in range(3):
        town.now += timedelta(hours=11, minutes=58)
        assert is_in(client)
    town.now += timedelta(hours=12)
    assert not is_in(client)


def test_after_seven_days_everybody_logs_in_again(town: World, browser: Browser) -> None:
    client = browser(Role.COORDINATOR)
    for _ in range(15):
        town.now += timedelta(hours=11)
        assert is_in(client)
    town.now += timedelta(hours=3)
    assert not is_in(client), "7 × 24 hours"


@pytest.mark.thorough
@pytest.mark.parametrize("polled", ["/board/rows", "/appointments/1/status", "/phone/rows"])
def test_a_page_that_is_left_open_keeps_nobody_in(town: World, browser: Browser, polled: str) -> None:
    town.mediator("Amira", "kmr")
    town.appointment("kmr")
    town.work()
    client = browser(Role.COORDINATOR)
    for _ in range(12):
        assert client.get(polled, headers={"HX-Request": "true"}).status_code == 200
        town.now += timedelta(hours=1)
    assert not is_in(client)


def test_every_part_that_is_fetched_again_and_again_is_marked_so(town: World) -> None:
    said = [path.read_text(encoding="utf-8") for path in TEMPLATES.rglob("*.html")]
    asking = [line for text in said for line in text.splitlines() if 'hx-trigger="every' in line]
    named = {name for line in asking for name in re.findall(r"url_for\('([\w.]+)'", line)}
    # these are put together in Python
    marked = {name for name in town.app.view_functions if access.is_unattended(town.app, name)}
    assert named | {"coordinator.board_rows", "coordinator.plan_state", "staff.undo_state"} == marked
    assert len(asking) == len(marked)


def test_a_part_of_a_page_that_is_over_makes_the_page_load_anew(town: World, browser: Browser) -> None:
    client = browser(Role.COORDINATOR)
    town.now += timedelta(hours=12)
    answer = client.get("/board/rows?seen=x", headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert answer.headers["HX-Refresh"] == "true"
    assert answer.text == ""
    # another part may be under way still, and be answered last: it takes no cookie back
    assert "Set-Cookie" not in answer.headers
    assert client.get("/board").location == "/login"
    form = {"email": "coordinator@beckum.example", "password": "a long enough password"}
    assert client.post("/login", data=form | {"csrf_token": token_in(client.get("/login").text)}).location == "/board"


@pytest.mark.parametrize(("asked", "leads_to"), [("/coverage", "/coverage"), ("/board/rows", "/")])
def test_a_login_leads_back_to_a_page_and_never_to_a_part_of_one(town: World, asked: str, leads_to: str) -> None:
    client = town.app.test_client()
    client.get(asked)
    token = token_in(client.get("/login").text)
    sent = {"email": "coordinator@beckum.example", "password": PASSWORD, "csrf_token": token}
    answer = client.post("/login", data=sent)
    assert answer.location.partition("?")[0] == leads_to


def test_what_is_fetched_while_somebody_types_leads_them_nowhere(town: World, browser: Browser) -> None:
    client = browser()
    form = {"csrf_token": token_in(client.get("/appointments/new").text), "elsewhere": "Beckum"}
    assert client.post("/addresses/check", data=form, headers={"HX-Request": "true"}).status_code == 200
    town.now += timedelta(hours=12)
    answer = client.post("/addresses/check", data=form, headers={"HX-Request": "true"})
    assert (answer.status_code, answer.text) == (204, "")
    assert "HX-Refresh" not in answer.headers


def test_a_session_from_before_this_rule_is_over(town: World, browser: Browser) -> None:
    client = browser(Role.COORDINATOR)
    with client.session_transaction() as cookie:
        del cookie["began"]
        del cookie["seen"]
    assert not is_in(client)
