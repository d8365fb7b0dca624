"""What was forecast of the coming weeks, and whether it was right."""

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import Text, cast, select
from sqlalchemy.orm import Session

from app.insight.forecast_input import WEEKS
from app.insight.statistics import total
from app.models import ForecastRun, Pool
from scheduler.forecast.result import Outlook

DAYS: Final = 7
# With less of a past than this, a forecast says so.
ENOUGH_PAST: Final = timedelta(weeks=13)
# That of a large pool takes a tenth of a second to read, and stands for a day: so many are kept as they were read.
KEPT: Final = 8
WRITTEN: Final = cast(ForecastRun.result, Text).label("written")


@dataclass(frozen=True)
class Known:
    """The last forecast that was made, and the local days that it is about, both included."""

    made_at: datetime
    first_day: date
    last_day: date
    outlook: Outlook

    @property
    def rests_on_little(self) -> bool:
        """Whether the past that is known is short."""
        return self.outlook.forecast.now - self.outlook.forecast.since < ENOUGH_PAST


@dataclass(frozen=True)
class LookedBack:
    """What the forecast of some weeks ago said would stay unfilled, and how many it were."""

    first_day: date
    last_day: date
    said: float
    low: int
    high: int
    came: int


def latest(session: Session, pool: Pool) -> Known | None:
    """The forecast that stands; None where none was made yet."""
    made = select(ForecastRun.finished_at, WRITTEN)
    made = made.where(ForecastRun.pool_id == pool.id, ForecastRun.finished_at.is_not(None), ForecastRun.error.is_(None))
    row = session.execute(made.order_by(ForecastRun.finished_at.desc()).limit(1)).one_or_none()
    return None if row is None else _known(row.finished_at, row.written, pool)


def looked_back(session: Session, now: datetime, pool: Pool) -> LookedBack | None:
    """The newest forecast whose weeks are over, beside what came; None where there is none yet."""
    runs = select(ForecastRun.finished_at, WRITTEN)
    runs = runs.where(ForecastRun.pool_id == pool.id, ForecastRun.error.is_(None))
    runs = runs.where(ForecastRun.finished_at < now - timedelta(days=DAYS * WEEKS))
    row = session.execute(runs.order_by(ForecastRun.finished_at.desc()).limit(1)).one_or_none()
    if row is None:
        return None
    known = _known(row.finished_at, row.written, pool)
    said = known.outlook.forecast.total.unfilled
    came = total(session, now, pool, known.first_day, known.last_day).unfilled
    return LookedBack(known.first_day, known.last_day, said.mean, said.low, said.high, came)


def _known(made_at: datetime, written: str, pool: Pool) -> Known:
    outlook = _outlook(written)
    first = outlook.forecast.now.astimezone(ZoneInfo(pool.timezone)).date()
    last = first + timedelta(days=DAYS * outlook.forecast.weeks - 1)
    return Known(made_at, first, last, outlook)


@lru_cache(KEPT)
def _outlook(written: str) -> Outlook:
    return Outlook.from_json(json.loads(written))
