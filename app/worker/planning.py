"""The runs of the optimiser: wished for, claimed, solved between two transactions, written."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import takewhile

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.journey import matching, queueing
from app.journey.locks import lock_appointments, request_plan
from app.journey.matching import Snapshot
from app.journey.queueing import Planned
from app.journey.telling import alerts
from app.models import SEEKING, Appointment, Heartbeat, PlanRun, PlanRunStatus, Pool
from app.tenancy import Begin
from app.transaction import in_transaction
from app.worker.tools import Worker
from scheduler.model.plan import Plan

log = structlog.get_logger()

PLAN_LEASE = timedelta(minutes=5)
REPLAN_AFTER = timedelta(minutes=10)
RETRY_PLAN_AFTER = timedelta(seconds=25)
# Appointments written by one transaction: their people and those who answer wait for no more than these.
TOGETHER = 8
# Where a request has waited for somebody for so long, it goes before plans, unless these have waited for long as well.
AT_ONCE = timedelta(seconds=2)
WAITS_FOR_REQUESTS = timedelta(minutes=2)
# On SQLite whoever waits for the one lock looks for it about ten times a second, and finds it free only if it stays so.
LETS_OTHERS_IN = 0.15
# A failure now and then is the next run's business; several in a row are somebody's.
FAILURES_TOLD = 3


def plan(worker: Worker) -> int:
    """Run the plans that are wished for: read, close, solve, audit, write."""
    done = 0
    while (claim := _claim_plan(worker)) is not None:
        run_id, pool_id = claim
        begin = worker.pool(pool_id)
        try:
            with begin() as session:
                now = worker.clock()
                pool = session.execute(select(Pool).where(Pool.id == pool_id)).scalar_one()
                taken = matching.snapshot(session, now, pool)
            found = worker.solve(taken.problem)
            _write_plan(worker, begin, found, taken)
        except Exception as error:
            # one pool's plan must not keep the others from theirs; the next sweep wishes for it again
            log.exception("plan_failed", run=run_id, pool=pool_id)
            _finish_plan(worker, begin, run_id, None, error=type(error).__name__)
        else:
            _finish_plan(worker, begin, run_id, found)
        done += 1
    return done


def take_up_again(worker: Worker) -> None:
    """Put back what was begun under this worker's name, by a process that is no more."""
    with worker.every_pool() as session:
        begun = select(PlanRun).where(PlanRun.status == PlanRunStatus.RUNNING, PlanRun.claimed_by == worker.name)
        for run in session.scalars(begun.with_for_update(skip_locked=True)):
            run.advance(PlanRunStatus.QUEUED)


def wish_for_plans(worker: Worker) -> int:
    """Plan again, from time to time, where somebody is still sought; and take over runs whose worker died."""
    wished = 0
    with worker.every_pool() as session:
        now = worker.clock()
        dead = PlanRun.claimed_by.not_in(Heartbeat.alive(now))
        stuck = session.scalars(
            select(PlanRun)
            .where(PlanRun.status == PlanRunStatus.RUNNING, (PlanRun.lease_until < now) | dead)
            .with_for_update(skip_locked=True)
        )
        for run in stuck:
            run.advance(PlanRunStatus.QUEUED)
        seeking = (
            select(Appointment.pool_id)
            .where(Appointment.status.in_(SEEKING), Appointment.starts_at > now)
            .group_by(Appointment.pool_id)
        )
        # a run that failed helped nobody, so the next is wished for much sooner
        recent = select(PlanRun.pool_id).where(
            ((PlanRun.requested_at > now - REPLAN_AFTER) & (PlanRun.status != PlanRunStatus.FAILED))
            | (PlanRun.requested_at > now - RETRY_PLAN_AFTER)
        )
        for pool_id in session.scalars(seeking.where(Appointment.pool_id.not_in(recent))).all():
            request_plan(session, now, "sweep", pool_id)
            wished += 1
    return wished


