"""The pages on which admins say who gets in, and everybody their own password."""

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.models import Account, ApiToken, Event, Organisation, Role
from tests.web.forms import token_in
from tests.world import PASSWORD, World

Browser = Callable[..., FlaskClient]
ANOTHER = "four other words here"
EMAIL = "staff@beckum.example"
NEW = {
    "name": "Nora Neu",
    "email": "nora@beckum.example",
    "role": "coordinator",
    "organisation": "",
    "password": ANOTHER,
}


def send(client: FlaskClient, form_page: str, path: str | None = None, **values: str) -> TestResponse:
    """Send a form with the token of the page it stands on."""
    page = client.get(form_page).text
    return client.post(path or form_page, data={"csrf_token": token_in(page), **values})


def account(town: World, role: Role = Role.STAFF) -> Account:
    with town.change() as session:
        found = session.scalars(select(Account).where(Account.role == role)).one()
        session.expunge(found)
        return found


def log_in(town: World, email: str, password: str) -> FlaskClient | None:
    client = town.app.test_client()
    answer = send(client, "/login", email=email, password=password)
    return client if answer.status_code == 302 else None


@pytest.mark.parametrize("path", ["accounts", "accounts/new", "accounts/1", "tokens"])
@pytest.mark.parametrize(("role", "status"), [(Role.STAFF, 403), (Role.COORDINATOR, 403), (Role.ADMIN, 200)])
def test_who_gets_in_is_said_by_admins_alone(browser: Browser, path: str, role: Role, status: int) -> None:
    assert browser(role).get(f"/settings/{path}").status_code == status


def test_an_account_is_added_with_the_suggested_password_and_opens_the_pool(town: World, browser: Browser) -> None:
    admin = browser(Role.ADMIN)
    page = admin.get("/settings/accounts/new").text
    suggested = re.search(r'name="password"[^>]*value="([^"]+)"', page)
    assert suggested is not None
    assert suggested[1] not in admin.get("/settings/accounts/new").text, "another one each time"
    answer = send(admin, "/settings/accounts/new", **NEW | {"password": suggested[1]})
    assert answer.location == "/settings/accounts"
    assert "Nora Neu kann sich jetzt anmelden." in admin.get("/settings/accounts").text
    inside = log_in(town, "nora@beckum.example", suggested[1])
    assert inside is not None
    assert inside.get("/board").status_code == 200


def test_everything_wrong_is_said_at_once_and_nothing_typed_is_lost(town: World, browser: Browser) -> None:
    wrong = NEW | {"name": "", "email": "STAFF@beckum", "role": "staff", "password": "short"}
    answer = send(browser(Role.ADMIN), "/settings/accounts/new", **wrong)
    assert answer.status_code == 422
    for said in ("name-error", "email-error", "organisation-error", "password-error"):
        assert f'id="{said}"' in answer.text
    assert 'value="STAFF@beckum"' in answer.text
    assert 'value="short"' in answer.text
    assert re.search(r'<input[^>]*checked[^>]*value="staff"', answer.text)
    with town.change() as session:
        assert len(session.scalars(select(Account)).all()) == 3


def test_an_address_that_is_taken_is_said_at_its_field(browser: Browser) -> None:
    answer = send(browser(Role.ADMIN), "/settings/accounts/new", **NEW | {"email": "Staff@Beckum.example"})
    assert answer.status_code == 422
    assert "gibt es schon ein Konto: staff@beckum.example" in answer.text


def test_an_account_of_another_town_is_not_there(town: World, browser: Browser) -> None:
    ahlen = World.build(town.app, town.now, key="ahlen")
    theirs = account(ahlen)
    admin = browser(Role.ADMIN)
    assert admin.get(f"/settings/accounts/{theirs.id}").status_code == 404
    for step in ("", "/password", "/disable", "/enable"):
        answer = send(admin, "/settings/accounts/new", f"/settings/accounts/{theirs.id}{step}", **NEW)
        assert answer.status_code == 404
    assert "ahlen" not in admin.get("/settings/accounts").text
    assert account(ahlen).active


def test_who_is_disabled_is_out_at_once_and_in_again_when_enabled(town: World, browser: Browser) -> None:
    staff, admin, path = browser(Role.STAFF), browser(Role.ADMIN), f"/settings/accounts/{account(town).id}"
    assert staff.get("/appointments").status_code == 200
    assert send(admin, path, f"{path}/disable").status_code == 303
    assert staff.get("/appointments").location == "/login"
    assert log_in(town, EMAIL, PASSWORD) is None
    assert "stillgelegt" in admin.get("/settings/accounts").text
    assert send(admin, path, f"{path}/enable").status_code == 303
    assert log_in(town, EMAIL, PASSWORD) is not None


def test_an_admin_cannot_lock_themselves_out(town: World, browser: Browser) -> None:
    admin, own = browser(Role.ADMIN), account(town, Role.ADMIN)
    path = f"/settings/accounts/{own.id}"
    page = admin.get(path).text
    assert f"{path}/disable" not in page
    assert send(admin, path, f"{path}/disable").status_code == 303
    assert "Das eigene Konto" in admin.get(path).text
    demoted = {"name": own.name, "email": own.email, "role": "coordinator", "organisation": ""}
    answer = send(admin, path, **demoted)
    assert answer.status_code == 422
    assert "das letzte aktive Konto der Verwaltung" in answer.text
    assert account(town, Role.ADMIN).active


