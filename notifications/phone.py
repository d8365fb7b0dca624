"""Phone numbers in one normal form, and texts in the alphabet of the phone network."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberType, ValidationResult

Reason = Literal["empty", "not_a_number", "country_unknown", "too_short", "too_long", "impossible", "premium"]

_PARSE_REASONS: Final[dict[int, Reason]] = {
    NumberParseException.INVALID_COUNTRY_CODE: "country_unknown",
    NumberParseException.TOO_SHORT_AFTER_IDD: "too_short",
    NumberParseException.TOO_SHORT_NSN: "too_short",
    NumberParseException.TOO_LONG: "too_long",
}
_LENGTH_REASONS: Final[dict[int, Reason]] = {
    ValidationResult.INVALID_COUNTRY_CODE: "country_unknown",
    # without its area code a number cannot be reached from outside its town
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "too_short",
    ValidationResult.TOO_SHORT: "too_short",
    ValidationResult.TOO_LONG: "too_long",
    ValidationResult.INVALID_LENGTH: "impossible",
}
_SHORTEST: Final = len("+4929211")
_LONGEST: Final = len("+") + 15  # ITU-T E.164, 6.2.1
_COSTLY: Final = {PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST}

# Bundesnetzagentur, Mitteilung 148/2021 (Amtsblatt 7/2021): mobile numbers that nobody will ever be given
_FICTIONAL_SINGLES: Final = (
    "15228817386", "15228895456", "15254599371", "1729925904", "1729968532", "1729973185", "1729973186", "1729980752",
    "1749091317", "1749464308",
)  # fmt: skip
_FICTIONAL_HUNDREDS: Final = ("17139200", "176040690")

# 3GPP TS 23.038, 6.2.1: the default alphabet and its extension table, whose characters take two units
_GSM7: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM7_EXTENSION: Final = frozenset("\f^{}\\[~]|€")
_SUBSTITUTES: Final = str.maketrans(
    {
        **dict.fromkeys("„“”‟«»″", '"'),
        **dict.fromkeys("‚‘’‛‹›`´ʼʻ′", "'"),
        **dict.fromkeys("–—―−‐‑‒•·", "-"),
        **dict.fromkeys("\t\v\u2028\u2029", " "),
        "…": "...", "ı": "i", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th",
        "ħ": "h", "Ħ": "H", "œ": "oe", "Œ": "OE", "ə": "e", "Ə": "E", "ẞ": "SS", "×": "x",
    }
)  # fmt: skip
_SILENT: Final = {"Mn", "Me", "Cc", "Cf"}


class PhoneError(ValueError):
    """A text that is no usable phone number; `reason` says why in one word for a program."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason


@dataclass(frozen=True, slots=True)
class Segments:
    """How a text is cut on its way: the alphabet, its units, and the parts that are paid for."""

    encoding: Literal["GSM-7", "UCS-2"]
    units: int
    count: int


def normalise(text: str, region: str = "DE") -> str:
    """Give a number as people write it in the one form everything else uses, E.164.

    `region` (ISO 3166) completes numbers without a country code. A number that is possible is accepted even if it is
    not assigned. Raises PhoneError.
    """
    if not text.strip():
        raise PhoneError("empty")
    number = _parsed(text, region)
    length = phonenumbers.is_possible_number_with_reason(number)
    if length != ValidationResult.IS_POSSIBLE:
        raise PhoneError(_LENGTH_REASONS[length])
    if phonenumbers.number_type(number) in _COSTLY:
        raise PhoneError("premium")
    normal = _e164(number)
    # German numbering allows four digits in all, but none that short is reached from outside its town
    if len(normal) < _SHORTEST:
        raise PhoneError("too_short")
    if len(normal) > _LONGEST:
        raise PhoneError("too_long")
    # superfluous zeros: a network would strip them one after another and reach somebody else
    if _e164(_parsed(normal, region)) != normal:
        raise PhoneError("impossible")
    return normal


def country(number: str) -> str:
    """Give the country (ISO 3166) of a number in E.164; empty for what is none, and where several share a code."""
    try:
        found = phonenumbers.region_code_for_number(phonenumbers.parse(number))
    except NumberParseException:
        return ""
    return found if found and found != "001" else ""


def fictional_mobiles() -> Iterator[str]:
    """Give the 210 German mobile numbers reserved for fiction, in E.164; no message to them reaches a person."""
    yield from (f"+49{single}" for single in _FICTIONAL_SINGLES)
    yield from (f"+49{hundred}{last:02}" for hundred in _FICTIONAL_HUNDREDS for last in range(100))


def gsm7(text: str) -> str:
    """Give the text in GSM-7 alone, so that a segment holds 160 characters and not 70.

    Umlauts stay; quotes, dashes and letters of other Latin alphabets get their nearest relative, the rest becomes "?".
    """
    return "".join(map(_nearest, unicodedata.normalize("NFC", text).translate(_SUBSTITUTES)))


def segments(text: str) -> Segments:
    """Count the parts a text is sent in: 160 or 70 units alone, 153 or 67 each when there are several."""
    if all(character in _GSM7 or character in _GSM7_EXTENSION for character in text):
        sizes = [2 if character in _GSM7_EXTENSION else 1 for character in text]
        return Segments("GSM-7", sum(sizes), _parts(sizes, alone=160, together=153))
    sizes = [2 if ord(character) > 0xFFFF else 1 for character in text]
    return Segments("UCS-2", sum(sizes), _parts(sizes, alone=70, together=67))


def _parsed(text: str, region: str) -> phonenumbers.PhoneNumber:
    try:
        return phonenumbers.parse(text, region)
    except NumberParseException as error:
        raise PhoneError(_PARSE_REASONS.get(error.error_type, "not_a_number")) from error


def _e164(number: phonenumbers.PhoneNumber) -> str:
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _nearest(character: str) -> str:
    if character in _GSM7 or character in _GSM7_EXTENSION:
        return character
    plain = unicodedata.normalize("NFKD", character).translate(_SUBSTITUTES)
    letters = [letter for letter in plain if unicodedata.category(letter) not in _SILENT]
    return "".join(letter if letter in _GSM7 or letter in _GSM7_EXTENSION else "?" for letter in letters)


def _parts(sizes: list[int], *, alone: int, together: int) -> int:
    if sum(sizes) <= alone:
        return min(len(sizes), 1)
    parts, room = 1, together
    for size in sizes:
        # a character of two units is never torn between two parts
        if size > room:
            parts, room = parts + 1, together
        room -= size
    return parts
