"""A series: appointments that belong together, each a row of its own with all that holds for one."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base, PoolOwned, enum_column
from app.models.organisation import Organisation


class Continuity(StrEnum):
    """Whether the same mediator comes to all dates: it does not matter, or if it can be."""

    NONE = "none"
    PREFERRED = "preferred"


class Series(PoolOwned, Base):
    """What was wished for as a whole; its dates are appointments with this `series_id`.

    `rule` is for showing alone: the rhythm, and the days left out with the reason. No step of the journey reads it.
    """

    __tablename__ = "series"

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    rule: Mapped[dict[str, Any]]
    continuity: Mapped[Continuity] = mapped_column(enum_column(Continuity))
    created_at: Mapped[datetime]

    organisation: Mapped[Organisation] = relationship()


class JointDate(PoolOwned, Base):
    """A message that tells of several appointments at once tells of this one, too, beside the one it names itself."""

    __tablename__ = "joint_date"

    message_id: Mapped[int] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"), primary_key=True)
    appointment_id: Mapped[int] = mapped_column(
        ForeignKey("appointment.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    assignment_id: Mapped[int | None] = mapped_column(ForeignKey("assignment.id", ondelete="CASCADE"), index=True)
