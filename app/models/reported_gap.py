"""A gap that somebody reports which no mediator can close: places, forms, opening hours of the town's services."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base, PoolOwned, enum_column
from app.models.organisation import Organisation


class GapCategory(StrEnum):
    """What kind of thing is missing."""

    PLACES = "places"
    LANGUAGE = "language"
    HOURS = "hours"
    COSTS = "costs"
    WAY = "way"
    OTHER = "other"


class GapStatus(StrEnum):
    """Where it stands; any may follow any, for people correct themselves."""

    NEW = "new"
    IN_HAND = "in_hand"
    SOLVED = "solved"
    NOT_OURS = "not_ours"


class ReportedGap(PoolOwned, Base):
    """One report, in words without anybody's name, and what the coordinators answer."""

    __tablename__ = "reported_gap"

    id: Mapped[int] = mapped_column(primary_key=True)
    # whose members see it; None where the coordinators reported it themselves
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id", ondelete="SET NULL"), index=True)
    reported_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    category: Mapped[GapCategory] = mapped_column(enum_column(GapCategory))
    text: Mapped[str] = mapped_column(String(500))
    status: Mapped[GapStatus] = mapped_column(enum_column(GapStatus), default=GapStatus.NEW)
    answer: Mapped[str] = mapped_column(String(500), default="")
    created_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]

    organisation: Mapped[Organisation | None] = relationship()
