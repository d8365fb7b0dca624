"""What is read of a file, and what is refused, each by its name."""

import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any, Final

import pytest
import xlsxwriter

from app.errors import Invalid
from app.spreadsheets.files import delimited, file
from app.spreadsheets.files.table import MOST_BYTES, MOST_ROWS, Sheet, letter
from app.spreadsheets.meaning import columns

HEAD: Final = "Name;Telefon;Sprachen"
ROW: Final = "Jürgen Öz;0171 3920001;Dari C1"
Build = Callable[[xlsxwriter.worksheet.Worksheet], object]


def read(content: bytes) -> Sheet:
    return file.read(content, lambda head: bool(columns.field_of("mediators", head)))


def refused(content: bytes) -> str:
    with pytest.raises(Invalid) as caught:
        read(content)
    [problem] = caught.value.problems
    assert problem.field == "file"
    return problem.code


def workbook(build: Build, **options: Any) -> bytes:
    """A workbook of one sheet, filled in by `build`."""
    written = io.BytesIO()
    with xlsxwriter.Workbook(written, options) as book:
        build(book.add_worksheet())
    return written.getvalue()


def filled(*lines: tuple[object, ...]) -> bytes:
    def build(sheet: xlsxwriter.worksheet.Worksheet) -> None:
        for row, line in enumerate(lines):
            sheet.write_row(row, 0, line)

    return workbook(build)


def changed(content: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    """The workbook with one of its members changed."""
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.namelist():
            new.writestr(member, change(old.read(member)) if member == name else old.read(member))
    return written.getvalue()


PLAIN: Final = filled(("Name", "Telefon"), ("Amira", "0171"))
SHEET: Final = "xl/worksheets/sheet1.xml"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "latin-1"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_a_csv_is_read_whatever_its_encoding_and_delimiter(encoding: str, delimiter: str) -> None:
    text = f"{HEAD}\r\n{ROW}\r\n".replace(";", delimiter)
    sheet = read(text.encode(encoding))
    assert sheet.heads == ("Name", "Telefon", "Sprachen")
    assert [(row.number, row.cells) for row in sheet.rows] == [(2, ("Jürgen Öz", "0171 3920001", "Dari C1"))]


def test_a_title_above_and_empty_rows_between_keep_the_numbers_that_people_see() -> None:
    sheet = read(f"Unsere Liste;;\n;;\n{HEAD}\n;;\n{ROW}\n\n{ROW}\n;;\n".encode())
    assert [row.number for row in sheet.rows] == [5, 7]


def test_the_line_that_tells_excel_the_delimiter_is_obeyed() -> None:
    assert read(b"sep=|\nName|Telefon\nA;B|1\n").rows[0].cells == ("A;B", "1")


def test_commas_in_cells_are_not_taken_for_delimiters() -> None:
    sheet = read(b"Name;Sprachen\nAmira;Dari, Farsi, Paschtu, Urdu\nBerat;Dari, Farsi, Paschtu, Urdu\n")
    assert sheet.rows[0].cells == ("Amira", "Dari, Farsi, Paschtu, Urdu")


def test_a_cell_may_have_several_lines() -> None:
    [row] = read(b'Name;Telefon\n"Amira\r\nY";1\n').rows
    assert row.cells == ("Amira\nY", "1")


def test_cells_of_a_workbook_are_text_as_people_would_type_it() -> None:
    def build(sheet: xlsxwriter.worksheet.Worksheet) -> None:
        sheet.write_row(0, 0, ["Name", "Telefon", "c", "d", "e", "f", "g"])
        sheet.write_row(1, 0, ["  Amira ", 1713920001, 51.75, True])
        sheet.write_datetime(1, 4, datetime(2026, 12, 1), None)  # noqa: DTZ001 - a cell has no zone
        sheet.write_formula(1, 5, '=CONCAT("a","b")', None, "ab")
        sheet.write(1, 6, "")

    [row] = read(workbook(build, default_date_format="dd.mm.yyyy")).rows
    assert row.cells[:6] == ("Amira", "1713920001", "51.75", "true", "2026-12-01", "ab")


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (date(2026, 12, 1), "d.m.yy", "2026-12-01"),
        (datetime(2026, 12, 1, 10, 30), "d.m.yy hh:mm", "2026-12-01 10:30:00"),  # noqa: DTZ001
        (time(9, 30), "hh:mm", "09:30"),
    ],
)
def test_days_and_times_of_a_workbook_are_read_by_their_format(value: Any, form: str, text: str) -> None:
    written = io.BytesIO()
    with xlsxwriter.Workbook(written) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["Name", "Datum"])
        sheet.write_datetime(1, 1, value, book.add_format({"num_format": form}))
    assert read(written.getvalue()).rows[0].cells[1] == text


def test_an_empty_first_sheet_is_passed_over() -> None:
    written = io.BytesIO()
    with xlsxwriter.Workbook(written) as book:
        book.add_worksheet("leer")
        book.add_worksheet("Liste").write_row(0, 0, ["Name", "Telefon"])
        book.get_worksheet_by_name("Liste").write_row(1, 0, ["Amira", "1"])
    assert read(written.getvalue()).rows[0].cells == ("Amira", "1")


def test_rows_that_are_only_coloured_to_the_end_of_the_sheet_are_no_rows() -> None:
    def coloured(sheet: bytes) -> bytes:
        return sheet.replace(b"</sheetData>", b'<row r="1048576"><c r="A1048576" s="0"/></row></sheetData>')

    assert len(read(changed(PLAIN, SHEET, coloured)).rows) == 1


