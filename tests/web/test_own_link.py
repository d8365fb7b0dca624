"""The link to one's own pages: asked for without telling who is registered, expiring, ended by its owner."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.links import OWN_PAGES_OPEN
from app.models import Link, LinkKind, Mediator
from tests.web.forms import send, token_in, words_of
from tests.world import World

NUMBER = "+491713920077"


@pytest.fixture
def phone(world: World) -> FlaskClient:
    """A phone without a login."""
    return world.app.test_client()


def ask(phone: FlaskClient, reach: str) -> str:
    """Ask for the link as a browser does; gives what is read then."""
    answer = send(phone, "/m", {"reach": reach})
    return phone.get(answer.location).text if answer.status_code == 303 else answer.text


def sent(world: World) -> list[str]:
    """The paths of the links that were sent, oldest first, by either way."""
    world.work()
    texts = [one.body for one in world.ways.sms.sent] + [one.text for one in world.ways.mail.sent]
    marked = [text for text in texts if "/m/" in text]
    return ["/m/" + text.split("/m/")[1].split()[0] for text in marked]


def newest_links(world: World, kind: LinkKind = LinkKind.MEDIATOR) -> list[str]:
    """The paths of all links of a kind, oldest first."""
    with world.change() as session:
        rows = session.scalars(select(Link).where(Link.kind == kind).order_by(Link.id))
        return [world.links.url(one).removeprefix(world.links.public_url) for one in rows]


def test_the_link_comes_by_the_way_that_was_typed(world: World, phone: FlaskClient) -> None:
    world.mediator("Amira", "kmr", phone=NUMBER, email="Amira@Mail.example")
    assert "SMS mit Ihrem Link" in ask(phone, "0171 3920077")
    assert "E-Mail mit Ihrem Link" in ask(phone, "amira@mail.EXAMPLE")
    by_phone, by_mail = sent(world)
    assert by_phone != by_mail
    for path in (by_phone, by_mail):
        assert "Guten Tag, Amira" in phone.get(path).text


def test_nobody_learns_who_is_registered(world: World, phone: FlaskClient) -> None:
    world.mediator("Amira", "kmr", phone=NUMBER)
    known, unknown = ask(phone, NUMBER), ask(phone, "+491713920078")
    assert known == unknown
    assert len(world.messages(kind="own_link")) == 1


def test_everybody_at_a_number_gets_their_own_in_each_pool(world: World, phone: FlaskClient) -> None:
    world.mediator("Amira", "kmr", phone=NUMBER)
    other = World.build(world.app, world.now, "hagen")
    other.mediator("Amira", "kmr", phone=NUMBER)
    world.now = other.now
    ask(phone, NUMBER)
    assert [len(one.messages(kind="own_link")) for one in (world, other)] == [1, 1]


@pytest.mark.parametrize("change", [{"status": "left"}, {"opted_out_at": "now"}])
def test_who_has_left_or_wants_no_sms_gets_none(world: World, phone: FlaskClient, change: dict[str, str]) -> None:
    person = world.mediator("Amira", "kmr", phone=NUMBER)
    with world.change() as session:
        for name, value in change.items():
            setattr(session.get_one(Mediator, person), name, world.now if value == "now" else value)
    assert "SMS mit Ihrem Link" in ask(phone, NUMBER)
    assert world.messages(kind="own_link") == []


@pytest.mark.parametrize("typed", ["", "hallo", "12", "a@", "0171 39200\x0077777777777"])
def test_what_is_neither_number_nor_address_is_named(sqlite_world: World, typed: str) -> None:
    phone = sqlite_world.app.test_client()
    answer = send(phone, "/m", {"reach": typed})
    assert answer.status_code == 422
    assert "reach-error" in answer.text


def test_three_in_an_hour_are_enough_for_one_number(world: World, phone: FlaskClient) -> None:
    world.mediator("Amira", "kmr", phone=NUMBER)
    pages = [ask(phone, NUMBER) for _ in range(5)]
    assert len(set(pages)) == 1
    assert len(world.messages(kind="own_link")) == 3
    world.now += timedelta(hours=1, seconds=1)
    ask(phone, NUMBER)
    assert len(world.messages(kind="own_link")) == 4


def test_who_asks_for_many_waits_whoever_they_ask_for(world: World, phone: FlaskClient) -> None:
    form = {"csrf_token": token_in(phone.get("/m").text)}
    answers = [phone.post("/m", data={**form, "reach": f"+4917139200{number}"}) for number in range(10, 31)]
    assert [one.status_code for one in answers] == [303] * 20 + [429]
    assert int(answers[-1].headers["Retry-After"]) > 0


def test_a_link_expires_and_leads_to_where_a_new_one_is_asked_for(world: World, phone: FlaskClient) -> None:
    world.mediator("Amira", "kmr", phone=NUMBER)
    [first] = newest_links(world)
    world.now += OWN_PAGES_OPEN - timedelta(days=1)
    ask(phone, NUMBER)
    [_, second] = newest_links(world)
    assert phone.get(first).status_code == 200, "an older link goes on until it expires"
    world.now += timedelta(days=1)
    answer = phone.get(first)
    assert answer.status_code == 404
    assert 'href="/m"' in answer.text
    assert phone.get(second).status_code == 200


@pytest.mark.parametrize("token", ["x", "A" * 22, "ü%00", "A" * 3000])
def test_garbage_leads_to_where_a_link_is_asked_for(sqlite_world: World, token: str) -> None:
    phone = sqlite_world.app.test_client()
    for answer in (phone.get(f"/m/{token}"), phone.post(f"/m/{token}/link")):
        assert answer.status_code == 404
        assert 'href="/m"' in answer.text


def test_ending_all_links_leaves_only_the_new_one(world: World, phone: FlaskClient) -> None:
    world.mediator("Amira", "kmr", phone=NUMBER)
    world.mediator("Berat", "kmr")
    ask(phone, NUMBER)
    registered, of_another, asked = newest_links(world)
    calendar = newest_links(world, LinkKind.FEED)[0]
    page = phone.get(asked).text
    answer = phone.post(f"{asked}/link", data={"csrf_token": token_in(page)})
    assert answer.status_code == 303
    assert "Das ist Ihr neuer Link" in words_of(phone.get(answer.location).text)
    assert [phone.get(one).status_code for one in (registered, asked, calendar)] == [404, 404, 404]
    assert phone.get(of_another).status_code == 200
    assert sent(world)[-1] == answer.location.partition("?")[0]
    assert phone.post(f"{asked}/link", data={"csrf_token": token_in(page)}).status_code == 404, "pressed twice"


def test_another_page_cannot_end_the_links(sqlite_world: World) -> None:
    phone = sqlite_world.app.test_client()
    sqlite_world.mediator("Amira", "kmr")
    sqlite_world.mediator("Berat", "kmr")
    amira, berat = newest_links(sqlite_world)
    for token in ("", token_in(phone.get(berat).text)):
        assert phone.post(f"{amira}/link", data={"csrf_token": token}).status_code == 400
    assert phone.get(amira).status_code == 200


def test_own_pages_set_no_cookie(sqlite_world: World) -> None:
    phone = sqlite_world.app.test_client()
    sqlite_world.mediator("Amira", "kmr")
    [link] = newest_links(sqlite_world)
    assert "Set-Cookie" not in phone.get(link).headers
