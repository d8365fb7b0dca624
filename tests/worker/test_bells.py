"""Sweeps that are woken run at once, and once more for what came while they ran."""

import threading

from app.wakeups import Work
from app.worker.bells import on_call
from app.worker.jobs import JOBS, Job
from app.worker.tools import Worker
from tests.soak.waiting import wait_until
from tests.world import World


def test_what_is_woken_runs_at_once_and_again_for_what_comes_meanwhile(world: World) -> None:
    runs: list[int] = []
    under_way, go_on, stop = threading.Event(), threading.Event(), threading.Event()

    def sweep(_worker: Worker) -> int:
        runs.append(1)
        under_way.set()
        go_on.wait(60)
        return 0

    # so seldom that only a wake-up can be the cause
    with on_call(world.worker, (Job(sweep, every=3600, woken_by=Work.PLACE),), stop):
        under_way.wait(60)  # for what was there before anybody listened
        under_way.clear()
        world.appointment("kmr")
        go_on.set()
        wait_until(lambda: len(runs) > 1, "it runs again")


def test_every_kind_of_work_wakes_somebody() -> None:
    assert {job.woken_by for job in JOBS} - {None} == set(Work)


def test_a_sweep_that_fails_is_woken_again(world: World) -> None:
    runs: list[int] = []
    stop = threading.Event()

    def sweep(_worker: Worker) -> int:
        runs.append(1)
        raise RuntimeError("not today")

    with on_call(world.worker, (Job(sweep, every=3600, woken_by=Work.SMS),), stop) as bells:
        wait_until(lambda: len(runs) == 1, "it runs")
        for bell in bells.values():
            bell.set()
        wait_until(lambda: len(runs) == 2, "it runs again")
