"""Nine ways in which a provider fails: each message comes to an end, and none is sent again blindly."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from app import outbox
from app.models import Channel, Message
from app.worker import jobs
from app.worker.tools import Worker
from tests.fake_twilio import FAULTS
from tests.soak.conftest import Figures
from tests.soak.recording import Diary, RecordingTransport, RecordingTwilio
from tests.soak.scale import scaled
from tests.soak.service import ACCOUNT, NUMBER, TOKEN
from tests.soak.town import number_of
from tests.world import World

TIMES = scaled(5, 200)
THREADS = scaled(5, 16)
FINAL = {"sent", "delivered", "failed", "discarded"}
REFUSED = {"21610", "21211"}
# the provider's own delay in showing what it took, where a test wants one
LAG = timedelta(seconds=20)


@pytest.mark.soak
@pytest.mark.parametrize("kind", sorted(FAULTS))
def test_each_message_comes_to_an_end_after_a_fault_and_is_taken_once(
    sqlite_world: World, kind: str, figures: Figures
) -> None:
    world, diary = sqlite_world, Diary()
    with _provider(world, diary, LAG) as twilio:
        twilio.fault(kind, TIMES)
        recipients = _queue(world, TIMES)
        _let_it_settle(world, _worker(world, twilio.url, diary))

    rows = world.messages(kind="test")
    figures(f"{kind}: messages", len(rows))
    figures(f"{kind}: posts", sum(diary.count(one, "post") for one in recipients))
    refused = kind in REFUSED
    assert {row.status.value for row in rows} == {"failed" if refused else "sent"}
    for recipient in recipients:
        assert diary.count(recipient, "taken") == (0 if refused else 1)
        assert not diary.resent_blindly(recipient)
        if refused:
            assert diary.count(recipient, "post") == 1


@pytest.mark.soak
def test_all_faults_at_random_on_both_ways_leave_nothing_unfinished_and_nothing_resent_blindly(
    world: World, figures: Figures
) -> None:
    diary, dice = Diary(), random.Random(20261122)
    with _provider(world, diary, LAG) as twilio:
        for kind in dice.choices(sorted(FAULTS - REFUSED), k=4 * TIMES):
            twilio.fault(kind, method=dice.choice(("POST", "POST", "GET")))
        recipients = _queue(world, 3 * TIMES)
        _let_it_settle(world, _worker(world, twilio.url, diary))

    rows = world.messages(kind="test")
    assert {row.status.value for row in rows} <= FINAL
    for recipient in recipients:
        assert not diary.resent_blindly(recipient)
    posts = sum(diary.count(one, "post") for one in recipients)
    taken = sum(diary.count(one, "taken") for one in recipients)
    failed = sum(row.status.value == "failed" for row in rows)
    for name, value in (("messages", len(rows)), ("posts", posts), ("taken", taken), ("given up", failed)):
        figures(f"all at random: {name}", value)
    # who was unlucky twice is given up, and the next mediator or the coordinator is asked; the rest has arrived
    assert taken >= len(rows) - failed


def _provider(world: World, diary: Diary, lag: timedelta) -> RecordingTwilio:
    return RecordingTwilio(diary, lambda: world.now, lag, auth_token=TOKEN, callbacks=False, slow_for=0.1)


def _worker(world: World, api_base: str, diary: Diary) -> Worker:
    transport = RecordingTransport(
        diary,
        account_sid=ACCOUNT,
        auth_token=TOKEN,
        from_=NUMBER,
        status_callback_base="http://127.0.0.1:9",
        api_base=api_base,
        timeout=0.3,
    )
    ways = replace(world.ways, sms=transport)  # type: ignore[arg-type]
    return replace(world.worker, transports=ways)


def _queue(world: World, count: int) -> list[str]:
    recipients = [number_of(number) for number in range(count)]
    with world.change() as session:
        for number, recipient in enumerate(recipients):
            message = Message(
                channel=Channel.SMS,
                kind="test",
                dedupe_key=f"test:{number}",
                recipient=recipient,
                body=f"Nachricht {number}",
                created_at=world.now,
                due_at=world.now,
            )
            outbox.put(session, message)
    return recipients


def _let_it_settle(world: World, worker: Worker) -> None:
    """Sweep with many threads and let the clock jump, until nothing is under way (an hour of back-off at the most)."""
    for _ in range(120):
        _side_by_side(jobs.deliver_texts, worker)
        _side_by_side(jobs.reconcile, worker)
        if all(row.status.value in FINAL for row in world.messages(kind="test")):
            return
        world.now += timedelta(seconds=31)
        jobs.beat(worker)


def _side_by_side(job: Callable[[Worker], int], worker: Worker) -> None:
    with ThreadPoolExecutor(THREADS) as threads:
        for done in [threads.submit(job, worker) for _ in range(THREADS)]:
            done.result()
