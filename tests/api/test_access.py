"""Tokens, roles, pools, and errors: what the API says to whom."""

from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import select, update

from app import access
from app.access import Rule
from app.models import ApiToken, Role
from tests.api.client import PLACE, ROOT, Caller, assert_problem, caller
from tests.world import World


@pytest.fixture
def neighbour(town: World, now: datetime) -> World:
    """Another town on the same installation."""
    return World.build(town.app, now, key="ahlen")


@pytest.mark.thorough
@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer wrong", "Basic Zm9vOmJhcg==", "Bearer a b", "Bearer \xff"]
)
def test_nobody_gets_in_without_a_valid_token(town: World, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    for path in ("/mediators", "/appointments", "/languages", "/plan"):
        answer = town.app.test_client().get(f"{ROOT}{path}", headers=headers)
        assert_problem(answer, 401)
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.thorough
def test_a_revoked_token_opens_nothing(town: World, coordinator: Caller) -> None:
    assert coordinator.get("/mediators").status_code == 200
    with town.change() as session:
        session.execute(update(ApiToken).values(revoked_at=town.now))
    assert_problem(coordinator.get("/mediators"), 401)


def test_no_answer_sets_a_cookie(coordinator: Caller) -> None:
    for answer in (coordinator.get("/mediators"), coordinator.get("/nowhere"), coordinator.post("/plan")):
        assert "Set-Cookie" not in answer.headers


def test_a_session_cookie_opens_nothing(town: World) -> None:
    browser = town.app.test_client()
    with browser.session_transaction() as cookie:
        cookie["_user_id"] = "1.1"
        cookie["_fresh"] = True
    assert_problem(browser.get(f"{ROOT}/appointments"), 401)


def test_every_view_has_a_rule_and_only_the_document_is_public(sqlite_app: Flask) -> None:
    public = set()
    for route in sqlite_app.url_map.iter_rules():
        if not route.endpoint.startswith("api."):
            continue
        for method in (route.methods or set()) - {"OPTIONS"}:
            rule = access.rule_of(sqlite_app, route.endpoint, method)
            assert rule is not None, route.rule
            if rule not in access.ROLES:
                public.add((route.rule, rule))
    assert public == {(f"{ROOT}/openapi.json", Rule.PUBLIC)}


def test_staff_are_kept_out_of_what_coordinators_see(staff: Caller) -> None:
    for path in ("/mediators", "/messages", "/plan", "/coverage", "/statistics", "/appointments/1/candidates"):
        assert_problem(staff.get(path), 403)
    assert_problem(staff.post("/plan"), 403)


@pytest.mark.thorough
def test_lists_of_two_towns_have_nothing_in_common(town: World, neighbour: World, coordinator: Caller) -> None:
    other = caller(neighbour)
    for world in (town, neighbour):
        world.mediator("Amira", "kmr")
        world.appointment("kmr")
        world.work()
    for path in ("/mediators", "/appointments", "/organisations", "/messages"):
        mine, theirs = ({one["id"] for one in who.items(path)} for who in (coordinator, other))
        assert mine
        assert theirs
        assert not mine & theirs, path
    assert coordinator.item("/plan")["id"] != other.item("/plan")["id"]
    assert coordinator.item("/statistics?from=2026-11-01&to=2026-11-30")["total"]["requested"] == 1


@pytest.mark.thorough
def test_an_id_of_another_town_does_not_exist(town: World, neighbour: World, coordinator: Caller) -> None:
    amira = neighbour.mediator("Amira", "kmr")
    appointment = neighbour.appointment("kmr")
    neighbour.work()
    with neighbour.change() as session:
        offer = neighbour.offer(session, appointment, amira).id
    before = caller(neighbour).item(f"/appointments/{appointment}")

    for path in (
        f"/mediators/{amira}",
        f"/organisations/{neighbour.organisation_id}",
        f"/appointments/{appointment}",
        f"/appointments/{appointment}/offers",
        f"/appointments/{appointment}/candidates",
    ):
        assert_problem(coordinator.get(path), 404)
    for path in (
        f"/mediators/{amira}",
        f"/organisations/{neighbour.organisation_id}",
        f"/appointments/{appointment}",
    ):
        assert_problem(coordinator.patch(path, {}), 404)
    assert_problem(coordinator.delete(f"/mediators/{amira}"), 404)
    assert_problem(coordinator.delete(f"/appointments/{appointment}"), 404)
    assert_problem(coordinator.post(f"/offers/{offer}/answer", {"answer": "accept"}), 404)
    assert_problem(coordinator.post(f"/appointments/{appointment}/offers", {"mediator": amira}), 404)
    assert coordinator.items(f"/messages?appointment={appointment}") == []
    assert caller(neighbour).item(f"/appointments/{appointment}") == before


def test_an_id_of_another_town_inside_a_body_is_unknown(town: World, neighbour: World, coordinator: Caller) -> None:
    amira = neighbour.mediator("Amira", "kmr")
    mine = town.appointment("kmr")
    wanted = {"language": "kmr", "starts_at": "2026-11-24T10:00:00+01:00", "site": PLACE}
    [site] = caller(neighbour).item(f"/organisations/{neighbour.organisation_id}")["sites"]
    assert_problem(coordinator.post(f"/appointments/{mine}/offers", {"mediator": amira}), 422, "mediator")
    for field, value, named in (
        ("preferred_mediators", [amira], "preferred_mediators"),
        ("organisation", neighbour.organisation_id, "organisation"),
        ("site", {"id": site["id"]}, "site.id"),
    ):
        assert_problem(coordinator.post("/appointments", wanted | {field: value}), 422, named)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "", 404),
        ("GET", "/mediators/abc", 404),
        ("GET", "/mediators/-1", 404),
        ("PUT", "/mediators", 405),
        ("DELETE", "/organisations/1", 405),
        ("POST", "/openapi.json", 405),
    ],
)
def test_an_address_nobody_serves_is_a_problem_and_no_page(
    coordinator: Caller, method: str, path: str, status: int
) -> None:
    answer = coordinator.client.open(f"{ROOT}{path}", method=method)
    assert_problem(answer, status)
    if status == 405:
        assert answer.headers["Allow"]


