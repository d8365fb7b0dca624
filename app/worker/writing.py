"""A plan of a whole pool is written, some appointments at a time, and what it changed is counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import structlog
from sqlalchemy.orm import Session

from app.journey import queueing
from app.journey.locks import lock_appointments
from app.journey.matching import Snapshot
from app.journey.queueing import Planned, Standing
from app.tenancy import Begin
from app.transaction import in_transaction
from app.worker.tools import Worker
from scheduler.model.plan import Plan

log = structlog.get_logger()

# Appointments written by one transaction: their people and those who answer wait for no more than these.
TOGETHER = 8
# On SQLite whoever waits for the one lock looks for it about ten times a second, and finds it free only if it stays so.
LETS_OTHERS_IN = 0.15


@dataclass
class Found:
    """A plan, whether its search was ended by somebody, and at how many appointments it changed what.

    `asked`: somebody is asked now. `rearranged`: somebody else stands in line. `taken_back`: a question was.
    """

    plan: Plan
    ended: bool
    asked: int = 0
    rearranged: int = 0
    taken_back: int = 0

    @property
    def open(self) -> set[int]:
        """The appointments (ids) that lack people in it."""
        return {int(one.appointment) for one in self.plan.uncovered}

    def count(self, before: Standing, after: Standing) -> None:
        """One more appointment is written."""
        asked, taken_back = bool(after.asked - before.asked), bool(before.asked - after.asked)
        self.asked += asked
        self.taken_back += taken_back
        self.rearranged += not asked and bool(before.chosen) and before.chosen != after.chosen


def write_plan(worker: Worker, begin: Begin, found: Found, taken: Snapshot) -> None:
    """Some appointments at a time, or one by one: one that cannot be written keeps no other from its mediators."""
    planned = Planned(found.plan, taken)
    with begin() as session:
        different = queueing.different(session, worker.clock(), found.plan, taken)
    if found.ended:
        # whoever reads "nobody" would stop hoping, though a longer search may find somebody
        different = [one for one in different if one not in found.open]
    for start in range(0, len(different), TOGETHER):
        some = different[start : start + TOGETHER]
        try:
            alone, written = in_transaction(begin, partial(_write, worker, planned, some))
        except Exception:
            log.exception("plan_not_written_together", appointments=some)
            _write_one_by_one(worker, begin, found, planned, some)
        else:
            _count(found, written)
            if alone:
                worker.pause(LETS_OTHERS_IN)


def _write_one_by_one(
    worker: Worker, begin: Begin, found: Found, planned: Planned, appointments: Sequence[int]
) -> None:
    for one in appointments:
        try:
            _alone, written = in_transaction(begin, partial(_write, worker, planned, [one]))
        except Exception:
            log.exception("plan_not_written", appointment=one)
        else:
            _count(found, written)


def _write(
    worker: Worker, planned: Planned, appointments: Sequence[int], session: Session
) -> tuple[bool, list[tuple[Standing, Standing]]]:
    """Gives whether nobody else could write anything meanwhile, and how each appointment stood before and after."""
    held = lock_appointments(session, appointments)
    before = [Standing.of(one) for one in held]
    queueing.write_all(session, worker.clock(), worker.links, [(one, planned) for one in held])
    after = [Standing.of(one) for one in held]
    return session.get_bind().dialect.name == "sqlite", list(zip(before, after, strict=True))


def _count(found: Found, written: Sequence[tuple[Standing, Standing]]) -> None:
    for before, after in written:
        found.count(before, after)


def result_of(found: Found) -> dict[str, object]:
    """What is kept of a plan: its figures, what stays open with the reasons, and what it changed."""
    written = found.plan.to_json()
    kept = ("status", "coverage", "coverage_bound", "changes", "preference", "preference_bound", "seconds", "seed")
    return {key: written.get(key) for key in kept} | {
        "covered": len(found.plan.assignments),
        "uncovered": written["uncovered"],
        **{name: getattr(found, name) for name in ("ended", "asked", "rearranged", "taken_back")},
    }
