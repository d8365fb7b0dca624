"""The form for what mediators say of themselves, and the way to and from plain values."""

from collections.abc import Sequence
from typing import Any, Final

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Form, SelectField, SelectMultipleField, StringField
from wtforms.widgets import CheckboxInput, ListWidget, NumberInput, TimeInput

from app.models import MODES, Pool
from app.models.locales import MEDIATOR_LOCALES
from app.models.topics import topic_name, topics
from app.registry.mediator_data import LIMITS, MediatorChanges, MediatorData
from app.web.inputs import clean, parse_clock, readable
from app.web.pages import locale

DAY_END: Final = 24 * 60
WEEKENDS: Final = {"": None, "yes": True, "no": False}
NUMBERS: Final = ("max_travel_minutes", "max_appointments_per_day", "max_appointments_per_week")
# in this order their version is told
NAMES: Final = (
    "modes", *NUMBERS, "urgent_opt_in", "locale", "text_from", "text_until", "text_weekends", "excluded_organisations",
    "excluded_topics",
)  # fmt: skip


class Ticks(SelectMultipleField):  # type: ignore[misc] # WTForms ships no types
    """Several of a few, as checkboxes; what is not among them is left out."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def ticked(self) -> list[str]:
        """What is ticked, in the order in which it is offered."""
        return [str(value) for value, *_label in self.choices if str(value) in (self.data or [])]


def _number(name: str) -> StringField:
    least, most = LIMITS[name]
    return StringField(_l(f"mine.{name}"), filters=[clean], widget=NumberInput(min=least, max=most))


class SettingsForm(Form):  # type: ignore[misc] # WTForms ships no types
    """What somebody may say of themselves; its fields are called as in MediatorData."""

    modes = Ticks(_l("mine.modes"), validate_choice=False)
    max_travel_minutes = _number("max_travel_minutes")
    max_appointments_per_day = _number("max_appointments_per_day")
    max_appointments_per_week = _number("max_appointments_per_week")
    urgent_opt_in = BooleanField(_l("mine.urgent_opt_in"), description=_l("mine.urgent_hint"))
    text_from = StringField(_l("mine.text_from"), filters=[clean], widget=TimeInput())
    text_until = StringField(_l("mine.text_until"), filters=[clean], widget=TimeInput())
    text_weekends = SelectField(_l("mine.text_weekends"), validate_choice=False)
    locale = SelectField(_l("mine.locale"), validate_choice=False, description=_l("mine.locale_hint"))
    excluded_organisations = Ticks(_l("mine.excluded_organisations"), validate_choice=False)
    excluded_topics = Ticks(_l("mine.excluded_topics"), validate_choice=False)

    def validate_max_travel_minutes(self, field: StringField) -> None:
        """Empty or a whole number."""
        readable(_whole, field.data, "mine.whole")

    validate_max_appointments_per_day = validate_max_appointments_per_week = validate_max_travel_minutes

    def validate_text_from(self, field: StringField) -> None:
        """Empty or a time of day."""
        readable(_minute, field.data, "mine.clock")

    validate_text_until = validate_text_from

    def offer_choices(self, pool: Pool, organisations: Sequence[tuple[int, str]]) -> None:
        """Fill what can be chosen, in the language of the request."""
        pools = _("mine.weekends.pool_yes") if pool.text_weekends else _("mine.weekends.pool_no")
        self.modes.choices = [
            (one, _("mine.mode.on_site") if one == "on_site" else _(f"offer.mode.{one}")) for one in MODES
        ]
        self.text_weekends.choices = [("", pools), *((one, _(f"mine.weekends.{one}")) for one in WEEKENDS if one)]
        self.locale.choices = list(MEDIATOR_LOCALES.items())
        self.excluded_topics.choices = [(one, topic_name(one, locale())) for one in topics()]
        self.excluded_organisations.choices = [(str(one), name) for one, name in organisations]

    def changes(self, before: MediatorData) -> MediatorChanges:
        """What is said now, after validate(); what the form does not offer of what they do not want stays unwanted."""
        offered = {int(value) for value, _name in self.excluded_organisations.choices}
        unseen = [one for one in before.excluded_organisations if one not in offered]
        organisations = sorted([*unseen, *map(int, self.excluded_organisations.ticked())])
        return {
            "modes": tuple(self.modes.ticked()),
            "max_travel_minutes": _whole(self.max_travel_minutes.data),
            "max_appointments_per_day": _whole(self.max_appointments_per_day.data),
            "max_appointments_per_week": _whole(self.max_appointments_per_week.data),
            "urgent_opt_in": self.urgent_opt_in.data,
            "locale": self.locale.data or "",
            "text_from": _minute(self.text_from.data),
            "text_until": DAY_END if _minute(self.text_until.data) == 0 else _minute(self.text_until.data),
            "text_weekends": WEEKENDS.get(self.text_weekends.data),
            "excluded_organisations": tuple(organisations),
            "excluded_topics": tuple(self.excluded_topics.ticked()),
        }


def values_of(data: MediatorData) -> dict[str, Any]:
    """What the form shows of what is known."""
    weekends = next(word for word, value in WEEKENDS.items() if value is data.text_weekends)
    return {
        **{name: getattr(data, name) for name in ("modes", "urgent_opt_in", "locale", "excluded_topics")},
        **{name: "" if getattr(data, name) is None else str(getattr(data, name)) for name in NUMBERS},
        **{name: _clock(getattr(data, name)) for name in ("text_from", "text_until")},
        "text_weekends": weekends,
        "excluded_organisations": [str(one) for one in data.excluded_organisations],
    }


def _clock(minute: int | None) -> str:
    """As a time field shows it: the end of the day is 00:00."""
    return "" if minute is None else f"{minute // 60 % 24:02}:{minute % 60:02}"


def _whole(text: str | None) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise ValueError(text)
    return int(text)


def _minute(text: str | None) -> int | None:
    if not text:
        return None
    if text == "24:00":
        return DAY_END
    found = parse_clock(text)
    return found.hour * 60 + found.minute
