"""The installation: what this service is to the world outside, whatever address it is reached by."""

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class Installation(Base):
    """One row, made by the migrations; `key` tells apart what two installations send under one mail domain."""

    __tablename__ = "installation"
    __table_args__ = (CheckConstraint("id = 1", name="one"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(32))
    # Part of every invite's UID; that of the first invite for ever, or calendars would show appointments twice.
    invite_host: Mapped[str | None] = mapped_column(String(253))
