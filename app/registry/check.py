"""What deserves a look in a registry that has no faults. Notices never stop anything.

Staffing minima after the policy's annex 1 art. 13 as far as roles show them (full time is not recorded), and
the places where boundaries make it doubtful which grid answers.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.geometry import Area
from app.registry.entries import Boundary, DutyEntry, Registry
from models.enums import Role
from models.registry import Duty, Grid, Station

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


def notices(state: State) -> list[str]:
    """One line for each thing worth a look, staffing first."""
    return [*_staffing(state), *_overlaps(state), *_edges(state)]


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


async def loaded_state(session: AsyncSession, *, now: datetime) -> State:
    """What the database says at `now`."""
    rows = (await session.scalars(select(Grid).order_by(Grid.level, Grid.code))).all()
    codes = {row.id: row.code for row in rows}
    in_force = (Duty.valid_from <= now) & (Duty.valid_to.is_(None) | (Duty.valid_to > now))
    duties = await session.execute(select(Duty.grid_id, Duty.role).where(in_force))
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


def _staffing(state: State) -> Iterator[str]:
    staff = Counter(state.duties)
    manned = {grid for grid, _ in state.duties}
    for grid in state.grids:
        supervisors = staff[grid.code, Role.SUPERVISOR.value]
        if grid.level == 2:
            if not supervisors:
                yield f"grid {grid.code} {grid.name} has no supervisor in force: nobody takes its orders"
            if not staff[grid.code, Role.CHIEF.value]:
                yield f"grid {grid.code} {grid.name} has no chief in force: escalations skip a step"
        elif grid.level > 2 and grid.code in manned and supervisors < MIN_SUPERVISORS:
            yield (
                f"grid {grid.code} {grid.name} has supervisors in force: {supervisors};"
                f" the policy wants at least {MIN_SUPERVISORS} (annex 1 art. 13)"
            )


def _areas(state: State) -> dict[str, Area]:
    return {grid.code: Area(grid.boundary) for grid in state.grids if grid.level == 2 and grid.boundary}


def _overlaps(state: State) -> Iterator[str]:
    for (code, area), (other, other_area) in combinations(sorted(_areas(state).items()), 2):
        shared = area.overlap_m2(other_area)
        if shared >= OVERLAP_M2:
            yield f"the boundaries of grids {code} and {other} overlap by {shared / 1e6:.2f} km²"


def _edges(state: State) -> Iterator[str]:
    areas = _areas(state)
    parents = {grid.code: grid.parent for grid in state.grids}
    for station in state.stations:
        own = _level2(station.grid, areas, parents)
        if own is not None and not areas[own].covers(station.lon, station.lat):
            yield f"station {station.code} belongs to grid {own} but lies outside its boundary"
        for code, area in areas.items():
            metres = area.metres_to_edge(station.lon, station.lat, within=NEAR_EDGE_M)
            if metres is not None:
                yield f"station {station.code} lies {metres:.0f} m from the boundary of grid {code}"


def _level2(code: str, areas: dict[str, Area], parents: dict[str, str | None]) -> str | None:
    """The grid itself or the one above it that has a level-2 boundary."""
    above: str | None = code
    while above is not None and above not in areas:
        above = parents.get(above)
    return above
