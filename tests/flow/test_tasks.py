"""Tasks handed down the levels, on a fake clock: their own deadlines, and the order they are a part of."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
import pytest_asyncio

from dispatch.commands import Accept, FileReport, GiveFeedback, Return, Withdraw
from models.enums import OrderState
from models.errors import DomainError, Forbidden, ForbiddenTransition, Invalid, NotFound, Unfinished
from tests.factories import COUNTY, OTHER_COUNTY, TOWNSHIP, World
from tests.levels import (
    EMPTY_TOWNSHIP,
    FOREIGN_TOWNSHIP,
    VILLAGE,
    add_levels,
    clocks,
    complete,
    further,
    hand,
    rows,
    take,
    take_back,
)
from tests.timeline import Story

FEEDBACK = GiveFeedback("现场")
REPORT = FileReport("洒水", "下降")


@pytest_asyncio.fixture
async def world(story: Story) -> World:
    return await add_levels(story.world)


async def states(world: World) -> list[tuple[str, str | None]]:
    return [(r[0], r[1]) for r in await rows(world, "SELECT state, reason FROM task ORDER BY id")]


async def test_a_late_task_is_the_townships_breach_and_leaves_the_order_alone(
    story: Story, world: World
) -> None:
    order = await world.order(station="WZ-1")
    task = await hand(world, order, minutes=40)
    assert await story.said() == ["08:00:00 order.dispatched", "08:00:00 task.handed"]
    await story.act("supervisor", order, FEEDBACK)
    story.at("08:05")
    await take(world, task)
    story.at("08:51")
    await story.tick()
    said = await story.said()
    assert [line for line in said if "task" in line] == [
        "08:05:00 task.taken",
        "08:40:00 sla.breached task",
        "08:40:00 sla.escalated task level=1 role=supervisor",
        "08:50:00 sla.escalated task level=2 role=chief",
    ]
    breach = await rows(
        world, "SELECT g.code, b.kind, subject_id FROM sla_breach b JOIN grid g ON g.id = b.grid_id"
    )
    assert breach == [(TOWNSHIP, "task", task)]
    story.at("09:01")
    await complete(world, task)
    assert (await story.said())[-2:] == ["09:01:00 sla.met_late task late_s=1260.0", "09:01:00 task.done"]
    await story.act("supervisor", order, REPORT)
    await story.act("duty", order, Accept("好"))
    assert await rows(world, "SELECT DISTINCT state FROM sla_clock WHERE kind <> 'task'") == [("met",)]


async def test_the_third_rung_of_a_townships_clock_is_the_countys_supervisor(
    story: Story, world: World
) -> None:
    await hand(world, await world.order(), minutes=20)
    story.at("08:50")
    await story.tick()
    told = [
        e["data"]
        for e in await story.events()
        if e["kind"] == "sla.escalated" and e["data"]["clock"] == "task"
    ]
    assert [[p["username"] for p in data["recipients"]] for data in told] == [
        ["township"],
        [],
        ["both", "supervisor"],
    ]


async def test_a_village_does_a_part_of_its_townships_task(story: Story, world: World) -> None:
    order = await world.order()
    task = await hand(world, order)
    part = await further(world, task)
    await take(world, part, by="villager")
    await complete(world, part, by="villager")
    await complete(world, task, by="township")
    assert await states(world) == [("done", None), ("done", None)]
    assert await clocks(world, "task") == [(TOWNSHIP, "met", 30.0), (VILLAGE, "met", 20.0)]
    handlers = await rows(
        world, "SELECT username FROM order_handler h JOIN person p ON p.id = h.person_id ORDER BY 1"
    )
    assert [name for (name,) in handlers] == ["supervisor", "township", "villager"]


@pytest.mark.parametrize("end", [complete, take_back])
async def test_a_task_that_ends_takes_what_was_handed_further_with_it(
    world: World, end: Callable[..., Awaitable[None]]
) -> None:
    task = await hand(world, await world.order())
    await further(world, task)
    await end(world, task)
    assert (await states(world))[1] == ("taken_back", "上级任务已结束")
    assert (await clocks(world, "task"))[1][1] == "void"


async def test_a_task_taken_back_has_a_void_clock_and_one_past_due_stays_breached(
    story: Story, world: World
) -> None:
    order = await world.order()
    early, late = await hand(world, order, minutes=30), await hand(world, order, minutes=10)
    story.at("08:20")
    await take_back(world, early)
    await take_back(world, late)
    assert await clocks(world, "task") == [(TOWNSHIP, "void", 30.0), (TOWNSHIP, "breached", 10.0)]
    assert await rows(world, "SELECT kind FROM sla_breach WHERE kind = 'task'") == [("task",)]


@pytest.mark.parametrize("closing", [True, False])
async def test_the_end_of_an_order_ends_its_tasks(story: Story, world: World, closing: bool) -> None:
    order = await world.order()
    task = await hand(world, order)
    await further(world, task)
    if closing:
        await story.act("supervisor", order, FEEDBACK)
        await story.act("supervisor", order, FileReport("洒水", "下降", (), "村里去不了"))
        await story.act("duty", order, Accept("好"))
    else:
        await story.act("duty", order, Withdraw("误报"))
    assert await states(world) == [("taken_back", "工单已结束")] * 2
    assert [state for _, state, _ in await clocks(world, "task")] == ["void", "void"]
    story.at("10:00")
    await story.tick()
    assert await rows(world, "SELECT kind FROM sla_breach WHERE kind = 'task'") == []


async def test_a_report_over_unfinished_tasks_says_why(story: Story, world: World) -> None:
    order = await world.order()
    task = await hand(world, order)
    await story.act("supervisor", order, FEEDBACK)
    with pytest.raises(Unfinished) as refused:
        await story.act("supervisor", order, REPORT)
    assert refused.value.extra == {"tasks": [task]}
    await story.act("supervisor", order, FileReport("洒水", "下降", (), "乡镇尚在途中"))
    kept = await rows(world, "SELECT unfinished_tasks_reason, open_children_reason FROM disposal_report")
    assert kept == [("乡镇尚在途中", None)]
    reported = [e["data"] for e in await story.events() if e["kind"] == "order.reported"]
    assert reported[0]["unfinished_tasks_reason"] == "乡镇尚在途中"


async def test_a_reason_that_nothing_asked_for_is_not_kept(story: Story, world: World) -> None:
    order = await world.order()
    task = await hand(world, order)
    await complete(world, task)
    await story.act("supervisor", order, FEEDBACK)
    await story.act("supervisor", order, FileReport("洒水", "下降", (), "没有必要", "没有必要"))
    assert await rows(world, "SELECT unfinished_tasks_reason, open_children_reason FROM disposal_report") == [
        (None, None)
    ]


async def test_a_task_lies_inside_the_orders_running_deadlines(story: Story, world: World) -> None:
    order = await world.order()
    with pytest.raises(Invalid, match="by 2026-11-23T01:00:00"):
        await hand(world, order, minutes=61)
    assert await hand(world, order, minutes=60)
    for minutes in (0, -1):
        with pytest.raises(Invalid, match="due after now"):
            await hand(world, order, minutes=minutes)
    await story.act("supervisor", order, FEEDBACK)
    assert await hand(world, order, minutes=120)
    story.at("10:00:00.5")
    with pytest.raises(Invalid, match="no deadline of the order is ahead"):
        await hand(world, order, minutes=1)


async def test_after_a_missed_feedback_the_report_is_what_still_comes(story: Story, world: World) -> None:
    order = await world.order()
    story.at("09:30")
    assert await hand(world, order, minutes=30)
    with pytest.raises(Invalid, match="by 2026-11-23T02:00:00"):
        await hand(world, order, minutes=31)


async def test_rework_is_handed_down_inside_its_own_clock(story: Story, world: World) -> None:
    order = await world.order()
    for who, act in (("supervisor", FEEDBACK), ("supervisor", REPORT), ("duty", Return("照片不清"))):
        await story.act(who, order, act)
    with pytest.raises(Invalid):
        await hand(world, order, minutes=121)
    assert await hand(world, order, minutes=119)


@pytest.mark.parametrize("state", [OrderState.REPORTED, OrderState.CLOSED, OrderState.VOID])
async def test_nothing_is_handed_down_of_an_order_nobody_works_on(world: World, state: OrderState) -> None:
    order = await world.order_in(state)
    with pytest.raises(ForbiddenTransition):
        await hand(world, order)


async def test_where_a_task_cannot_go(world: World) -> None:
    order = await world.order()
    for grid, words in (
        (FOREIGN_TOWNSHIP, "does not lie below"),
        (COUNTY, "of level 3 or 4"),
        (OTHER_COUNTY, "of level 3 or 4"),
    ):
        with pytest.raises(Invalid, match=words):
            await hand(world, order, grid)
    task = await hand(world, order)
    for grid in (TOWNSHIP, EMPTY_TOWNSHIP, FOREIGN_TOWNSHIP):
        with pytest.raises(Invalid):
            await further(world, task, grid)
    with pytest.raises(Invalid, match="inside what it is a part of"):
        await further(world, task, minutes=31)


async def test_there_is_no_third_level_of_tasks(world: World) -> None:
    order = await world.order()
    part = await further(world, await hand(world, order))
    with pytest.raises(ForbiddenTransition, match="goes no deeper"):
        await further(world, part, minutes=5)
    direct = await hand(world, order, VILLAGE)
    with pytest.raises(Invalid):
        await further(world, direct, minutes=5)


@pytest.mark.parametrize("act", [take, complete, take_back, further])
async def test_a_finished_task_takes_no_further_act(
    world: World, act: Callable[..., Awaitable[object]]
) -> None:
    order = await world.order()
    done, back = await hand(world, order), await hand(world, order)
    await complete(world, done)
    await take_back(world, back)
    for task in (done, back):
        with pytest.raises(ForbiddenTransition):
            await act(world, task)


async def test_who_may_not(world: World) -> None:
    order = await world.order()
    task = await hand(world, order)
    refusals: list[tuple[type[DomainError], Callable[[], Awaitable[object]]]] = [
        (Forbidden, lambda: hand(world, order, by="duty")),
        (Forbidden, lambda: hand(world, order, by="viewer")),
        (NotFound, lambda: hand(world, order, by="township")),
        (NotFound, lambda: hand(world, order, by="neighbour")),
        (Forbidden, lambda: further(world, task, by="patroller")),
        (NotFound, lambda: further(world, task, by="foreigner")),
        # The county hands down and takes back; it does not do a township's task in its name.
        (Forbidden, lambda: take(world, task, by="supervisor")),
        (Forbidden, lambda: complete(world, task, by="chief")),
        (NotFound, lambda: complete(world, task, by="villager")),
        (NotFound, lambda: take(world, task, by="neighbour")),
        (Forbidden, lambda: take_back(world, task, by="township")),
        (NotFound, lambda: take_back(world, task, by="neighbour")),
        (NotFound, lambda: take(world, 999)),
    ]
    for refusal, act in refusals:
        with pytest.raises(refusal):
            await act()
    assert await states(world) == [("handed", None)]


async def test_tasks_and_the_end_of_their_order_never_wait_in_a_circle(story: Story, world: World) -> None:
    for _ in range(8):
        order = await world.order()
        ids = [await hand(world, order) for _ in range(3)]
        results = await asyncio.gather(
            story.act("duty", order, Withdraw("误报")), *(complete(world, task) for task in ids),
            return_exceptions=True,
        )  # fmt: skip
        assert {type(r) for r in results} <= {type(None), ForbiddenTransition}
    assert await rows(world, "SELECT count(*) FROM task WHERE finished_at IS NULL") == [(0,)]
    assert await rows(world, "SELECT count(*) FROM sla_clock WHERE kind = 'task' AND stopped_at IS NULL") == [
        (0,)
    ]
