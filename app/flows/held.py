"""An order in a person's hands: held until the transaction ends, and only for who may see it as it was read."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.scope import Caller
from dispatch import acts
from dispatch.acts import OrderRow
from models.errors import NotFound, VersionConflict
from models.ids import OrderId
from sla import service as sla


async def held(
    session: AsyncSession, order_id: int, caller: Caller, expected_version: int | None = None
) -> OrderRow:
    """With its running clocks. Raises NotFound outside the scope, VersionConflict when it was changed since."""
    order = await acts.lock_order(session, OrderId(order_id))
    if order is None or not caller.scope.sees(order.grid_id):
        raise NotFound("no such order")
    unchanged(order, expected_version)
    # A pass that judges its clocks this moment is waited for: the act is timed after what it finds.
    await sla.hold(session, order.id)
    return order


def unchanged(order: OrderRow, expected_version: int | None) -> None:
    """For whoever asks first whether the person may at all; None expects nothing."""
    if expected_version is not None and expected_version != order.version:
        raise VersionConflict("the order was changed since it was read", version=order.version)
