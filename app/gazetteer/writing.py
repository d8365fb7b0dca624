"""How people write addresses: names made alike, and a line taken apart."""

import re
import unicodedata
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

# what is longer is no address, and would take long to take apart
LONGEST: Final = 250
LONGEST_SUFFIX: Final = 8
# the same names come again, and millions of times where a file is taken in
KEPT: Final = 4096

_UMLAUT: Final = re.compile("([aou])e+")
_TWO_LETTERS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
_STREET: Final = re.compile("str(?:asse)+")
_SQUARE: Final = re.compile(r"pl\.")
_SAINT: Final = re.compile(r"\bsankt\b")
# what tells apart towns of one name, and is left out as often: an der Ruhr, (Westf.), i. W., bei Köln
_BESIDE: Final = re.compile(r"\(.*?\)|,.*|\s(?:am|an|im|in|bei|ob|a|i|b)\b.*")
_PARTS: Final = re.compile(r"[,;\n]|\s+in\s+|\s[-–]\s")
_POSTCODE: Final = re.compile(r"(?:\bD[- ]{1,2})?(?<!\d)(\d{5})(?!\d)")
_HOUSE: Final = re.compile(
    r"(?P<street>.*?[^\W\d].*?)\s*(?:\b[Nn]r\.?\s*)?(?<!\d)(?P<number>\d{1,4})(?!\d)"
    r"(?:\s*(?P<letter>[^\W\d_])(?!\w)|\s*(?P<half>1/2))?"
    r"(?:\s*[-–/+]\s*(?:\d{1,4}\s?)?(?:[^\W\d_](?!\w))?)?"
    r"(?:\s*\([^()]*\))?"
    r"(?:\s+(?P<place>[^\d]+))?"
)


@dataclass(frozen=True)
class Written:
    """An address as somebody wrote it; every part may be missing. `places` are districts and towns, in their order."""

    street: str = ""
    number: int | None = None
    suffix: str = ""
    postcode: str = ""
    places: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether it says anything."""
        return bool(self.street or self.postcode or self.places)


@lru_cache(KEPT)
def key(name: str) -> str:
    """What is alike in all ways to write a name: Südstr., Sued-Straße and SUDSTRASSE give the same.

    So do Neustraße and Neue Straße; where both are found, `exact` tells them apart.
    """
    return _STREET.sub("str", _UMLAUT.sub(r"\1", exact(name)))


def exact(name: str) -> str:
    """The same, but an umlaut is another letter than its vowel."""
    text = _SAINT.sub("st", _SQUARE.sub("platz", unicodedata.normalize("NFKC", name).casefold()))
    text = unicodedata.normalize("NFKD", text.translate(_TWO_LETTERS))
    return _STREET.sub("str", "".join(one for one in text.casefold() if one.isalnum()))


@lru_cache(KEPT)
def town_key(name: str) -> str:
    """The same for a town, without what only tells it apart: Mülheim (Ruhr) is Mülheim an der Ruhr."""
    text = name.strip()
    return key(_BESIDE.sub("", text.casefold())) or key(text)


def suffix_key(text: str) -> str:
    """What stands behind the number of a house."""
    return key(text)[:LONGEST_SUFFIX]


def read(line: str) -> Written:
    """Take a line apart: "Südstr. 4a, 59269 Beckum", "59269 Beckum", "Neubeckum"; what is too long says nothing."""
    if len(line) > LONGEST:
        return Written()
    found = Written()
    for part in _PARTS.split(line):
        found = _with(found, part.strip())
    return found


def read_parts(street: str, postcode: str, *places: str) -> Written:
    """The same for what stands in fields of its own; if one is too long, they say nothing."""
    if any(len(one) > LONGEST for one in (street, postcode, *places)):
        return Written()
    there = read(street)
    words = tuple(one.strip() for one in places if one.strip())
    if there.places and not there.street:
        # without a number a street reads like a town, but here its field says which it is
        there = Written(street=there.places[0], places=there.places[1:], postcode=there.postcode)
    return Written(
        there.street, there.number, there.suffix, postcode.strip() or there.postcode, (*there.places, *words)
    )


def _with(found: Written, part: str) -> Written:
    code = _POSTCODE.search(part)
    if code is not None and not found.postcode:
        found = _with(replace(found, postcode=code[1]), part[: code.start()].strip())
        return _with(found, part[code.end() :].strip())
    house = _HOUSE.fullmatch(part) if found.number is None else None
    if house is not None:
        suffix = (house["letter"] or house["half"] or "").casefold()
        places = (house["place"].strip(),) if house["place"] else ()
        street, number = house["street"].strip(), int(house["number"])
        return replace(found, street=street, number=number, suffix=suffix, places=(*found.places, *places))
    return replace(found, places=(*found.places, part)) if key(part) else found
