"""What lies around a problem that was reported, and which of the things it led to a reader may look at."""

import math
from collections.abc import Collection
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from alerts.geodesy import distance_m
from app.auth.scope import Scope
from models.bulk import fetch
from models.errors import NotFound

AROUND_M = 5000.0
MOST = 8
"""Stations and sources of each kind on the map."""
_BOX = 300
_STATIONS = """
SELECT code, name, lon, lat, NULL AS category FROM station
 WHERE retired_at IS NULL AND lon BETWEEN $1 AND $2 AND lat BETWEEN $3 AND $4
   AND ($5::int[] IS NULL OR grid_id = ANY($5)) ORDER BY id LIMIT $6
"""
_SOURCES = """
SELECT code, name, lon, lat, category FROM source
 WHERE lon BETWEEN $1 AND $2 AND lat BETWEEN $3 AND $4
   AND ($5::int[] IS NULL OR grid_id = ANY($5)) ORDER BY id LIMIT $6
"""
_OWN = """
SELECT code, name, category FROM source WHERE $1::int[] IS NULL OR grid_id = ANY($1) ORDER BY code LIMIT $2
"""
_BOUNDARIES = """
SELECT name, boundary FROM grid WHERE id = ANY($1) AND boundary IS NOT NULL ORDER BY level, id LIMIT $2
"""
_SEEN = """
SELECT name, lon, lat FROM station WHERE retired_at IS NULL AND lon IS NOT NULL AND lat IS NOT NULL
   AND ($1::int[] IS NULL OR grid_id = ANY($1)) ORDER BY id LIMIT $2
"""
_ORDER = "SELECT grid_id FROM work_order WHERE id = $1"
_TASK = "SELECT grid_id FROM task WHERE id = $1"
_REPORT = "SELECT grid_id FROM up_report WHERE id = $1"


async def ground(session: AsyncSession, grid_ids: Collection[int], scope: Scope) -> dict[str, Any]:
    """What a place is shown by on a map: boundaries of these grids, the widest first, and stations in the scope."""
    grids = None if scope.grid_ids is None else sorted(scope.grid_ids)
    boundaries = await fetch(session, _BOUNDARIES, sorted(grid_ids), MOST)
    stations = await fetch(session, _SEEN, grids, _BOX)
    return {
        "grids": [{"name": name, "boundary": boundary} for name, boundary in boundaries],
        "stations": [{"name": name, "lon": lon, "lat": lat} for name, lon, lat in stations],
    }


async def around(session: AsyncSession, lon: float, lat: float, scope: Scope) -> dict[str, Any]:
    """`near`, stations, and `sources`, registered ones, within AROUND_M that the reader sees, the nearest first."""
    # A degree of latitude is 111 km; near a pole the box is the whole circle.
    high = AROUND_M / 110_000
    wide = high / max(math.cos(math.radians(lat)), 1e-6)
    grids = None if scope.grid_ids is None else sorted(scope.grid_ids)
    found = {}
    for name, statement in (("near", _STATIONS), ("sources", _SOURCES)):
        rows = await fetch(session, statement, lon - wide, lon + wide, lat - high, lat + high, grids, _BOX)
        places = [
            {"code": row.code, "name": row.name, "lon": row.lon, "lat": row.lat, "category": row.category,
             "distance_m": round(distance_m(lon, lat, row.lon, row.lat))}
            for row in rows
        ]  # fmt: skip
        places = [place for place in places if place["distance_m"] <= AROUND_M]
        found[name] = sorted(places, key=lambda place: (place["distance_m"], place["code"]))[:MOST]
    return found


async def sources_seen(session: AsyncSession, scope: Scope, limit: int) -> list[dict[str, str]]:
    """The registered sources in the scope, by code."""
    grids = None if scope.grid_ids is None else sorted(scope.grid_ids)
    rows = await fetch(session, _OWN, grids, limit)
    return [{"code": row.code, "name": row.name, "category": row.category} for row in rows]


async def led_to(session: AsyncSession, report: dict[str, Any], scope: Scope) -> frozenset[str]:
    """Which of `order`, `task` and `report` that it led to lie in the reader's scope."""
    seen = set()
    for name, key, statement in (
        ("order", "order_id", _ORDER), ("task", "task_id", _TASK), ("report", "duplicate_of", _REPORT),
    ):  # fmt: skip
        if report[key] is None:
            continue
        rows = await fetch(session, statement, report[key])
        if rows and scope.sees(rows[0].grid_id):
            seen.add(name)
    return frozenset(seen)


async def report_seen(session: AsyncSession, report_id: int | None, scope: Scope) -> bool:
    """Whether there is such a report in the reader's scope."""
    return report_id is not None and bool(
        await led_to(session, {"order_id": None, "task_id": None, "duplicate_of": report_id}, scope)
    )


async def order_id_of(session: AsyncSession, number: str, scope: Scope) -> int:
    """The order of this number; raises NotFound outside the scope as well."""
    rows = await fetch(session, "SELECT id, grid_id FROM work_order WHERE number = $1", number)
    if not rows or not scope.sees(rows[0].grid_id):
        raise NotFound(f"no order {number}")
    return int(rows[0].id)
