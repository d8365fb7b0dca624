"""The part of a request that says what may be tried if nobody can come to it as it is."""

from datetime import datetime

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Form, StringField
from wtforms.widgets import DateInput, TimeInput

from app.journey.timing.local_time import instant
from app.models import Rung
from app.web.inputs import clean, parse_clock, parse_day, readable


class FallbackFields(Form):  # type: ignore[misc] # WTForms ships no types
    """Ways out that staff permit; another time counts as permitted where one is named."""

    fallback_mode = BooleanField(_l("fallbacks.field.mode"), default=True)
    fallback_device = BooleanField(_l("fallbacks.field.device"), default=True)
    fallback_neighbour = BooleanField(
        _l("fallbacks.field.neighbour"), default=True, description=_l("fallbacks.hint.neighbour")
    )
    fallback_language = BooleanField(_l("fallbacks.field.language"), description=_l("fallbacks.hint.language"))
    other_date = StringField(_l("fallbacks.field.other_date"), filters=[clean], widget=DateInput())
    other_time = StringField(_l("fallbacks.field.other_time"), filters=[clean], widget=TimeInput())

    def validate_other_date(self, field: StringField) -> None:
        """A day that exists, where a time is given, too."""
        if field.data or self.other_time.data:
            readable(parse_day, field.data, "staff.error.date")

    def validate_other_time(self, field: StringField) -> None:
        """A time of day, where a day is given, too."""
        if field.data or self.other_date.data:
            readable(parse_clock, field.data, "staff.error.time")

    def other_starts(self, timezone: str) -> tuple[datetime, ...]:
        """The other time, once the form is valid; empty if none was named."""
        if not self.other_date.data:
            return ()
        day, clock = parse_day(self.other_date.data), parse_clock(self.other_time.data)
        return (instant(day, clock, timezone, "other_starts"),)

    def permitted(self) -> tuple[str, ...]:
        """The rungs, once the form is valid."""
        chosen = {
            Rung.LANGUAGE: self.fallback_language.data,
            Rung.MODE: self.fallback_mode.data,
            Rung.TIME: self.other_date.data,
            Rung.NEIGHBOUR: self.fallback_neighbour.data,
            Rung.DEVICE: self.fallback_device.data,
        }
        return tuple(rung.value for rung, said in chosen.items() if said)
