"""The wall clock of a worker jumps by an hour or a day, or through the change to summer time: sending goes on."""

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import libfaketime  # type: ignore[import-untyped]
import pytest
from sqlalchemy import func, select, update

from app import outbox
from app.clock import utc_now
from app.models import Channel, Heartbeat, Message, Offer, OfferStatus
from tests import postgres
from tests.conftest import migrated
from tests.fake_twilio import FakeTwilio
from tests.soak.conftest import Figures
from tests.soak.recording import reference_of
from tests.soak.scale import SOAK
from tests.soak.service import TOKEN, Service
from tests.soak.town import number_of, opened, people, questions
from tests.soak.waiting import wait_until
from tests.world import World

LIBRARY = next((Path(libfaketime.__file__).parent).glob("vendor/libfaketime/src/libfaketime*.1*"), None)
HOUR, DAY = 3600, 86_400
# where the clock is set to, in seconds from the true time; each step is a jump from the one before
STEPS = (HOUR, 0, DAY, 0, -HOUR, 0, -DAY, 0)
EACH = 3
# seconds of true time before summer time begins or ends, for the worker to start in; and after it, to be watched
BEFORE_CHANGE, AFTER_CHANGE = 7, 3
# seconds
GOES_ON_WITHIN = 40.0
SEEN_WITHIN = timedelta(seconds=15)


