"""What a cell says: numbers, days, times and words as people write them; CellError for what cannot be read."""

import re
from calendar import monthrange
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from app.errors import Invalid
from app.journey.timing.local_time import instant
from app.spreadsheets.meaning import words
from app.spreadsheets.meaning.rows import CellError

_WHOLE: Final = re.compile(r"(\d{1,7})(?:[.,]0+)?\s*(?:min\.?|minuten|minutes|km)?", re.IGNORECASE)
_HOURS: Final = re.compile(r"(\d{1,2}(?:[.,]\d{1,2})?)\s*(?:h|std\.?|stunden?|hours?)", re.IGNORECASE)
_CLOCK: Final = re.compile(r"(\d{1,2})(?:[:.](\d{2})(?::00(?:\.0+)?)?)?\s*(?:uhr|h)?", re.IGNORECASE)
_GERMAN_DAY: Final = re.compile(r"(\d{1,2})[./](\d{1,2})[./](\d{4}|\d{2})")
_ISO_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_MONTH: Final = re.compile(r"(?:(?P<month>\d{1,2})[./])?(?P<year>\d{4})")
_MONTH_BEHIND: Final = re.compile(r"(?P<year>\d{4})-(?P<month>\d{2})")
_ANY_DAY: Final = re.compile(rf"{_ISO_DAY.pattern}|{_GERMAN_DAY.pattern}")
_OFFSET: Final = re.compile(r"[+-]\d{2}:\d{2}$")
CENTURY: Final = 2000


def whole(text: str) -> int:
    """A whole number; a unit behind it does no harm."""
    found = _WHOLE.fullmatch(text)
    if found is None:
        raise CellError("cell_whole")
    return int(found[1])


def minutes(text: str) -> int:
    """How long something lasts: 90, 90 min, 1:30 or 1,5 h."""
    if hours := _HOURS.fullmatch(text):
        return round(float(hours[1].replace(",", ".")) * 60)
    if ":" in text:
        return clock(text)
    return whole(text)


def decimal(text: str) -> float:
    """A number with a comma or a point."""
    try:
        found = float(text.replace(",", "."))
    except ValueError as error:
        raise CellError("cell_decimal") from error
    if not abs(found) < 1e9:
        raise CellError("cell_decimal")
    return found


def coordinates(text: str) -> tuple[float, float]:
    """Latitude and longitude in one cell: 51.75, 8.04 or 51,75; 8,04."""
    parts = [one for one in re.split(r"\s*;\s*|,\s+|\s+", text.strip()) if one]
    if len(parts) == 1 and text.count(",") == 1:
        parts = text.split(",")
    if len(parts) != 2:
        raise CellError("cell_coordinates")
    return decimal(parts[0]), decimal(parts[1])


def clock(text: str) -> int:
    """A time of day in minutes: 9, 9 Uhr, 9.30, 09:30; 24 is the end of the day."""
    found = _CLOCK.fullmatch(text.strip())
    if found is None:
        raise CellError("cell_clock")
    hours, past = int(found[1]), int(found[2] or 0)
    if past > 59 or hours * 60 + past > 24 * 60:
        raise CellError("cell_clock")
    return hours * 60 + past


def day(text: str) -> date:
    """A day: 1.12.2026, 01.12.26 or 2026-12-01; a day of the week before it, and midnight behind it, do no harm."""
    bare = re.sub(r"^[^\W\d]+[.,]*\s*", "", text).strip()
    try:
        if found := _GERMAN_DAY.fullmatch(bare):
            year = int(found[3]) + (CENTURY if len(found[3]) == 2 else 0)
            return date(year, int(found[2]), int(found[1]))
        return date.fromisoformat(bare)
    except ValueError as error:
        raise CellError("cell_day") from error


def first_day(text: str) -> date | None:
    """A day on which something was done; of a month or a year alone the first, and None for a word such as no."""
    return _stretch(text)[0]


def last_day(text: str) -> date | None:
    """A day with which something ends; of a month or a year alone the last."""
    return _stretch(text)[1]


