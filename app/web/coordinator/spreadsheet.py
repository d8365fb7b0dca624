"""Files that spreadsheets open as people expect, and that cannot run anything there."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final

from flask import Response

from app.spreadsheets.files.workbook import written

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# what a spreadsheet takes for the beginning of a formula, or drops so that one begins
_ACTIVE = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")


def cell(value: str | int | None) -> str | int:
    """A value for a CSV cell: numbers as they are, text never as a formula, None empty."""
    if value is None:
        return ""
    if isinstance(value, int):
        return value
    return f"'{value}" if value.lstrip(" ").startswith(_ACTIVE) else value


def download(name: str, lines: Iterable[Sequence[str | int | None]]) -> Response:
    """The lines as a file to save: semicolons and a byte order mark, which German spreadsheets need."""
    written = io.StringIO()
    writer = csv.writer(written, delimiter=";", lineterminator="\r\n")
    writer.writerows([cell(value) for value in line] for line in lines)
    return Response(
        written.getvalue().encode("utf-8-sig"),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def workbook(name: str, lines: Iterable[Sequence[str | float]]) -> Response:
    """The lines as a workbook of Excel to save."""
    return Response(
        written(lines),
        mimetype=XLSX,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
