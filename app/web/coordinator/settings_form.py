"""The form for the pool's own rules, and the way to and from its row."""

from typing import Any, Final

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Form, SelectField, StringField, ValidationError
from wtforms.validators import InputRequired, Optional
from wtforms.widgets import EmailInput, NumberInput, TelInput, TimeInput

from app.models import LEVELS, Pool
from app.web.coordinator.candidates import level_word
from app.web.coordinator.clock_times import clock, minute_of
from app.web.coordinator.fields import Between, Short, decimal, is_decimal, is_email, is_whole, listed, whole
from app.web.inputs import clean
from app.web.pages import sentence

# field -> least and most
RANGES: Final = {
    "fill_target": (50, 99),
    "max_texts_per_day": (1, 20),
    "text_pause_minutes": (0, 240),
    "base_travel_minutes": (0, 60),
    "max_travel_minutes": (5, 240),
    "minutes_per_km": (0.5, 10),
}
WHOLE: Final = tuple(name for name in RANGES if name != "minutes_per_km")
TICKED: Final = ("text_weekends", "reconfirm")


def _number(name: str) -> StringField:
    least, most = RANGES[name]
    check = is_whole if name in WHOLE else is_decimal
    return StringField(
        _l(f"coordinator.settings.{name}"),
        [InputRequired(_l("coordinator.error.missing")), check, Between(least, most)],
        filters=[clean], description=_l(f"coordinator.settings.{name}.hint"),
        widget=NumberInput(min=least, max=most, step="1" if name in WHOLE else "any"),
    )  # fmt: skip


def _clock(name: str) -> StringField:
    return StringField(
        _l(f"coordinator.settings.{name}"), [InputRequired(_l("coordinator.error.missing"))],
        filters=[clean], widget=TimeInput(),
    )  # fmt: skip


def _tick(name: str) -> BooleanField:
    return BooleanField(_l(f"coordinator.settings.{name}"), description=_l(f"coordinator.settings.{name}.hint"))


class SettingsForm(Form):  # type: ignore[misc] # WTForms ships no types
    """What an admin may set."""

    name = StringField(
        _l("coordinator.settings.name"), [InputRequired(_l("coordinator.error.missing")), Short(120)], filters=[clean]
    )
    email = StringField(
        _l("coordinator.settings.email"),
        [InputRequired(_l("coordinator.error.missing")), Short(254), is_email],
        filters=[clean], widget=EmailInput(),
    )  # fmt: skip
    phone = StringField(
        _l("coordinator.settings.phone"), [Optional(), Short(40)], filters=[clean], widget=TelInput(),
        description=_l("coordinator.settings.phone.hint"),
    )  # fmt: skip
    min_level = SelectField(
        _l("coordinator.settings.min_level"), [Optional(), listed], validate_choice=False,
        description=_l("coordinator.settings.min_level.hint"),
    )  # fmt: skip
    fill_target = _number("fill_target")
    max_texts_per_day = _number("max_texts_per_day")
    text_pause_minutes = _number("text_pause_minutes")
    text_from = _clock("text_from")
    text_until = _clock("text_until")
    text_weekends = _tick("text_weekends")
    reconfirm = _tick("reconfirm")
    base_travel_minutes = _number("base_travel_minutes")
    minutes_per_km = _number("minutes_per_km")
    max_travel_minutes = _number("max_travel_minutes")

    def offer_choices(self) -> None:
        """Fill what can be chosen, in the language of the request."""
        levels = [(one, level_word(one)) for one in LEVELS]
        self.min_level.choices = [("", _("coordinator.settings.any_level")), *levels]

    def validate_text_from(self, field: StringField) -> None:
        """A time of day."""
        minute_of(field.data)

    def validate_text_until(self, field: StringField) -> None:
        """A later time of day."""
        until = minute_of(field.data, end=True)
        if not self.text_from.errors and until <= minute_of(self.text_from.data):
            raise ValidationError(sentence("ends_before_start"))

    def fill(self, pool: Pool) -> None:
        """Set what was typed."""
        pool.name, pool.email, pool.phone = self.name.data, self.email.data, self.phone.data or ""
        pool.min_level = self.min_level.data or None
        for name in WHOLE:
            setattr(pool, name, whole(self[name].data))
        for name in TICKED:
            setattr(pool, name, bool(self[name].data))
        pool.minutes_per_km = decimal(self.minutes_per_km.data) or pool.minutes_per_km
        pool.text_from_minute = minute_of(self.text_from.data)
        pool.text_until_minute = minute_of(self.text_until.data, end=True)


def typed(pool: Pool) -> dict[str, Any]:
    """A pool as the form's fields hold it."""
    return {
        **{name: f"{getattr(pool, name):g}" for name in RANGES},
        **{name: getattr(pool, name) for name in ("name", "email", "phone", *TICKED)},
        "min_level": pool.min_level or "",
        "text_from": clock(pool.text_from_minute),
        "text_until": clock(pool.text_until_minute),
    }
