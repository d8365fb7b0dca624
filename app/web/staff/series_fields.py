"""The part of a request that makes a series of it."""

import re
from datetime import date

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Form, RadioField, StringField, ValidationError
from wtforms.widgets import DateInput, NumberInput

from app.journey.timing.series_days import MOST, RHYTHMS, Rule
from app.models import Continuity
from app.web.inputs import clean, parse_day, readable

SINGLE = ""
_BETWEEN = re.compile(r"[,;\s]+")


class SeriesFields(Form):  # type: ignore[misc] # WTForms ships no types
    """How often, until when, and which days not; one appointment unless a rhythm is chosen."""

    rhythm = RadioField(_l("series.field.rhythm"), default=SINGLE, validate_choice=False)
    until = StringField(_l("series.field.until"), filters=[clean], widget=DateInput())
    count = StringField(_l("series.field.count"), filters=[clean], widget=NumberInput(min=2, max=MOST))
    own_days = StringField(_l("series.field.own_days"), filters=[clean], description=_l("series.hint.days"))
    left_out = StringField(_l("series.field.left_out"), filters=[clean], description=_l("series.hint.days"))
    without_holidays = BooleanField(_l("series.field.without_holidays"), default=True)
    without_school_holidays = BooleanField(_l("series.field.without_school_holidays"))
    same_person = BooleanField(_l("series.field.same_person"), default=True, description=_l("series.hint.same_person"))

    def validate_rhythm(self, field: RadioField) -> None:
        """One of those offered."""
        if (field.data or SINGLE) not in {SINGLE, *RHYTHMS}:
            raise ValidationError(_("staff.error.choose"))

    def validate_until(self, field: StringField) -> None:
        """A day, where one is given."""
        if self.is_series() and field.data:
            readable(parse_day, field.data, "staff.error.date")

    def validate_count(self, field: StringField) -> None:
        """A whole number, where one is given."""
        if self.is_series() and field.data:
            readable(int, field.data, "staff.error.number")

    def validate_own_days(self, field: StringField) -> None:
        """Days."""
        if self.is_series():
            readable(_days, field.data, "series.error.days")

    def validate_left_out(self, field: StringField) -> None:
        """Days as well."""
        if self.is_series():
            readable(_days, field.data, "series.error.days")

    def is_series(self) -> bool:
        """Whether more than one date is wanted."""
        return bool(self.rhythm.data)

    def rule(self) -> Rule:
        """The series, once the form is valid; what belongs to another rhythm counts no more."""
        own = self.rhythm.data == "own"
        first: date = parse_day(self.date.data)
        return Rule(
            rhythm=self.rhythm.data,
            first=first,
            until=parse_day(self.until.data) if self.until.data and not own else None,
            count=int(self.count.data) if self.count.data and not own else None,
            own=_days(self.own_days.data) if own else (),
            left_out=_days(self.left_out.data),
            without_holidays=self.without_holidays.data,
            without_school_holidays=self.without_school_holidays.data,
        )

    def continuity(self) -> Continuity:
        """Whether the same person is wished for."""
        return Continuity.PREFERRED if self.same_person.data else Continuity.NONE


def _days(text: str | None) -> tuple[date, ...]:
    """Days with commas or blanks between them. Raises ValueError."""
    return tuple(parse_day(one) for one in _BETWEEN.split(text or "") if one)
