"""What a name is, and a time of day."""

from datetime import time

import pytest

from app.legible import is_one_line, says_something
from app.registry.pool_rules import PHONE
from app.web.inputs import parse_clock


@pytest.mark.parametrize("name", ["Beckum", "Şêrko Ş.", "سلام", "نیم\u200cفاصله", "7. Schule", "  Rathaus  "])
def test_names_of_all_scripts_are_names(name: str) -> None:
    assert says_something(name)
    assert is_one_line(name)


@pytest.mark.parametrize("name", ["", "  ", "\u200f", "–", "\u2060"])
def test_what_says_nothing_is_no_name(name: str) -> None:
    assert not says_something(name)


@pytest.mark.parametrize("name", ["Zeile\nzwei", "a\rb", "a\x85b", "a\u2028b", "a\x1bb"])
def test_a_name_stands_in_one_line(name: str) -> None:
    assert not is_one_line(name)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("10:00", time(10)), ("9.30", time(9, 30)), ("10:00:00", time(10)), ("23:59:59.999", time(23, 59))],
)
def test_a_time_is_read_as_it_is_typed(typed: str, meant: time) -> None:
    assert parse_clock(typed) == meant


@pytest.mark.parametrize("typed", ["", "1", "14:0099", "01.01.0001", "25:00", "10:60", "10:00 Uhr", "²:00", "10:00:"])
def test_what_is_no_time_is_refused(typed: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whatever it says, the form says more
        parse_clock(typed)


@pytest.mark.parametrize("phone", ["02521 29-1234", "+49 (0) 2521 291234", "115", "0800/1234567"])
def test_a_telephone_number_is_as_people_write_it(phone: str) -> None:
    assert PHONE.fullmatch(phone)


@pytest.mark.parametrize("phone", ["-1", "NaN", "12", "Zeile\nzwei", "02521 29-1234 ext", "---"])
def test_what_nobody_can_dial_is_no_number(phone: str) -> None:
    assert not PHONE.fullmatch(phone)
