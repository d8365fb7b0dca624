"""A word of thanks for a mediator, from whoever requested the appointment."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.assignment import Assignment
from app.models.base import Base, PoolOwned

THANKS = ("help", "calm", "short_notice", "again")
MOST_THANKS = 140


class Thanks(PoolOwned, Base):
    """One of THANKS, or words of their own, or both; one row for each assignment."""

    __tablename__ = "thanks"

    id: Mapped[int] = mapped_column(primary_key=True)
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignment.id", ondelete="CASCADE"), unique=True)
    choice: Mapped[str] = mapped_column(String(20), default="")
    words: Mapped[str] = mapped_column(String(MOST_THANKS), default="")
    given_at: Mapped[datetime]

    assignment: Mapped[Assignment] = relationship()
