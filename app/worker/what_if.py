"""Answers to what coordinators ask of the coming weeks, one after the other, while they look on."""

from datetime import datetime, timedelta
from functools import partial
from typing import Final, NamedTuple

import structlog
from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from app.insight import forecast_input
from app.models import WHAT_IF_LEASE, Heartbeat, Pool, WhatIfRun
from app.models.worker import DEAD_AFTER
from app.transaction import in_transaction
from app.worker.tools import GivenUp, Imagine, Worker
from scheduler.forecast.changes import Changes, Comparison

log = structlog.get_logger()

# Who looks on wants to see it move; more often would be many small writes.
TOLD_EVERY: Final = timedelta(seconds=1)


class Question(NamedTuple):
    """What this worker is at: the run, and its pool."""

    run_id: int
    pool_id: int


def answer_what_ifs(worker: Worker) -> int:
    """Answer all questions that wait; gives how many were."""
    if worker.imagine is None:
        return 0
    done = 0
    while (question := in_transaction(worker.every_pool, partial(_claim, worker))) is not None:
        _answer(worker, worker.imagine, question)
        done += 1
    return done


def _claim(worker: Worker, session: Session) -> Question | None:
    """The oldest that waits, or whose worker has ended or been silent for too long."""
    now = worker.clock()
    silent = or_(WhatIfRun.seen_at < now - WHAT_IF_LEASE, WhatIfRun.seen_at > now + WHAT_IF_LEASE)
    # one that is at a question asks for no other: whoever has this name had begun it before it was started anew
    gone = and_(WhatIfRun.seen_at <= now - DEAD_AFTER, WhatIfRun.claimed_by.not_in(Heartbeat.alive(now)))
    ended = or_(WhatIfRun.claimed_by == worker.name, gone)
    free = or_(WhatIfRun.started_at.is_(None), silent, ended)
    waiting = select(WhatIfRun).where(WhatIfRun.finished_at.is_(None), free)
    found = session.scalars(
        waiting.order_by(WhatIfRun.asked_at, WhatIfRun.id).limit(1).with_for_update(skip_locked=True, of=WhatIfRun)
    ).one_or_none()
    if found is None:
        return None
    found.started_at = found.seen_at = now
    found.claimed_by, found.share_done = worker.name, 0.0
    return Question(found.id, found.pool_id)


def _answer(worker: Worker, imagine: Imagine, question: Question) -> None:
    """Read, close, play, write."""
    begin = worker.pool(question.pool_id)
    found, error = None, None
    told = _Told(worker, question)
    try:
        with begin() as session:
            changes = Changes.from_json(session.get_one(WhatIfRun, question.run_id).changes)
            known = forecast_input.read(session, worker.clock(), session.get_one(Pool, question.pool_id))
        found = imagine(known.problem, known.history, changes, told)
    except GivenUp:
        log.info("what_if_given_up", run=question.run_id)
    except Exception as problem:
        # one question that cannot be answered must not keep others from their answer
        log.exception("what_if_failed", run=question.run_id, pool=question.pool_id)
        error = type(problem).__name__
    in_transaction(begin, partial(_finish, worker, question, found, error))


class _Told:
    """Writes down what share is done, not too often; says whether anybody still wants to know."""

    def __init__(self, worker: Worker, question: Question) -> None:
        self._worker, self._question = worker, question
        self._last: datetime | None = None

    def __call__(self, share: float) -> bool:
        now = self._worker.clock()
        if self._last is not None and self._last <= now < self._last + TOLD_EVERY:
            return True
        self._last = now
        return in_transaction(self._worker.pool(self._question.pool_id), partial(self._write, now, share))

    def _write(self, now: datetime, share: float, session: Session) -> bool:
        run = _own(self._worker, self._question, session)
        if run is None or run.cancelled_at is not None:
            return False
        run.seen_at, run.share_done = now, share
        return True


def _own(worker: Worker, question: Question, session: Session) -> WhatIfRun | None:
    """The run, held; None where somebody else has taken it over, or ended it."""
    held = select(WhatIfRun).where(WhatIfRun.id == question.run_id).with_for_update(of=WhatIfRun)
    run = session.scalar(held)
    return run if run is not None and run.claimed_by == worker.name and run.finished_at is None else None


def _finish(worker: Worker, question: Question, found: Comparison | None, error: str | None, session: Session) -> None:
    run = _own(worker, question, session)
    if run is None:
        return
    run.finished_at = worker.clock()
    run.share_done = 1.0
    run.result = found.to_json() if found and run.cancelled_at is None else None
    run.error = error if run.cancelled_at is None else None
