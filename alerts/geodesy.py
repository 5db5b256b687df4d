"""Distances and directions between places in WGS 84 degrees, on a sphere of the mean radius.

Within 0.6 % of the ellipsoid anywhere (haversine formula; it stays exact for places metres apart). Bearings
are degrees clockwise from true north, as wind directions are.
"""

import math

EARTH_RADIUS_M = 6_371_008.8  # mean radius R1 of the WGS 84 ellipsoid


def is_place(lon: float, lat: float) -> bool:
    """Whether these are a longitude and a latitude in degrees at all."""
    return -180.0 <= lon <= 180.0 and -90.0 <= lat <= 90.0


def distance_m(lon: float, lat: float, to_lon: float, to_lat: float) -> float:
    """Metres along the great circle between two places."""
    phi, to_phi = math.radians(lat), math.radians(to_lat)
    rise = math.sin((to_phi - phi) / 2) ** 2
    turn = math.sin(math.radians(to_lon - lon) / 2) ** 2
    # At the antipodes rounding may lift the sum a hair over 1.
    return 2 * EARTH_RADIUS_M * math.asin(math.sqrt(min(1.0, rise + math.cos(phi) * math.cos(to_phi) * turn)))


def bearing_deg(lon: float, lat: float, to_lon: float, to_lat: float) -> float:
    """Initial direction of the great circle to the other place, [0, 360); 0 from a place to itself."""
    phi, to_phi = math.radians(lat), math.radians(to_lat)
    turn = math.radians(to_lon - lon)
    east = math.sin(turn) * math.cos(to_phi)
    north = math.cos(phi) * math.sin(to_phi) - math.sin(phi) * math.cos(to_phi) * math.cos(turn)
    return compass(math.degrees(math.atan2(east, north)))


def compass(degrees: float) -> float:
    """The same direction within [0, 360)."""
    # Twice: of a tiny negative angle the first remainder is 360 itself.
    return degrees % 360.0 % 360.0


def angle_between(one_deg: float, other_deg: float) -> float:
    """The smaller angle between two directions, [0, 180]."""
    apart = compass(one_deg - other_deg)
    return min(apart, 360.0 - apart)


def destination(lon: float, lat: float, bearing: float, metres: float) -> tuple[float, float]:
    """Longitude and latitude of the place so many metres away in a direction; the inverse of the two above."""
    phi, turn, arc = math.radians(lat), math.radians(bearing), metres / EARTH_RADIUS_M
    to_phi = math.asin(
        max(-1.0, min(1.0, math.sin(phi) * math.cos(arc) + math.cos(phi) * math.sin(arc) * math.cos(turn)))
    )
    east = math.atan2(
        math.sin(turn) * math.sin(arc) * math.cos(phi), math.cos(arc) - math.sin(phi) * math.sin(to_phi)
    )
    return (lon + math.degrees(east) + 540.0) % 360.0 - 180.0, math.degrees(to_phi)
