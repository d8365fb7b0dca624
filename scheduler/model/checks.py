"""Small checks that refuse nonsense by the name of its key."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import NoReturn, TypeVar

Read = TypeVar("Read")


class ProblemError(ValueError):
    """An input that cannot be meant, with the path of its key and what would be right.

    `key` is a path such as `mediators[0].languages.ara`, relative to the object that was built, or to the whole problem
    when a whole problem is read.
    """

    def __init__(self, key: str, message: str) -> None:
        super().__init__(f"{key}: {message}" if key else message)
        self.key = key
        self.message = message

    def within(self, parent: str) -> "ProblemError":
        """The same error seen from one level further out."""
        joint = "." if self.key and not self.key.startswith("[") else ""
        return ProblemError(f"{parent}{joint}{self.key}", self.message)


def refuse(key: str, message: str) -> NoReturn:
    """Stop with a `ProblemError`."""
    raise ProblemError(key, message)


def shown(value: object) -> str:
    """A value as it appears in a message: never longer than a line."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def name(key: str, value: object) -> str:
    """A text that can serve as an id: not empty, printable."""
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        refuse(key, f"{shown(value)} is no name; give a text that is not empty and has no control characters")
    return value


def names(key: str, values: object) -> tuple[str, ...]:
    """Different names, in the order given."""
    if isinstance(values, str) or not isinstance(values, Iterable) or isinstance(values, Mapping):
        refuse(key, f"{shown(values)} is no list; give a list of names")
    found: list[str] = []
    for index, value in enumerate(values):
        if name(f"{key}[{index}]", value) in found:
            refuse(f"{key}[{index}]", f"{shown(value)} is named twice; name it once")
        found.append(value)
    return tuple(found)


def one_of(key: str, value: object, allowed: Iterable[str]) -> str:
    """One of a few known words."""
    known = tuple(allowed)
    if not isinstance(value, str) or value not in known:
        refuse(key, f"{shown(value)} is unknown; give one of {', '.join(known)}")
    return value


def whole(key: str, value: object, least: int, most: int = 1_000_000) -> int:
    """A whole number in a range; the upper end keeps sums of weights within 64 bits."""
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        refuse(key, f"{shown(value)} is out of range; give a whole number from {least} to {most}")
    return value


def number(key: str, value: object, least: float, most: float) -> float:
    """A number in a range, which also keeps infinity and NaN out."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        refuse(key, f"{shown(value)} is no number; give one from {least:g} to {most:g}")
    if not least <= value <= most:
        refuse(key, f"{shown(value)} is out of range; give a number from {least:g} to {most:g}")
    return value


def truth(key: str, value: object) -> bool:
    """True or false, nothing that merely looks like it."""
    if not isinstance(value, bool):
        refuse(key, f"{shown(value)} is neither true nor false")
    return value


def moment(key: str, value: object) -> datetime:
    """An aware time in UTC, whole seconds, between the years 1971 and 2199 so that local days always exist."""
    if not isinstance(value, datetime):
        refuse(key, f"{shown(value)} is no time")
    if value.utcoffset() is None:
        refuse(key, f"{value.isoformat()} has no offset; give one, such as 2026-11-24T08:00:00Z")
    if not 1971 <= value.year <= 2199 or value.microsecond:
        refuse(key, f"{value.isoformat()} is out of range; give whole seconds between the years 1971 and 2199")
    return value.astimezone(UTC)


def read_moment(key: str, value: object) -> datetime:
    """A time from its ISO 8601 text."""
    if not isinstance(value, str):
        refuse(key, f"{shown(value)} is no time; give a text such as 2026-11-24T08:00:00Z")
    try:
        read = datetime.fromisoformat(value)
    except ValueError:
        refuse(key, f"{shown(value)} is no time; give one such as 2026-11-24T08:00:00Z")
    return moment(key, read)


def day(key: str, value: object) -> date:
    """A local day, written as 2026-12-25."""
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        refuse(key, f"{shown(value)} is no day; give one such as 2026-12-25")


def written(value: datetime) -> str:
    """A UTC time as ISO 8601 text with Z."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def mapping(key: str, value: object) -> Mapping[str, object]:
    """A JSON object."""
    if not isinstance(value, Mapping):
        refuse(key, f"{shown(value)} is no object; give {{…}}")
    return value


def sequence(key: str, value: object) -> Sequence[object]:
    """A JSON list."""
    if isinstance(value, str | bytes) or not isinstance(value, Sequence):
        refuse(key, f"{shown(value)} is no list; give […]")
    return value


def only(value: Mapping[str, object], known: Iterable[str], required: Iterable[str] = ()) -> None:
    """Nothing but known keys, and every required one."""
    allowed = tuple(known)
    for key in value:
        if key not in allowed:
            refuse(key if str(key).isprintable() else shown(key), f"unknown key; known are {', '.join(allowed)}")
    for key in required:
        if key not in value:
            refuse(key, "missing; it is required")


def inside(key: str, value: object, reader: Callable[[object], Read]) -> Read:
    """Read one value with its own reader; its errors carry `key` in front."""
    try:
        return reader(value)
    except ProblemError as error:
        raise error.within(key) from None


def each(key: str, value: object, reader: Callable[[object], Read]) -> tuple[Read, ...]:
    """Read every element of a JSON list."""
    return tuple(inside(f"{key}[{index}]", one, reader) for index, one in enumerate(sequence(key, value)))


def settle(value: object, **settled: object) -> None:
    """Put checked contents into a frozen value while it is being made."""
    for key, content in settled.items():
        object.__setattr__(value, key, content)
