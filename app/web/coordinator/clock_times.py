"""Times of day on coordinators' forms: what a time field shows, and what it says."""

from typing import Final

from flask_babel import gettext as _
from wtforms import ValidationError

from app.web.inputs import parse_clock

DAY_END: Final = 24 * 60


def clock(minute: int) -> str:
    """08:30; the end of the day is 00:00, which is all that a time field can show."""
    return f"{minute // 60 % 24:02d}:{minute % 60:02d}"


def minute_of(text: str | None, *, end: bool = False) -> int:
    """A time of day in minutes; as an end, 24:00 and 0:00 are the end of the day. Raises ValidationError."""
    if end and text == "24:00":
        return DAY_END
    try:
        found = parse_clock(text or "")
    except ValueError as error:
        raise ValidationError(_("coordinator.error.clock")) from error
    return found.hour * 60 + found.minute or (DAY_END if end else 0)
