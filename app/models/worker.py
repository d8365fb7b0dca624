"""The sign of life of each worker process."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class Heartbeat(Base):
    """When a worker was last seen; it belongs to the installation, not to a pool."""

    __tablename__ = "heartbeat"

    worker: Mapped[str] = mapped_column(String(80), primary_key=True)
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime] = mapped_column(index=True)
    # Whether its SMS make somebody's phone ring, and whether it can call: a rehearsal wakes nobody.
    rings: Mapped[bool] = mapped_column(default=True)
    calls: Mapped[bool] = mapped_column(default=False)
