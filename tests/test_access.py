"""No route without a rule; what a rule keeps out, it keeps out everywhere."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import DatabaseError

from app import access, passwords
from app.access import Rule
from app.journey import requesting_at_door
from app.journey.history import SERVICE
from app.journey.request import Request
from app.models import Account, Appointment, Link, LinkKind, Mediator
from app.registry import request_doors
from app.transaction import reading, transaction
from tests.conftest import application
from tests.web.forms import token_in
from tests.world import PASSWORD, World


def routes(app: Flask) -> list[tuple[str, str]]:
    return [
        (rule.endpoint, method)
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"OPTIONS", "HEAD"})
    ]


def test_every_route_has_a_rule(sqlite_app: Flask) -> None:
    without = [route for route in routes(sqlite_app) if access.rule_of(sqlite_app, *route) is None]
    assert without == []
    assert len(routes(sqlite_app)) > 20


def test_what_is_public_is_listed_here(sqlite_app: Flask) -> None:
    public = {route[0] for route in routes(sqlite_app) if access.rule_of(sqlite_app, *route) is Rule.PUBLIC}
    # the demo's phones answer 404 unless no message leaves the house
    phones = {"coordinator.phone", "coordinator.phone_rows", "coordinator.mail_calendar", "coordinator.reply"}
    watching = {"health.healthz", "health.metrics", "health.readyz"}
    entrance = {"account.home", "account.login", "account.logout", "static", "api.get_openapi"}
    entrance |= {"mediator.ask", "mediator.join"}
    assert public == phones | watching | entrance


def test_a_view_without_a_rule_lets_nobody_in(sqlite_url: str) -> None:
    with application(sqlite_url) as app:
        app.add_url_rule("/forgotten", "forgotten", lambda: "secret")
        answer = app.test_client().get("/forgotten")
    assert answer.status_code == 403
    assert "secret" not in answer.text


def test_guests_are_led_to_the_login_and_back(sqlite_world: World) -> None:
    browser = sqlite_world.app.test_client()
    answer = browser.get("/board")
    assert answer.location == "/login"
    page = browser.get("/login").text
    form = {"email": "coordinator@beckum.example", "password": PASSWORD, "csrf_token": token_in(page)}
    assert browser.post("/login", data=form).location == "/board"


def test_staff_do_not_see_the_board(sqlite_world: World) -> None:
    browser = logged_in(sqlite_world, "staff")
    assert browser.get("/board").status_code == 403
    assert browser.get("/appointments/new").status_code == 200


def test_a_wrong_password_and_an_unknown_address_read_alike(sqlite_world: World) -> None:
    pages = []
    for email in ("staff@beckum.example", "nobody@beckum.example"):
        browser = sqlite_world.app.test_client()
        form = {"email": email, "password": "wrong", "csrf_token": token_in(browser.get("/login").text)}
        answer = browser.post("/login", data=form)
        assert answer.status_code == 401
        pages.append(answer.text.replace(email, "").replace(token_in(answer.text), ""))
    assert pages[0] == pages[1]


def test_too_many_tries_are_refused_for_the_account(sqlite_world: World) -> None:
    browser = sqlite_world.app.test_client()
    form = {"email": "staff@beckum.example", "password": "wrong", "csrf_token": token_in(browser.get("/login").text)}
    answers = [browser.post("/login", data=form).status_code for _ in range(6)]
    assert answers == [401] * 5 + [429]


def test_a_post_without_the_form_token_changes_nothing(sqlite_world: World) -> None:
    browser = logged_in(sqlite_world, "staff")
    appointment = sqlite_world.appointment("kmr")
    assert browser.post(f"/appointments/{appointment}/cancel").status_code == 400
    assert sqlite_world.status(appointment) == "open"


def test_raising_the_session_version_ends_every_session(sqlite_world: World) -> None:
    browser = logged_in(sqlite_world, "staff")
    assert browser.get("/appointments").status_code == 200
    with sqlite_world.change() as session:
        for account in session.scalars(select(Account)):
            account.session_version += 1
    assert browser.get("/appointments").location == "/login"


def test_staff_of_another_organisation_find_nothing(sqlite_world: World) -> None:
    appointment = sqlite_world.appointment("kmr")
    with sqlite_world.change() as session:
        for account in session.scalars(select(Account)):
            account.organisation_id = None
    browser = logged_in(sqlite_world, "staff")
    assert browser.get(f"/appointments/{appointment}").status_code == 404


def test_every_answer_carries_the_headers_that_keep_it_safe(sqlite_world: World) -> None:
    answer = sqlite_world.app.test_client().get("/login")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_over_https_forms_work_and_the_address_of_a_link_is_told_to_nobody(sqlite_world: World) -> None:
    amira = sqlite_world.mediator("Amira", "kmr")
    appointment = sqlite_world.appointment("kmr")
    sqlite_world.work()
    browser = sqlite_world.app.test_client()
    page = browser.get("/login", base_url="https://localhost")
    assert page.headers["Referrer-Policy"] == "same-origin"
    form = {"email": "staff@beckum.example", "password": PASSWORD, "csrf_token": token_in(page.text)}
    came_from = {"Referer": "https://localhost/login"}
    assert browser.post("/login", data=form, base_url="https://localhost", headers=came_from).status_code == 302

    phone, link = sqlite_world.app.test_client(), sqlite_world.link(appointment, amira)
    question = phone.get(link, base_url="https://localhost")
    assert question.headers["Referrer-Policy"] == "no-referrer"
    yes = {"answer": "accept", "csrf_token": token_in(question.text)}
    assert phone.post(link, data=yes, base_url="https://localhost").status_code == 303


def test_what_is_read_for_a_page_cannot_write(world: World) -> None:
    world.mediator("Amira", "kmr")
    with world.app.app_context():
        session = reading(world.pool_id)
        mediator = session.execute(select(Mediator)).scalar_one()
        mediator.name = "changed by a GET"
        with pytest.raises(DatabaseError):
            session.flush()
        session.rollback()


@pytest.mark.thorough
def test_get_and_head_of_a_link_change_nothing(world: World) -> None:
    amira = world.mediator("Amira", "kmr")
    appointment = world.appointment("kmr", world.now + timedelta(days=2))
    world.work()
    link = world.link(appointment, amira)
    phone = world.app.test_client()
    for _ in range(10):
        assert phone.get(f"{link}?answer=accept").status_code == 200
        assert phone.head(link).status_code == 200
    assert world.status(appointment) == "offering"
    assert phone.get_cookie("pool") is None


@pytest.mark.thorough
def test_get_and_head_of_a_link_that_confirms_a_request_change_nothing(world: World) -> None:
    with world.change() as session:
        door = request_doors.give_pin(
            session, world.now, world.links, world.organisation_id, passwords.hashed("1" * 8), SERVICE
        )
        wanted = Request("kmr", world.now + timedelta(days=2), mode="phone", contact_email="a@b.example")
        left = requesting_at_door.leave(session, world.now, world.links, door.id, wanted, typed={}, once="x")
        paths = [world.links.url(one).removeprefix(world.links.public_url) for one in (door, left)]
    outside = world.app.test_client()
    for path in paths:
        for query in ("", "?confirm=1", "?pin=11111111"):
            assert outside.get(path + query).status_code == 200
            assert outside.head(path + query).status_code == 200
    with world.change() as session:
        assert session.scalars(select(Appointment)).all() == []
    assert outside.get_cookie("pool") is None


def logged_in(world: World, role: str, host: str = "localhost") -> FlaskClient:
    browser, base = world.app.test_client(), f"http://{host}"
    page = browser.get("/login", base_url=base).text
    form = {"email": f"{role}@beckum.example", "password": PASSWORD, "csrf_token": token_in(page)}
    assert browser.post("/login", data=form, base_url=base).status_code == 302
    return browser


FOREIGN = "evil.example"


@pytest.mark.thorough
@pytest.mark.parametrize(
    "query",
    ["endpoint=x", "_scheme=x", "_method=GET", "_anchor=x", "_external=1", "_external=1&_scheme=https", "a=1&a=2"],
)
@pytest.mark.parametrize("page", ["/login", "/", "link", "own", "/board", "/nowhere"])
def test_whatever_stands_in_the_query_the_page_is_shown_and_names_no_other_host(
    sqlite_world: World, page: str, query: str
) -> None:
    amira = sqlite_world.mediator("Amira", "kmr")
    appointment = sqlite_world.appointment("kmr")
    sqlite_world.work()
    browser = sqlite_world.app.test_client()
    if page == "/board":
        browser = logged_in(sqlite_world, "coordinator", FOREIGN)
    elif page == "link":
        page = sqlite_world.link(appointment, amira)
    elif page == "own":
        with sqlite_world.change() as session:
            link = session.execute(select(Link).where(Link.kind == LinkKind.MEDIATOR)).scalar_one()
            page = sqlite_world.links.url(link).removeprefix("http://localhost")
    answer = browser.get(f"{page}?{query}", base_url=f"http://{FOREIGN}")
    assert answer.status_code == (404 if page == "/nowhere" else 200)
    assert FOREIGN not in answer.text
    assert FOREIGN not in str(answer.headers)


def test_the_other_language_keeps_what_was_asked_for(sqlite_world: World) -> None:
    browser = logged_in(sqlite_world, "coordinator")
    page = browser.get("/board?language=ara&q=%26x&lang=de").text
    english = page.split('hreflang="en"')[0].rsplit('href="', 1)[1].split('"')[0]
    assert english == "?language=ara&amp;q=%26x&amp;lang=en"
    assert 'lang="en"' in browser.get(f"/board{english.replace('&amp;', '&')}").text.split(">", 2)[1]


@pytest.mark.parametrize("language", ["de", "en"])
def test_when_even_the_page_for_errors_fails_there_are_words_and_nothing_of_the_inside(
    sqlite_world: World, language: str
) -> None:
    browser = logged_in(sqlite_world, "coordinator")
    with sqlite_world.app.app_context(), transaction(None) as session:
        session.connection().exec_driver_sql("ALTER TABLE pool RENAME TO gone")
    answer = browser.get("/board", headers={"Accept-Language": language})
    assert answer.status_code == 500
    assert ("Bei uns ist etwas schiefgegangen" if language == "de" else "went wrong") in answer.text
    for inside in ("Traceback", "no such table", "sqlite"):
        assert inside not in answer.text
    assert answer.headers["Content-Security-Policy"]


def test_after_a_statement_that_failed_the_page_for_errors_is_still_a_whole_page(world: World) -> None:
    browser = logged_in(world, "coordinator")
    with world.app.app_context(), transaction(None) as session:
        session.connection().exec_driver_sql("ALTER TABLE alert RENAME TO gone")
    answer = browser.get("/board")
    assert answer.status_code == 500
    assert "Sprachmittlerpool Beckum" in answer.text
