"""The `boundary` of a grid: GeoJSON of the right shape and geometry, or faults with their places."""

from app.geometry import flaws
from app.registry.document import Map, Seq, Value
from app.registry.entries import Boundary, Fault
from app.registry.fields import Entry, join, number, shown
from models.said import Said

_DEPTHS = {"Polygon": 2, "MultiPolygon": 3}


def read_boundary(entry: Entry) -> Boundary | None:
    """The grid's boundary, None without one or with a faulty one; altitudes are dropped."""
    value = entry.node.get("boundary")
    if value is None:
        return None
    if not isinstance(value, Map):
        entry.wrong("boundary", Said("must be a GeoJSON geometry, not %(value)s", value=shown(value)))
        return None
    inner = Entry(value, join(entry.path, "boundary"), entry.label, entry.faults)
    boundary = _geometry(inner)
    entry.sound = entry.sound and inner.sound
    return boundary if inner.sound else None


def _geometry(inner: Entry) -> Boundary | None:
    # A bounding box says nothing new; anything else, such as `crs`, would change what the numbers mean.
    inner.only("type", "coordinates", "bbox")
    kind = inner.choice("type", tuple(_DEPTHS), required=True)
    coordinates = inner.node.get("coordinates")
    if coordinates is None:
        inner.fault(None, Said("boundary has no coordinates"))
    if not kind or coordinates is None:
        return None
    read = _lists(inner, coordinates, "coordinates", _DEPTHS[kind])
    if not inner.sound:
        return None
    boundary: Boundary = {"type": kind, "coordinates": read}
    for flaw in flaws(boundary):
        place = _at(coordinates, flaw.path)
        inner.sound = False
        inner.faults.append(Fault(place, join(inner.path, flaw.path), flaw.message, _label(inner)))
    return boundary


def _lists(inner: Entry, value: Value, path: str, depth: int) -> list[object]:
    """Nested lists of positions; at depth 0 one position."""
    if not isinstance(value, Seq) or not value:
        _note(inner, value, path, Said("must be a list that is not empty"))
        return []
    if depth > 0:
        return [_lists(inner, item, f"{path}[{n}]", depth - 1) for n, item in enumerate(value)]
    if isinstance(value[0], Seq):
        _note(inner, value, path, Said("must be a position [lon, lat]"))
        return []
    found = [number(item) for item in value]
    if len(found) not in (2, 3) or None in found:
        _note(inner, value, path, Said("must be a position of two numbers, [lon, lat]"))
        return []
    return [found[0], found[1]]


def _note(inner: Entry, value: Value, path: str, said: Said) -> None:
    inner.sound = False
    line = value.line if isinstance(value, Seq | Map) else inner.line("coordinates")
    inner.faults.append(Fault(line, join(inner.path, path), said, _label(inner)))


def _label(inner: Entry) -> Said:
    return Said("%(label)s: boundary", label=inner.label)


def _at(coordinates: Value, path: str) -> int | None:
    """The line of the list that a path such as `coordinates[0][3]` leads to."""
    value = coordinates
    for index in path.removeprefix("coordinates").replace("]", "").split("[")[1:]:
        if isinstance(value, Seq) and isinstance(value[int(index)], Seq):
            value = value[int(index)]
    return value.line if isinstance(value, Seq) else None
