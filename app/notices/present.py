"""How the orders and clocks stand that waiting notices speak of."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.enums import ClockState, EventKind, OrderState
from models.order import WorkOrder
from models.sla import SlaClock
from notify.moot import Present, is_moot
from notify.notices import Pending

_IN_ANY_STATE = frozenset({EventKind.ORDER_TRANSFERRED.value, EventKind.ORDER_CATEGORISED.value})


async def moot(session: AsyncSession, pending: Iterable[Pending]) -> frozenset[int]:
    """The ids of those that say nothing any more; two statements, and no lock."""
    notices = list(pending)
    orders = await _orders(session, _named(notices, "order"))
    clocks = await _clocks(session, _named(notices, "clock_id"))
    return frozenset(n.id for n in notices if _is_moot(n, orders, clocks))


def _named(notices: Iterable[Pending], name: str) -> list[int]:
    return sorted({value for n in notices if isinstance(value := n.payload.get(name), int)})


async def _orders(session: AsyncSession, ids: list[int]) -> dict[int, tuple[OrderState, int]]:
    if not ids:
        return {}
    statement = select(WorkOrder.id, WorkOrder.state, WorkOrder.grid_id).where(WorkOrder.id.in_(ids))
    return {row.id: (OrderState(row.state), row.grid_id) for row in await session.execute(statement)}


async def _clocks(session: AsyncSession, ids: list[int]) -> dict[int, tuple[ClockState, bool]]:
    if not ids:
        return {}
    statement = select(SlaClock.id, SlaClock.state, SlaClock.stopped_at).where(SlaClock.id.in_(ids))
    return {
        row.id: (ClockState(row.state), row.stopped_at is not None)
        for row in await session.execute(statement)
    }


def _is_moot(
    notice: Pending,
    orders: Mapping[int, tuple[OrderState, int]],
    clocks: Mapping[int, tuple[ClockState, bool]],
) -> bool:
    payload: Mapping[str, Any] = notice.payload
    order, grid_id = orders.get(payload.get("order") or 0, (None, None))
    clock, stopped = clocks.get(payload.get("clock_id") or 0, (None, False))
    written_for = payload.get("grid_id")
    now = Present(order, grid_id, clock, stopped)
    handed = payload.get("event") in _IN_ANY_STATE
    return is_moot(notice.about, bool(payload.get("unanswered")), written_for, now, handed=handed)