def _claim_plan(worker: Worker) -> tuple[int, int] | None:
    with worker.every_pool() as session:
        now = worker.clock()
        if _planning_here(session, now, worker) >= worker.planners:
            return None
        due_since = now - WAITS_FOR_REQUESTS if _requests_wait(session, now) else now
        run = session.scalar(
            select(PlanRun)
            .where(PlanRun.status == PlanRunStatus.QUEUED, PlanRun.due_at <= due_since)
            .order_by(PlanRun.due_at, PlanRun.id)
            .limit(1)
            .with_for_update(skip_locked=True, of=PlanRun)
        )
        if run is None:
            return None
        run.advance(PlanRunStatus.RUNNING)
        run.started_at = now
        run.lease_until = now + PLAN_LEASE
        run.claimed_by = worker.name
        return run.id, run.pool_id


def _requests_wait(session: Session, now: datetime) -> bool:
    """Whether so much is requested that some of it is not placed at once: then a plan would only take its processor."""
    waiting = select(Appointment.id).where(Appointment.place_at < now - AT_ONCE)
    return session.scalar(waiting.limit(1)) is not None


def _planning_here(session: Session, now: datetime, worker: Worker) -> int:
    """How many other workers of this host are at it."""
    here = PlanRun.claimed_by.startswith(f"{worker.host}:", autoescape=True) & (PlanRun.claimed_by != worker.name)
    busy = (PlanRun.status == PlanRunStatus.RUNNING) & (PlanRun.lease_until > now)
    running = select(func.count()).select_from(PlanRun).where(busy, here, PlanRun.claimed_by.in_(Heartbeat.alive(now)))
    return session.scalar(running) or 0


def _write_plan(worker: Worker, begin: Begin, found: Plan, taken: Snapshot) -> None:
    """Some appointments at a time, or one by one: one that cannot be written keeps no other from its mediators."""
    planned = Planned(found, taken)
    with begin() as session:
        different = queueing.different(session, worker.clock(), found, taken)
    for start in range(0, len(different), TOGETHER):
        some = different[start : start + TOGETHER]
        try:
            alone = in_transaction(begin, partial(_write, worker, planned, some))
        except Exception:
            log.exception("plan_not_written_together", appointments=some)
            _write_one_by_one(worker, begin, planned, some)
        else:
            if alone:
                worker.pause(LETS_OTHERS_IN)


def _write_one_by_one(worker: Worker, begin: Begin, planned: Planned, appointments: Sequence[int]) -> None:
    for one in appointments:
        try:
            in_transaction(begin, partial(_write, worker, planned, [one]))
        except Exception:
            log.exception("plan_not_written", appointment=one)


def _write(worker: Worker, planned: Planned, appointments: Sequence[int], session: Session) -> bool:
    """Gives whether nobody else could write anything meanwhile."""
    held = lock_appointments(session, appointments)
    queueing.write_all(session, worker.clock(), worker.links, [(one, planned) for one in held])
    return session.get_bind().dialect.name == "sqlite"


def _finish_plan(worker: Worker, begin: Begin, run_id: int, found: Plan | None, *, error: str | None = None) -> None:
    with begin() as session:
        run = session.execute(select(PlanRun).where(PlanRun.id == run_id).with_for_update()).scalar_one()
        if run.status is not PlanRunStatus.RUNNING:
            return  # the lease ran out and another worker took over
        run.advance(PlanRunStatus.DONE if found else PlanRunStatus.FAILED)
        run.finished_at = worker.clock()
        run.error = error
        run.result = result_of(found) if found else None
        if found:
            alerts.settle(session, run.finished_at, run.pool_id, "plan_failed")
        elif _failures_in_a_row(session, run.pool_id) >= FAILURES_TOLD:
            alerts.raise_alert(session, run.finished_at, worker.links, run.pool_id, "plan_failed", "plan_failed")


def _failures_in_a_row(session: Session, pool_id: int) -> int:
    ended = select(PlanRun.status).where(PlanRun.pool_id == pool_id, PlanRun.finished_at.is_not(None))
    last = session.scalars(ended.order_by(PlanRun.finished_at.desc(), PlanRun.id.desc()).limit(FAILURES_TOLD)).all()
    return len(list(takewhile(lambda status: status is PlanRunStatus.FAILED, last)))


def result_of(found: Plan) -> dict[str, object]:
    """What is kept of a plan: its figures, and what stays open with the reasons."""
    written = found.to_json()
    kept = ("status", "coverage", "coverage_bound", "changes", "preference", "preference_bound", "seconds", "seed")
    return {key: written.get(key) for key in kept} | {
        "covered": len(found.assignments),
        "uncovered": written["uncovered"],
    }
