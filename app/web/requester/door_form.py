"""The form behind a door: what an organisation asks for that needs no account."""

from typing import TypeAlias

from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import Form, SelectField, StringField, TextAreaField, ValidationError
from wtforms.validators import DataRequired, InputRequired, Optional
from wtforms.widgets import EmailInput, TelInput

from app.journey.request import Place, Request
from app.journey.timing.local_time import instant
from app.legible import is_one_line
from app.models import Organisation, Pool
from app.web import choices
from app.web.inputs import clean
from app.web.located import Said
from app.web.pages import sentence
from app.web.request_fields import WhenWhereFields, listed

Elsewhere: TypeAlias = tuple[Place, Said]


def _one_line(form: Form, field: StringField) -> None:  # noqa: ARG001 - WTForms calls it with both
    """It stands in headers of e-mails, and in lines of theirs."""
    if field.data and not is_one_line(field.data):
        raise ValidationError(sentence("one_line"))


class DoorForm(WhenWhereFields):
    """A request on one short page, and who asks."""

    topic = SelectField(
        _l("staff.field.topic"), [InputRequired(_l("staff.error.topic")), listed], validate_choice=False
    )
    gender = SelectField(_l("staff.field.gender"), [Optional(), listed], validate_choice=False)
    note = TextAreaField(_l("staff.field.note"), [Optional()], filters=[clean], description=_l("staff.hint.note"))
    contact_name = StringField(
        _l("door.field.name"), [DataRequired(_l("door.error.name")), _one_line], filters=[clean],
        render_kw={"autocomplete": "name"},
    )  # fmt: skip
    contact_email = StringField(
        _l("door.field.email"), [DataRequired(_l("door.error.email"))], filters=[clean],
        description=_l("door.hint.email"), widget=EmailInput(), render_kw={"autocomplete": "email"},
    )  # fmt: skip
    contact_phone = StringField(
        _l("door.field.phone"), [Optional(), _one_line], filters=[clean],
        description=_l("door.hint.phone"), widget=TelInput(), render_kw={"autocomplete": "tel"},
    )  # fmt: skip

    def wanted(self, pool: Pool, organisation: Organisation, elsewhere: Elsewhere | None) -> Request:
        """What was typed, once the form is valid. Raises Invalid for an hour that the day lacks or has twice."""
        site = choices.chosen_site(organisation.sites, self.place.data)
        place = elsewhere[0] if elsewhere else Place.of_site(site) if site else None
        language, *others = self.spoken()
        return Request(
            language=language,
            starts_at=instant(self.day, self.clock, pool.timezone),
            duration_minutes=self.minutes,
            mode="on_site" if place else self.place.data,
            place=place,
            topic=self.topic.data,
            accepted_languages=tuple(others),
            gender=self.gender.data or None,
            note=self.note.data or "",
            contact_name=self.contact_name.data,
            contact_email=self.contact_email.data,
            contact_phone=self.contact_phone.data or "",
        )

    def typed(self) -> dict[str, str]:
        """Every field that says something, to be shown again."""
        return {name: str(value) for name, value in self.data.items() if value}


def door_form(typed: MultiDict[str, str] | None, organisation: Organisation) -> DoorForm:
    """The form with what was typed, or as it is before anything is."""
    form = DoorForm(typed or None)
    form.offer_languages()
    form.duration.choices = choices.duration_choices()
    form.place.choices = choices.place_choices(organisation.sites)
    form.topic.choices = choices.topic_choices()
    form.gender.choices = choices.gender_choices()
    if not typed and organisation.sites:
        form.place.data = form.place.choices[0][0]
    return form
