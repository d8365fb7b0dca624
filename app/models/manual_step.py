"""A step that somebody took by hand on a page and may take back: what it was, and what was there before."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base, PoolOwned, enum_column
from app.models.mediator import Mediator


class StepKind(StrEnum):
    """Which step it was."""

    ASK = "ask"
    ASSIGN = "assign"
    WITHDRAW = "withdraw"
    CHANGE = "change"


class ManualStep(PoolOwned, Base):
    """One step about an appointment, and about one person unless it is a change; deleted after a day.

    `before` holds plain values of the rows that it changed, to be put back; see app/journey/by_hand.py.
    """

    __tablename__ = "manual_step"

    id: Mapped[int] = mapped_column(primary_key=True)
    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointment.id", ondelete="CASCADE"), index=True)
    mediator_id: Mapped[int | None] = mapped_column(ForeignKey("mediator.id", ondelete="CASCADE"), index=True)
    kind: Mapped[StepKind] = mapped_column(enum_column(StepKind))
    at: Mapped[datetime] = mapped_column(index=True)
    before: Mapped[dict[str, Any]]
    undone_at: Mapped[datetime | None]

    mediator: Mapped[Mediator | None] = relationship()
