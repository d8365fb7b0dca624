"""CSV as spreadsheets write it: whatever the encoding and the delimiter; and cells that cannot run anything there."""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

from app.errors import Invalid
from app.spreadsheets.files.table import MOST_ROWS, Row, row_of, unreadable

DELIMITERS: Final = (";", "\t", ",", "|")
# so many rows are looked at to find the delimiter, and the head
FIRST_ROWS: Final = 20
# what a spreadsheet takes for the beginning of a formula, or drops so that one begins; apostrophes before it are kept
_ACTIVE: Final = re.compile(r"'*\s*[=+\-@\t\r\n|%]")
_BYTE_ORDER_MARKS: Final = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def read(content: bytes, knows: Callable[[str], bool]) -> list[Row]:
    """The rows that are not empty; `knows` says of a text whether it is the name of a column. Raises Invalid."""
    text = _decoded(content)
    first_line, _, rest = text.partition("\n")
    told = re.fullmatch(r"sep=(.)\r?", first_line, re.IGNORECASE)
    # the line with which Excel is told the delimiter is no row of the table, but it is counted as one
    delimiter, skipped = (told[1], 1) if told else (_delimiter(text, knows), 0)
    rows = []
    for number, values in enumerate(_records(rest if told else text, delimiter), start=1 + skipped):
        row = row_of(number, [harmless(one) for one in values])
        if row.cells:
            rows.append(row)
        if len(rows) > MOST_ROWS + FIRST_ROWS:
            raise unreadable("sheet_rows", most=MOST_ROWS)
    return rows


def written(lines: Iterable[Sequence[str]]) -> bytes:
    """The lines as a file: semicolons and a byte order mark, which German spreadsheets need."""
    file = io.StringIO()
    writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
    writer.writerows([defused(one) for one in line] for line in lines)
    return file.getvalue().encode("utf-8-sig")


def defused(text: str) -> str:
    """The text for a cell of a CSV, never as a formula: with an apostrophe before what would begin one."""
    return f"'{text}" if _ACTIVE.match(text) else text


def harmless(text: str) -> str:
    """What `defused` was given."""
    return text[1:] if text.startswith("'") and _ACTIVE.match(text[1:]) else text


def _decoded(content: bytes) -> str:
    for mark, encoding in _BYTE_ORDER_MARKS:
        if content.startswith(mark):
            try:
                return content.decode(encoding)
            except UnicodeDecodeError as error:
                raise unreadable("sheet_encoding") from error
    if b"\0" in content:
        raise unreadable("sheet_nul")
    for encoding in ("utf-8", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode("latin-1")


def _records(text: str, delimiter: str) -> Iterator[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        yield from reader
    except csv.Error as error:
        raise unreadable("sheet_quotes", line=reader.line_num) from error


def _delimiter(text: str, knows: Callable[[str], bool]) -> str:
    """The one by which most names of columns are recognised; by none, the one that cuts most."""

    def score(delimiter: str) -> tuple[int, int]:
        try:
            rows = list(islice(_records(text, delimiter), FIRST_ROWS))
        except Invalid:
            return (-1, 0)
        recognised = max((sum(map(knows, row)) for row in rows), default=0)
        return recognised, min((len(row) for row in rows if row), default=0)

    return max(DELIMITERS, key=score)
