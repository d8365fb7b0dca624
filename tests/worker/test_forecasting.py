"""The forecasts of all pools: when they are due, what they are made of, what is kept."""

import os
import sys
import tempfile
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from app.insight import forecast_input
from app.journey.history import SERVICE
from app.journey.request import Request
from app.models import (
    FORECAST_LEASE,
    AppointmentStatus,
    ForecastRun,
    Heartbeat,
    Mediator,
    MediatorStatus,
    Pool,
)
from app.registry import past_appointments
from app.registry.past_appointments import PastAppointment
from app.worker import apart
from app.worker.forecasting import CHANGED_AGAIN_AFTER, KEPT, RETRY_AFTER, forecast
from app.worker.tools import Worker
from scheduler.forecast.history import History
from scheduler.forecast.outlook import look_ahead
from scheduler.forecast.result import Outlook
from scheduler.model.problem import Problem
from tests.world import World


def quickly(problem: Problem, history: History) -> Outlook:
    """Ten periods are enough to see whose they are."""
    return look_ahead(problem, history, periods=10)


def fails(_problem: Problem, _history: History) -> Outlook:
    """As if the process were cut off."""
    raise apart.CutOff("killed")


def worker(world: World, **changes: Any) -> Worker:
    """A worker that makes forecasts, at the world's time."""
    return replace(world.worker, **{"foresee": quickly, **changes})


def runs(world: World) -> list[ForecastRun]:
    """All that are kept, oldest first."""
    with world.change() as session:
        found = list(session.scalars(select(ForecastRun).order_by(ForecastRun.id)))
        session.expunge_all()
        return found


def test_a_pool_has_its_forecast_at_once_and_then_every_night(world: World) -> None:
    world.mediator("Amira", "kmr")
    world.appointment("kmr")
    assert forecast(worker(world)) == 1
    assert forecast(worker(world)) == 0
    [run] = runs(world)
    assert run.error is None
    assert run.result is not None
    assert Outlook.from_json(run.result).forecast.total.requests.mean == 1
    world.now += timedelta(hours=19)
    assert forecast(worker(world)) == 0, "02:00 at night, Berlin: the day's forecast comes at three"
    world.now += timedelta(hours=1)
    assert forecast(worker(world)) == 1


def test_who_has_nobody_to_make_it_makes_none(sqlite_world: World) -> None:
    assert forecast(sqlite_world.worker) == 0
    assert runs(sqlite_world) == []


def test_people_and_rules_that_change_make_it_anew_once_things_are_quiet(sqlite_world: World) -> None:
    world = sqlite_world
    forecast(worker(world))
    world.now += timedelta(minutes=1)
    world.mediator("Amira", "kmr")
    assert forecast(worker(world)) == 0
    world.now += CHANGED_AGAIN_AFTER
    assert forecast(worker(world)) == 1
    world.appointment("kmr")
    world.now += CHANGED_AGAIN_AFTER * 2
    assert forecast(worker(world)) == 0, "one more request changes nothing"


def test_a_past_that_comes_from_a_table_makes_it_anew(sqlite_world: World) -> None:
    world = sqlite_world
    forecast(worker(world))
    world.now += timedelta(minutes=1)
    wanted = Request("kmr", world.now - timedelta(days=30), mode="phone")
    past = PastAppointment(world.organisation_id, wanted, "unfilled", world.now - timedelta(days=40))
    with world.change() as session:
        past_appointments.add_all(session, world.now, [past], SERVICE, lambda _: None)
    world.now += CHANGED_AGAIN_AFTER
    assert forecast(worker(world)) == 1
    run = runs(world)[-1]
    assert run.result is not None
    assert Outlook.from_json(run.result).forecast.total.requests.mean > 0


def test_one_worker_makes_it_and_another_takes_over_only_from_the_dead(world: World) -> None:
    with world.change() as session:
        session.add(ForecastRun(started_at=world.now, claimed_by="other:1"))
        session.add(Heartbeat(worker="other:1", started_at=world.now, seen_at=world.now))
    assert forecast(worker(world)) == 0
    world.now += timedelta(minutes=1)
    assert forecast(worker(world)) == 1, "not seen any more"
    with world.change() as session:
        session.add(ForecastRun(started_at=world.now, claimed_by="other:1"))
    for too_long in (False, True):
        world.now += FORECAST_LEASE / 2 + timedelta(seconds=1)
        with world.change() as session:
            session.get_one(Heartbeat, "other:1").seen_at = world.now
        assert forecast(worker(world)) == too_long, "alive, but at it for too long"


def test_a_failure_is_said_and_tried_again_later_and_what_was_known_stays(sqlite_world: World) -> None:
    world = sqlite_world
    forecast(worker(world))
    world.now += timedelta(days=1)
    assert forecast(worker(world, foresee=fails)) == 0
    assert [(run.error, run.result is None) for run in runs(world)] == [(None, False), ("CutOff", True)]
    assert forecast(worker(world)) == 0
    world.now += RETRY_AFTER + timedelta(seconds=1)
    assert forecast(worker(world)) == 1
    assert [run.error for run in runs(world)] == [None, None]


