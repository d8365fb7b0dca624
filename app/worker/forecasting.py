"""The coming weeks of each pool, forecast every night and soon after its people or rules have changed."""

from datetime import datetime, timedelta
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.insight import forecast_input
from app.models import FORECAST_LEASE, Event, ForecastRun, Heartbeat, Pool
from app.transaction import in_transaction
from app.worker.tools import Worker
from scheduler.forecast.result import Outlook

log = structlog.get_logger()

# The hour of the local night from which on the day's forecast is made.
NIGHT: Final = 3
# Who changes one person or rule often changes more.
CHANGED_AGAIN_AFTER: Final = timedelta(minutes=10)
RETRY_AFTER: Final = timedelta(hours=1)
# What changes who can come, and a past that comes from a table; requests do not, for one more or less hardly changes
# what is to be expected.
CHANGES: Final = frozenset(
    {"mediator_added", "mediator_changed", "mediator_erased", "past_added", "pool_rules_changed"}
)
# So long a forecast is kept, to see later whether it was right; of each day the last.
KEPT: Final = timedelta(days=70)


def forecast(worker: Worker) -> int:
    """Make the forecasts that are due, one after the other; gives how many went well."""
    if worker.foresee is None:
        return 0
    with worker.every_pool() as session:
        pools = session.scalars(select(Pool).order_by(Pool.id)).all()
        due = [pool.id for pool in pools if _is_due(session, worker.clock(), pool)]
    done = 0
    for pool_id in due:
        run_id = in_transaction(worker.pool(pool_id), partial(_claim, worker, pool_id))
        if run_id is not None:
            done += _run(worker, pool_id, run_id)
    return done


def _claim(worker: Worker, pool_id: int, session: Session) -> int | None:
    """Begin a run if one is due and nobody else is at it; held by the pool's row, so that only one begins."""
    held = select(Pool).where(Pool.id == pool_id).with_for_update(skip_locked=True, of=Pool)
    pool = session.scalar(held)
    if pool is None or not _is_due(session, worker.clock(), pool):
        return None
    run = ForecastRun(started_at=worker.clock(), claimed_by=worker.name)
    session.add(run)
    session.flush()
    return run.id


def _is_due(session: Session, now: datetime, pool: Pool) -> bool:
    runs = select(ForecastRun).where(ForecastRun.pool_id == pool.id)
    last = session.scalar(runs.order_by(ForecastRun.started_at.desc(), ForecastRun.id.desc()).limit(1))
    if last is None or last.started_at > now:
        return True
    age = now - last.started_at
    if last.finished_at is None:
        alive = session.scalar(Heartbeat.alive(now).where(Heartbeat.worker == last.claimed_by))
        return alive is None or age > FORECAST_LEASE
    if last.error is not None:
        return age > RETRY_AFTER
    zone = ZoneInfo(pool.timezone)
    night = timedelta(hours=NIGHT)
    if (now.astimezone(zone) - night).date() > (last.started_at.astimezone(zone) - night).date():
        return True
    return age > CHANGED_AGAIN_AFTER and _has_changed(session, pool, last.started_at)


def _has_changed(session: Session, pool: Pool, since: datetime) -> bool:
    found = select(Event.id).where(Event.pool_id == pool.id, Event.at > since, Event.kind.in_(CHANGES)).limit(1)
    return session.scalar(found) is not None


def _run(worker: Worker, pool_id: int, run_id: int) -> bool:
    """Read, close, play, write."""
    begin = worker.pool(pool_id)
    found: Outlook | None = None
    error = None
    try:
        with worker.reading(pool_id) as session:
            pool = session.get_one(Pool, pool_id)
            known = forecast_input.read(session, worker.clock(), pool)
        if worker.foresee is not None:
            found = worker.foresee(known.problem, known.history)
    except Exception as problem:
        # one pool's forecast must not keep the others from theirs
        log.exception("forecast_failed", run=run_id, pool=pool_id)
        error = type(problem).__name__
    in_transaction(begin, partial(_finish, worker, run_id, found, error))
    return error is None


def _thin_out(session: Session, run_id: int) -> None:
    """Of a forecast that stands no more the totals are enough: whether they were right is all that is asked of it."""
    run = session.get_one(ForecastRun, run_id)
    if run.result:
        run.result = run.result | {"outcomes": None}


def _finish(worker: Worker, run_id: int, found: Outlook | None, error: str | None, session: Session) -> None:
    now = worker.clock()
    run = session.get_one(ForecastRun, run_id)
    run.finished_at = now
    run.result = found.to_json() if found else None
    run.error = error
    session.flush()
    older = session.execute(
        select(ForecastRun.id, ForecastRun.started_at, ForecastRun.error)
        .where(ForecastRun.finished_at.is_not(None), ForecastRun.id != run_id)
        .order_by(ForecastRun.started_at.desc())
    ).all()
    days = {run.started_at.date()} if found else set()
    if found and older:
        _thin_out(session, older[0].id)
    for one in older:
        day = one.started_at.date()
        if one.error is not None or day in days or one.started_at < now - KEPT:
            session.execute(delete(ForecastRun).where(ForecastRun.id == one.id))
        days.add(day)
