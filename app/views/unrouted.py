"""Alerts that want an order and that nobody answers for."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.scope import Scope
from app.views.paging import decode_cursor, instant, page
from models.alert import Alert
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
    rows = await session.execute(statement.order_by(Unrouted.id.desc()).limit(limit + 1))
    items = [
        dict(row._mapping) | {"created_at": instant(row.created_at), "resolved_at": instant(row.resolved_at)}
        for row in rows
    ]
    return page(items, limit)
