"""How each request of each simulated period ended, in little room: to be counted by whatever requests have in common.

What is told of all requests, of some of them, and of each time of the week is counted from the same, so it adds up.
"""

import base64
import json
import sys
import zlib
from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple, Self, TypeVar

from scheduler.forecast.counts import DIGITS, Count, Expected
from scheduler.forecast.remedies import CHANGES
from scheduler.model import checks

Key = TypeVar("Key", bound=Hashable)
# what is noted of a request: whether it stays unfilled, and by which change it would not
UNFILLED = 1
HELPED = {change: 2 << number for number, change in enumerate(CHANGES)}
# of all entries together, in bytes; what is larger is none
MOST_BYTES = 50_000_000
COLUMNS = ("kind", "period", "ended")


class Kind(NamedTuple):
    """What requests have in common: weekday (Monday is 0), hour of the local clock, and how they are held.

    `gender` is the one asked for, `topic` and `district` are as the caller calls them; whatever is not said is empty.
    """

    language: str
    weekday: int
    hour: int
    mode: str
    gender: str
    topic: str
    district: str


@dataclass(frozen=True)
class Outcomes:
    """One entry for each request of each of `periods`, in three columns: its place in `kinds`, its period, its end."""

    periods: int
    kinds: tuple[Kind, ...]
    kind: "array[int]"
    period: "array[int]"
    ended: "array[int]"

    def expected(self, key_of: Callable[[Kind], Key | None]) -> Mapping[Key, Expected]:
        """What is to be expected of each group of requests; `key_of` says which a kind belongs to, None for none."""
        requests = defaultdict[Key, list[int]](lambda: [0] * self.periods)
        unfilled = defaultdict[Key, list[int]](lambda: [0] * self.periods)
        for key, period, ended in self._entries(key_of):
            requests[key][period] += 1
            unfilled[key][period] += ended & UNFILLED
        return {key: Expected(Count.over(numbers), Count.over(unfilled[key])) for key, numbers in requests.items()}

    def helped(self, key_of: Callable[[Kind], Key | None], change: str) -> Mapping[Key, float]:
        """How many of them fewer stay unfilled in a period by one of the CHANGES."""
        found = Counter(key for key, _period, ended in self._entries(key_of) if ended & HELPED[change])
        return {key: round(number / self.periods, DIGITS) for key, number in found.items()}

    def _entries(self, key_of: Callable[[Kind], Key | None]) -> Iterator[tuple[Key, int, int]]:
        keys = [key_of(one) for one in self.kinds]
        for kind, period, ended in zip(self.kind, self.period, self.ended, strict=True):
            if (key := keys[kind]) is not None:
                yield key, period, ended

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read what `to_json` gave; `ProblemError` names what cannot be meant."""
        data = checks.mapping("", value)
        keys = ("periods", "kinds", *COLUMNS)
        checks.only(data, keys, keys)
        periods = checks.whole("periods", data["periods"], 1)
        kinds = checks.each("kinds", checks.inside("kinds", data["kinds"], _read_kinds), _read_kind)
        kind, period, ended = (checks.inside(name, data[name], _read_column) for name in COLUMNS)
        if not len(kind) == len(period) == len(ended):
            checks.refuse("", "columns of different lengths")
        if kind and (max(kind) >= len(kinds) or max(period) >= periods):
            checks.refuse("", "an entry of a kind or a period that there is not")
        return cls(periods, kinds, kind, period, ended)

    def to_json(self) -> dict[str, object]:
        """Numbers and texts that `from_json` reads back without loss; what is long is compressed, in base64."""
        columns = dict(zip(COLUMNS, (self.kind, self.period, self.ended), strict=True))
        return {
            "periods": self.periods,
            "kinds": _folded(json.dumps(self.kinds).encode()),
            **{name: _folded(_little_endian(column).tobytes()) for name, column in columns.items()},
        }


def _read_kinds(value: object) -> object:
    try:
        return json.loads(_unfolded(value))
    except ValueError:
        checks.refuse("", "no JSON")


def _read_kind(value: object) -> Kind:
    language, weekday, hour, *others = checks.sequence("", value)
    texts = [str(one) for one in others]
    if len(texts) != len(Kind._fields) - 3:
        checks.refuse("", f"{len(texts) + 3} values; give {', '.join(Kind._fields)}")
    return Kind(checks.name("", language), checks.whole("", weekday, 0, 6), checks.whole("", hour, 0, 23), *texts)


def _read_column(value: object) -> "array[int]":
    column = array("I")
    try:
        column.frombytes(_unfolded(value))
    except ValueError:
        checks.refuse("", "no column")
    return _little_endian(column)


def _folded(content: bytes) -> str:
    return base64.b64encode(zlib.compress(content)).decode()


def _unfolded(value: object) -> bytes:
    try:
        return zlib.decompressobj().decompress(base64.b64decode(str(value), validate=True), MOST_BYTES)
    except (ValueError, zlib.error):
        checks.refuse("", "nothing that was compressed")


def _little_endian(column: "array[int]") -> "array[int]":
    """A column as it is kept, or back again."""
    if sys.byteorder == "big":
        column = column[:]
        column.byteswap()
    return column
