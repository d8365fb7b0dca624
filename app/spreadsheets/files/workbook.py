"""Workbooks of Excel (.xlsx): looked at before they are opened, for a small file can unfold into any size."""

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final
from zipfile import ZipFile

import xlsxwriter
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum

from app.spreadsheets.files.table import MOST_COLUMNS, MOST_ROWS, MOST_TEXT, Row, letter, row_of, unreadable

MOST_MEMBERS: Final = 1000
# of the columns we write, in characters
WIDTH: Final = 22
MOST_UNFOLDED: Final = 100_000_000
# what the standard library says of archives that are none, or hold what nobody unpacks
_DAMAGED: Final = (
    zipfile.BadZipFile, zlib.error, struct.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError,
)  # fmt: skip
_SHEETS: Final = "xl/worksheets/"
_STRINGS: Final = "xl/sharedStrings.xml"
# a cell that holds something: it does not end in its own tag
_FULL_CELL: Final = re.compile(rb"<(?:\w+:)?c\b(?:[^>]*[^>/])?>")
_ADDRESS: Final = re.compile(rb'\sr="([A-Z]{1,3})([0-9]{1,7})"')
_STRING: Final = re.compile(rb"<(?:\w+:)?si\b")
_INDEX: Final = re.compile(rb"<(?:\w+:)?v\b[^>]*>\s*([0-9]{1,9})\s*<")


@dataclass(frozen=True)
class Grid:
    """The rows of a sheet that are not empty, and where cells are joined: first row and column, last row and column."""

    rows: tuple[Row, ...]
    joined: tuple[tuple[tuple[int, int], tuple[int, int]], ...]

    def joined_from(self, row: int) -> str | None:
        """The first such place that reaches the row with this number or one below, such as B5:B7; None for none."""
        for (top, left), (bottom, right) in sorted(self.joined):
            if bottom + 1 >= row:
                return f"{letter(left)}{top + 1}:{letter(right)}{bottom + 1}"
        return None


def read(content: bytes) -> Grid:
    """The first sheet that has any rows; of a formula, the value that was last seen. Raises Invalid."""
    _look_at(content)
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
            for meta in book.sheets_metadata:
                if meta.typ is SheetTypeEnum.WorkSheet:
                    sheet = book.get_sheet_by_name(meta.name)
                    if rows := _rows(sheet):
                        return Grid(rows, tuple(sheet.merged_cell_ranges or ()))
    except CalamineError as error:
        raise unreadable("sheet_broken") from error
    return Grid((), ())


def written(lines: Iterable[Sequence[str | float]]) -> bytes:
    """The lines as a workbook without formulas, the head kept in sight; numbers can be added up there."""
    file = io.BytesIO()
    options = {"constant_memory": True, "in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(file, options) as book:
        sheet, bold = book.add_worksheet(), book.add_format({"bold": True})
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, MOST_COLUMNS - 1, WIDTH)
        for row, line in enumerate(lines):
            for column, value in enumerate(line):
                write = sheet.write_string if isinstance(value, str) else sheet.write_number
                write(row, column, value, None if row else bold)
    return file.getvalue()


def _rows(sheet: CalamineSheet) -> tuple[Row, ...]:
    numbered = enumerate(sheet.to_python(skip_empty_area=False), start=1)
    return tuple(row for row in (row_of(number, values) for number, values in numbered) if row.cells)


def _look_at(content: bytes) -> None:
    """Refuse what is no workbook, and what would unfold into more than the machine holds."""
    try:
        with ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            if len(members) > MOST_MEMBERS or sum(one.file_size for one in members) > MOST_UNFOLDED:
                raise unreadable("sheet_unfolds", most=MOST_UNFOLDED // 1_000_000)
            if "xl/workbook.xml" not in archive.namelist():
                raise unreadable("sheet_other_kind")
            # reads each member to its end, so that sizes that were declared falsely are found out
            if archive.testzip() is not None:
                raise unreadable("sheet_broken")
            _weigh(archive)
    except _DAMAGED as error:
        raise unreadable("sheet_broken") from error


def _weigh(archive: ZipFile) -> None:
    """Refuse tables far larger than their file: cells at the world's end, one long text said again and again."""
    names = archive.namelist()
    strings = archive.read(_STRINGS) if _STRINGS in names else b""
    starts = [*(found.start() for found in _STRING.finditer(strings)), len(strings)]
    lengths = [after - before for before, after in pairwise(starts)]
    for name in names:
        if name.startswith(_SHEETS) and name.endswith(".xml"):
            sheet = archive.read(name)
            _check_extent(sheet)
            said = (int(found[1]) for found in _INDEX.finditer(sheet))
            if sum(lengths[one] for one in said if one < len(lengths)) > MOST_TEXT:
                raise unreadable("sheet_unfolds", most=MOST_UNFOLDED // 1_000_000)


def _check_extent(sheet: bytes) -> None:
    for letters, row in _addresses(sheet):
        if int(row) > MOST_ROWS:
            raise unreadable("sheet_far_row", cell=f"{letters.decode()}{int(row)}", most=MOST_ROWS)
        if _column(letters) >= MOST_COLUMNS:
            raise unreadable("sheet_columns", row=int(row), most=MOST_COLUMNS)


def _column(letters: bytes) -> int:
    number = 0
    for one in letters:
        number = number * 26 + one - ord("A") + 1
    return number - 1


def _addresses(sheet: bytes) -> Iterator[tuple[bytes, bytes]]:
    for cell in _FULL_CELL.finditer(sheet):
        address = _ADDRESS.search(cell[0])
        if address is None:
            raise unreadable("sheet_broken")
        yield address[1], address[2]
