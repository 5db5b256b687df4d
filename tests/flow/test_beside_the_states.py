"""What is done beside the states of an order keeps to the same rules as its acts: of time, and of who keeps out."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio

from app.database import transaction
from app.flows import excuses, joint, requests
from dispatch.commands import Acknowledge
from dispatch.requests.asked import Asked, Decision, Recusal, Transfer
from models.enums import ExcuseGround, TransferReason
from models.errors import Recused, RequestClosed
from models.ids import GridId, OrderId
from sla import fair
from sla import service as sla
from tests.factories import OTHER_COUNTY, World
from tests.fakes import START, FakeClock
from tests.flow.test_policies import put_in_force
from tests.levels import add_levels, complete, hand, open_joint, rows, take, take_back
from tests.timeline import Story


@pytest_asyncio.fixture
async def world(story: Story) -> World:
    return await add_levels(story.world)


def behind(world: World, seconds: float = 1) -> World:
    """The same world as a process sees it whose clock is behind."""
    clock = FakeClock(world.clock.now() - timedelta(seconds=seconds))
    return replace(world, context=replace(world.context, clock=clock), clock=clock)


async def file(world: World, order: int, asked: Asked, *, by: str = "supervisor") -> int:
    async with transaction(world.sessions) as session:
        return await requests.file(
            world.context.pipeline, session, order, asked, caller=world.caller(by), expected_version=None,
            clock=world.clock,
        )  # fmt: skip


async def decide(world: World, request: int, decision: Decision, *, by: str = "leader") -> None:
    async with transaction(world.sessions) as session:
        await requests.decide(
            world.context.pipeline, session, request, decision, caller=world.caller(by), expected_version=None,
            clock=world.clock, open_joint=joint.carry_out,
        )  # fmt: skip


async def withdraw(world: World, request: int, *, by: str = "supervisor") -> None:
    async with transaction(world.sessions) as session:
        await requests.withdraw(
            world.context.pipeline, session, request, caller=world.caller(by), clock=world.clock
        )


def away(world: World) -> Transfer:
    return Transfer(TransferReason.OTHER, GridId(world.grids[OTHER_COUNTY].id), OTHER_COUNTY, "x")


async def captured(world: World) -> list[tuple[str, bool]]:
    """Kinds of the clocks an excuse speaks for, and whether they were stopped in time."""
    found = await rows(
        world,
        "SELECT c.kind, c.stopped_at <= c.due_at FROM sla_excuse e JOIN sla_breach b ON b.id = e.breach_id"
        " JOIN sla_clock c ON c.id = b.clock_id WHERE e.ground = 'captured_in_time' AND c.state = 'breached'",
    )
    return [(kind, in_time) for kind, in_time in found]


async def test_requests_and_tasks_carry_times_in_their_order_whatever_the_clocks_say(world: World) -> None:
    order, late = await world.order(), behind(world)
    request = await file(late, order, away(world))
    await decide(behind(world, 2), request, Decision(False, "不同意"))
    task = await hand(late, order)
    await take(late, task)
    await complete(late, task)
    again = await file(late, order, away(world))
    await decide(late, again, Decision(True))
    instants = await rows(
        world,
        "SELECT min(at) FROM (SELECT started_at AS at FROM sla_clock UNION ALL SELECT stopped_at FROM sla_clock"
        " UNION ALL SELECT filed_at FROM order_request UNION ALL SELECT ended_at FROM order_request"
        " UNION ALL SELECT taken_at FROM task UNION ALL SELECT held_to FROM holder_segment) AS seen",
    )
    assert instants == [(START,)]


async def test_an_act_that_stops_no_clock_is_not_overtaken_either(world: World) -> None:
    await put_in_force(world, {"stops": {"acknowledge": {"by": ["feedback"], "reading": "三(三)"}}})
    order = await world.order()
    task = await hand(world, order)
    world.clock.advance(minutes=1)
    await take(world, task)
    async with world.sessions() as session:
        assert await sla.not_before(session, OrderId(order), START) == world.clock.now()
    world.clock.advance(minutes=1)
    await world.act(order, Acknowledge())
    async with world.sessions() as session:
        assert await sla.not_before(session, OrderId(order), START) == world.clock.now()


async def test_an_answer_in_time_by_its_own_clock_has_something_to_speak_for_it(
    story: Story, world: World
) -> None:
    """The engine's clock was ahead: the breach stands, and an excuse is proposed, whatever the clock was about."""
    order = await world.order()
    task = await hand(world, order, minutes=10)
    request = await file(world, order, away(world))
    world.clock.set(START + timedelta(minutes=10, seconds=0.5))
    await story.tick()
    on_time = behind(world)
    await complete(on_time, task)
    await decide(on_time, request, Decision(False, "不同意"))
    assert sorted(await captured(world)) == [("decision", True), ("task", True)]


Refused = Callable[[World, int, int, int], Awaitable[object]]


@pytest.mark.parametrize(
    "attempt",
    [
        pytest.param(lambda world, order, task, request: hand(world, order), id="hand"),
        pytest.param(lambda world, order, task, request: take_back(world, task), id="take back"),
        pytest.param(lambda world, order, task, request: withdraw(world, request), id="withdraw"),
        pytest.param(
            lambda world, order, task, request: open_joint(world, order, OTHER_COUNTY, by="duty"), id="joint"
        ),
        pytest.param(
            lambda world, order, task, request: propose(world, "supervisor"), id="propose an excuse"
        ),
    ],
)
async def test_whoever_keeps_out_of_an_order_does_nothing_to_it(
    story: Story, world: World, attempt: Refused
) -> None:
    order = await world.order()
    task, request = await hand(world, order, minutes=10), await file(world, order, away(world))
    for who in ("supervisor", "duty"):
        await file(world, order, Recusal("x"), by=who)
    world.clock.advance(minutes=11)
    await story.tick()
    with pytest.raises(Recused):
        await attempt(world, order, task, request)


async def test_a_declared_interest_is_still_not_taken_back(world: World) -> None:
    order = await world.order()
    request = await file(world, order, Recusal("x"))
    with pytest.raises(RequestClosed, match="keeps out"):
        await withdraw(world, request)


async def propose(world: World, who: str) -> None:
    ((breach,),) = await rows(world, "SELECT min(id) FROM sla_breach")
    async with transaction(world.sessions) as session:
        await excuses.propose(
            world.context.pipeline, session, await fair.breach_of(session, breach), ExcuseGround.OTHER,
            plea="堵车", caller=world.caller(who), clock=world.clock,
        )  # fmt: skip
