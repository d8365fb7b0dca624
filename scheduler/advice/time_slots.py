"""Times at which something could be: instants on the steps of the local clock."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

# when offices, schools and clinics are open
OPENS, CLOSES = 8, 18
STEP = timedelta(minutes=15)
HOURS_A_DAY = 24


def slots(
    timezone: str,
    days: tuple[date, ...],
    length: timedelta,
    *,
    step: timedelta = STEP,
    opens: int = OPENS,
    closes: int = CLOSES,
) -> tuple[datetime, ...]:
    """Starts (UTC, ascending) at which something so long lies between two hours of one of these local days.

    They lie whole steps after the opening hour. With 0 to 24 a day that has 23 or 25 hours has all of them.
    """
    found: list[datetime] = []
    for day in sorted(set(days)):
        starts, end = hour_of(timezone, day, opens), hour_of(timezone, day, closes)
        count = (end - length - starts) // step + 1
        found += [starts + number * step for number in range(count)]
    return tuple(found)


def hour_of(timezone: str, day: date, hour: int) -> datetime:
    """The instant (UTC) of a full hour, 0 to 24, of a local day; the first one where the clock shows it twice."""
    day += timedelta(days=hour // HOURS_A_DAY)
    return datetime.combine(day, time(hour % HOURS_A_DAY), ZoneInfo(timezone)).astimezone(UTC)
