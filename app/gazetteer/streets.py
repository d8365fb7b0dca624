"""Streets and houses in the database, for many addresses with few statements."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice
from statistics import fmean
from typing import Final, TypeVar

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.gazetteer.spots import DIGITS, How, Spot
from app.gazetteer.writing import exact, key, suffix_key
from app.models import House, HouseFile, Street

T = TypeVar("T", int, str)
# a statement asks for no more at a time, which every database takes
TOGETHER: Final = 400
# how alike another street's name has to be to be offered, and how many are
ALIKE: Final = 0.72
SUGGESTED: Final = 4


@dataclass(frozen=True)
class Wanted:
    """A street in one of these towns (keys), and perhaps a house of it; `written` as somebody wrote it."""

    written: str
    number: int | None
    suffix: str
    towns: frozenset[str]


class Streets:
    """The streets that are wanted, with their houses; reads all of them when it is made."""

    def __init__(self, session: Session, wanted: Collection[Wanted]) -> None:
        self._streets: dict[tuple[str, str], list[Street]] = {}
        names = {key(one.written) for one in wanted}
        in_towns = {town for one in wanted for town in one.towns}
        for some in _parts(names):
            for street in session.scalars(_complete().where(Street.name.in_(some), Street.town.in_(in_towns))):
                self._streets.setdefault((street.town, street.name), []).append(street)
        self._houses = _houses(session, [street.id for several in self._streets.values() for street in several])

    def spots(self, wanted: Wanted) -> tuple[Spot, ...]:
        """The houses that may be meant; where no street has that number, the middles of the streets."""
        there = [one for town in sorted(wanted.towns) for one in self._streets.get((town, key(wanted.written)), ())]
        there = [one for one in there if exact(one.title) == exact(wanted.written)] or there
        houses = [spot for one in there for spot in self._house(one, wanted)]
        return tuple(houses or [self._middle(one) for one in there if one.id in self._houses])

    def _house(self, street: Street, wanted: Wanted) -> Iterator[Spot]:
        houses = self._houses.get(street.id, {})
        known = [suffix for number, suffix in houses if number == wanted.number]
        if wanted.number is not None and known:
            # 4c where only 4 and 4a are known stands beside them
            suffix = next(one for one in (suffix_key(wanted.suffix), "", min(known)) if one in known)
            number = f"{wanted.number}{wanted.suffix if wanted.suffix.isalpha() else f' {wanted.suffix}'}".strip()
            name = _named(street, f"{street.title} {number}")
            yield Spot(
                name, *houses[wanted.number, suffix], How.HOUSE, street.town, street.district or street.town_title
            )

    def _middle(self, street: Street) -> Spot:
        houses = self._houses[street.id].values()
        lat, lon = (round(fmean(each), DIGITS) for each in zip(*houses, strict=True))
        return Spot(
            _named(street, street.title), lat, lon, How.STREET, street.town, street.district or street.town_title
        )


def known_towns(session: Session, towns: Collection[str]) -> set[str]:
    """Those of the towns (keys) of which streets are known."""
    rows = select(Street.town).where(Street.file_id.in_(_current())).distinct()
    return {town for some in _parts(towns) for town in session.scalars(rows.where(Street.town.in_(some)))}


def alike(session: Session, wanted: Wanted) -> Sequence[str]:
    """The titles of streets of those towns that are written much like this."""
    rows = select(Street.name, Street.title).where(Street.town.in_(wanted.towns), Street.file_id.in_(_current()))
    titles = {row.name: row.title for row in session.execute(rows)}
    written = key(wanted.written)
    near = get_close_matches(written, titles, SUGGESTED, ALIKE)
    longer = sorted(name for name in titles if written and name.startswith(written) and name not in near)
    return [titles[name] for name in (*near, *longer)[:SUGGESTED]]


def _complete() -> Select[Street]:
    return select(Street).where(Street.file_id.in_(_current())).order_by(Street.id)


def _current() -> Select[int]:
    return select(HouseFile.id).where(HouseFile.complete)


def _houses(session: Session, streets: Collection[int]) -> dict[int, dict[tuple[int, str], tuple[float, float]]]:
    """Street -> number and suffix -> coordinates."""
    found: dict[int, dict[tuple[int, str], tuple[float, float]]] = {}
    columns = select(House.street_id, House.number, House.suffix, House.lat, House.lon)
    for some in _parts(streets):
        for street, number, suffix, lat, lon in session.execute(columns.where(House.street_id.in_(some))):
            found.setdefault(street, {})[number, suffix] = (lat, lon)
    return found


def _named(street: Street, name: str) -> str:
    return ", ".join(part for part in (name, street.district, street.town_title) if part)


def _parts(many: Collection[T]) -> Iterator[list[T]]:
    each = iter(sorted(many))
    while some := list(islice(each, TOGETHER)):
        yield some
