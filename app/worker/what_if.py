"""Answers to what coordinators ask of the coming weeks, one after the other, while they look on."""

from functools import partial

import structlog
from sqlalchemy.orm import Session

from app.insight import forecast_input
from app.models import Pool, WhatIfRun
from app.transaction import in_transaction
from app.worker.asked_runs import Asked, Told, claim, own
from app.worker.tools import GivenUp, Imagine, Worker
from scheduler.forecast.changes import Changes, Comparison

log = structlog.get_logger()


def answer_what_ifs(worker: Worker) -> int:
    """Answer all questions that wait; gives how many were."""
    if worker.imagine is None:
        return 0
    done = 0
    while (question := in_transaction(worker.every_pool, partial(_claim, worker))) is not None:
        _answer(worker, worker.imagine, question)
        done += 1
    return done


def _claim(worker: Worker, session: Session) -> Asked | None:
    found: WhatIfRun | None = claim(worker, WhatIfRun, session)
    if found is None:
        return None
    found.share_done = 0.0
    return Asked(found.id, found.pool_id)


def _answer(worker: Worker, imagine: Imagine, question: Asked) -> None:
    """Read, close, play, write."""
    begin = worker.pool(question.pool_id)
    found, error = None, None
    told = Told(worker, WhatIfRun, question)
    try:
        with worker.reading(question.pool_id) as session:
            changes = Changes.from_json(session.get_one(WhatIfRun, question.run_id).changes)
            known = forecast_input.read(session, worker.clock(), session.get_one(Pool, question.pool_id))
        found = imagine(known.problem, known.history, changes, lambda share: told(partial(_note, share)))
    except GivenUp:
        log.info("what_if_given_up", run=question.run_id)
    except Exception as problem:
        # one question that cannot be answered must not keep others from their answer
        log.exception("what_if_failed", run=question.run_id, pool=question.pool_id)
        error = type(problem).__name__
    in_transaction(begin, partial(_finish, worker, question, found, error))


def _note(share: float, run: WhatIfRun) -> None:
    run.share_done = share


def _finish(worker: Worker, question: Asked, found: Comparison | None, error: str | None, session: Session) -> None:
    run = own(worker, WhatIfRun, question.run_id, session)
    if run is None:
        return
    run.finished_at = worker.clock()
    run.share_done = 1.0
    run.result = found.to_json() if found and run.cancelled_at is None else None
    run.error = error if run.cancelled_at is None else None
