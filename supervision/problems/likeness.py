"""Which problems may be the same one: proposed to a person, who decides; nothing is merged by itself. Pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

NEAR_M = 300.0
NEAR = timedelta(days=30)
MOST = 10
Distance = Callable[[float, float, float, float], float]
"""Metres between two places: lon, lat, lon, lat."""


@dataclass(frozen=True, slots=True)
class Found:
    """What was found where and when; `key` is whatever names it to whoever asks."""

    key: int
    grid_id: int
    category: str
    found_at: datetime
    lon: float | None = None
    lat: float | None = None
    source_id: int | None = None


@dataclass(frozen=True, slots=True)
class Alike:
    key: int
    distance_m: float | None
    """None where only the registered source is the same."""
    same_source: bool


def alike(one: Found, others: Iterable[Found], distance: Distance) -> list[Alike]:
    """Those of the same grid and category that were found near it within some days, the nearest first.

    Near is within NEAR_M, or at the same registered source. Without place and source nothing is said.
    """
    found = []
    for other in others:
        if other.key == one.key or (other.grid_id, other.category) != (one.grid_id, one.category):
            continue
        if abs(other.found_at - one.found_at) > NEAR:
            continue
        away = _away(one, other, distance)
        same_source = one.source_id is not None and one.source_id == other.source_id
        if same_source or (away is not None and away <= NEAR_M):
            found.append(Alike(other.key, away, same_source))
    found.sort(key=lambda a: (not a.same_source, NEAR_M if a.distance_m is None else a.distance_m, a.key))
    return found[:MOST]


def _away(one: Found, other: Found, distance: Distance) -> float | None:
    if one.lon is None or one.lat is None or other.lon is None or other.lat is None:
        return None
    return distance(one.lon, one.lat, other.lon, other.lat)
