"""Which open orders are moved under another SLA policy. Never commits."""

from collections.abc import Collection, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from dispatch import moving_repository as repository
from dispatch.moving_repository import OpenOrder
from models.enums import OrderState
from models.errors import Invalid
from models.ids import OrderId

__all__ = ["MOST", "OPEN", "OpenOrder", "open_orders", "put_under"]
MOST = 2000
"""Orders of one act: all of them are held until it commits."""
OPEN = tuple(state for state in OrderState if not state.final)


async def open_orders(
    session: AsyncSession,
    *,
    states: Collection[OrderState],
    grid_ids: Collection[int] | None,
    not_under: int,
    hold: bool,
) -> list[OpenOrder]:
    """Orders in these states and grids that go by another policy, held if wanted; raises Invalid for too many."""
    if closed := [state.value for state in states if state.final]:
        raise Invalid(f"an order that is {closed[0]} has no clock to move", field="states")
    found = await repository.open_orders(
        session, states=states, grid_ids=grid_ids, not_under=not_under, limit=MOST + 1, hold=hold
    )
    if len(found) > MOST:
        raise Invalid(f"more than {MOST} orders: choose a grid or a state", field="grid")
    return found


async def put_under(session: AsyncSession, order_ids: Sequence[OrderId], version: int) -> None:
    """These held orders go by this policy from now on."""
    await repository.put_under(session, order_ids, version)
