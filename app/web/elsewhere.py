"""An appointment at an address that is no site of the organisation."""

from sqlalchemy.orm import Session

from app.gazetteer.finding import Finder
from app.gazetteer.spots import How, Spot
from app.gazetteer.writing import Written, read
from app.journey.request import Place
from app.web.choices import ELSEWHERE
from app.web.located import Said, found_words, locate
from app.web.request_fields import WhenWhereFields


def place_elsewhere(rows: Session, form: WhenWhereFields) -> tuple[Place, Said] | None:
    """The place and what to say of it; None where none is asked for, or nobody knows it: then its field says why."""
    if form.place.data != ELSEWHERE or not form.elsewhere.data:
        return None
    written, finder = read(form.elsewhere.data), Finder(rows)
    spot = locate(finder, written, form.elsewhere, form.elsewhere_spot)
    if spot is None:
        return None
    address, name = _address(form.elsewhere.data, written, spot), form.elsewhere_name.data or ""
    # what has no name of its own is called by its address, and that is said once
    place = Place(name or address, spot.lat, spot.lon, address if name else "", spot.around)
    return place, found_words(finder.around, written, spot)


def _address(typed: str, written: Written, spot: Spot) -> str:
    """The address as mediators read it: with its town, also where whoever asks left that out."""
    if spot.how is How.HOUSE and not written.postcode:
        return spot.name
    if written.places or written.postcode or spot.how is How.DISTRICT:
        return typed
    return f"{typed}, {spot.name.rpartition(', ')[2]}"
