"""Orders as everybody outside sees them: API, console, MQTT and webhook.

Two statements for a list, whatever its length: one for the orders, one for their clocks.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Row,
    ScalarSelect,
    Select,
    and_,
    any_,
    bindparam,
    exists,
    false,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql.asyncpg import dialect
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.auth.scope import EVERYTHING, Scope
from app.views.paging import decode_cursor, instant, page
from models.bulk import fetch
from models.enums import ClockKind, ClockState, OrderState
from models.errors import NotFound
from models.holder import HolderSegment
from models.order import WorkOrder
from models.registry import Grid, Station
from models.review import OrderVerdict
from models.sla import SlaClock

_First = aliased(Grid)


def _newest(column: Any) -> ScalarSelect[Any]:
    """What the station said after the newest report."""
    return (
        select(column)
        .where(OrderVerdict.order_id == WorkOrder.id)
        .order_by(OrderVerdict.round.desc())
        .limit(literal_column("1"))  # no parameter: `_sql` has one alone
        .scalar_subquery()
    )


_ORDER = (
    select(
        WorkOrder.id,
        WorkOrder.number,
        Grid.code.label("grid"),
        Grid.name.label("grid_name"),
        Station.code.label("station"),
        Station.name.label("station_name"),
        WorkOrder.alert_id,
        WorkOrder.state,
        WorkOrder.round,
        WorkOrder.severity,
        WorkOrder.reason,
        WorkOrder.dispatched_at,
        WorkOrder.acknowledged_at,
        WorkOrder.feedback_at,
        WorkOrder.reported_at,
        WorkOrder.closed_at,
        WorkOrder.false_alarm,
        WorkOrder.drill,
        WorkOrder.version,
        WorkOrder.policy_version,
        WorkOrder.joint_role,
        WorkOrder.parent_id,
        WorkOrder.origin_report_id,
        WorkOrder.suspended_until,
        WorkOrder.transfer_locked_at,
        _First.code.label("original_grid"),
        _newest(OrderVerdict.state).label("verdict_state"),
        func.coalesce(_newest(OrderVerdict.mismatch), false()).label("mismatch"),
    )
    .join(HolderSegment, (HolderSegment.order_id == WorkOrder.id) & HolderSegment.follows_at.is_(None))
    .join(_First, _First.id == HolderSegment.grid_id)
    .join(Grid, Grid.id == WorkOrder.grid_id)
    .outerjoin(Station, Station.id == WorkOrder.station_id)
)
CLOCK = select(
    SlaClock.id,
    SlaClock.order_id,
    SlaClock.kind,
    SlaClock.round,
    SlaClock.subject_id,
    SlaClock.state,
    SlaClock.started_at,
    SlaClock.due_at,
    SlaClock.original_due_at,
    SlaClock.stopped_at,
    SlaClock.stopped_by,
    SlaClock.breached_at,
).order_by(SlaClock.id)


def order_of(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    return {
        "id": row.id,
        "number": row.number,
        "grid": row.grid,
        "grid_name": row.grid_name,
        "station": row.station,
        "station_name": row.station_name,
        "alert_id": row.alert_id,
        "state": row.state,
        "round": row.round,
        "severity": row.severity,
        "reason": row.reason,
        "dispatched_at": instant(row.dispatched_at),
        "acknowledged_at": instant(row.acknowledged_at),
        "feedback_at": instant(row.feedback_at),
        "reported_at": instant(row.reported_at),
        "closed_at": instant(row.closed_at),
        "false_alarm": row.false_alarm,
        "drill": row.drill,
        "version": row.version,
        "policy_version": row.policy_version,
        "joint_role": row.joint_role,
        "parent_id": row.parent_id,
        "origin_report_id": row.origin_report_id,
        "original_grid": row.original_grid,
        "suspended_until": instant(row.suspended_until),
        "transfer_locked_at": instant(row.transfer_locked_at),
        "verdict_state": row.verdict_state,
        "mismatch": row.mismatch,
        "clocks": [],
    }


def clock_of(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    return {
        "id": row.id,
        "kind": row.kind,
        "round": row.round,
        "subject_id": row.subject_id,
        "state": row.state,
        "started_at": instant(row.started_at),
        "due_at": instant(row.due_at),
        "original_due_at": instant(row.original_due_at),
        "stopped_at": instant(row.stopped_at),
        "stopped_by": row.stopped_by,
        "breached_at": instant(row.breached_at),
    }


async def _documents(session: AsyncSession, statement: Select[*tuple[Any, ...]]) -> list[dict[str, Any]]:
    return await _with_clocks(session, [order_of(row) for row in await session.execute(statement)])


async def _with_clocks(session: AsyncSession, orders: list[dict[str, Any]]) -> list[dict[str, Any]]:
    by_id = {order["id"]: order for order in orders}
    if by_id:
        for row in await fetch(session, _CLOCKS_BY_ID, list(by_id)):
            by_id[row.order_id]["clocks"].append(clock_of(row))
    return orders


def _sql(statement: Select[*tuple[Any, ...]], column: Any) -> str:
    """The statement for the ids in its one parameter, as text: made once, since every act reads a document."""
    wanted = statement.where(column == any_(bindparam("ids", type_=ARRAY(BigInteger))))
    return str(wanted.compile(dialect=dialect()))  # type: ignore[no-untyped-call]  # the library leaves it untyped


_ORDERS_BY_ID = _sql(_ORDER, WorkOrder.id)
_CLOCKS_BY_ID = _sql(CLOCK, SlaClock.order_id)


async def order_documents(session: AsyncSession, ids: Sequence[int]) -> list[dict[str, Any]]:
    """The contract's Order for each id, in the order of `ids`; ids that do not exist are left out."""
    if not ids:
        return []
    rows = [order_of(row) for row in await fetch(session, _ORDERS_BY_ID, sorted(set(ids)))]
    found = {o["id"]: o for o in await _with_clocks(session, rows)}
    return [found[i] for i in ids if i in found]


