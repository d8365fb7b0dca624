"""From local days and times to instants; the two hours a year that do not fit a form are refused by name."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from app.errors import FieldProblem, Invalid


def instant(day: date, clock_time: time, zone: str, field: str = "starts_at") -> datetime:
    """The instant of a local day and time, in UTC.

    Raises Invalid at `field` for the hour that summer time skips, and for the hour that its end repeats.
    """
    tz = ZoneInfo(zone)
    local = datetime.combine(day, clock_time)
    early, late = (local.replace(tzinfo=tz, fold=fold) for fold in (0, 1))
    if early.astimezone(UTC).astimezone(tz).replace(tzinfo=None) != local:
        raise Invalid([FieldProblem(field, "skipped_hour", {"time": f"{clock_time:%H:%M}"})])
    if early.utcoffset() != late.utcoffset():
        raise Invalid([FieldProblem(field, "doubled_hour", {"time": f"{clock_time:%H:%M}"})])
    return early.astimezone(UTC)


@lru_cache(maxsize=8192)  # whole pools are free at the same minutes of the same days
def minute_of_day(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """A wall-clock minute of a local day (1440 is midnight at its end) as an instant."""
    extra, minute = divmod(minute, 24 * 60)
    local = datetime.combine(day + timedelta(days=extra), time(minute // 60, minute % 60), zone)
    return local.astimezone(UTC)