def test_of_each_day_the_last_is_kept_for_some_weeks(sqlite_world: World) -> None:
    world = sqlite_world
    first = world.now
    for _ in range(3):
        forecast(worker(world))
        world.mediator(f"Amira{world.now.hour}", "kmr")
        world.now += timedelta(hours=1)
    assert [run.started_at for run in runs(world)] == [first + timedelta(hours=2)]
    world.now = first + KEPT + timedelta(days=1)
    forecast(worker(world))
    assert [run.started_at for run in runs(world)] == [world.now]


def test_a_clock_set_back_holds_nothing_up(sqlite_world: World) -> None:
    world = sqlite_world
    forecast(worker(world))
    world.now -= timedelta(days=3)
    assert forecast(worker(world)) == 1


def test_pools_do_not_see_one_another(world: World) -> None:
    hagen = World.build(world.app, world.now, key="hagen")
    world.appointment("kmr")
    hagen.appointment("ara")
    hagen.appointment("ara")
    assert forecast(worker(world)) == 2
    [ours], [theirs] = runs(world), runs(hagen)
    assert ours.result is not None
    assert theirs.result is not None
    assert [one.language for one in Outlook.from_json(ours.result).forecast.languages] == ["kmr"]
    assert Outlook.from_json(theirs.result).forecast.total.requests.mean == 2


def test_real_clocks_count_microseconds(world: World) -> None:
    world.now = world.now.replace(microsecond=654_321)
    assert forecast(worker(world)) == 1, "a new pool that nobody has asked anything of"
    amira = world.mediator("Amira", "kmr")
    appointment = world.appointment("kmr", world.now + timedelta(hours=3))
    world.ask(appointment, amira)
    world.accept(appointment, amira)
    world.work(seconds=11)
    world.appointment("tir", world.now + timedelta(days=3))
    world.now += timedelta(days=1, microseconds=1)
    world.work()
    assert forecast(worker(world)) == 1
    run = runs(world)[-1]
    assert run.error is None
    assert run.result is not None
    found = Outlook.from_json(run.result).forecast
    assert found.calibration.requests == 1, "what is over is known with when it was asked for"
    assert found.total.requests.mean >= 1


def known(world: World) -> forecast_input.ForecastInput:
    """What a forecast would be made of now."""
    with world.change() as session:
        return forecast_input.read(session, world.now, session.get_one(Pool, world.pool_id))


def test_the_past_is_read_with_how_it_ended(world: World) -> None:
    world.past("kmr", world.now - timedelta(days=10))
    world.past("ara", world.now - timedelta(days=3), AppointmentStatus.UNFILLED)
    world.cancel(world.appointment("som"))
    history = known(world).history
    assert [(one.wanted.language, one.filled) for one in history.requests] == [("kmr", True), ("ara", False)]
    assert history.since == world.now - timedelta(days=13), "when the first was asked for"


def test_of_a_long_past_the_latest_requests_are_read(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forecast_input, "MOST_PAST", 2)
    held = [world.now - timedelta(days=days) for days in (2, 3, 4, 5)]
    for starts in held:
        world.past("kmr", starts)
    history = known(world).history
    assert history.since == held[2], "so many began after this one"
    assert [one.wanted.starts for one in history.requests] == [held[2], held[1], held[0]]


@pytest.mark.parametrize("status", [MediatorStatus.LEFT, MediatorStatus.PAUSED])
def test_who_has_left_was_there_until_they_were_last_asked(sqlite_world: World, status: MediatorStatus) -> None:
    world = sqlite_world
    world.now -= timedelta(days=30)
    amira = world.mediator("Amira", "kmr")
    appointment = world.appointment("kmr")
    world.ask(appointment, amira)
    asked_at = world.now
    world.now += timedelta(days=30)
    world.past("kmr", world.now - timedelta(days=35))
    world.past("kmr", world.now - timedelta(days=3), AppointmentStatus.UNFILLED)
    with world.change() as session:
        session.get_one(Mediator, amira).status = status
    [person] = known(world).problem.mediators
    assert person.available == ()
    with world.change() as session:
        session.get_one(Mediator, amira).status = MediatorStatus.ACTIVE
    [person] = known(world).problem.mediators
    assert all(end > asked_at for _, end in person.available)
    assert any(start > world.now for start, _ in person.available)


@pytest.mark.processes
def test_it_is_made_in_a_process_of_its_own_and_is_the_same(sqlite_world: World) -> None:
    world = sqlite_world
    world.mediator("Amira", "kmr")
    world.past("kmr", world.now - timedelta(days=10))
    world.appointment("kmr")
    found = known(world)
    assert apart.look_ahead(found.problem, found.history) == look_ahead(found.problem, found.history)


@pytest.mark.processes
def test_what_the_process_complains_of_is_passed_on(sqlite_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    found = known(sqlite_world)
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(apart.CutOff, match="exit code 1"):
        apart.look_ahead(found.problem, found.history)


def test_what_a_killed_process_left_is_taken_away(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    old, young = (tmp_path / f"{apart.PREFIX}{name}" for name in ("old", "young"))
    for folder in (old, young):
        folder.mkdir()
        (folder / "0.json").write_text("{}", encoding="utf-8")
    long_ago = time.time() - 3 * FORECAST_LEASE.total_seconds()
    os.utime(old, (long_ago, long_ago))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(sys, "executable", "/bin/false")
    found = known(sqlite_world)
    with pytest.raises(apart.CutOff):
        apart.look_ahead(found.problem, found.history)
    assert list(tmp_path.iterdir()) == [young]
