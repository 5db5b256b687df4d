"""All SQL of months: what a month is computed from, and the months that were computed and signed."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models.air import AirExclusion, AirMonth, AirPublished
from models.bulk import fetch
from models.enums import CaseState, MonthState, StationKind, StationPurpose
from models.registry import Grid

_LOCK = 0x6765_7368_6169_72  # any number; months are computed one at a time
# The stations of the national and regional network, with the county or park they stand in.
_OF_UNITS = """
WITH RECURSIVE below AS (
    SELECT id, id AS unit FROM grid WHERE level = 2
    UNION ALL
    SELECT g.id, b.unit FROM grid g JOIN below b ON g.parent_id = b.id
)
SELECT s.id, s.code, b.unit FROM station s JOIN below b ON b.id = s.grid_id
 WHERE s.kind = $1 AND s.purpose = $3 AND (s.retired_at IS NULL OR s.retired_at >= $2) ORDER BY s.code
"""
# A day of Beijing is void when a sign of a case that two people confirmed touches it (annex 3 art. 6).
_VOID = """
SELECT DISTINCT c.station_id, d::date
  FROM integrity_case c JOIN integrity_sign g ON g.case_id = c.id
 CROSS JOIN LATERAL generate_series(
       (g.began_at AT TIME ZONE 'Asia/Shanghai')::date, (g.until_at AT TIME ZONE 'Asia/Shanghai')::date, '1 day') AS d
 WHERE c.state = $1 AND c.seconded_at IS NOT NULL AND c.station_id = ANY($2::int[]) AND d::date BETWEEN $3 AND $4
 ORDER BY 1, 2
"""


async def lock(session: AsyncSession) -> None:
    """Whoever computes or signs a month holds this until the transaction ends."""
    await fetch(session, "SELECT pg_advisory_xact_lock($1)", _LOCK)


async def units(session: AsyncSession) -> dict[int, str]:
    """The codes of the level-2 grids by id."""
    rows = await session.execute(select(Grid.id, Grid.code).where(Grid.level == 2).order_by(Grid.code))
    return {row.id: row.code for row in rows}


async def reference_stations(session: AsyncSession, since: datetime) -> list[tuple[int, str, int]]:
    """Id, code and unit of the reference stations that count for their unit and worked at some instant since then."""
    return await _of_units(session, since, StationPurpose.EVALUATION)


async def background_stations(session: AsyncSession, since: datetime) -> list[tuple[int, str, int]]:
    """Id, code and unit of the background stations, which do not count for it (HJ 663, HJ 664)."""
    return await _of_units(session, since, StationPurpose.BACKGROUND)


async def _of_units(
    session: AsyncSession, since: datetime, purpose: StationPurpose
) -> list[tuple[int, str, int]]:
    rows = await fetch(session, _OF_UNITS, StationKind.REFERENCE.value, since, purpose.value)
    return [(row[0], row[1], row[2]) for row in rows]


async def void_days(
    session: AsyncSession, station_ids: Sequence[int], first: date, last: date
) -> dict[int, list[date]]:
    """The days that confirmed interference voids, by station."""
    found: dict[int, list[date]] = {}
    for station, day in await fetch(
        session, _VOID, CaseState.CONFIRMED.value, list(station_ids), first, last
    ):
        found.setdefault(station, []).append(day)
    return found


async def exclusions(session: AsyncSession, first: date, last: date) -> Sequence[AirExclusion]:
    """What is taken out of the days of [first, last], by unit and day."""
    statement = (
        select(AirExclusion)
        .where(AirExclusion.day.between(first, last), AirExclusion.withdrawn_at.is_(None))
        .order_by(AirExclusion.grid_id, AirExclusion.day)
    )
    return (await session.scalars(statement)).all()


async def published(session: AsyncSession, month: date) -> dict[int, AirPublished]:
    """The newest published index of each unit for a month."""
    statement = (
        select(AirPublished)
        .where(AirPublished.month == month)
        .order_by(AirPublished.grid_id, AirPublished.version)
    )
    return {row.grid_id: row for row in await session.scalars(statement)}


async def month_of(session: AsyncSession, month: date, *states: MonthState) -> AirMonth | None:
    """The month in one of these states: at most one draft, and one in force."""
    statement = select(AirMonth).where(
        AirMonth.month == month, AirMonth.state.in_([state.value for state in states])
    )
    return (await session.scalars(statement.order_by(AirMonth.version.desc()).limit(1))).first()


async def next_version(session: AsyncSession, month: date) -> int:
    """The version that a newly computed month gets."""
    newest = await session.scalar(select(func.max(AirMonth.version)).where(AirMonth.month == month))
    return (newest or 0) + 1


async def supersede(session: AsyncSession, month: date) -> None:
    """What was in force gives way to what is signed in this transaction."""
    await session.execute(
        update(AirMonth)
        .where(AirMonth.month == month, AirMonth.state == MonthState.SIGNED.value)
        .values(state=MonthState.SUPERSEDED.value)
    )