class Clock:
    """The wall clock of one process: a file that libfaketime reads at every look at the time."""

    def __init__(self, path: Path, setting: str = "+0") -> None:
        self._path = path
        self.set(setting)

    def set(self, setting: str) -> None:
        """Set it: `+3600` and `-3600` from the true time, `@2027-03-28 01:59:55` from that local time on."""
        fresh = self._path.with_suffix(".new")
        fresh.write_text(setting, encoding="ascii")
        fresh.replace(self._path)

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to live by this clock; its waits stay true, as on a real machine."""
        return {
            "LD_PRELOAD": str(LIBRARY),
            "FAKETIME_TIMESTAMP_FILE": str(self._path),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_DONT_RESET": "1",
        }


@pytest.mark.soak
@pytest.mark.processes
@pytest.mark.postgres
@pytest.mark.parametrize("others", [0, 2] if SOAK else [0], ids=lambda count: f"one of {count + 1}")
def test_a_worker_whose_clock_jumps_sends_on_and_ends_no_question_early_on_postgresql(
    others: int, tmp_path: Path, figures: Figures
) -> None:
    clock, steps = Clock(tmp_path / "clock"), STEPS if SOAK else (-HOUR,)
    with postgres.Cluster() as cluster:
        address = f"{cluster.address}/postgres"
        migrated(address)
        with _town(address, tmp_path, [clock.environment, *[{}] * others]) as (world, twilio):
            offer = _question(world)
            longest = max(_jump(world, twilio, clock, step) for step in steps)
            wait_until(partial(_are_seen, world, 1 + others), "all workers leave signs of life", 30)
            _judge(twilio, longest, len(steps), figures)
            assert _status(world, offer) is OfferStatus.SENT


@pytest.mark.soak
@pytest.mark.processes
def test_a_worker_whose_clock_jumps_sends_on_on_sqlite(sqlite_template: Path, tmp_path: Path, figures: Figures) -> None:
    clock, path = Clock(tmp_path / "clock"), tmp_path / "pool.sqlite3"
    path.write_bytes(sqlite_template.read_bytes())
    steps = STEPS if SOAK else (DAY,)
    with _town(f"sqlite:///{path}", tmp_path, [clock.environment]) as (world, twilio):
        longest = max(_jump(world, twilio, clock, step) for step in steps)
        _judge(twilio, longest, len(steps), figures)


@pytest.mark.soak
@pytest.mark.processes
@pytest.mark.parametrize("change", ["2027-03-28T01:00:00+00:00", "2027-10-31T01:00:00+00:00"])
def test_a_worker_ticks_on_through_both_changes_of_summer_time(
    change: str, sqlite_template: Path, tmp_path: Path, figures: Figures
) -> None:
    path, at = tmp_path / "pool.sqlite3", datetime.fromisoformat(change)
    path.write_bytes(sqlite_template.read_bytes())
    ahead = int((at - utc_now()).total_seconds()) - BEFORE_CHANGE
    clock = Clock(tmp_path / "clock", f"+{ahead}")
    with _town(f"sqlite:///{path}", tmp_path, [clock.environment | {"TZ": "Europe/Berlin"}]) as (world, twilio):
        due = [at + timedelta(seconds=seconds) for seconds in range(-AFTER_CHANGE, AFTER_CHANGE)]
        _queue(world, "change", [utc_now() + timedelta(seconds=ahead)] * len(due), due)
        wait_until(lambda: len(twilio.messages) >= len(due), "everything is sent")
        rows = world.messages(kind="test")
        sent = Counter(reference_of(message) for message in twilio.messages)

    figures("messages through the change", len(rows))
    assert sent == Counter({row.id: 1 for row in rows})
    for row in rows:
        assert row.claimed_at is not None
        assert row.claimed_at >= row.due_at


@contextmanager
def _town(address: str, folder: Path, workers: list[Mapping[str, str]]) -> Iterator[tuple[World, FakeTwilio]]:
    with (
        opened(address) as world,
        FakeTwilio(auth_token=TOKEN) as twilio,
        Service(address, folder, twilio.url, workers=workers),
    ):
        yield world, twilio


def _jump(world: World, twilio: FakeTwilio, clock: Clock, step: int) -> float:
    """Set the clock, then queue what is due at once; gives the seconds until it is sent."""
    before = len(twilio.messages)
    clock.set(f"{step:+d}")
    began, now = time.monotonic(), utc_now()
    _queue(world, f"jump:{before}", [now] * EACH, [now] * EACH)
    wait_until(lambda: len(twilio.messages) >= before + EACH, f"sending goes on with the clock at {step:+d} s")
    return time.monotonic() - began


def _judge(twilio: FakeTwilio, longest: float, jumps: int, figures: Figures) -> None:
    sent = Counter(reference_of(message) for message in twilio.messages)
    figures("jumps", jumps)
    figures("longest pause in sending, seconds", round(longest, 1))
    assert sorted(sent.values()) == [1] * (EACH * jumps)
    if SOAK:
        assert longest < GOES_ON_WITHIN


def _queue(world: World, key: str, created: list[datetime], due: list[datetime]) -> None:
    with world.change() as session:
        for number, (born, then) in enumerate(zip(created, due, strict=True)):
            message = Message(
                channel=Channel.SMS,
                kind="test",
                dedupe_key=f"{key}:{number}",
                recipient=number_of(number),
                body=f"Nachricht {key}:{number}",
                created_at=born,
                due_at=then,
            )
            outbox.put(session, message)


def _question(world: World) -> int:
    """Somebody is asked and has half an hour left to answer; gives the offer's id."""
    with world.change() as session:
        [(offer, _)], _ = questions(session, world, people(world, 1), world.now + timedelta(days=3))
        session.execute(update(Offer).where(Offer.id == offer).values(due_at=utc_now() + timedelta(minutes=30)))
        return offer


def _status(world: World, offer: int) -> OfferStatus:
    with world.change() as session:
        return session.execute(select(Offer.status).where(Offer.id == offer)).scalar_one()


def _are_seen(world: World, count: int) -> bool:
    """Whether so many workers have left a sign within the last seconds of the true time, and none of the future."""
    now = utc_now()
    lately = (Heartbeat.seen_at > now - SEEN_WITHIN, Heartbeat.seen_at < now + SEEN_WITHIN)
    with world.change() as session:
        return session.scalar(select(func.count()).select_from(Heartbeat).where(*lately)) == count
