"""A link: what opens an offer, a mediator's own pages, an invite or a feed without a login."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, ForeignKey, String, or_
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, PoolOwned, enum_column


class LinkKind(StrEnum):
    """What a token opens; one that opens an invite does not open an offer."""

    OFFER = "offer"
    MEDIATOR = "mediator"
    INVITE = "invite"
    FEED = "feed"


class Link(PoolOwned, Base):
    """One issued token: only its SHA-256 is kept."""

    __tablename__ = "link"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[LinkKind] = mapped_column(enum_column(LinkKind))
    token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    mediator_id: Mapped[int] = mapped_column(ForeignKey("mediator.id", ondelete="CASCADE"), index=True)
    offer_id: Mapped[int | None] = mapped_column(ForeignKey("offer.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    # None: as long as what it opens
    expires_at: Mapped[datetime | None]

    @classmethod
    def opens(cls, now: datetime) -> ColumnElement[bool]:
        """The links that open something at that instant."""
        return cls.revoked_at.is_(None) & or_(cls.expires_at.is_(None), cls.expires_at > now)
