"""A pool: one municipality's mediators, organisations and rules; the tenant."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class Pool(Base):
    """One municipality, with the settings of its dispatch and of its travel times."""

    __tablename__ = "pool"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    timezone: Mapped[str] = mapped_column(String(40), default="Europe/Berlin")
    email: Mapped[str] = mapped_column(String(254))
    phone: Mapped[str] = mapped_column(String(40), default="")
    is_demo: Mapped[bool] = mapped_column(default=False)
    min_level: Mapped[str | None] = mapped_column(String(8), default=None)
    alternates_per_seat: Mapped[int] = mapped_column(default=1)
    minutes_per_km: Mapped[float] = mapped_column(default=2.0)
    base_travel_minutes: Mapped[int] = mapped_column(default=5)
    max_travel_minutes: Mapped[int] = mapped_column(default=120)
    remote_gap_minutes: Mapped[int] = mapped_column(default=10)
    created_at: Mapped[datetime]
