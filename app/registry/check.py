"""What deserves a look in a registry that has no faults. Notices never stop anything.

Staffing minima after the policy's annex 1 art. 13 as far as roles show them (posts, full time and cover are looked at
in `supervision.duties.gaps`), and the places where boundaries make it doubtful which grid answers.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import combinations

from sqlalchemy import literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.geometry import Area
from app.registry.entries import Boundary, DutyEntry, Registry
from models.enums import Role
from models.registry import Duty, Grid, Person, Station

NEAR_EDGE_M = 200.0  # simplified public boundaries, and GCJ-02 taken for WGS 84, are off by about as much
OVERLAP_M2 = 10_000.0  # one hectare: less is the seam between two digitised edges
MIN_SUPERVISORS = 3  # annex 1 art. 13, levels 3 and 4


@dataclass(frozen=True, slots=True)
class GridState:
    code: str
    name: str
    level: int
    parent: str | None
    boundary: Boundary | None


@dataclass(frozen=True, slots=True)
class StationState:
    code: str
    grid: str
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class State:
    """What is looked at: grids, the duties in force as (grid, role), and stations."""

    grids: Sequence[GridState]
    duties: Sequence[tuple[str, str]]
    stations: Sequence[StationState]


class NoticeCode(StrEnum):
    NO_SUPERVISOR = "no_supervisor"
    NO_CHIEF = "no_chief"
    FEW_SUPERVISORS = "few_supervisors"
    OVERLAP = "overlap"
    OUTSIDE = "outside"
    NEAR_EDGE = "near_edge"


_SAID = {
    NoticeCode.NO_SUPERVISOR: "grid {grid} {name} has no supervisor in force: nobody takes its orders",
    NoticeCode.NO_CHIEF: "grid {grid} {name} has no chief in force: escalations skip a step",
    NoticeCode.FEW_SUPERVISORS: (
        "grid {grid} {name} has supervisors in force: {found};"
        " the policy wants at least {wanted} (annex 1 art. 13)"
    ),
    NoticeCode.OVERLAP: "the boundaries of grids {grid} and {other} overlap by {km2} km²",
    NoticeCode.OUTSIDE: "station {station} belongs to grid {grid} but lies outside its boundary",
    NoticeCode.NEAR_EDGE: "station {station} lies {metres} m from the boundary of grid {grid}",
}


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing worth a look, at the grid it is about."""

    code: NoticeCode
    grid: str
    values: Mapping[str, object] = field(default_factory=dict)

    def shown(self) -> str:
        """One line for the command line."""
        return _SAID[self.code].format(grid=self.grid, **self.values)


def notices(state: State) -> list[str]:
    """One line for each thing worth a look, staffing first."""
    return [notice.shown() for notice in found(state)]


def found(state: State) -> list[Notice]:
    """Everything worth a look, staffing first."""
    return [*staffing(state), *_overlaps(state), *_edges(state)]


def state_of(registry: Registry, *, now: datetime) -> State:
    """What the file itself says, with the duties in force at `now`."""
    return State(
        grids=[
            GridState(grid.code, grid.name, grid.level, grid.parent, grid.boundary)
            for grid in registry.grids
            if not grid.borrowed
        ],
        duties=[
            (duty.grid, duty.role.value)
            for person in registry.people
            for duty in person.duties or ()
            if _in_force(duty, now)
        ],
        stations=[StationState(item.code, item.grid, item.lon, item.lat) for item in registry.stations],
    )


def _in_force(duty: DutyEntry, now: datetime) -> bool:
    begun = duty.valid_from is None or duty.valid_from <= now
    return begun and (duty.valid_to is None or duty.valid_to > now)


