"""Alerts with their evidence."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from app.api.answers import answer
from app.api.described import Cursor, GridFilter, Limit, StationFilter, problems
from app.api.requests import Id
from app.api.rights import subtree_filter
from app.api.route import SIGN_IN, Session, Shared, Whoever
from app.api.shapes import AlertShape, Page
from app.views import alerts
from app.views.stations import station_id_of
from models.enums import AlertKind, AlertState

router = APIRouter(prefix="/alerts", tags=["alerts"], dependencies=SIGN_IN)


@router.get("", summary="Alerts", response_model=Page[AlertShape], responses=problems(404))
async def list_alerts(
    session: Session,
    caller: Whoever,
    context: Shared,
    state: Annotated[AlertState | None, Query()] = None,
    grid: GridFilter = None,
    station: StationFilter = None,
    kind: Annotated[AlertKind | None, Query()] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response:
    """Newest first, each with why it was raised."""
    page = await alerts.list_alerts(
        session,
        scope=caller.scope,
        state=state,
        grid_ids=subtree_filter(grid, caller, context),
        station_id=None if station is None else await station_id_of(session, station, caller.scope),
        kind=kind,
        cursor=cursor,
        limit=limit,
    )
    return answer(page)


@router.get("/{alert_id}", summary="One alert", response_model=AlertShape, responses=problems(404))
async def get_alert(alert_id: Id, session: Session, caller: Whoever) -> Response:
    """With rule version, scope, inputs and the order it became or joined."""
    return answer(await alerts.alert_document(session, alert_id, caller.scope))
