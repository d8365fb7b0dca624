"""`flask account` and `flask token`, as operators type them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from app import services
from app.models import Account, Organisation, Pool
from app.transaction import transaction
from tests.web.forms import token_in
from tests.world import PASSWORD, World

Run = Callable[..., Result]
NEW = ("account", "create", "--pool", "beckum", "--name", "Neu", "--email", "neu@beckum.example")
STAFF = "staff@beckum.example"


@pytest.fixture
def run(world: World) -> Run:
    """A command, with what is typed into it."""

    def invoke(*words: str, typed: str | None = None) -> Result:
        return world.app.test_cli_runner().invoke(args=words, input=typed)

    return invoke


def logs_in(world: World, email: str, password: str = PASSWORD) -> bool:
    browser = world.app.test_client()
    form = {"email": email, "password": password, "csrf_token": token_in(browser.get("/login").text)}
    return browser.post("/login", data=form).status_code == 302


def test_an_account_is_made_with_a_password_that_is_asked_for(world: World, run: Run) -> None:
    done = run(*NEW, "--role", "admin", typed=f"{PASSWORD}\n{PASSWORD}\n")
    assert done.exit_code == 0, done.output
    assert PASSWORD not in done.output
    assert logs_in(world, "neu@beckum.example")


def test_an_organisation_that_is_not_there_yet_is_made(world: World, run: Run) -> None:
    assert run(*NEW, "--role", "staff", "--organisation", "Schule", "--password", PASSWORD).exit_code == 0
    with world.change() as session:
        owner = session.scalars(select(Organisation).where(Organisation.name == "Schule")).one()
        assert session.scalars(select(Account.organisation_id).where(Account.name == "Neu")).one() == owner.id


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((*NEW, "--role", "admin", "--password", "short"), "15 characters"),
        ((*NEW, "--role", "admin", "--password", "x" * 20), "different"),
        ((*NEW, "--role", "staff", "--password", PASSWORD), "--organisation"),
        ((*NEW, "--role", "admin", "--password", PASSWORD, "--email", STAFF.upper()), STAFF),
        ((*NEW, "--role", "admin", "--password", PASSWORD, "--email", "nobody"), "--email"),
        ((*NEW, "--role", "admin", "--password", PASSWORD, "--name", "x" * 121), "--name"),
        ((*NEW, "--role", "staff", "--password", PASSWORD, "--organisation", "x" * 121), "--name"),
        ((*NEW, "--role", "admin", "--password", PASSWORD, "--pool", "hagen"), "beckum"),
        (("account", "disable", "nobody@beckum.example"), "nobody@beckum.example"),
        (("account", "disable", "admin@beckum.example"), "last active account"),
        (("account", "password", STAFF, "--password", "short"), "15 characters"),
        (("account", "list", "--pool", "hagen"), "beckum"),
        (("token", "create", "--pool", "beckum", "--role", "staff"), "--organisation"),
        (("token", "create", "--pool", "beckum", "--role", "admin", "--days", "0"), "--days"),
        (("token", "create", "--pool", "beckum", "--role", "admin", "--name", "x" * 121), "--name"),
        (("token", "revoke", "4711"), "no such token"),
        (("pool", "create", "beckum", "--name", "Another"), "beckum"),
        (("pool", "create", "ahlen", "--name", "x" * 121), "--name"),
        (("pool", "create", "ahlen", "--name", "Ahlen", "--email", "ahlen"), "--email"),
        (("pool", "create", "ahlen", "--name", "  "), "--name"),
        (("pool", "create", "ahlen", "--name", "Ahlen\nBcc: a@b.example"), "--name"),
        (("pool", "create", "ahlen", "--name", "Ahlen", "--phone", "NaN"), "--phone"),
        (("trace", "99999999999999999999999"), "99999999999999999999999"),
        (("token", "revoke", "99999999999999999999999"), "99999999999999999999999"),
    ],
)
def test_what_cannot_be_done_is_a_sentence_and_no_traceback(run: Run, words: tuple[str, ...], said: str) -> None:
    done = run(*words)
    assert done.exit_code in {1, 2}
    assert said in done.stderr
    assert "Traceback" not in done.output
    assert isinstance(done.exception, SystemExit), "a sentence, not an exception that got away"


def test_accounts_are_listed_by_pool_and_tell_no_secret(world: World, run: Run) -> None:
    World.build(world.app, world.now, key="ahlen")
    assert logs_in(world, STAFF)
    lines = run("account", "list", "--pool", "beckum").output.splitlines()
    assert lines == [
        "beckum\tadmin@beckum.example\tadmin\t-\tactive\tnever\tAdmin Beispiel",
        "beckum\tcoordinator@beckum.example\tcoordinator\t-\tactive\tnever\tCoordinator Beispiel",
        "beckum\tstaff@beckum.example\tstaff\tSozialamt\tactive\t2026-11-23\tStaff Beispiel",
    ]
    assert len(run("account", "list").output.splitlines()) == 6


def test_who_is_disabled_is_out_until_they_are_enabled(world: World, run: Run) -> None:
    assert run("account", "disable", f" {STAFF.upper()}").exit_code == 0
    assert not logs_in(world, STAFF)
    assert "\tdisabled\t" in run("account", "list").output
    assert run("account", "enable", STAFF).exit_code == 0
    assert logs_in(world, STAFF)


@pytest.mark.thorough
def test_another_password_counts_at_once_and_wipes_out_what_others_guessed(world: World, run: Run) -> None:
    for number in range(20):
        browser = world.app.test_client()
        at = {"environ_overrides": {"REMOTE_ADDR": f"203.0.113.{number}"}}
        form = {"email": STAFF, "password": "wrong", "csrf_token": token_in(browser.get("/login").text)}
        assert browser.post("/login", data=form, **at).status_code == 401
    assert not logs_in(world, STAFF)
    another = "four other words here"
    assert run("account", "password", STAFF, typed=f"{another}\n{another}\n").exit_code == 0
    assert logs_in(world, STAFF, another)
    assert not logs_in(world, STAFF)


def test_a_token_opens_the_api_until_it_expires_or_is_revoked(world: World, run: Run) -> None:
    def opens(token: str) -> bool:
        headers = {"Authorization": f"Bearer {token}"}
        return world.app.test_client().get("/api/v1/mediators", headers=headers).status_code == 200

    done = run("token", "create", "--pool", "beckum", "--role", "coordinator", "--name", "Kasse", "--days", "30")
    token = done.stdout.strip()
    assert done.stdout == f"{token}\n", "the token alone"
    lasting = run("token", "create", "--pool", "beckum", "--role", "coordinator").stdout.strip()
    assert opens(token)
    world.now += timedelta(days=30)
    assert not opens(token)
    assert opens(lasting)
    lines = run("token", "list").stdout.splitlines()
    assert [line.split("\t")[2:] for line in lines] == [
        ["coordinator", "-", "2026-11-23", "expired 2026-12-23", "Kasse"],
        ["coordinator", "-", "2026-11-23", "until 2027-11-23", ""],
    ]
    assert token not in repr(lines)
    number = lines[1].split("\t")[1]
    assert run("token", "revoke", number).exit_code == 0
    assert not opens(lasting)
    assert "revoked 2026-12-23" in run("token", "list", "--pool", "beckum").stdout


def test_the_demo_is_refused_by_name_where_others_could_log_in(sqlite_app: Flask) -> None:
    config = services.of(sqlite_app).config
    services.of(sqlite_app).config = replace(config, public_url="https://pool.example.org")
    done = sqlite_app.test_cli_runner().invoke(args=["demo"])
    assert done.exit_code == 1
    assert "PUBLIC_URL=https://pool.example.org" in done.stderr
    with sqlite_app.app_context(), transaction(None) as session:
        assert session.scalars(select(Pool)).all() == []


def test_the_demo_s_passwords_open_nothing_once_others_could_type_them(world: World) -> None:
    world.set_pool(is_demo=True)
    inside = world.app.test_client()
    form = {"email": STAFF, "password": PASSWORD, "csrf_token": token_in(inside.get("/login").text)}
    assert inside.post("/login", data=form).status_code == 302
    assert inside.get("/appointments").status_code == 200
    start = world.app.test_client().get("/").text
    assert "demo-demo-demo-demo" in start
    services.of(world.app).config = replace(services.of(world.app).config, public_url="http://pool.example.org")
    assert not logs_in(world, STAFF)
    assert inside.get("/appointments").status_code == 302, "who is logged in already is out as well"
    assert "demo-demo-demo-demo" not in world.app.test_client().get("/").text
    world.set_pool(is_demo=False)
    assert logs_in(world, STAFF)
