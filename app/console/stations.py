"""The pages of the network: every station with its health and how much of its data came, and one station's air."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse

from app.api.rights import subtree_filter
from app.auth.callers import context_of
from app.console.air_names import POLLUTANT
from app.console.filters import Whoever, near_grids
from app.console.page_route import PageRoute
from app.console.pages import FRESH, page, words_of
from app.console.texts import N_
from app.views.alerts import list_alerts
from app.views.series import Step, capture, series
from app.views.silences import list_silences
from app.views.stations import list_stations, network_health, station_document, station_id_of
from models.enums import POLLUTANTS, AlertState, Role
from models.errors import Invalid

router = APIRouter(route_class=PageRoute, include_in_schema=False)
ROWS = 100
LISTED = 20
"""Findings and silences on one station's page; the newest."""
STEP_NAMES = {
    Step.MINUTE: N_("minutes, 6 hours back"),
    Step.HOUR: N_("hours, 7 days back"),
    Step.DAY: N_("days, 60 days back"),
}
SERIES_WORDS = {
    "none": N_("There are no readings of that time any more."),
    "flagged": N_("flagged by quality control"),
    "mean": N_("mean"),
    "readings": N_("readings"),
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
        healths = await network_health(
            session,
            scope=caller.scope,
            grid_ids=grid_ids,
            silence=context.settings.engine.offline_after,
            now=now,
        )
    return page(
        request, "stations.html", caller=caller, now=now, stations=found["items"], capture=share, grid=grid,
        healths=healths,
        next_cursor=found["next_cursor"],
        grids=near_grids(caller, context),
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
    # What an open alert is about is what one comes to look at.
    about = next((one["pollutant"] for one in alerts["items"] if one["state"] == AlertState.OPEN), None)
    words = words_of(request)
    return page(
        request, "station.html", caller=caller, now=now, station=station, capture=share.get(code, 0),
        alerts=alerts["items"], silences=silences["items"], pollutants=POLLUTANT,
        about=about,
        steps={step.value: words.say(name) for step, name in STEP_NAMES.items()},
        series_words={name: words.say(text) for name, text in SERIES_WORDS.items()},
        may_silence=caller.has(Role.DUTY_OFFICER), may_order=caller.has(Role.DUTY_OFFICER),
    )  # fmt: skip


@router.get("/stations/{code}/series")
async def station_series(
    request: Request, code: str, caller: Whoever, pollutant: str = "pm25", step: str = "minute"
) -> Response:
    """What the chart of a station is drawn from."""
    if pollutant not in POLLUTANTS:
        raise Invalid("no such pollutant", field="pollutant")
    if step not in list(Step):
        raise Invalid("a step is minute, hour or day", field="step")
    context = context_of(request)
    async with context.sessions() as session:
        station_id = await station_id_of(session, code, caller.scope)
        found = await series(session, station_id, pollutant, Step(step), now=context.clock.now())
    found["name"] = POLLUTANT[pollutant]
    return JSONResponse(found, headers={"Cache-Control": FRESH})
