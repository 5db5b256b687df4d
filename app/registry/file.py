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
from app.registry.fields import Entry, none_of, not_a_username
from app.registry.hj212 import read_profile
from app.registry.terms import read_terms
from app.registry.tree import Tree, retired
from models.enums import Role, StationKind, StationPurpose
from models.said import Said

MIN_SECRET = 8
_EMPTY = Said("the file is empty: grids, people, stations, sources")
_NO_LISTS = Said("the file must be a mapping of lists: grids, people, stations, sources")
_ROLES = tuple(role.value for role in Role)
_STATION_KINDS = tuple(kind.value for kind in StationKind)
_PURPOSES = tuple(purpose.value for purpose in StationPurpose)


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
        return Parsed((*faults, Fault(1, "", _EMPTY if document.root is None else _NO_LISTS)), None)
    root = Entry(document.root, "", "", faults)
    root.only("grids", "people", "stations", "sources")
    tree = Tree(known, shipped)
    for entry in root.entries("grids", Said("grid")):
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
    entry.label = Said("grid %(code)s", code=code) if code else entry.label
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
            said = Said("%(value)s is taken already, in line %(line)s", value=code, line=self._lines[code])
            entry.wrong(self._key, said)
        elif code:
            self._lines[code] = entry.node.line


def _people(root: Entry, tree: Tree) -> list[PersonEntry]:
    codes = _Codes("username")
    people = []
    for entry in root.entries("people", Said("person")):
        username = entry.text("username", limit=64, required=True, integers=True, check=not_a_username)
        entry.label = Said("person %(code)s", code=username) if username else entry.label
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
        entry.only("grid", "role", "from", "to", "post", "full_time", "covers")
        grid = entry.code("grid", limit=32)
        tree.require(entry, "grid", grid)
        role = entry.choice("role", _ROLES, required=True)
        since, until = entry.instant("from"), entry.instant("to", end=True)
        if since and until and until <= since:
            entry.fault("to", Said("the duty would end before it begins"))
        post, full_time, covers = read_terms(entry, tree, grid, role)
        if not (entry.sound and grid and role):
            continue
        duty = DutyEntry(grid, Role(role), since, until, post, full_time, covers)
        if any(_overlap(duty, other) for other in duties):
            said = Said(
                "the duty of %(role)s in %(grid)s is listed twice for the same time", role=role, grid=grid
            )
            entry.fault(None, said)
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
    for entry in root.entries("stations", Said("station")):
        code = entry.code("code", limit=64)
        entry.label = Said("station %(code)s", code=code) if code else entry.label
        entry.only("code", "name", "grid", "lon", "lat", "kind", "purpose", "secret", "cadence_s", "hj212")
        codes.take(entry, code)
        lon, lat = entry.number("lon", -180, 180), entry.number("lat", -90, 90)
        grid = entry.code("grid", limit=32, required=False)
        if grid:
            tree.require(entry, "grid", grid)
        elif not entry.said("grid") and not math.isnan(lon + lat):
            grid = _place(entry, areas, lon, lat, unclear=unclear)
        kind = entry.choice("kind", _STATION_KINDS, required=True)
        stations.append(
            StationEntry(
                code=code,
                name=entry.text("name", limit=100, required=True),
                grid=grid,
                lon=lon,
                lat=lat,
                kind=kind,
                purpose=_purpose(entry, kind),
                secret=entry.secret("secret", least=MIN_SECRET),
                cadence_s=entry.integer("cadence_s", 1, 86_400) or None,
                hj212=read_profile(entry),
            )
        )
    return stations


def _purpose(entry: Entry, kind: str) -> str | None:
    purpose = entry.choice("purpose", _PURPOSES) or None
    if not kind or kind == StationKind.REFERENCE:
        return purpose
    if purpose == StationPurpose.BACKGROUND:
        entry.wrong("purpose", Said("only a reference station is a background station"))
    return StationPurpose.EVALUATION.value


def _place(entry: Entry, areas: Mapping[str, Area], lon: float, lat: float, *, unclear: bool) -> str:
    """The level-2 grid whose boundary contains the station; none or several is a fault."""
    found = [code for code, area in areas.items() if area.covers(lon, lat)]
    if len(found) == 1:
        return found[0]
    at = f"({lon:g}, {lat:g})"
    if found:
        several = Said(
            "without a grid at %(value)s lies in more than one level-2 boundary: %(known)s",
            value=at,
            known=tuple(found),
        )
        entry.fault(None, several)
    elif not areas and not unclear:
        none = Said(
            "without a grid at %(value)s, and no level-2 grid has a boundary to place it by", value=at
        )
        entry.fault(None, none)
    elif not unclear:  # it may lie in the boundary whose fault is already noted
        entry.fault(None, Said("without a grid at %(value)s lies in no level-2 boundary", value=at))
    return ""


def _sources(root: Entry, tree: Tree) -> list[SourceEntry]:
    codes = _Codes()
    sources = []
    for entry in root.entries("sources", Said("source")):
        code = entry.code("code", limit=64)
        entry.label = Said("source %(code)s", code=code) if code else entry.label
        entry.only("code", "name", "grid", "lon", "lat", "category", "pollutants")
        codes.take(entry, code)
        grid = entry.code("grid", limit=32)
        tree.require(entry, "grid", grid)
        if not entry.said("pollutants"):
            entry.missing("pollutants")
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


def _not_emitted(text: str) -> Said | None:
    return None if text in SOURCE_POLLUTANTS else none_of(repr(text), SOURCE_POLLUTANTS)
