"""What a registry file says, as frozen values. None in an optional field: the file says nothing about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from models.enums import POLLUTANTS, Role
from models.said import Said

GRID_KINDS = ("administrative", "park", "key")
SOURCE_POLLUTANTS = (*POLLUTANTS, "tsp", "nox", "voc", "nh3")
"""What a source may emit: the six that stations measure and four that only source lists speak of."""
DEFAULT_CADENCE_S = 60

Boundary = dict[str, Any]
"""GeoJSON Polygon or MultiPolygon with coordinates as floats, WGS 84 degrees."""


@dataclass(frozen=True, slots=True)
class GridEntry:
    code: str
    name: str
    level: int
    parent: str | None = None
    kind: str | None = None
    boundary: Boundary | None = None
    aliases: tuple[str, ...] | None = None
    borrowed: bool = False
    """Not in the file but needed by it: taken from the shipped registry, never overwrites what is loaded."""


@dataclass(frozen=True, slots=True)
class DutyEntry:
    """A role in a grid from `valid_from` (when it is loaded, if None) until `valid_to` (open, if None)."""

    grid: str
    role: Role
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    post: str | None = None
    full_time: bool | None = None
    covers: tuple[str, ...] | None = None
    """Codes of the grids directly below that a sub-chief answers for."""


@dataclass(frozen=True, slots=True)
class PersonEntry:
    username: str
    name: str
    phone: str | None = None
    password: str | None = field(default=None, repr=False)
    duties: tuple[DutyEntry, ...] | None = None


@dataclass(frozen=True, slots=True)
class StationEntry:
    code: str
    name: str
    grid: str
    """The file's, or the level-2 grid whose boundary contains the station."""
    lon: float
    lat: float
    kind: str
    secret: str | None = field(default=None, repr=False)
    cadence_s: int | None = None
    """Expected seconds between two readings; `DEFAULT_CADENCE_S` for a new station without one."""
    purpose: str | None = None
    """Of a reference station; of any other it is `evaluation`."""
    hj212: dict[str, Any] | None = None
    """How its HJ 212 frames are read; `{}` is the strict default again."""


@dataclass(frozen=True, slots=True)
class SourceEntry:
    code: str
    name: str
    grid: str
    lon: float
    lat: float
    category: str
    pollutants: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Registry:
    """A faultless file; grids stand with parents before their children."""

    grids: tuple[GridEntry, ...]
    people: tuple[PersonEntry, ...]
    stations: tuple[StationEntry, ...]
    sources: tuple[SourceEntry, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and where: the line (from 1) where known, and a path such as `stations[3].lon`."""

    line: int | None
    path: str
    sentence: str
    label: str = ""
    """What it is about, such as `station WZ-652301-001`."""

    @property
    def message(self) -> str:
        """The sentence with its label; both are `Said` where the loader found them."""
        if not self.label:
            return self.sentence
        return Said("%(label)s: %(fault)s", label=self.label, fault=self.sentence)

    def shown(self, file: str) -> str:
        """`FILE:LINE: path: message`, leaving out what is not known."""
        where = f"{file}:{self.line}" if self.line is not None else file
        return ": ".join(part for part in (where, self.path, self.message) if part)


@dataclass(frozen=True, slots=True)
class Parsed:
    """All faults in the order of the file, or a registry without one."""

    faults: tuple[Fault, ...]
    registry: Registry | None


class KnownGrid(NamedTuple):
    """A grid that is loaded already."""

    level: int
    boundary: Boundary | None = None
    parent: str | None = None


KnownGrids = Mapping[str, KnownGrid]
