"""Who guesses is slowed down; who knows is let in."""

import sqlite3
import threading
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from flask.testing import FlaskClient
from sqlalchemy import select
from structlog.testing import capture_logs
from werkzeug.test import TestResponse

from app.extensions import db
from app.models import Account, Link, LinkKind, Role
from tests.conftest import application
from tests.web.forms import token_in
from tests.world import PASSWORD, World

HERE, THERE, ELSEWHERE = "203.0.113.7", "203.0.113.8", "198.51.100.9"
STAFF = "staff@beckum.example"
PATIENCE = 60


def try_login(
    world: World, password: str, *, email: str = STAFF, address: str = HERE, browser: FlaskClient | None = None
) -> TestResponse:
    """Log in from an address, in a browser that was never used unless one is given."""
    browser = browser or world.app.test_client()
    at: Mapping[str, Any] = {"environ_overrides": {"REMOTE_ADDR": address}}
    form = {"email": email, "password": password, "csrf_token": token_in(browser.get("/login", **at).text)}
    return browser.post("/login", data=form, **at)


def guess(world: World, times: int, **how: Any) -> None:
    """Guess wrong so often, and be told only that it was wrong."""
    assert [try_login(world, "wrong", **how).status_code for _ in range(times)] == [401] * times


@pytest.mark.thorough
def test_no_transaction_is_open_while_a_password_is_checked(sqlite_world: World) -> None:
    # so slow that others can be seen to write meanwhile
    slow = PasswordHasher(time_cost=120, memory_cost=8 * 1024, parallelism=1).hash("another")
    with sqlite_world.change() as session:
        session.execute(sa.update(Account).values(password_hash=slow))
    with sqlite_world.app.app_context():
        path = db.engine.url.database
    browser = sqlite_world.app.test_client()
    form = {"email": STAFF, "password": "wrong", "csrf_token": token_in(browser.get("/login").text)}
    answers, done = list[int](), threading.Event()

    def log_in() -> None:
        answers.append(browser.post("/login", data=form).status_code)
        done.set()

    thread = threading.Thread(target=log_in)
    thread.start()
    tries, blocked = 0, 0
    with closing(sqlite3.connect(str(path), timeout=0, isolation_level=None)) as other:
        while not done.wait(0.005):
            tries += 1
            try:
                other.execute("BEGIN IMMEDIATE")
                other.execute("ROLLBACK")
            except sqlite3.OperationalError:
                blocked += 1
    thread.join(PATIENCE)
    assert answers == [401]
    assert tries > 20, "slow enough to be seen"
    assert blocked <= 3, "the moment in which the wrong guess is counted, and no more"


def test_who_is_guessed_at_gets_in_from_elsewhere_and_the_guesser_is_told_how_long_to_wait(world: World) -> None:
    guess(world, 5)
    refused = try_login(world, PASSWORD)
    assert refused.status_code == 429, "even the right password, from where it was guessed"
    assert refused.headers["Retry-After"] == "300"
    assert "Bitte warten Sie 5 Minuten" in refused.text
    assert f'value="{STAFF}"' in refused.text, "nothing typed is lost"
    assert try_login(world, PASSWORD, address=THERE).status_code == 302
    assert try_login(world, PASSWORD, email="coordinator@beckum.example").status_code == 302
    world.now += timedelta(minutes=4, seconds=30)
    assert "Bitte warten Sie 1 Minute " in try_login(world, PASSWORD).text
    world.now += timedelta(seconds=30)
    assert try_login(world, PASSWORD).status_code == 302


def test_right_passwords_count_for_nothing(sqlite_world: World) -> None:
    assert {try_login(sqlite_world, PASSWORD).status_code for _ in range(12)} == {302}


def test_capitals_and_blanks_around_an_address_are_no_new_budget(sqlite_world: World) -> None:
    for email in (STAFF, STAFF.upper(), f" {STAFF} ", STAFF.title(), f"{STAFF}\t"):
        guess(sqlite_world, 1, email=email)
    assert try_login(sqlite_world, "wrong").status_code == 429


def test_an_address_that_nobody_has_is_slowed_down_alike(sqlite_world: World) -> None:
    guess(sqlite_world, 5, email="nobody@beckum.example")
    assert try_login(sqlite_world, "wrong", email="nobody@beckum.example").status_code == 429


@pytest.mark.thorough
def test_many_addresses_share_a_slow_budget_which_does_not_touch_a_known_browser(sqlite_world: World) -> None:
    own = sqlite_world.app.test_client()
    assert try_login(sqlite_world, PASSWORD, browser=own, address=ELSEWHERE).status_code == 302
    for number in range(20):
        guess(sqlite_world, 1, address=f"203.0.113.{number}")
    stranger = try_login(sqlite_world, PASSWORD, address="203.0.113.200")
    assert stranger.status_code == 429
    assert "Bitte warten Sie 1 Stunde" in stranger.text
    assert try_login(sqlite_world, PASSWORD, browser=own, address="203.0.113.200").status_code == 302
    assert try_login(sqlite_world, PASSWORD, email="coordinator@beckum.example", address=HERE).status_code == 302


