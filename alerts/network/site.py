"""Where the stations stand, and which of them may be compared with which."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from alerts.geodesy import distance_m

FINE_S = 600.0
"""Stations that report more seldom are judged by the hour: ten minutes hold too few of their values."""
KM_A_DEGREE = 111.195
"""Of a great circle on a sphere of 6,371 km."""


@dataclass(frozen=True, slots=True)
class Site:
    """A station as the network sees it. Degrees WGS 84; `cadence_s` seconds between two readings."""

    id: int
    code: str
    grid: str
    """Code of the level-2 grid that answers for the place."""
    lon: float
    lat: float
    kind: str
    cadence_s: float

    @property
    def fine(self) -> bool:
        return self.cadence_s <= FINE_S


def distance_km(a: Site, b: Site) -> float:
    """Along the great circle."""
    return distance_m(a.lon, a.lat, b.lon, b.lat) / 1000


def nearest(sites: Sequence[Site], reach_km: float, most: int) -> list[list[int]]:
    """For each site the places of the `most` nearest others within reach, nearest first; ties by place.

    Sites lie in square cells, and rings of cells are looked through outwards, so a network of any size takes
    time in proportion to its stations.
    """
    if not sites:
        return []
    side = _side_km(sites, reach_km)
    cells: dict[tuple[int, int], list[int]] = defaultdict(list)
    stretch = math.cos(math.radians(sum(site.lat for site in sites) / len(sites)))
    where = [
        (int(site.lon * stretch * KM_A_DEGREE // side), int(site.lat * KM_A_DEGREE // side)) for site in sites
    ]
    for place, cell in enumerate(where):
        cells[cell].append(place)
    # The map is stretched by the mean latitude: a tenth more covers sites well north or south of it.
    rings = math.ceil(1.1 * reach_km / side)
    return [
        _around(sites, place, where[place], cells, side, rings, reach_km, most) for place in range(len(sites))
    ]


def _side_km(sites: Sequence[Site], reach_km: float) -> float:
    """Side of a cell that holds a handful of sites where they lie evenly."""
    lons, lats = [site.lon for site in sites], [site.lat for site in sites]
    width = (max(lons) - min(lons)) * KM_A_DEGREE * math.cos(math.radians(lats[0]))
    area = max(width, 1.0) * max((max(lats) - min(lats)) * KM_A_DEGREE, 1.0)
    return min(max(math.sqrt(4 * area / len(sites)), 0.25), max(reach_km, 0.25))


def _around(
    sites: Sequence[Site],
    place: int,
    cell: tuple[int, int],
    cells: dict[tuple[int, int], list[int]],
    side: float,
    rings: int,
    reach_km: float,
    most: int,
) -> list[int]:
    found: list[tuple[float, int]] = []
    x, y = cell
    for ring in range(rings + 1):
        if len(found) >= most and sorted(found)[most - 1][0] <= (ring - 1) * side / 1.1:
            break
        for dx in range(-ring, ring + 1):
            step = 1 if abs(dx) == ring else 2 * ring
            for dy in range(-ring, ring + 1, step or 1):
                for other in cells.get((x + dx, y + dy), ()):
                    if other != place:
                        away = distance_km(sites[place], sites[other])
                        if away <= reach_km:
                            found.append((away, other))
    return [other for _, other in sorted(found)[:most]]