async def loaded_state(session: AsyncSession, *, now: datetime, boundaries: bool = True) -> State:
    """What the database says at `now`; without `boundaries` only what staffing is judged by."""
    columns = (Grid.id, Grid.code, Grid.name, Grid.level, Grid.parent_id)
    outline = Grid.boundary if boundaries else literal(None).label("boundary")
    rows = (await session.execute(select(*columns, outline).order_by(Grid.level, Grid.code))).all()
    codes = {row.id: row.code for row in rows}
    in_force = (Duty.valid_from <= now) & (Duty.valid_to.is_(None) | (Duty.valid_to > now))
    duties = await session.execute(
        select(Duty.grid_id, Duty.role)
        .join(Person, Person.id == Duty.person_id)
        .where(in_force, Person.disabled_at.is_(None))
    )
    stations = await session.execute(
        select(Station.code, Station.grid_id, Station.lon, Station.lat)
        .where(Station.retired_at.is_(None))
        .order_by(Station.code)
    )
    return State(
        grids=[
            GridState(row.code, row.name, row.level, codes.get(row.parent_id or 0), row.boundary)
            for row in rows
        ],
        duties=[(codes[duty.grid_id], duty.role) for duty in duties],
        stations=[StationState(row.code, codes[row.grid_id], row.lon, row.lat) for row in stations],
    )


def staffing(state: State) -> Iterator[Notice]:
    """Grids with fewer people in force than they need."""
    staff = Counter(state.duties)
    manned = {grid for grid, _ in state.duties}
    for grid in state.grids:
        supervisors = staff[grid.code, Role.SUPERVISOR.value]
        named: dict[str, object] = {"name": grid.name}
        if grid.level == 2:
            if not supervisors:
                yield Notice(NoticeCode.NO_SUPERVISOR, grid.code, named)
            if not staff[grid.code, Role.CHIEF.value]:
                yield Notice(NoticeCode.NO_CHIEF, grid.code, named)
        elif grid.level > 2 and grid.code in manned and supervisors < MIN_SUPERVISORS:
            counted: dict[str, object] = {"found": supervisors, "wanted": MIN_SUPERVISORS}
            yield Notice(NoticeCode.FEW_SUPERVISORS, grid.code, named | counted)


@dataclass(frozen=True, slots=True)
class Unmanned:
    """The grids of one level in one county, and those of them where nobody has a duty in force."""

    county: str | None
    level: int
    total: int
    grids: tuple[GridState, ...]

    @property
    def count(self) -> int:
        return len(self.grids)


def unmanned(state: State) -> list[Unmanned]:
    """Townships before villages, counties in their order; a county where somebody serves everywhere is left out."""
    manned = {grid for grid, _ in state.duties}
    by_code = {grid.code: grid for grid in state.grids}
    below: dict[tuple[int, str | None], list[GridState]] = {}
    for grid in state.grids:
        if grid.level > 2:
            below.setdefault((grid.level, _county(grid, by_code)), []).append(grid)
    return [
        Unmanned(county, level, len(grids), empty)
        for (level, county), grids in sorted(below.items(), key=lambda one: (one[0][0], one[0][1] or ""))
        if (empty := tuple(grid for grid in grids if grid.code not in manned))
    ]


def _county(grid: GridState, by_code: Mapping[str, GridState]) -> str | None:
    above: GridState | None = grid
    while above is not None and above.level > 2:
        above = by_code.get(above.parent or "")
    return above.code if above is not None and above.level == 2 else None


def _areas(state: State) -> dict[str, Area]:
    return {grid.code: Area(grid.boundary) for grid in state.grids if grid.level == 2 and grid.boundary}


def _overlaps(state: State) -> Iterator[Notice]:
    for (code, area), (other, other_area) in combinations(sorted(_areas(state).items()), 2):
        shared = area.overlap_m2(other_area)
        if shared >= OVERLAP_M2:
            yield Notice(NoticeCode.OVERLAP, code, {"other": other, "km2": f"{shared / 1e6:.2f}"})


def _edges(state: State) -> Iterator[Notice]:
    areas = _areas(state)
    parents = {grid.code: grid.parent for grid in state.grids}
    for station in state.stations:
        own = _level2(station.grid, areas, parents)
        if own is not None and not areas[own].covers(station.lon, station.lat):
            yield Notice(NoticeCode.OUTSIDE, own, {"station": station.code})
        for code, area in areas.items():
            metres = area.metres_to_edge(station.lon, station.lat, within=NEAR_EDGE_M)
            if metres is not None:
                yield Notice(NoticeCode.NEAR_EDGE, code, {"station": station.code, "metres": f"{metres:.0f}"})


def _level2(code: str, areas: dict[str, Area], parents: dict[str, str | None]) -> str | None:
    """The grid itself or the one above it that has a level-2 boundary."""
    above: str | None = code
    while above is not None and above not in areas:
        above = parents.get(above)
    return above
