"""Whatever stands in a query or a form, no page and no webhook fails: not on PostgreSQL either."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]
from werkzeug.test import TestResponse

import app as source
from app import passwords, services
from app.extensions import db
from app.journey import replying, requesting_at_door
from app.journey.history import SERVICE
from app.journey.replying import Inbound
from app.journey.request import Request
from app.models import (
    Application,
    DoorLinkKind,
    InboundMessage,
    Link,
    LinkKind,
    Message,
    RequestDoor,
    Role,
    UnconfirmedRequest,
)
from app.registry import applications, request_doors
from app.registry.application_data import ApplicationData
from app.worker import jobs
from notifications.messages import Received
from tests.web.forms import token_in
from tests.world import PASSWORD, World

TOKEN = "the provider's token"
PHONE = "+4915112345678"
PIN = "12345678"
# as bytes on the wire: some of them are no text at all
NASTY = {
    "nul": b"\x00",
    "a nul within": b"kmr\x00ara",
    "half a surrogate pair": b"\xed\xa0\x80",
    "broken utf-8": b"\xff\xfe",
    "many digits": b"9" * 4400,
    "just too large": b"2147483648",
    "larger than any integer": b"99999999999999999999",
    "negative": b"-1",
    "digits of another script": "٣²１".encode(),
    "very long": b"x" * 3000,
    "signs beyond the plane": "🫶".encode() * 30,
    "separators": "\u2028\u2029\u0085\x0b".encode(),
    "a day that never was": b"2026-13-45",
    "the year zero": b"0000-00",
    "percent": b"%",
    "brackets": b"{{7*7}}[$ne]",
}
READ = re.compile(r"""(?:args|form|values)\.get\(\s*["'](\w+)["']|asked_id\(["'](\w+)["']\)""")
FIELD = re.compile(r"""<(?:input|select|textarea)[^>]*\bname="([^"]+)\"""")


def names_in_source() -> set[str]:
    """Every name that some view reads from a query or form."""
    files = Path(source.__file__).parent.rglob("*.py")
    return {one or other for path in files for one, other in READ.findall(path.read_text(encoding="utf-8"))}


def paths(world: World, method: str) -> Iterator[str]:
    """Every page, with rows that are there."""
    with world.change() as session:
        rows = (*session.scalars(select(Link).order_by(Link.id)), *session.scalars(select(RequestDoor)))
        linked = (*rows, *session.scalars(select(UnconfirmedRequest)))
        links = {one.kind: world.links.url(one) for one in linked}
        applied = session.scalars(select(Application)).one()
        joining = world.links.join_url(applied).removeprefix("http://localhost")
    tokens = {kind: url.removeprefix("http://localhost") for kind, url in links.items()}
    kinds = {
        "/o/<token>": LinkKind.OFFER, "/m/<token>": LinkKind.MEDIATOR, "/request/<token>": DoorLinkKind.DOOR,
        "/request/confirm/<token>": DoorLinkKind.CONFIRM,
    }  # fmt: skip
    for rule in world.app.url_map.iter_rules():
        if method not in (rule.methods or ()) or rule.rule.startswith(("/static", "/metrics", "/readyz", "/webhooks")):
            continue
        if "<token>" in rule.rule:
            if rule.rule.startswith("/join"):
                yield joining
                continue
            yield tokens[kinds.get(rule.rule, LinkKind.MEDIATOR if rule.rule.startswith("/m/") else LinkKind.FEED)]
        else:
            yield re.sub(r"<[^>]+>", "1", rule.rule)


@pytest.fixture
def town(world: World) -> World:
    """A pool in which every page has something to show, and forms need no token of theirs."""
    world.app.config["WTF_CSRF_ENABLED"] = False
    world.set_pool(is_demo=True, takes_applications=True)
    with world.change() as session:
        data = ApplicationData(
            "Berat", "+4915112345679", "berat@mail.example", (("kmr", "C1"),), place="Beckum", consents=True
        )
        applications.apply(session, world.now, world.links, data)
    world.mediator("Amira", "kmr", phone=PHONE)
    world.appointment("kmr")
    world.work()
    leave_at_door(world)
    return world


def leave_at_door(world: World) -> None:
    """Let something wait at the organisation's door for its confirmation."""
    with world.change() as session:
        made = request_doors.give_pin(
            session, world.now, world.links, world.organisation_id, passwords.hashed(PIN), SERVICE
        )
        wanted = Request("kmr", world.now + timedelta(days=3), mode="phone", contact_email="a@b.example")
        requesting_at_door.leave(session, world.now, world.links, made.id, wanted, typed={}, once="once")


@pytest.fixture
def admin(town: World) -> FlaskClient:
    """Somebody who may open everything."""
    client = town.app.test_client()
    assert client.post("/login", data={"email": "admin@beckum.example", "password": PASSWORD}).status_code == 302
    return client


def nasty(world: World) -> dict[str, bytes]:
    """All of it for PostgreSQL, which is the stricter one; for SQLite what only it fails at."""
    with world.app.app_context():
        if db.engine.dialect.name == "postgresql":
            return NASTY
    return {kind: NASTY[kind] for kind in ("many digits", "larger than any integer", "a nul within")}


def encoded(names: set[str], value: bytes) -> str:
    return "&".join(f"{name}={quote(value)}" for name in sorted(names))


FORM: Final = "application/x-www-form-urlencoded"
# what ends the session, and what the API's own tests send
LEFT_OUT: Final = ("/api", "/logout", "/account/password")


@pytest.mark.thorough
def test_no_page_fails_at_its_query(town: World, admin: FlaskClient) -> None:
    names = names_in_source()
    assert {"language", "page", "q", "from", "organisation", "seen", "mediator_id"} <= names
    pages = [path for path in paths(town, "GET") if not path.startswith("/api")]
    assert len(pages) > 25
    for path in pages:
        for kind, value in nasty(town).items():
            assert admin.get(f"{path}?{encoded(names, value)}").status_code < 500, (path, kind)


@pytest.mark.thorough
def test_no_form_fails_at_its_fields(town: World, admin: FlaskClient) -> None:
    forms = [path for path in paths(town, "POST") if not path.startswith(LEFT_OUT)]
    assert len(forms) > 15
    for path in forms:
        page = admin.get(path).text
        names = (names_in_source() | set(FIELD.findall(page))) - {"csrf_token"}
        for kind, value in nasty(town).items():
            body = f"{encoded(names, value)}&csrf_token={token_in(page)}"
            assert admin.post(path, data=body, content_type=FORM).status_code < 500, (path, kind)


@pytest.mark.thorough
def test_no_request_at_a_door_fails_at_its_fields(town: World) -> None:
    [path] = [one for one in paths(town, "POST") if one.startswith("/request/") and "confirm" not in one]
    outside = town.app.test_client()
    token = token_in(outside.get(path).text)
    assert outside.post(path, data={"pin": PIN, "csrf_token": token}).status_code == 303
    usual = {"language": "kmr", "date": "2026-11-26", "time": "10:00", "duration": "60", "place": "phone"}
    usual |= {"topic": "school", "contact_name": "A", "contact_email": "a@b.example", "csrf_token": token}
    names = set(FIELD.findall(outside.get(path).text)) - {"csrf_token"}
    assert {"language", "note", "once"} <= names
    for kind, value in nasty(town).items():
        for name in sorted(names):
            body = "&".join(f"{one}={quote(said)}" for one, said in usual.items() if one != name)
            answer = outside.post(path, data=f"{body}&{name}={quote(value)}", content_type=FORM)
            assert answer.status_code < 500, (name, kind)
        cookie = f"request_door={quote(value)}"
        assert town.app.test_client().get(path, headers={"Cookie": cookie}).status_code == 200, kind


@pytest.mark.thorough
def test_no_list_of_the_api_fails_at_its_query(town: World) -> None:
    headers = {"Authorization": f"Bearer {town.token(Role.ADMIN)}"}
    client = town.app.test_client()
    names = {"page", "language", "status", "from", "q", "appointment"}
    for path in (path for path in paths(town, "GET") if path.startswith("/api")):
        for kind, value in nasty(town).items():
            for name in names:
                answer = client.get(f"{path}?{encoded({name}, value)}", headers=headers)
                assert answer.status_code < 500, (path, name, kind)


def test_nobody_logs_in_with_nonsense_and_nothing_fails(town: World) -> None:
    for kind, value in nasty(town).items():
        body = f"email={quote(value)}&password={quote(value)}"
        answer = town.app.test_client().post("/login", data=body, content_type=FORM)
        assert answer.status_code in {401, 429}, kind


# --- the provider ---------------------------------------------------------------------------------------------------


def signed(app: Flask, path: str, *fields: tuple[str, str], query: str = "") -> TestResponse:
    """The provider calls; a field may come twice, as it does over the wire."""
    services.of(app).config = replace(services.of(app).config, twilio_auth_token=TOKEN)
    sent: dict[str, list[str]] = {}
    for name, value in fields:
        sent.setdefault(name, []).append(value)
    url = f"/webhooks/twilio{path}{query}"
    signature = RequestValidator(TOKEN).compute_signature(f"http://localhost{url}", Repeated(sent))
    body = "&".join(f"{name}={quote(value, safe='')}" for name, value in fields)
    headers = {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"}
    return app.test_client().post(url, data=body, headers=headers)


class Repeated(dict[str, list[str]]):
    """Fields that may come twice, as the provider's library reads them."""

    def getlist(self, name: str) -> list[str]:
        return self[name]


def test_a_reply_with_a_nul_is_read_without_it(town: World) -> None:
    with town.change() as session:
        offer = session.scalars(select(Message).where(Message.kind == "offer")).one().offer_id
    fields = (("MessageSid", "SM\x001"), ("From", f"{PHONE}\x00"), ("Body", f"J\x00A {offer}"))
    assert signed(town.app, "/inbound", *fields).status_code == 200
    with town.change() as session:
        [row] = session.scalars(select(InboundMessage))
        assert (row.provider_id, row.sender, row.body, row.outcome) == ("SM1", PHONE, f"JA {offer}", "accepted")


@pytest.mark.thorough
def test_no_webhook_fails_at_its_fields(town: World) -> None:
    [message] = town.messages(kind="offer")
    names = ("MessageSid", "From", "Body", "MessageStatus", "CallStatus", "CallSid", "ErrorCode", "Digits")
    for kind, value in NASTY.items():
        everything = [(name, value.decode("utf-8", "replace")) for name in names]
        for path in ("/inbound", "/status", "/voice", "/voice/answer"):
            for query in ("", f"?message={message.id}", f"?message={quote(value)}"):
                answer = signed(town.app, path, *everything, query=query)
                assert answer.status_code in {200, 204, 400, 404}, (path, query, kind)


def test_a_field_that_comes_twice_is_signed_twice(town: World) -> None:
    [message] = town.messages(kind="offer")
    fields = (("MessageSid", "SM1"), ("MessageStatus", "sent"), ("MessageStatus", "delivered"))
    assert signed(town.app, "/status", *fields, query=f"?message={message.id}").status_code == 204


def test_a_reply_that_is_fetched_with_a_nul_is_taken_once_and_not_tried_for_hours(world: World) -> None:
    world.mediator("Amira", "kmr", phone=PHONE)
    world.ways.sms.inbox.append(Received("SM\x001", PHONE, "Ja\x00", world.now))
    assert jobs.fetch_replies(world.worker) == 1
    assert jobs.fetch_replies(world.worker) == 0
    with world.change() as session:
        assert [row.body for row in session.scalars(select(InboundMessage))] == ["Ja"]


@pytest.mark.thorough
def test_the_journey_takes_whatever_is_written_whoever_calls(world: World) -> None:
    world.mediator("Amira", "kmr", phone=PHONE)
    for number, (kind, value) in enumerate(NASTY.items()):
        text = value.decode("utf-8", "surrogatepass" if kind == "half a surrogate pair" else "replace")
        ids = (f"a{number}", f"b{number}", f"c{number}{text}")
        for sent in (Inbound(ids[0], PHONE, text), Inbound(ids[1], text, "Ja"), Inbound(ids[2], PHONE, text)):
            with world.change() as session:
                first = replying.take(session, world.now, world.links, sent)
            with world.change() as session:
                assert replying.take(session, world.now, world.links, sent) == first, kind
