"""Addresses on forms: what was typed becomes a place, a choice, or a sentence at its field; and how a place is told."""

from typing import Final, TypeAlias

from flask_babel import format_decimal
from flask_babel import gettext as _
from wtforms import Field, RadioField
from wtforms.validators import Optional

from app.gazetteer.finding import Finder
from app.gazetteer.spots import Finding, How, Spot
from app.gazetteer.surroundings import Surroundings
from app.gazetteer.writing import Written, key
from app.web.pages import sentence

# a sentence, and of which kind it is
Said: TypeAlias = tuple[str, str]
# of a choice: leave the place where it is
STAYS: Final = "stays"
# whoever wrote a street is told where it could not be found
EXACT: Final = frozenset({How.HOUSE, How.STREET})


def spot_field(label: str) -> RadioField:
    """Which place is meant, where an address may mean several; empty until one is asked about."""
    return RadioField(label, [Optional()], choices=[], validate_choice=False)


def locate(
    finder: Finder, written: Written, field: Field, choice: RadioField, *, stays: Spot | None = None
) -> Spot | None:
    """The place that is meant; otherwise a sentence stands at the field, and what comes into question in the choice.

    `stays` is where it is so far, which may be chosen instead.
    """
    finding = finder.find(written)
    if finding.spot is not None:
        return finding.spot
    if stays is not None and choice.data == STAYS:
        return stays
    chosen = next((one for one in finding.spots if one.key == choice.data), None)
    if chosen is not None:
        return chosen
    choice.choices = [(one.key, told(finder.around, one)) for one in finding.spots]
    if stays is not None:
        choice.choices.append((STAYS, _("address.stays", where=distance(finder.around, stays.lat, stays.lon))))
    choice.data = None
    field.errors = [*field.errors, _problem(finding)]
    return None


def _problem(finding: Finding) -> str:
    if not finding.spots:
        return sentence("address_unknown")
    return sentence("address_street", {"town": finding.lacks}) if finding.lacks else sentence("address_several")


def told(around: Surroundings, spot: Spot) -> str:
    """A place by its name, how exactly it was found, and how far it is from the middle of the pool's town."""
    parts = [spot.name, str(_(f"address.how.{spot.how.value}")), distance(around, spot.lat, spot.lon)]
    if around.centre is not None and (spot.lat, spot.lon) == (around.centre.point.lat, around.centre.point.lon):
        # the middle itself is no way from the middle
        parts.pop()
    return ", ".join(part for part in parts if part)


def distance(around: Surroundings, lat: float, lon: float) -> str:
    """How far a place is from the middle of the pool's town; nothing where nobody knows that."""
    far = around.kilometres(lat, lon)
    if far is None or around.centre is None:
        return ""
    if round(far, 1) == 0:
        return str(_("address.middle", town=around.centre.name))
    return str(_("address.distance", km=format_decimal(round(far, 1)), town=around.centre.name))


def found_words(around: Surroundings, written: Written, spot: Spot) -> Said:
    """What to say once a place was found, and how: what of an address nobody knows is warned about."""
    if spot.how not in EXACT:
        if written.street:
            return str(_("address.found_without_street", place=told(around, spot))), "warning"
        first, *more = written.places or ("",)
        if (more or written.postcode) and key(spot.around) not in key(first):
            return str(_("address.found_without_part", part=first, place=told(around, spot))), "warning"
    return str(_("address.found", place=told(around, spot))), "success"
