"""Sets a recorded network down around Changji with its distances kept, and writes its registry.

Coordinates are WGS-84 degrees; distances are on a plane, good to a percent over 60 km.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path

from evaluation.background import Station

CENTRE = (87.30, 44.01)
MARGIN = 0.03
KM_PER_DEGREE = 111.2
COUNTIES = {"652301": "昌吉市", "652302": "阜康市", "652323": "呼图壁县", "652324": "玛纳斯县"}


@dataclass(frozen=True)
class Box:
    """One county grid: its code and the rectangle it covers."""

    code: str
    west: float
    south: float
    east: float
    north: float


@dataclass(frozen=True)
class Site:
    """One station of a scene as the registry declares it."""

    code: str
    name: str
    grid: str
    lon: float
    lat: float
    kind: str


def shift(stations: list[Station]) -> list[tuple[float, float]]:
    """Longitude and latitude of every station around Changji, all distances kept."""
    lons, lats = [s.lon for s in stations], [s.lat for s in stations]
    lon0, lat0 = (min(lons) + max(lons)) / 2, (min(lats) + max(lats)) / 2
    scale = math.cos(math.radians(lat0)) / math.cos(math.radians(CENTRE[1]))
    return [
        (round(CENTRE[0] + (lon - lon0) * scale, 5), round(CENTRE[1] + lat - lat0, 5))
        for lon, lat in zip(lons, lats, strict=True)
    ]


def plane_km(origin: tuple[float, float], place: tuple[float, float]) -> tuple[float, float]:
    """East and north of `place` seen from `origin`, in km."""
    east = (place[0] - origin[0]) * KM_PER_DEGREE * math.cos(math.radians(origin[1]))
    return east, (place[1] - origin[1]) * KM_PER_DEGREE


def _middle(values: list[float]) -> float:
    ordered = sorted(values)
    half = len(ordered) // 2
    return round((ordered[half - 1] + ordered[half]) / 2, 5)


def boxes(places: list[tuple[float, float]]) -> list[Box]:
    """Four rectangles that cover the stations: split by longitude, each half by latitude."""
    lons, lats = [p[0] for p in places], [p[1] for p in places]
    west, east = round(min(lons) - MARGIN, 5), round(max(lons) + MARGIN, 5)
    south, north = round(min(lats) - MARGIN, 5), round(max(lats) + MARGIN, 5)
    cut = _middle(lons) + 0.000003
    # Stations of one address leave a half empty; it is then split like the whole.
    left = _middle([lat for lon, lat in places if lon < cut] or lats) + 0.000003
    right = _middle([lat for lon, lat in places if lon >= cut] or lats) + 0.000003
    return [
        Box("652301", west, south, cut, left),
        Box("652302", west, left, cut, north),
        Box("652323", cut, south, east, right),
        Box("652324", cut, right, east, north),
    ]


def sites(places: list[tuple[float, float]], references: set[int]) -> tuple[list[Box], list[Site]]:
    """The grids and the registered stations; `references` are the positions of reference stations."""
    grids = boxes(places)
    found = []
    for position, (lon, lat) in enumerate(places):
        grid = next(b for b in grids if b.west <= lon < b.east and b.south <= lat < b.north)
        kind = "reference" if position in references else "micro"
        name = f"{'参考站' if position in references else '微站'}{position + 1:02d}"
        found.append(Site(f"WZ-{grid.code}-{position + 1:03d}", name, grid.code, lon, lat, kind))
    return grids, found


def write_registry(path: Path, grids: list[Box], stations: list[Site]) -> None:
    """Writes the contract's registry: county grids, one supervisor each, the stations."""
    lines = ["grids:"]
    for box in grids:
        west, south, east, north = (round(v, 6) for v in (box.west, box.south, box.east, box.north))
        ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
        lines.append(
            f'  - {{code: "{box.code}", name: {COUNTIES[box.code]}, level: 2, parent: "652300", '
            f"boundary: {{type: Polygon, coordinates: [{json.dumps(ring)}]}}}}"
        )
    lines.append("people:")
    lines.extend(
        f"  - {{username: scene-{box.code}, name: {COUNTIES[box.code]}监督员, "
        f'duties: [{{grid: "{box.code}", role: supervisor}}]}}'
        for box in grids
    )
    lines.append("stations:")
    lines.extend(
        f'  - {{code: {s.code}, name: {s.name}, grid: "{s.grid}", lon: {s.lon:.5f}, lat: {s.lat:.5f}, '
        f"kind: {s.kind}}}"
        for s in stations
    )
    path.write_text("\n".join([*lines, "sources: []", ""]), encoding="utf-8")
