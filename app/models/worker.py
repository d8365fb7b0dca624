"""The sign of life of each worker process."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Select, String, select
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base

# A worker that was not seen for this long (it leaves a sign every five seconds) is dead.
DEAD_AFTER: Final = timedelta(seconds=12)


class Heartbeat(Base):
    """When a worker was last seen; it belongs to the installation, not to a pool."""

    __tablename__ = "heartbeat"

    worker: Mapped[str] = mapped_column(String(80), primary_key=True)
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime] = mapped_column(index=True)
    # Whether its SMS make somebody's phone ring, and whether it can call: a rehearsal wakes nobody.
    rings: Mapped[bool] = mapped_column(default=True)
    calls: Mapped[bool] = mapped_column(default=False)

    @classmethod
    def alive(cls, now: datetime) -> Select[str]:
        """The names of the workers that were seen within the last seconds."""
        return select(cls.worker).where(cls.seen_at > now - DEAD_AFTER)
