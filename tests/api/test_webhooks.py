"""What the SMS provider tells us: replies and delivery states, signed."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest
from sqlalchemy import select, update
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]
from werkzeug.test import TestResponse

from app import services
from app.models import InboundMessage, Message, MessageStatus
from tests.world import World

TOKEN = "the provider's token"
PATIENCE = 60
Call = Callable[..., TestResponse]


@pytest.fixture
def provider(world: World) -> Call:
    """The provider calls, signing as Twilio's own library does."""
    services.of(world.app).config = replace(services.of(world.app).config, twilio_auth_token=TOKEN)

    def call(path: str, form: Mapping[str, str], *, token: str = TOKEN) -> TestResponse:
        signature = RequestValidator(token).compute_signature(f"http://localhost/webhooks/twilio{path}", form)
        headers = {"X-Twilio-Signature": signature}
        return world.app.test_client().post(f"/webhooks/twilio{path}", data=form, headers=headers)

    return call


def _reply(text: str, sender: str, sid: str = "SM1") -> dict[str, str]:
    return {"MessageSid": sid, "From": sender, "Body": text}


def _asked(world: World) -> tuple[int, int, str]:
    """An appointment for which Amira was asked: its id, the offer's id, her number."""
    phone = "+4915112345678"
    amira = world.mediator("Amira", "kmr", phone=phone)
    appointment = world.appointment("kmr")
    world.work()
    with world.change() as session:
        return appointment, world.offer(session, appointment, amira).id, phone


def test_a_yes_by_sms_fills_the_appointment(world: World, provider: Call) -> None:
    appointment, offer, phone = _asked(world)
    answer = provider("/inbound", _reply(f"Ja {offer}", phone))
    assert answer.status_code == 200
    assert "xml" in answer.content_type
    assert world.status(appointment) == "filled"
    assert world.coming(appointment) == {"Amira"}


def test_a_no_by_sms_ends_the_question(world: World, provider: Call) -> None:
    appointment, offer, phone = _asked(world)
    assert provider("/inbound", _reply(f"NEIN {offer}", phone)).status_code == 200
    assert world.asked(appointment) == set()
    assert world.coming(appointment) == set()


@pytest.mark.parametrize("kind", ["another secret", "none", "another body"])
def test_a_wrong_signature_is_refused_and_nothing_is_written(world: World, provider: Call, kind: str) -> None:
    appointment, offer, phone = _asked(world)
    form = _reply(f"JA {offer}", phone)
    client = world.app.test_client()
    if kind == "another secret":
        answer = provider("/inbound", form, token="a guess")
    elif kind == "none":
        answer = client.post("/webhooks/twilio/inbound", data=form)
    else:
        signature = RequestValidator(TOKEN).compute_signature(
            "http://localhost/webhooks/twilio/inbound", form | {"Body": "NEIN"}
        )
        answer = client.post("/webhooks/twilio/inbound", data=form, headers={"X-Twilio-Signature": signature})

    assert answer.status_code == 403
    assert world.status(appointment) == "offering"
    with world.change() as session:
        assert session.scalars(select(InboundMessage)).all() == []


def test_without_a_secret_in_the_settings_nobody_is_believed(world: World, provider: Call) -> None:
    _, offer, phone = _asked(world)
    services.of(world.app).config = replace(services.of(world.app).config, twilio_auth_token="")
    assert provider("/inbound", _reply(f"JA {offer}", phone), token="").status_code == 403


def test_a_reply_that_is_delivered_twice_is_taken_once(world: World, provider: Call) -> None:
    appointment, offer, phone = _asked(world)
    replies = [provider("/inbound", _reply(f"JA {offer}", phone)) for _ in range(2)]
    assert [reply.status_code for reply in replies] == [200, 200]
    with world.change() as session:
        assert [row.outcome for row in session.scalars(select(InboundMessage))] == ["accepted"]
    assert world.coming(appointment) == {"Amira"}
    world.work(seconds=11)
    assert len(world.messages(kind="confirmation", channel="sms")) == 1


def test_a_reply_that_is_delivered_twice_at_once_is_taken_once(world: World, provider: Call) -> None:
    appointment, offer, phone = _asked(world)
    barrier, statuses = threading.Barrier(4), []

    def deliver() -> None:
        barrier.wait(PATIENCE)
        statuses.append(provider("/inbound", _reply(f"JA {offer}", phone)).status_code)

    threads = [threading.Thread(target=deliver) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)

    assert statuses == [200] * 4
    with world.change() as session:
        assert [row.outcome for row in session.scalars(select(InboundMessage))] == ["accepted"]
    assert world.coming(appointment) == {"Amira"}


def test_somebody_elses_number_answers_no_question(world: World, provider: Call) -> None:
    appointment, offer, _ = _asked(world)
    berat = world.mediator("Berat", "tur", phone="+4915112345679")
    assert berat
    assert provider("/inbound", _reply(f"JA {offer}", "+4915112345679")).status_code == 200
    assert provider("/inbound", _reply(f"JA {offer}", "+4915112345670", sid="SM2")).status_code == 200
    assert world.status(appointment) == "offering"


def test_a_reply_without_an_id_is_no_reply(world: World, provider: Call) -> None:
    _, offer, phone = _asked(world)
    assert provider("/inbound", {"From": phone, "Body": f"JA {offer}"}).status_code == 400


def _sent(world: World) -> tuple[int, str]:
    """A message that the provider took: its id here and there."""
    _asked(world)
    [message] = world.messages(kind="offer")
    assert message.status is MessageStatus.SENT
    with world.change() as session:
        session.execute(update(Message).where(Message.id == message.id).values(provider_id="SM9"))
    return message.id, "SM9"


@pytest.mark.parametrize(
    ("reported", "stands"),
    [
        (("sent", "delivered"), "delivered"),
        (("delivered", "sent"), "delivered"),
        (("delivered", "failed"), "delivered"),
        (("undelivered", "sent", "delivered"), "failed"),
        (("delivered", "delivered"), "delivered"),
        (("queued",), "sent"),
    ],
)
def test_delivery_states_never_go_back(world: World, provider: Call, reported: tuple[str, ...], stands: str) -> None:
    message, sid = _sent(world)
    for state in reported:
        answer = provider(f"/status?message={message}", {"MessageSid": sid, "MessageStatus": state})
        assert answer.status_code == 204
    [row] = world.messages(kind="offer")
    assert row.status.value == stands


@pytest.mark.parametrize("path", ["/status", "/status?message=x", "/status?message=-1"])
def test_a_status_about_no_message_is_refused(world: World, provider: Call, path: str) -> None:
    assert provider(path, {"MessageSid": "SM9", "MessageStatus": "sent"}).status_code == 400


def test_a_status_with_a_wrong_signature_changes_nothing(world: World, provider: Call) -> None:
    message, sid = _sent(world)
    form = {"MessageSid": sid, "MessageStatus": "delivered"}
    assert provider(f"/status?message={message}", form, token="a guess").status_code == 403
    [row] = world.messages(kind="offer")
    assert row.status is MessageStatus.SENT
