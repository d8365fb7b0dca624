"""Who would rather be called hears the question and answers with a key."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from app import services
from app.config import Config
from app.models import Mediator
from tests.world import World

SECRET = "the provider's secret"


@pytest.fixture
def called(world: World) -> Iterator[int]:
    """An appointment about which Amira is being called; the number of the message."""
    config: Config = services.of(world.app).config
    services.of(world.app).config = Config(**{**vars(config), "twilio_auth_token": SECRET})
    world.mediator("Amira", "kmr")
    with world.change() as session:
        session.execute(select(Mediator)).scalar_one().prefers_calls = True
    world.appointment("kmr", world.now + timedelta(days=4, hours=3))
    world.work()
    [message] = world.messages(kind="offer")
    assert message.channel.value == "voice"
    yield message.id
    services.of(world.app).config = config


def post(world: World, path: str, **form: str) -> tuple[int, str]:
    """As the provider does, signed."""
    signature = RequestValidator(SECRET).compute_signature(f"http://localhost{path}", form)
    answer = world.app.test_client().post(path, data=form, headers={"X-Twilio-Signature": signature})
    return answer.status_code, answer.text


def test_the_voice_says_what_a_text_would_and_which_keys_to_press(world: World, called: int) -> None:
    status, said = post(world, f"/webhooks/twilio/voice?message={called}", CallSid="CA1")
    assert status == 200
    assert "Kurmandschi" in said
    assert "Taste 1" in said or "die 1" in said
    assert f"/webhooks/twilio/voice/answer?message={called}" in said
    assert "Weststraße" not in said
    assert not world.texts_to("Amira")


@pytest.mark.parametrize(("key", "status"), [("1", "filled"), ("2", "open")])
def test_one_is_yes_and_two_is_no(world: World, called: int, key: str, status: str) -> None:
    answer = post(world, f"/webhooks/twilio/voice/answer?message={called}", CallSid="CA1", Digits=key)
    assert "Dank" in answer[1]
    assert "<Gather" not in answer[1]
    assert world.status(1) in {status, "offering"}
    assert world.coming(1) == ({"Amira"} if key == "1" else set())
    again = post(world, f"/webhooks/twilio/voice/answer?message={called}", CallSid="CA1", Digits=key)
    assert again[0] == 200


@pytest.mark.parametrize("key", ["3", "9", "", "#"])
def test_any_other_key_hears_the_question_again(world: World, called: int, key: str) -> None:
    status, said = post(world, f"/webhooks/twilio/voice/answer?message={called}", CallSid="CA1", Digits=key)
    assert status == 200
    assert "Kurmandschi" in said
    assert "<Gather" in said
    assert world.status(1) == "offering"


def test_a_yes_that_comes_second_hears_that_it_is_gone(world: World, called: int) -> None:
    berat = world.mediator("Berat", "kmr")
    world.ask(1, berat)
    with world.change() as session:
        from app.journey import answering
        from app.journey.history import SERVICE

        offer = world.offer(session, 1, berat)
        answering.accept(session, world.now, world.links, offer.id, SERVICE, "link")
    assert post(world, f"/webhooks/twilio/voice/answer?message={called}", CallSid="CA1", Digits="1")[0] == 200
    assert world.coming(1) == {"Berat"}


def test_nobody_picks_up_so_the_question_goes_by_sms(world: World, called: int) -> None:
    status, _ = post(world, f"/webhooks/twilio/status?message={called}", CallSid="CA1", CallStatus="no-answer")
    assert status == 204
    world.work()
    assert len(world.texts_to("Amira")) == 1
    assert world.status(1) == "offering"


def test_without_a_signature_nothing_is_said(world: World, called: int) -> None:
    client = world.app.test_client()
    for path in ("voice", "voice/answer"):
        assert client.post(f"/webhooks/twilio/{path}?message={called}", data={"Digits": "1"}).status_code == 403
    assert world.status(1) == "offering"


def test_only_calls_are_read_out(world: World, called: int) -> None:
    assert post(world, "/webhooks/twilio/voice?message=4711", CallSid="CA1")[0] == 404
    assert post(world, "/webhooks/twilio/voice?message=x", CallSid="CA1")[0] == 400
