"""All SQL of the registry's duties: who serves where, the offices, and the lists as they were filed and published."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from models.bulk import fetch
from models.duty import GridOffice, StaffList
from models.enums import ListKind, StationKind
from models.registry import Grid, Person

# Parents stand before their children, so that a page reads from the top down.
_GRIDS = """
WITH RECURSIVE below AS (
    SELECT id, id AS county, ARRAY[code::text] AS path FROM grid WHERE level = 2 AND id = ANY($1::int[])
    UNION ALL
    SELECT g.id, b.county, b.path || g.code::text FROM grid g JOIN below b ON g.parent_id = b.id
)
SELECT b.county, g.id, g.code, g.name, g.level, g.kind, p.code
  FROM below b JOIN grid g ON g.id = b.id LEFT JOIN grid p ON p.id = g.parent_id ORDER BY b.path
"""
_SERVICES = """
SELECT d.grid_id, d.role, p.username, p.name, d.post, d.full_time,
       array_remove(array_agg(g.code), NULL), d.valid_to
  FROM duty d JOIN person p ON p.id = d.person_id
  LEFT JOIN duty_cover c ON c.duty_id = d.id LEFT JOIN grid g ON g.id = c.grid_id
 WHERE d.grid_id = ANY($1::int[]) AND d.role = ANY($2::text[]) AND p.disabled_at IS NULL
   AND d.valid_from <= $3 AND (d.valid_to IS NULL OR d.valid_to > $3)
 GROUP BY d.id, p.id ORDER BY d.grid_id, d.valid_from, d.id
"""
# Whoever ends with somebody of the same post to follow leaves no gap.
_FOLLOWED = """
SELECT d.grid_id, d.role, d.post, d.valid_from FROM duty d JOIN person p ON p.id = d.person_id
 WHERE d.grid_id = ANY($1::int[]) AND d.role IN ('chief', 'sub_chief') AND d.valid_from > $2 AND p.disabled_at IS NULL
"""
_CHANGES = """
SELECT d.grid_id, d.role, x.at FROM duty d JOIN person p ON p.id = d.person_id
 CROSS JOIN LATERAL (VALUES (d.valid_from), (d.valid_to), (p.disabled_at)) x (at)
 WHERE d.grid_id = ANY($1::int[]) AND d.role = ANY($2::text[]) AND x.at > $3 AND x.at <= $4
"""
_INTERESTS = """
SELECT p.username, COALESCE('source:' || s.code, 'station:' || t.code, 'grid:' || g.code)
  FROM conflict_of_interest c JOIN person p ON p.id = c.person_id
  LEFT JOIN source s ON s.id = c.source_id LEFT JOIN station t ON t.id = c.station_id
  LEFT JOIN grid g ON g.id = c.grid_id
 WHERE c.valid_from <= $1 AND (c.valid_to IS NULL OR c.valid_to > $1) AND c.ended_at IS NULL
