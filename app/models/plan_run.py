"""A plan run: one question to the optimiser about all open appointments of a pool, and what came of it."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, PoolOwned, enum_column
from app.models.status import Transitions


class PlanRunStatus(StrEnum):
    """A failed run is not retried itself; the next sweep queues a new one."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class PlanPhase(StrEnum):
    """What a run that takes longer than a second is at."""

    READING = "reading"
    SEARCHING = "searching"
    WRITING = "writing"


PLAN_RUN_TRANSITIONS = Transitions(
    "plan run",
    {
        PlanRunStatus.QUEUED: frozenset({PlanRunStatus.RUNNING}),
        # back to queued: its worker died and the lease ran out
        PlanRunStatus.RUNNING: frozenset({PlanRunStatus.QUEUED, PlanRunStatus.DONE, PlanRunStatus.FAILED}),
        PlanRunStatus.DONE: frozenset(),
        PlanRunStatus.FAILED: frozenset(),
    },
)


class PlanRun(PoolOwned, Base):
    """One run; `result` keeps the figures and the uncovered appointments with their reasons."""

    __tablename__ = "plan_run"
    __table_args__ = (
        Index("ix_plan_run_status_due", "status", "due_at"),
        Index("ix_plan_run_pool_finished", "pool_id", "finished_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    status: Mapped[PlanRunStatus] = mapped_column(enum_column(PlanRunStatus), default=PlanRunStatus.QUEUED)
    trigger: Mapped[str] = mapped_column(String(40))
    requested_at: Mapped[datetime] = mapped_column(index=True)
    due_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    claimed_by: Mapped[str | None] = mapped_column(String(80))
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    error: Mapped[str | None] = mapped_column(String(500))
    # Written once a second while it runs: what it is at, the weight of what the best plan so far covers, and what no
    # plan can exceed.
    phase: Mapped[PlanPhase | None] = mapped_column(enum_column(PlanPhase))
    coverage: Mapped[float | None]
    coverage_bound: Mapped[float | None]
    # Since when somebody wishes for the best so far instead of a longer search.
    stop_wished_at: Mapped[datetime | None]

    def advance(self, status: PlanRunStatus) -> None:
        """Move to another state; an impossible step raises IllegalTransition."""
        PLAN_RUN_TRANSITIONS.check(self.status, status)
        self.status = status

    def put_back(self) -> None:
        """Its worker is no more: the next begins it anew."""
        self.advance(PlanRunStatus.QUEUED)
        self.phase = self.coverage = self.coverage_bound = self.stop_wished_at = None
