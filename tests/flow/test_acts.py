"""What an act on an order costs, and what it sees of what it waited for."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database import transaction
from app.views.orders import order_document
from dispatch.commands import Accept, Acknowledge, Command, FileReport, GiveFeedback, Withdraw
from models.bulk import fetch
from sla import service as sla
from tests.factories import COUNTY, OTHER_COUNTY, World
from tests.flow.test_request_holders import away, file, grant
from tests.timeline import Story

# Of an order that nothing special is known of. A further one is a read that every act pays for: it should stand in
# app/views/standing.py, or be asked only where that says so.
MOST = {
    Acknowledge(): 13,
    GiveFeedback("工地未覆盖"): 14,
    FileReport("已洒水", "浓度下降"): 16,
    Accept("同意"): 16,
}


@contextmanager
def counted(engine: AsyncEngine) -> Iterator[list[str]]:
    said: list[str] = []

    def note(*args: object) -> None:
        said.append(str(args[2]))

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    yield said
    event.remove(engine.sync_engine, "before_cursor_execute", note)


async def test_an_act_takes_few_statements(story: Story, engine: AsyncEngine) -> None:
    world = story.world
    # What is read once a process, such as a policy, is read by the first order.
    for order in (await world.order(), await world.order()):
        took: dict[Command, list[str]] = {}
        for command in MOST:
            with counted(engine) as said:
                await world.act(order, command)
            took[command] = said
    assert {command: len(said) for command, said in took.items()} == MOST, took


async def test_an_act_that_waited_for_a_transfer_finds_the_order_where_it_is(
    story: Story, engine: AsyncEngine
) -> None:
    world = story.world
    order = await world.order(COUNTY)
    request = await file(world, "supervisor", order, away(world))
    async with transaction(world.sessions) as session:
        await fetch(session, "SELECT FROM work_order WHERE id = $1 FOR UPDATE", order)
        # Both wait for the row, in this order.
        granting = asyncio.create_task(grant(world, request))
        await _waiting(world, 1)
        withdrawing = asyncio.create_task(world.act(order, Withdraw("误报")))
        await _waiting(world, 2)
    await asyncio.gather(granting, withdrawing)
    async with world.sessions() as session:
        document = await order_document(session, order)
    assert (document["state"], document["grid"], document["original_grid"]) == ("void", OTHER_COUNTY, COUNTY)


async def _waiting(world: World, many: int) -> None:
    """Until so many transactions wait for a lock; each look in a transaction of its own, which sees the present."""
    found = 0
    while found < many:
        async with world.sessions() as session:
            ((found,),) = await fetch(
                session,
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE wait_event_type = 'Lock' AND datname = current_database()",
            )


async def test_an_act_that_waited_for_a_pass_over_the_deadlines_comes_after_what_it_judged(
    story: Story,
) -> None:
    world = story.world
    order = await world.order(COUNTY)
    world.clock.advance(minutes=59)
    async with transaction(world.sessions) as session:
        # The hour and the rung after it are judged while the act waits; what time it is then is the act's.
        ahead = world.clock.now() + timedelta(minutes=40)
        found = await sla.tick(session, now=ahead)
        assert found.breached >= 1
        assert found.escalated >= 1
        acting = asyncio.create_task(world.act(order, Acknowledge(), GiveFeedback("现场已查看")))
        await _waiting(world, 1)
        world.clock.set(ahead)
    await acting
    async with world.sessions() as session:
        backwards = await fetch(
            session,
            "SELECT c.kind, c.stopped_at, c.breached_at, e.planned_at FROM sla_clock c"
            "  LEFT JOIN escalation e ON e.clock_id = c.id"
            " WHERE c.order_id = $1 AND c.stopped_at < greatest(c.breached_at, e.planned_at)",
            order,
        )
        ((stopped,),) = await fetch(
            session,
            "SELECT count(*) FROM sla_clock WHERE order_id = $1 AND stopped_at IS NOT NULL",
            order,
        )
    assert backwards == []
    assert stopped >= 2
