"""The page that shows what would have left the house."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from app import services
from app.journey import offering
from app.journey.history import SERVICE
from app.models import Heartbeat, Mediator, Message, OfferStatus, Pool, Role
from app.transaction import transaction
from app.web.coordinator.phone_screens import parts_of
from tests.web.forms import token_in
from tests.world import World

Browser = Callable[..., FlaskClient]


def make_demo(town: World) -> None:
    with town.app.app_context(), transaction(None) as session:
        session.get_one(Pool, town.pool_id).is_demo = True


def asked(town: World) -> tuple[int, int]:
    """An appointment and the one who is asked."""
    mediator = town.mediator("Amira", "kmr")
    appointment = town.appointment("kmr")
    town.work()
    return appointment, mediator


def reply(client: FlaskClient, mediator: int, text: str) -> int:
    data = {"csrf_token": token_in(client.get("/phone").text), "mediator_id": mediator, "text": text}
    return client.post("/phone/reply", data=data).status_code


def test_the_demo_is_open_to_everyone_and_its_links_work(town: World) -> None:
    appointment, mediator = asked(town)
    make_demo(town)
    guest = town.app.test_client()
    page = guest.get("/phone").text
    link = town.link(appointment, mediator)
    assert f'href="http://localhost{link}"' in page
    assert "Amira" in page
    assert guest.get(link).status_code == 200


def test_a_real_pool_is_shown_to_its_own_coordinators_alone(town: World, browser: Browser) -> None:
    asked(town)
    assert town.app.test_client().get("/phone").status_code == 404
    assert browser(Role.STAFF).get("/phone").status_code == 404
    assert "Amira" in browser(Role.COORDINATOR).get("/phone").text
    World.build(town.app, town.now, key="hagen")
    assert "Amira" not in browser(Role.COORDINATOR, key="hagen").get("/phone").text


@pytest.mark.thorough
def test_every_phone_that_rang_within_the_hour_is_shown_to_its_own_pool(town: World, browser: Browser) -> None:
    hagen = World.build(town.app, town.now, key="hagen")
    for name, place in (("Amira", town), ("Zilan", hagen)):
        make_demo(place)
        people = [place.mediator(f"{name}{number}", "kmr") for number in range(15)]
        appointment = place.appointment("kmr")
        with place.change() as session:
            for one in people:
                person = session.get_one(Mediator, one)
                offering.ask(session, place.now, place.links, appointment, person, SERVICE)
    guest, coordinator = town.app.test_client(), browser(Role.COORDINATOR)

    def shown(client: FlaskClient) -> int:
        return client.get("/phone").text.count('class="pool-phone"')

    assert (shown(guest), shown(coordinator)) == (30, 15)
    town.now = hagen.now = town.now + timedelta(hours=1)
    assert (shown(guest), shown(coordinator)) == (12, 12)


def test_with_a_real_provider_there_is_no_such_page(town: World, browser: Browser) -> None:
    _appointment, mediator = asked(town)
    make_demo(town)
    client = browser(Role.COORDINATOR)
    config = services.of(town.app).config
    token = token_in(client.get("/phone").text)
    services.of(town.app).config = replace(config, sms_transport="twilio")
    for path in ("/phone", "/phone/rows", "/phone/mail/1.ics"):
        assert client.get(path).status_code == 404
    data = {"csrf_token": token, "mediator_id": mediator, "text": "JA"}
    assert client.post("/phone/reply", data=data).status_code == 404
    assert "/phone" not in client.get("/board").text


@pytest.mark.thorough
def test_an_answer_on_the_phone_counts_as_an_sms(town: World) -> None:
    appointment, mediator = asked(town)
    make_demo(town)
    guest = town.app.test_client()
    assert reply(guest, mediator, "Ja") == 303
    assert town.coming(appointment) == {"Amira"}
    assert "pool-bubble--out" in guest.get("/phone").text


@pytest.mark.thorough
def test_nobody_answers_for_a_pool_that_is_not_shown(town: World) -> None:
    make_demo(town)
    other = World.build(town.app, town.now, key="hagen")
    stranger = other.mediator("Zilan", "kmr")
    appointment = other.appointment("kmr")
    other.work()
    town.mediator("Amira", "kmr")
    town.appointment("kmr")
    town.work()
    assert reply(town.app.test_client(), stranger, "Ja") == 404
    assert other.coming(appointment) == set()


@pytest.mark.thorough
def test_a_number_shared_with_another_pool_answers_only_for_the_one_shown(town: World) -> None:
    appointment, mediator = asked(town)
    make_demo(town)
    other = World.build(town.app, town.now, key="hagen")
    with town.change() as session:
        number = session.execute(select(Message.recipient).where(Message.kind == "offer")).scalar_one()
    other.mediator("Zilan", "kmr", phone=number)
    theirs = other.appointment("kmr")
    other.work()
    reply(town.app.test_client(), mediator, "Ja")
    assert town.coming(appointment) == {"Amira"}
    assert other.coming(theirs) == set()


@pytest.mark.thorough
def test_invites_hang_on_the_mails_and_what_is_not_due_is_not_shown(town: World) -> None:
    _appointment, mediator = asked(town)
    make_demo(town)
    guest = town.app.test_client()
    reply(guest, mediator, "Ja")
    assert "/phone/mail/" not in guest.get("/phone").text
    town.work(seconds=11)
    [mail] = town.messages(kind="confirmation", channel="email")
    assert f"/phone/mail/{mail.id}.ics" in guest.get("/phone").text
    answer = guest.get(f"/phone/mail/{mail.id}.ics")
    assert answer.mimetype == "text/calendar"
    assert answer.text.startswith("BEGIN:VCALENDAR")
    [offer] = town.messages(kind="offer")
    assert guest.get(f"/phone/mail/{offer.id}.ics").status_code == 404


@pytest.mark.thorough
def test_polling_swaps_nothing_until_a_message_comes(town: World) -> None:
    asked(town)
    make_demo(town)
    guest = town.app.test_client()
    poll = guest.get("/phone").text.split('hx-get="')[1].split('"')[0]
    assert guest.get(poll).status_code == 204
    town.appointment("kmr", town.now + timedelta(days=2))
    town.work()
    assert guest.get(poll).status_code == 200


@given(st.lists(st.sampled_from(["https://pool.example/o/Ab_c-1", "http://x", " ", ".", "Ja?", "\n", "(", ")", "<b>"])))
def test_a_text_in_pieces_is_the_same_text(pieces: list[str]) -> None:
    text = "".join(pieces)
    parts = parts_of(text)
    assert "".join(part for part, _ in parts) == text
    assert all(address in {"", part} for part, address in parts)


def test_a_link_ends_before_the_full_stop() -> None:
    assert parts_of("Hier: https://pool.example/o/x. Danke") == (
        ("Hier: ", ""),
        ("https://pool.example/o/x", "https://pool.example/o/x"),
        (". Danke", ""),
    )


def called(town: World) -> tuple[int, int]:
    """An appointment, and the one who is called about it."""
    with town.app.app_context(), transaction(None) as session:
        session.add(Heartbeat(worker="caller", started_at=town.now, seen_at=town.now, calls=True))
    mediator = town.mediator("Amira", "kmr", prefers_calls=True)
    appointment = town.appointment("kmr")
    town.work()
    return appointment, mediator


@pytest.mark.thorough
def test_a_call_is_heard_on_the_phone_and_its_keys_answer(town: World, browser: Browser) -> None:
    appointment, mediator = called(town)
    client = browser(Role.COORDINATOR)
    page = client.get("/phone").text
    assert "Anruf:" in page
    keys = page.split('class="pool-bubble__keys"')[1].split("</form>")[0]
    text = keys.split('value="JA ')[1].split('"')[0]
    assert reply(client, mediator, f"JA {text}") == 303
    assert town.coming(appointment) == {"Amira"}
    assert "pool-bubble__keys" not in client.get("/phone").text, "there is nothing left to answer"


def test_key_two_says_no(town: World, browser: Browser) -> None:
    appointment, mediator = called(town)
    client = browser(Role.COORDINATOR)
    text = client.get("/phone").text.split('value="NEIN ')[1].split('"')[0]
    reply(client, mediator, f"NEIN {text}")
    assert town.coming(appointment) == set()
    with town.change() as session:
        assert town.offer(session, appointment, mediator).status is OfferStatus.DECLINED


@pytest.mark.thorough
def test_at_night_the_page_says_why_texts_leave_all_the_same(town: World) -> None:
    town.set_pool(is_demo=True, text_from_minute=480, text_until_minute=1200)
    visitor = town.app.test_client()
    town.now = datetime(2026, 11, 23, 22, 30, tzinfo=UTC)
    assert "weil kein echtes Telefon klingelt" in visitor.get("/phone").text
    version = re.search(r"seen=([^&\"]+)", visitor.get("/phone").text)
    assert version
    town.now = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    by_day = visitor.get(f"/phone/rows?seen={version.group(1)}")
    assert by_day.status_code == 200
    assert "weil kein echtes Telefon klingelt" not in by_day.text


def test_phones_are_found_however_long_ago_something_came(town: World, browser: Browser) -> None:
    people = {"Heute": timedelta(minutes=2), "Gestern": timedelta(days=1), "Damals": timedelta(days=400)}
    for name, ago in people.items():
        person = town.mediator(name, "kmr")
        with town.change() as session:
            at = town.now - ago
            session.add(
                Message(
                    channel="sms", kind="offer", dedupe_key=name, recipient="+49171", body=f"SMS {name}", status="sent",
                    mediator_id=person, created_at=at, due_at=at, sent_at=at,
                )
            )  # fmt: skip
    page = browser(Role.COORDINATOR).get("/phone").text
    assert page.index("SMS Heute") < page.index("SMS Gestern") < page.index("SMS Damals")
