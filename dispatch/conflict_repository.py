"""SQL of the conflict register, and of what an order is about."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.conflicts import Interest
from models.bulk import fetch
from models.conflict import ConflictOfInterest
from models.ids import AlertId, GridId, OrderId, PersonId, StationId

_INTERESTS = """
SELECT c.person_id, s.code, c.station_id, c.grid_id
  FROM conflict_of_interest c LEFT JOIN source s ON s.id = c.source_id
 WHERE c.person_id = ANY($1::int[]) AND c.valid_from <= $2 AND (c.valid_to IS NULL OR c.valid_to > $2)
   AND (c.ended_at IS NULL OR c.ended_at > $2)
"""
# The grids a station stands in, from its own up to level 2.
_PLACES = """
WITH RECURSIVE line AS (
    SELECT s.id AS station, g.id, g.parent_id, g.level FROM station s JOIN grid g ON g.id = s.grid_id
     WHERE s.id = ANY($1::int[])
    UNION ALL
    SELECT line.station, g.id, g.parent_id, g.level FROM line JOIN grid g ON g.id = line.parent_id WHERE g.level >= 2
)
SELECT station, array_agg(id) FROM line GROUP BY station
"""
_SOURCES = "SELECT id, (why -> 'upwind' -> 'sources')::text FROM alert WHERE id = ANY($1::bigint[])"
# What lies in these grids, in short: source, station or grid, and its code.
_WITHIN = """
SELECT n.username, CASE WHEN s.id IS NOT NULL THEN 'source' WHEN t.id IS NOT NULL THEN 'station' ELSE 'grid' END,
       coalesce(s.code, t.code, g.code)
  FROM conflict_of_interest c JOIN person n ON n.id = c.person_id
  LEFT JOIN source s ON s.id = c.source_id LEFT JOIN station t ON t.id = c.station_id
  LEFT JOIN grid g ON g.id = c.grid_id
 WHERE c.person_id = ANY($1::int[]) AND coalesce(s.grid_id, t.grid_id, c.grid_id) = ANY($2::int[])
   AND (c.valid_to IS NULL OR c.valid_to > $3) AND (c.ended_at IS NULL OR c.ended_at > $3)
 ORDER BY c.person_id, c.id
"""
_decode = msgspec.json.Decoder().decode


async def interests(session: AsyncSession, people: Collection[PersonId], at: datetime) -> list[Interest]:
    """What these people have declared, or was declared of them, and is in force."""
    if not people:
        return []
    return [
        Interest(
            PersonId(person),
            source,
            None if station is None else StationId(station),
            None if grid is None else GridId(grid),
        )
        for person, source, station, grid in await fetch(session, _INTERESTS, sorted(people), at)
    ]


async def places(
    session: AsyncSession, stations: Collection[StationId]
) -> dict[StationId, frozenset[GridId]]:
    if not stations:
        return {}
    rows = await fetch(session, _PLACES, sorted(stations))
    return {StationId(station): frozenset(GridId(g) for g in grids) for station, grids in rows}


async def named_sources(session: AsyncSession, alerts: Sequence[AlertId]) -> dict[AlertId, object]:
    """`why.upwind.sources` of each of these alerts that has any."""
    if not alerts:
        return {}
    rows = await fetch(session, _SOURCES, sorted(alerts))
    return {AlertId(id_): _decode(text) for id_, text in rows if text is not None}


async def order_place(
    session: AsyncSession, order_id: OrderId
) -> tuple[GridId, StationId | None, list[AlertId]] | None:
    """Grid, station, and the alerts that the order is about."""
    rows = await fetch(
        session,
        "SELECT grid_id, station_id, ARRAY(SELECT a.id FROM alert a WHERE a.order_id = o.id) FROM work_order o"
        " WHERE o.id = $1",
        order_id,
    )
    if not rows:
        return None
    grid, station, alerts = rows[0]
    return GridId(grid), None if station is None else StationId(station), [AlertId(a) for a in alerts]


async def within(
    session: AsyncSession, people: Collection[PersonId], grids: Collection[int], at: datetime
) -> list[tuple[str, str, str]]:
    """User name, kind and code of what they have an interest in within these grids, now or later."""
    rows = await fetch(session, _WITHIN, sorted(people), sorted(grids), at) if people else []
    return [(username, kind, code) for username, kind, code in rows]


async def add(session: AsyncSession, **values: Any) -> int:
    statement = insert(ConflictOfInterest).values(**values).returning(ConflictOfInterest.id)
    return (await session.execute(statement)).scalar_one()


async def end(session: AsyncSession, id_: int, *, by: PersonId, reason: str, now: datetime) -> bool:
    """False when it is over already."""
    rows = await fetch(
        session,
        "UPDATE conflict_of_interest SET ended_at = $2, ended_by = $3, end_reason = $4"
        " WHERE id = $1 AND ended_at IS NULL AND (valid_to IS NULL OR valid_to > $2) RETURNING id",
        id_,
        now,
        by,
        reason,
    )
    return bool(rows)
