"""The kinds of values in JSON and in queries, taken strictly: a number in quotes is no number.

What does not fit is named by a code whose sentence is in the catalogues (`error.<code>`).
"""

import math
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, Final

from marshmallow import RAISE, Schema, ValidationError, fields
from marshmallow.types import ErrorMessages

from app import ids
from app.addresses import is_email

# what a kind of value is bound by, in the words of JSON Schema; the document says them (description.py)
Bounds = Mapping[str, object]

LARGEST: Final = ids.LARGEST
LARGEST_COUNT: Final = 999_999_999
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_COUNT: Final = re.compile(r"\d{1,9}", re.ASCII)
_CLOCK: Final = re.compile(r"([01]\d|2[0-4]):([0-5]\d)", re.ASCII)
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
# the same two, as the document says them (ECMA 262)
_NO_CONTROL: Final = r"^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*$"
_NO_CONTROL_BUT_LINES: Final = r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u2028\u2029]*$"
_LINE_ENDS: Final = str.maketrans("", "", "\n\r\t")


def _codes(**codes: str) -> ErrorMessages:
    """A field's codes instead of marshmallow's sentences."""
    return {"required": "required", "null": "required", **codes}


# what fields of several shapes say of themselves
LANGUAGE: Final[Bounds] = {"example": "kmr", "pattern": "^[a-z]{3}$"}
LATITUDE: Final[Bounds] = {"minimum": -90, "maximum": 90}
LONGITUDE: Final[Bounds] = {"minimum": -180, "maximum": 180}


class Shape(Schema):
    """A JSON object; a field that it does not know is refused by name."""

    error_messages = {"type": "not_object", "unknown": "unknown_field"}  # noqa: RUF012 - declared so by marshmallow

    class Meta:
        """What holds for all of them."""

        unknown = RAISE


class Text(fields.String):
    """Words on one line, or on several if `lines`; control characters would reach SMS and mail headers."""

    default_error_messages = _codes(invalid="not_text", control="control_characters")

    def __init__(self, *, lines: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.lines = lines
        self.bounds = {"pattern": _NO_CONTROL_BUT_LINES if lines else _NO_CONTROL}

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:  # noqa: ARG002
        if not isinstance(value, str):
            raise self.make_error("invalid")
        if _CONTROL.search(value.translate(_LINE_ENDS) if self.lines else value):
            raise self.make_error("control")
        return value


class Address(Text):
    """An e-mail address, or nothing."""

    default_error_messages = _codes(address="email")

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs).strip()
        if text and not is_email(text):
            raise self.make_error("address")
        return text


class Whole(fields.Integer):
    """A whole number that a database can keep."""

    bounds: Bounds = {"minimum": -LARGEST, "maximum": LARGEST}  # noqa: RUF012 - read, never written
    default_error_messages = _codes(invalid="not_whole")

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> int:  # noqa: ARG002
        if not isinstance(value, int) or isinstance(value, bool) or abs(value) > LARGEST:
            raise self.make_error("invalid")
        return value


class Count(Whole):
    """A whole number in a query, where everything is text."""

    bounds: Bounds = {"minimum": 0, "maximum": LARGEST_COUNT}  # noqa: RUF012 - read, never written

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> int:  # noqa: ARG002
        if not _COUNT.fullmatch(value):
            raise self.make_error("invalid")
        return int(value)


class Degrees(fields.Float):
    """A coordinate; any finite number, for the journey knows its range."""

    default_error_messages = _codes(invalid="not_number")

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> float:  # noqa: ARG002
        if not isinstance(value, int | float) or isinstance(value, bool) or abs(value) > LARGEST or math.isnan(value):
            raise self.make_error("invalid")
        return float(value)


class Truth(fields.Boolean):
    """true or false."""

    default_error_messages = _codes(invalid="not_truth")

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> bool:  # noqa: ARG002
        if not isinstance(value, bool):
            raise self.make_error("invalid")
        return value


class Instant(fields.AwareDateTime):
    """A point in time with its offset, as UTC."""

    default_error_messages = _codes(invalid="not_time", naive="naive_time")

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> datetime:  # noqa: ARG002
        try:
            instant = datetime.fromisoformat(value)
        except (TypeError, ValueError):
            raise self.make_error("invalid") from None
        if instant.tzinfo is None:
            raise self.make_error("naive")
        try:
            return instant.astimezone(UTC)
        except OverflowError:
            raise self.make_error("invalid") from None


class Day(fields.Date):
    """A day such as 2026-12-21."""

    default_error_messages = _codes(invalid="not_day")

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> date:  # noqa: ARG002
        if not isinstance(value, str) or not _DAY.fullmatch(value):
            raise self.make_error("invalid")
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise self.make_error("invalid") from None


class DayOrInstant(fields.String):
    """One end of a period in a query: a day, or a point in time with its offset."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        kind: Day | Instant = Day() if _DAY.fullmatch(value) else Instant()
        # a plus in a query means a space; whoever forgot to encode the offset's is understood all the same
        return kind.deserialize(value.replace(" ", "+"), attr, data, **kwargs)


class ClockTime(fields.String):
    """A time of day such as 08:00, 24:00 at the end of it; as minutes of the day."""

    bounds: Bounds = {"pattern": r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"}  # noqa: RUF012 - read, never written
    default_error_messages = _codes(invalid="clock_time")

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:  # noqa: ARG002
        found = _CLOCK.fullmatch(value) if isinstance(value, str) else None
        minutes = int(found[1]) * 60 + int(found[2]) if found else LARGEST
        if minutes > 24 * 60:
            raise self.make_error("invalid")
        return minutes


class IdOrName(fields.Field[int | str]):
    """Something of the pool by its id or by its name."""

    bounds: Bounds = {"minimum": -LARGEST, "maximum": LARGEST, "pattern": _NO_CONTROL}  # noqa: RUF012 - read, never written
    default_error_messages = _codes(invalid="not_id_or_name")

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> int | str:
        if isinstance(value, str):
            return Text().deserialize(value, attr, data, **kwargs)
        if not isinstance(value, int) or isinstance(value, bool) or abs(value) > LARGEST:
            raise self.make_error("invalid")
        return value


class Some(fields.List[Any]):
    """A list, of no more than a person would enter."""

    MOST: Final = 200
    bounds: Bounds = {"maxItems": MOST}  # noqa: RUF012 - read, never written
    default_error_messages = _codes(invalid="not_list", many="too_many")

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> list[Any]:
        if isinstance(value, list) and len(value) > self.MOST:
            raise self.make_error("many")
        if not isinstance(value, list):
            raise self.make_error("invalid")
        return super()._deserialize(value, attr, data, **kwargs)


class One(fields.Nested):
    """An object within an object."""

    default_error_messages = _codes(type="not_object")


def clock(minutes: int) -> str:
    """Minutes of the day as 08:00; the end of the day is 24:00."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def flattened(error: ValidationError) -> list[tuple[str, str]]:
    """(path such as skills.0.level, code) of everything that did not fit."""
    return [(".".join(path), code) for path, code in _leaves((), error.messages)]


def _leaves(path: tuple[str, ...], messages: Any) -> list[tuple[tuple[str, ...], str]]:
    if isinstance(messages, Mapping):
        # `_schema` is marshmallow's word for the object itself
        inner = [((*path, str(key)) if key != "_schema" else path, value) for key, value in messages.items()]
        return [leaf for deeper, value in inner for leaf in _leaves(deeper, value)]
    return [(path, str(one)) for one in (messages if isinstance(messages, list) else [messages])]
