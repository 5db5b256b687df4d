"""Open orders as they are held to be moved under another SLA policy."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from models.bulk import fetch
from models.enums import OrderState
from models.ids import GridId, OrderId

_OPEN = """
SELECT o.id, o.number, o.grid_id, g.code, o.policy_version
  FROM work_order o JOIN grid g ON g.id = o.grid_id
 WHERE o.state = ANY($1::text[]) AND ($2::int[] IS NULL OR o.grid_id = ANY($2::int[])) AND o.policy_version <> $3
 ORDER BY o.id LIMIT $4
"""


@dataclass(frozen=True, slots=True)
class OpenOrder:
    id: OrderId
    number: str
    grid_id: GridId
    grid_code: str
    policy_version: int


async def open_orders(
    session: AsyncSession,
    *,
    states: Collection[OrderState],
    grid_ids: Collection[int] | None,
    not_under: int,
    limit: int,
    hold: bool,
) -> list[OpenOrder]:
    """Up to `limit` orders in these states that go by another policy; held in the order of their ids."""
    held = " FOR NO KEY UPDATE OF o" if hold else ""
    rows = await fetch(
        session,
        f"{_OPEN}{held}",
        sorted(state.value for state in states),
        None if grid_ids is None else sorted(grid_ids),
        not_under,
        limit,
    )
    return [OpenOrder(OrderId(r[0]), r[1], GridId(r[2]), r[3], r[4]) for r in rows]


async def put_under(session: AsyncSession, order_ids: Sequence[OrderId], version: int) -> None:
    """Held orders go by this policy from now on; a page that was read before is stale."""
    if order_ids:
        await fetch(
            session,
            "UPDATE work_order SET policy_version = $2, version = version + 1 WHERE id = ANY($1::bigint[])",
            list(order_ids),
            version,
        )
