"""What an alert says for itself: the series around it with its quality flags, the wind, and who upwind may have
caused it.

Taken down with the alert when it opens, so that years later it still says what was known then.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from alerts.instants import instant
from alerts.network.happening import Flagged, Happening, Opened
from alerts.network.site import FINE_S
from alerts.upwind import Source, evidence, likely_sources
from alerts.wind import WindSample
from models.bulk import fetch
from models.enums import POLLUTANTS, AlertKind, AlertScope
from models.facts import StationInfo

BEFORE = timedelta(hours=3)
BEFORE_CADENCES = 24
"""Stations of hours show a day: three values would be no chart."""
MOST_POINTS = 120
MOST_SHOWN = 8
"""Neighbours of an instrument, or members of a region-wide event: as many as a local one is compared with."""
WIND_OF = timedelta(hours=1)
REACH_DEGREES = 0.15
"""A box that holds the reach of `likely_sources` with room to spare at these latitudes."""
NEAR_DEGREES = 0.6
"""Some 50 km: further away nothing is compared."""
SPEECHLESS = (AlertKind.OFFLINE, AlertKind.NETWORK_SILENCE)
"""What was not heard has no series; since when nothing was heard is in the alert itself."""
_NAMES = ", ".join(f"r.{name}" for name in POLLUTANTS)
_SERIES = f"""
SELECT r.station_id, r.observed_at, r.wind_speed, r.wind_direction, {_NAMES}
  FROM reading r
 WHERE r.station_id = ANY($1::int[]) AND r.observed_at > $2 AND r.observed_at <= $3
 ORDER BY r.station_id, r.observed_at
"""
_FLAGS = """
SELECT f.station_id, f.observed_at, f.pollutant, f.level, f.test, f.rule_version
  FROM reading_flag f
 WHERE f.station_id = ANY($1::int[]) AND f.observed_at > $2 AND f.observed_at <= $3
"""
_Flag = tuple[Any, ...]
"""Station, instant, pollutant, level, test, rule version."""
_PLACE = "SELECT lon, lat FROM station WHERE id = $1"
_NEAREST = """
SELECT s.id FROM station s
 WHERE s.id <> $1 AND s.retired_at IS NULL AND (s.cadence_s <= $5) = $6
   AND s.lon BETWEEN $2::float8 - $4 AND $2::float8 + $4 AND s.lat BETWEEN $3::float8 - $4 AND $3::float8 + $4
 ORDER BY ((s.lon - $2) * cos(radians($3))) ^ 2 + (s.lat - $3) ^ 2, s.id LIMIT $7
"""
_SOURCES = """
SELECT s.code, s.name, s.lon, s.lat, s.category, s.pollutants, g.code AS grid
  FROM source s JOIN grid g ON g.id = s.grid_id
 WHERE s.state = 'active'
   AND s.lon BETWEEN $1::float8 - $3 AND $1::float8 + $3 AND s.lat BETWEEN $2::float8 - $3 AND $2::float8 + $3
 ORDER BY s.code
