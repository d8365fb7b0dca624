"""Web, workers and database die again and again at random points: nothing that was acknowledged is lost."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Self

import pytest
from sqlalchemy import func, select

from app.models import Message, MessageStatus
from tests import postgres
from tests.conftest import migrated
from tests.fake_twilio import FakeTwilio
from tests.soak.conftest import Figures
from tests.soak.phones import sms_until_taken
from tests.soak.scale import SOAK, scaled
from tests.soak.service import TOKEN, Service
from tests.soak.town import number_of, opened, people
from tests.soak.waiting import wait_until
from tests.world import World

KILLS, MESSAGES = scaled(25, 500), scaled(250, 5000)
TELEPHONES = 6
# seconds from the last kill until nothing is under way any more
DRAINED_WITHIN = 30.0

Kill = Callable[[], object]


@pytest.mark.soak
@pytest.mark.processes
@pytest.mark.postgres
def test_kill_9_of_web_workers_and_database_loses_nothing_on_postgresql(tmp_path: Path, figures: Figures) -> None:
    with postgres.Cluster() as cluster:
        address = f"{cluster.address}/postgres"
        migrated(address)

        def kill_database() -> None:
            cluster.kill()
            cluster.start()

        _survive(address, tmp_path, figures, MESSAGES, KILLS, kill_database)


@pytest.mark.soak
@pytest.mark.processes
def test_kill_9_of_web_and_workers_loses_nothing_on_sqlite(
    sqlite_template: Path, tmp_path: Path, figures: Figures
) -> None:
    path = tmp_path / "pool.sqlite3"
    path.write_bytes(sqlite_template.read_bytes())
    _survive(f"sqlite:///{path}", tmp_path, figures, MESSAGES // 5, KILLS // 5, None)


def _survive(
    address: str, folder: Path, figures: Figures, messages: int, kills: int, kill_database: Kill | None
) -> None:
    with opened(address) as world:
        people(world, messages)
        with (
            FakeTwilio(auth_token=TOKEN) as twilio,
            Service(address, folder, twilio.url) as service,
            Load(service, messages) as load,
        ):
            victims: list[tuple[Kill, int]] = [(service.web.kill, 3), *((worker.kill, 2) for worker in service.workers)]
            if kill_database:
                victims.append((kill_database, 1))
            _kill_at_random(twilio, messages, kills, victims)
            load.join()
            ended = time.monotonic()
            wait_until(partial(_is_settled, world, messages), "all messages are sent", 300, every=0.2)
            drained = time.monotonic() - ended
            accepted = Counter(message["to"] for message in twilio.messages)
        rows = world.messages(kind="reply_not_understood")

    for name, value in (
        ("kills", kills),
        ("messages", len(rows)),
        ("lost", messages - len(accepted)),
        ("sent twice", sum(accepted.values()) - len(accepted)),
        ("outcomes unknown", sum(row.unknown_outcomes for row in rows)),
        ("seconds until drained", round(drained, 1)),
    ):
        figures(name, value)
    assert load.failed == []
    assert set(accepted) == {number_of(person) for person in range(messages)}
    assert len(rows) == messages
    for row in rows:
        assert accepted[row.recipient] <= 1 + row.unknown_outcomes
    if SOAK:
        assert drained < DRAINED_WITHIN


class Load:
    """Everybody writes one SMS that asks for one reply; the provider repeats it until the service has taken it."""

    def __init__(self, service: Service, messages: int) -> None:
        self.failed: list[int] = []
        self._service = service
        self._messages = messages
        self._stop = threading.Event()
        self._pool = ThreadPoolExecutor(TELEPHONES)

    def __enter__(self) -> Self:
        for person in range(self._messages):
            self._pool.submit(self._write, person)
        return self

    def _write(self, person: int) -> None:
        if not sms_until_taken(
            self._service.url, number_of(person), "Ich weiß noch nicht", f"SM{person:032x}", self._stop
        ):
            self.failed.append(person)

    def join(self) -> None:
        """Return when every SMS was taken."""
        self._pool.shutdown(wait=True)

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._pool.shutdown(wait=True, cancel_futures=True)


def _kill_at_random(twilio: FakeTwilio, messages: int, kills: int, victims: list[tuple[Kill, int]]) -> None:
    """Each kill comes when so many messages were accepted, not at a moment in time."""
    dice = random.Random(20261122)
    for goal in sorted(dice.randrange(int(messages * 0.9)) for _ in range(kills)):
        wait_until(partial(_has_accepted, twilio, goal), f"{goal} messages are accepted")
        [kill] = dice.choices([victim for victim, _ in victims], [weight for _, weight in victims])
        kill()


def _has_accepted(twilio: FakeTwilio, goal: int) -> bool:
    return len(twilio.messages) >= goal


def _is_settled(world: World, messages: int) -> bool:
    with world.change() as session:
        count = select(func.count()).select_from(Message).where(Message.kind == "reply_not_understood")
        settled = count.where(Message.status.in_((MessageStatus.SENT, MessageStatus.DELIVERED)))
        return session.scalar(settled) == messages
