"""The pages of the network: every station with its health and how much of its data came, and one station's air.

Data capture is the readings of the last 24 hours as a share of those that its cadence promises. Days are Beijing days.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import JSONResponse
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.rights import subtree_filter
from app.auth.callers import caller_of, context_of
from app.auth.scope import Caller
from app.console.names import POLLUTANT
from app.console.page_route import PageRoute
from app.console.pages import FRESH, page, words_of
from app.console.texts import N_
from app.views.alerts import list_alerts
from app.views.paging import instant
from app.views.silences import list_silences
from app.views.stations import list_stations, station_document, station_id_of
from models.bulk import fetch
from models.enums import POLLUTANTS
from models.errors import Invalid

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Whoever = Annotated[Caller, Depends(caller_of)]
ROWS = 100
LATELY = timedelta(hours=24)
LISTED = 20
"""Findings and silences on one station's page; the newest."""


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
STEP_NAMES = {
    Step.MINUTE: N_("minutes, 6 hours back"),
    Step.HOUR: N_("hours, 7 days back"),
    Step.DAY: N_("days, 60 days back"),
}
HEALTH_NAMES = {"online": N_("online"), "offline": N_("offline"), "never": N_("has never reported")}
SERIES_WORDS = {
    "none": N_("There are no readings of that time any more."),
    "flagged": N_("flagged by quality control"),
    "mean": N_("mean"),
    "readings": N_("readings"),
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
        "name": POLLUTANT[pollutant],
        "unit": "mg/m³" if pollutant == "co" else "µg/m³",
        "step": step.value,
        "at": [instant(row[0]) for row in rows],
        "values": [value for value, _ in short],
        "flagged": [value for _, value in short],
        "readings": sum(row[3] for row in rows),
        "stopped": sum(row[4] for row in rows),
    }


@router.get("/stations")
async def network(
    request: Request,
    caller: Whoever,
    grid: str = "",
    cursor: Annotated[str | None, Query(max_length=100)] = None,
) -> Response:
    """The stations in service with their health, the newest reading, and how much of the last day came."""
    context = context_of(request)
    grid_ids = subtree_filter(grid or None, caller, context)
    now = context.clock.now()
    async with context.sessions() as session:
        found = await list_stations(
            session, scope=caller.scope, grid_ids=grid_ids, cursor=cursor, limit=ROWS, now=now,
            silence=context.settings.engine.offline_after,
        )  # fmt: skip
        share = await capture(session, [station["code"] for station in found["items"]], now)
    words = words_of(request)
    return page(
        request, "stations.html", caller=caller, now=now, stations=found["items"], capture=share, grid=grid,
        next_cursor=found["next_cursor"],
        grids=[g for g in context.directory.grids if g.level <= 2 and caller.scope.sees(g.id)],
        health={name: words.say(text) for name, text in HEALTH_NAMES.items()},
    )  # fmt: skip


@router.get("/stations/{code}")
async def one_station(request: Request, code: str, caller: Whoever) -> Response:
    """One station: its health, its values by minute, hour or day, its newest findings and silences."""
    context = context_of(request)
    now = context.clock.now()
    async with context.sessions() as session:
        station = await station_document(
            session, code, caller.scope, silence=context.settings.engine.offline_after, now=now
        )
        station_id = await station_id_of(session, code, caller.scope)
        share = await capture(session, [code], now)
        alerts = await list_alerts(session, scope=caller.scope, station_id=station_id, limit=LISTED)
        silences = await list_silences(
            session, scope=caller.scope, now=now, station_id=station_id, limit=LISTED
        )
    words = words_of(request)
    return page(
        request, "station.html", caller=caller, now=now, station=station, capture=share.get(code, 0),
        alerts=alerts["items"], silences=silences["items"], pollutants=POLLUTANT,
        steps={step.value: words.say(name) for step, name in STEP_NAMES.items()},
        series_words={name: words.say(text) for name, text in SERIES_WORDS.items()},
        health={name: words.say(text) for name, text in HEALTH_NAMES.items()},
    )  # fmt: skip


@router.get("/stations/{code}/series")
async def station_series(
    request: Request, code: str, caller: Whoever, pollutant: str = "pm25", step: str = "minute"
) -> Response:
    """What the chart of a station is drawn from."""
    if pollutant not in _SERIES:
        raise Invalid("no such pollutant", field="pollutant")
    if step not in list(Step):
        raise Invalid("a step is minute, hour or day", field="step")
    context = context_of(request)
    async with context.sessions() as session:
        station_id = await station_id_of(session, code, caller.scope)
        found = await series(session, station_id, pollutant, Step(step), now=context.clock.now())
    return JSONResponse(found, headers={"Cache-Control": FRESH})
