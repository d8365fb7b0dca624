"""Where something is: coordinates in one column or in two."""

from app.spreadsheets.meaning import cells
from app.spreadsheets.meaning.rows import CellError, RowReader


def coordinates(reader: RowReader) -> tuple[float, float] | None:
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
