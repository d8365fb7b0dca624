"""The form for a mediator: rows that can be several, and the way to and from plain values."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Field, FieldList, Form, FormField, SelectField, StringField, ValidationError
from wtforms.validators import InputRequired, Optional
from wtforms.widgets import DateInput, EmailInput, NumberInput, TelInput, TimeInput

from app.models import GENDERS, LEVELS, MODES, MediatorStatus
from app.models.locales import MEDIATOR_LOCALES
from app.models.topics import topic_name, topics
from app.registry.mediator_data import DATES, LIMITS, MediatorData
from app.web.coordinator.candidates import level_word
from app.web.coordinator.clock_times import clock, minute_of
from app.web.coordinator.fields import TickField, day_of, decimal, is_day, is_decimal, is_whole, listed, whole
from app.web.inputs import clean, language_options
from app.web.located import spot_field
from app.web.pages import locale

MOST_ROWS: Final = 60
ROWS: Final = ("skills", "availability", "absences")
# nobody can be asked without one of each
NEEDED: Final = frozenset({"skills", "availability"})
# where a problem of the journey is shown on the form; others have the same name on both sides
NAMES: Final = {"home": "home_lat"}
# what can be said of weekends: nothing of one's own, yes, no
WEEKENDS: Final = {"": None, "yes": True, "no": False}


class RowForm(Form):  # type: ignore[misc] # WTForms ships no types
    """One row; an empty one says nothing, a half-filled one is an error."""

    @property
    def empty(self) -> bool:
        """Whether nothing was typed or chosen."""
        return not any(field.data for field in self)

    def validate(self, extra_validators: Any = None) -> bool:
        """Each field by itself, then that none is missing."""
        if self.empty:
            return True
        valid = bool(super().validate(extra_validators))
        for field in self:
            if not field.data:
                field.errors = [_("coordinator.error.missing")]
                valid = False
        return valid


class SkillForm(RowForm):
    """A language and how well it is spoken."""

    language = SelectField(_l("coordinator.field.language"), [listed], validate_choice=False)
    level = SelectField(_l("coordinator.field.level"), [listed], validate_choice=False)


class FreeForm(RowForm):
    """A weekly free time."""

    weekday = SelectField(_l("coordinator.field.weekday"), [listed], validate_choice=False)
    starts = StringField(_l("coordinator.field.from"), filters=[clean], widget=TimeInput())
    ends = StringField(_l("coordinator.field.to"), filters=[clean], widget=TimeInput())

    def validate_starts(self, field: StringField) -> None:
        """A time of day."""
        minute_of(field.data)

    def validate_ends(self, field: StringField) -> None:
        """A time of day."""
        minute_of(field.data, end=True)


class AbsenceForm(RowForm):
    """Days away."""

    first = StringField(_l("coordinator.field.first_day"), filters=[clean], widget=DateInput())
    last = StringField(_l("coordinator.field.last_day"), filters=[clean], widget=DateInput())

    def validate_first(self, field: StringField) -> None:
        """A day that exists."""
        day_of(field.data)

    def validate_last(self, field: StringField) -> None:
        """A day that exists."""
        day_of(field.data)


def _limit(name: str) -> StringField:
    least, most = LIMITS[name]
    return StringField(
        _l(f"coordinator.field.{name}"), [Optional(), is_whole], filters=[clean],
        widget=NumberInput(min=least, max=most),
    )  # fmt: skip


def _day(name: str) -> StringField:
    return StringField(
        _l(f"clearances.field.{name}"), [Optional(), is_day], filters=[clean], widget=DateInput(),
        description=_l(f"clearances.hint.{name}"),
    )  # fmt: skip


class MediatorForm(Form):  # type: ignore[misc] # WTForms ships no types
    """Everything a coordinator may know of a mediator."""

    name = StringField(_l("coordinator.field.name"), [InputRequired(_l("coordinator.error.missing"))], filters=[clean])
    phone = StringField(
        _l("coordinator.field.phone"), [InputRequired(_l("coordinator.error.missing"))], filters=[clean],
        description=_l("coordinator.hint.phone"), widget=TelInput(),
    )  # fmt: skip
    email = StringField(_l("coordinator.field.email"), [Optional()], filters=[clean], widget=EmailInput())
    gender = SelectField(_l("coordinator.field.gender"), [Optional(), listed], validate_choice=False)
    status = SelectField(_l("coordinator.field.status"), [listed], validate_choice=False)
    locale = SelectField(
        _l("coordinator.field.locale"), [listed], validate_choice=False, description=_l("coordinator.hint.locale")
    )
    skills = FieldList(FormField(SkillForm), _l("coordinator.field.skills"), max_entries=MOST_ROWS)
    availability = FieldList(FormField(FreeForm), _l("coordinator.field.availability"), max_entries=MOST_ROWS)
    absences = FieldList(FormField(AbsenceForm), _l("coordinator.field.absences"), max_entries=MOST_ROWS)
    modes = TickField(_l("coordinator.field.modes"), [listed], validate_choice=False)
    home_address = StringField(
        _l("coordinator.field.home_address"), [Optional()], filters=[clean],
        description=_l("coordinator.hint.home_address"),
    )  # fmt: skip
    home_spot = spot_field(_l("address.which"))
    home_district = StringField(_l("coordinator.field.home_district"), [Optional()], filters=[clean])
    home_lat = StringField(_l("coordinator.field.lat"), [Optional(), is_decimal], filters=[clean])
    home_lon = StringField(_l("coordinator.field.lon"), [Optional(), is_decimal], filters=[clean])
    max_travel_minutes = _limit("max_travel_minutes")
    max_appointments_per_day = _limit("max_appointments_per_day")
    max_minutes_per_day = _limit("max_minutes_per_day")
    max_appointments_per_week = _limit("max_appointments_per_week")
    max_minutes_per_week = _limit("max_minutes_per_week")
    excluded_organisations = TickField(
        _l("coordinator.field.excluded_organisations"), [Optional(), listed], validate_choice=False
    )
    excluded_topics = TickField(_l("coordinator.field.excluded_topics"), [Optional(), listed], validate_choice=False)
    urgent_opt_in = BooleanField(
        _l("coordinator.field.urgent_opt_in"), description=_l("coordinator.hint.urgent_opt_in")
    )

    prefers_calls = BooleanField(
        _l("coordinator.field.prefers_calls"), description=_l("coordinator.hint.prefers_calls")
    )
    text_from = StringField(_l("coordinator.field.text_from"), [Optional()], filters=[clean], widget=TimeInput())
    text_until = StringField(_l("coordinator.field.text_until"), [Optional()], filters=[clean], widget=TimeInput())
    text_weekends = SelectField(_l("coordinator.field.text_weekends"), [Optional(), listed], validate_choice=False)

    training_on = _day("training_on")
    confidentiality_on = _day("confidentiality_on")
    conduct_on = _day("conduct_on")
    membership_on = _day("membership_on")
    membership_until = _day("membership_until")

    def validate_text_from(self, field: StringField) -> None:
        """A time of day."""
        minute_of(field.data)

    def validate_text_until(self, field: StringField) -> None:
        """A time of day."""
        minute_of(field.data, end=True)

    def validate_home_lon(self, _field: StringField) -> None:
        """Coordinates come in pairs."""
        if bool(self.home_lat.data) != bool(self.home_lon.data):
            raise ValidationError(_("coordinator.error.both_coordinates"))

    def offer_choices(self, organisations: list[tuple[str, str]]) -> None:
        """Fill what can be chosen, in the language of the request."""
        self.gender.choices = [("", _("coordinator.gender.unknown"))] + [
            (one, _(f"coordinator.gender.{one}")) for one in GENDERS
        ]
        self.status.choices = [(one.value, _(f"coordinator.mediator_status.{one.value}")) for one in MediatorStatus]
        self.locale.choices = [(one, _(f"coordinator.locale.{one}")) for one in MEDIATOR_LOCALES]
        self.text_weekends.choices = [(one, _(f"coordinator.weekends.{one or 'pool'}")) for one in WEEKENDS]
        self.modes.choices = [(one, _(f"coordinator.mode.{one}")) for one in MODES]
        self.excluded_topics.choices = [(one, topic_name(one, locale())) for one in topics()]
        self.excluded_organisations.choices = organisations
        known = [("", "–"), *((code, name) for code, name, *_more in language_options(empty=""))]
        levels = [("", "–"), *((one, level_word(one)) for one in LEVELS)]
        weekdays = [("", "–"), *((str(day), _(f"coordinator.weekday.{day}")) for day in range(7))]
        for row in self.skills:
            row.form.language.choices, row.form.level.choices = known, levels
        for row in self.availability:
            row.form.weekday.choices = weekdays

    def more(self, name: str) -> None:
        """Put an empty row at the end of a list, unless there is one to write in."""
        rows = self[name]
        if len(rows) < MOST_ROWS and not any(row.form.empty for row in rows):
            rows.append_entry()

    def read_rows(self, name: str) -> list[FormField]:
        """The rows of a list in which something stands that can be read."""
        return [row for row in self[name] if not (row.form.empty or row.form.errors)]

    def _excluded(self) -> list[str]:
        return [] if self.excluded_organisations.errors else self.excluded_organisations.data or []

    def _limits_and_dates(self) -> dict[str, Any]:
        """Numbers and days by the names of their fields, as far as they can be read."""
        readers = {**dict.fromkeys(LIMITS, whole), **dict.fromkeys(DATES, day_of)}
        typed_in = {name: self[name] for name in readers}
        return {
            name: readers[name](one.data) if one.data and not one.errors else None for name, one in typed_in.items()
        }

    def _minute(self, name: str, *, end: bool = False) -> int | None:
        """A time of day in minutes; None where nothing was typed, or nothing that can be read."""
        return None if self[name].errors or not self[name].data else minute_of(self[name].data, end=end)

    def summary(self) -> "Summary":
        """Everything that is wrong, that in the rows included."""
        in_rows = (one for name in ROWS for row in self[name] for one in row.form)
        return Summary([one for one in (*self, *in_rows) if one.errors], self.form_errors)

    def values(self) -> MediatorData:
        """What was typed; what the form cannot read is left out."""
        located = not (self.home_lat.errors or self.home_lon.errors)
        lat, lon = (decimal(self.home_lat.data), decimal(self.home_lon.data)) if located else (None, None)
        return MediatorData(
            name=self.name.data or "",
            phone=self.phone.data or "",
            email=self.email.data or "",
            gender=self.gender.data or None,
            status=self.status.data,
            locale=self.locale.data,
            skills=tuple((row.form.language.data, row.form.level.data) for row in self.read_rows("skills")),
            home=None if lat is None or lon is None else (lat, lon),
            home_district=self.home_district.data or "",
            modes=tuple(self.modes.data or ()),
            availability=tuple(
                (int(row.form.weekday.data), minute_of(row.form.starts.data), minute_of(row.form.ends.data, end=True))
                for row in self.read_rows("availability")
            ),
            absences=tuple(
                (day_of(row.form.first.data), day_of(row.form.last.data)) for row in self.read_rows("absences")
            ),
            excluded_organisations=tuple(
                int(one)
                for one in self.excluded_organisations.data or ()
                if one and not self.excluded_organisations.errors
            ),
            excluded_topics=tuple(self.excluded_topics.data or ()),
            urgent_opt_in=bool(self.urgent_opt_in.data),
            text_from=self._minute("text_from"),
            text_until=self._minute("text_until", end=True),
            text_weekends=WEEKENDS.get(self.text_weekends.data or ""),
            prefers_calls=bool(self.prefers_calls.data),
            **self._limits_and_dates(),
        )


@dataclass(frozen=True)
class Summary:
    """The fields with errors, for the list of errors above the form."""

    errors: list[Field]
    form_errors: list[str]

    def __iter__(self) -> Iterator[Field]:
        return iter(self.errors)


def typed(data: MediatorData) -> dict[str, Any]:
    """Plain values as the form's fields hold them."""
    return {
        **{name: getattr(data, name) for name in ("name", "phone", "email", "status", "locale", "home_district")},
        # a day is written as browsers send it
        **{name: "" if getattr(data, name) is None else str(getattr(data, name)) for name in (*LIMITS, *DATES)},
        "gender": data.gender or "",
        "skills": [{"language": language, "level": level} for language, level in data.skills],
        "availability": [
            {"weekday": str(weekday), "starts": clock(starts), "ends": clock(ends)}
            for weekday, starts, ends in data.availability
        ],
        "absences": [{"first": first.isoformat(), "last": last.isoformat()} for first, last in data.absences],
        "modes": list(data.modes),
        "home_lat": str(data.home[0]) if data.home else "",
        "home_lon": str(data.home[1]) if data.home else "",
        "excluded_organisations": [str(one) for one in data.excluded_organisations],
        "excluded_topics": list(data.excluded_topics),
        "urgent_opt_in": data.urgent_opt_in,
        "text_from": "" if data.text_from is None else clock(data.text_from),
        "text_until": "" if data.text_until is None else clock(data.text_until),
        "text_weekends": next(word for word, meant in WEEKENDS.items() if meant is data.text_weekends),
        "prefers_calls": data.prefers_calls,
    }
