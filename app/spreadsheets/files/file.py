"""A file somebody sends -> its table; whatever else it may be is refused in a sentence."""

from collections.abc import Callable, Sequence
from typing import Final

from app.spreadsheets.files import delimited, workbook
from app.spreadsheets.files.table import MOST_BYTES, MOST_ROWS, Row, Sheet, unreadable
from app.spreadsheets.files.workbook import Grid

_ZIP: Final = b"PK\x03\x04"
# the container of Excel before 2007, and of workbooks that ask for a password
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")
_MARKUP: Final = (b"<!doctype", b"<html", b"<table", b"<?xml", b"<head", b"<body")
_OTHERS: Final = (b"%PDF", b"{\\rtf", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!")


def read(content: bytes, knows: Callable[[str], bool]) -> Sheet:
    """The table of a CSV or a workbook; `knows` says of a text whether it is the name of a column.

    Lines above its head, such as a title, are left out. Raises Invalid, with the one problem at `file`.
    """
    if len(content) > MOST_BYTES:
        raise unreadable("sheet_bytes", most=MOST_BYTES // 1_000_000)
    _refuse_others(content)
    grid = workbook.read(content) if content.startswith(_ZIP) else Grid(tuple(delimited.read(content, knows)), ())
    if not grid.rows:
        raise unreadable("sheet_empty")
    head = _head(grid.rows, knows)
    if joined := grid.joined_from(grid.rows[head].number):
        raise unreadable("sheet_joined", cells=joined)
    rows = grid.rows[head + 1 :]
    if not rows:
        raise unreadable("sheet_only_head", row=grid.rows[head].number)
    if len(rows) > MOST_ROWS:
        raise unreadable("sheet_rows", most=MOST_ROWS)
    width = max(len(row.cells) for row in grid.rows[head:])
    return Sheet(grid.rows[head].filled(width).cells, tuple(row.filled(width) for row in rows))


def _refuse_others(content: bytes) -> None:
    if content.startswith(_OLE):
        raise unreadable("sheet_encrypted" if _ENCRYPTED in content else "sheet_old")
    if content.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_MARKUP):
        raise unreadable("sheet_html")
    if content.startswith(_OTHERS):
        raise unreadable("sheet_other_kind")


def _head(rows: Sequence[Row], knows: Callable[[str], bool]) -> int:
    """Where most names of columns are recognised, the first of several; by none, the first row."""
    looked_at = rows[: delimited.FIRST_ROWS]
    return max(range(len(looked_at)), key=lambda index: sum(map(knows, looked_at[index].cells)))
