"""What an alert says for itself: the series around it, the wind, and who upwind may have caused it.

Taken down with the alert when it opens, so that years later it still says what was known then.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from alerts.instants import instant
from alerts.network.happening import Happening, Opened
from alerts.upwind import Source, evidence, likely_sources
from alerts.wind import WindSample
from models.bulk import fetch
from models.enums import POLLUTANTS, AlertScope
from models.facts import StationInfo

BEFORE = timedelta(hours=3)
MOST_POINTS = 120
WIND_OF = timedelta(hours=1)
REACH_DEGREES = 0.15
"""A box that holds the reach of `likely_sources` with room to spare at these latitudes."""
_NAMES = ", ".join(f"r.{name}" for name in POLLUTANTS)
_SERIES = f"""
SELECT r.station_id, r.observed_at, r.wind_speed, r.wind_direction, {_NAMES}
  FROM reading r
 WHERE r.station_id = ANY($1::int[]) AND r.observed_at > $2 AND r.observed_at <= $3
 ORDER BY r.station_id, r.observed_at
"""
_PLACES = "SELECT id, lon, lat FROM station WHERE id = ANY($1::int[])"
_SOURCES = """
SELECT s.code, s.name, s.lon, s.lat, s.category, s.pollutants, g.code AS grid
  FROM source s JOIN grid g ON g.id = s.grid_id
 WHERE s.lon BETWEEN $1::float8 - $3 AND $1::float8 + $3 AND s.lat BETWEEN $2::float8 - $3 AND $2::float8 + $3
 ORDER BY s.code
"""


async def explain(
    session: AsyncSession, happenings: Sequence[Happening], *, stations: Mapping[int, StationInfo]
) -> list[Happening]:
    """The same happenings; what opened over somebody's emission carries its evidence."""
    return [
        replace(h, why=h.why | await _evidence(session, h, stations))
        if isinstance(h, Opened) and h.scope is AlertScope.LOCAL and h.origin in stations
        else h
        for h in happenings
    ]


async def _evidence(
    session: AsyncSession, opened: Opened, stations: Mapping[int, StationInfo]
) -> dict[str, Any]:
    near = [station for station in opened.why.get("near", ()) if station in stations]
    until = instant(opened.detected_at)
    rows = await fetch(session, _SERIES, [opened.origin, *near], until - BEFORE, until)
    places = {row[0]: (row[1], row[2]) for row in await fetch(session, _PLACES, [opened.origin])}
    lon, lat = places[opened.origin]
    sources = [
        Source(code, name, at_lon, at_lat, category, tuple(pollutants), grid)
        for code, name, at_lon, at_lat, category, pollutants, grid in await fetch(
            session, _SOURCES, lon, lat, REACH_DEGREES
        )
    ]
    found = likely_sources(
        lon, lat, samples=_wind(rows, until), signature=_signature(opened), sources=sources
    )
    return {
        "near": [stations[station].code for station in near],
        "series": {
            stations[station].code: _series([row for row in rows if row[0] == station], opened.pollutants)
            for station in (opened.origin, *near)
        },
        "upwind": evidence(found),
    }


def _series(rows: Sequence[Any], pollutants: Sequence[str]) -> dict[str, Any]:
    """Instants and values of the pollutants of the event, thinned evenly where there are many."""
    step = -(-len(rows) // MOST_POINTS) or 1
    kept = rows[::-1][::step][::-1]
    columns = [(name, 4 + POLLUTANTS.index(name)) for name in pollutants]
    return {"at": [row[1].isoformat() for row in kept]} | {
        name: [row[column] for row in kept] for name, column in columns
    }


def _wind(rows: Sequence[Any], until: datetime) -> list[WindSample]:
    return [WindSample(row[2], row[3]) for row in rows if row[2] is not None and row[1] > until - WIND_OF]


def _signature(opened: Opened) -> dict[str, float]:
    """Relative rises: excess over what was there before."""
    base, excess = opened.why.get("base", {}), opened.why.get("excess", {})
    return {
        name: excess[name] / max(base[name], 1.0 if name != "co" else 0.1)
        for name in excess
        if name in base and excess[name] > 0
    }
