"""A question of a coordinator's: what the coming weeks would be like if something were otherwise."""

from typing import Any

from sqlalchemy import JSON, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.models.asked_run import AskedRun
from app.models.base import Base, PoolOwned


class WhatIfRun(AskedRun, PoolOwned, Base):
    """One question; it ends with a `result`, an `error` or neither.

    Neither means that it was `cancelled_at` before there was an answer. `share_done` is of the work, 0 to 1, as of
    `seen_at`.
    """

    __tablename__ = "what_if_run"
    __table_args__ = (Index("ix_what_if_run_finished_at", "finished_at", "asked_at"),)

    changes: Mapped[dict[str, Any]] = mapped_column(JSON)
    share_done: Mapped[float] = mapped_column(default=0.0)
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON)
