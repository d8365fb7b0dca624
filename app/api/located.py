"""Places in JSON: coordinates, or an address in their stead."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.orm import Session

from app.errors import FieldProblem, Invalid
from app.gazetteer.finding import Finder
from app.gazetteer.writing import LONGEST, Written, read, read_parts

DEGREES: Final = ("lat", "lon")


@dataclass(frozen=True)
class Sent:
    """A place as it was sent: where that stands (`sites.0.`, `home.`), and the address with its field."""

    path: str
    values: Mapping[str, Any]
    written: Written
    field: str

    @property
    def degrees(self) -> list[str]:
        """Which of latitude and longitude were sent."""
        return [name for name in DEGREES if name in self.values]


def line(field: str, text: str) -> Written:
    """An address on one line. Raises Invalid for one that is too long to be read."""
    if len(text) > LONGEST:
        raise Invalid([FieldProblem(field, "too_long", {"most": LONGEST, "is": len(text)})])
    return read(text)


def parts(path: str, values: Mapping[str, Any], limits: Mapping[str, int]) -> Written:
    """An address in fields of its own: street, postcode, district and town. Raises Invalid for one that is too long."""
    words = {name: values.get(name, "") for name in ("street", "postcode", "district", "town")}
    problems = [
        FieldProblem(path + name, "too_long", {"most": limits[name], "is": len(text)})
        for name, text in words.items()
        if len(text) > limits[name]
    ]
    if problems:
        raise Invalid(problems)
    return read_parts(*words.values())


def points(session: Session, sent: Sequence[Sent]) -> list[tuple[float, float]]:
    """Latitude and longitude of each, as they were sent, or else of the address. Raises Invalid."""
    asked = [one for one in sent if one.written and not one.degrees]
    findings = iter(Finder(session).find_all([one.written for one in asked]) if asked else ())
    found: list[tuple[float, float]] = []
    problems: list[FieldProblem] = []
    for one in sent:
        if one.written and not one.degrees:
            finding = next(findings)
            if finding.spot is None:
                problems.append(finding.problem(one.path + one.field))
            else:
                found.append((finding.spot.lat, finding.spot.lon))
        elif len(one.degrees) == len(DEGREES):
            found.append((one.values["lat"], one.values["lon"]))
        else:
            problems += [FieldProblem(one.path + name, "required") for name in DEGREES if name not in one.values]
    if problems:
        raise Invalid(problems)
    return found
