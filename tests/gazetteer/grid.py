"""The way forth that the product does not need: from degrees to the grid of zone 32, by Krüger's series as well.

Written apart from the way back, and with the ellipsoid of WGS 84, to hold that to it.
"""

import math

N = 1 / (2 * 298.257223563 - 1)
E = 2 * math.sqrt(N) / (1 + N)
RADIUS = 0.9996 * 6_378_137.0 / (1 + N) * (1 + N**2 / 4 + N**4 / 64)
SERIES = (
    N / 2 - 2 * N**2 / 3 + 5 * N**3 / 16 + 41 * N**4 / 180,
    13 * N**2 / 48 - 3 * N**3 / 5 + 557 * N**4 / 1440,
    61 * N**3 / 240 - 103 * N**4 / 140,
    49_561 * N**4 / 161_280,
)


def grid_of(lat: float, lon: float) -> tuple[float, float]:
    """Easting and northing in metres of a point in degrees, north of the equator and near 9° east."""
    sine, away = math.sin(math.radians(lat)), math.radians(lon - 9)
    tangent = math.sinh(math.atanh(sine) - E * math.atanh(E * sine))
    xi = math.atan2(tangent, math.cos(away))
    eta = math.asinh(math.sin(away) / math.hypot(tangent, math.cos(away)))
    north = xi + sum(
        one * math.sin(2 * number * xi) * math.cosh(2 * number * eta) for number, one in enumerate(SERIES, start=1)
    )
    east = eta + sum(
        one * math.cos(2 * number * xi) * math.sinh(2 * number * eta) for number, one in enumerate(SERIES, start=1)
    )
    return 500_000 + RADIUS * east, RADIUS * north
