"""What the gaps of a county are found from, as plain values."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class GridFact:
    code: str
    name: str
    level: int
    kind: str
    """administrative, park or key."""
    parent: str | None


@dataclass(frozen=True, slots=True)
class Service:
    """A duty in force of somebody who may sign in."""

    grid: str
    role: str
    person: str
    """User name."""
    name: str
    post: str | None = None
    """Of a chief: party or government; None where it is not recorded."""
    full_time: bool | None = None
    covers: frozenset[str] = frozenset()
    until: date | None = None
    """The last day, where there is one."""


@dataclass(frozen=True, slots=True)
class ListFact:
    """The newest list that was filed or published."""

    as_of: date
    contact: str | None = None
    chiefs_changed_on: date | None = None
    """Since when chiefs or sub-chiefs differ from it; None while they do not."""
    others_changed_on: date | None = None
    """Since when supervisors do."""


@dataclass(frozen=True, slots=True)
class County:
    """A level-2 grid with everything below it, on a day."""

    code: str
    grids: tuple[GridFact, ...]
    """Itself first; every grid stands after the one above it."""
    services: tuple[Service, ...]
    offices: frozenset[str] = frozenset()
    """Grids that have an office 大气办."""
    stations: Mapping[str, str] | None = None
    """Reference stations by code, with the grid each stands in."""
    interests: frozenset[tuple[str, str]] = frozenset()
    """(user name, what) of declared interests in force; what is `source:CODE`, `station:CODE` or `grid:CODE`."""
    filed: ListFact | None = None
    published: ListFact | None = None

    def at(self, level: int, kind: str | None = None) -> Iterator[GridFact]:
        """The grids of a level; key grids only where they are asked for."""
        for grid in self.grids:
            if grid.level == level and (grid.kind == kind if kind else grid.kind != "key"):
                yield grid

    def below(self, code: str) -> Iterator[GridFact]:
        """The grids directly below one."""
        return (grid for grid in self.grids if grid.parent == code and grid.kind != "key")

    def serving(self, grid: str, role: str) -> list[Service]:
        return [service for service in self.services if (service.grid, service.role) == (grid, role)]


def names(grids: Iterable[GridFact]) -> tuple[str, ...]:
    return tuple(grid.name for grid in grids)
