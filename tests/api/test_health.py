"""/healthz, /readyz and /metrics, for whoever watches the service."""

from dataclasses import replace
from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from app.models import Heartbeat, Message, MessageStatus
from app.worker import jobs
from tests.conftest import application
from tests.world import World


def test_the_process_is_alive_without_a_database(sqlite_app: Flask) -> None:
    assert sqlite_app.test_client().get("/healthz").status_code == 200


def test_the_service_is_ready_once_a_worker_was_seen_and_not_for_long(world: World) -> None:
    browser = world.app.test_client()
    without = browser.get("/readyz")
    assert without.status_code == 503
    assert without.json == {
        "status": "not ready",
        "checks": {"database": True, "migrations": True, "worker": False},
        "workers_seen_seconds_ago": [],
    }

    jobs.beat(world.worker)
    ready = browser.get("/readyz")
    assert ready.status_code == 200
    assert ready.json == {
        "status": "ready",
        "checks": {"database": True, "migrations": True, "worker": True},
        "workers_seen_seconds_ago": [0.0],
    }

    world.now += timedelta(seconds=61)
    assert browser.get("/readyz").status_code == 503


def test_a_database_without_tables_is_not_ready() -> None:
    with application("sqlite://") as empty:
        answer = empty.test_client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json is not None
    assert answer.json["checks"]["migrations"] is False


def test_figures_count_and_name_nobody(world: World) -> None:
    world.mediator("Amira", "kmr", phone="+4915112345678")
    world.appointment("kmr")
    world.work()
    text = world.app.test_client().get("/metrics").text
    assert 'pool_messages{status="sent"} 1.0' in text
    assert 'pool_offers{status="sent"} 1.0' in text
    assert 'pool_appointments{status="offering"} 1.0' in text
    assert "Amira" not in text
    assert "12345678" not in text


def test_workers_that_are_long_gone_are_forgotten(sqlite_world: World) -> None:
    world = sqlite_world
    for name in ("host:1:a", "host:1:b"):
        jobs.beat(replace(world.worker, name=name))
        world.now += timedelta(days=2)
    with world.change() as session:
        assert session.scalars(select(Heartbeat.worker)).all() == ["host:1:b"]


def test_figures_are_of_the_last_day_and_of_all_that_is_still_open(world: World) -> None:
    def counted() -> dict[str, float]:
        text = world.app.test_client().get("/metrics").text
        lines = [line.rsplit(" ", 1) for line in text.splitlines() if line.startswith("pool_") and "{status=" in line]
        return {name: float(number) for name, number in lines}

    amira, appointment = world.mediator("Amira", "kmr"), world.appointment("kmr")
    world.work()
    world.accept(appointment, amira)
    world.work(seconds=20)
    today = counted()
    assert today['pool_offers{status="accepted"}'] == 1
    assert today['pool_messages{status="sent"}'] > 0
    assert today['pool_plan_runs{status="done"}'] > 0

    # whoever requested it is asked how it was
    world.work(days=2)
    world.work(days=2)
    open_still = world.appointment("som")
    later = counted()
    assert 'pool_offers{status="accepted"}' not in later
    assert 'pool_messages{status="sent"}' not in later
    assert 'pool_plan_runs{status="done"}' not in later
    assert {name for name in later if name.startswith("pool_appointments")} == {'pool_appointments{status="open"}'}
    world.now += timedelta(days=30)
    assert counted()['pool_appointments{status="open"}'] == 1
    assert world.status(open_still) == "open"


def test_delays_are_counted_up_to_each_limit(world: World) -> None:
    world.mediator("Amira", "kmr")
    world.appointment("kmr")
    world.work()
    with world.change() as session:
        [message] = session.scalars(select(Message)).all()
        message.sent_at = message.due_at + timedelta(seconds=7)
        message.finished_at = message.due_at + timedelta(seconds=52)
        message.status = MessageStatus.DELIVERED
    world.now += timedelta(minutes=1)
    text = world.app.test_client().get("/metrics").text
    assert 'pool_handover_seconds_bucket{le="5.0"} 0.0' in text
    assert 'pool_handover_seconds_bucket{le="10.0"} 1.0' in text
    assert "pool_handover_seconds_sum 7.0" in text
    assert 'pool_delivery_seconds_bucket{le="30.0"} 0.0' in text
    assert 'pool_delivery_seconds_bucket{le="60.0"} 1.0' in text
    assert "pool_delivery_seconds_count 1.0" in text
    world.now += timedelta(hours=1)
    assert "pool_handover_seconds_count 0.0" in world.app.test_client().get("/metrics").text
