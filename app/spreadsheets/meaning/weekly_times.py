"""Weekly free times as people write them: Mo–Fr 9–13, Sa 10-12; read, and written so that they are read again."""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import groupby
from typing import Final

from app.models.languages import plain
from app.spreadsheets.meaning import words
from app.spreadsheets.meaning.cells import clock, clock_words
from app.spreadsheets.meaning.rows import CellError

Times = tuple[tuple[int, int, int], ...]
_DASH: Final = r"\s*(?:-|–|—|bis|to|until)\s*"
_TIME: Final = r"\d{1,2}(?:[:.]\d{2})?"
_BETWEEN: Final = re.compile(
    r"[\s,;:/&+]+|\bund\b|\band\b|\bvon\b|\bfrom\b|\bab\b(?=\s*\d+\D*(?:-|–|bis))|\buhr\b|\bh\b"
)
_HOURS: Final = re.compile(rf"({_TIME})\s*(?:uhr|h)?{_DASH}({_TIME})\s*(?:uhr|h\b)?")


def read(text: str) -> Times:
    """Weekday from 0, first minute, end minute of each free time, in the order of the week. Raises CellError."""
    found: list[tuple[int, int, int]] = []
    days: list[int] = []
    timed = False
    for named, hours in _pieces(text, "cell_times"):
        if named:
            days = [*(() if timed else days), *named]
            timed = False
        elif hours:
            if not days:
                raise CellError("cell_times")
            found += [(day, *hours) for day in dict.fromkeys(days)]
            timed = True
    if not found or not timed:
        raise CellError("cell_times")
    return tuple(sorted(set(found)))


def read_hours(text: str) -> tuple[tuple[int, int], ...]:
    """The free times of one day whose column says which: 9–13, 15–18. Raises CellError."""
    found = []
    for named, hours in _pieces(text, "cell_hours"):
        if named or not hours:
            raise CellError("cell_hours")
        found.append(hours)
    return tuple(found)


def read_one(text: str) -> tuple[int, int]:
    """From when until when: 8–20. Raises CellError."""
    hours = read_hours(text)
    if len(hours) != 1:
        raise CellError("cell_hours")
    return hours[0]


def written(times: Sequence[tuple[int, int, int]], locale: str) -> str:
    """What `read` reads: days with the same hours together."""
    by_day = {
        day: ", ".join(f"{clock_words(starts)}–{clock_words(ends)}" for _, starts, ends in hours)
        for day, hours in groupby(sorted(times), key=lambda one: one[0])
    }
    runs: list[tuple[int, int, str]] = []
    for day, hours in by_day.items():
        if runs and runs[-1][1] == day - 1 and runs[-1][2] == hours:
            runs[-1] = (runs[-1][0], day, hours)
        else:
            runs.append((day, day, hours))
    return "; ".join(f"{_days(first, last, locale)} {hours}" for first, last, hours in runs)


def _days(first: int, last: int, locale: str) -> str:
    names = [words.name_of("weekday", str(day), locale) for day in (first, last)]
    return names[0] if first == last else "–".join(names)


def _pieces(text: str, refusal: str) -> Iterator[tuple[tuple[int, ...], tuple[int, int] | None]]:
    """Days, or hours, one after the other as they are written; `refusal` is the code for what is neither."""
    rest = plain(text).strip()
    while rest := _BETWEEN.sub("", rest, count=1) if _BETWEEN.match(rest) else rest:
        if _BETWEEN.match(rest):
            continue
        if hours := _HOURS.match(rest):
            yield (), _forward(clock(hours[1]), clock(hours[2]))
        elif hours := _named_part().match(rest):
            starts, ends = (words.code_of("day_part", hours[0]) or "0 0").split()
            yield (), (int(starts), int(ends))
        elif hours := _named_days().match(rest):
            yield _weekdays(hours), None
        else:
            raise CellError(refusal)
        rest = rest[hours.end() :]


def _forward(starts: int, ends: int) -> tuple[int, int]:
    # midnight as an end is that of the day's end
    ends = ends or 24 * 60
    if starts >= ends:
        raise CellError("ends_before_start")
    return starts, ends


def _weekdays(found: re.Match[str]) -> tuple[int, ...]:
    if several := words.code_of("weekdays", found[0]):
        return tuple(map(int, several.split()))
    first = int(words.code_of("weekday", found["first"]) or 0)
    last = int(words.code_of("weekday", found["last"] or found["first"]) or 0)
    # from Friday to Monday goes over the end of the week
    return tuple((first + step) % 7 for step in range((last - first) % 7 + 1))


@cache
def _named_days() -> re.Pattern[str]:
    day = "|".join(re.escape(one) for one in words.known("weekday") if not one.isdigit())
    several = "|".join(re.escape(one) for one in words.known("weekdays") if not one[0].isdigit())
    return re.compile(rf"(?:{several})\b|(?P<first>{day})(?!\w)(?:{_DASH}(?P<last>{day})(?!\w))?")


@cache
def _named_part() -> re.Pattern[str]:
    parts = "|".join(re.escape(one) for one in words.known("day_part") if not one[0].isdigit())
    return re.compile(rf"(?:{parts})\b")
