"""Alerts with the evidence they rest on."""

from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.auth.scope import Scope
from app.views.paging import decode_cursor, instant, page
from models.alert import Alert, AlertMember
from models.enums import AlertKind, AlertState
from models.errors import NotFound
from models.order import WorkOrder
from models.registry import Grid, Station

Member = aliased(Station)
# The origin first, then as they joined; nobody's other stations are told to a county, only their names.
_MEMBERS = (
    select(func.array_agg(aggregate_order_by(Member.code, AlertMember.joined_at, Member.id)))
    .select_from(AlertMember)
    .join(Member, Member.id == AlertMember.station_id)
    .where(AlertMember.alert_id == Alert.id)
    .correlate(Alert)
    .scalar_subquery()
)
_ALERT = (
    select(
        Alert,
        Grid.code.label("grid"),
        Grid.name.label("grid_name"),
        Station.code.label("station"),
        Station.name.label("station_name"),
        WorkOrder.number.label("order_number"),
        _MEMBERS.label("members"),
    )
    .join(Grid, Grid.id == Alert.grid_id)
    .join(Station, Station.id == Alert.station_id)
    .outerjoin(WorkOrder, WorkOrder.id == Alert.order_id)
)


def _alert(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    alert: Alert = row.Alert
    return {
        "id": alert.id,
        "grid": row.grid,
        "grid_name": row.grid_name,
        "station": row.station,
        "station_name": row.station_name,
        "kind": alert.kind,
        "pollutant": alert.pollutant,
        "pollutants": alert.pollutants or ([] if alert.pollutant is None else [alert.pollutant]),
        "stations": row.members or [row.station],
        "scope": alert.scope,
        "severity": alert.severity,
        "state": alert.state,
        "started_at": instant(alert.started_at),
        "detected_at": instant(alert.detected_at),
        "last_at": instant(alert.last_at),
        "cleared_at": instant(alert.cleared_at),
        "peak": alert.peak,
        "rule_version": alert.rule_version,
        "suppressed_by": alert.suppressed_by,
        "order_id": alert.order_id,
        "order_number": row.order_number,
        "order": None if alert.order_id is None else f"/api/v1/orders/{alert.order_id}",
        "why": alert.why,
    }


async def list_alerts(
    session: AsyncSession,
    *,
    scope: Scope,
    state: AlertState | None = None,
    grid_ids: frozenset[int] | None = None,
    station_id: int | None = None,
    kind: AlertKind | None = None,
    cursor: str | None = None,
    limit: int = 100,
) -> dict[str, Any]:
    """A page of the alerts in the scope that match every filter, newest first."""
    statement = _ALERT.where(scope.where(Alert.grid_id))
    if state is not None:
        statement = statement.where(Alert.state == state.value)
    if grid_ids is not None:
        statement = statement.where(Alert.grid_id.in_(sorted(grid_ids)))
    if station_id is not None:
        statement = statement.where(Alert.station_id == station_id)
    if kind is not None:
        statement = statement.where(Alert.kind == kind.value)
    if (last := decode_cursor(cursor)) is not None:
        statement = statement.where(Alert.id < last)
    rows = await session.execute(statement.order_by(Alert.id.desc()).limit(limit + 1))
    return page([_alert(row) for row in rows], limit)


async def alert_document(session: AsyncSession, alert_id: int, scope: Scope) -> dict[str, Any]:
    """One alert; raises NotFound outside the scope as well."""
    row = (
        await session.execute(_ALERT.where(Alert.id == alert_id, scope.where(Alert.grid_id)))
    ).one_or_none()
    if row is None:
        raise NotFound(f"no alert {alert_id}")
    return _alert(row)


async def order_alerts(session: AsyncSession, order_id: int) -> list[dict[str, Any]]:
    """The alerts that an order was made for or that joined it, oldest first."""
    rows = await session.execute(_ALERT.where(Alert.order_id == order_id).order_by(Alert.id))
    return [_alert(row) for row in rows]
