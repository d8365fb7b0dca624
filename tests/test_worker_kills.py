"""The worker dies again and again while it sends 200 messages: none is lost, none is sent twice without a word."""

import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Event

import pytest

from app import outbox
from app.clock import utc_now
from app.extensions import db
from app.models import Channel, Message
from tests.conftest import SECRET
from tests.fake_twilio import FakeTwilio
from tests.world import World

ROOT = Path(__file__).parent.parent
MESSAGES = 200
KILLS = 8
PATIENCE = 120


@pytest.mark.processes
def test_kill_9_at_random_points_loses_no_message_and_doubles_none_but_the_unknown(
    world: World, database_url: str, tmp_path: Path
) -> None:
    _queue(world)
    with world.app.app_context():
        db.engine.dispose()
    dice = random.Random(20261122)
    with FakeTwilio(auth_token="secret", callbacks=False) as twilio:
        for _ in range(KILLS):
            with _worker(database_url, twilio.url) as worker:
                # die at a random point of the work, not at a moment in time
                goal = len(twilio.messages) + dice.randint(1, 30)
                _wait(partial(_has_sent, twilio, min(goal, MESSAGES)))
                worker.send_signal(signal.SIGKILL)
        with _worker(database_url, twilio.url) as worker:
            _wait(lambda: not _unsettled(world))
            worker.send_signal(signal.SIGTERM)
            assert worker.wait(PATIENCE) == 0
        sent = Counter(message["body"] for message in twilio.messages)

    rows = world.messages(kind="test")
    assert len(rows) == MESSAGES
    assert {row.status.value for row in rows} == {"sent"}
    for row in rows:
        assert 1 <= sent[row.body] <= 1 + row.unknown_outcomes
    assert sum(row.attempts for row in rows) >= MESSAGES


def _has_sent(twilio: FakeTwilio, goal: int) -> bool:
    return len(twilio.messages) >= goal


def _queue(world: World) -> None:
    now = utc_now()
    with world.change() as session:
        for number in range(MESSAGES):
            outbox.put(
                session,
                Message(
                    channel=Channel.SMS,
                    kind="test",
                    dedupe_key=f"test:{number}",
                    recipient=f"+49171392{number % 100:04d}",
                    body=f"Nachricht {number}",
                    created_at=now,
                    due_at=now,
                ),
            )


def _unsettled(world: World) -> list[Message]:
    return [row for row in world.messages(kind="test") if row.status.value != "sent"]


@contextmanager
def _worker(database_url: str, api_base: str) -> Iterator[subprocess.Popen[bytes]]:
    environment = os.environ | {
        "DATABASE_URL": database_url,
        "SECRET_KEY": SECRET,
        "PUBLIC_URL": "http://127.0.0.1:9",
        "SMS_TRANSPORT": "twilio",
        "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
        "TWILIO_AUTH_TOKEN": "secret",
        "TWILIO_FROM": "+4915228817386",
        "TWILIO_API_BASE": api_base,
    }
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "worker"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def _wait(until: Callable[[], bool]) -> None:
    pause = Event()
    for _ in range(PATIENCE * 20):
        if until():
            return
        pause.wait(0.05)
    pytest.fail(f"nothing happened for {PATIENCE} s")
