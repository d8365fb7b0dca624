"""The worker process: APScheduler as a ticker over the job table; it holds no state."""

import os
import secrets
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import FrameType

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from app.wakeups import Work
from app.worker.jobs import JOBS, Job, beat
from app.worker.listening import listen
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


def run_forever(worker: Worker) -> None:
    """Tick until SIGTERM or SIGINT; what is under way is finished."""
    stop = threading.Event()

    def ask_to_stop(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, ask_to_stop)
    signal.signal(signal.SIGINT, ask_to_stop)
    watch = Watch()
    # first of all, because the other sweeps read from it what the ways out can do
    _sweep(Job(beat, every=0), worker, watch)()
    with on_call(worker, watch, stop) as bells:
        timetable = _timetable(worker, watch, bells)
        timetable.start()
        log.info("worker_started", worker=worker.name)
        while not stop.wait(1.0):
            if watch.stalled():
                # an interval trigger waits for a wall-clock time that was set back into the future
                log.warning("ticker_restarted", worker=worker.name)
                timetable.shutdown(wait=False)
                timetable = _timetable(worker, watch, bells)
                timetable.start()
                watch.touch()
        timetable.shutdown(wait=True)
    log.info("worker_stopped", worker=worker.name)


# a bell for each thread that somebody may wake, by the sweep it makes
Bells = dict[str, threading.Event]


@contextmanager
def on_call(worker: Worker, watch: Watch, stop: threading.Event) -> Iterator[Bells]:
    """Threads that sweep whenever their bell rings, and one that rings it as soon as work is heard of."""
    bells: Bells = {}
    threads: list[threading.Thread] = []
    callers: dict[Work, list[threading.Event]] = {work: [] for work in Work}
    for job in JOBS:
        if job.woken_by is None:
            continue
        for number in range(job.threads):
            bell = bells[_id(job, number)] = threading.Event()
            callers[job.woken_by].append(bell)
            threads.append(threading.Thread(target=_attend, args=(bell, _sweep(job, worker, watch), stop)))

    def heard(work: Work) -> None:
        for bell in callers[work]:
            bell.set()

    threads.append(threading.Thread(target=listen, args=(worker.app, heard, stop)))
    for thread in threads:
        thread.start()
    try:
        yield bells
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _attend(bell: threading.Event, sweep: Callable[[], None], stop: threading.Event) -> None:
    while not stop.is_set():
        if bell.wait(1.0) and not stop.is_set():
            # before the sweep: what comes while it runs may be more than it sees
            bell.clear()
            sweep()


def _id(job: Job, number: int) -> str:
    return f"{job.run.__name__}-{number}"


def _timetable(worker: Worker, watch: Watch, bells: Bells) -> BackgroundScheduler:
    # a thread for each sweep: one that hangs with a provider must not keep the others, heartbeats first, from theirs
    executors = {
        "default": ThreadPoolExecutor(_threads(gives_way=False)),
        "gives_way": ThreadPoolExecutor(_threads(gives_way=True), pool_kwargs={"initializer": _step_back}),
    }
    timetable = BackgroundScheduler(executors=executors, timezone="UTC")
    begins = datetime.now(UTC)
    for place, job in enumerate(JOBS):
        # out of phase, so that sweeps of one length do not all want the database at once
        first = begins + timedelta(seconds=job.every * (1 + place / len(JOBS)))
        for number in range(job.threads):
            bell = bells.get(_id(job, number))
            timetable.add_job(
                bell.set if bell else _sweep(job, worker, watch),
                "interval",
                seconds=job.every,
                id=_id(job, number),
                next_run_time=first,
                executor="gives_way" if job.gives_way else "default",
                max_instances=1,
                coalesce=True,
                misfire_grace_time=None,
            )
    return timetable


def _threads(*, gives_way: bool) -> int:
    return sum(job.threads for job in JOBS if job.gives_way is gives_way)


def _step_back() -> None:
    """Let this thread alone wait for the others of the machine; elsewhere than on Linux that is not to be had."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)


def _sweep(job: Job, worker: Worker, watch: Watch) -> Callable[[], None]:
    def sweep() -> None:
        watch.touch()
        try:
            job.run(worker)
        except Exception:
            # a database that is away for a minute must not end the ticker; the next sweep finds the same rows
            log.exception("job_failed", job=job.run.__name__)

    return sweep
