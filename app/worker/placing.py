"""Somebody for what has just been requested or given back, at once: a small plan around it, written and asked.

The plan of the whole pool comes some seconds later (see planning.py) and betters what nobody has been asked about yet.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.journey import matching, queueing
from app.journey.locks import lock_appointment, request_plan
from app.journey.matching import Snapshot
from app.models import SEEKING, Appointment, Pool
from app.transaction import in_transaction
from app.worker.tools import Worker
from scheduler.model.plan import Plan

log = structlog.get_logger()

# Until when nobody else takes up what a worker is at; long enough for a batch, short enough for one that dies.
LEASE = timedelta(seconds=20)
# Of one pool at once: as many as share a small plan without the first waiting for the last.
BATCH = 20
# As far as the clocks of two processes may be apart: what another has just asked for is not of the future.
APART = timedelta(seconds=1)
# A row from further ahead than this was claimed before the clock was set back.
SET_BACK = LEASE + timedelta(minutes=1)


class Claim(NamedTuple):
    """Appointments of one pool that this worker places, and until when nobody else does."""

    pool_id: int
    appointments: tuple[int, ...]
    until: datetime


def place(worker: Worker) -> int:
    """Find and ask people for all appointments that want some at once; gives how many were looked at."""
    done = 0
    while (claim := in_transaction(worker.every_pool, partial(_claim, worker))) is not None:
        try:
            _place(worker, claim)
        except Exception:
            # one pool must not keep the others from theirs; the plan of the whole pool sees to it
            log.exception("not_placed", pool=claim.pool_id, appointments=claim.appointments)
            leave_to_plan(worker, claim, claim.appointments)
        done += len(claim.appointments)
    return done


def _claim(worker: Worker, session: Session) -> Claim | None:
    """The longest waiting appointments of one pool that nobody else is at."""
    now = worker.clock()
    due = (Appointment.place_at <= now + APART) | (Appointment.place_at > now + SET_BACK)
    waiting = select(Appointment).where(due).order_by(Appointment.place_at, Appointment.id)
    first = session.scalar(waiting.limit(1).with_for_update(skip_locked=True, of=Appointment))
    if first is None:
        return None
    beside = waiting.where(Appointment.pool_id == first.pool_id).limit(BATCH)
    found = session.scalars(beside.with_for_update(skip_locked=True, of=Appointment)).all()
    until = now + LEASE
    for one in found:
        one.place_at = until
    return Claim(first.pool_id, tuple(one.id for one in found), until)


def _place(worker: Worker, claim: Claim) -> None:
    begin = worker.pool(claim.pool_id)
    with begin() as session:
        now = worker.clock()
        pool = session.execute(select(Pool).where(Pool.id == claim.pool_id)).scalar_one()
        taken = matching.snapshot_around(session, now, pool, claim.appointments)
    found = worker.solve(taken.problem, alternates_of={str(one) for one in claim.appointments})
    nobody = {int(one.appointment) for one in found.uncovered}
    for appointment_id in claim.appointments:
        write = partial(_write, worker, found, taken, claim.until, appointment_id)
        if appointment_id not in nobody:
            in_transaction(begin, write)
    # others may have to change places for it, or there is nobody: the whole plan knows
    leave_to_plan(worker, claim, sorted(nobody.intersection(claim.appointments)))


def _write(
    worker: Worker, found: Plan, taken: Snapshot, until: datetime, appointment_id: int, session: Session
) -> None:
    now = worker.clock()
    appointment = lock_appointment(session, appointment_id)
    if appointment.place_at != until:
        return  # requested anew meanwhile, or the lease ran out: it is looked at again
    appointment.place_at = None
    if appointment.status in SEEKING and appointment_id in taken.rounds:
        queueing.write(session, now, worker.links, found, appointment_id, taken)


def leave_to_plan(worker: Worker, claim: Claim, appointments: Iterable[int]) -> None:
    """Leave these of what is claimed to a plan of the whole pool, at once."""
    begin = worker.pool(claim.pool_id)
    for appointment_id in appointments:
        in_transaction(begin, partial(_leave_one, worker, claim, appointment_id))


def _leave_one(worker: Worker, claim: Claim, appointment_id: int, session: Session) -> None:
    appointment = lock_appointment(session, appointment_id)
    if appointment.place_at == claim.until:
        appointment.place_at = None
        request_plan(session, worker.clock(), "placing", claim.pool_id)
