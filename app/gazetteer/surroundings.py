"""Where a pool is at home: the towns and districts of its organisations' sites."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.gazetteer import towns
from app.gazetteer.spots import DIGITS, How, Spot
from app.gazetteer.towns import Town
from app.gazetteer.writing import key, town_key
from app.models import Pool, Site
from app.tenancy import bound_to
from scheduler.model.travel import Place, great_circle_km


@dataclass(frozen=True)
class Surroundings:
    """The pool's towns, the one with most sites first, and its districts with the middle of their sites."""

    towns: tuple[Town, ...]
    districts: tuple[Spot, ...]

    @property
    def centre(self) -> Town | None:
        """What distances are told from."""
        return self.towns[0] if self.towns else None

    @property
    def keys(self) -> tuple[str, ...]:
        """The towns as addresses are looked up by."""
        return tuple(town_key(one.name) for one in self.towns)

    def districts_called(self, name: str) -> list[Spot]:
        """The districts of that name, one a town."""
        return [one for one in self.districts if key(one.name) == key(name)]

    def kilometres(self, lat: float, lon: float) -> float | None:
        """How far something is from the centre; None where nobody knows one."""
        return great_circle_km(self.centre.point, Place(lat, lon)) if self.centre else None


def surroundings(session: Session) -> Surroundings:
    """What the pool's sites say, or as long as it has none, its name."""
    columns = (Site.town, Site.district, func.avg(Site.lat), func.avg(Site.lon), func.count())
    rows = session.execute(select(*columns).group_by(Site.town, Site.district)).all()
    districts = tuple(
        Spot(district, round(lat, DIGITS), round(lon, DIGITS), How.DISTRICT, town_key(town), district)
        for town, district, lat, lon, _ in rows
        if district
    )
    sites: dict[str, list[tuple[str, float, float, int]]] = {}
    for town, _, lat, lon, count in rows:
        if town:
            sites.setdefault(town_key(town), []).append((town, lat, lon, count))
    by_number = sorted(sites.values(), key=lambda parts: -sum(count for *_, count in parts))
    own = [_town(parts) for parts in by_number]
    return Surroundings(tuple(own or _of_name(session)), districts)


def _town(parts: Sequence[tuple[str, float, float, int]]) -> Town:
    """The town that these sites are in; one that no table knows lies in their middle."""
    name = parts[0][0]
    middle = Place(fmean(lat for _, lat, _, _ in parts), fmean(lon for _, _, lon, _ in parts))
    known = towns.named(name)
    return min(known, key=lambda one: great_circle_km(one.point, middle), default=Town(name, middle, ""))


def _of_name(session: Session) -> Sequence[Town]:
    words = (session.scalar(select(Pool.name).where(Pool.id == bound_to(session))) or "").split()
    ends = (towns.named(" ".join(words[start:])) for start in range(len(words)))
    return next((found[:1] for found in ends if found), ())
