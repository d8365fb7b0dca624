"""Telephone numbers as spreadsheets keep them: with words beside them, or without the sign they began with."""

import re
from typing import Final

import phonenumbers

from app.spreadsheets.meaning.rows import CellError
from notifications.phone import PhoneError, normalise

REGION: Final = "DE"
_ASIDE: Final = re.compile(r"\([^()\d]*\)")
# a number that was shown as 4,92E+11 has lost its last digits
_ROUNDED: Final = re.compile(r"\d[.,]?\d*E\+?\d+", re.IGNORECASE)
# it might also be a landline of Ostfriesland without its zero, but none there has so many digits
_GERMAN_MOBILE: Final = re.compile(r"491[567]\d{8,9}")


def read(text: str) -> str:
    """The number in E.164. Raises CellError."""
    # an apostrophe keeps Excel from reckoning with it
    typed = _ASIDE.sub("", text).lstrip("' ").strip()
    if _ROUNDED.fullmatch(typed):
        raise CellError("cell_rounded")
    try:
        return normalise(f"+{typed}" if _lacks_its_plus(typed) else typed, REGION)
    except PhoneError as error:
        raise CellError("phone", reason=error.reason) from error


def _lacks_its_plus(typed: str) -> bool:
    """Whether digits alone are a number only with the sign that Excel takes away: 491713920001."""
    if not typed.isascii() or not typed.isdecimal() or typed.startswith("0"):
        return False
    return bool(_GERMAN_MOBILE.fullmatch(typed)) or (not _is_valid(typed) and _is_valid(f"+{typed}"))


def _is_valid(text: str) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(text, REGION))
    except phonenumbers.NumberParseException:
        return False
