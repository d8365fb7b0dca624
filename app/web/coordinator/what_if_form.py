"""The form for what might be otherwise, and the way to and from plain values."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any, Final

from babel.dates import get_day_names
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import FieldList, Form, FormField, SelectField, StringField, ValidationError
from wtforms.widgets import DateInput, NumberInput

from app.errors import FieldProblem
from app.web.coordinator import coverage_words as words
from app.web.coordinator.fields import TickField, is_whole, listed, whole
from app.web.coordinator.mediator_form import RowForm
from app.web.inputs import clean, language_options, parse_day
from app.web.pages import sentence
from scheduler.forecast.changes import Away, Changes, Joining, More

# how many of each can be asked about at once
ROWS: Final = {"away": 3, "joining": 2, "more": 2}
HOURS: Final = ((8, 13), (12, 18), (17, 21), (8, 18))
# so long somebody is ill who is asked about by a link
TWO_WEEKS: Final = timedelta(days=13)


class AwayForm(RowForm):
    """Somebody who cannot come for a while."""

    mediator = SelectField(_l("what_if.field.mediator"), [listed], validate_choice=False)
    first = StringField(_l("what_if.field.first"), filters=[clean], widget=DateInput())
    last = StringField(_l("what_if.field.last"), filters=[clean], widget=DateInput())

    def validate_first(self, field: StringField) -> None:
        """A day."""
        _day(field.data)

    def validate_last(self, field: StringField) -> None:
        """A day."""
        _day(field.data)


class JoiningForm(RowForm):
    """New people of one language."""

    people = StringField(_l("what_if.field.people"), [is_whole], filters=[clean], widget=NumberInput(min=1))
    language = SelectField(_l("what_if.field.language"), [listed], validate_choice=False)
    hours = SelectField(_l("what_if.field.hours"), [listed], validate_choice=False)
    days = TickField(_l("what_if.field.days"), [listed], validate_choice=False)


class MoreForm(RowForm):
    """Requests on top."""

    requests = StringField(_l("what_if.field.requests"), [is_whole], filters=[clean], widget=NumberInput(min=1))
    language = SelectField(_l("what_if.field.language"), [listed], validate_choice=False)


class WhatIfForm(Form):  # type: ignore[misc] # WTForms ships no types
    """All three kinds of changes; rows that are left empty change nothing."""

    away = FieldList(FormField(AwayForm), _l("what_if.away"), max_entries=ROWS["away"])
    joining = FieldList(FormField(JoiningForm), _l("what_if.joining"), max_entries=ROWS["joining"])
    more = FieldList(FormField(MoreForm), _l("what_if.more"), max_entries=ROWS["more"])

    def offer(self, people: Sequence[tuple[int, str]]) -> None:
        """Fill the lists to choose from, and the rows up to as many as there are."""
        for name, number in ROWS.items():
            while len(self[name]) < number:
                self[name].append_entry()
        spoken = [(one.code, one.name) for one in language_options(empty=_("what_if.choose"))]
        names = get_day_names("abbreviated", locale=get_locale())
        for row in self.away:
            row.form.mediator.choices = [("", _("what_if.choose")), *((str(key), name) for key, name in people)]
        for row in (*self.joining, *self.more):
            row.form.language.choices = spoken
        for row in self.joining:
            row.form.hours.choices = [
                ("", _("what_if.choose")),
                *((_hours(one), words.slot(*_span(one))) for one in HOURS),
            ]
            row.form.days.choices = [(str(day), names[day].rstrip(".")) for day in range(7)]

    def changes(self) -> Changes:
        """What was typed, once it is valid."""
        return Changes(
            tuple(
                Away(one["mediator"], parse_day(one["first"]), parse_day(one["last"])) for one in self._filled("away")
            ),
            tuple(
                Joining(one["language"], _read_days(one["days"]), *_read_hours(one["hours"]), whole(one["people"]) or 0)
                for one in self._filled("joining")
            ),
            tuple(More(one["language"], whole(one["requests"]) or 0) for one in self._filled("more")),
        )

    def show(self, problems: Sequence[FieldProblem]) -> None:
        """Put the sentences at their fields, and all of them at the top."""
        for problem in problems:
            said = sentence(problem.code, dict(problem.params))
            self.form_errors.append(said)
            kind, _sep, rest = problem.field.partition("-")
            if rest:
                number, _sep, name = rest.partition("-")
                field = self._rows(kind)[int(number)].form[{"closes": "hours"}.get(name, name)]
                field.errors = [*field.errors, said]

    def is_open(self, kind: str) -> bool:
        """Whether more than the first row of a kind has something in it."""
        return any(not row.form.empty for row in self[kind].entries[1:])

    def _rows(self, kind: str) -> list[FormField]:
        return [row for row in self[kind] if not row.form.empty]

    def _filled(self, kind: str) -> Iterator[dict[str, Any]]:
        return (row.form.data for row in self._rows(kind))


def data_of(changes: Changes) -> dict[str, list[dict[str, Any]]]:
    """The same as the form has it."""
    return {
        "away": [
            {"mediator": one.mediator, "first": one.first.isoformat(), "last": one.last.isoformat()}
            for one in changes.away
        ],
        "joining": [
            {
                "people": str(one.people),
                "language": one.language,
                "hours": _hours((one.opens, one.closes)),
                "days": [str(day) for day in one.days],
            }
            for one in changes.joining
        ],
        "more": [{"requests": str(one.requests), "language": one.language} for one in changes.more],
    }


def without(mediator_id: int, today: date) -> Changes:
    """Two weeks without somebody, from today on."""
    return Changes(away=(Away(str(mediator_id), today, today + TWO_WEEKS),))


def _day(text: str | None) -> None:
    try:
        parse_day(text or "")
    except ValueError as error:
        raise ValidationError(_("coordinator.error.day")) from error


def _hours(span: tuple[int, int]) -> str:
    return f"{span[0]}-{span[1]}"


def _span(span: tuple[int, int]) -> tuple[int, int]:
    return span[0], span[1] - span[0]


def _read_days(days: Sequence[str]) -> tuple[int, ...]:
    return tuple(sorted(set(map(int, days))))


def _read_hours(text: str) -> tuple[int, int]:
    opens, _sep, closes = text.partition("-")
    return int(opens), int(closes)
