"""Weekly free times and absences, unrolled into instants."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.models import Mediator


def windows(mediator: Mediator, days: Iterable[date], zone: ZoneInfo) -> tuple[tuple[datetime, datetime], ...]:
    """The free times of a mediator on these local days, as UTC instants; absences are left out."""
    found: list[tuple[datetime, datetime]] = []
    for day in days:
        if any(absence.first_day <= day <= absence.last_day for absence in mediator.absences):
            continue
        found.extend(
            (_at(day, free.starts_minute, zone), _at(day, free.ends_minute, zone))
            for free in mediator.availability
            if free.weekday == day.weekday()
        )
    # a window within the hour that summer time skips has no length
    return tuple((start, end) for start, end in found if start < end)


def local_days(instants: Iterable[datetime], zone: ZoneInfo) -> list[date]:
    """The local days on which these instants fall, in order."""
    return sorted({instant.astimezone(zone).date() for instant in instants})


def _at(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """A wall-clock minute of a local day (1440 is midnight at its end) as an instant."""
    extra, minute = divmod(minute, 24 * 60)
    local = datetime.combine(day + timedelta(days=extra), time(minute // 60, minute % 60), zone)
    return local.astimezone(UTC)
