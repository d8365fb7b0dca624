"""Towns and postcodes with a point in their middle; data, in towns.csv and postcodes.csv beside this file (LICENSE)."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from statistics import fmean
from typing import Final

from app.gazetteer.writing import town_key
from scheduler.model.travel import Place, great_circle_km

HERE: Final = Path(__file__).parent
# entries of one name that are nearer to one another are one town
SAME_KM: Final = 15


@dataclass(frozen=True)
class Town:
    """A town, or a part of one that has a name; `told_by` tells it from others of that name: a postcode, or a state."""

    name: str
    point: Place
    told_by: str


def named(name: str) -> Sequence[Town]:
    """All towns that somebody writing this may mean."""
    return _by_key().get(town_key(name), ())


def at_postcode(postcode: str) -> Sequence[Town]:
    """What lies under a postcode: the names of the towns there, each with the middle of what belongs to it."""
    return _by_postcode().get(postcode, ())


@cache
def _by_postcode() -> Mapping[str, Sequence[Town]]:
    found: dict[str, list[Town]] = {}
    for row in _rows("postcodes"):
        found.setdefault(row["postcode"], []).append(Town(row["town"], _point(row), row["postcode"]))
    return found


@cache
def _by_key() -> Mapping[str, Sequence[Town]]:
    """The towns, and those that are only known by their postcodes: these lie in the middle of them."""
    found: dict[str, list[Town]] = {}
    for row in _rows("towns"):
        found.setdefault(town_key(row["town"]), []).append(Town(row["town"], _point(row), row["state"]))
    for name, parts in _by_name().items():
        known = found.setdefault(name, [])
        for together in _clusters(parts):
            near = [one for one in known if great_circle_km(one.point, together[0].point) < SAME_KM]
            if near:
                # the gazetteer's point is the town's middle, and a postcode tells more than a state
                nearest = min(near, key=lambda one: great_circle_km(one.point, together[0].point))
                known[known.index(nearest)] = replace(nearest, name=together[0].name, told_by=together[0].told_by)
            else:
                known.append(replace(together[0], point=_middle(together)))
    return found


def _by_name() -> Mapping[str, Sequence[Town]]:
    found: dict[str, list[Town]] = {}
    for under in _by_postcode().values():
        for one in under:
            found.setdefault(town_key(one.name), []).append(one)
    return found


def _clusters(parts: Sequence[Town]) -> Sequence[Sequence[Town]]:
    """Entries of one name, those that lie together put together."""
    clusters: list[list[Town]] = []
    for one in parts:
        near = [each for each in clusters if great_circle_km(each[0].point, one.point) < SAME_KM]
        if near:
            near[0].append(one)
        else:
            clusters.append([one])
    return clusters


def _middle(parts: Sequence[Town]) -> Place:
    return Place(fmean(one.point.lat for one in parts), fmean(one.point.lon for one in parts))


def _point(row: Mapping[str, str]) -> Place:
    return Place(float(row["lat"]), float(row["lon"]))


def _rows(name: str) -> Sequence[Mapping[str, str]]:
    with (HERE / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file, delimiter=";"))
