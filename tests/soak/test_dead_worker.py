"""One of three workers dies with messages and a plan in hand: the others do its work."""

import time
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app import outbox
from app.clock import utc_now
from app.models import Channel, Heartbeat, Message, MessageStatus, PlanRun, PlanRunStatus
from tests import postgres
from tests.conftest import migrated
from tests.fake_twilio import FakeTwilio
from tests.soak.conftest import Figures
from tests.soak.recording import reference_of
from tests.soak.scale import SOAK
from tests.soak.service import TOKEN, Service
from tests.soak.town import number_of, opened
from tests.soak.waiting import wait_until
from tests.world import World

MESSAGES = 20
# seconds
TAKEN_OVER_WITHIN = 30.0
DONE = (MessageStatus.SENT, MessageStatus.DELIVERED)


@pytest.mark.soak
@pytest.mark.processes
@pytest.mark.postgres
def test_what_a_dead_worker_had_in_hand_is_done_by_the_others(tmp_path: Path, figures: Figures) -> None:
    with postgres.Cluster() as cluster:
        address = f"{cluster.address}/postgres"
        migrated(address)
        with opened(address) as world, FakeTwilio(auth_token=TOKEN) as twilio:
            with Service(address, tmp_path, twilio.url) as service:
                wait_until(lambda: _alive(world) == 3, "three workers are alive")
                # the first to send wait for an answer that never comes
                twilio.fault("timeout_before", 2)
                _queue(world)
                wait_until(lambda: bool(_in_hand(world)), "somebody is sending", every=0.1)
                victim, held = _victim(world)
                plan = _running_plan(world, victim)
                [part] = [one for one in service.workers if f":{one.pid}:" in f"{victim}:"]
                part.kill()
                died = time.monotonic()
                wait_until(lambda: _is_done(world, held, plan), "the others have done it", every=0.1)
                taken_over = time.monotonic() - died
            sent = [reference_of(message) for message in twilio.messages]

    figures("messages in hand", len(held))
    figures("seconds until all was done", round(taken_over, 1))
    assert all(sent.count(number) == 1 for number in held)
    if SOAK:
        assert taken_over < TAKEN_OVER_WITHIN


def _queue(world: World) -> None:
    now = utc_now()
    with world.change() as session:
        for number in range(MESSAGES):
            message = Message(
                channel=Channel.SMS,
                kind="test",
                dedupe_key=f"test:{number}",
                recipient=number_of(number),
                body=f"Nachricht {number}",
                created_at=now,
                due_at=now,
            )
            outbox.put(session, message)


def _alive(world: World) -> int:
    with world.change() as session:
        return session.scalar(select(func.count()).select_from(Heartbeat)) or 0


def _in_hand(world: World) -> list[Message]:
    return world.messages(status=MessageStatus.SENDING)


def _victim(world: World) -> tuple[str, list[int]]:
    """The worker that waits for the provider longest, and what it holds."""
    wait_until(lambda: len(world.messages(kind="test", status=MessageStatus.QUEUED)) == 0, "the rest is sent")
    held = _in_hand(world)
    victim = held[0].claimed_by or ""
    return victim, [message.id for message in held if message.claimed_by == victim]


def _running_plan(world: World, worker: str) -> int:
    """A plan that this worker is in the middle of: as it stands in the database, since a real one is over too soon."""
    now = utc_now()
    with world.change() as session:
        run = PlanRun(
            pool_id=world.pool_id,
            trigger="test",
            status=PlanRunStatus.RUNNING,
            requested_at=now,
            due_at=now,
            started_at=now,
            lease_until=now + timedelta(minutes=5),
            claimed_by=worker,
        )
        session.add(run)
        session.flush()
        return run.id


def _is_done(world: World, held: list[int], plan: int) -> bool:
    with world.change() as session:
        run = session.execute(select(PlanRun).where(PlanRun.id == plan)).scalar_one()
        waiting = select(Message.id).where(Message.id.in_(held), Message.status.not_in(DONE))
        return run.status is PlanRunStatus.DONE and session.scalar(waiting.limit(1)) is None
