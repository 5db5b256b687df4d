"""Whether a person has an interest in what an order is about (annex 1 art. 11): pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from models.ids import GridId, PersonId, StationId


@dataclass(frozen=True, slots=True)
class Interest:
    """A declared conflict in force: exactly one of source, station and grid is named."""

    person: PersonId
    source: str | None = None
    station: StationId | None = None
    grid: GridId | None = None


@dataclass(frozen=True, slots=True)
class Concern:
    """What an order is about: its station, the likely sources, and the grids its place lies in up to level 2."""

    station: StationId | None
    sources: frozenset[str]
    grids: frozenset[GridId]


def touches(interest: Interest, concern: Concern) -> bool:
    return (
        (interest.source is not None and interest.source in concern.sources)
        or (interest.station is not None and interest.station == concern.station)
        or (interest.grid is not None and interest.grid in concern.grids)
    )


def in_conflict(interests: Iterable[Interest], concern: Concern) -> frozenset[PersonId]:
    return frozenset(i.person for i in interests if touches(i, concern))
