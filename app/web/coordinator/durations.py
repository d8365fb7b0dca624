"""Lengths of time and shares as people read them."""

from flask_babel import format_percent
from flask_babel import gettext as _


def hours_and_minutes(minutes: int | None) -> str:
    """1 Std. 40 Min.; a dash for none."""
    if minutes is None:
        return "–"
    hours, rest = divmod(minutes, 60)
    if not hours:
        return str(_("coordinator.duration.minutes", minutes=rest))
    if hours >= 48 or not rest:
        return str(_("coordinator.duration.hours", hours=hours))
    return str(_("coordinator.duration.both", hours=hours, minutes=rest))


def percent(share: float | None) -> str:
    """86 %; a dash for none."""
    return "–" if share is None else str(format_percent(share))
