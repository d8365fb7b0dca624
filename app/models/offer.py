"""An offer: one question to one mediator about one appointment."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.appointment import Appointment
from app.models.base import Base, PoolOwned, enum_column
from app.models.mediator import Mediator
from app.models.status import Transitions


class OfferStatus(StrEnum):
    """`planned`: next in line, not asked yet. `sent`: the question is out."""

    PLANNED = "planned"
    SENT = "sent"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    HANDED_BACK = "handed_back"


class Withdrawal(StrEnum):
    """Why a question was taken back."""

    TAKEN = "taken"
    BUSY = "busy"
    CANCELLED = "cancelled"
    MOVED = "moved"
    UNREACHABLE = "unreachable"
    OVER = "over"
    PAUSED = "paused"
    UNSENT = "unsent"
    UNFIT = "unfit"
    BY_HAND = "by_hand"


_S = OfferStatus
OFFER_TRANSITIONS = Transitions(
    "offer",
    {
        # straight to accepted: a coordinator assigned by telephone
        _S.PLANNED: frozenset({_S.SENT, _S.ACCEPTED, _S.WITHDRAWN}),
        # back to planned: a coordinator asked by hand and undid it before the SMS left
        _S.SENT: frozenset({_S.ACCEPTED, _S.DECLINED, _S.EXPIRED, _S.WITHDRAWN, _S.PLANNED}),
        # back to sent: undone within ten seconds; withdrawn: the appointment was cancelled or moved; the others: a
        # coordinator undid an entry before anybody was told, so it is what it was before
        _S.ACCEPTED: frozenset({_S.SENT, _S.HANDED_BACK, _S.WITHDRAWN, _S.PLANNED, _S.DECLINED, _S.EXPIRED}),
        # back to sent: undone within ten seconds; to accepted: changed their mind by telephone
        _S.DECLINED: frozenset({_S.SENT, _S.ACCEPTED}),
        # a late yes is welcome while nobody else has taken it
        _S.EXPIRED: frozenset({_S.ACCEPTED}),
        # next in line or asked again: the yes that took it was undone or handed back
        _S.WITHDRAWN: frozenset({_S.PLANNED, _S.SENT, _S.ACCEPTED}),
        # a coordinator talked them round on the telephone
        _S.HANDED_BACK: frozenset({_S.ACCEPTED}),
    },
)


class Offer(PoolOwned, Base):
    """One question. `id` is also the number in the reply words `JA 42` and `NEIN 42`."""

    __tablename__ = "offer"
    __table_args__ = (
        # Nobody is asked twice for the same appointment unless it moved.
        UniqueConstraint("appointment_id", "mediator_id", "round"),
        Index("ix_offer_status_due", "status", "due_at"),
        Index("ix_offer_pool_sent", "pool_id", "sent_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointment.id", ondelete="CASCADE"), index=True)
    mediator_id: Mapped[int] = mapped_column(ForeignKey("mediator.id", ondelete="CASCADE"), index=True)
    round: Mapped[int]
    wave: Mapped[int] = mapped_column(default=0)
    rank: Mapped[int] = mapped_column(default=0)
    # The optimiser's own choice, as against an alternate who is asked in case of a no.
    chosen: Mapped[bool] = mapped_column(default=False)
    # A coordinator asked, who may know better than the rules: no plan takes that back.
    by_hand: Mapped[bool] = mapped_column(default=False)
    language: Mapped[str] = mapped_column(String(3))
    status: Mapped[OfferStatus] = mapped_column(enum_column(OfferStatus), default=OfferStatus.PLANNED)
    withdrawal: Mapped[Withdrawal | None] = mapped_column(enum_column(Withdrawal))
    # How likely a yes was when the question was asked.
    chance: Mapped[float | None]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    answered_via: Mapped[str | None] = mapped_column(String(10))
    # When nobody waited for an answer any more: it expired or was taken back.
    ended_at: Mapped[datetime | None]
    # The weekly time that they do not want to be asked for again, taken out with this no: see registry/never_then.py.
    never_weekday: Mapped[int | None]
    never_from_minute: Mapped[int | None]
    never_until_minute: Mapped[int | None]

    appointment: Mapped[Appointment] = relationship(back_populates="offers")
    mediator: Mapped[Mediator] = relationship(lazy="joined")

    def advance(self, status: OfferStatus) -> None:
        """Move to another state; an impossible step raises IllegalTransition."""
        OFFER_TRANSITIONS.check(self.status, status)
        self.status = status

    def withdraw(self, why: Withdrawal, now: datetime) -> None:
        """Take the question back, with the reason the mediator is told when they look."""
        self.advance(OfferStatus.WITHDRAWN)
        self.withdrawal = why
        self.ended_at = now
