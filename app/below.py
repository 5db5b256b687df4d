"""What ends with an order: the tasks handed down of it, and its parts where it is a joint one."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.flows.lapse import settle
from dispatch import acts, joint
from dispatch.acts import OrderRow
from dispatch.commands import Command, Withdraw
from dispatch.tasks import service as tasks
from dispatch.tasks.service import TaskRow
from models.enums import ClockKind, OrderAct
from models.facts import Fact, OrderMoved
from models.ids import OrderId
from sla import service as sla


async def end(
    session: AsyncSession,
    order: OrderRow,
    command: Command,
    moved: OrderMoved,
    *,
    handed_down: bool = True,
    now: datetime,
) -> list[Fact]:
    """After an act that ended a held order: its tasks are taken back; withdrawn `with_children`, so are its parts.

    Not `handed_down`: it is known that none of its tasks is unfinished.
    """
    if not moved.after.final:
        return []
    facts: list[Fact] = []
    if handed_down:
        ended = await tasks.end_with_order(session, order.id, now)
        facts += [*await void_clocks(session, ended.fallen, now), *ended.facts]
    if isinstance(command, Withdraw) and command.with_children:
        for part in await joint.open_parts(session, order.id):
            at = await sla.not_before(session, part.id, now)
            gone = await acts.move(
                session, part, command, actor=moved.actor, actor_name=moved.actor_name, now=at
            )
            facts += await sla.act(session, part.id, OrderAct.VOID, now=at)
            facts.append(gone)
            facts += await end(session, part, command, gone, now=at)
            facts += await settle(session, part.id, now=at)
    return facts


async def withdrawn_with(session: AsyncSession, order_id: OrderId, command: Command) -> list[OrderId]:
    """The orders that a withdrawal ends: the order, and its open parts where it says so; held."""
    if not (isinstance(command, Withdraw) and command.with_children):
        return [order_id]
    return [order_id, *(part.id for part in await joint.open_parts(session, order_id))]


async def void_clocks(session: AsyncSession, fallen: Sequence[TaskRow], now: datetime) -> list[Fact]:
    """Ends the clocks of tasks that were taken back; what is past its deadline stays a breach."""
    facts: list[Fact] = []
    for task in fallen:
        facts += await sla.act_on(session, ClockKind.TASK, task.id, OrderAct.VOID, now=now)
    return facts
