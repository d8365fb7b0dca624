"""Grid and degrees, held to points that others have published and to one another."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.gazetteer.utm import MERIDIAN, degrees_of
from tests.gazetteer.grid import grid_of

# (degrees north, degrees east of the zone's meridian, easting, northing, to so many metres): all zones are alike
PUBLISHED = [
    # GeographicLib, manual of GeoConvert: 33.3 44.4 is 38n 444140.54 3684706.36, in the zone of 45° E
    (33.3, 44.4 - 45, 444140.54, 3684706.36, 0.01),
    # Wikipedia on the CN Tower: 43°38′33.24″ N 79°23′13.7″ W is 17T 630084 4833438, in the zone of 81° W
    (43 + 38 / 60 + 33.24 / 3600, 81 - (79 + 23 / 60 + 13.7 / 3600), 630084, 4833438, 1),
]


@pytest.mark.parametrize(("lat", "away", "easting", "northing", "metres"), PUBLISHED)
def test_published_points_are_met_in_both_directions(
    lat: float, away: float, easting: float, northing: float, metres: float
) -> None:
    east, north = grid_of(lat, MERIDIAN + away)
    assert math.hypot(east - easting, north - northing) < metres
    found_lat, found_lon = degrees_of(easting, northing)
    assert abs(found_lat - lat) < metres * 1e-5
    assert abs(found_lon - MERIDIAN - away) < metres * 1.5e-5


def test_on_the_meridian_everything_is_shorter_by_the_scale_of_the_zone() -> None:
    """A degree of the meridian at 51.5° is 111.26 km on the ellipsoid (Bundesamt für Kartographie: 111.2)."""
    east, north = grid_of(51, MERIDIAN)
    assert east == pytest.approx(500_000)
    assert grid_of(52, MERIDIAN)[1] - north == pytest.approx(0.9996 * 111_262, abs=30)


@given(st.floats(47, 56), st.floats(5, 16))
def test_there_and_back_is_the_same_point(lat: float, lon: float) -> None:
    assert degrees_of(*grid_of(lat, lon)) == pytest.approx((lat, lon), abs=1e-8)
