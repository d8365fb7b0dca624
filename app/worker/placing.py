"""Somebody for what has just been requested or given back, at once: a small plan around it, written and asked.

The plan of the whole pool comes a minute later (see planning.py) and betters what nobody has been asked about yet.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.journey import matching, queueing
from app.journey.locks import lock_appointment, lock_appointments, request_plan
from app.journey.queueing import Planned
from app.models import Appointment
from app.transaction import in_transaction
from app.worker.tools import Worker
from scheduler.model.plan import Plan
from scheduler.model.problem import Problem

log = structlog.get_logger()

# Until when nobody else takes up what a worker is at; long enough for a batch, short enough for one that dies.
LEASE = timedelta(seconds=20)
# At once: as many as are read and written together without the first waiting for the last.
BATCH = 12
# As far as the clocks of two processes may be apart: what another has just asked for is not of the future.
APART = timedelta(seconds=1)
# A row from further ahead than this was claimed before the clock was set back.
SET_BACK = LEASE + timedelta(minutes=1)


@dataclass(frozen=True)
class Claim:
    """Appointments that this worker places, by pool (ids), and until when nobody else does."""

    sought: Mapping[int, tuple[int, ...]]
    until: datetime

    @property
    def appointments(self) -> list[int]:
        """Those of all pools."""
        return [one for several in self.sought.values() for one in several]

    def parts(self) -> list["Claim"]:
        """The same one by one, first by pool; none where it is about one appointment alone."""
        if len(self.sought) > 1:
            return [Claim({pool: several}, self.until) for pool, several in self.sought.items()]
        each = [(pool, one) for pool, several in self.sought.items() for one in several]
        return [Claim({pool: (one,)}, self.until) for pool, one in each] if len(each) > 1 else []


def place(worker: Worker) -> int:
    """Find and ask people for all appointments that want some at once; gives how many were looked at."""
    done = 0
    while (claim := in_transaction(worker.every_pool, partial(_claim, worker))).sought:
        _place(worker, claim)
        done += len(claim.appointments)
    return done


def _claim(worker: Worker, session: Session) -> Claim:
    """The longest waiting appointments that nobody else is at."""
    now = worker.clock()
    due = (Appointment.place_at <= now + APART) | (Appointment.place_at > now + SET_BACK)
    waiting = select(Appointment.id, Appointment.pool_id).where(due).order_by(Appointment.place_at, Appointment.id)
    found = session.execute(waiting.limit(BATCH).with_for_update(skip_locked=True, of=Appointment)).all()
    until = now + LEASE
    if found:
        session.execute(
            update(Appointment).where(Appointment.id.in_([number for number, _ in found])).values(place_at=until)
        )
    sought = defaultdict[int, tuple[int, ...]](tuple)
    for number, pool_id in found:
        sought[pool_id] += (number,)
    return Claim(sought, until)


def _place(worker: Worker, claim: Claim) -> None:
    """Together; if that fails, in parts, so that neither a pool nor an appointment keeps others from their people."""
    try:
        _place_together(worker, claim)
    except Exception as error:
        log.warning("not_placed_together", appointments=claim.appointments, error=type(error).__name__)
        if not claim.parts():
            # the plan of the whole pool sees to it
            log.exception("not_placed", pools=[*claim.sought], appointments=claim.appointments)
            leave_to_plan(worker, claim, claim.appointments)
        for part in claim.parts():
            _place(worker, part)


def _place_together(worker: Worker, claim: Claim) -> None:
    with worker.every_pool() as session:
        taken = matching.snapshots_around(session, worker.clock(), claim.sought)
    planned: dict[int, Planned] = {}
    nobody: set[int] = set()
    for pool_id, appointments in claim.sought.items():
        own = {str(one) for one in appointments}
        found = _solve(worker, taken[pool_id].problem, own)
        planned |= dict.fromkeys(appointments, Planned(found, taken[pool_id]))
        nobody |= {int(one.appointment) for one in found.uncovered if one.appointment in own}
    written = {number: one for number, one in planned.items() if number not in nobody}
    if written:
        in_transaction(worker.every_pool, partial(_write, worker, written, claim.until))
    # others may have to change places for it, or there is nobody: the whole plan knows
    leave_to_plan(worker, claim, sorted(nobody))


def _solve(worker: Worker, problem: Problem, wanted: Collection[str]) -> Plan:
    """A plan in one go, which costs half; a search only where that leaves something open and more may be possible.

    Where all have somebody nobody scarce is taken from anyone, and what it costs the plan of the whole pool betters.
    """
    found = worker.solve(problem, seconds=0, alternates_of=wanted)
    if found.uncovered and found.status != "optimal":
        return worker.solve(problem, alternates_of=wanted)
    return found


def _write(worker: Worker, planned: Mapping[int, Planned], until: datetime, session: Session) -> None:
    # requested anew meanwhile, or the lease ran out: it is looked at again
    own = [one for one in lock_appointments(session, planned) if one.place_at == until]
    for one in own:
        one.place_at = None
    queueing.write_all(session, worker.clock(), worker.links, [(one, planned[one.id]) for one in own])


def leave_to_plan(worker: Worker, claim: Claim, appointments: Iterable[int]) -> None:
    """Leave these of what is claimed to a plan of the whole pool, at once."""
    for appointment_id in appointments:
        in_transaction(worker.every_pool, partial(_leave_one, worker, claim, appointment_id))


def _leave_one(worker: Worker, claim: Claim, appointment_id: int, session: Session) -> None:
    appointment = lock_appointment(session, appointment_id)
    if appointment.place_at == claim.until:
        appointment.place_at = None
        request_plan(session, worker.clock(), "placing", appointment.pool_id)
