"""Where something is: coordinates in one column or in two, or an address in their stead."""

from collections.abc import Callable, Sequence
from typing import Final

from sqlalchemy.orm import Session

from app.gazetteer.finding import Finder
from app.gazetteer.writing import Written
from app.spreadsheets.meaning import cells
from app.spreadsheets.meaning.rows import CellError, RowReader

Point = tuple[float, float]
COORDINATES: Final = ("home", "lat", "lon")
# where it is said that an address is not known: in the first of these that says something
ADDRESS: Final = ("street", "address", "town", "postcode", "district", "home_district")


class Places:
    """The places of all rows of a table; those that have an address alone are looked up together."""

    def __init__(self, session: Session, readers: Sequence[RowReader], read: Callable[[RowReader], Written]) -> None:
        asked = {one.row.number: read(one) for one in readers if not any(map(one.text, COORDINATES))}
        asked = {number: written for number, written in asked.items() if written}
        found = Finder(session).find_all(list(asked.values())) if asked else ()
        self._found = dict(zip(asked, found, strict=True))

    def of(self, reader: RowReader, *, strict: bool = True) -> Point | None:
        """Latitude and longitude in degrees; None where nothing says so, or only what cannot be read.

        What cannot be read is noted, and if `strict` also an address that is none or several.
        """
        finding = self._found.get(reader.row.number)
        if finding is None:
            return coordinates(reader)
        if finding.spot is not None:
            return finding.spot.lat, finding.spot.lon
        if strict:
            reader.refuse_all([finding.problem(next(name for name in ADDRESS if reader.text(name)))], {})
        return None


def coordinates(reader: RowReader) -> Point | None:
    """Latitude and longitude in degrees; None where nothing stands there, or only what cannot be read."""
    if reader.text("home"):
        return reader.read("home", cells.coordinates, None)
    lat, lon = reader.text("lat"), reader.text("lon")
    if not lat and not lon:
        return None
    if not lat or not lon:
        reader.refuse("lat" if lon else "lon", CellError("both_or_none"))
        return None
    read = reader.read("lat", cells.decimal, None), reader.read("lon", cells.decimal, None)
    return None if read[0] is None or read[1] is None else (read[0], read[1])
