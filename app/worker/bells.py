"""Threads that sweep as soon as there is work: each waits for its bell, which whoever hears of work may ring.

The ticker rings the same bells from time to time, so that what nobody heard of is found as well.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from app.wakeups import Work
from app.worker.jobs import Job, sweep
from app.worker.listening import listen
from app.worker.tools import Worker

# a bell for each thread, by job and number
Bells = dict[tuple[Job, int], threading.Event]


@contextmanager
def on_call(worker: Worker, jobs: tuple[Job, ...], stop: threading.Event) -> Iterator[Bells]:
    """Keep the threads of all jobs that may be woken, until the block or `stop` ends them; what they do is finished."""
    bells: Bells = {
        (job, number): threading.Event() for job in jobs if job.woken_by is not None for number in range(job.threads)
    }

    def heard(work: Work) -> None:
        for (job, _), bell in bells.items():
            if job.woken_by is work:
                bell.set()

    threads = [threading.Thread(target=listen, args=(worker.app, heard, stop))]
    for (job, _), bell in bells.items():
        threads.append(threading.Thread(target=_attend, args=(bell, lambda job=job: sweep(job, worker), stop)))
    for thread in threads:
        thread.start()
    try:
        yield bells
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _attend(bell: threading.Event, answer: Callable[[], None], stop: threading.Event) -> None:
    while not stop.is_set():
        if bell.wait(1.0) and not stop.is_set():
            # before the answer: what comes while it runs may be more than it sees
            bell.clear()
            answer()
