"""A forecast of a pool's coming weeks: by whom it was made and when, and what it says."""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import JSON, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, PoolOwned

# A run that has not ended by then was cut off, whatever its worker says.
FORECAST_LEASE: Final = timedelta(minutes=15)


class ForecastRun(PoolOwned, Base):
    """One run; under way until `finished_at`, and then with a `result` or an `error`."""

    __tablename__ = "forecast_run"
    __table_args__ = (
        Index("ix_forecast_run_pool_started", "pool_id", "started_at"),
        Index("ix_forecast_run_pool_finished", "pool_id", "finished_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    started_at: Mapped[datetime]
    claimed_by: Mapped[str] = mapped_column(String(80))
    finished_at: Mapped[datetime | None]
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    error: Mapped[str | None] = mapped_column(String(500))
