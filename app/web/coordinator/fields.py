"""Fields that coordinators' forms share: what people type, read kindly, and sentences for what cannot be read."""

from datetime import date

from flask_babel import gettext as _
from wtforms import Form, SelectField, SelectMultipleField, StringField, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from app.web.inputs import parse_day


def whole(text: str | None) -> int | None:
    """A whole number, None where nothing was typed. Raises ValidationError."""
    if not text:
        return None
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal() and len(text) < 10):
        raise ValidationError(_("coordinator.error.whole"))
    return int(text)


def decimal(text: str | None) -> float | None:
    """A number with a comma or a point, None where nothing was typed. Raises ValidationError."""
    if not text:
        return None
    try:
        found = float(text.replace(",", "."))
    except ValueError as error:
        raise ValidationError(_("coordinator.error.decimal")) from error
    if not abs(found) < 1e9:
        raise ValidationError(_("coordinator.error.decimal"))
    return found


def day_of(text: str | None) -> date:
    """A day. Raises ValidationError."""
    try:
        return parse_day(text or "")
    except ValueError as error:
        raise ValidationError(_("coordinator.error.day")) from error


def is_day(_form: Form, field: StringField) -> None:
    """A validator: a day that exists."""
    day_of(field.data)


def is_whole(_form: Form, field: StringField) -> None:
    """A validator: empty or a whole number."""
    whole(field.data)


def is_decimal(_form: Form, field: StringField) -> None:
    """A validator: empty or a number."""
    decimal(field.data)


def listed(_form: Form, field: SelectField) -> None:
    """A validator: one of the choices, or nothing."""
    known = {str(choice[0]) for choice in field.choices}
    values = field.data if isinstance(field.data, list) else [field.data or ""]
    if any(str(value) not in known for value in values if value):
        raise ValidationError(_("coordinator.error.choose"))


class TickField(SelectMultipleField):  # type: ignore[misc] # WTForms ships no types
    """Several of a few, as checkboxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()
