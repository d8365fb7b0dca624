"""Neighbouring pools lend each other people: what they have agreed, what one asks of another, and who comes from there.

These rows belong to two pools and are seen by both (see app/tenancy.py).
"""

from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base, BetweenPools, enum_column
from app.models.offer import Withdrawal
from app.models.pool import Pool
from app.models.status import Transitions


class AgreementState(StrEnum):
    """Only what is `in_force` is acted upon."""

    OFFERED = "offered"
    IN_FORCE = "in_force"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


_S = AgreementState
AGREEMENT_TRANSITIONS = Transitions(
    "lending agreement",
    {
        _S.OFFERED: frozenset({_S.IN_FORCE, _S.DECLINED, _S.WITHDRAWN}),
        _S.IN_FORCE: frozenset({_S.WITHDRAWN}),
        _S.DECLINED: frozenset(),
        _S.WITHDRAWN: frozenset(),
    },
)
STANDING: Final = frozenset({_S.OFFERED, _S.IN_FORCE})


class LendingAgreement(BetweenPools, Base):
    """Two pools lend each other people of some languages, in some modes; the one it is from has offered it."""

    __tablename__ = "lending_agreement"
    __table_args__ = (CheckConstraint("from_pool_id <> to_pool_id", name="two_pools"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    languages: Mapped[list[str]]
    modes: Mapped[list[str]]
    state: Mapped[AgreementState] = mapped_column(enum_column(AgreementState), default=AgreementState.OFFERED)
    # for uniqueness alone: two pools have one offer or agreement at a time, whoever made it; None once it has ended
    pair_key: Mapped[str | None] = mapped_column(String(40), unique=True)
    offered_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    from_pool: Mapped[Pool] = relationship(foreign_keys="LendingAgreement.from_pool_id", lazy="joined")
    to_pool: Mapped[Pool] = relationship(foreign_keys="LendingAgreement.to_pool_id", lazy="joined")

    def neighbour_of(self, pool_id: int) -> Pool:
        """The other of the two."""
        return self.to_pool if self.from_pool_id == pool_id else self.from_pool

    def advance(self, state: AgreementState, now: datetime) -> None:
        """Move to another state; an impossible step raises IllegalTransition."""
        AGREEMENT_TRANSITIONS.check(self.state, state)
        self.state = state
        if state not in STANDING:
            self.pair_key, self.ended_at = None, now


class LendingState(StrEnum):
    """`out`: the neighbour's people may say yes. `over`: nobody there can. `withdrawn`: nobody is wanted any more."""

    OUT = "out"
    OVER = "over"
    WITHDRAWN = "withdrawn"


_OUT: Final = text("state = 'out'")


class Lending(BetweenPools, Base):
    """What one pool asks of another for an appointment, and the guest: the appointment it is there meanwhile.

    Whoever decides about it holds the appointment it is for. `due_at` says since when the guest is to be brought in
    line with that, which a sweep does.
    """

    __tablename__ = "lending"
    __table_args__ = (
        # one neighbour at a time
        Index("uq_lending_out", "appointment_id", unique=True, sqlite_where=_OUT, postgresql_where=_OUT),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agreement_id: Mapped[int] = mapped_column(ForeignKey("lending_agreement.id", ondelete="CASCADE"), index=True)
    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointment.id", ondelete="CASCADE"), index=True)
    guest_id: Mapped[int] = mapped_column(ForeignKey("appointment.id", ondelete="CASCADE"), unique=True)
    state: Mapped[LendingState] = mapped_column(enum_column(LendingState), default=LendingState.OUT)
    why: Mapped[Withdrawal | None] = mapped_column(enum_column(Withdrawal))
    # how likely somebody there says yes
    chance: Mapped[float]
    due_at: Mapped[datetime | None] = mapped_column(index=True)
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    agreement: Mapped[LendingAgreement] = relationship()

    def end(self, state: LendingState, now: datetime, why: Withdrawal | None = None) -> None:
        """Nobody there may say yes any more; the guest follows."""
        self.state, self.why, self.ended_at, self.due_at = state, why, now, now


class BorrowedSeat(BetweenPools, Base):
    """A seat of an appointment that somebody of a neighbour holds: from the yes on, with what whoever waits must know.

    It belongs to the appointment that asked and names the assignment to the guest.
    """

    __tablename__ = "borrowed_seat"
    __table_args__ = (
        Index(
            "uq_borrowed_seat_active",
            "assignment_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    lending_id: Mapped[int] = mapped_column(ForeignKey("lending.id", ondelete="CASCADE"), index=True)
    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointment.id", ondelete="CASCADE"), index=True)
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignment.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(120))
    phone: Mapped[str] = mapped_column(String(40))
    language: Mapped[str] = mapped_column(String(3))
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    lending: Mapped[Lending] = relationship()
    to_pool: Mapped[Pool] = relationship(foreign_keys="BorrowedSeat.to_pool_id", lazy="joined")
