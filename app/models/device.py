"""Translation devices, the last rung of the ladder: who has them, and for which appointments they are lent."""

from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.ext.hybrid import hybrid_method
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.appointment import Appointment
from app.models.base import Base, PoolOwned, enum_column
from app.models.status import Transitions


class LoanState(StrEnum):
    """Where a loan stands; only `reserved` and `handed_out` keep the device from others."""

    RESERVED = "reserved"
    HANDED_OUT = "handed_out"
    RETURNED = "returned"
    CANCELLED = "cancelled"


_S = LoanState
LOAN_TRANSITIONS = Transitions(
    "device loan",
    {
        _S.RESERVED: frozenset({_S.HANDED_OUT, _S.CANCELLED}),
        # back to reserved: a slip of the finger
        _S.HANDED_OUT: frozenset({_S.RETURNED, _S.RESERVED}),
        _S.RETURNED: frozenset(),
        _S.CANCELLED: frozenset(),
    },
)
HOLDS_DEVICE: Final = frozenset({_S.RESERVED, _S.HANDED_OUT})


class TranslationDevice(PoolOwned, Base):
    """A device that can be fetched; no languages means that it knows all that are asked for."""

    __tablename__ = "translation_device"
    __table_args__ = (UniqueConstraint("pool_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    owner: Mapped[str] = mapped_column(String(120), default="")
    # where it is fetched and brought back, with the hours
    place: Mapped[str] = mapped_column(String(250))
    languages: Mapped[list[str]] = mapped_column(default=list)
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]


class DeviceLoan(PoolOwned, Base):
    """A device kept for one appointment, with the time to fetch it and bring it back.

    The migrations exclude overlapping loans of one device: PostgreSQL by constraint, SQLite by triggers.
    """

    __tablename__ = "device_loan"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="times"),
        Index("ix_device_loan_device_starts", "device_id", "starts_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    device_id: Mapped[int] = mapped_column(ForeignKey("translation_device.id", ondelete="CASCADE"))
    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointment.id", ondelete="CASCADE"), index=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    state: Mapped[LoanState] = mapped_column(enum_column(LoanState), default=LoanState.RESERVED)
    created_at: Mapped[datetime]
    handed_out_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    # whether it helped, as whoever brought it back says
    helped: Mapped[bool | None]

    device: Mapped[TranslationDevice] = relationship()
    appointment: Mapped[Appointment] = relationship()

    @hybrid_method
    def is_late(self, now: datetime) -> bool:
        """Whether it should be back by now and is not; in statements, too."""
        return (self.state == LoanState.HANDED_OUT) & (self.ends_at < now)

    def advance(self, state: LoanState) -> None:
        """Move to another state; an impossible step raises IllegalTransition."""
        LOAN_TRANSITIONS.check(self.state, state)
        self.state = state
