"""A link that opens a page of one appointment for whoever requested it, without a login."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, PoolOwned, enum_column


class RequesterLinkKind(StrEnum):
    """What a token opens: the page on which somebody says how it was."""

    AFTERWARDS = "afterwards"


class RequesterLink(PoolOwned, Base):
    """One issued token, of which only the SHA-256 is kept; after `expires_at` it opens nothing but the news of that."""

    __tablename__ = "requester_link"
    __table_args__ = (UniqueConstraint("appointment_id", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[RequesterLinkKind] = mapped_column(enum_column(RequesterLinkKind))
    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointment.id", ondelete="CASCADE"))
    token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
