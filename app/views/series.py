"""What one station measured, by minute, hour or day, and how much of what stations promise came.

Values in µg/m³ (co: mg/m³), instants aware UTC, days those of Beijing. Data capture is the readings of the last
24 hours as a share of those that a station's cadence promises.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.views.paging import instant
from models.bulk import fetch
from models.enums import POLLUTANTS

LATELY = timedelta(hours=24)


class Step(StrEnum):
    """How finely a station's values are shown."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class Span:
    """How far back a step reaches, and the interval it means over, as PostgreSQL writes it."""

    back: timedelta
    bin: str


SPANS = {
    Step.MINUTE: Span(timedelta(hours=6), "1 minute"),
    Step.HOUR: Span(timedelta(days=7), "1 hour"),
    Step.DAY: Span(timedelta(days=60), "1 day"),
}
# A window of a Beijing day begins at 16:00 UTC; those of minutes and hours begin with them.
_ORIGIN = "timestamptz '2026-01-01 00:00+08'"
_SERIES = {
    pollutant: f"""
SELECT date_bin($4::text::interval, r.observed_at, {_ORIGIN}) AS bin,
       avg(r.{pollutant}) FILTER (WHERE f.level IS NULL), max(r.{pollutant}) FILTER (WHERE f.level IS NOT NULL),
       count(r.{pollutant}), count(f.level)
  FROM reading r
  LEFT JOIN reading_flag f
    ON f.station_id = r.station_id AND f.observed_at = r.observed_at AND f.pollutant = '{pollutant}' AND f.level <> 2
 WHERE r.station_id = $1 AND r.observed_at >= $2 AND r.observed_at <= $3 AND r.{pollutant} IS NOT NULL
 GROUP BY 1 ORDER BY 1
"""
    for pollutant in POLLUTANTS
}
_CAPTURE = """
SELECT s.code, count(r.observed_at), extract(epoch FROM ($3::timestamptz - $2::timestamptz)) / s.cadence_s
  FROM station s
  LEFT JOIN reading r ON r.station_id = s.id AND r.observed_at > $2 AND r.observed_at <= $3
 WHERE s.code = ANY($1::text[]) GROUP BY s.id
"""


def captured(came: int, promised: float) -> int:
    """Percent of the promised readings that came, never more than 100: some stations send oftener."""
    return 0 if promised <= 0 else min(100, int(100 * came / promised))


async def capture(session: AsyncSession, codes: list[str], now: datetime) -> dict[str, int]:
    """Data capture of the last 24 hours in percent, by station."""
    rows = await fetch(session, _CAPTURE, codes, now - LATELY, now)
    return {code: captured(came, float(promised)) for code, came, promised in rows}


async def series(
    session: AsyncSession, station_id: int, pollutant: str, step: Step, *, now: datetime
) -> dict[str, Any]:
    """What passed as means, and what quality control did not let pass as its highest value, by interval."""
    span = SPANS[step]
    rows = await fetch(session, _SERIES[pollutant], station_id, now - span.back, now, span.bin)
    short = [
        (None if v is None else round(float(v), 2), None if f is None else round(float(f), 2))
        for _, v, f, *_ in rows
    ]
    return {
        "pollutant": pollutant,
        "unit": "mg/m³" if pollutant == "co" else "µg/m³",
        "step": step.value,
        "at": [instant(row[0]) for row in rows],
        "values": [value for value, _ in short],
        "flagged": [value for _, value in short],
        "readings": sum(row[3] for row in rows),
        "stopped": sum(row[4] for row in rows),
    }
