"""Alerts that want an order and that nobody answers for."""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.scope import Scope
from app.views.paging import decode_cursor, instant, page
from models.alert import Alert
from models.enums import AlertState
from models.errors import NotFound
from models.order import Unrouted
from models.registry import Grid, Station


async def list_unrouted(
    session: AsyncSession,
    *,
    scope: Scope,
    resolved: bool = False,
    cursor: str | None = None,
    limit: int = 100,
) -> dict[str, Any]:
    """A page of the queue, newest first: what waits, or what has been resolved."""
    statement = (
        select(
            Unrouted.id,
            Unrouted.alert_id,
            Unrouted.reason,
            Unrouted.created_at,
            Unrouted.resolved_at,
            Unrouted.order_id,
            Alert.kind.label("alert_kind"),
            Alert.severity,
            Station.code.label("station"),
            Grid.code.label("grid"),
        )
        .join(Alert, Alert.id == Unrouted.alert_id)
        .join(Station, Station.id == Alert.station_id)
        .outerjoin(Grid, Grid.id == Unrouted.grid_id)
        .where(scope.where(Unrouted.grid_id), Unrouted.resolved_at.isnot(None) == resolved)
    )
    if (last := decode_cursor(cursor)) is not None:
        statement = statement.where(Unrouted.id < last)
    return await _page(session, statement, limit)


async def list_waiting(
    session: AsyncSession, *, scope: Scope, cursor: str | None = None, limit: int = 100
) -> dict[str, Any]:
    """A page of what waits, newest first, with what an officer has to know to say who answers."""
    statement = (
        select(
            Unrouted.id,
            Unrouted.reason,
            Unrouted.created_at,
            Alert.kind,
            Alert.pollutant,
            Alert.severity,
            Alert.started_at,
            (Alert.state == AlertState.OPEN).label("goes_on"),
            (Alert.suppressed_by.isnot(None) & Alert.released_at.is_(None)).label("silenced"),
            Station.code.label("station"),
            Station.name.label("station_name"),
            Grid.code.label("grid"),
            Grid.name.label("grid_name"),
        )
        .join(Alert, Alert.id == Unrouted.alert_id)
        .join(Station, Station.id == Alert.station_id)
        .outerjoin(Grid, Grid.id == Unrouted.grid_id)
        .where(scope.where(Unrouted.grid_id), Unrouted.resolved_at.is_(None))
    )
    if (last := decode_cursor(cursor)) is not None:
        statement = statement.where(Unrouted.id < last)
    return await _page(session, statement, limit)


async def order_of(session: AsyncSession, unrouted_id: int, scope: Scope) -> int | None:
    """The order that an alert of the queue has found, None while it waits; raises NotFound outside the scope."""
    found = await session.execute(
        select(Unrouted.order_id).where(Unrouted.id == unrouted_id, scope.where(Unrouted.grid_id))
    )
    if (row := found.one_or_none()) is None:
        raise NotFound("nothing waits in the unrouted queue under this id")
    order_id: int | None = row.order_id
    return order_id


async def _page(session: AsyncSession, statement: Select[*tuple[Any, ...]], limit: int) -> dict[str, Any]:
    rows = await session.execute(statement.order_by(Unrouted.id.desc()).limit(limit + 1))
    return page([{name: _told(value) for name, value in row._mapping.items()} for row in rows], limit)


def _told(value: Any) -> Any:
    return instant(value) if isinstance(value, datetime) else value
