"""What a plan that takes longer than a second leaves for whoever looks on, and how they end its search.

A thread beside the search writes once a second where it stands; the search itself only notes it, so that no plan is
another because somebody looks on.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import structlog
from sqlalchemy import select

from app.models import PlanPhase, PlanRun, PlanRunStatus
from app.tenancy import Begin
from scheduler.search.exact_model import Interrupt
from scheduler.search.portfolio import Progress

log = structlog.get_logger()

# Seconds between two looks; a plan that is ready before the first costs nothing.
EVERY: Final = 1.0


class Watch:
    """Where one run stands."""

    def __init__(self, begin: Begin, run_id: int, worker: str) -> None:
        self._begin, self._run_id, self._worker = begin, run_id, worker
        self._found: Progress | None = None
        self.phase = PlanPhase.READING
        self.interrupt = Interrupt()

    def report(self, progress: Progress) -> None:
        """Note how far the search is."""
        self._found = progress

    def look(self) -> None:
        """Write where it stands, and end the search if that is wished for.

        It is not ended before there is a whole plan: a part of one would call appointments unfilled that are not.
        """
        phase, found = self.phase, self._found
        with self._begin() as session:
            own = (PlanRun.id == self._run_id, PlanRun.claimed_by == self._worker)
            running = select(PlanRun).where(*own, PlanRun.status == PlanRunStatus.RUNNING)
            run = session.scalar(running.with_for_update(of=PlanRun))
            if run is None:
                return
            run.phase = phase
            if found is not None:
                run.coverage, run.coverage_bound = found.coverage, found.coverage_bound
            wished = run.stop_wished_at is not None
        if wished and found is not None:
            self.interrupt.stop()


@contextmanager
def watched(begin: Begin, run_id: int, worker: str) -> Iterator[Watch]:
    """Look once a second until the block ends; what goes wrong with that is no plan's business."""
    watch, over = Watch(begin, run_id, worker), threading.Event()

    def look() -> None:
        while not over.wait(EVERY):
            try:
                watch.look()
            except Exception:
                log.exception("progress_not_written", run=run_id)

    beside = threading.Thread(target=look, daemon=True)
    beside.start()
    try:
        yield watch
    finally:
        over.set()
        beside.join()
