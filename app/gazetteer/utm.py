"""From the grid of land surveyors, ETRS89/UTM zone 32, to degrees.

Krüger's series in the third flattening n, to its fourth power: right to a fraction of a millimetre within the zone
(C. F. F. Karney, Transverse Mercator with an accuracy of a few nanometers, 2011, whose xi and eta these are).
ETRS89 and WGS 84 are taken for the same: they differ by less than a metre.
"""

import math
from typing import Final

# GRS 80 and the zone: axis and flattening; scale and false easting of UTM, the meridian of zone 32
AXIS: Final = 6_378_137.0
FLATTENING: Final = 1 / 298.257222101
SCALE: Final = 0.9996
FALSE_EASTING: Final = 500_000.0
MERIDIAN: Final = 9.0

_N: Final = FLATTENING / (2 - FLATTENING)
_E: Final = math.sqrt(FLATTENING * (2 - FLATTENING))
# the radius of a circle as long as the meridian
_RADIUS: Final = SCALE * AXIS / (1 + _N) * (1 + _N**2 / 4 + _N**4 / 64)
_BACK: Final = (
    _N / 2 - 2 * _N**2 / 3 + 37 * _N**3 / 96 - _N**4 / 360,
    _N**2 / 48 + _N**3 / 15 - 437 * _N**4 / 1440,
    17 * _N**3 / 480 - 37 * _N**4 / 840,
    4_397 * _N**4 / 161_280,
)
# each step of Newton's doubles the right digits, and the first guess has three
_STEPS: Final = 3


def degrees_of(easting: float, northing: float) -> tuple[float, float]:
    """Latitude and longitude in degrees of a point of zone 32, north of the equator; metres in."""
    xi, eta = northing / _RADIUS, (easting - FALSE_EASTING) / _RADIUS
    across, along = eta, xi
    for number, factor in enumerate(_BACK, start=1):
        along -= factor * math.sin(2 * number * xi) * math.cosh(2 * number * eta)
        across -= factor * math.cos(2 * number * xi) * math.sinh(2 * number * eta)
    tangent = math.sin(along) / math.hypot(math.sinh(across), math.cos(along))
    lon = MERIDIAN + math.degrees(math.atan2(math.sinh(across), math.cos(along)))
    return math.degrees(math.atan(_geographic(tangent))), lon


def _conformal(tangent: float) -> float:
    """The tangent of the conformal latitude, from that of the geographic one."""
    root = math.sqrt(1 + tangent * tangent)
    sigma = math.sinh(_E * math.atanh(_E * tangent / root))
    return tangent * math.sqrt(1 + sigma * sigma) - sigma * root


def _geographic(conformal: float) -> float:
    """The other way round, by Newton's method."""
    square, tangent = 1 - _E * _E, conformal
    for _ in range(_STEPS):
        reached = _conformal(tangent)
        slope = square * math.sqrt((1 + reached * reached) * (1 + tangent * tangent))
        tangent += (conformal - reached) * (1 + square * tangent * tangent) / slope
    return tangent
