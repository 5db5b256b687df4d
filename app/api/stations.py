"""Grids, stations and what stations measured."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Response

from app.api.answers import answer
from app.api.described import Cursor, GridFilter, Limit, problems
from app.api.requests import MAX_READINGS, Code, Instant
from app.api.rights import subtree_filter
from app.api.route import SIGN_IN, Session, Shared, Whoever
from app.api.shapes import GridShape, Page, ReadingShape, StationShape
from app.views import grids, stations
from models.errors import Invalid

router = APIRouter(tags=["registry"], dependencies=SIGN_IN)
_DAY = timedelta(days=1)


@router.get("/grids", summary="The grid tree", response_model=Page[GridShape], responses=problems())
async def list_grids(
    session: Session, caller: Whoever, context: Shared, cursor: Cursor = None, limit: Limit = 100
) -> Response:
    """In the order they were registered, parents first, with names and roles of the people who answer."""
    page = await grids.list_grids(
        session, scope=caller.scope, now=context.clock.now(), cursor=cursor, limit=limit
    )
    return answer(page)


@router.get("/stations", summary="Stations", response_model=Page[StationShape], responses=problems(404))
async def list_stations(
    session: Session,
    caller: Whoever,
    context: Shared,
    grid: GridFilter = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response:
    """Stations in service, with their health as of now."""
    page = await stations.list_stations(
        session,
        scope=caller.scope,
        silence=context.settings.engine.offline_after,
        now=context.clock.now(),
        grid_ids=subtree_filter(grid, caller, context),
        cursor=cursor,
        limit=limit,
    )
    return answer(page)


@router.get("/stations/{code}", summary="One station", response_model=StationShape, responses=problems(404))
async def get_station(code: Code, session: Session, caller: Whoever, context: Shared) -> Response:
    """`health` is `online`, `offline` or, before the first reading, `never`."""
    silence = context.settings.engine.offline_after
    now = context.clock.now()
    return answer(await stations.station_document(session, code, caller.scope, silence=silence, now=now))


@router.get(
    "/stations/{code}/readings",
    summary="What a station measured",
    response_model=Page[ReadingShape],
    responses=problems(404),
)
async def list_readings(
    code: Code,
    session: Session,
    caller: Whoever,
    context: Shared,
    begin: Annotated[Instant | None, Query(alias="from", description="Default: a day before `to`.")] = None,
    end: Annotated[Instant | None, Query(alias="to", description="Not included. Default: now.")] = None,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=MAX_READINGS, description="Readings on a page.")] = 1000,
) -> Response:
    """The newest version of each reading with `from` ≤ observed_at < `to`, newest first."""
    station_id = await stations.station_id_of(session, code, caller.scope)
    # Readings may be a little ahead of our clock, so the default end is a little ahead as well.
    until = end if end is not None else context.clock.now() + timedelta(minutes=10)
    since = begin if begin is not None else until - _DAY
    if since > until:
        raise Invalid("`from` lies after `to`", field="from")
    page = await stations.readings(session, station_id, begin=since, end=until, cursor=cursor, limit=limit)
    return answer(page)