def test_a_known_browser_is_known_for_its_account_alone_and_has_a_budget_of_its_own(sqlite_world: World) -> None:
    own = sqlite_world.app.test_client()
    assert try_login(sqlite_world, PASSWORD, browser=own).status_code == 302
    guess(sqlite_world, 5, browser=own)
    assert try_login(sqlite_world, PASSWORD, browser=own, address=ELSEWHERE).status_code == 429
    cookie = own.get_cookie("known")
    assert cookie is not None
    assert cookie.http_only
    for forged in (cookie.value.replace(".", "x.", 1), f"{cookie.value[:-1]}~", "", "."):
        stranger = sqlite_world.app.test_client()
        stranger.set_cookie("known", forged)
        guess(sqlite_world, 1, browser=stranger, address=THERE)
    guess(sqlite_world, 1, address=THERE)
    assert try_login(sqlite_world, "wrong", address=THERE).status_code == 429, "a forged cookie is no budget of its own"


@pytest.mark.thorough
def test_one_address_guesses_at_everybody_for_a_while_only(sqlite_world: World) -> None:
    for number in range(50):
        guess(sqlite_world, 1, email=f"person{number}@beckum.example")
    assert try_login(sqlite_world, PASSWORD).status_code == 429
    assert try_login(sqlite_world, PASSWORD, address=THERE).status_code == 302


def test_all_addresses_of_one_ipv6_network_are_one(sqlite_world: World) -> None:
    for number in range(5):
        guess(sqlite_world, 1, address=f"2001:db8:1:2::{number:x}")
    assert try_login(sqlite_world, PASSWORD, address="2001:db8:1:2:ffff::1").status_code == 429
    assert try_login(sqlite_world, PASSWORD, address="2001:db8:1:3::1").status_code == 302


def test_several_web_processes_share_the_count(world: World, database_url: str) -> None:
    with application(database_url, clock=lambda: world.now) as other:
        second = World(other, world.now, world.pool_id, world.organisation_id)
        guess(world, 3)
        guess(second, 2)
        assert [try_login(one, PASSWORD).status_code for one in (world, second)] == [429, 429]


def test_refusals_are_logged_without_the_whole_address(sqlite_world: World) -> None:
    with capture_logs() as lines:
        guess(sqlite_world, 5)
        try_login(sqlite_world, "wrong")
    told = [(one["event"], one["log_level"]) for one in lines]
    assert told.count(("login_refused", "warning")) == 5
    assert told.count(("guesses_spent", "warning")) == 1
    assert STAFF not in repr(lines)
    assert HERE not in repr(lines)
    assert "s…@beckum.example" in repr(lines)


def test_an_outdated_hash_is_made_anew_at_the_next_login(sqlite_world: World) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    with sqlite_world.change() as session:
        session.execute(sa.update(Account).values(password_hash=weak))
    assert try_login(sqlite_world, PASSWORD).status_code == 302
    with sqlite_world.change() as session:
        kept = session.scalars(select(Account.password_hash).where(Account.role == Role.STAFF)).one()
    assert kept != weak
    assert try_login(sqlite_world, PASSWORD).status_code == 302


Door = Callable[[World, str, str], int]


def look(path: str) -> Door:
    """Show a link's page, from an address."""

    def visit(world: World, token: str, address: str) -> int:
        at: Mapping[str, Any] = {"environ_overrides": {"REMOTE_ADDR": address}}
        return world.app.test_client().get(path.format(token), **at).status_code

    return visit


def bearer(world: World, token: str, address: str) -> int:
    """Show a token to the API, from an address."""
    at: Mapping[str, Any] = {"environ_overrides": {"REMOTE_ADDR": address}}
    headers = {"Authorization": f"Bearer {token}"}
    return world.app.test_client().get("/api/v1/languages", headers=headers, **at).status_code


OFFER, OWN, FEED = look("/o/{}"), look("/m/{}"), look("/calendar/{}.ics")
DOORS = ((OFFER, 404), (OWN, 404), (FEED, 404), (bearer, 401))


@pytest.mark.thorough
@pytest.mark.parametrize(("door", "unknown"), DOORS)
def test_guessing_tokens_ends_soon_and_who_has_the_right_one_is_never_kept_out(
    world: World, door: Door, unknown: int
) -> None:
    amira = world.mediator("Amira", "kmr")
    appointment = world.appointment("kmr")
    world.work()
    right = {OFFER: world.link(appointment, amira).rsplit("/", 1)[1], bearer: world.token()}
    with world.change() as session:
        for link in session.scalars(select(Link).where(Link.offer_id.is_(None))):
            kind = {LinkKind.MEDIATOR: OWN, LinkKind.FEED: FEED}[link.kind]
            right[kind] = world.links.url(link).rsplit("/", 1)[1].removesuffix(".ics")
    assert [door(world, f"a-guess-{number}", HERE) for number in range(30)] == [unknown] * 30
    for other, _ in DOORS:
        assert other(world, "another-guess", HERE) == 429, "a guess is a guess, at whichever door"
    for other, _ in DOORS:
        assert other(world, right[other], HERE) == 200, "a town hall shares one address"
    assert door(world, "a-guess", THERE) == unknown
    world.now += timedelta(minutes=5)
    assert door(world, "a-guess", HERE) == unknown


@pytest.mark.thorough
def test_who_guesses_links_is_told_how_long_to_wait(sqlite_world: World) -> None:
    browser = sqlite_world.app.test_client()
    for number in range(30):
        browser.get(f"/o/guess-{number}")
    for answer in (browser.get("/o/one-more"), browser.post("/o/one-more")):
        assert answer.status_code == 429
        assert answer.headers["Retry-After"] == "300"
        assert "Bitte warten Sie 5 Minuten" in answer.text
    said = browser.get("/api/v1/languages", headers={"Authorization": "Bearer one-more"})
    assert said.headers["Retry-After"] == "300"
    assert said.json is not None
    assert "300 Sekunden" in said.json["detail"]
