"""What comes of looking for an address: one place, several, or none."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from app.errors import FieldProblem

# more are no choice any more
MOST: Final = 8
# of a degree: a tenth of a metre
DIGITS: Final = 6


class How(StrEnum):
    """How exactly a place was found."""

    HOUSE = "house"
    STREET = "street"
    DISTRICT = "district"
    POSTCODE = "postcode"
    TOWN = "town"


@dataclass(frozen=True)
class Spot:
    """A place by its name, with coordinates in degrees; `town` is its key, empty where nobody knows.

    `around` is what may be told to people who are only asked: the part of the town, or the town.
    """

    name: str
    lat: float
    lon: float
    how: How
    town: str = ""
    around: str = ""

    @property
    def key(self) -> str:
        """What tells it from the others of a choice."""
        return f"{self.lat:.5f},{self.lon:.5f}"


@dataclass(frozen=True)
class Finding:
    """What an address may mean, likeliest first. `lacks` is the town in which its street is not, empty if none is."""

    spots: tuple[Spot, ...] = ()
    lacks: str = ""

    @property
    def spot(self) -> Spot | None:
        """The place, if only one comes into question."""
        return self.spots[0] if len(self.spots) == 1 and not self.lacks else None

    def problem(self, field: str) -> FieldProblem:
        """Why there is no such one place, for whoever cannot be asked at once."""
        if not self.spots:
            return FieldProblem(field, "address_unknown")
        if self.lacks:
            return FieldProblem(field, "address_no_street", {"town": self.lacks})
        return FieldProblem(field, "address_choices", {"choices": "; ".join(spot.name for spot in self.spots)})
