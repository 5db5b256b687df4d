"""A registry file's text → a Registry, or every fault in it with its place. Reads nothing, never raises."""

import math
from collections.abc import Mapping
from functools import lru_cache

from app.geometry import Area
from app.registry import default_registry_text
from app.registry.boundary import read_boundary
from app.registry.document import Map, read_document
from app.registry.entries import (
    GRID_KINDS,
    SOURCE_POLLUTANTS,
    DutyEntry,
    Fault,
    GridEntry,
    KnownGrids,
    Parsed,
    PersonEntry,
    Registry,
    SourceEntry,
    StationEntry,
)
from app.registry.fields import Entry, not_a_username
from app.registry.hj212 import read_profile
from app.registry.tree import Tree, retired
from models.enums import Role, StationKind

MIN_SECRET = 8
_ROLES = tuple(role.value for role in Role)
_STATION_KINDS = tuple(kind.value for kind in StationKind)


def parse(text: str, name: str, known: KnownGrids) -> Parsed:
    """Checks everything the file says against itself and the grids that are loaded already.

    `name` tells JSON from YAML by its ending; content that is JSON is read as JSON under any name.
    A grid that is in neither is taken from the shipped registry where that has it.
    """
    return _parse(text, name, known, _shipped_grids())


@lru_cache(maxsize=1)
def _shipped_grids() -> Mapping[str, GridEntry]:
    parsed = _parse(default_registry_text(), "changji.yaml", {}, {})
    return {grid.code: grid for grid in parsed.registry.grids} if parsed.registry else {}


def _parse(text: str, name: str, known: KnownGrids, shipped: Mapping[str, GridEntry]) -> Parsed:
    document = read_document(text, name)
    faults = document.faults
    if not document.complete:
        return Parsed(_in_order(faults), None)
    if not isinstance(document.root, Map):
        what = "the file is empty" if document.root is None else "the file must be a mapping of lists"
        return Parsed((*faults, Fault(1, "", f"{what}: grids, people, stations, sources")), None)
    root = Entry(document.root, "", "", faults)
    root.only("grids", "people", "stations", "sources")
    tree = Tree(known, shipped)
    for entry in root.entries("grids", "grid"):
        _read_grid(entry, tree)
    tree.check()
    registry = Registry(
        grids=(),
        people=tuple(_people(root, tree)),
        stations=tuple(_stations(root, tree)),
        sources=tuple(_sources(root, tree)),
    )
    if faults:
        return Parsed(_in_order(faults), None)
    return Parsed((), Registry(tree.ordered(), registry.people, registry.stations, registry.sources))


def _in_order(faults: list[Fault]) -> tuple[Fault, ...]:
    return tuple(sorted(faults, key=lambda fault: fault.line or 0))


def _read_grid(entry: Entry, tree: Tree) -> None:
    code = entry.code("code", limit=32)
    entry.label = f"grid {code}".strip()
    entry.only("code", "name", "level", "parent", "boundary", "kind", "aliases")
    reason = retired(code)
    if reason:
        entry.fault("code", reason)
    grid = GridEntry(
        code=code,
        name=entry.text("name", limit=100, required=True),
        level=entry.integer("level", 1, 4, required=True),
        parent=entry.code("parent", limit=32, required=False) or None,
        kind=entry.choice("kind", GRID_KINDS) or None,
        boundary=read_boundary(entry),
        aliases=entry.texts("aliases", limit=100),
    )
    if code:
        tree.add(grid, entry)


class _Codes:
    """The codes of one section; the second use of one is a fault."""

    def __init__(self, key: str = "code") -> None:
        self._key = key
        self._lines: dict[str, int] = {}

    def take(self, entry: Entry, code: str) -> None:
        if code in self._lines:
            entry.fault(self._key, f"{self._key} {code} is taken already, in line {self._lines[code]}")
        elif code:
            self._lines[code] = entry.node.line


def _people(root: Entry, tree: Tree) -> list[PersonEntry]:
    codes = _Codes("username")
    people = []
    for entry in root.entries("people", "person"):
        username = entry.text("username", limit=64, required=True, integers=True, check=not_a_username)
        entry.label = f"person {username}".strip()
        entry.only("username", "name", "phone", "password", "duties")
        codes.take(entry, username)
        people.append(
            PersonEntry(
                username=username,
                name=entry.text("name", limit=100, required=True),
                phone=entry.maybe("phone", limit=40, integers=True),
                password=entry.secret("password", least=MIN_SECRET),
                duties=_duties(entry, tree) if entry.said("duties") else None,
            )
        )
    return people


