"""An assignment: an accepted offer; the row that makes a double booking impossible."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.appointment import Appointment
from app.models.base import Base, PoolOwned, enum_column
from app.models.mediator import Mediator
from app.models.offer import Offer

# who was asked to reconfirm, has not answered, and of whom nobody was told yet
_UNCONFIRMED = text("reconfirm_asked_at IS NOT NULL AND reconfirmed_at IS NULL AND reconfirm_alerted_at IS NULL")


class AssignmentState(StrEnum):
    """Only `active` holds a seat and blocks the mediator's time."""

    ACTIVE = "active"
    UNDONE = "undone"
    HANDED_BACK = "handed_back"
    CANCELLED = "cancelled"


class Assignment(PoolOwned, Base):
    """A mediator's seat at an appointment, with a copy of its times.

    The migrations add what no model can say on both databases: PostgreSQL excludes overlapping active assignments of
    one mediator by constraint, SQLite by triggers on insert and update.
    """

    __tablename__ = "assignment"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="times"),
        # The first yes wins in the database, too: one active row per seat.
        Index(
            "uq_assignment_active_seat",
            "appointment_id",
            "seat",
            unique=True,
            sqlite_where=text("state = 'active'"),
            postgresql_where=text("state = 'active'"),
        ),
        Index(
            "uq_assignment_active_person",
            "appointment_id",
            "mediator_id",
            unique=True,
            sqlite_where=text("state = 'active'"),
            postgresql_where=text("state = 'active'"),
        ),
        Index("ix_assignment_pool_starts", "pool_id", "starts_at"),
        Index("ix_assignment_mediator_starts", "mediator_id", "starts_at"),
        Index("ix_assignment_unconfirmed", "starts_at", sqlite_where=_UNCONFIRMED, postgresql_where=_UNCONFIRMED),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointment.id", ondelete="CASCADE"), index=True)
    mediator_id: Mapped[int] = mapped_column(ForeignKey("mediator.id", ondelete="CASCADE"))
    offer_id: Mapped[int] = mapped_column(ForeignKey("offer.id", ondelete="CASCADE"), index=True)
    seat: Mapped[int]
    language: Mapped[str] = mapped_column(String(3))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    state: Mapped[AssignmentState] = mapped_column(enum_column(AssignmentState), default=AssignmentState.ACTIVE)
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    # "Does it stay as agreed?": when it was asked, and when the mediator said so.
    reconfirm_asked_at: Mapped[datetime | None]
    reconfirmed_at: Mapped[datetime | None]
    reconfirm_alerted_at: Mapped[datetime | None]

    appointment: Mapped[Appointment] = relationship(back_populates="assignments")
    mediator: Mapped[Mediator] = relationship(lazy="joined")
    offer: Mapped[Offer] = relationship()

    @property
    def holds_seat(self) -> bool:
        """Whether the mediator is expected."""
        return self.state is AssignmentState.ACTIVE

    def end(self, state: AssignmentState, now: datetime) -> None:
        """Give the seat and the time free again; the row stays as history."""
        self.state = state
        self.ended_at = now
