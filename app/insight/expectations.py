"""What the last forecast says of all requests, or of those that are looked at; counted from the same, so it adds up."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.insight.forecast import Known
from app.insight.free_people import Cell
from app.insight.narrowing import EVERYTHING, Narrowing
from scheduler.forecast.counts import NOTHING, Expected
from scheduler.forecast.outcomes import Kind, Outcomes
from scheduler.forecast.remedies import CHANGES, Relief
from scheduler.forecast.result import Outlook, Slot

Place = tuple[str, Cell]


@dataclass(frozen=True)
class Expectations:
    """What is expected in all, of each language, and of each language at each time of the week."""

    total: Expected
    languages: Mapping[str, Expected]
    cells: Mapping[Place, Expected]


def told_by(known: Known | None, narrowed: Narrowing) -> Narrowing:
    """As much of what is asked for as a forecast tells apart; one of an older version knows languages alone."""
    if known is None or known.outlook.outcomes is not None:
        return narrowed
    return Narrowing(narrowed.language)


def expectations(outlook: Outlook, narrowed: Narrowing) -> Expectations:
    """Of what `told_by` gave."""
    if narrowed.is_beyond_language and outlook.outcomes is not None:
        return _counted(outlook.outcomes, narrowed)
    found, language = outlook.forecast, narrowed.language
    languages = {one.language: one.expected for one in found.languages if language in {"", one.language}}
    cells = {_place(one): one.expected for one in found.slots if one.language in languages}
    return Expectations(languages.get(language, NOTHING) if language else found.total, languages, cells)


def reliefs(known: Known | None, narrowed: Narrowing = EVERYTHING) -> Mapping[Place, Relief]:
    """What would help with what is looked at, where that lacks enough in all for anybody to have reckoned it."""
    if known is None:
        return {}
    found = {_place(one): one for one in known.outlook.relief}
    narrowed, outcomes = told_by(known, narrowed), known.outlook.outcomes
    if not narrowed.is_beyond_language or outcomes is None:
        return found

    def place_of(one: Kind) -> Place | None:
        return place if narrowed.holds(one) and (place := _place(one)) in found else None

    helped = [outcomes.helped(place_of, change) for change in CHANGES]
    asked = {place for one in outcomes.kinds if (place := place_of(one)) is not None}
    return {place: Relief(place[0], *place[1], *(one.get(place, 0.0) for one in helped)) for place in asked}


def _counted(outcomes: Outcomes, narrowed: Narrowing) -> Expectations:
    total = outcomes.expected(lambda one: "" if narrowed.holds(one) else None)
    languages = outcomes.expected(lambda one: one.language if narrowed.holds(one) else None)
    cells = outcomes.expected(lambda one: _place(one) if narrowed.holds(one) else None)
    return Expectations(total.get("", NOTHING), languages, cells)


def _place(one: Kind | Slot | Relief) -> Place:
    return one.language, (one.weekday, one.hour)
