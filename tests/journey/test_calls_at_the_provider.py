"""A call from the worker to a phone and back, through a stand-in as strict as the provider."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from werkzeug.serving import make_server

from app import services
from app.models import Mediator
from notifications.messages import Email
from notifications.transports.memory import MemoryTransport
from notifications.transports.twilio import TwilioTransport
from tests.fake_twilio import FakeTwilio
from tests.world import World

TOKEN = "the provider's token"
NUMBER = "+493023125000"


@dataclass
class Real:
    """The ways out as in earnest, but for the mail."""

    sms: TwilioTransport
    mail: MemoryTransport[Email] = field(default_factory=MemoryTransport)

    @property
    def voice(self) -> TwilioTransport:
        """Calls go through the same account."""
        return self.sms


@pytest.fixture
def twilio() -> Iterator[FakeTwilio]:
    with FakeTwilio(auth_token=TOKEN, callbacks=False) as fake:
        yield fake


@pytest.fixture
def called(world: World, twilio: FakeTwilio, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Amira's phone is ringing; the provider's name of the call."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    server = make_server("127.0.0.1", 0, world.app, threaded=True)
    url = f"http://127.0.0.1:{server.server_port}"
    serving = services.of(world.app)
    serving.config = replace(serving.config, twilio_auth_token=TOKEN, public_url=url)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    transport = TwilioTransport(
        account_sid="AC1", auth_token=TOKEN, from_=NUMBER, voice_from=NUMBER, status_callback_base=url,
        api_base=twilio.url,
    )  # fmt: skip
    world.ways = Real(transport)  # type: ignore[assignment]  # the one test that needs a real way
    world.mediator("Amira", "kmr")
    with world.change() as session:
        session.execute(select(Mediator)).scalar_one().prefers_calls = True
    world.appointment("kmr", world.now + timedelta(days=4, hours=3))
    world.work()
    [call] = twilio.calls
    yield call["sid"]
    server.shutdown()
    thread.join()
    server.server_close()


def outcome(world: World) -> tuple[str, str | None]:
    [message] = world.messages(channel="voice")
    return message.status.value, message.error_code


@pytest.mark.thorough
@pytest.mark.parametrize("end_first", [False, True])
def test_a_yes_by_keypad_is_a_yes_and_the_question_was_delivered(
    world: World, twilio: FakeTwilio, called: str, end_first: bool
) -> None:
    said = twilio.press(called, "1", end_first=end_first)
    assert "Kurmandschi" in said[0]
    world.work(minutes=1)
    assert world.coming(1) == {"Amira"}
    assert outcome(world) == ("delivered", None)
    assert world.messages(kind="offer", channel="sms") == []


def test_a_machine_hears_nothing_and_the_question_goes_by_sms(world: World, twilio: FakeTwilio, called: str) -> None:
    assert twilio.machine(called) == []
    world.work()
    assert outcome(world) == ("failed", "machine")
    [text] = twilio.messages
    assert "Kurmandschi" in text["body"]


@pytest.mark.thorough
def test_who_listens_and_presses_nothing_gets_the_question_by_sms(
    world: World, twilio: FakeTwilio, called: str
) -> None:
    assert len(twilio.press(called, "")) == 2
    world.work(seconds=5)
    assert (outcome(world)[0], len(twilio.messages)) == ("sent", 0)
    world.work(minutes=1)
    assert outcome(world) == ("failed", "no-key")
    assert len(twilio.messages) == 1
    assert world.status(1) == "offering"


def test_who_does_not_pick_up_gets_the_question_by_sms(world: World, twilio: FakeTwilio, called: str) -> None:
    twilio.no_answer(called)
    world.work()
    assert outcome(world) == ("failed", "no-answer")
    assert len(twilio.messages) == 1
