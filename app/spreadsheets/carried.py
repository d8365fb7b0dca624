"""A table on its way through a form: what was looked at travels with the page, so that nobody's data waits here."""

import base64
import binascii
import json
import zlib
from typing import Final

from app.spreadsheets.table import MOST_COLUMNS, MOST_ROWS, MOST_TEXT, Row, Sheet, text_of, unreadable

# a character takes four bytes at most, and six where it has to be escaped
_MOST_BYTES: Final = 6 * MOST_TEXT


def packed(sheet: Sheet) -> str:
    """The table as text for a hidden field."""
    rows = [[row.number, row.cells] for row in sheet.rows]
    written = json.dumps([sheet.heads, rows], ensure_ascii=False, separators=(",", ":"))
    return base64.b64encode(zlib.compress(written.encode())).decode()


def unpacked(text: str) -> Sheet:
    """What was packed. Whatever else somebody sends raises Invalid, as a file would."""
    try:
        unfolder = zlib.decompressobj()
        written = unfolder.decompress(base64.b64decode(text, validate=True), _MOST_BYTES)
        if not unfolder.eof:
            raise unreadable("sheet_broken")
        heads, rows = json.loads(written)
        sheet = Sheet(_texts(heads), tuple(Row(_number(number), _texts(cells)) for number, cells in rows))
    except (binascii.Error, zlib.error, ValueError, TypeError, RecursionError) as error:
        raise unreadable("sheet_broken") from error
    width = len(sheet.heads)
    if not 0 < width <= MOST_COLUMNS or not 0 < len(sheet.rows) <= MOST_ROWS:
        raise unreadable("sheet_broken")
    if any(len(row.cells) != width for row in sheet.rows):
        raise unreadable("sheet_broken")
    return sheet


def _texts(values: object) -> tuple[str, ...]:
    if not isinstance(values, list):
        raise TypeError(values)
    return tuple(text_of(one) for one in values)


def _number(value: object) -> int:
    if type(value) is not int:
        raise TypeError(value)
    return value