def test_a_million_empty_lines_of_a_csv_are_no_rows() -> None:
    assert len(read(f"{HEAD}\n{ROW}\n".encode() + b";;\r\n" * 2**20).rows) == 1


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "sheet_empty"),
        (b"\xef\xbb\xbf", "sheet_empty"),
        (b";;;\n;;;\n", "sheet_empty"),
        (HEAD.encode(), "sheet_only_head"),
        (filled(), "sheet_empty"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1old", "sheet_old"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "sheet_encrypted"),
        (b"\xef\xbb\xbf\n<!DOCTYPE html><html><table>", "sheet_html"),
        (b"<html>", "sheet_html"),
        (b"%PDF-1.7", "sheet_other_kind"),
        (f"{HEAD}\nAmi\0ra;1;Dari\n".encode(), "sheet_nul"),
        (f'{HEAD}\n"Amira;1;Dari\n'.encode(), "sheet_quotes"),
        (b"\xff\xfea", "sheet_encoding"),
        (b"Name\n" + b"x" * 40_000, "sheet_cell"),
        (b"x" * (MOST_BYTES + 1), "sheet_bytes"),
        (b"Name;" * 200 + b"\nx;y\n", "sheet_columns"),
        (b"Name;Telefon\n" + b"a;1\n" * (MOST_ROWS + 1), "sheet_rows"),
        (b"Name\n" + b"a\n" * 2**20, "sheet_rows"),
        (b"PK\x03\x04 and no more", "sheet_broken"),
        (PLAIN[: len(PLAIN) // 2], "sheet_broken"),
    ],
)
def test_what_is_no_table_is_refused_by_its_name(content: bytes, code: str) -> None:
    assert refused(content) == code


def test_an_archive_of_something_else_is_refused() -> None:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("content.xml", "<office/>")
    assert refused(written.getvalue()) == "sheet_other_kind"


def test_joined_cells_in_the_table_are_refused_and_those_of_a_title_are_not() -> None:
    def titled(sheet: xlsxwriter.worksheet.Worksheet) -> None:
        sheet.merge_range("A1:C1", "Unsere Liste")
        sheet.write_row(1, 0, ["Name", "Telefon"])
        sheet.write_row(2, 0, ["Amira", "1"])

    def joined(sheet: xlsxwriter.worksheet.Worksheet) -> None:
        titled(sheet)
        sheet.merge_range("A4:A6", "Schule")

    assert [row.number for row in read(workbook(titled)).rows] == [3]
    with pytest.raises(Invalid) as caught:
        read(workbook(joined))
    assert caught.value.problems[0].params == {"cells": "A4:A6"}


@pytest.mark.parametrize("cell", ["A1048576", "A20001"])
def test_a_cell_far_below_is_named(cell: str) -> None:
    with pytest.raises(Invalid) as caught:
        read(workbook(lambda sheet: (sheet.write("A1", "Name"), sheet.write(cell, "x"))))
    assert (caught.value.problems[0].code, caught.value.problems[0].params["cell"]) == ("sheet_far_row", cell)


def test_a_cell_far_to_the_right_is_refused_before_its_row_is_made() -> None:
    assert refused(workbook(lambda sheet: (sheet.write("A1", "Name"), sheet.write("XFD2", "x")))) == "sheet_columns"


def test_a_bomb_is_not_unfolded() -> None:
    bomb = changed(PLAIN, "xl/theme/theme1.xml", lambda _: b" " * 150_000_000)
    assert len(bomb) < 500_000
    assert refused(bomb) == "sheet_unfolds"


def test_sizes_that_are_declared_falsely_are_found_out() -> None:
    bomb = bytearray(changed(PLAIN, SHEET, lambda sheet: sheet + b" " * 20_000_000))
    with zipfile.ZipFile(io.BytesIO(bomb)) as archive:
        declared = archive.getinfo(SHEET).file_size.to_bytes(4, "little")
    assert bomb.count(declared) == 2
    assert refused(bytes(bomb.replace(declared, (2000).to_bytes(4, "little")))) == "sheet_broken"


def test_a_long_text_said_over_and_over_is_weighed_before_it_is_made() -> None:
    book = filled(("Name", "Telefon"), *((("ä" * 30_000), "1") for _ in range(2000)))
    assert len(book) < 500_000
    assert refused(book) == "sheet_unfolds"


@pytest.mark.thorough
def test_a_workbook_with_a_damaged_place_is_read_or_refused_but_nothing_else() -> None:
    codes = set()
    for place in range(len(PLAIN)):
        damaged = bytearray(PLAIN)
        damaged[place] ^= 0xFF
        codes.add(outcome(bytes(damaged)))
    assert {"read", "sheet_broken"} <= codes


def outcome(content: bytes) -> str:
    try:
        read(content)
    except Invalid as invalid:
        return invalid.problems[0].code
    return "read"


@pytest.mark.parametrize(
    "text", ["=1+1", "+49 171", "-", "@x", "\tx", " =1", "|x", "%x", "'=x", "''=x", "'s", "x'", ""]
)
def test_what_would_run_in_a_spreadsheet_is_defused_and_read_back(text: str) -> None:
    written = delimited.defused(text)
    assert not written.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "|", "%"))
    assert delimited.harmless(written) == text


def test_columns_have_the_letters_of_spreadsheets() -> None:
    assert [letter(number) for number in (0, 25, 26, 51, 52, 701, 702)] == ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]
