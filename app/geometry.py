"""Places and boundaries in WGS 84 degrees: is a boundary sound, does it contain a point, how far is its edge.

Distances are metres on a plane laid at the point's latitude: within 0.5 % for the few hundred metres they
are used for. A point exactly on an edge belongs to the area (`covers`): the outer edge of the prefecture is
inside, and a point on the edge that two counties share lies in both, which whoever places stations must
report as ambiguous instead of letting rounding choose.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import shapely
from shapely.geometry import shape

from models.said import Said

METRES_PER_DEGREE = 111_320.0


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with a boundary; `path` such as `coordinates[0][3]`."""

    path: str
    message: Said


def flaws(boundary: Mapping[str, Any]) -> list[Flaw]:
    """Everything wrong with a Polygon or MultiPolygon of float positions; empty for a sound one."""
    found = [flaw for path, ring in _rings(boundary) for flaw in _ring_flaws(path, ring)]
    if found:
        return found
    geometry = shape(boundary)
    if not shapely.is_valid(geometry):
        return [
            Flaw("coordinates", Said("not a sound polygon: %(why)s", why=shapely.is_valid_reason(geometry)))
        ]
    if geometry.is_empty or geometry.area == 0:
        return [Flaw("coordinates", Said("encloses no area"))]
    return []


def _rings(boundary: Mapping[str, Any]) -> Iterator[tuple[str, list[list[float]]]]:
    polygons = boundary["coordinates"]
    if boundary["type"] == "Polygon":
        yield from ((f"coordinates[{n}]", ring) for n, ring in enumerate(polygons))
        return
    for part, polygon in enumerate(polygons):
        yield from ((f"coordinates[{part}][{n}]", ring) for n, ring in enumerate(polygon))


def _ring_flaws(path: str, ring: list[list[float]]) -> Iterator[Flaw]:
    for n, (lon, lat) in enumerate(ring):
        if not (-180 <= lon <= 180 and -90 <= lat <= 90):
            place = f"({lon:g}, {lat:g})"
            yield Flaw(f"{path}[{n}]", Said("%(value)s is no longitude and latitude in degrees", value=place))
    if len(ring) < 4:
        yield Flaw(path, Said("a ring needs at least 4 positions, this one has %(found)s", found=len(ring)))
    elif ring[0] != ring[-1]:
        said = Said(
            "the ring is not closed: it begins at %(value)s and ends at %(found)s",
            value=ring[0],
            found=ring[-1],
        )
        yield Flaw(path, said)


class Area:
    """A sound boundary, prepared for many questions."""

    def __init__(self, boundary: Mapping[str, Any]) -> None:
        self._shape = shape(boundary)
        shapely.prepare(self._shape)

    def covers(self, lon: float, lat: float) -> bool:
        """Whether the point lies inside or on an edge."""
        return bool(shapely.intersects_xy(self._shape, lon, lat))

    def metres_to_edge(self, lon: float, lat: float, *, within: float) -> float | None:
        """Distance from the point to the nearest edge, None if it is `within` metres or more."""
        squeeze = max(math.cos(math.radians(lat)), 1e-6)
        # A degree of longitude is the shorter one, so this many degrees reach at least as far as `within`.
        reach = within / (METRES_PER_DEGREE * squeeze)
        edge = shapely.boundary(self._shape)
        near = shapely.clip_by_rect(edge, lon - reach, lat - reach, lon + reach, lat + reach)
        if near.is_empty:
            return None
        plane = shapely.transform(near, lambda xy: (xy - (lon, lat)) * (squeeze, 1.0) * METRES_PER_DEGREE)
        distance = float(shapely.distance(plane, shapely.Point(0, 0)))
        return distance if distance < within else None

    def overlap_m2(self, other: "Area") -> float:
        """The area that both cover, in square metres."""
        if not shapely.intersects(self._shape, other._shape):
            return 0.0
        both = shapely.intersection(self._shape, other._shape)
        if both.area == 0:
            return 0.0
        squeeze = math.cos(math.radians(both.centroid.y))
        return float(both.area) * METRES_PER_DEGREE**2 * squeeze
