"""One table: what runs when. Every job is a sweep over due rows, so a run too many or too few does no harm.

Nothing here holds state: kill the process at any moment, and the next sweep of any worker finds what is due.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import outbox
from app.journey import closing, matching, offering
from app.journey.matching import Snapshot
from app.journey.seeking import request_plan
from app.links import Links
from app.models import SEEKING, Appointment, Channel, Heartbeat, PlanRun, PlanRunStatus, Pool
from app.outbox import Begin, Clock, Transports
from app.transaction import in_own_context, in_transaction
from scheduler.plan import Plan
from scheduler.problem import Problem

log = structlog.get_logger()

Solve = Callable[[Problem], Plan]
PLAN_LEASE = timedelta(minutes=5)
REPLAN_AFTER = timedelta(minutes=10)
RETRY_PLAN_AFTER = timedelta(seconds=25)


@dataclass(frozen=True)
class Worker:
    """What a worker process needs: transactions, a clock, ways out, links, a solver, and its own name."""

    name: str
    app: Flask
    clock: Clock
    transports: Transports
    links: Links
    solve: Solve

    @property
    def every_pool(self) -> Begin:
        """Transactions that see all pools: to find what is due."""
        return in_own_context(self.app, every_pool=True)

    def pool(self, pool_id: int) -> Begin:
        """Transactions bound to one pool: to do it."""
        return in_own_context(self.app, pool_id)


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


def wish_for_plans(worker: Worker) -> int:
    """Plan again, from time to time, where somebody is still sought; and take over runs whose worker died."""
    wished = 0
    with worker.every_pool() as session:
        now = worker.clock()
        stuck = session.scalars(
            select(PlanRun).where(PlanRun.status == PlanRunStatus.RUNNING, PlanRun.lease_until < now).with_for_update()
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


def close_questions(worker: Worker) -> int:
    """End questions that are overdue or undeliverable and ask the next."""
    with worker.every_pool() as session:
        due = {*offering.overdue(session, worker.clock()), *offering.unreachable(session)}
    return _each(worker, sorted(due), offering.close)


def close_appointments(worker: Worker) -> int:
    """End appointments that are over."""
    with worker.every_pool() as session:
        past = closing.past(session, worker.clock())
    return _each(worker, past, closing.close)


def _each(worker: Worker, ids: Sequence[int], step: Callable[[Session, datetime, Links, int], object]) -> int:
    """Take each step in a transaction of its own; one that fails keeps no other from its turn.

    Gives how many went well.
    """
    done = 0
    for one in ids:
        try:
            in_transaction(worker.every_pool, partial(_step, worker, step, one))
        except Exception:
            log.exception("step_failed", step=step.__module__, id=one)
        else:
            done += 1
    return done


def _step(
    worker: Worker, step: Callable[[Session, datetime, Links, int], object], row_id: int, session: Session
) -> None:
    step(session, worker.clock(), worker.links, row_id)


def deliver_texts(worker: Worker) -> int:
    """Send the SMS that are due."""
    return _deliver(worker, Channel.SMS)


def deliver_mails(worker: Worker) -> int:
    """Send the e-mails that are due."""
    return _deliver(worker, Channel.EMAIL)


def _deliver(worker: Worker, channel: Channel) -> int:
    return outbox.deliver_due(worker.every_pool, worker.clock, worker.transports, worker.links, worker.name, channel)


def reconcile(worker: Worker) -> int:
    """Settle messages whose outcome nobody knows."""
    with worker.every_pool() as session:
        outbox.recover(session, worker.clock())
    return outbox.reconcile_due(worker.every_pool, worker.clock, worker.transports, worker.links, worker.name)


def beat(worker: Worker) -> int:
    """Leave a sign of life; gives 0, for it is no work."""
    with worker.every_pool() as session:
        now = worker.clock()
        row = session.get(Heartbeat, worker.name)
        if row is None:
            session.add(Heartbeat(worker=worker.name, started_at=now, seen_at=now))
        else:
            row.seen_at = now
    return 0


@dataclass(frozen=True)
class Job:
    """A sweep and how often it runs (seconds); `threads` may run it side by side."""

    run: Callable[[Worker], int]
    every: float
    threads: int = 1


JOBS = (
    Job(beat, every=5),
    Job(close_questions, every=2),
    Job(wish_for_plans, every=30),
    Job(plan, every=1),
    Job(close_appointments, every=30),
    Job(reconcile, every=2),
    Job(deliver_texts, every=1, threads=2),
    Job(deliver_mails, every=1),
)


def run_once(worker: Worker) -> int:
    """Do everything that is due now, also what comes of it, and give how much was done."""
    total = 0
    while done := sum(job.run(worker) for job in JOBS):
        total += done
    return total


def next_due(worker: Worker, horizon: timedelta) -> datetime | None:
    """When the next waiting message within the horizon is due; None if there is none."""
    with worker.every_pool() as session:
        return outbox.next_due(session, worker.clock() + horizon)


def _claim_plan(worker: Worker) -> tuple[int, int] | None:
    with worker.every_pool() as session:
        now = worker.clock()
        run = session.scalar(
            select(PlanRun)
            .where(PlanRun.status == PlanRunStatus.QUEUED, PlanRun.due_at <= now)
            .order_by(PlanRun.due_at, PlanRun.id)
            .limit(1)
            .with_for_update(skip_locked=True, of=PlanRun)
        )
        if run is None:
            return None
        run.advance(PlanRunStatus.RUNNING)
        run.started_at = now
        run.lease_until = now + PLAN_LEASE
        return run.id, run.pool_id


def _write_plan(worker: Worker, begin: Begin, found: Plan, taken: Snapshot) -> None:
    """One transaction an appointment, so that one which cannot be written keeps no other from its mediators."""
    for appointment_id, planned_round in taken.rounds.items():
        write = partial(_write_one, worker, found, appointment_id, planned_round)
        try:
            in_transaction(begin, write)
        except Exception:
            log.exception("plan_not_written", appointment=appointment_id)


def _write_one(worker: Worker, found: Plan, appointment_id: int, planned_round: int, session: Session) -> None:
    matching.write(session, worker.clock(), worker.links, found, appointment_id, planned_round)


def _finish_plan(worker: Worker, begin: Begin, run_id: int, found: Plan | None, *, error: str | None = None) -> None:
    with begin() as session:
        run = session.execute(select(PlanRun).where(PlanRun.id == run_id).with_for_update()).scalar_one()
        if run.status is not PlanRunStatus.RUNNING:
            return  # the lease ran out and another worker took over
        run.advance(PlanRunStatus.DONE if found else PlanRunStatus.FAILED)
        run.finished_at = worker.clock()
        run.error = error
        run.result = result_of(found) if found else None


def result_of(found: Plan) -> dict[str, object]:
    """What is kept of a plan: its figures, and what stays open with the reasons."""
    written = found.to_json()
    kept = ("status", "coverage", "coverage_bound", "changes", "preference", "preference_bound", "seconds", "seed")
    return {key: written.get(key) for key in kept} | {
        "covered": len(found.assignments),
        "uncovered": written["uncovered"],
    }
