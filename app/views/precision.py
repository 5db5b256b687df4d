"""What became of the orders that rules raised: counted by rule, station or grid, with the precision of each.

An order counts for the alert that made it, not for those that joined it. It is confirmed when it was closed and
not as a false alarm; a false alarm when it was closed or withdrawn as one. Orders by hand are no rule's, and drills
are counted nowhere.
"""

from datetime import datetime
from typing import Any, Literal, assert_never

from sqlalchemy import ColumnElement, Row, Select, and_, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from alerts.precision import precision
from app.auth.scope import Scope
from app.views.paging import INTEGER_MAX, decode_cursor, encode_cursor
from models.alert import Alert
from models.enums import FalseAlarm, OrderState
from models.order import WorkOrder
from models.registry import Grid, Station

By = Literal["rule", "station", "grid"]


def _keys(by: By) -> tuple[ColumnElement[Any], ...]:
    """kind, rule_version, station, grid and name; only these are grouped by."""
    none = literal(None)
    match by:
        case "rule":
            return (Alert.kind.expression, Alert.rule_version.expression, none, none, none)
        case "station":
            return (none, none, Station.code.expression, Grid.code.expression, Station.name.expression)
        case "grid":
            return (none, none, none, Grid.code.expression, Grid.name.expression)
        case _:
            assert_never(by)


def _counted(by: By) -> Select[*tuple[Any, ...]]:
    labels = ("kind", "rule_version", "station", "grid", "name")
    keys = [key.label(label) for key, label in zip(_keys(by), labels, strict=True)]
    confirmed = and_(WorkOrder.state == OrderState.CLOSED.value, WorkOrder.false_alarm.is_(None))
    # Literals cannot be grouped by, and need not be.
    grouped = {"rule": keys[:2], "station": keys[2:], "grid": keys[3:]}[by]
    return (
        select(
            *keys,
            func.count().label("orders"),
            func.count().filter(confirmed).label("confirmed"),
            *(func.count().filter(WorkOrder.false_alarm == one.value).label(one.value) for one in FalseAlarm),
        )
        .join(Alert, Alert.id == WorkOrder.alert_id)
        .join(Station, Station.id == Alert.station_id)
        .join(Grid, Grid.id == WorkOrder.grid_id)
        .group_by(*grouped)
        .order_by(*grouped)
    )


def _row(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    reasons = {one.value: getattr(row, one.value) for one in FalseAlarm}
    false_alarms = sum(reasons.values())
    share = precision(row.confirmed, false_alarms)
    with_outcome = row.confirmed + false_alarms
    return {
        "kind": row.kind,
        "rule_version": row.rule_version,
        "station": row.station,
        "grid": row.grid,
        "name": row.name,
        "orders": row.orders,
        "with_outcome": with_outcome,
        "without_outcome": row.orders - with_outcome,
        "confirmed": row.confirmed,
        "false_alarms": false_alarms,
        "reasons": reasons,
        "precision": None if share is None else {"value": share.value, "low": share.low, "high": share.high},
    }


async def list_precision(
    session: AsyncSession,
    *,
    scope: Scope,
    by: By,
    since: datetime | None = None,
    until: datetime | None = None,
    grid_ids: frozenset[int] | None = None,
    cursor: str | None = None,
    limit: int = 100,
) -> dict[str, Any]:
    """A page of the counts over orders of the scope dispatched in [since, until), in the order of their keys."""
    statement = _counted(by).where(scope.where(WorkOrder.grid_id), ~WorkOrder.drill)
    if since is not None:
        statement = statement.where(WorkOrder.dispatched_at >= since)
    if until is not None:
        statement = statement.where(WorkOrder.dispatched_at < until)
    if grid_ids is not None:
        statement = statement.where(WorkOrder.grid_id.in_(sorted(grid_ids)))
    # Groups have no id to go on from: the cursor counts them.
    skipped = decode_cursor(cursor, top=INTEGER_MAX) or 0
    rows = (await session.execute(statement.offset(skipped).limit(limit + 1))).all()
    more = encode_cursor(skipped + limit) if len(rows) > limit else None
    return {"items": [_row(row) for row in rows[:limit]], "next_cursor": more}
