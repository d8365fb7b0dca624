"""Who would rather be called hears the question and answers with a key."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from app import services
from app.api import calls as api_calls
from app.config import Config
from app.models import Mediator, Message, MessageStatus, Offer
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


@pytest.mark.thorough
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


def over(world: World, message: int, status: str = "completed", **form: str) -> None:
    """The provider says how the call ended."""
    path = f"/webhooks/twilio/status?message={message}"
    assert post(world, path, CallSid="CA1", CallStatus=status, **form)[0] == 204


def pressed(world: World, message: int, key: str) -> str:
    """The provider says which key was pressed, and reads out what it gets."""
    return post(world, f"/webhooks/twilio/voice/answer?message={message}", CallSid="CA1", Digits=key)[1]


def call_of(world: World) -> tuple[str, str | None]:
    [message] = world.messages(channel="voice")
    return message.status.value, message.error_code


def test_a_call_that_ends_without_a_key_reached_nobody_so_the_question_goes_by_sms(world: World, called: int) -> None:
    post(world, f"/webhooks/twilio/voice?message={called}", CallSid="CA1", AnsweredBy="unknown")
    over(world, called)
    world.work(minutes=1)
    assert call_of(world) == ("failed", "no-key")
    assert len(world.texts_to("Amira")) == 1
    assert world.status(1) == "offering"
    world.work(minutes=5)
    assert len(world.texts_to("Amira")) == 1


@pytest.mark.thorough
@pytest.mark.parametrize("by", ["machine_start", "machine_end_beep", "fax"])
def test_a_machine_is_hung_up_on_and_the_question_goes_by_sms(world: World, called: int, by: str) -> None:
    status, said = post(world, f"/webhooks/twilio/voice?message={called}", CallSid="CA1", AnsweredBy=by)
    assert status == 200
    assert "<Hangup" in said
    assert "<Say" not in said
    assert "<Gather" not in said
    over(world, called, AnsweredBy=by)
    world.work()
    assert call_of(world) == ("failed", "machine")
    assert len(world.texts_to("Amira")) == 1


@pytest.mark.parametrize("by", ["human", "unknown", ""])
def test_whoever_may_be_a_person_hears_the_question(world: World, called: int, by: str) -> None:
    _, said = post(world, f"/webhooks/twilio/voice?message={called}", CallSid="CA1", AnsweredBy=by)
    assert "<Gather" in said


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("key", "order"),
    [
        ("1", "key first"), ("3", "key first"), ("*", "key first"), ("1", "end first"), ("2", "end first"),
        ("3", "end first"), ("1", "end twice, then key"), ("3", "key between two ends"),
    ],
)  # fmt: skip
def test_who_pressed_a_key_has_heard_the_question_whatever_comes_first(
    world: World, called: int, key: str, order: str
) -> None:
    post(world, f"/webhooks/twilio/voice?message={called}", CallSid="CA1", AnsweredBy="human")
    if order == "key first":
        pressed(world, called, key)
        over(world, called, AnsweredBy="human")
    else:
        over(world, called, AnsweredBy="human")
        if order == "end twice, then key":
            over(world, called, AnsweredBy="human")
        # the worker looks in between, as long as the key's own request may still be on its way
        world.work(seconds=10)
        assert call_of(world)[0] == "sent"
        pressed(world, called, key)
        if order == "key between two ends":
            over(world, called, AnsweredBy="human")
    world.work(minutes=5)
    assert call_of(world) == ("delivered", None)
    assert world.messages(kind="offer", channel="sms") == []
    assert world.coming(1) == ({"Amira"} if key == "1" else set())


def test_a_key_that_comes_too_late_still_answers_and_no_final_state_goes_back(world: World, called: int) -> None:
    over(world, called)
    world.work(minutes=1)
    assert call_of(world) == ("failed", "no-key")
    assert "Dank" in pressed(world, called, "1")
    assert world.coming(1) == {"Amira"}
    assert call_of(world) == ("failed", "no-key")


@pytest.mark.thorough
@pytest.mark.parametrize("status", ["no-answer", "failed"])
def test_a_key_is_not_undone_by_any_later_word_of_the_call(world: World, called: int, status: str) -> None:
    pressed(world, called, "3")
    over(world, called, status)
    world.work(minutes=1)
    assert call_of(world) == ("delivered", None)
    assert not world.texts_to("Amira")


@pytest.mark.thorough
def test_a_call_found_again_after_a_lost_answer_is_judged_by_its_key_too(world: World, called: int) -> None:
    with world.change() as session:
        row = session.get_one(Message, called)
        row.status, row.unknown_outcomes, row.due_at = MessageStatus.UNKNOWN, 1, world.now
    over(world, called)
    world.work(seconds=10)
    assert call_of(world)[0] == "sent"
    world.work(minutes=1)
    assert call_of(world) == ("failed", "no-key")
    assert len(world.texts_to("Amira")) == 1


def test_without_a_signature_nothing_is_said(world: World, called: int) -> None:
    client = world.app.test_client()
    for path in ("voice", "voice/answer"):
        assert client.post(f"/webhooks/twilio/{path}?message={called}", data={"Digits": "1"}).status_code == 403
    assert world.status(1) == "offering"


def test_only_calls_are_read_out(world: World, called: int) -> None:
    assert post(world, "/webhooks/twilio/voice?message=4711", CallSid="CA1")[0] == 404
    assert post(world, "/webhooks/twilio/voice?message=x", CallSid="CA1")[0] == 400


@pytest.mark.parametrize("database_url", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True)
@pytest.mark.parametrize("end", [("completed", "sent"), ("no-answer", "failed")])
def test_a_key_and_the_end_at_the_same_moment_agree(
    world: World, called: int, monkeypatch: pytest.MonkeyPatch, end: tuple[str, str]
) -> None:
    """The end is written down after the key's request has read the message and before it writes to it."""
    status, stands = end
    answer = api_calls._answer

    def ends_meanwhile(session: Session, offer: Offer, *, yes: bool) -> str:
        said = answer(session, offer, yes=yes)
        elsewhere = threading.Thread(target=over, args=(world, called, status))
        elsewhere.start()
        elsewhere.join()
        return said

    monkeypatch.setattr(api_calls, "_answer", ends_meanwhile)
    pressed(world, called, "2")
    with world.change() as session:
        row = session.get_one(Message, called)
        assert (row.status.value, row.error_code) == (
            ("delivered", None) if stands == "sent" else ("failed", "no-answer")
        )
