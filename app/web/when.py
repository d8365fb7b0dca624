"""Days and times as people say them, in the pool's time zone and the language of the request."""

import math
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_skeleton, format_timedelta
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

# a line may end after a dash, unless word joiners hold it
UNBROKEN_DASH = "\N{WORD JOINER}–\N{WORD JOINER}"
# nearer than this people count hours, whatever the date: at eleven in the evening nobody calls one o'clock "tomorrow"
HOURS_COUNT: Final = timedelta(hours=6)
NO_BREAK = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True)
class When:
    """A pool's time zone and the present instant, for sentences about other instants (all aware)."""

    zone: ZoneInfo
    now: datetime

    @classmethod
    def of(cls, timezone: str, now: datetime) -> "When":
        """For a pool's time zone by name."""
        return cls(ZoneInfo(timezone), now)

    def local(self, instant: datetime) -> datetime:
        """The wall-clock time of an instant."""
        return instant.astimezone(self.zone)

    def weekday(self, instant: datetime) -> str:
        """Dienstag."""
        return self._date(self.local(instant).date(), "EEEE")

    def day(self, instant: datetime) -> str:
        """Di., 1. Dezember; with the year if it is another one than now."""
        local = self.local(instant).date()
        text = self._date(local, _("when.day_pattern"))
        return text if local.year == self.local(self.now).year else f"{text} {local.year}"

    def brief(self, day: datetime | date) -> str:
        """1. Dez.; with the year if it is another one than now. An instant stands for its local day."""
        local = self.local(day).date() if isinstance(day, datetime) else day
        skeleton = "MMMd" if local.year == self.local(self.now).year else "yMMMd"
        return str(format_skeleton(skeleton, local, locale=get_locale())).replace(" ", NO_BREAK)

    def short_day(self, day: date) -> str:
        """Di., 1. Dez.; with the year if it is another one than now."""
        skeleton = "MMMEd" if day.year == self.local(self.now).year else "yMMMEd"
        return str(format_skeleton(skeleton, day, locale=get_locale())).replace(" ", NO_BREAK)

    def clock(self, instant: datetime) -> str:
        """18:00 Uhr."""
        return str(_("when.clock", time=f"{self.local(instant):%H:%M}"))

    def span(self, starts: datetime, ends: datetime) -> str:
        """Di., 1. Dezember, 10–11 Uhr; no narrow column tears the hours apart, and midnight ends its day as 24 Uhr."""
        begin, end = self.local(starts), self.local(ends)
        full_hours = begin.minute == end.minute == 0 and _("when.short_hours") == "yes"
        last_hour = 24 if end.hour == end.minute == 0 else end.hour
        first, last = (
            str(hour) if full_hours else f"{hour:02}:{minute:02}"
            for hour, minute in ((begin.hour, begin.minute), (last_hour, end.minute))
        )
        hours = str(_("when.hours", first=first, last=last))
        return _joined(self.day(starts), hours.replace("–", UNBROKEN_DASH).replace(" ", NO_BREAK))

    def moment(self, instant: datetime) -> str:
        """heute, 18:00 Uhr; or Di., 1. Dezember, 9:00 Uhr."""
        days = self._days_until(instant)
        day = {0: _("when.today"), 1: _("when.tomorrow"), -1: _("when.yesterday")}.get(days) or self.day(instant)
        return _joined(day, self.clock(instant))

    def from_then(self, instant: datetime) -> str:
        """From when on: heute um 14:10 Uhr, morgen um 8 Uhr, Montag um 8 Uhr; later, Di., 1. Dezember um 8 Uhr."""
        days = self._days_until(instant)
        near = {0: _("when.today"), 1: _("when.tomorrow")}.get(days)
        day = near or (self.weekday(instant) if 1 < days < 7 else self.day(instant))
        return str(_("when.at", day=day, clock=self.short_clock(instant)))

    def start(self, instant: datetime) -> str:
        """Mi., 2. Dezember, 14 Uhr."""
        return _joined(self.day(instant), self.short_clock(instant))

    def short_clock(self, instant: datetime) -> str:
        """14 Uhr, or 14:30 Uhr."""
        local = self.local(instant)
        full_hour = local.minute == 0 and _("when.short_hours") == "yes"
        clock = str(_("when.clock", time=str(local.hour) if full_hour else f"{local:%H:%M}"))
        return clock.replace(" ", NO_BREAK)

    def ahead(self, instant: datetime) -> str:
        """As in 25 Minuten, in 2 Stunden; further away heute, morgen, in 9 Tagen; nothing for days that are past."""
        unit, count = self.distance(instant) or ("", 0)
        if unit == "minutes":
            return str(ngettext("when.in_minute", "when.in_minutes", count))
        if unit == "hours":
            return str(ngettext("when.in_hour", "when.in_hours", count))
        if not unit:
            return ""
        if count < 2:
            return str(_("when.tomorrow") if count else _("when.today"))
        return str(_("when.in_days", days=count))

    def distance(self, instant: datetime) -> tuple[str, int] | None:
        """How far away it is as `ahead` says it: so many minutes, hours or days; None for days that are past."""
        left = instant - self.now
        if timedelta(0) < left < timedelta(hours=1):
            return "minutes", max(1, round(left / timedelta(minutes=1)))
        if timedelta(0) < left < HOURS_COUNT:
            return "hours", round(left / timedelta(hours=1))
        days = self._days_until(instant)
        return None if days < 0 else ("days", days)

    def _days_until(self, instant: datetime) -> int:
        return (self.local(instant).date() - self.local(self.now).date()).days

    @staticmethod
    def _date(day: date, pattern: str) -> str:
        return str(format_date(day, pattern, locale=get_locale()))


def _joined(day: str, time: str) -> str:
    return str(_("when.joined", day=day, time=time))


def hours(first: int, last: int) -> str:
    """8–12 or 8:30–12, from minutes of the day; in words where a dash could be read from either side."""
    starts, ends = (f"{one // 60}:{one % 60:02}" if one % 60 else str(one // 60) for one in (first, last))
    return str(_("when.stretch", first=starts, last=ends)).replace("–", UNBROKEN_DASH)


def minutes(count: int) -> str:
    """60 Minuten."""
    return str(ngettext("when.minute", "when.minutes", count))


def waiting(seconds: int) -> str:
    """5 Minuten, 2 Stunden: how long to wait, rounded up so that it is never too short."""
    whole = timedelta(minutes=math.ceil(seconds / 60))
    if whole > timedelta(hours=1):
        whole = timedelta(hours=math.ceil(whole / timedelta(hours=1)))
    return str(format_timedelta(whole, threshold=1, locale=get_locale()))
