"""Times of day for coordinators: what a time field shows and says, and hours in words."""

from collections.abc import Iterable
from typing import Final

from flask_babel import gettext as _
from wtforms import ValidationError

from app.models import Availability
from app.web.inputs import parse_clock
from app.web.when import UNBROKEN_DASH

DAY_END: Final = 24 * 60


def clock(minute: int) -> str:
    """08:30; the end of the day is 00:00, which is all that a time field can show."""
    return f"{minute // 60 % 24:02d}:{minute % 60:02d}"


def until(minute: int) -> str:
    """08:30; the end of the day is 24:00, as people say it."""
    return "24:00" if minute == DAY_END else clock(minute)


def free_hours(times: Iterable[Availability], weekday: int) -> str:
    """The free times of a weekday, such as 08:00–12:00, 14:00–18:00; nothing if there are none."""
    spans = sorted((one.starts_minute, one.ends_minute) for one in times if one.weekday == weekday)
    return ", ".join(f"{clock(starts)}{UNBROKEN_DASH}{until(ends)}" for starts, ends in spans)


def minute_of(text: str | None, *, end: bool = False) -> int:
    """A time of day in minutes; as an end, 24:00 and 0:00 are the end of the day. Raises ValidationError."""
    if end and text == "24:00":
        return DAY_END
    try:
        found = parse_clock(text or "")
    except ValueError as error:
        raise ValidationError(_("coordinator.error.clock")) from error
    return found.hour * 60 + found.minute or (DAY_END if end else 0)
