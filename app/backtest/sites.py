"""A registry file as the detectors see it: stations with the grid that answers and their cadence. No database."""

import statistics
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path

from alerts.network.site import Site
from app.backtest.readings import Row
from app.registry.document import read_text
from app.registry.entries import DEFAULT_CADENCE_S, GridEntry, Registry
from app.registry.file import parse
from models.errors import Invalid

OPENING_STEPS = 24
"""Readings of a station that tell its cadence: their median step bears a gap and a doubled row."""
OPENING_ROWS = 50_000
"""So far into a file the cadence is looked for; who has not spoken by then has the others' cadence."""
LEVEL2 = 2


def read_registry(path: Path) -> Registry:
    """The registry of the file; raises Invalid with one line for what is wrong with it."""
    parsed = parse(read_text(path), str(path), {})
    if parsed.registry is None:
        first, others = parsed.faults[0], len(parsed.faults) - 1
        raise Invalid(first.shown(str(path)) + (f" (and {others} more)" if others else ""))
    if not parsed.registry.stations:
        raise Invalid(f"{path}: the registry has no stations")
    return parsed.registry


@dataclass(frozen=True, slots=True)
class Places:
    """Which grid answers for what, by code."""

    grids: Mapping[str, GridEntry]

    def answering(self, grid: str) -> str:
        """The level-2 grid at or above this one; else the highest known, else the code itself."""
        found = grid
        above: str | None = grid
        while above is not None and above in self.grids:
            found = above
            if self.grids[above].level <= LEVEL2:
                break
            above = self.grids[above].parent
        return found

    def path(self, grid: str) -> tuple[str, ...]:
        """The grid and those above it that are known, from the highest down."""
        found = [grid]
        while (entry := self.grids.get(found[-1])) is not None and entry.parent is not None:
            found.append(entry.parent)
        return tuple(reversed(found))

    def paths(self, registry: Registry) -> dict[str, tuple[str, ...]]:
        """By code of the station: its grids from the highest down; one tuple for all stations of a grid."""
        known = {grid: self.path(grid) for grid in {station.grid for station in registry.stations}}
        return {station.code: known[station.grid] for station in registry.stations}

    def common(self, grids: Iterable[str]) -> str:
        """The prefecture: the one parent of these level-2 grids; `""` without one."""
        parents = {self._parent(grid) for grid in grids}
        return parents.pop() if len(parents) == 1 else ""

    def _parent(self, grid: str) -> str:
        entry = self.grids.get(grid)
        return "" if entry is None else entry.parent or entry.code


def places(registry: Registry) -> Places:
    return Places({grid.code: grid for grid in registry.grids})


def sites(registry: Registry, where: Places, cadence_s: Mapping[int, float]) -> list[Site]:
    """The stations, numbered in the order of the registry; its cadence counts before the measured one.

    A station that is in neither has the median cadence of those that were measured.
    """
    usual = statistics.median(cadence_s.values()) if cadence_s else float(DEFAULT_CADENCE_S)
    return [
        Site(
            id=number,
            code=station.code,
            grid=where.answering(station.grid),
            lon=station.lon,
            lat=station.lat,
            kind=station.kind,
            cadence_s=float(station.cadence_s or cadence_s.get(number, usual)),
        )
        for number, station in enumerate(registry.stations)
    ]


def measured(rows: Iterable[Row], stations: int) -> dict[int, float]:
    """Median step in seconds between the first readings of each station that has at least three."""
    instants: dict[int, list[float]] = {}
    full = 0
    for row in islice(rows, OPENING_ROWS):
        mine = instants.setdefault(row.station, [])
        if len(mine) <= OPENING_STEPS:
            mine.append(row.observed_at)
            full += len(mine) > OPENING_STEPS
            if full == stations:
                break
    found = {}
    for station, seen in instants.items():
        ordered = sorted(set(seen))
        if len(ordered) > 2:
            steps = [b - a for a, b in pairwise(ordered)]
            found[station] = max(1.0, statistics.median(steps))
    return found
