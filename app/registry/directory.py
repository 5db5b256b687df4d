"""The registry in memory: one snapshot that requests and the intake ask, swapped whole when it changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.ingest.hj212.profile import Dialect, read_dialect
from models.facts import StationInfo
from models.ids import GridId, StationId
from models.registry import Grid, Station


@dataclass(frozen=True, slots=True)
class GridInfo:
    id: GridId
    code: str
    name: str
    level: int
    kind: str
    parent_id: GridId | None


@dataclass(frozen=True, slots=True)
class _Snapshot:
    grids: Mapping[int, GridInfo] = field(default_factory=dict)
    grids_by_code: Mapping[str, GridInfo] = field(default_factory=dict)
    subtrees: Mapping[int, frozenset[int]] = field(default_factory=dict)
    level2: Mapping[int, GridInfo] = field(default_factory=dict)
    stations: tuple[StationInfo, ...] = ()
    stations_by_id: Mapping[int, StationInfo] = field(default_factory=dict)
    stations_by_code: Mapping[str, StationInfo] = field(default_factory=dict)
    credentials: tuple[tuple[str, str], ...] = ()
    dialects: Mapping[int, Dialect | None] = field(default_factory=dict)
    grid_paths: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


_GRIDS = select(Grid.id, Grid.code, Grid.name, Grid.level, Grid.kind, Grid.parent_id).order_by(
    Grid.level, Grid.code
)
_STATIONS = (
    select(
        Station.id,
        Station.code,
        Station.name,
        Station.grid_id,
        Station.kind,
        Station.purpose,
        Station.cadence_s,
        Station.secret_hash,
        Station.hj212,
    )
    .where(Station.retired_at.is_(None))
    .order_by(Station.code)
)


class Directory:
    """Empty until the first `refresh`. One attribute holds the whole snapshot: no reader sees half of it."""

    def __init__(self) -> None:
        self._now = _Snapshot()

    async def refresh(self, session: AsyncSession) -> None:
        """Reads the registry anew; whoever asks meanwhile gets the state of before."""
        # Stations first: grids are never removed, so every station finds its grid among those read after it.
        rows = (await session.execute(_STATIONS)).all()
        grids = [
            GridInfo(GridId(row.id), row.code, row.name, row.level, row.kind, _parent(row.parent_id))
            for row in await session.execute(_GRIDS)
        ]
        by_id = {int(grid.id): grid for grid in grids}
        lines = {int(grid.id): _line(grid, by_id) for grid in grids}
        level2 = {id_: grid for id_, line in lines.items() for grid in line if grid.level == 2}
        # One tuple for all stations of a grid.
        paths = {id_: tuple(grid.code for grid in reversed(line)) for id_, line in lines.items()}
        stations = [
            _station(row, level2[row.grid_id] if row.grid_id in level2 else by_id[row.grid_id])
            for row in rows
        ]
        self._now = _Snapshot(
            grids=by_id,
            grids_by_code={grid.code: grid for grid in grids},
            subtrees=_subtrees(lines),
            level2=level2,
            stations=tuple(stations),
            stations_by_id={int(station.id): station for station in stations},
            stations_by_code={station.code: station for station in stations},
            credentials=tuple((row.code, row.secret_hash) for row in rows if row.secret_hash),
            dialects={row.id: read_dialect(row.hj212, row.cadence_s) for row in rows},
            grid_paths={row.code: paths[row.grid_id] for row in rows},
        )

    def station(self, code: str) -> StationInfo | None:
        return self._now.stations_by_code.get(code)

    def station_by_id(self, station_id: int) -> StationInfo | None:
        return self._now.stations_by_id.get(station_id)

    def dialect(self, station_id: int) -> Dialect | None:
        """How the station's HJ 212 frames are read; None where its profile is not one this release knows."""
        return self._now.dialects.get(station_id)

    @property
    def stations_by_id(self) -> Mapping[int, StationInfo]:
        """All stations that are not retired."""
        return self._now.stations_by_id

    @property
    def prefecture(self) -> GridId | None:
        """The grid of level 1; None while the registry is empty."""
        return next((grid.id for grid in self._now.grids.values() if grid.level == 1), None)

    @property
    def grid_paths(self) -> Mapping[str, tuple[str, ...]]:
        """By code of the station: the codes of the grids it lies in, from the prefecture to its own."""
        return self._now.grid_paths

    def own_grid(self, station: str) -> GridInfo:
        """The grid a known station stands in, which may be below the level-2 grid that answers for it."""
        return self._now.grids_by_code[self._now.grid_paths[station][-1]]

    @property
    def stations(self) -> Sequence[StationInfo]:
        """All stations that are not retired, by code."""
        return self._now.stations

    def grid(self, grid_id: int) -> GridInfo | None:
        return self._now.grids.get(grid_id)

    def grid_by_code(self, code: str) -> GridInfo | None:
        return self._now.grids_by_code.get(code)

    @property
    def grids(self) -> Sequence[GridInfo]:
        """All grids by level, then by code."""
        return tuple(self._now.grids.values())

    def subtree(self, grid_id: int) -> frozenset[int]:
        """The grid and all below it; empty for an unknown one."""
        return self._now.subtrees.get(grid_id, frozenset())

    def level2(self, grid_id: int) -> GridInfo | None:
        """The level-2 grid that the grid is or belongs to; None for the prefecture."""
        return self._now.level2.get(grid_id)

    @property
    def credentials(self) -> list[tuple[str, str]]:
        """(station code, secret hash) of every station that may sign in to the broker."""
        return list(self._now.credentials)


def _station(row: Row[*tuple[Any, ...]], answering: GridInfo) -> StationInfo:
    return StationInfo(
        id=StationId(row.id),
        code=row.code,
        name=row.name,
        grid_id=answering.id,
        grid_code=answering.code,
        kind=row.kind,
        purpose=row.purpose,
        cadence_s=row.cadence_s,
    )


def _parent(parent_id: int | None) -> GridId | None:
    return None if parent_id is None else GridId(parent_id)


def _line(grid: GridInfo, by_id: Mapping[int, GridInfo]) -> list[GridInfo]:
    """The grid and everything above it, nearest first."""
    line = [grid]
    while line[-1].parent_id is not None:
        line.append(by_id[line[-1].parent_id])
    return line


def _subtrees(lines: Mapping[int, list[GridInfo]]) -> dict[int, frozenset[int]]:
    below: dict[int, set[int]] = {id_: set() for id_ in lines}
    for id_, line in lines.items():
        for above in line:
            below[above.id].add(id_)
    return {id_: frozenset(ids) for id_, ids in below.items()}
