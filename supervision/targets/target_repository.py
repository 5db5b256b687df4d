"""All SQL of targets: the newest version of each, and the days it is held against."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from models.air import AirTarget
from models.bulk import fetch
from models.enums import StationPurpose
from models.registry import Grid, Station

_NEWEST = (
    select(AirTarget, Grid.code.label("grid"), Station.code.label("station"))
    .outerjoin(Grid, Grid.id == AirTarget.grid_id)
    .outerjoin(Station, Station.id == AirTarget.station_id)
    .ext(distinct_on(AirTarget.grid_id, AirTarget.station_id, AirTarget.pollutant))
    .order_by(AirTarget.grid_id, AirTarget.station_id, AirTarget.pollutant, AirTarget.version.desc())
)
_WARN = """
INSERT INTO air_target_warning (grid_id, station_id, month, pollutant, target, to_date, remaining, told_at)
SELECT (SELECT id FROM grid WHERE code = $1::text), (SELECT id FROM station WHERE code = $2::text), $3::date, $4::text,
       $5::numeric, $6::numeric, $7::smallint, $8::timestamptz
ON CONFLICT DO NOTHING RETURNING id
"""


async def newest(session: AsyncSession, year: int) -> Sequence[Any]:
    """Rows (AirTarget, grid code, station code) of a year, the newest version of each; none of background stations."""
    judged = Station.purpose.is_distinct_from(StationPurpose.BACKGROUND.value)
    return (await session.execute(_NEWEST.where(AirTarget.year == year, judged))).all()


async def version_of(
    session: AsyncSession, *, grid_id: int | None, station_id: int | None, year: int, pollutant: str
) -> AirTarget | None:
    """The newest version of one target."""
    statement = (
        select(AirTarget)
        .where(
            AirTarget.grid_id.is_not_distinct_from(grid_id),
            AirTarget.station_id.is_not_distinct_from(station_id),
            AirTarget.year == year,
            AirTarget.pollutant == pollutant,
        )
        .order_by(AirTarget.version.desc())
        .limit(1)
    )
    return (await session.scalars(statement)).first()


async def grid_of(session: AsyncSession, code: str) -> int | None:
    """The id of a level-2 grid."""
    found: int | None = await session.scalar(select(Grid.id).where(Grid.code == code, Grid.level == 2))
    return found


async def station_of(session: AsyncSession, code: str) -> int | None:
    """The id of a station."""
    found: int | None = await session.scalar(select(Station.id).where(Station.code == code))
    return found


async def counts(session: AsyncSession, station_id: int) -> bool:
    """Whether the air of a station is judged: that of a background station is not."""
    found = await session.scalar(select(Station.purpose).where(Station.id == station_id))
    return found == StationPurpose.EVALUATION


async def warn(
    session: AsyncSession,
    *,
    grid: str | None,
    station: str | None,
    month: date,
    pollutant: str,
    target: Decimal,
    to_date: Decimal,
    remaining: int,
    now: datetime,
) -> bool:
    """Keeps that a target cannot be met; False where that was kept before."""
    rows = await fetch(session, _WARN, grid, station, month, pollutant, target, to_date, remaining, now)
    return bool(rows)
