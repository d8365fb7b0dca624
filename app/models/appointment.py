"""An appointment: what staff request, and the states it goes through."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base, PoolOwned, enum_column
from app.models.organisation import Organisation, Site
from app.models.series import Series
from app.models.status import Transitions

if TYPE_CHECKING:
    from app.models.assignment import Assignment
    from app.models.fallback import FallbackStep
    from app.models.lending import BorrowedSeat
    from app.models.offer import Offer


class AppointmentStatus(StrEnum):
    """Where an appointment stands; `open` means that no offer is out yet."""

    OPEN = "open"
    OFFERING = "offering"
    FILLED = "filled"
    UNFILLED = "unfilled"
    CANCELLED = "cancelled"
    DONE = "done"
    MISSED = "missed"


class Reporter(StrEnum):
    """Whose word it is that an appointment took place or not: whoever requested it, or the coordination."""

    REQUESTER = "requester"
    COORDINATION = "coordination"


_S = AppointmentStatus
APPOINTMENT_TRANSITIONS = Transitions(
    "appointment",
    {
        _S.OPEN: frozenset({_S.OFFERING, _S.FILLED, _S.UNFILLED, _S.CANCELLED}),
        # back to open: the appointment moved, so everybody asked so far was asked for another time
        _S.OFFERING: frozenset({_S.OPEN, _S.FILLED, _S.UNFILLED, _S.CANCELLED}),
        # back to open: somebody handed back or undid their yes, or the appointment moved
        _S.FILLED: frozenset({_S.OPEN, _S.CANCELLED, _S.DONE, _S.MISSED}),
        # out of unfilled: a later plan found somebody, or a coordinator assigned by telephone
        _S.UNFILLED: frozenset({_S.OPEN, _S.OFFERING, _S.FILLED, _S.CANCELLED}),
        _S.CANCELLED: frozenset(),
        # done and missed correct one another: the coordinator learns of it later
        _S.DONE: frozenset({_S.MISSED}),
        _S.MISSED: frozenset({_S.DONE}),
    },
)
SEEKING = frozenset({_S.OPEN, _S.OFFERING, _S.UNFILLED})
_TO_ASK = text("ask_afterwards_at IS NOT NULL")
_WAITS = text("waits_until IS NOT NULL")
_TOLD = text("expected IS NOT NULL")


class Appointment(PoolOwned, Base):
    """A request for mediators at a fixed time. There is no column for a client's name, on purpose."""

    __tablename__ = "appointment"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="times"),
        CheckConstraint("mediators_needed BETWEEN 1 AND 9", name="mediators_needed"),
        Index("ix_appointment_pool_status_starts", "pool_id", "status", "starts_at"),
        Index("ix_appointment_pool_starts", "pool_id", "starts_at"),
        Index("ix_appointment_pool_ends", "pool_id", "ends_at"),
        Index("ix_appointment_organisation_starts", "organisation_id", "starts_at"),
        Index("ix_appointment_told_chance", "pool_id", "starts_at", sqlite_where=_TOLD, postgresql_where=_TOLD),
        # the worker's sweeps look at all pools at once
        Index("ix_appointment_status_starts", "status", "starts_at"),
        Index("ix_appointment_waits_until", "waits_until", sqlite_where=_WAITS, postgresql_where=_WAITS),
        Index("ix_appointment_ask_afterwards", "ask_afterwards_at", sqlite_where=_TO_ASK, postgresql_where=_TO_ASK),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    site_id: Mapped[int | None] = mapped_column(ForeignKey("site.id", ondelete="SET NULL"))
    series_id: Mapped[int | None] = mapped_column(ForeignKey("series.id"), index=True)
    language: Mapped[str] = mapped_column(String(3))
    accepted_languages: Mapped[list[str]] = mapped_column(default=list)
    min_level: Mapped[str | None] = mapped_column(String(8))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    mode: Mapped[str] = mapped_column(String(10))
    # A copy of the site at the time of the request: what mediators were told stays true when the site is edited.
    place_name: Mapped[str] = mapped_column(String(120), default="")
    place_address: Mapped[str] = mapped_column(String(250), default="")
    place_district: Mapped[str] = mapped_column(String(80), default="")
    place_lat: Mapped[float | None]
    place_lon: Mapped[float | None]
    topic: Mapped[str] = mapped_column(String(20), default="other")
    gender: Mapped[str | None] = mapped_column(String(1))
    mediators_needed: Mapped[int] = mapped_column(default=1)
    preferred_mediators: Mapped[list[int]] = mapped_column(default=list)
    other_starts: Mapped[list[str]] = mapped_column(default=list)
    urgent: Mapped[bool] = mapped_column(default=False)
    reference: Mapped[str] = mapped_column(String(60), default="")
    note: Mapped[str] = mapped_column(Text, default="")
    contact_name: Mapped[str] = mapped_column(String(120), default="")
    contact_email: Mapped[str] = mapped_column(String(254), default="")
    contact_phone: Mapped[str] = mapped_column(String(40), default="")
    requested_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    status: Mapped[AppointmentStatus] = mapped_column(enum_column(AppointmentStatus), default=AppointmentStatus.OPEN)
    # Named refusals counted over people, as the last plan left them: {"busy": 2, "too_far": 1}
    explanation: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    # Until when the present search wants its yes, when it looks again, and how likely it ends well.
    answer_by: Mapped[datetime | None]
    look_again_at: Mapped[datetime | None] = mapped_column(index=True)
    chance: Mapped[float | None]
    # How likely it looked when it was requested as it is now, before past outcomes corrected that.
    expected: Mapped[float | None]
    # Since when somebody is to be found for it at once; while a worker is at it, until when nobody else need be.
    place_at: Mapped[datetime | None] = mapped_column(index=True)
    # Whether a question about it is one about its whole series; and, for the other dates of that series, until when at
    # most nobody is asked about them, for the answer to that question decides them, too.
    leads_series: Mapped[bool] = mapped_column(default=False, server_default=false())
    waits_until: Mapped[datetime | None]
    # Raised with every move: who said no to Tuesday may be asked for Thursday.
    round: Mapped[int] = mapped_column(default=1)
    # The round in which the search for the present time began: who said no since then is not asked again for it.
    first_round: Mapped[int] = mapped_column(default=1, server_default=text("1"))
    # What may be tried if nobody can come as requested (Rung), in which further languages, and when that begins at the
    # latest; None where nothing is left to try.
    fallbacks: Mapped[list[str]] = mapped_column(default=list, server_default=text("'[]'"))
    fallback_languages: Mapped[list[str]] = mapped_column(default=list, server_default=text("'[]'"))
    fall_back_at: Mapped[datetime | None]
    # Until when a neighbouring pool looks for somebody; None while none does. And how many come from there.
    borrow_until: Mapped[datetime | None]
    seats_borrowed: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    # Here for a neighbouring pool, which decides about it: see lending.
    is_guest: Mapped[bool] = mapped_column(default=False, server_default=false())
    # by which it was requested without an account: nobody who gets its e-mails can log in to its page
    door_id: Mapped[int | None]
    invite_sequence: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    filled_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    # Who did not come: `mediator` or `client`.
    missed_by: Mapped[str | None] = mapped_column(String(10))
    # What was said of it afterwards besides, by whom and when; None while nobody has said anything.
    came_late: Mapped[bool] = mapped_column(default=False, server_default=false())
    lasted_minutes: Mapped[int | None]
    reported_by: Mapped[Reporter | None] = mapped_column(enum_column(Reporter))
    reported_at: Mapped[datetime | None]
    # When whoever requested it is asked how it was; None where nobody is to be asked, or has been.
    ask_afterwards_at: Mapped[datetime | None]

    organisation: Mapped[Organisation] = relationship()
    site: Mapped[Site | None] = relationship()
    series: Mapped[Series | None] = relationship()
    offers: Mapped[list["Offer"]] = relationship(back_populates="appointment", order_by="Offer.rank, Offer.id")
    assignments: Mapped[list["Assignment"]] = relationship(back_populates="appointment", order_by="Assignment.id")
    fallback_steps: Mapped[list["FallbackStep"]] = relationship(viewonly=True, order_by="FallbackStep.id")
    borrowed_seats: Mapped[list["BorrowedSeat"]] = relationship(
        viewonly=True,
        order_by="BorrowedSeat.id",
        primaryjoin="and_(Appointment.id == BorrowedSeat.appointment_id, BorrowedSeat.ended_at.is_(None))",
    )

    @property
    def duration(self) -> timedelta:
        """How long it lasts; both instants are UTC, so summer time cannot bend it."""
        return self.ends_at - self.starts_at

    @property
    def duration_minutes(self) -> int:
        """How long it lasts, in minutes."""
        return int(self.duration.total_seconds() // 60)

    @property
    def active_assignments(self) -> list["Assignment"]:
        """The assignments that hold a seat now."""
        return [assignment for assignment in self.assignments if assignment.holds_seat]

    @property
    def seats_open(self) -> int:
        """How many mediators are still wanted."""
        return max(0, self.mediators_needed - self.seats_taken)

    @property
    def seats_taken(self) -> int:
        """How many have said yes, here and with a neighbour."""
        return len(self.active_assignments) + self.seats_borrowed

    def fill(self, now: datetime) -> None:
        """Everybody who is wanted has said yes; why nobody could is no longer of interest."""
        self.advance(AppointmentStatus.FILLED)
        self.filled_at = now
        self.explanation = None
        # if somebody is wanted again after all, the time that is left then counts
        self.fall_back_at = None
        # and if it stood for its series, that is answered
        self.leads_series, self.waits_until = False, None

    def reopen(self) -> None:
        """Somebody is wanted again after all; an appointment that was not filled stays as it is."""
        if self.status is AppointmentStatus.FILLED:
            self.advance(AppointmentStatus.OPEN)
            self.filled_at = None

    def advance(self, status: AppointmentStatus) -> None:
        """Move to another state; staying is allowed, an impossible step raises IllegalTransition."""
        if status is not self.status:
            APPOINTMENT_TRANSITIONS.check(self.status, status)
            self.status = status
