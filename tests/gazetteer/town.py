"""A small town as the land survey writes it, in the forms its files have had."""

import zipfile
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path

from app.gazetteer.gebref import Gebref
from app.gazetteer.importing import take_in
from app.transaction import transaction
from tests.world import World

# invented, around Beckum: town, street, number, suffix, easting, northing in zone 32
HOUSES = (
    ("Beckum", "Südstraße", "4", "", "433700.125", "5733900.500"),
    ("Beckum", "Südstraße", "4", "a", "433712.000", "5733905.000"),
    ("Beckum", "Südstraße", "12", "", "433760.000", "5733850.000"),
    ("Beckum", "St.-Georg-Straße", "1", "", "433100.000", "5734400.000"),
    ("Beckum", "Neustraße", "7", "", "433300.000", "5734100.000"),
    ("Beckum", "Neue Straße", "7", "", "434300.000", "5734700.000"),
    ("Ahlen", "Südstraße", "4", "", "425000.000", "5735000.000"),
    ("Ennigerloh", "Südstraße", "4", "", "433000.000", "5743000.000"),
)
NUMBERS = {"Beckum": "004", "Ahlen": "008", "Ennigerloh": "016"}


def new(house: Sequence[str], zone: str = "32") -> str:
    """A line as it is written today."""
    town, street, number, suffix, east, north = house
    place = ("05", "Nordrhein-Westfalen", "5", "Münster", "70", "Warendorf", NUMBERS.get(town, "099"), town)
    return ";".join(
        (
            "N",
            "DENW00HK000001",
            "A",
            *place,
            "0000",
            "",
            "00418",
            street,
            number,
            suffix,
            zone,
            east,
            north,
            "2026-07-01",
        )
    )


def old(house: Sequence[str]) -> str:
    """A line as it was written before."""
    town, street, number, suffix, east, north = house
    place = ("05", "5", "70", NUMBERS[town], "0000")
    grid = (f"32{east}".replace(".", ","), north.replace(".", ","))
    return ";".join(("N", "DENW00HK000001", "A", *place, "00418", number, suffix, *grid, street, "2022-01-01"))


def keys() -> str:
    """What names the towns of an older file."""
    lines = ["L;05;;;;Nordrhein-Westfalen", "K;05;5;70;;Warendorf"]
    return "\r\n".join([*lines, *(f"G;05;5;70;{number};{town}" for town, number in NUMBERS.items())])


def written(path: Path, lines: Iterable[str], encoding: str = "utf-8") -> Path:
    """A file of these lines."""
    path.write_bytes("\r\n".join(lines).encode(encoding))
    return path


def packed(path: Path, **parts: str) -> Path:
    """An archive of text files, by their names without the ending."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(f"gebref/{name}.txt", text)
    return path


def fill(world: World, lines: Iterable[str] = ()) -> None:
    """Take in these lines of a file, or the whole town."""
    with world.app.app_context():
        houses = Gebref((line.encode() for line in lines or map(new, HOUSES)), {})
        take_in(partial(transaction, None), world.now, "gebref.txt", houses, (), lambda _: None)
