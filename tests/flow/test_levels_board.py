"""The board follows the clocks of tasks, reports from below and joint orders through the events alone."""

from collections.abc import Awaitable, Callable

from app.board.fold import fold, read, shown
from dispatch.commands import Accept, FileReport, GiveFeedback, Withdraw
from dispatch.reports.decisions import AsOrder, Refer
from models.enums import Severity
from models.ids import GridId
from tests.factories import OTHER_COUNTY
from tests.flow.test_board import events, snapshot, wanted_of
from tests.levels import (
    THIRD_COUNTY,
    VILLAGE,
    add_levels,
    complete,
    file,
    forward,
    further,
    hand,
    open_joint,
    take_back,
    triage,
)
from tests.timeline import Story

Step = Callable[[], Awaitable[object]]


async def test_a_snapshot_at_any_step_and_the_events_after_it_are_the_fresh_board(story: Story) -> None:
    world = await add_levels(story.world)
    order, closing = await world.order(), await world.order()
    task, late = await hand(world, order), await hand(world, closing, minutes=3)
    await hand(world, closing)
    report = await file(world, VILLAGE, by="villager")
    other = GridId(world.grids[OTHER_COUNTY].id)
    steps: list[Step] = [
        lambda: open_joint(world, order, OTHER_COUNTY, THIRD_COUNTY),
        lambda: further(world, task),
        lambda: forward(world, report),
        story.tick,
        lambda: complete(world, late),
        lambda: triage(world, report, Refer("跨县")),
        lambda: take_back(world, task),
        lambda: story.act("duty", order, Withdraw("误报", None, True)),
        lambda: story.act("supervisor", closing, GiveFeedback("现场")),
        lambda: story.act("supervisor", closing, FileReport("洒水", "下降", (), "乡镇尚在途中")),
        lambda: story.act("duty", closing, Accept()),
        lambda: triage(world, report, AsOrder(Severity.NOTICE, None, other), by="duty"),
    ]
    joined = [read(await snapshot(story))]
    for step in steps:
        world.clock.advance(minutes=1, seconds=1)
        await step()
        joined.append(read(await snapshot(story)))
    fresh = await snapshot(story)
    # What goes on is the order that came of the report.
    assert {clock["grid"] for clock in fresh["clocks"]} == {OTHER_COUNTY}
    for board in joined:
        heard = await events(story, board.as_of, fresh["as_of"])
        assert shown(fold(board, heard), world.clock.now()) == wanted_of(fresh)