def _stretch(text: str) -> tuple[date | None, date | None]:
    """First and last day of what is named: a day, 11.2026, 2026-11 or 2026."""
    if words.code_of("yes_no", text) == "no":
        return None, None
    found = _MONTH.fullmatch(text.strip()) or _MONTH_BEHIND.fullmatch(text.strip())
    if found is None:
        named = day(text)
        return named, named
    year = int(found["year"])
    first, last = (int(found["month"] or month) for month in (1, 12))
    try:
        return date(year, first, 1), date(year, last, monthrange(year, last)[1])
    except ValueError as error:
        raise CellError("cell_day") from error


def day_words(value: date | None) -> str:
    """What `first_day` and `last_day` read; nothing for None."""
    return "" if value is None else f"{value:%d.%m.}{value.year:04d}"


def clock_time(text: str) -> time:
    """A time of day at which something begins."""
    found = clock(text)
    if found == 24 * 60:
        raise CellError("cell_clock")
    return time(found // 60, found % 60)


def moment(text: str, zone: str) -> datetime:
    """A day, perhaps with a time, in the pool's zone: 24.11.2026 10:30; without one, its beginning."""
    if _OFFSET.search(text):
        return _with_offset(text)
    first, _, rest = text.partition(" ")
    seconds = re.search(r":(\d{2})$", rest) if rest.count(":") == 2 else None
    at = clock_time(rest[: seconds.start()] if seconds else rest) if rest else time()
    try:
        found = instant(day(first), at, zone)
    except Invalid as error:
        raise CellError(error.problems[0].code, **error.problems[0].params) from error
    return found + timedelta(seconds=int(seconds[1])) if seconds else found


def moment_words(value: datetime | None, zone: str) -> str:
    """What `moment` reads, to the second; in the hour that the end of summer time repeats, with its offset."""
    if value is None:
        return ""
    local = value.astimezone(ZoneInfo(zone)).replace(microsecond=0)
    doubled = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    return local.isoformat(" ") if doubled else local.replace(tzinfo=None).isoformat(" ")


def spans(text: str) -> tuple[tuple[date, date], ...]:
    """Days and stretches of days: 21.12.2026–03.01.2027; 5.2.2027."""
    found = []
    for part in re.split(r"[;\n]|,\s", text):
        days = [day(one[0]) for one in _ANY_DAY.finditer(part)]
        rest = _ANY_DAY.sub("", part).strip(" -–—.").casefold()
        if not 1 <= len(days) <= 2 or rest not in {"", "bis", "to", "until"}:
            raise CellError("cell_spans", part=part.strip())
        found.append((days[0], days[-1]))
    return tuple(found)


def span_words(values: Sequence[tuple[date, date]]) -> str:
    """What `spans` reads."""
    return "; ".join(f"{first:%d.%m.}{first.year:04d}–{last:%d.%m.}{last.year:04d}" for first, last in values)


def choice(kind: str) -> Callable[[str], str]:
    """A reader of one word of a list."""

    def read(text: str) -> str:
        found = words.code_of(kind, text)
        if found is None:
            raise CellError("cell_choice", list=kind)
        return found

    return read


def choices(kind: str) -> Callable[[str], tuple[str, ...]]:
    """A reader of several words of a list."""
    one_of = choice(kind)

    def read(text: str) -> tuple[str, ...]:
        if words.code_of(kind, text):
            return (one_of(text),)
        parts = [one.strip() for one in re.split(r"[,;/|\n]|\bund\b|\band\b", text)]
        return tuple(dict.fromkeys(one_of(one) for one in parts if one))

    return read


def yes_no(text: str) -> bool:
    """Yes or no, as a word or a sign."""
    return choice("yes_no")(text) == "yes"


def yes_no_words(value: bool | None, locale: str) -> str:  # noqa: FBT001 - the value of a cell
    """What `yes_no` reads; nothing for None."""
    return "" if value is None else words.name_of("yes_no", "yes" if value else "no", locale)


def clock_words(minute: int) -> str:
    """08:30; the end of the day is 24:00."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _with_offset(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise CellError("cell_day") from error
