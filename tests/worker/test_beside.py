"""The process beside a worker: started anew if it ends, gone when the worker is, however that comes."""

import os
import signal
import subprocess
import sys

import pytest
from sqlalchemy import select

from app.models import PlanRun, PlanRunStatus
from app.worker import beside, planning
from tests.soak.waiting import wait_until
from tests.world import World

CHILD = (
    "from app.worker.beside import end_with_parent as e; import signal; e(); print('up', flush=True); signal.pause()"
)
PARENT = f"""
import subprocess, sys, signal
child = subprocess.Popen([sys.executable, "-c", {CHILD!r}], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
child.stdout.readline()
print(child.pid, flush=True)
signal.pause()
"""


def lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.processes
def test_it_ends_when_its_worker_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], cwd=beside.ROOT, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert lives(child)
        parent.send_signal(signal.SIGKILL)
    wait_until(lambda: not lives(child), "it is gone", every=0.05)


@pytest.mark.processes
def test_it_is_started_anew_if_it_ends_and_ends_with_the_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside, "AGAIN_AFTER", 0.0)
    process = beside.Beside([sys.executable, "-c", "import signal; signal.pause()"])
    process.keep()
    first = process.pid
    process.keep()
    assert process.pid == first, "it is alive"
    os.kill(first, signal.SIGKILL)

    def another() -> bool:
        process.keep()
        return process.pid != first

    wait_until(another, "another has taken its place", every=0.05)
    second = process.pid
    process.end()
    assert not lives(second)


def test_what_a_planner_that_died_had_begun_is_taken_up_again(world: World) -> None:
    with world.change() as session:
        claims = {"mine": world.worker.name, "another's": "host:7:else"}
        runs = {
            key: PlanRun(
                trigger=key, requested_at=world.now, due_at=world.now, status=PlanRunStatus.RUNNING, claimed_by=name
            )
            for key, name in claims.items()
        }
        session.add_all(runs.values())
    planning.take_up_again(world.worker)
    with world.change() as session:
        found = session.execute(select(PlanRun.trigger, PlanRun.status).where(PlanRun.trigger.in_(runs))).all()
    assert set(found) == {("mine", PlanRunStatus.QUEUED), ("another's", PlanRunStatus.RUNNING)}
