"""What every form of a request asks: which language, when, how long and where. Nothing typed is lost."""

from datetime import date, time
from typing import TypeAlias

from babel.lists import format_list
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Form, RadioField, SelectField, StringField, ValidationError
from wtforms.validators import InputRequired, Optional
from wtforms.widgets import DateInput, NumberInput, TimeInput

from app.errors import FieldProblem
from app.journey.request import LIMITS
from app.models import languages
from app.web.choices import EITHER, ELSEWHERE, OTHER, member_choices
from app.web.inputs import clean, language_options, parse_clock, parse_day, readable
from app.web.located import spot_field
from app.web.pages import locale, sentence

# where a problem of the journey is shown on the form; others have the same name on both sides
FIELDS = {
    "starts_at": "date",
    "site": "place",
    "mode": "place",
    "accepted_languages": "second_language",
    "fallback_languages": "second_language",
    "other_starts": "other_date",
}
# the form below has fields of these names
Day: TypeAlias = date
Clock: TypeAlias = time
AT_THE_TIME = frozenset({"skipped_hour", "doubled_hour", "naive_time"})


def listed(form: Form, field: SelectField) -> None:  # noqa: ARG001 - WTForms calls it with both
    """For a field: one of its choices."""
    if field.data not in {choice[0] for choice in field.choices}:
        raise ValidationError(_("staff.error.choose"))


class WhatFields(Form):  # type: ignore[misc] # WTForms ships no types
    """What comes first on the page and in its list of errors: WTForms keeps the order of definition."""

    language = SelectField(
        _l("staff.field.language"), [InputRequired(_l("staff.error.language")), listed], validate_choice=False
    )

    member = RadioField(_l("staff.field.member"), validate_choice=False)

    def validate_member(self, field: RadioField) -> None:
        """Which language is meant, where the word stands for several."""
        if self._members() and field.data not in {*self._members(), EITHER}:
            names = [languages.name(code, locale()) for code in self._members()]
            said = format_list(names, style="or", locale=get_locale())
            raise ValidationError(_("staff.error.member", names=said))

    def _members(self) -> tuple[str, ...]:
        found = languages.find(self.language.data or "")
        return found.members if found else ()

    def spoken(self) -> tuple[str, ...]:
        """The language, once the form is valid; or all that the word stands for, where either is understood."""
        members = self._members()
        if not members:
            return (str(self.language.data),)
        return members if self.member.data == EITHER else (str(self.member.data),)


class WhenWhereFields(WhatFields):
    """When, how long and where."""

    date = StringField(
        _l("staff.field.date"), [InputRequired(_l("staff.error.date"))], filters=[clean], widget=DateInput()
    )
    time = StringField(
        _l("staff.field.time"), [InputRequired(_l("staff.error.time"))], filters=[clean], widget=TimeInput()
    )
    duration = RadioField(_l("staff.field.duration"), [listed], default="60", validate_choice=False)
    other_minutes = StringField(
        _l("staff.field.other_minutes"), filters=[clean], description=_l("staff.hint.other_minutes"),
        widget=NumberInput(min=15, max=480),
    )  # fmt: skip
    place = RadioField(_l("staff.field.place"), [InputRequired(_l("staff.error.place")), listed], validate_choice=False)
    elsewhere = StringField(_l("staff.field.elsewhere"), filters=[clean], description=_l("staff.hint.elsewhere"))
    elsewhere_spot = spot_field(_l("address.which"))
    elsewhere_name = StringField(
        _l("staff.field.elsewhere_name"), [Optional()], filters=[clean], description=_l("staff.hint.elsewhere_name")
    )

    def offer_languages(self) -> None:
        """Fill what can be chosen, in the language of the request."""
        self.language.choices = [(one.code, one.name) for one in language_options(empty="", macros=True)]
        self.member.choices = member_choices()

    def validate_date(self, field: StringField) -> None:
        """A day that exists."""
        readable(parse_day, field.data, "staff.error.date")

    def validate_time(self, field: StringField) -> None:
        """A time of day."""
        readable(parse_clock, field.data, "staff.error.time")

    def validate_other_minutes(self, field: StringField) -> None:
        """A whole number, if it is asked for."""
        if self.duration.data == OTHER:
            readable(int, field.data, "staff.error.minutes")

    def validate_elsewhere(self, field: StringField) -> None:
        """Something to look for, if it is asked for."""
        if self.place.data == ELSEWHERE and not field.data:
            raise ValidationError(_("staff.error.elsewhere"))

    @property
    def day(self) -> Day:
        """The day, once the form is valid."""
        return parse_day(self.date.data)

    @property
    def clock(self) -> Clock:
        """The time of day, once the form is valid."""
        return parse_clock(self.time.data)

    @property
    def minutes(self) -> int:
        """How long, once the form is valid."""
        return int(self.other_minutes.data if self.duration.data == OTHER else self.duration.data)

    def show(self, problem: FieldProblem) -> None:
        """Put the sentence for a problem of the journey at its field."""
        name = FIELDS.get(problem.field, problem.field)
        if problem.field == "starts_at" and problem.code in AT_THE_TIME:
            name = "time"
        if problem.field == "duration_minutes":
            name = "other_minutes" if self.duration.data == OTHER else "duration"
        if name == "place" and self.place.data == ELSEWHERE:
            name = "elsewhere_name" if len(self.elsewhere_name.data or "") > LIMITS["place_name"] else "elsewhere"
        said = sentence(problem.code, dict(problem.params))
        if name in self:
            self[name].errors = [*self[name].errors, said]
        else:
            self.form_errors.append(said)
