"""The form for the pool's own rules, and the way to and from its row."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Form, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Optional
from wtforms.widgets import EmailInput, NumberInput, TelInput, TimeInput

from app.models import CLEARANCES, LEVELS, RUNGS, Pool, Rung
from app.models.topics import topic_name, topics
from app.registry.pool_rules import MONTHS, RANGES, PoolRules
from app.web.coordinator.candidates import level_word
from app.web.coordinator.clock_times import clock, minute_of
from app.web.coordinator.fields import TickField, decimal, is_decimal, is_whole, listed, whole
from app.web.inputs import clean
from app.web.pages import locale

# where a problem of the rules is shown; others have the same name on both sides
NAMES: Final = {"text_from_minute": "text_from", "text_until_minute": "text_until"}
WHOLE: Final = tuple(name for name in RANGES if name != "minutes_per_km")
TICKED: Final = ("text_weekends", "reconfirm", "takes_applications", *(f"{kind}_required" for kind in CLEARANCES))


def _number(name: str) -> StringField:
    least, most = RANGES[name]
    check = is_whole if name in WHOLE else is_decimal
    return StringField(
        _l(f"coordinator.settings.{name}"),
        # of what is left once it is cleaned
        [DataRequired(_l("coordinator.error.missing")), check],
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


def _required(kind: str) -> BooleanField:
    return BooleanField(_l(f"clearances.required.{kind}"))


def _months(kind: str) -> StringField:
    least, most = MONTHS[f"{kind}_months"]
    return StringField(
        _l(f"clearances.months.{kind}"), [Optional(), is_whole], filters=[clean],
        description=_l(f"clearances.months.{kind}.hint"), widget=NumberInput(min=least, max=most, step="1"),
    )  # fmt: skip


def _forbidden(rung: Rung) -> TickField:
    return TickField(_l(f"fallbacks.forbidden.{rung}"), [Optional(), listed], validate_choice=False)


class SettingsForm(Form):  # type: ignore[misc] # WTForms ships no types
    """What an admin may set."""

    name = StringField(
        _l("coordinator.settings.name"), [InputRequired(_l("coordinator.error.missing"))], filters=[clean]
    )
    email = StringField(
        _l("coordinator.settings.email"),
        [InputRequired(_l("coordinator.error.missing"))],
        filters=[clean], widget=EmailInput(),
    )  # fmt: skip
    phone = StringField(
        _l("coordinator.settings.phone"), [Optional()], filters=[clean], widget=TelInput(),
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
    takes_applications = _tick("takes_applications")
    training_required, training_months = _required("training"), _months("training")
    confidentiality_required, confidentiality_months = _required("confidentiality"), _months("confidentiality")
    conduct_required, conduct_months = _required("conduct"), _months("conduct")
    membership_required, membership_months = _required("membership"), _months("membership")
    forbidden_language, forbidden_mode = _forbidden(Rung.LANGUAGE), _forbidden(Rung.MODE)
    forbidden_time, forbidden_device = _forbidden(Rung.TIME), _forbidden(Rung.DEVICE)
    forbidden_neighbour = _forbidden(Rung.NEIGHBOUR)
    base_travel_minutes = _number("base_travel_minutes")
    minutes_per_km = _number("minutes_per_km")
    max_travel_minutes = _number("max_travel_minutes")

    def offer_choices(self) -> None:
        """Fill what can be chosen, in the language of the request."""
        levels = [(one, level_word(one)) for one in LEVELS]
        self.min_level.choices = [("", _("coordinator.settings.any_level")), *levels]
        for rung in RUNGS:
            self[f"forbidden_{rung}"].choices = [(one, topic_name(one, locale())) for one in topics()]

    def validate_text_from(self, field: StringField) -> None:
        """A time of day."""
        minute_of(field.data)

    def validate_text_until(self, field: StringField) -> None:
        """A time of day."""
        minute_of(field.data, end=True)

    def rules(self, standing: PoolRules) -> PoolRules:
        """What was typed; what cannot be read is left as it stands, for its field says so itself."""
        read: dict[str, Callable[[str], Any]] = {
            **dict.fromkeys((*WHOLE, *MONTHS), whole),
            **dict.fromkeys(("name", "email", "phone"), lambda text: text or ""),
            **dict.fromkeys(TICKED, bool),
            "minutes_per_km": decimal,
            "min_level": lambda level: level or None,
        }
        values = {name: take(self[name].data) for name, take in read.items() if not self[name].errors}
        if not self.text_from.errors:
            values["text_from_minute"] = minute_of(self.text_from.data)
        if not self.text_until.errors:
            values["text_until_minute"] = minute_of(self.text_until.data, end=True)
        return replace(standing, **values, forbidden_fallbacks=self._forbidden())

    def _forbidden(self) -> dict[str, list[str]]:
        """In one order, so that the same ticks are the same rules."""
        ticked = {rung.value: self[f"forbidden_{rung}"].data or () for rung in RUNGS}
        return {rung: [one for one in topics() if one in chosen] for rung, chosen in ticked.items() if chosen}


def typed(pool: Pool) -> dict[str, Any]:
    """A pool as the form's fields hold it."""
    return {
        **{name: f"{getattr(pool, name):g}" for name in RANGES},
        **{name: str(getattr(pool, name) or "") for name in MONTHS},
        **{name: getattr(pool, name) for name in ("name", "email", "phone", *TICKED)},
        **{f"forbidden_{rung}": pool.forbidden_fallbacks.get(rung, []) for rung in RUNGS},
        "min_level": pool.min_level or "",
        "text_from": clock(pool.text_from_minute),
        "text_until": clock(pool.text_until_minute),
    }
