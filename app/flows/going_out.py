"""What follows of every order that goes out, whoever gave it and by which way."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from alerts.geodesy import distance_m
from dispatch import service as dispatch
from dispatch.beside import beside
from dispatch.review import candidates
from models.enums import OrderAct
from models.facts import Fact, OrderDispatched
from sla import service as sla
from sla.policy import Policy


async def going_out(
    session: AsyncSession,
    orders: Sequence[dispatch.Dispatched],
    *,
    policy: Policy,
    now: datetime,
    of_another: bool = False,
) -> list[Fact]:
    """Starts their clocks; gives what is told beside them: gaps, conflicts, and what came back at its place.

    Orders `of_another`, a part of a whole or a rework, are no new occurrence at their place: they are linked to
    the order they come of, and that one was looked at when it went out.
    """
    sent = [order for order in orders if isinstance(order, OrderDispatched)]
    again = [] if of_another else await candidates.follow(session, sent, distance=distance_m, now=now)
    clocked = [sla.ClockedOrder(order.order_id, order.grid_id) for order in sent]
    await sla.start(session, clocked, OrderAct.DISPATCH, policy=policy, now=now)
    return [*beside(orders), *again]
