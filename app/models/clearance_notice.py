"""What has been said of a clearance that runs out, so that it is said once."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, PoolOwned


class ClearanceNotice(PoolOwned, Base):
    """Coordinators and the person were told that this clearance (one of CLEARANCES) ends with that day."""

    __tablename__ = "clearance_notice"
    __table_args__ = (UniqueConstraint("mediator_id", "kind", "last_day"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    mediator_id: Mapped[int] = mapped_column(ForeignKey("mediator.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(20))
    last_day: Mapped[date]
    told_at: Mapped[datetime]
    # The coordinators' alert that names it.
    alert_id: Mapped[int | None] = mapped_column(ForeignKey("alert.id", ondelete="SET NULL"), index=True)
