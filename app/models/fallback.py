"""The fallback ladder: what is tried, rung by rung, when nobody can come to an appointment as it was requested."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.appointment import Appointment
from app.models.base import Base, PoolOwned, enum_column
from app.models.pool import Pool


class Rung(StrEnum):
    """A way out, in the order in which they are tried."""

    LANGUAGE = "language"
    MODE = "mode"
    TIME = "time"
    NEIGHBOUR = "neighbour"
    DEVICE = "device"


RUNGS: Final[Sequence[Rung]] = tuple(Rung)


class StepState(StrEnum):
    """`skipped`: it would have found nobody, so nothing was changed for it."""

    RUNNING = "running"
    OVER = "over"
    SKIPPED = "skipped"


class FallbackStep(PoolOwned, Base):
    """One rung of one appointment: since when and until when at most it is tried, and what was changed for it."""

    __tablename__ = "fallback_step"

    id: Mapped[int] = mapped_column(primary_key=True)
    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointment.id", ondelete="CASCADE"), index=True)
    rung: Mapped[Rung] = mapped_column(enum_column(Rung))
    state: Mapped[StepState] = mapped_column(enum_column(StepState))
    # why it was skipped
    reason: Mapped[str | None] = mapped_column(String(20))
    # how many came into question when it began
    people: Mapped[int] = mapped_column(default=0)
    # which neighbouring pool is asked, and how far away the nearest of its people live, in minutes
    neighbour_id: Mapped[int | None]
    minutes: Mapped[int | None]
    # the mode and the start before it and with it
    mode_before: Mapped[str] = mapped_column(String(10))
    mode: Mapped[str] = mapped_column(String(10))
    starts_before: Mapped[datetime]
    starts_at: Mapped[datetime]
    began_at: Mapped[datetime]
    # when the next one begins at the latest; None where none is left
    until: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    appointment: Mapped[Appointment] = relationship()
    neighbour: Mapped[Pool | None] = relationship(
        primaryjoin="foreign(FallbackStep.neighbour_id) == Pool.id", viewonly=True
    )
