"""Weekly free times and absences, unrolled into instants."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from app.journey.people import Free, Person
from app.journey.timing.local_time import minute_of_day
from app.models import Availability, Mediator


def windows(mediator: Mediator | Person, days: Iterable[date], zone: ZoneInfo) -> tuple[tuple[datetime, datetime], ...]:
    """The free times of a mediator on these local days, as UTC instants; absences are left out."""
    found: list[tuple[datetime, datetime]] = []
    weekly = defaultdict[int, list[Availability | Free]](list)
    for free in mediator.availability:
        weekly[free.weekday].append(free)
    for day in days:
        if mediator.away_until(day):
            continue
        found.extend(
            (minute_of_day(day, free.starts_minute, zone), minute_of_day(day, free.ends_minute, zone))
            for free in weekly.get(day.weekday(), ())
        )
    # a window within the hour that summer time skips has no length
    return tuple((start, end) for start, end in found if start < end)


def is_free(mediator: Mediator, starts: datetime, ends: datetime, zone: ZoneInfo) -> bool:
    """Whether one of their free times holds all of it."""
    free = windows(mediator, local_days((starts, ends), zone), zone)
    return any(start <= starts and ends <= end for start, end in free)


def local_days(instants: Iterable[datetime], zone: ZoneInfo) -> list[date]:
    """The local days on which these instants fall, in order."""
    return sorted({instant.astimezone(zone).date() for instant in instants})
