"""The forms of staff: what may be typed, and the sentence for what cannot be taken. Nothing typed is lost."""

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Optional
from wtforms.widgets import NumberInput

from app.web.inputs import clean, language_options, readable
from app.web.request_fields import WhenWhereFields, listed
from app.web.staff.fallback_fields import FallbackFields
from app.web.staff.series_fields import SeriesFields


class TimesForm(WhenWhereFields):
    """What can be changed later, too: when, how long, where, and the small print."""

    mediators_needed = StringField(
        _l("staff.field.mediators_needed"), [InputRequired(_l("staff.error.number"))], default="1", filters=[clean],
        widget=NumberInput(min=1, max=9),
    )  # fmt: skip
    reference = StringField(
        _l("staff.field.reference"), [Optional()], filters=[clean], description=_l("staff.hint.reference")
    )
    second_language = SelectField(_l("staff.field.second_language"), [Optional(), listed], validate_choice=False)
    note = TextAreaField(_l("staff.field.note"), [Optional()], filters=[clean], description=_l("staff.hint.note"))

    def spoken(self) -> tuple[str, ...]:
        """The language, then everything that is understood as well."""
        return (*super().spoken(), *filter(None, [self.second_language.data]))

    def offer_languages(self) -> None:
        """Fill what can be chosen, in the language of the request."""
        super().offer_languages()
        self.second_language.choices = [(one.code, one.name) for one in language_options(empty="")]

    def validate_mediators_needed(self, field: StringField) -> None:
        """A whole number."""
        readable(int, field.data, "staff.error.number")


class RequestForm(FallbackFields, SeriesFields, TimesForm):
    """A new request, on one short page."""

    topic = SelectField(
        _l("staff.field.topic"), [InputRequired(_l("staff.error.topic")), listed], validate_choice=False
    )
    gender = SelectField(_l("staff.field.gender"), [Optional(), listed], validate_choice=False)
    urgent = BooleanField(_l("staff.field.urgent"), description=_l("staff.hint.urgent"))
    template_name = StringField(_l("templates.field.name"), [Optional()], filters=[clean])

    def more_is_open(self) -> bool:
        """Whether the less common fields have something to show."""
        fields = (self.gender, self.reference, self.mediators_needed)
        if any(one.errors for one in fields):
            return True
        return any(one.data for one in fields[:2]) or self.mediators_needed.data not in {"1", None}
