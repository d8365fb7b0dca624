"""Other times at which an appointment could be: later or earlier on its day, and on the working days after it."""

from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from app.journey.request import FARTHEST
from app.journey.timing.contact_hours import is_working_day
from scheduler.advice.time_slots import slots

DAYS_AFTER: Final = 5
# as appointments are made; a quarter of an hour finds nobody else
STEP: Final = timedelta(minutes=30)


def starts_around(now: datetime, starts: datetime, length: timedelta, zone: ZoneInfo) -> tuple[datetime, ...]:
    """Its own start and those within office hours of its day and the working days after it, ascending (UTC).

    What has passed, and what is farther ahead than anything can be asked for, is left out.
    """
    found = slots(zone.key, tuple(_days(starts.astimezone(zone).date())), length, step=STEP)
    latest = now + FARTHEST
    return tuple(sorted({starts, *(one for one in found if now < one <= latest)}))


def _days(first: date) -> list[date]:
    days = [first + timedelta(days=number) for number in range(3 * DAYS_AFTER)]
    working = [one for one in days if is_working_day(one)]
    return working[: DAYS_AFTER + (first in working)]
