"""Clocks and breaches, each with the order it belongs to."""

from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.scope import Scope
from app.views.paging import decode_cursor, instant, page
from models.enums import ClockKind, ClockState
from models.order import WorkOrder
from models.registry import Grid
from models.sla import SlaBreach, SlaClock


async def list_clocks(
    session: AsyncSession,
    *,
    scope: Scope,
    state: ClockState | None = None,
    kind: ClockKind | None = None,
    drill: bool | None = False,
    grid_ids: frozenset[int] | None = None,
    cursor: str | None = None,
    limit: int = 100,
) -> dict[str, Any]:
    """A page of the clocks in the scope, the newest started first; of drills only where `drill` says so."""
    statement = (
        select(
            SlaClock, Grid.code.label("grid"), func.coalesce(WorkOrder.number, SlaClock.label).label("number")
        )
        .join(Grid, Grid.id == SlaClock.grid_id)
        .outerjoin(WorkOrder, WorkOrder.id == SlaClock.order_id)
        .where(scope.where(SlaClock.grid_id))
    )
    if state is not None:
        statement = statement.where(SlaClock.state == state.value)
    if drill is not None:
        statement = statement.where(func.coalesce(WorkOrder.drill, False).is_(drill))
    if kind is not None:
        statement = statement.where(SlaClock.kind == kind.value)
    if grid_ids is not None:
        statement = statement.where(SlaClock.grid_id.in_(sorted(grid_ids)))
    if (last := decode_cursor(cursor)) is not None:
        statement = statement.where(SlaClock.id < last)
    rows = await session.execute(statement.order_by(SlaClock.id.desc()).limit(limit + 1))
    return page([_clock(row) for row in rows], limit)


def _clock(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    clock: SlaClock = row.SlaClock
    return {
        "id": clock.id,
        "order_id": clock.order_id,
        "order_number": row.number,
        "grid": row.grid,
        "kind": clock.kind,
        "round": clock.round,
        "subject_id": clock.subject_id,
        "state": clock.state,
        "started_at": instant(clock.started_at),
        "due_at": instant(clock.due_at),
        "original_due_at": instant(clock.original_due_at),
        "stopped_at": instant(clock.stopped_at),
        "stopped_by": clock.stopped_by,
        "breached_at": instant(clock.breached_at),
        "policy_version": clock.policy_version,
    }


_BREACHES = (
    select(
        SlaBreach,
        Grid.code.label("grid"),
        Grid.name.label("grid_name"),
        func.coalesce(WorkOrder.number, SlaClock.label).label("number"),
        SlaClock.stopped_at,
    )
    .join(Grid, Grid.id == SlaBreach.grid_id)
    .outerjoin(WorkOrder, WorkOrder.id == SlaBreach.order_id)
    .join(SlaClock, SlaClock.id == SlaBreach.clock_id)
)


async def breach_document(session: AsyncSession, breach_id: int) -> dict[str, Any]:
    """One breach that is there."""
    return _breach((await session.execute(_BREACHES.where(SlaBreach.id == breach_id))).one())


async def list_breaches(
    session: AsyncSession,
    *,
    scope: Scope,
    kind: ClockKind | None = None,
    drill: bool | None = False,
    grid_ids: frozenset[int] | None = None,
    cursor: str | None = None,
    limit: int = 100,
) -> dict[str, Any]:
    """A page of the breaches in the scope, the newest noticed first; of drills only where `drill` says so."""
    statement = _BREACHES.where(scope.where(SlaBreach.grid_id))
    if drill is not None:
        statement = statement.where(func.coalesce(WorkOrder.drill, False).is_(drill))
    if kind is not None:
        statement = statement.where(SlaBreach.kind == kind.value)
    if grid_ids is not None:
        statement = statement.where(SlaBreach.grid_id.in_(sorted(grid_ids)))
    if (last := decode_cursor(cursor)) is not None:
        statement = statement.where(SlaBreach.id < last)
    rows = await session.execute(statement.order_by(SlaBreach.id.desc()).limit(limit + 1))
    return page([_breach(row) for row in rows], limit)


def _breach(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    breach: SlaBreach = row.SlaBreach
    return {
        "id": breach.id,
        "clock_id": breach.clock_id,
        "order_id": breach.order_id,
        "order_number": row.number,
        "grid": row.grid,
        "grid_name": row.grid_name,
        "kind": breach.kind,
        "round": breach.round,
        "subject_id": breach.subject_id,
        "breached_at": instant(breach.breached_at),
        "detected_at": instant(breach.detected_at),
        "stopped_at": instant(row.stopped_at),
    }