"""
_STATIONS = (
    "SELECT code, grid_id FROM station WHERE kind = $1 AND retired_at IS NULL AND grid_id = ANY($2::int[])"
)
_LOCK = 0x6765_7368_6475  # any number; the lists of counties are entered one at a time


async def lock(session: AsyncSession) -> None:
    """Whoever enters a list holds this until the transaction ends."""
    await fetch(session, "SELECT pg_advisory_xact_lock($1)", _LOCK)


async def counties(session: AsyncSession) -> list[int]:
    """The ids of the level-2 grids, in the order of their codes."""
    return list(await session.scalars(select(Grid.id).where(Grid.level == 2).order_by(Grid.code)))


async def grids(session: AsyncSession, county_ids: Sequence[int]) -> list[Any]:
    """Rows (county id, id, code, name, level, kind, code of the parent), the county itself first."""
    return list(await fetch(session, _GRIDS, list(county_ids)))


async def services(
    session: AsyncSession, grid_ids: Sequence[int], roles: Sequence[str], now: datetime
) -> list[Any]:
    """Rows (grid id, role, user name, name, post, full time, codes covered, end) of duties in force."""
    return list(await fetch(session, _SERVICES, list(grid_ids), list(roles), now))


async def following(
    session: AsyncSession, grid_ids: Sequence[int], now: datetime
) -> set[tuple[int, str, str | None]]:
    """(grid id, role, post) of chiefs and sub-chiefs that are still to come."""
    rows = await fetch(session, _FOLLOWED, list(grid_ids), now)
    return {(row[0], row[1], row[2]) for row in rows}


async def changes(
    session: AsyncSession, grid_ids: Sequence[int], roles: Sequence[str], since: datetime, until: datetime
) -> list[tuple[int, str, datetime]]:
    """(grid id, role, instant) of every beginning and end of such duties in (since, until]."""
    rows = await fetch(session, _CHANGES, list(grid_ids), list(roles), since, until)
    return [(row[0], row[1], row[2]) for row in rows]


async def interests(session: AsyncSession, now: datetime) -> list[tuple[str, str]]:
    """(user name, what) of the declared interests in force; their reasons are private and not read."""
    return [(row[0], row[1]) for row in await fetch(session, _INTERESTS, now)]


async def reference_stations(session: AsyncSession, grid_ids: Sequence[int]) -> list[tuple[str, int]]:
    """(code, grid id) of the state- and region-controlled stations in service."""
    rows = await fetch(session, _STATIONS, StationKind.REFERENCE.value, list(grid_ids))
    return [(row[0], row[1]) for row in rows]


async def offices(session: AsyncSession, grid_ids: Sequence[int]) -> dict[int, GridOffice]:
    """The newest office of each grid that has one."""
    statement = (
        select(GridOffice)
        .where(GridOffice.grid_id.in_(grid_ids))
        .ext(distinct_on(GridOffice.grid_id))
        .order_by(GridOffice.grid_id, GridOffice.id.desc())
    )
    return {row.grid_id: row for row in await session.scalars(statement)}


async def newest_lists(
    session: AsyncSession, county_ids: Sequence[int]
) -> dict[tuple[int, ListKind], StaffList]:
    """The newest list of each kind and county."""
    statement = (
        select(StaffList)
        .where(StaffList.grid_id.in_(county_ids))
        .ext(distinct_on(StaffList.grid_id, StaffList.kind))
        .order_by(StaffList.grid_id, StaffList.kind, StaffList.id.desc())
    )
    return {(row.grid_id, ListKind(row.kind)): row for row in await session.scalars(statement)}


async def lists_of(
    session: AsyncSession,
    *,
    grid_id: int | None = None,
    list_id: int | None = None,
    before: int | None = None,
    limit: int,
) -> Sequence[Any]:
    """Rows (StaffList, code of the grid, who entered it, who noted it), the newest first."""
    noter = aliased(Person)
    statement = (
        select(StaffList, Grid.code, Person.name, noter.name)
        .join(Grid, Grid.id == StaffList.grid_id)
        .join(Person, Person.id == StaffList.entered_by)
        .outerjoin(noter, noter.id == StaffList.noted_by)
        .order_by(StaffList.id.desc())
        .limit(limit)
    )
    if grid_id is not None:
        statement = statement.where(StaffList.grid_id == grid_id)
    if list_id is not None:
        statement = statement.where(StaffList.id == list_id)
    if before is not None:
        statement = statement.where(StaffList.id < before)
    return (await session.execute(statement)).all()


async def held_list(session: AsyncSession, list_id: int) -> StaffList | None:
    """One list, locked."""
    return await session.get(StaffList, list_id, with_for_update=True, populate_existing=True)


async def grid(session: AsyncSession, grid_id: int) -> Grid | None:
    return await session.get(Grid, grid_id)


async def waiting(session: AsyncSession) -> int:
    """How many filed lists the prefecture has not taken note of."""
    statement = select(func.count()).where(
        StaffList.kind == ListKind.FILED.value, StaffList.noted_at.is_(None)
    )
    return int(await session.scalar(statement) or 0)
