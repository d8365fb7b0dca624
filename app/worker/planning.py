"""The runs of the optimiser: wished for, claimed, solved between two transactions, written."""

from datetime import datetime, timedelta
from itertools import takewhile

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.journey import matching
from app.journey.locks import BETTERED_AFTER, request_plan
from app.journey.telling import alerts
from app.models import SEEKING, Appointment, Heartbeat, PlanPhase, PlanRun, PlanRunStatus, Pool
from app.tenancy import Begin
from app.worker.tools import Worker
from app.worker.watching import watched
from app.worker.writing import Found, result_of, write_plan

log = structlog.get_logger()

PLAN_LEASE = timedelta(minutes=5)
REPLAN_AFTER = timedelta(minutes=10)
RETRY_PLAN_AFTER = timedelta(seconds=25)
# Where a request has waited for somebody for so long, it goes before plans, unless these have waited for long as well.
AT_ONCE = timedelta(seconds=2)
WAITS_FOR_REQUESTS = timedelta(minutes=2)
# A failure now and then is the next run's business; several in a row are somebody's.
FAILURES_TOLD = 3


def plan(worker: Worker) -> int:
    """Run the plans that are wished for: read, close, solve, audit, write."""
    done = 0
    while (claim := _claim_plan(worker)) is not None:
        run_id, pool_id = claim
        begin = worker.pool(pool_id)
        try:
            with watched(begin, run_id, worker.name) as watch:
                with begin() as session:
                    now = worker.clock()
                    pool = session.execute(select(Pool).where(Pool.id == pool_id)).scalar_one()
                    taken = matching.snapshot(session, now, pool)
                watch.phase = PlanPhase.SEARCHING
                solved = worker.solve(taken.problem, report=watch.report, interrupt=watch.interrupt)
                watch.phase = PlanPhase.WRITING
                found = Found(solved, ended=watch.interrupt.stopped and solved.status != "optimal")
                write_plan(worker, begin, found, taken)
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
            run.put_back()


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
            run.put_back()
        seeking = (
            select(Appointment.pool_id)
            .where(Appointment.status.in_(SEEKING), Appointment.starts_at > now, Appointment.waits_until.is_(None))
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


def _finish_plan(worker: Worker, begin: Begin, run_id: int, found: Found | None, *, error: str | None = None) -> None:
    with begin() as session:
        run = session.execute(select(PlanRun).where(PlanRun.id == run_id).with_for_update()).scalar_one()
        if run.status is not PlanRunStatus.RUNNING:
            return  # the lease ran out and another worker took over
        run.advance(PlanRunStatus.DONE if found else PlanRunStatus.FAILED)
        run.finished_at = worker.clock()
        run.error = error
        run.phase = None
        run.result = result_of(found) if found else None
        if found and found.ended and found.open:
            request_plan(session, run.finished_at, "ended", run.pool_id, after=BETTERED_AFTER)
        if found:
            alerts.settle(session, run.finished_at, run.pool_id, "plan_failed")
        elif _failures_in_a_row(session, run.pool_id) >= FAILURES_TOLD:
            alerts.raise_alert(session, run.finished_at, worker.links, run.pool_id, "plan_failed", "plan_failed")


def _failures_in_a_row(session: Session, pool_id: int) -> int:
    ended = select(PlanRun.status).where(PlanRun.pool_id == pool_id, PlanRun.finished_at.is_not(None))
    last = session.scalars(ended.order_by(PlanRun.finished_at.desc(), PlanRun.id.desc()).limit(FAILURES_TOLD)).all()
    return len(list(takewhile(lambda status: status is PlanRunStatus.FAILED, last)))