def test_another_password_for_somebody_ends_their_sessions(town: World, browser: Browser) -> None:
    staff, admin, path = browser(Role.STAFF), browser(Role.ADMIN), f"/settings/accounts/{account(town).id}"
    assert send(admin, path, f"{path}/password", password="short").status_code == 422
    assert staff.get("/appointments").status_code == 200
    assert send(admin, path, f"{path}/password", password=ANOTHER).status_code == 303
    assert staff.get("/appointments").location == "/login"
    assert log_in(town, EMAIL, ANOTHER) is not None


def test_an_account_moves_to_another_organisation(town: World, browser: Browser) -> None:
    with town.change() as session:
        school = Organisation(name="Martinschule")
        session.add(school)
        session.flush()
        school_id = school.id
    staff, admin, person = browser(Role.STAFF), browser(Role.ADMIN), account(town)
    path = f"/settings/accounts/{person.id}"
    moved = {"name": "Neuer Name", "email": person.email, "role": "staff", "organisation": str(school_id)}
    assert send(admin, path, **moved).status_code == 303
    assert staff.get("/appointments").location == "/login", "what it may see has changed"
    assert (account(town).name, account(town).organisation_id) == ("Neuer Name", school_id)


def test_one_s_own_password_is_changed_by_who_knows_the_present_one(town: World, browser: Browser) -> None:
    here, there = browser(Role.STAFF), browser(Role.STAFF)
    copied = here.get_cookie("pool")
    assert copied is not None
    page = here.get("/account/password").text
    assert EMAIL in page
    for wrong, said in (
        ({"old": "wrong", "password": ANOTHER, "again": ANOTHER}, "Das bisherige Passwort stimmt nicht."),
        ({"old": PASSWORD, "password": ANOTHER, "again": "else"}, "nicht gleich"),
        ({"old": PASSWORD, "password": "short", "again": "short"}, "mindestens 15 Zeichen"),
        (
            {"old": PASSWORD, "password": EMAIL, "again": EMAIL},
            "E-Mail-Adresse nicht",
        ),
    ):
        answer = send(here, "/account/password", **wrong)
        assert answer.status_code == 422
        assert said in answer.text
    assert send(here, "/account/password", old=PASSWORD, password=ANOTHER, again=ANOTHER).status_code == 303
    assert "Ihr Passwort ist geändert." in here.get("/account/password").text, "this session goes on"
    assert there.get("/appointments").location == "/login", "every other has ended"
    stolen = town.app.test_client()
    stolen.set_cookie("pool", copied.value)
    assert stolen.get("/appointments").location == "/login"
    assert log_in(town, EMAIL, ANOTHER) is not None


def test_who_sits_down_before_an_open_session_does_not_guess_for_long(browser: Browser) -> None:
    client = browser(Role.STAFF)
    wrong = {"old": "wrong", "password": ANOTHER, "again": ANOTHER}
    assert [send(client, "/account/password", **wrong).status_code for _ in range(5)] == [422] * 5
    answer = send(client, "/account/password", **wrong | {"old": PASSWORD})
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "300"
    assert "Bitte warten Sie 5 Minuten" in answer.text


def test_a_token_is_shown_once_and_opens_the_api(town: World, browser: Browser) -> None:
    admin = browser(Role.ADMIN)
    form = {"name": "Fachverfahren", "role": "coordinator", "organisation": "", "days": "30"}
    answer = send(admin, "/settings/tokens", **form)
    assert answer.status_code == 201
    shown = re.search(r"<code>([^<]+)</code>", answer.text)
    assert shown is not None
    token = unescape(shown[1])
    headers = {"Authorization": f"Bearer {token}"}
    assert town.app.test_client().get("/api/v1/mediators", headers=headers).status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert token not in str(answer.headers)
    page = admin.get("/settings/tokens").text
    assert token not in page
    assert "Fachverfahren" in page
    with town.change() as session:
        kept = session.scalars(select(ApiToken)).one()
        assert kept.expires_at == town.now + timedelta(days=30)
        number = kept.id
        assert token not in repr([one.data for one in session.scalars(select(Event))])
    assert send(admin, "/settings/tokens", f"/settings/tokens/{number}/revoke").status_code == 303
    assert town.app.test_client().get("/api/v1/mediators", headers=headers).status_code == 401
    assert "widerrufen" in admin.get("/settings/tokens").text


@pytest.mark.parametrize("days", ["0", "-1", "3651", "ein Jahr", "", "9" * 5000])
def test_days_that_cannot_be_are_refused_and_no_token_is_made(town: World, browser: Browser, days: str) -> None:
    form = {"name": "Kasse", "role": "coordinator", "organisation": "", "days": days}
    answer = send(browser(Role.ADMIN), "/settings/tokens", **form)
    assert answer.status_code == 422
    assert 'value="Kasse"' in answer.text
    with town.change() as session:
        assert session.scalars(select(ApiToken)).all() == []


def test_own_account_and_doors_are_reached_from_where_people_look(browser: Browser) -> None:
    assert 'href="/account/password"' in browser(Role.STAFF).get("/appointments").text
    settings = browser(Role.ADMIN).get("/settings").text
    assert 'href="/settings/accounts"' in settings
    assert 'href="/settings/tokens"' in settings
    assert 'href="/settings/accounts"' not in browser(Role.COORDINATOR).get("/settings").text