@pytest.mark.parametrize(
    ("sent", "media_type", "status", "fields"),
    [
        (b"{", "application/json", 400, ()),
        (b"", "application/json", 400, ()),
        (b'{"name": NaN}', "application/json", 400, ()),
        (b'{"name": "\xff"}', "application/json", 400, ()),
        (b"[" * 100_000, "application/json", 400, ()),
        (b'{"name": ' + b"1" * 5_000 + b"}", "application/json", 400, ()),
        (b"name=Amira", "application/x-www-form-urlencoded", 415, ()),
        (b"[]", "application/json", 422, ("body",)),
        (b"null", "application/json", 422, ("body",)),
        (b'"text"', "application/json", 422, ("body",)),
        (b" " * 1_000_001, "application/json", 413, ()),
    ],
)
def test_a_body_that_is_no_json_object_is_a_problem(
    coordinator: Caller, sent: bytes, media_type: str, status: int, fields: tuple[str, ...]
) -> None:
    assert_problem(coordinator.post("/mediators", data=sent, content_type=media_type), status, *fields)


def test_sentences_follow_the_language_of_the_caller(coordinator: Caller) -> None:
    german = assert_problem(coordinator.post("/mediators", {}), 422, "name", "phone", "skills")
    english = assert_problem(
        coordinator.post("/mediators", {}, headers={"Accept-Language": "en-GB,en;q=0.9"}),
        422,
        "name",
        "phone",
        "skills",
    )
    assert german["errors"]["name"] == ["Bitte füllen Sie dieses Feld aus."]
    assert english["errors"]["name"] != german["errors"]["name"]
    assert english["title"] != german["title"]


@pytest.fixture
def broken(town: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """A service in which a view fails for a reason nobody thought of."""

    def fail() -> None:
        raise RuntimeError("a secret of the inside")

    town.app.config["PROPAGATE_EXCEPTIONS"] = False
    monkeypatch.setitem(town.app.view_functions, "api.list_languages", access.allow(Rule.STAFF)(fail))
    return town


def test_a_fault_of_the_program_tells_nothing_of_the_inside(broken: World) -> None:
    answer = caller(broken).get("/languages")
    assert_problem(answer, 500)
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text


@pytest.mark.thorough
def test_each_token_has_its_own_allowance(town: World) -> None:
    eager, calm = caller(town), caller(town, Role.STAFF)
    answers = [eager.get("/languages?per_page=1") for _ in range(601)]
    assert {answer.status_code for answer in answers[:-1]} == {200}
    assert_problem(answers[-1], 429)
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert calm.get("/languages?per_page=1").status_code == 200


def test_the_token_itself_is_nowhere_in_the_database(town: World, coordinator: Caller) -> None:
    with town.change() as session:
        kept = session.scalars(select(ApiToken.token_hash)).all()
    assert kept
    assert coordinator.token not in kept
