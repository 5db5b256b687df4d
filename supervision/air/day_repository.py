"""All SQL of days: readings by the hour, the days made of them, and which days are due."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from models.air import AirDay
from models.bulk import bulk_insert, fetch
from models.enums import POLLUTANTS, AirSource
from models.passed import FLAGS, PASSED

# Of what passed quality control; 45 minutes of the hour are wanted, for particles too.
_LEVELS = ", ".join(
    f"CASE WHEN count(*) FILTER (WHERE passed_{p}) * s.cadence_s >= 2700"
    f" THEN round(avg({p}) FILTER (WHERE passed_{p})::numeric * 1000)::int END AS {p}"
    for p in POLLUTANTS
)
_HOURS = f"""
SELECT s.id, h.hour, {", ".join(f"h.{p}" for p in POLLUTANTS)}
  FROM (SELECT id, least(cadence_s, 3600) AS cadence_s FROM station WHERE id = ANY($1::int[])) AS s
 CROSS JOIN LATERAL (
   SELECT hour, {_LEVELS}
     FROM (
       SELECT floor(extract(epoch FROM r.observed_at - $2::timestamptz) / 3600)::int AS hour, {PASSED}
         FROM reading r {FLAGS}
        WHERE r.station_id = s.id AND r.observed_at >= $2 AND r.observed_at < $3
     ) AS judged
    GROUP BY hour
 ) AS h
"""
_COLUMNS = (
    "station_id",
    "day",
    *(f"{p}_{part}" for p in POLLUTANTS for part in ("sum", "count")),
    "o3_windows",
    "hours",
    "source",
    "computed_at",
    "import_id",
)
# What the Region delivered is not overwritten by what the service made itself.
_KEEP = (
    "ON CONFLICT (station_id, day) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS[2:])
    + f" WHERE air_day.source = '{AirSource.READINGS.value}' OR excluded.source = '{AirSource.IMPORTED.value}'"
)
_PLAN = """
INSERT INTO air_gathering (day) SELECT unnest($1::date[]) ON CONFLICT DO NOTHING
"""
_CLAIM = """
SELECT day, gathered_at IS NOT NULL FROM air_gathering
 WHERE day >= $3 AND (gathered_at IS NULL AND day < $1 OR gathered_at IS NOT NULL AND again_at IS NULL AND day < $2)
 ORDER BY day LIMIT 1 FOR UPDATE SKIP LOCKED
"""
_DONE = """
UPDATE air_gathering SET gathered_at = coalesce(gathered_at, $2), again_at = CASE WHEN $3::boolean THEN $2 END
 WHERE day = $1
"""
_STATIONS = "SELECT id FROM station WHERE retired_at IS NULL OR retired_at >= $1 ORDER BY id"
_DAYS = f"""
SELECT station_id, day, {", ".join(f"{p}_sum, {p}_count" for p in POLLUTANTS)}
  FROM air_day WHERE station_id = ANY($1::int[]) AND day >= $2 AND day <= $3 ORDER BY station_id, day
"""
_IMPORTED = """
SELECT station_id, day, hours FROM air_day
 WHERE source = $1 AND station_id = ANY($2::int[]) AND day = ANY($3::date[]) FOR UPDATE
"""
_HOURS_OF = """
SELECT station_id, day, hours FROM air_day WHERE station_id = ANY($1::int[]) AND day >= $2 AND day <= $3
"""


async def imported(
    session: AsyncSession, station_ids: Sequence[int], days: Sequence[date]
) -> dict[tuple[int, date], bytes]:
    """The packed hours of what was delivered of these stations and days, held until the transaction ends."""
    rows = await fetch(session, _IMPORTED, AirSource.IMPORTED.value, list(station_ids), list(days))
    return {(row[0], row[1]): bytes(row[2]) for row in rows}


async def hours_of(
    session: AsyncSession, station_ids: Sequence[int], first: date, last: date
) -> dict[tuple[int, date], bytes]:
    """The packed hours of [first, last] by station and day, where there are any."""
    rows = await fetch(session, _HOURS_OF, list(station_ids), first, last)
    return {(row[0], row[1]): bytes(row[2]) for row in rows}


async def hourly(
    session: AsyncSession, station_ids: Sequence[int], since: datetime, until: datetime
) -> list[Any]:
    """Rows (station, hour from 0, thousandths by pollutant or None) of [since, until)."""
    return await fetch(session, _HOURS, list(station_ids), since, until)


async def keep(session: AsyncSession, rows: Sequence[tuple[Any, ...]]) -> None:
    """Writes days, in the order of the table's columns; those the Region delivered stay."""
    if rows:
        await bulk_insert(session, AirDay, _COLUMNS, list(zip(*rows, strict=True)), _KEEP)


async def plan(session: AsyncSession, days: Sequence[date]) -> None:
    """Lists days that are to be gathered, once."""
    await fetch(session, _PLAN, list(days))


async def claim(
    session: AsyncSession, *, over: date, settled: date, oldest: date
) -> tuple[date, bool] | None:
    """A day before `over` never gathered, or before `settled` once; held until the transaction ends."""
    rows = await fetch(session, _CLAIM, over, settled, oldest)
    return (rows[0][0], bool(rows[0][1])) if rows else None


async def done(session: AsyncSession, day: date, *, again: bool, now: datetime) -> None:
    """Marks a claimed day as gathered, or as gathered again."""
    await fetch(session, _DONE, day, now, again)


async def stations(session: AsyncSession, since: datetime) -> list[int]:
    """The ids of the stations that worked at some instant since then."""
    return [row[0] for row in await fetch(session, _STATIONS, since)]


async def days_of(session: AsyncSession, station_ids: Sequence[int], first: date, last: date) -> list[Any]:
    """Rows (station, day, sum and count by pollutant) of what was gathered, by station and day."""
    return await fetch(session, _DAYS, list(station_ids), first, last)
