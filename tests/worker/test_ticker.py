"""Sweeps that are woken run at once, and once more for what came while they ran."""

import threading
from dataclasses import replace

import pytest

from app.wakeups import Work, wake
from app.worker import ticker
from app.worker.jobs import JOBS, Job
from app.worker.tools import Worker
from tests.soak.waiting import wait_until
from tests.world import World


def test_what_is_woken_runs_at_once_and_again_for_what_comes_meanwhile(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs: list[int] = []
    under_way, go_on, stop = threading.Event(), threading.Event(), threading.Event()

    def sweep(_worker: Worker) -> int:
        runs.append(1)
        under_way.set()
        go_on.wait(60)
        return 0

    # so seldom that only a wake-up can be the cause
    monkeypatch.setattr(ticker, "JOBS", (Job(sweep, every=3600, woken_by=Work.PLACE),))
    with ticker.on_call(world.worker, ticker.Watch(), stop):
        under_way.wait(60)  # for what was there before anybody listened
        under_way.clear()
        with world.change() as session:
            wake(session, Work.PLACE)
            world.appointment("kmr")
        go_on.set()
        wait_until(lambda: len(runs) > 1, "it runs again")


def test_every_kind_of_work_wakes_somebody() -> None:
    assert {job.woken_by for job in JOBS} - {None} == set(Work)


def test_a_sweep_that_fails_is_woken_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[int] = []
    stop = threading.Event()

    def sweep(_worker: Worker) -> int:
        runs.append(1)
        raise RuntimeError("not today")

    monkeypatch.setattr(ticker, "JOBS", (Job(sweep, every=3600, woken_by=Work.DELIVER),))
    with ticker.on_call(replace(world.worker, name="once"), ticker.Watch(), stop) as bells:
        wait_until(lambda: len(runs) == 1, "it runs")
        for bell in bells.values():
            bell.set()
        wait_until(lambda: len(runs) == 2, "it runs again")
