"""What an order takes with it to another holder, and what it leaves behind."""

import asyncio

from app.database import transaction
from app.flows import joint, requests
from dispatch.requests.asked import Asked, Decision, Extension, Transfer
from models.bulk import fetch
from models.enums import TransferReason
from models.errors import AlreadyPending
from models.ids import GridId
from tests.factories import COUNTY, OTHER_COUNTY, World
from tests.levels import add_levels, hand, rows
from tests.timeline import Story


async def file(world: World, who: str, order: int, asked: Asked) -> int:
    async with transaction(world.sessions) as session:
        return await requests.file(
            world.context.pipeline, session, order, asked, caller=world.caller(who), expected_version=None,
            clock=world.clock,
        )  # fmt: skip


async def grant(world: World, request: int) -> None:
    async with transaction(world.sessions) as session:
        await requests.decide(
            world.context.pipeline, session, request, Decision(approve=True), caller=world.caller("leader"),
            expected_version=None, clock=world.clock, open_joint=joint.carry_out,
        )  # fmt: skip


def away(world: World) -> Transfer:
    return Transfer(TransferReason.OUTSIDE_GRID, GridId(world.grids[OTHER_COUNTY].id), OTHER_COUNTY, "x")


async def test_tasks_of_the_holder_before_are_taken_back(story: Story) -> None:
    world = await add_levels(story.world)
    order = await world.order(COUNTY)
    await hand(world, order, minutes=40)
    await grant(world, await file(world, "supervisor", order, away(world)))
    assert [r[0] for r in await rows(world, "SELECT state FROM task")] == ["taken_back"]
    assert [c[0] for c in await rows(world, "SELECT state FROM sla_clock WHERE kind = 'task'")] == ["void"]
    assert "08:00:00 task.taken_back" in await story.said()
    story.at("12:00")
    await story.tick()
    assert not [line for line in await story.said() if "breached task" in line]


async def test_an_undecided_extension_lapses_by_itself_and_leaves_the_breach(story: Story) -> None:
    world = story.world
    order = await world.order()
    (clock,) = await rows(world, "SELECT id, due_at FROM sla_clock WHERE kind = 'feedback'")
    await file(world, "supervisor", order, Extension(clock[0], clock[1].replace(minute=30), "x"))
    story.at("09:00")
    await story.engine.lapse_requests()
    assert "request.expired" not in " ".join(await story.said())
    story.at("09:00:01")
    await story.tick()
    await story.engine.lapse_requests()
    await story.engine.lapse_requests()
    said = await story.said()
    assert "09:00:00 sla.breached feedback" in said
    assert [line for line in said if "expired" in line] == ["09:00:01 request.expired"]


async def test_two_people_asking_at_once_leave_one_request(story: Story) -> None:
    world = story.world
    order = await world.order()
    done = await asyncio.gather(
        *(file(world, who, order, away(world)) for who in ("supervisor", "both", "chief")),
        return_exceptions=True,
    )
    assert [isinstance(one, AlreadyPending) for one in done].count(True) == 2
    async with world.sessions() as session:
        (counted,) = await fetch(session, "SELECT count(*) FROM order_request")
    assert counted[0] == 1
