"""Silences and maintenance windows: who may quiet which stations, for how long, and why."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Response
from sqlalchemy.ext.asyncio import AsyncSession

from alerts import silences as domain
from app import silences as acts
from app.api.answers import API, answer
from app.api.described import Cursor, GridFilter, Limit, StationFilter, problems
from app.api.requests import SmallId
from app.api.rights import demand_in, grid_in_scope, station_in_scope, subtree_filter
from app.api.route import ONCE, SIGN_IN, ActRoute, Session, Shared, Whoever
from app.api.rule_requests import CancelIn, SilenceIn
from app.api.rule_shapes import SilenceShape
from app.api.shapes import Page
from app.auth.scope import Caller
from app.context import Context
from app.views import silences
from app.views.silences import State
from app.views.stations import station_id_of
from models.enums import Role, SilenceKind
from models.errors import Invalid, NotFound

router = APIRouter(prefix="/silences", tags=["silences"], route_class=ActRoute, dependencies=SIGN_IN)
_ACT = problems(400, 403, 404, 409, 413)
SKEW = timedelta(minutes=1)
"""A caller's clock may be that much behind; what begins earlier would rewrite what has happened."""


async def begin_silence(
    session: AsyncSession, body: SilenceIn, *, caller: Caller, context: Context, now: datetime
) -> int:
    """A silence by a duty officer of its place; gives its id."""
    if body.station is not None:
        station = station_in_scope(body.station, caller, context)
        grid_id, station_id = context.directory.own_grid(station.code).id, int(station.id)
    else:
        grid_id, station_id = grid_in_scope(body.grid or "", caller, context).id, None
    demand_in(caller, context, grid_id, Role.DUTY_OFFICER)
    starts_at = now if body.since is None else body.since
    if starts_at < now - SKEW:
        raise Invalid("a silence cannot begin in the past", field="from")
    return await acts.begin(
        session,
        kind=body.kind,
        grid_id=grid_id,
        station_id=station_id,
        pollutants=body.pollutants,
        kinds=body.kinds,
        starts_at=max(starts_at, now),
        ends_at=body.until,
        reason=body.reason,
        caller=caller,
        now=now,
    )


async def end_silence(
    session: AsyncSession, silence_id: int, body: CancelIn, *, caller: Caller, context: Context
) -> None:
    """Ends a silence before its time, by a duty officer of its place; raises NotFound outside the scope as well."""
    found = await domain.find(session, silence_id)
    if not caller.scope.sees(found.grid_id):
        raise NotFound(f"no silence {silence_id}")
    demand_in(caller, context, found.grid_id, Role.DUTY_OFFICER)
    await acts.cancel(session, found, reason=body.reason, caller=caller, now=context.clock.now())


@router.get("", summary="Silences", response_model=Page[SilenceShape], responses=problems(404))
async def list_silences(
    session: Session,
    caller: Whoever,
    context: Shared,
    state: Annotated[State | None, Query()] = None,
    kind: Annotated[SilenceKind | None, Query()] = None,
    grid: GridFilter = None,
    station: StationFilter = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response:
    """The newest made first. A silence belongs to the grid it is over, or to that of its station."""
    page = await silences.list_silences(
        session,
        scope=caller.scope,
        now=context.clock.now(),
        state=state,
        kind=kind,
        grid_ids=subtree_filter(grid, caller, context),
        station_id=None if station is None else await station_id_of(session, station, caller.scope),
        cursor=cursor,
        limit=limit,
    )
    return answer(page)


@router.post(
    "",
    summary="Silence a station or a grid",
    status_code=201,
    response_model=SilenceShape,
    responses=_ACT,
    dependencies=ONCE,
)
async def begin(body: SilenceIn, session: Session, caller: Whoever, context: Shared) -> Response:
    """By a duty officer of that grid or one above it. It always ends: `until` is demanded and bounded.

    `silence`: findings are recorded, their alerts marked, no order goes out; what is still open at the end is
    ordered then. `maintenance`: what the stations say is flagged and counts for nothing.
    """
    now = context.clock.now()
    silence_id = await begin_silence(session, body, caller=caller, context=context, now=now)
    document = await silences.silence_document(session, silence_id, caller.scope, now=now)
    return answer(document, 201, {"Location": f"{API}/silences/{silence_id}"})


@router.get("/{silence_id}", summary="One silence", response_model=SilenceShape, responses=problems(404))
async def get_silence(silence_id: SmallId, session: Session, caller: Whoever, context: Shared) -> Response:
    """With how many alerts it has kept from an order."""
    now = context.clock.now()
    return answer(await silences.silence_document(session, silence_id, caller.scope, now=now))


@router.post(
    "/{silence_id}/cancel",
    summary="End a silence before its time",
    response_model=SilenceShape,
    responses=_ACT,
    dependencies=ONCE,
)
async def cancel(
    silence_id: SmallId, body: CancelIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """By a duty officer of that grid or one above it, with a reason. Alerts still open become due an order."""
    await end_silence(session, silence_id, body, caller=caller, context=context)
    now = context.clock.now()
    return answer(await silences.silence_document(session, silence_id, caller.scope, now=now))
