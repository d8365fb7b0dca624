"""The days and office hours around now."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.journey.timing.local_time import instant

SPAN = timedelta(days=14)
CLOSES = 18 * 60


@dataclass(frozen=True)
class Around:
    """The four weeks around an instant, in a pool's time zone (an IANA name)."""

    now: datetime
    zone: str = "Europe/Berlin"

    @property
    def today(self) -> date:
        """The local day."""
        return self.now.astimezone(ZoneInfo(self.zone)).date()

    def working_days(self) -> list[date]:
        """Monday to Friday of two weeks back and two weeks ahead: 20 days, whichever day it is."""
        first = self.today - SPAN + timedelta(days=1)
        return [day for ahead in range(28) if (day := first + timedelta(days=ahead)).weekday() < 5]

    def working_day_from(self, days: int) -> date:
        """The first working day that is at least so many days ahead."""
        day = self.today + timedelta(days=days)
        return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)

    def at(self, day: date, minute: int) -> datetime:
        """A minute of a local day as an instant in UTC."""
        return instant(day, time(minute // 60, minute % 60), self.zone)

    def in_office_hours(self, moment: datetime) -> bool:
        """Whether somebody sits at a desk and asks for a mediator then."""
        local = moment.astimezone(ZoneInfo(self.zone))
        return local.weekday() < 5 and 7 <= local.hour < 17
