"""The worker process: APScheduler as a ticker over the job table; it holds no state."""

import os
import secrets
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import FrameType

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from app.worker.bells import Bells, on_call
from app.worker.jobs import Job, sweep
from app.worker.tools import Worker

log = structlog.get_logger()

# A sweep that has not come round for this long while the clock says otherwise: the wall clock was set back.
STALLED_AFTER = 10.0
# How much a thread that gives way does so, as for nice(1).
NICE = 10


def worker_name() -> str:
    """This process, for leases and heartbeats; never that of one that died, even if it has the same number."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"


class Watch:
    """Remembers on the monotonic clock when each job last ran, because the wall clock may jump."""

    def __init__(self) -> None:
        self._last = time.monotonic()
        self._lock = threading.Lock()

    def touch(self) -> None:
        """A sweep has come round."""
        with self._lock:
            self._last = time.monotonic()

    def stalled(self) -> bool:
        """Whether no sweep has come round for too long."""
        with self._lock:
            return time.monotonic() - self._last > STALLED_AFTER


def run_forever(worker: Worker, jobs: tuple[Job, ...], every_second: Callable[[], None]) -> None:
    """Run the jobs until SIGTERM or SIGINT; what is under way is finished."""
    stop = threading.Event()

    def ask_to_stop(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, ask_to_stop)
    signal.signal(signal.SIGINT, ask_to_stop)
    watch = Watch()
    with on_call(worker, jobs, stop) as bells:
        timetable = _timetable(worker, jobs, watch, bells)
        timetable.start()
        log.info("worker_started", worker=worker.name, jobs=len(jobs))
        every_second()
        while not stop.wait(1.0):
            every_second()
            if watch.stalled():
                # an interval trigger waits for a wall-clock time that was set back into the future
                log.warning("ticker_restarted", worker=worker.name)
                timetable.shutdown(wait=False)
                timetable = _timetable(worker, jobs, watch, bells)
                timetable.start()
                watch.touch()
        timetable.shutdown(wait=True)
    log.info("worker_stopped", worker=worker.name)


def _timetable(worker: Worker, jobs: tuple[Job, ...], watch: Watch, bells: Bells) -> BackgroundScheduler:
    # a thread for each sweep: one that hangs with a provider must not keep the others, heartbeats first, from theirs
    executors = {
        "default": ThreadPoolExecutor(_threads(jobs, gives_way=False)),
        "gives_way": ThreadPoolExecutor(_threads(jobs, gives_way=True), pool_kwargs={"initializer": _step_back}),
    }
    timetable = BackgroundScheduler(executors=executors, timezone="UTC")
    begins = datetime.now(UTC)
    for place, job in enumerate(jobs):
        # out of phase, so that sweeps of one length do not all want the database at once
        first = begins + timedelta(seconds=job.every * (1 + place / len(jobs)))
        for number in range(job.threads):
            timetable.add_job(
                _ticking(job, worker, watch, bells.get((job, number))),
                "interval",
                seconds=job.every,
                id=f"{job.run.__name__}-{number}",
                next_run_time=first,
                executor="gives_way" if job.gives_way else "default",
                max_instances=1,
                coalesce=True,
                misfire_grace_time=None,
            )
    return timetable


def _threads(jobs: tuple[Job, ...], *, gives_way: bool) -> int:
    # an executor has one thread at least
    return max(1, sum(job.threads for job in jobs if job.gives_way is gives_way))


def _step_back() -> None:
    """Let this thread alone wait for the others of the machine; elsewhere than on Linux that is not to be had."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)


def _ticking(job: Job, worker: Worker, watch: Watch, bell: threading.Event | None) -> Callable[[], None]:
    """A sweep, or the bell of a thread that makes it. The watch sees these alone: who is woken says nothing of time."""

    def tick() -> None:
        watch.touch()
        if bell is not None:
            bell.set()
        else:
            sweep(job, worker)

    return tick
