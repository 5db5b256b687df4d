"""Which clocks warn somebody now, so that it can be said that they are known of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from models.bulk import fetch
from models.enums import ClockKind
from models.ids import ClockId, GridId, OrderId

WARNED = timedelta(minutes=15)
"""A deadline this near warns, and one that has passed; the same on every board."""
_WARNED = """
SELECT DISTINCT ON (c.order_id) c.order_id, o.number, o.grid_id, c.id, c.kind, c.due_at, o.drill
  FROM sla_clock c JOIN work_order o ON o.id = c.order_id
 WHERE c.order_id = ANY($1::bigint[]) AND c.stopped_at IS NULL AND c.due_at <= $2
   AND ($3::int[] IS NULL OR o.grid_id = ANY($3))
 ORDER BY c.order_id, c.due_at, c.id
"""


@dataclass(frozen=True, slots=True)
class Warned:
    """An order, and the most urgent of its unanswered clocks."""

    order_id: OrderId
    number: str
    grid_id: GridId
    clock_id: ClockId
    kind: ClockKind
    due_at: datetime
    drill: bool


async def warned(
    session: AsyncSession, order_ids: Sequence[int], grid_ids: frozenset[int] | None, *, now: datetime
) -> list[Warned]:
    """Those of the orders, within the grids, of which a deadline is near or has passed unanswered."""
    within = None if grid_ids is None else sorted(grid_ids)
    rows = await fetch(session, _WARNED, sorted(set(order_ids)), now + WARNED, within)
    return [
        Warned(OrderId(order), number, GridId(grid), ClockId(clock), ClockKind(kind), due_at, drill)
        for order, number, grid, clock, kind, due_at, drill in rows
    ]
