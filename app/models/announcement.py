"""An announcement: what coordinators wrote to many at once."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.account import Account
from app.models.base import Base, PoolOwned


class Announcement(PoolOwned, Base):
    """One text to many; each message of it names it. `key` is that of the form, so that it is sent once.

    `recipients` are people or organisations, `segments` the parts of all SMS together, both as it was sent.
    """

    __tablename__ = "announcement"
    __table_args__ = (UniqueConstraint("pool_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(40))
    sent_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    audience: Mapped[str] = mapped_column(String(20))
    subject: Mapped[str] = mapped_column(String(120))
    text: Mapped[str] = mapped_column(Text)
    recipients: Mapped[int]
    segments: Mapped[int]
    created_at: Mapped[datetime]

    sent_by: Mapped[Account | None] = relationship()
