"""The form by which somebody offers to become a mediator, and the way to and from plain values."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Field, FieldList, Form, FormField, SelectField, SelectMultipleField, StringField
from wtforms.widgets import CheckboxInput, EmailInput, ListWidget, TelInput

from app.models import MODES, Application
from app.registry.application_data import ApplicationData
from app.web.inputs import clean, language_options
from notifications.phone_words import readable

MOST_LANGUAGES: Final = 10
# how people say it of themselves
LEVELS: Final = ("native", "C1", "B2")


class SkillForm(Form):  # type: ignore[misc] # WTForms ships no types
    """A language and how well it is spoken; an empty row says nothing, a half-filled one is an error."""

    language = SelectField(_l("joining.language"), filters=[clean], validate_choice=False)
    level = SelectField(_l("joining.level"), filters=[clean], validate_choice=False)

    @property
    def empty(self) -> bool:
        """Whether nothing was chosen."""
        return not (self.language.data or self.level.data)

    def validate(self, extra_validators: Any = None) -> bool:  # noqa: ARG002 - as WTForms calls it
        """Both or nothing; what is chosen is looked at with all the rest."""
        missing = [] if self.empty else [one for one in self if not one.data]
        for one in missing:
            one.errors = [_("joining.choose")]
        return not missing


class JoinForm(Form):  # type: ignore[misc] # WTForms ships no types
    """What the pool has to know before somebody talks with them; what is wrong is said by application_data.check()."""

    skills = FieldList(FormField(SkillForm), _l("joining.skills"), max_entries=MOST_LANGUAGES)
    modes = SelectMultipleField(
        _l("joining.modes"), validate_choice=False, widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
    )
    place = StringField(_l("joining.place"), filters=[clean], description=_l("joining.place.hint"))
    name = StringField(_l("joining.name"), filters=[clean])
    phone = StringField(_l("joining.phone"), filters=[clean], widget=TelInput(), description=_l("joining.phone.hint"))
    email = StringField(_l("joining.email"), filters=[clean], widget=EmailInput(), description=_l("joining.email.hint"))
    consents = BooleanField(_l("joining.consents"), description=_l("joining.consents.hint"))

    def offer_choices(self, *, more: bool = False) -> None:
        """Fill what can be chosen, in the language of the request; `more` adds a row to write in."""
        if not self.skills or (more and len(self.skills) < MOST_LANGUAGES):
            self.skills.append_entry()
        self.modes.choices = [(one, _(f"coordinator.mode.{one}")) for one in MODES]
        known = [(code, name) for code, name, *_more in language_options(empty=str(_("joining.please")))]
        levels = [("", str(_("joining.please"))), *((one, str(_(f"joining.level.{one}"))) for one in LEVELS)]
        for row in self.skills:
            row.form.language.choices, row.form.level.choices = known, levels

    def values(self, locale: str) -> ApplicationData:
        """What was typed."""
        return ApplicationData(
            name=self.name.data or "",
            phone=self.phone.data or "",
            email=self.email.data or "",
            skills=tuple(
                (row.form.language.data or "", row.form.level.data or "") for row in self.skills if not row.form.empty
            ),
            modes=tuple(self.modes.data or ()),
            place=self.place.data or "",
            locale=locale,
            consents=bool(self.consents.data),
        )

    def summary(self) -> "Summary":
        """Everything that is wrong, that in the rows included."""
        in_rows = (one for row in self.skills for one in row.form)
        return Summary([one for one in (*self, *in_rows) if one.errors], self.form_errors)


@dataclass(frozen=True)
class Summary:
    """The fields with errors, for the list of errors above the form."""

    errors: list[Field]
    form_errors: list[str]

    def __iter__(self) -> Iterator[Field]:
        return iter(self.errors)


def typed(application: Application) -> dict[str, Any]:
    """What an invitation says already, as the form's fields hold it."""
    return {
        "name": application.name,
        "phone": readable(application.phone),
        "email": application.email,
        "modes": list(MODES),
    }