def overdue_at(now: datetime) -> ColumnElement[bool]:
    """Orders with a clock that is past its deadline and still unanswered; a late task is its township's."""
    return exists().where(
        SlaClock.order_id == WorkOrder.id,
        SlaClock.kind != ClockKind.TASK,
        SlaClock.stopped_at.is_(None),
        or_(
            SlaClock.state == ClockState.BREACHED,
            and_(SlaClock.state == ClockState.RUNNING, SlaClock.due_at < now),
        ),
    )


async def list_orders(
    session: AsyncSession,
    *,
    scope: Scope,
    now: datetime,
    states: Sequence[OrderState] = (),
    grid_ids: frozenset[int] | None = None,
    station_id: int | None = None,
    overdue: bool | None = None,
    drill: bool | None = None,
    mismatch: bool | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    cursor: str | None = None,
    limit: int = 100,
) -> dict[str, Any]:
    """A page of the orders in the scope that match every filter, newest first; those dispatched in [since, until).

    What is overdue is a figure that somebody answers for: without a word about drills they are not in it.
    """
    if drill is None and overdue:
        drill = False
    statement = _ORDER.where(scope.where(WorkOrder.grid_id))
    if states:
        statement = statement.where(WorkOrder.state.in_([state.value for state in states]))
    if grid_ids is not None:
        statement = statement.where(WorkOrder.grid_id.in_(sorted(grid_ids)))
    if station_id is not None:
        statement = statement.where(WorkOrder.station_id == station_id)
    if drill is not None:
        statement = statement.where(WorkOrder.drill.is_(drill))
    if overdue is not None:
        statement = statement.where(overdue_at(now) if overdue else ~overdue_at(now))
    if mismatch is not None:
        flagged = func.coalesce(_newest(OrderVerdict.mismatch), false())
        statement = statement.where(flagged if mismatch else ~flagged)
    if since is not None:
        statement = statement.where(WorkOrder.dispatched_at >= since)
    if until is not None:
        statement = statement.where(WorkOrder.dispatched_at < until)
    if (last := decode_cursor(cursor)) is not None:
        statement = statement.where(WorkOrder.id < last)
    rows = await _documents(session, statement.order_by(WorkOrder.id.desc()).limit(limit + 1))
    return page(rows, limit)


async def order_document(session: AsyncSession, order_id: int, scope: Scope = EVERYTHING) -> dict[str, Any]:
    """The contract's Order; raises NotFound outside the scope as well."""
    found = await _documents(session, _ORDER.where(WorkOrder.id == order_id, scope.where(WorkOrder.grid_id)))
    if not found:
        raise NotFound(f"no order {order_id}")
    return found[0]


async def drills_among(session: AsyncSession, ids: Sequence[int]) -> frozenset[int]:
    """Those of these orders that are drills."""
    statement = select(WorkOrder.id).where(WorkOrder.id.in_(ids), WorkOrder.drill)
    return frozenset((await session.execute(statement)).scalars())


async def order_grid(session: AsyncSession, order_id: int, scope: Scope) -> int:
    """The grid that answers for the order; raises NotFound outside the scope as well."""
    statement = select(WorkOrder.grid_id).where(WorkOrder.id == order_id)
    grid_id = (await session.execute(statement)).scalar_one_or_none()
    if grid_id is None or not scope.sees(grid_id):
        raise NotFound(f"no order {order_id}")
    return grid_id
