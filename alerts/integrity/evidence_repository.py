"""All SQL of what signs are looked for in: readings by the hour, positions, days gathered, and how far that is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from models.bulk import fetch

_MIDDLE = "percentile_cont(0.5) WITHIN GROUP (ORDER BY r.{0})::float8"
_LEVELS = ", ".join(_MIDDLE.format(name) for name in ("pm25", "pm10", "so2", "no2", "co", "o3"))
# The median of an hour bears a wrong value or two; the stir is that of readings within one hour.
_HOURLY = f"""
SELECT r.station_id, r.hour, {_LEVELS},
       avg(r.step25) FILTER (WHERE r.step25 IS NOT NULL), avg(r.step10) FILTER (WHERE r.step10 IS NOT NULL), count(*)
  FROM (SELECT station_id, floor(extract(epoch FROM observed_at - $2::timestamptz) / 3600)::int AS hour,
               pm25, pm10, so2, no2, co, o3,
               abs(pm25 - lag(pm25) OVER same_hour) AS step25, abs(pm10 - lag(pm10) OVER same_hour) AS step10
          FROM reading
         WHERE station_id = ANY($1::int[]) AND observed_at >= $2 AND observed_at < $3
           AND num_nonnulls(pm25, pm10, so2, no2, co, o3) > 0
        WINDOW same_hour AS (PARTITION BY station_id, date_trunc('hour', observed_at) ORDER BY observed_at)) AS r
 GROUP BY r.station_id, r.hour
"""
_POSITIONS = """
SELECT * FROM (
    SELECT extract(epoch FROM observed_at)::float8, lon, lat FROM reading
     WHERE station_id = $1 AND observed_at > $2 AND observed_at <= $3 AND lon IS NOT NULL AND lat IS NOT NULL
     ORDER BY observed_at DESC LIMIT $4) AS newest(at, lon, lat)
 ORDER BY at
"""
_PLACES = """
SELECT id, code, lon, lat, kind, cadence_s FROM station WHERE retired_at IS NULL ORDER BY id
"""
_KEEP = """
INSERT INTO station_day (station_id, day, hours)
SELECT t.id, $2, t.hours FROM unnest($1::int[], $3::bytea[]) AS t(id, hours)
ON CONFLICT (station_id, day) DO UPDATE SET hours = excluded.hours
"""
_DAYS = """
SELECT station_id, day, hours FROM station_day
 WHERE station_id = ANY($1::int[]) AND day >= $2 AND day <= $3
"""
_PLAN_LOCK = 0x6765_7368_69  # any number; a day is divided by one engine alone
_PLAN = """
INSERT INTO integrity_part (day, part, parts)
SELECT d, p, $3::smallint FROM unnest($1::date[]) AS d, generate_series(0, $2::int) AS p
 WHERE NOT EXISTS (SELECT FROM integrity_part i WHERE i.day = d) ORDER BY d, p
ON CONFLICT DO NOTHING
"""
_CLAIM_TO_GATHER = """
SELECT day, part, parts FROM integrity_part WHERE gathered_at IS NULL AND judged_at IS NULL
 ORDER BY day, part LIMIT 1 FOR UPDATE SKIP LOCKED
"""
_CLAIM_TO_JUDGE = """
SELECT day, part, parts FROM integrity_part i WHERE judged_at IS NULL AND gathered_at IS NOT NULL
   AND NOT EXISTS (SELECT FROM integrity_part w WHERE w.gathered_at IS NULL AND w.day <= i.day)
 ORDER BY day, part LIMIT 1 FOR UPDATE SKIP LOCKED
"""
_GATHERED = """
UPDATE integrity_part
   SET gathered_at = $3::timestamptz, judged_at = CASE WHEN $4::boolean THEN NULL ELSE $3::timestamptz END
 WHERE day = $1 AND part = $2
"""
_JUDGED = "UPDATE integrity_part SET judged_at = $3 WHERE day = $1 AND part = $2"


@dataclass(frozen=True, slots=True)
class Part:
    """The stations whose id leaves the remainder `part` by `parts`, on one day."""

    day: date
    part: int
    parts: int


async def hourly(
    session: AsyncSession, station_ids: Sequence[int], since: datetime, until: datetime
) -> list[Any]:
    """Rows (station, hour from `since`, six levels, two stirs, count) of the hours that have a reading."""
    return await fetch(session, _HOURLY, list(station_ids), since, until)


async def positions(
    session: AsyncSession, station_id: int, since: datetime, until: datetime, limit: int
) -> list[tuple[float, float, float]]:
    """The newest positions said after `since` up to `until`, oldest first: (epoch seconds, lon, lat)."""
    return [tuple(row) for row in await fetch(session, _POSITIONS, station_id, since, until, limit)]


async def places(session: AsyncSession) -> list[Any]:
    """(id, code, lon, lat, kind, cadence in seconds) of every working station."""
    return await fetch(session, _PLACES)


async def keep(session: AsyncSession, day: date, packed: Sequence[tuple[int, bytes]]) -> None:
    """Writes the days of stations; what was there is replaced."""
    if packed:
        ids, hours = zip(*packed, strict=True)
        await fetch(session, _KEEP, list(ids), day, list(hours))


async def days(
    session: AsyncSession, station_ids: Sequence[int], first: date, last: date
) -> list[tuple[int, date, bytes]]:
    """(station, day, packed hours) of the days gathered, both ends included."""
    return [
        (row[0], row[1], bytes(row[2])) for row in await fetch(session, _DAYS, list(station_ids), first, last)
    ]


async def plan(session: AsyncSession, wanted: Sequence[date], parts: int) -> None:
    """Makes the parts of days that have none yet; two engines never divide one day differently."""
    await fetch(session, "SELECT pg_advisory_xact_lock($1)", _PLAN_LOCK)
    await fetch(session, _PLAN, list(wanted), parts - 1, parts)


async def claim_to_gather(session: AsyncSession) -> Part | None:
    """The next part to be gathered, held until the transaction ends."""
    rows = await fetch(session, _CLAIM_TO_GATHER)
    return Part(*rows[0]) if rows else None


async def claim_to_judge(session: AsyncSession) -> Part | None:
    """The next part whose day, and every day before, is gathered whole; held until the transaction ends."""
    rows = await fetch(session, _CLAIM_TO_JUDGE)
    return Part(*rows[0]) if rows else None


async def gathered(session: AsyncSession, part: Part, now: datetime, *, to_judge: bool) -> None:
    await fetch(session, _GATHERED, part.day, part.part, now, to_judge)


async def judged(session: AsyncSession, part: Part, now: datetime) -> None:
    await fetch(session, _JUDGED, part.day, part.part, now)


async def forget(session: AsyncSession, before: date) -> None:
    """Deletes the days before this one, and the account of them."""
    await fetch(session, "DELETE FROM station_day WHERE day < $1", before)
    await fetch(session, "DELETE FROM integrity_part WHERE day < $1", before)
