"""Minutes between two places: from their distance, or from a table."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from scheduler.model import checks

EARTH_RADIUS_KM = 6371.0088
LONGEST_MINUTES = 100_000


@dataclass(frozen=True)
class Place:
    """A point on the map, in degrees (WGS 84)."""

    lat: float
    lon: float

    def __post_init__(self) -> None:
        checks.number("lat", self.lat, -90, 90)
        checks.number("lon", self.lon, -180, 180)

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read `{"lat": …, "lon": …}`."""
        data = checks.mapping("", value)
        checks.only(data, ("lat", "lon"), ("lat", "lon"))
        return cls(checks.number("lat", data["lat"], -90, 90), checks.number("lon", data["lon"], -180, 180))

    def to_json(self) -> dict[str, float]:
        """Write `{"lat": …, "lon": …}`."""
        return {"lat": self.lat, "lon": self.lon}


@dataclass(frozen=True)
class Travel:
    """How long ways take: a speed on the great circle, or a table of minutes that then replaces it.

    `max_minutes` bounds the way from home for everybody. `minutes` is origin -> destination -> minutes; where only one
    direction is given, it counts for both.
    """

    minutes_per_km: float = 2.0
    base_minutes: float = 5
    max_minutes: float | None = None
    minutes: Mapping[str, Mapping[str, float]] | None = None

    def __post_init__(self) -> None:
        checks.number("minutes_per_km", self.minutes_per_km, 0, 1000)
        checks.number("base_minutes", self.base_minutes, 0, LONGEST_MINUTES)
        if self.max_minutes is not None:
            checks.number("max_minutes", self.max_minutes, 0, LONGEST_MINUTES)
        for origin, row in (self.minutes or {}).items():
            for destination, value in row.items():
                checks.number(f"minutes.{origin}.{destination}", value, 0, LONGEST_MINUTES)

    @property
    def named(self) -> frozenset[str]:
        """The places the table speaks of."""
        table = self.minutes or {}
        return frozenset(table) | {destination for row in table.values() for destination in row}

    def between(self, origin: str, destination: str, places: Mapping[str, Place]) -> float | None:
        """Minutes from one place to another; none where the table has no such way.

        The same place takes no time. Otherwise km × minutes_per_km + base_minutes, or the table.
        """
        if origin == destination:
            return 0.0
        if self.minutes is None:
            return great_circle_km(places[origin], places[destination]) * self.minutes_per_km + self.base_minutes
        there = self.minutes.get(origin, {}).get(destination)
        return self.minutes.get(destination, {}).get(origin) if there is None else there

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read either form; speed and table together are refused."""
        data = checks.mapping("", value)
        if "minutes" not in data:
            checks.only(data, ("minutes_per_km", "base_minutes", "max_minutes"))
            return cls(**data)  # type: ignore[arg-type] # __post_init__ checks each of them
        checks.only(data, ("minutes", "order", "max_minutes"))
        table = _matrix(data) if "order" in data else _named_pairs(data["minutes"])
        return cls(max_minutes=data.get("max_minutes"), minutes=table)  # type: ignore[arg-type] # checked likewise

    def to_json(self) -> dict[str, object]:
        """Write the form that was given; a matrix becomes named pairs."""
        limit: dict[str, object] = {} if self.max_minutes is None else {"max_minutes": self.max_minutes}
        if self.minutes is not None:
            return limit | {"minutes": {origin: dict(row) for origin, row in self.minutes.items()}}
        return limit | {"minutes_per_km": self.minutes_per_km, "base_minutes": self.base_minutes}


def great_circle_km(one: Place, other: Place) -> float:
    """Kilometres between two points, by the haversine formula on a sphere of the mean radius of the earth."""
    lat_one, lat_other = math.radians(one.lat), math.radians(other.lat)
    half_lat, half_lon = (lat_other - lat_one) / 2, math.radians(other.lon - one.lon) / 2
    chord = math.sin(half_lat) ** 2 + math.cos(lat_one) * math.cos(lat_other) * math.sin(half_lon) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(min(1.0, chord)))


def _named_pairs(value: object) -> dict[str, dict[str, float]]:
    table: dict[str, dict[str, float]] = {}
    for origin, row in checks.mapping("minutes", value).items():
        checks.name("minutes", origin)
        ways = checks.mapping(f"minutes.{origin}", row)
        table[origin] = {
            checks.name(f"minutes.{origin}", destination): checks.number(
                f"minutes.{origin}.{destination}", minutes, 0, LONGEST_MINUTES
            )
            for destination, minutes in ways.items()
        }
    return table


def _matrix(data: Mapping[str, object]) -> dict[str, dict[str, float]]:
    order = checks.names("order", data["order"])
    rows = checks.sequence("minutes", data["minutes"])
    if len(rows) != len(order):
        checks.refuse("minutes", f"{len(rows)} rows for {len(order)} places; give one row per place of order")
    table: dict[str, dict[str, float]] = {}
    for index, (origin, row) in enumerate(zip(order, rows, strict=True)):
        cells = checks.sequence(f"minutes[{index}]", row)
        if len(cells) != len(order):
            checks.refuse(f"minutes[{index}]", f"{len(cells)} numbers for {len(order)} places; give one per place")
        table[origin] = {
            destination: checks.number(f"minutes[{index}][{column}]", cell, 0, LONGEST_MINUTES)
            for column, (destination, cell) in enumerate(zip(order, cells, strict=True))
        }
    return table
