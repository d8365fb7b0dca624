"""Reading the file of the land survey of North Rhine-Westphalia in which every house stands ("Gebäudereferenzen").

Text, semicolons, no head or one; nobody says which of the forms below a file has, so its first line decides. It is read
line by line, for the whole state is 700 MB.

* since about 2023: 21 columns, town and street by name, easting and northing with a point and without the zone;
* before: 15 or 14 columns, towns by number (their names stand in gebref_schluessel.txt beside it), decimal commas, the
  zone as the first two digits of the easting.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.errors import FieldProblem, Invalid

LONGEST_LINE: Final = 2000
NEW: Final = (
    "nba", "oid", "qua", "landschl", "land", "regbezschl", "regbez", "kreisschl", "kreis", "gmdschl", "gmd", "ottschl",
    "ott", "strschl", "str", "hnr", "adz", "zone", "ostw", "nordw", "datum",
)  # fmt: skip
OLD: Final = (
    "nba", "oi", "qua", "lan", "rbz", "krs", "gmd", "ott", "sss", "hnr", "adz", "ostw", "nordw", "stn", "datum",
)  # fmt: skip
ZONE: Final = 32
# all of Germany, in metres of the zone
EASTINGS: Final = (200_000.0, 950_000.0)
NORTHINGS: Final = (5_200_000.0, 6_150_000.0)
_NUMBER: Final = re.compile(r"\d{1,8}(?:[.,]\d{1,6})?", re.ASCII)
_HOUSE: Final = re.compile(r"(\d{1,4})\s*(.*)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Line:
    """A house as a line says it; `number` is None where it has none. Easting and northing in metres of zone 32."""

    town: str
    district: str
    street: str
    number: int | None
    suffix: str
    easting: float
    northing: float


class Gebref:
    """The lines of one file; `towns` are the names of the towns of an older one, by their numbers."""

    def __init__(self, lines: Iterator[bytes], towns: Mapping[str, str]) -> None:
        self._lines = _numbered(lines)
        self._towns = towns

    def __iter__(self) -> Iterator[Line]:
        """Every house, in the order of the file. Raises Invalid with the line that cannot be read."""
        first = next(self._lines, None)
        if first is None:
            raise Invalid([FieldProblem("file", "houses_empty")])
        number, cells = first
        columns = _columns(cells)
        read = self._new if columns is NEW or "gmdschl" in columns else self._old
        places = {name: place for place, name in enumerate(columns)}
        if not _is_head(cells):
            yield read(number, _cells(number, cells, columns), places)
        for number, cells in self._lines:
            yield read(number, _cells(number, cells, columns), places)

    def _new(self, number: int, cells: Sequence[str], at: Mapping[str, int]) -> Line:
        if cells[at["zone"]] not in {str(ZONE), ""}:
            raise refusal(number, "houses_zone", value=cells[at["zone"]][:20], zone=ZONE)
        return _line(
            number, cells[at["gmd"]], cells[at["ott"]], cells[at["str"]], cells[at["hnr"]], cells[at["adz"]],
            cells[at["ostw"]], cells[at["nordw"]],
        )  # fmt: skip

    def _old(self, number: int, cells: Sequence[str], at: Mapping[str, int]) -> Line:
        town = self._towns.get(town_number(cells[at["lan"] : at["gmd"] + 1]))
        if town is None:
            raise refusal(number, "houses_town_number" if self._towns else "houses_no_keys")
        return _line(
            number, town, "", cells[at["stn"]], cells[at["hnr"]], cells[at["adz"]], cells[at["ostw"]],
            cells[at["nordw"]],
        )  # fmt: skip


def town_names(lines: Iterable[bytes]) -> Mapping[str, str]:
    """The names of towns by their numbers, as gebref_schluessel.txt has them; other lines are passed over."""
    found = {}
    for _, cells in _numbered(iter(lines)):
        if cells[0] == "G" and len(cells) > 5:
            found[town_number(cells[1:5])] = cells[5]
    return found


def town_number(parts: Sequence[str]) -> str:
    """State, district of the government, county and town in one."""
    return "".join(parts)


def refusal(line: int, code: str, **params: object) -> Invalid:
    """Why a file cannot be taken, and in which line that stands."""
    return Invalid([FieldProblem("file", code, {"line": line, **params})])


def _numbered(lines: Iterator[bytes]) -> Iterator[tuple[int, list[str]]]:
    for number, line in enumerate(lines, start=1):
        if len(line) > LONGEST_LINE:
            raise refusal(number, "houses_long_line", most=LONGEST_LINE)
        text = _decoded(line).strip("\ufeff\r\n \x1a")
        if "\x00" in text:
            raise refusal(number, "houses_no_text")
        if text:
            yield number, [cell.strip() for cell in text.split(";")]


def _decoded(line: bytes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("latin-1")


def _columns(cells: Sequence[str]) -> Sequence[str]:
    """What the columns hold, by the first line."""
    if _is_head(cells):
        named = tuple(cell.casefold() for cell in cells)
        for known in (NEW, OLD):
            if set(known[1:-1]) <= set(named):
                return named
    elif len(cells) == len(NEW):
        return NEW
    elif len(cells) in {len(OLD), len(OLD) - 1}:
        return OLD[: len(cells)]
    raise refusal(1, "houses_columns", found=len(cells), new=len(NEW), old=len(OLD))


def _is_head(cells: Sequence[str]) -> bool:
    return cells[0].casefold() == "nba"


def _cells(number: int, cells: Sequence[str], columns: Sequence[str]) -> Sequence[str]:
    if len(cells) != len(columns):
        raise refusal(number, "houses_columns_differ", found=len(cells), wanted=len(columns))
    return cells


def _line(
    number: int, town: str, district: str, street: str, house: str, suffix: str, easting: str, northing: str
) -> Line:
    if not town or not street:
        raise refusal(number, "houses_no_street")
    there = _HOUSE.fullmatch(house)
    east = _metres(number, easting)
    if east >= ZONE * 1_000_000:
        east -= ZONE * 1_000_000
    north = _metres(number, northing)
    if not (EASTINGS[0] <= east <= EASTINGS[1] and NORTHINGS[0] <= north <= NORTHINGS[1]):
        raise refusal(number, "houses_far_away", value=f"{easting[:20]} {northing[:20]}")
    if there is None:
        return Line(town, district, street, None, "", east, north)
    return Line(town, district, street, int(there[1]), there[2] + suffix, east, north)


def _metres(number: int, text: str) -> float:
    if not _NUMBER.fullmatch(text):
        raise refusal(number, "houses_number", value=text[:20])
    return float(text.replace(",", "."))
