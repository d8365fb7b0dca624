"""A table on its way: through a form, so that nobody's data waits here, and to a worker that takes it in."""

import base64
import binascii
import csv
import io
import zlib
from typing import Final

from app.spreadsheets.files.table import MOST_ROWS, MOST_TEXT, Row, Sheet, row_of, unreadable

# most characters take one byte, the rest is for those that take more and for the signs between cells
_MOST_BYTES: Final = 2 * MOST_TEXT


def packed(sheet: Sheet) -> str:
    """The table as text for a hidden field."""
    return base64.b64encode(compressed(sheet)).decode()


def compressed(sheet: Sheet) -> bytes:
    """The table as bytes."""
    written = io.StringIO()
    csv.writer(written).writerows([row.number, *row.cells] for row in (Row(0, sheet.heads), *sheet.rows))
    return zlib.compress(written.getvalue().encode())


def unpacked(text: str) -> Sheet:
    """What was packed. Whatever else somebody sends raises Invalid, as a file would."""
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise unreadable("sheet_broken") from error
    return decompressed(content)


def decompressed(content: bytes) -> Sheet:
    """What was compressed. Whatever else it is raises Invalid."""
    try:
        unfolder = zlib.decompressobj()
        written = unfolder.decompress(content, _MOST_BYTES)
        head, *rows = _rows(written.decode() if unfolder.eof else "")
    except (zlib.error, csv.Error, ValueError) as error:
        raise unreadable("sheet_broken") from error
    width = len(head.cells)
    if not width or not rows or any(len(row.cells) > width for row in rows):
        raise unreadable("sheet_broken")
    return Sheet(head.cells, tuple(row.filled(width) for row in rows))


def _rows(written: str) -> list[Row]:
    rows: list[Row] = []
    # one after the other, so that no more are made than a table may have
    for number, *cells in csv.reader(io.StringIO(written, newline="")):
        rows.append(row_of(int(number), cells, at_least=len(cells) if not rows else 0))
        if len(rows) > MOST_ROWS + 1:
            raise unreadable("sheet_rows", most=MOST_ROWS)
    return rows