"""


async def explain(
    session: AsyncSession,
    happenings: Sequence[Happening],
    *,
    stations: Mapping[int, StationInfo],
    rule_version: int,
) -> list[Happening]:
    """The same happenings; what opened over something measured carries its evidence.

    Flags of the same happenings count: they are written with the alert, in one transaction.
    """
    new = [
        (h.station, instant(h.observed_at), h.pollutant, h.level, h.test, rule_version)
        for h in happenings
        if isinstance(h, Flagged)
    ]
    return [
        replace(h, why=h.why | await _evidence(session, h, stations, new))
        if isinstance(h, Opened) and h.kind not in SPEECHLESS and h.origin in stations
        else h
        for h in happenings
    ]


async def _evidence(
    session: AsyncSession,
    opened: Opened,
    stations: Mapping[int, StationInfo],
    new: Sequence[_Flag],
) -> dict[str, Any]:
    origin = stations[opened.origin]
    ((lon, lat),) = await fetch(session, _PLACE, origin.id)
    compared = _compared(opened)
    if opened.scope is AlertScope.INSTRUMENT and not compared:
        fine = origin.cadence_s <= FINE_S
        around = await fetch(session, _NEAREST, origin.id, lon, lat, NEAR_DEGREES, FINE_S, fine, MOST_SHOWN)
        compared = [row[0] for row in around]
    near = [station for station in compared if station in stations]
    shown = [origin.id, *near]
    until = instant(opened.detected_at)
    before = max(BEFORE, BEFORE_CADENCES * timedelta(seconds=origin.cadence_s))
    rows = await fetch(session, _SERIES, shown, until - before, until)
    flags: list[_Flag] = [tuple(row) for row in await fetch(session, _FLAGS, shown, until - before, until)]
    flags += [flag for flag in new if until - before < flag[1] <= until]
    # A plume has a source to be found; weather and a broken instrument have none.
    local = opened.scope is AlertScope.LOCAL
    sources = await fetch(session, _SOURCES, lon, lat, REACH_DEGREES) if local else ()
    found = likely_sources(
        lon,
        lat,
        samples=_wind(rows, until),
        signature=_signature(opened) if local else {},
        sources=[
            Source(code, name, at_lon, at_lat, category, tuple(pollutants), grid)
            for code, name, at_lon, at_lat, category, pollutants, grid in sources
        ],
    )
    return {
        "near": [stations[station].code for station in near],
        "series": {
            stations[station].code: _series([row for row in rows if row[0] == station], opened.pollutants)
            for station in shown
        },
        "flags": {
            stations[station].code: told
            for station in shown
            if (told := _flags([x for x in flags if x[0] == station and x[2] in opened.pollutants]))
        },
        "upwind": evidence(found),
    }


def _compared(opened: Opened) -> Sequence[int]:
    """The neighbours it was judged by; of a region-wide event some of its members, from all over the region."""
    if opened.scope is not AlertScope.REGIONAL:
        near: Sequence[int] = opened.why.get("near", ())
        return near
    others = [station for station in opened.stations if station != opened.origin]
    return others[:: -(-len(others) // MOST_SHOWN) or 1]


def _series(rows: Sequence[Any], pollutants: Sequence[str]) -> dict[str, Any]:
    """Instants and values of the pollutants of the event, thinned evenly where there are many."""
    step = -(-len(rows) // MOST_POINTS) or 1
    kept = rows[::-1][::step][::-1]
    columns = [(name, 4 + POLLUTANTS.index(name)) for name in pollutants]
    return {"at": [row[1].isoformat() for row in kept]} | {
        name: [row[column] for row in kept] for name, column in columns
    }


def _flags(flags: Iterable[_Flag]) -> list[dict[str, Any]]:
    """The worst of each value, in the order of time; the newest where there are many."""
    worst: dict[tuple[datetime, str], _Flag] = {}
    for flag in flags:
        value = (flag[1], flag[2])
        if value not in worst or flag[3] > worst[value][3]:
            worst[value] = flag
    return [
        {"at": at.isoformat(), "pollutant": pollutant, "level": level, "test": test, "rule_version": version}
        for _, at, pollutant, level, test, version in sorted(worst.values(), key=lambda flag: flag[1:3])
    ][-MOST_POINTS:]


def _wind(rows: Sequence[Any], until: datetime) -> list[WindSample]:
    return [WindSample(row[2], row[3]) for row in rows if row[2] is not None and row[1] > until - WIND_OF]


def _signature(opened: Opened) -> dict[str, float]:
    """Relative rises over what was there before, where a finding says what that was."""
    base, level = opened.why.get("base", {}), opened.why.get("level", {})
    excess = opened.why.get("excess") or {name: level[name] - base[name] for name in base if name in level}
    return {
        name: excess[name] / max(base[name], 1.0 if name != "co" else 0.1)
        for name in excess
        if name in base and excess[name] > 0
    }
