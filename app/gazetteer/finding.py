"""Finding an address: the house, else the middle of its street, of the pool's district, of the town."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from sqlalchemy.orm import Session

from app.gazetteer import towns
from app.gazetteer.spots import MOST, Finding, How, Spot
from app.gazetteer.streets import Streets, Wanted, alike, known_towns
from app.gazetteer.surroundings import Surroundings, surroundings
from app.gazetteer.towns import Town
from app.gazetteer.writing import Written, exact, town_key
from scheduler.model.travel import great_circle_km

# a name that several towns have means the only one so near
NEAR_KM: Final = 60
# a postcode farther than this from the town beside it belongs to another
APART_KM: Final = 25


class Finder:
    """Looks up addresses for one pool."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.around: Surroundings = surroundings(session)

    def find(self, written: Written) -> Finding:
        """What one address may mean, for whoever can be asked.

        A street alone that nobody knows is in the pool's town; for one that its town does not have, those that are
        written much like it come first.
        """
        [finding] = self.find_all([written])
        centre = self.around.centre
        if written.street and not (finding.spots or written.places or written.postcode) and centre:
            finding = replace(finding, spots=(_spot(centre, How.TOWN),))
        if not finding.lacks:
            return finding
        written = self._spread(written)
        wanted = self._wanted(written, known_towns(self._session, self._towns(written)))
        near = [replace(wanted, written=title) for title in alike(self._session, wanted)]
        streets = Streets(self._session, near)
        suggested = (spot for one in near for spot in streets.spots(one))
        return replace(finding, spots=_distinct((*suggested, *finding.spots)))

    def find_all(self, written: Sequence[Written]) -> list[Finding]:
        """The same for many, with as many statements as for a few hundred of them one."""
        written = [self._spread(one) for one in written]
        known = known_towns(self._session, {town for one in written for town in self._towns(one)})
        wanted = [self._wanted(one, known) for one in written]
        streets = Streets(self._session, [one for one in wanted if one.written and one.towns])
        return [
            self._finding(one, street, streets.spots(street) if street.written else ())
            for one, street in zip(written, wanted, strict=True)
        ]

    def _spread(self, written: Written) -> Written:
        """Of Beckum-Roland also the district, then the town; Castrop-Rauxel is one town.

        The whole stays before them, for without a number it may be a street.
        """
        places: list[str] = []
        for one in written.places:
            whole = towns.named(one) or self.around.districts_called(one) or "-" not in one
            places += [one] if whole else [one, *reversed(one.split("-"))]
        return replace(written, places=tuple(places))

    def _towns(self, written: Written) -> set[str]:
        under = (one.name for one in towns.at_postcode(written.postcode))
        return {town_key(one) for one in (*written.places, *under)} | set(self.around.keys)

    def _wanted(self, written: Written, known: set[str]) -> Wanted:
        """The street, and where to look for it: in the towns that are named, else in the pool's."""
        # a street without a number looks like a town
        street, *others = (written.street, *written.places) if written.street else written.places or ("",)
        if not written.street and town_key(street) in self.around.keys:
            # who writes the name of their town means the town
            street = ""
        under = [one.name for one in towns.at_postcode(written.postcode)]
        named = {town_key(one) for one in (*others, *under) if town_key(one) in known or towns.named(one)}
        return Wanted(street, written.number, written.suffix, frozenset((named or set(self.around.keys)) & known))

    def _finding(self, written: Written, wanted: Wanted, streets: Sequence[Spot]) -> Finding:
        if streets and written.street:
            return Finding(_distinct(streets))
        places = self._places(written)
        if written.street and wanted.towns:
            return Finding(places, lacks=self._title(written, wanted))
        return Finding(_distinct((*streets, *places)))

    def _title(self, written: Written, wanted: Wanted) -> str:
        """One of the towns in which the street was looked for, as somebody or the tables call it."""
        under = (one.name for one in (*towns.at_postcode(written.postcode), *self.around.towns))
        return next(one for one in (*written.places, *under) if town_key(one) in wanted.towns)

    def _places(self, written: Written) -> tuple[Spot, ...]:
        """What district, postcode and town say."""
        for name in written.places:
            found = self._district(name, written) or self._town(name, written)
            if found:
                return _distinct(found)
        if under := towns.at_postcode(written.postcode):
            return (_spot(under[0], How.POSTCODE),)
        return ()

    def _district(self, name: str, written: Written) -> list[Spot]:
        others = {town_key(one) for one in written.places if one != name}
        found = self.around.districts_called(name)
        return [one for one in found if not (one.town and others) or one.town in others] if others else found

    def _town(self, name: str, written: Written) -> list[Spot]:
        """The town; under a postcode of its own the middle of what belongs to that."""
        under = towns.at_postcode(written.postcode)
        within = [one for one in under if town_key(one.name) == town_key(name)]
        if within:
            return [_spot(within[0], How.POSTCODE)]
        found = self._meant(name)
        spots = [_spot(one, How.TOWN, told=len(found) > 1) for one in found]
        if len(found) == 1 and under and great_circle_km(found[0].point, under[0].point) > APART_KM:
            spots.append(_spot(under[0], How.POSTCODE))
        return spots

    def _meant(self, name: str) -> Sequence[Town]:
        """The pool's own town of that name, else those that are written so, and of these the only one that is near."""
        own = [one for one in self.around.towns if town_key(one.name) == town_key(name)]
        found = towns.named(name)
        found = own or [one for one in found if exact(one.name) == exact(name)] or found
        if (centre := self.around.centre) is None:
            return found
        by_way = sorted((great_circle_km(one.point, centre.point), number) for number, one in enumerate(found))
        near = [found[number] for far, number in by_way if far < NEAR_KM]
        return near if len(near) == 1 else [found[number] for _, number in by_way]


def _spot(town: Town, how: How, *, told: bool = False) -> Spot:
    name = town.name
    if how is How.POSTCODE:
        name = f"{town.told_by} {town.name}"
    elif told and town.told_by:
        name = f"{town.name} ({town.told_by})"
    return Spot(name, town.point.lat, town.point.lon, how, town_key(town.name), town.name)


def _distinct(spots: Sequence[Spot]) -> tuple[Spot, ...]:
    return tuple({spot.key: spot for spot in reversed(spots)}.values())[::-1][:MOST]
