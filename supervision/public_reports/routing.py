"""Which level-2 grid a public report goes to, and which open reports lie near it. Pure."""

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from supervision.public_reports.policy import PublicReportPolicy

_EARTH_M = 6_371_009.0
_SHORTEST_PLACE = 4
"""Characters: fewer name no place that another report could mean too."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a report says it is: degrees WGS 84, or words, or both."""

    lon: float | None = None
    lat: float | None = None
    words: str | None = None


@dataclass(frozen=True, slots=True)
class OpenReport:
    """What is told of another open report: nothing that anybody wrote."""

    id: int
    number: str
    category: str
    state: str
    grid_id: int | None
    received_at: datetime
    spot: Spot


@dataclass(frozen=True, slots=True)
class Near:
    """An open report that may be of the same problem; `metres` is None where only words agree."""

    report: OpenReport
    metres: int | None


def route(
    category: str,
    spot: Spot,
    *,
    covering: Collection[int],
    chosen: int | None,
    names: Mapping[int, str],
    policy: PublicReportPolicy,
) -> int | None:
    """The level-2 grid that answers; None is the prefecture's queue.

    The grid that covers the place goes before the one that was chosen, and that before the one that the words name.
    Where nothing fits, or two grids fit equally, the prefecture decides.
    """
    if category in policy.to_prefecture:
        return None
    if covering:
        if len(covering) == 1:
            return next(iter(covering))
        return chosen if chosen in covering else None
    if chosen is not None and chosen in names:
        return chosen
    named = [grid for grid, name in names.items() if spot.words is not None and name in spot.words]
    return named[0] if len(named) == 1 else None


def nearby(
    category: str,
    spot: Spot,
    reports: Iterable[OpenReport],
    *,
    grid_id: int | None,
    policy: PublicReportPolicy,
    now: datetime,
) -> list[Near]:
    """Open reports of the same category that may be of the same problem, the nearest first.

    By distance where both have a position; else by words, within the same grid.
    """
    since = now - timedelta(days=policy.nearby_days)
    found = []
    for one in reports:
        if one.category != category or one.received_at < since:
            continue
        metres = _distance(spot, one.spot)
        if metres is not None:
            if metres <= policy.nearby_m:
                found.append(Near(one, round(metres)))
        elif one.grid_id == grid_id and _same_words(spot.words, one.spot.words):
            found.append(Near(one, None))
    return sorted(found, key=lambda near: (math.inf if near.metres is None else near.metres, near.report.id))


def _distance(a: Spot, b: Spot) -> float | None:
    if a.lon is None or a.lat is None or b.lon is None or b.lat is None:
        return None
    lat_a, lat_b = math.radians(a.lat), math.radians(b.lat)
    half = (
        math.sin((lat_b - lat_a) / 2) ** 2
        + math.cos(lat_a) * math.cos(lat_b) * math.sin(math.radians(b.lon - a.lon) / 2) ** 2
    )
    return 2 * _EARTH_M * math.asin(min(1.0, math.sqrt(half)))


def _same_words(a: str | None, b: str | None) -> bool:
    if a is None or b is None:
        return False
    one, other = ("".join(c for c in words.casefold() if c.isalnum()) for words in (a, b))
    return min(len(one), len(other)) >= _SHORTEST_PLACE and (one in other or other in one)