def _duties(person: Entry, tree: Tree) -> tuple[DutyEntry, ...]:
    duties: list[DutyEntry] = []
    for entry in person.entries("duties", person.label):
        entry.only("grid", "role", "from", "to")
        grid = entry.code("grid", limit=32)
        tree.require(entry, "grid", grid)
        role = entry.choice("role", _ROLES, required=True)
        since, until = entry.instant("from"), entry.instant("to", end=True)
        if since and until and until <= since:
            entry.fault("to", "the duty would end before it begins")
        if not (entry.sound and grid and role):
            continue
        duty = DutyEntry(grid, Role(role), since, until)
        if any(_overlap(duty, other) for other in duties):
            entry.fault(None, f"the duty of {role} in {grid} is listed twice for the same time")
        duties.append(duty)
    return tuple(duties)


def _overlap(one: DutyEntry, other: DutyEntry) -> bool:
    if (one.grid, one.role) != (other.grid, other.role):
        return False
    first, second = sorted((one, other), key=lambda duty: (duty.valid_from is not None, duty.valid_from))
    if second.valid_from is None:
        return True
    return first.valid_to is None or first.valid_to > second.valid_from


def _stations(root: Entry, tree: Tree) -> list[StationEntry]:
    codes = _Codes()
    areas = {code: Area(grid.boundary) for code, grid in tree.level2() if grid.boundary}
    unclear = any(place.said("boundary") and not place.sound for place in tree.places.values())
    stations = []
    for entry in root.entries("stations", "station"):
        code = entry.code("code", limit=64)
        entry.label = f"station {code}".strip()
        entry.only("code", "name", "grid", "lon", "lat", "kind", "secret", "cadence_s", "hj212")
        codes.take(entry, code)
        lon, lat = entry.number("lon", -180, 180), entry.number("lat", -90, 90)
        grid = entry.code("grid", limit=32, required=False)
        if grid:
            tree.require(entry, "grid", grid)
        elif not entry.said("grid") and not math.isnan(lon + lat):
            grid = _place(entry, areas, lon, lat, unclear=unclear)
        stations.append(
            StationEntry(
                code=code,
                name=entry.text("name", limit=100, required=True),
                grid=grid,
                lon=lon,
                lat=lat,
                kind=entry.choice("kind", _STATION_KINDS, required=True),
                secret=entry.secret("secret", least=MIN_SECRET),
                cadence_s=entry.integer("cadence_s", 1, 86_400) or None,
                hj212=read_profile(entry),
            )
        )
    return stations


def _place(entry: Entry, areas: Mapping[str, Area], lon: float, lat: float, *, unclear: bool) -> str:
    """The level-2 grid whose boundary contains the station; none or several is a fault."""
    found = [code for code, area in areas.items() if area.covers(lon, lat)]
    if len(found) == 1:
        return found[0]
    position = f"without a grid at ({lon:g}, {lat:g})"
    if found:
        entry.fault(None, f"{position} lies in more than one level-2 boundary: {', '.join(found)}")
    elif not areas and not unclear:
        entry.fault(None, f"{position}, and no level-2 grid has a boundary to place it by")
    elif not unclear:  # it may lie in the boundary whose fault is already noted
        entry.fault(None, f"{position} lies in no level-2 boundary")
    return ""


def _sources(root: Entry, tree: Tree) -> list[SourceEntry]:
    codes = _Codes()
    sources = []
    for entry in root.entries("sources", "source"):
        code = entry.code("code", limit=64)
        entry.label = f"source {code}".strip()
        entry.only("code", "name", "grid", "lon", "lat", "category", "pollutants")
        codes.take(entry, code)
        grid = entry.code("grid", limit=32)
        tree.require(entry, "grid", grid)
        if not entry.said("pollutants"):
            entry.fault(None, "pollutants is missing")
        sources.append(
            SourceEntry(
                code=code,
                name=entry.text("name", limit=200, required=True),
                grid=grid,
                lon=entry.number("lon", -180, 180),
                lat=entry.number("lat", -90, 90),
                category=entry.text("category", limit=60, required=True),
                pollutants=entry.texts("pollutants", limit=20, check=_not_emitted) or (),
            )
        )
    return sources


def _not_emitted(text: str) -> str | None:
    return None if text in SOURCE_POLLUTANTS else f"{text!r} is none of {', '.join(SOURCE_POLLUTANTS)}"
