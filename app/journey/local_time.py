"""From what people write on a form to an instant; the two hours a year that do not fit are refused by name."""

from datetime import UTC, date, datetime, time
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
