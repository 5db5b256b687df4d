"""The map of a ranking as shapes for SVG: counties and parks as areas, without a boundary as points. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import cos, hypot, sin
from typing import Any
from zlib import crc32

WIDTH, HEIGHT = 640, 420
RADIUS = 9
"""Of a point."""
_MARGIN = 12
_SIDE = 60
"""Kept free at each side where points are drawn: their names stand beside them."""
_LETTER, _LINE = 13, 18
_SQUEEZE = 0.72
"""A degree of longitude is about so much of one of latitude at 44° north."""
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Area:
    """A unit within its boundary, with the middle of its largest part to write on."""

    code: str
    path: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Spot:
    """A unit without a boundary: a point at (x, y), its name at (text_x, text_y)."""

    code: str
    x: float
    y: float
    text_x: float
    text_y: float
    anchor: str
    leader: bool
    """Whether the name stands so far off that a line leads to it."""


@dataclass(frozen=True, slots=True)
class Map:
    areas: Sequence[Area]
    spots: Sequence[Spot]


def drawn_map(
    boundaries: Mapping[str, Mapping[str, Any]],
    points: Mapping[str, tuple[float, float]],
    names: Mapping[str, str],
) -> Map | None:
    """One map, north up, of GeoJSON geometries by code, and of points (degrees east and north) of the other codes.

    `names` are what is written beside the points: no two of these lie over each other as long as there is room.
    None where there is nothing to draw. A geometry that is no polygon is left out, and its point is taken.
    """
    shapes = {code: rings for code, one in boundaries.items() if (rings := list(_rings(one)))}
    spots = {code: at for code, at in points.items() if code not in shapes}
    every = [point for rings in shapes.values() for ring in rings for point in ring] + list(spots.values())
    if not every:
        return None
    west, east = min(x for x, _ in every), max(x for x, _ in every)
    south, north = min(y for _, y in every), max(y for _, y in every)
    side = _SIDE if spots else _MARGIN
    wide, high = WIDTH - 2 * side, HEIGHT - 2 * max(_MARGIN, RADIUS + _LINE if spots else 0)
    scale = min(wide / (((east - west) or 1) * _SQUEEZE), high / ((north - south) or 1))
    # In the middle of what is left over.
    left = (WIDTH - (east - west) * _SQUEEZE * scale) / 2
    top = (HEIGHT - (north - south) * scale) / 2

    def place(point: tuple[float, float]) -> tuple[int, int]:
        return round(left + (point[0] - west) * _SQUEEZE * scale), round(top + (north - point[1]) * scale)

    areas = list(
        _areas({code: [[place(p) for p in ring] for ring in rings] for code, rings in shapes.items()})
    )
    return Map(areas, _named(_apart({code: place(at) for code, at in spots.items()}), names, areas))


def _areas(shapes: Mapping[str, Sequence[Sequence[tuple[int, int]]]]) -> Iterator[Area]:
    for code, rings in sorted(shapes.items()):
        drawn = [_drawn(ring) for ring in rings]
        path = "".join("M" + "L".join(f"{x} {y}" for x, y in ring) + "Z" for ring in drawn if len(ring) > 2)
        widest = max(drawn, key=_extent, default=[])
        if path and widest:
            x = (min(x for x, _ in widest) + max(x for x, _ in widest)) / 2
            y = (min(y for _, y in widest) + max(y for _, y in widest)) / 2
            yield Area(code, path, round(x, 1), round(y, 1))


def _apart(spots: Mapping[str, tuple[int, int]]) -> dict[str, tuple[int, int]]:
    """The same points, moved off each other by as little as lets every one be seen whole."""
    at = {code: [float(x), float(y)] for code, (x, y) in sorted(spots.items())}
    least = 2 * RADIUS + 3
    for _ in range(60):
        moved = False
        for (one, a), (other, b) in combinations(at.items(), 2):
            east, south = b[0] - a[0], b[1] - a[1]
            far = hypot(east, south)
            if far >= least - 0.5:
                continue
            moved = True
            # Of two at one place nobody knows which way; any that differs from pair to pair will do.
            turn = float(crc32(f"{one} {other}".encode()) % 360)
            way = (east / far, south / far) if far > 0.1 else (cos(turn), sin(turn))
            for axis, most in ((0, WIDTH), (1, HEIGHT)):
                push = way[axis] * (least - far) / 2
                a[axis] = min(max(a[axis] - push, RADIUS), most - RADIUS)
                b[axis] = min(max(b[axis] + push, RADIUS), most - RADIUS)
        if not moved:
            break
    return {code: (round(x), round(y)) for code, (x, y) in at.items()}


def _named(
    spots: Mapping[str, tuple[int, int]], names: Mapping[str, str], areas: Iterable[Area]
) -> list[Spot]:
    """The points with their names, each in the nearest room that is free, from the north down."""
    taken: list[Box] = [(x - RADIUS, y - RADIUS, x + RADIUS, y + RADIUS) for x, y in spots.values()]
    taken += [(area.x - 3 * _LETTER, area.y - _LINE, area.x + 3 * _LETTER, area.y + 4) for area in areas]
    found = []
    for code, (x, y) in sorted(spots.items(), key=lambda one: (one[1][1], one[1][0], one[0])):
        width = len(names.get(code, "")) * _LETTER
        room = [one for one in _rooms(x, y, width) if _inside(one[0])]
        free = next((one for one in room if not any(_over(one[0], other) for other in taken)), None)
        box, text_x, text_y, anchor, leader = free or (room or list(_rooms(x, y, width)))[0]
        taken.append(box)
        found.append(Spot(code, x, y, text_x, text_y, anchor, leader))
    return found


def _rooms(x: float, y: float, width: float) -> Iterator[tuple[Box, float, float, str, bool]]:
    """Boxes for a name beside a point, the best first: right, left, below, above, then the same further off."""
    beside = RADIUS + 4
    for step in range(8):
        for down in (step * _LINE, -step * _LINE) if step else (0,):
            for sign, anchor in ((1, "start"), (-1, "end")):
                edge = x + sign * (beside + (0 if step < 2 else _LETTER))
                near, far = sorted((edge, edge + sign * width))
                line = y + down
                yield (near, line - 10, far, line + 8), edge, line + 5, anchor, step > 0
        if step < 2:
            for down in (RADIUS + 16, -RADIUS - 6):
                line = y + down + (step * _LINE if down > 0 else -step * _LINE)
                box = (x - width / 2, line - 14, x + width / 2, line + 4)
                yield box, x, line, "middle", step > 0


def _inside(box: Box) -> bool:
    return box[0] >= 0 and box[1] >= 0 and box[2] <= WIDTH and box[3] <= HEIGHT


def _over(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _rings(geometry: Mapping[str, Any]) -> Sequence[Sequence[tuple[float, float]]]:
    """The outer rings."""
    kind, coordinates = geometry.get("type"), geometry.get("coordinates") or []
    polygons = coordinates if kind == "MultiPolygon" else [coordinates] if kind == "Polygon" else []
    return [[(float(point[0]), float(point[1])) for point in polygon[0]] for polygon in polygons if polygon]


def _drawn(ring: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Without points that fall on the one before."""
    kept: list[tuple[int, int]] = []
    for point in ring:
        if not kept or point != kept[-1]:
            kept.append(point)
    return kept


def _extent(ring: Sequence[tuple[int, int]]) -> int:
    if not ring:
        return 0
    return (max(x for x, _ in ring) - min(x for x, _ in ring)) * (
        max(y for _, y in ring) - min(y for _, y in ring)
    )


def shade(place: int | None, ranked: int) -> int | None:
    """Of five shades, 1 the best; None for a unit that is not ranked."""
    if place is None:
        return None
    return 1 + round(4 * (place - 1) / (ranked - 1)) if ranked > 1 else 1
