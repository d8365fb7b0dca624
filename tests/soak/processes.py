"""The same work by several processes at once, started together."""

import gc
import multiprocessing
from collections.abc import Callable, Sequence
from multiprocessing.synchronize import Barrier
from typing import Any, TypeVar

from flask import Flask

from app.extensions import db

PATIENCE = 900
Job = TypeVar("Job")
Result = TypeVar("Result")


def side_by_side(
    app: Flask, work: Callable[[Flask, Job, Barrier], Result], jobs: Sequence[Job], patience: float = PATIENCE
) -> list[Result]:
    """Let a forked process do each job; gives the results in the order of the jobs.

    The processes inherit a warm application, but no connection to the database.
    """
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    # or each would copy all of it at its first collection, some of them while they hold the database
    gc.collect()
    gc.freeze()
    context = multiprocessing.get_context("fork")
    barrier, results = context.Barrier(len(jobs)), context.Queue()
    processes = [
        context.Process(target=_do, args=(app, work, number, job, barrier, results)) for number, job in enumerate(jobs)
    ]
    for process in processes:
        process.start()
    gc.unfreeze()
    found = dict(results.get(timeout=patience) for _ in processes)
    for process in processes:
        process.join(patience)
        assert process.exitcode == 0
    return [found[number] for number in range(len(jobs))]


def _do(
    app: Flask, work: Callable[[Flask, Any, Barrier], Any], number: int, job: Any, barrier: Barrier, results: Any
) -> None:
    results.put((number, work(app, job, barrier)))
