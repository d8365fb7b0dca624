"""What is in a spreadsheet, as text: rows with the numbers that people see beside them."""

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.errors import FieldProblem, Invalid
from app.legible import legible

MOST_BYTES: Final = 8_000_000
MOST_ROWS: Final = 20_000
MOST_COLUMNS: Final = 100
# all cells together, in characters; what is larger is no list of people
MOST_TEXT: Final = 20_000_000
# what Excel itself allows
LONGEST_CELL: Final = 32_767
# what Excel takes for the beginning of its calendar: a bare time of day stands on it
EXCEL_DAY_ZERO: Final = dt.date(1899, 12, 31)
Value = int | float | str | bool | dt.time | dt.date | dt.datetime | dt.timedelta


@dataclass(frozen=True)
class Row:
    """A row: its number in the spreadsheet, from 1, and what stands in its cells, from the first column."""

    number: int
    cells: tuple[str, ...]

    def filled(self, width: int) -> "Row":
        """The row with empty cells at its end, up to so many in all."""
        return Row(self.number, self.cells + ("",) * (width - len(self.cells)))


@dataclass(frozen=True)
class Sheet:
    """A table with its head: `heads` are the names of the columns, `rows` those that are not empty."""

    heads: tuple[str, ...]
    rows: tuple[Row, ...]


def unreadable(code: str, **params: object) -> Invalid:
    """The error for a file that cannot be taken at all, with the code of its sentence."""
    return Invalid([FieldProblem("file", code, params)])


def row_of(number: int, values: Sequence[Value | None], at_least: int = 0) -> Row:
    """A row as text; empty cells at its end are left out, down to `at_least`.

    Raises Invalid for more columns than people write, and for a cell that is longer than any can be.
    """
    cells = [text_of(one) for one in values]
    while len(cells) > at_least and not cells[-1]:
        cells.pop()
    if any(len(one) > LONGEST_CELL for one in cells):
        raise unreadable("sheet_cell", row=number, most=LONGEST_CELL)
    if len(cells) > MOST_COLUMNS:
        raise unreadable("sheet_columns", row=number, most=MOST_COLUMNS)
    return Row(number, tuple(cells))


def text_of(value: Value | None) -> str:
    """A cell as people would type it: days as 2026-12-01, times as 10:30, numbers without needless digits."""
    if isinstance(value, str):
        return legible(value.replace("\r\n", "\n")).strip()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if math.isfinite(value) and value == int(value) else repr(value)
    if isinstance(value, dt.date | dt.time | dt.timedelta):
        return _moment(value)
    return "" if value is None else str(value)


def _moment(value: dt.date | dt.time | dt.timedelta) -> str:
    if isinstance(value, dt.timedelta):
        minutes = round(value.total_seconds() / 60)
        return f"{minutes // 60}:{minutes % 60:02d}"
    if isinstance(value, dt.time):
        return f"{value:%H:%M}"
    if not isinstance(value, dt.datetime):
        return str(value)
    if value.date() <= EXCEL_DAY_ZERO:
        return f"{value:%H:%M}"
    return str(value.date()) if value.time() == dt.time() else value.isoformat(" ")


def letter(column: int) -> str:
    """The letters above a column, from 0: A, B, … AA."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
