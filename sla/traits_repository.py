"""What the terms of a clock depend on, as it is in this transaction: one statement for any number of clocks."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from models.bulk import fetch
from sla.policy_overlay import Traits

_TRAITS = """
SELECT w.order_id, w.grid_id, o.severity, g.kind,
       coalesce((SELECT level FROM response_level WHERE valid_to IS NULL), 'none'),
       array_remove(ARRAY[g3.code, g2.code, g1.code, g.code], NULL)
  FROM unnest($1::bigint[], $2::int[]) AS w(order_id, grid_id)
  JOIN grid g ON g.id = w.grid_id
  LEFT JOIN grid g1 ON g1.id = g.parent_id
  LEFT JOIN grid g2 ON g2.id = g1.parent_id
  LEFT JOIN grid g3 ON g3.id = g2.parent_id
  LEFT JOIN work_order o ON o.id = w.order_id
"""
Place = tuple[int | None, int]
"""Of an order, or of none, and the grid of the clock."""


async def traits_of(session: AsyncSession, places: Sequence[Place]) -> dict[Place, Traits]:
    """The severity of the order, the kind and path of the grid, and the heavy-pollution response in force."""
    wanted = sorted(set(places), key=lambda place: (place[0] or 0, place[1]))
    if not wanted:
        return {}
    rows = await fetch(session, _TRAITS, [order for order, _ in wanted], [grid for _, grid in wanted])
    return {(row[0], row[1]): Traits(row[2], row[3], row[4], tuple(row[5])) for row in rows}
