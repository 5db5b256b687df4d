"""Requests that have lost their ground end with it, and the clocks of their decisions with them."""

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy.ext.asyncio import AsyncSession

from dispatch import acts
from dispatch.requests import service as requests
from dispatch.requests.lifecycle import groundless
from models.enums import ClockKind, RequestKind, SubjectAct
from models.facts import Fact
from models.ids import OrderId
from sla import fair, holding
from sla import service as sla

if TYPE_CHECKING:
    from app.pipeline import Pipeline


async def settle(session: AsyncSession, order_id: OrderId, *, now: datetime) -> list[Fact]:
    """After an act or a decision on the held order: what has lost its ground lapses, in the same transaction."""
    waiting = await requests.pending(session, order_id)
    order = await acts.lock_order(session, order_id) if waiting else None
    if order is None:
        return []
    bearing = await requests.bearing(session, order)
    facts: list[Fact] = []
    for row in waiting:
        due_at = None
        if row.kind is RequestKind.EXTENSION and row.clock_id is not None:
            deadline = await holding.deadline_of(session, order_id, row.clock_id)
            due_at = deadline.clock.due_at if deadline.clock.stopped_at is None else None
        gone = groundless(
            row.kind,
            order=order.state,
            same_holder=row.grid_id == order.grid_id,
            suspended=bearing.suspended_until is not None,
            clock_due_at=due_at,
            until=row.until,
            now=now,
        )
        if gone:
            facts.append(await requests.lapse(session, order, row, now=now))
            facts += await fair.answered(session, ClockKind.DECISION, row.id, SubjectAct.DECIDE, now=now)
    return facts


async def lapse_overtaken(pipeline: "Pipeline", session: AsyncSession, *, now: datetime, limit: int) -> int:
    """One bounded pass: extensions whose deadline has passed undecided, suspensions whose end has come.

    Any number of engines may do this at once. Gives how many orders were looked at.
    """
    held = await requests.overtaken(session, now=now, limit=limit)
    facts: list[Fact] = []
    for order in held:
        facts += await settle(session, order.id, now=await sla.not_before(session, order.id, now))
    await pipeline.told(session, facts, now=now)
    return len(held)
