"""A table that travels in a page comes back as it was; whatever else comes back is refused."""

import base64
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import Invalid
from app.spreadsheets.files.carried import packed, unpacked
from app.spreadsheets.files.table import MOST_ROWS, MOST_TEXT, Row, Sheet, text_of

CELL = st.text(max_size=20).map(text_of)


@st.composite
def sheets(draw: st.DrawFn) -> Sheet:
    width = draw(st.integers(1, 5))
    cells = st.tuples(*[CELL] * width)
    rows = draw(st.lists(cells, min_size=1, max_size=5))
    return Sheet(draw(cells), tuple(Row(number, row) for number, row in enumerate(rows, start=2)))


@given(sheets())
def test_a_table_comes_back_as_it_was(sheet: Sheet) -> None:
    assert unpacked(packed(sheet)) == sheet


def wrapped(text: str) -> str:
    return base64.b64encode(zlib.compress(text.encode())).decode()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "sheet_broken"),
        ("no base64", "sheet_broken"),
        (base64.b64encode(b"not compressed").decode(), "sheet_broken"),
        (wrapped(""), "sheet_broken"),
        (wrapped("0,Name\n"), "sheet_broken"),
        (wrapped("0\n2\n"), "sheet_broken"),
        (wrapped("0,Name\nx,Amira\n"), "sheet_broken"),
        (wrapped("0,Name\n\n"), "sheet_broken"),
        (wrapped("0,Name\n2,Amira,0171\n"), "sheet_broken"),
        (wrapped("0,Name\n" + "2,x\n" * (MOST_ROWS + 1)), "sheet_rows"),
        (wrapped("0," + "x," * 200), "sheet_columns"),
        (wrapped("x" * (2 * MOST_TEXT + 1)), "sheet_broken"),
    ],
)
def test_what_was_not_packed_here_is_refused(text: str, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        unpacked(text)
    assert [one.code for one in caught.value.problems] == [code]
