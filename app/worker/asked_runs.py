"""What coordinators ask for and look on at: taken by one worker, told how far it is, left where nobody wants it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, Generic, NamedTuple, TypeVar

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from app.models import DEAD_AFTER, RUN_LEASE, AskedRun, Heartbeat
from app.transaction import in_transaction
from app.worker.tools import Worker

Run = TypeVar("Run", bound=AskedRun)
# Who looks on wants to see it move; more often would be many small writes.
TOLD_EVERY: Final = timedelta(seconds=1)


class Asked(NamedTuple):
    """What this worker is at: the run, and its pool."""

    run_id: int
    pool_id: int


def claim(worker: Worker, kind: type[Any], session: Session) -> Any:
    """The oldest of a kind that waits, or whose worker has ended or been silent for too long; None without one."""
    now = worker.clock()
    silent = or_(kind.seen_at < now - RUN_LEASE, kind.seen_at > now + RUN_LEASE)
    # one that is at a run asks for no other: whoever has this name had begun it before it was started anew
    gone = and_(kind.seen_at <= now - DEAD_AFTER, kind.claimed_by.not_in(Heartbeat.alive(now)))
    ended = or_(kind.claimed_by == worker.name, gone)
    free = or_(kind.started_at.is_(None), silent, ended)
    waiting = select(kind).where(kind.finished_at.is_(None), free)
    found = session.scalars(
        waiting.order_by(kind.asked_at, kind.id).limit(1).with_for_update(skip_locked=True, of=kind)
    ).one_or_none()
    if found is not None:
        found.started_at = found.seen_at = now
        found.claimed_by = worker.name
    return found


def own(worker: Worker, kind: type[Run], run_id: int, session: Session) -> Run | None:
    """The run, held; None where somebody else has taken it over, or ended it."""
    held = select(kind).where(kind.id == run_id).with_for_update(of=kind)
    run = session.scalar(held)
    return run if run is not None and run.claimed_by == worker.name and run.finished_at is None else None


class Told(Generic[Run]):
    """Writes down how far a run is, not too often; says whether anybody still wants to know."""

    def __init__(self, worker: Worker, kind: type[Run], asked: Asked) -> None:
        self._worker, self._kind, self._asked = worker, kind, asked
        self._last: datetime | None = None

    def __call__(self, note: Callable[[Run], None], *, at_once: bool = False) -> bool:
        """`note` writes it; `at_once` also where something was written a moment ago."""
        now = self._worker.clock()
        if not at_once and self._last is not None and self._last <= now < self._last + TOLD_EVERY:
            return True
        self._last = now
        return in_transaction(self._worker.pool(self._asked.pool_id), partial(self._write, now, note))

    def _write(self, now: datetime, note: Callable[[Run], None], session: Session) -> bool:
        run = own(self._worker, self._kind, self._asked.run_id, session)
        if run is None or run.cancelled_at is not None:
            return False
        run.seen_at = now
        note(run)
        return True
