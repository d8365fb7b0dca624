"""A question of a coordinator's: what the coming weeks would be like if something were otherwise."""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, PoolOwned

# Whoever answers says how far it is every second or so; after this silence somebody else answers.
WHAT_IF_LEASE: Final = timedelta(minutes=2)


class WhatIfRun(PoolOwned, Base):
    """One question; waits until `started_at`, and has ended at `finished_at`: with a `result`, an `error` or neither.

    Neither means that it was `cancelled_at` before there was an answer. `share_done` is of the work, 0 to 1, as of
    `seen_at`.
    """

    __tablename__ = "what_if_run"
    __table_args__ = (Index("ix_what_if_run_finished_at", "finished_at", "asked_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    asked_at: Mapped[datetime]
    changes: Mapped[dict[str, Any]] = mapped_column(JSON)
    started_at: Mapped[datetime | None]
    claimed_by: Mapped[str | None] = mapped_column(String(80))
    seen_at: Mapped[datetime | None]
    share_done: Mapped[float] = mapped_column(default=0.0)
    cancelled_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    error: Mapped[str | None] = mapped_column(String(500))

    def is_at_work(self, now: datetime) -> bool:
        """Whether whoever began has said so lately, and is not done."""
        said = self.seen_at if self.finished_at is None else None
        return said is not None and abs(now - said) < WHAT_IF_LEASE
