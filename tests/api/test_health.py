"""/healthz, /readyz and /metrics, for whoever watches the service."""

from dataclasses import replace
from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from app.models import Heartbeat
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
