"""Joint and cross-county orders on a fake clock: the whole and its parts, with clocks of their own."""

import asyncio
from pathlib import Path

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from app.database import transaction
from app.views.order_detail import order_detail
from dispatch import acts, joint
from dispatch.commands import Accept, Command, FileReport, GiveFeedback, Return, Withdraw
from models.bulk import fetch
from models.enums import OrderState
from models.errors import (
    DomainError,
    Forbidden,
    ForbiddenTransition,
    Invalid,
    NotFound,
    Unfinished,
    VersionConflict,
)
from models.ids import OrderId, PersonId
from tests.factories import COUNTY, OTHER_COUNTY, PREFECTURE, TOWNSHIP, World
from tests.levels import THIRD_COUNTY, add_levels, hand, open_joint, rows
from tests.timeline import Story

FEEDBACK = GiveFeedback("现场")
REPORT = FileReport("洒水", "下降")
OVERRIDE = FileReport("洒水", "下降", (), None, "阜康市联系不上")
WHO = {COUNTY: "supervisor", OTHER_COUNTY: "neighbour", THIRD_COUNTY: "third"}


@pytest_asyncio.fixture
async def world(story: Story) -> World:
    return await add_levels(story.world)


async def parts(world: World, parent: int) -> dict[str, int]:
    found = await rows(
        world,
        "SELECT g.code, o.id FROM work_order o JOIN grid g ON g.id = o.grid_id WHERE o.parent_id = $1",
        parent,
    )
    return dict(found)


async def state(world: World, order: int) -> str:
    ((found,),) = await rows(world, "SELECT state FROM work_order WHERE id = $1", order)
    return str(found)


async def work(story: Story, who: str, order: int, *commands: Command) -> None:
    for command in commands:
        await story.act(who, order, command)


async def test_three_counties_one_late_and_the_lead_reports_over_it(story: Story, world: World) -> None:
    order = await world.order(station="WZ-1")
    story.at("08:10")
    parent = await open_joint(world, order, OTHER_COUNTY, THIRD_COUNTY)
    assert parent == order
    children = await parts(world, parent)
    assert sorted(children) == [OTHER_COUNTY, THIRD_COUNTY]
    assert (await story.said())[1:] == ["08:10:00 order.dispatched"] * 2 + [
        "08:10:00 order.joint role=parent",
        "08:10:00 order.joint role=child",
        "08:10:00 order.joint role=child",
    ]
    # Each part's clocks run from when it was dispatched, the lead's go on as they were.
    dues = await rows(
        world, "SELECT order_id, to_char(due_at, 'HH24:MI') FROM sla_clock WHERE kind = 'report' ORDER BY 1"
    )
    assert dues == [(parent, "02:00"), *((id_, "02:10") for id_ in sorted(children.values()))]

    await work(story, "supervisor", parent, FEEDBACK)
    await work(story, "third", children[THIRD_COUNTY], FEEDBACK, REPORT)
    with pytest.raises(Unfinished) as refused:
        await story.act("supervisor", parent, REPORT)
    assert refused.value.extra == {"children": [f"2026-{OTHER_COUNTY}-000001"]}
    story.at("10:20")
    await story.tick()
    late = await rows(
        world,
        "SELECT DISTINCT g.code FROM sla_breach b JOIN grid g ON g.id = b.grid_id WHERE b.kind = 'report'",
    )
    assert sorted(late) == [(COUNTY,), (OTHER_COUNTY,)]
    await story.act("supervisor", parent, OVERRIDE)
    async with world.sessions() as session:
        document = await order_detail(session, parent)
    assert document["reports"][0]["open_children_reason"] == "阜康市联系不上"
    assert [(c["grid"], c["state"]) for c in document["children"]] == [
        (OTHER_COUNTY, "dispatched"),
        (THIRD_COUNTY, "reported"),
    ]
    assert {c["state"] for c in document["children"][0]["clocks"]} == {"breached"}
    await story.act("duty", parent, Accept("同意"))
    await work(story, "duty", children[THIRD_COUNTY], Accept("同意"))
    assert await state(world, children[OTHER_COUNTY]) == "dispatched"


async def test_led_by_another_county_the_order_becomes_a_part_and_gives_its_alert_away(
    story: Story, world: World
) -> None:
    await story.minutes("08:00", 90, pm25=35.0)
    await story.minutes("10:00", 6, pm25=400.0)
    ((order, alert),) = await rows(world, "SELECT id, alert_id FROM work_order")
    parent = await open_joint(world, order, THIRD_COUNTY, lead=OTHER_COUNTY)
    assert parent != order
    assert await parts(world, parent) == {COUNTY: order, THIRD_COUNTY: parent + 1}
    assert await rows(world, "SELECT order_id FROM alert") == [(parent,)]
    made = await rows(world, "SELECT alert_id, joint_role, station_id IS NULL FROM work_order ORDER BY id")
    assert made == [(None, "child", False), (alert, "parent", False), (None, "child", False)]
    async with world.sessions() as session:
        document = await order_detail(session, order, world.caller("supervisor").scope)
    assert [a["id"] for a in document["alerts"]] == [alert]
    assert document["parent"]["grid"] == OTHER_COUNTY
    assert {c["kind"] for c in document["parent"]["clocks"]} == {"acknowledge", "feedback", "report"}
    assert document["children"] == []
    # A further alert of the station joins the whole, not the part.
    await story.minutes("10:06", 10, pm25=900.0)
    assert await rows(world, "SELECT count(*) FROM work_order WHERE alert_id IS NOT NULL") == [(1,)]


async def test_a_parent_takes_a_further_grid_later(world: World) -> None:
    order = await world.order()
    await open_joint(world, order, OTHER_COUNTY)
    world.clock.advance(minutes=5)
    await open_joint(world, order, THIRD_COUNTY)
    assert sorted(await parts(world, order)) == [OTHER_COUNTY, THIRD_COUNTY]
    with pytest.raises(Invalid, match="has its part already"):
        await open_joint(world, order, THIRD_COUNTY)
    with pytest.raises(ForbiddenTransition, match="lead of a joint order is settled"):
        await open_joint(world, order, lead=THIRD_COUNTY)


async def test_what_joint_handling_refuses(world: World) -> None:
    order = await world.order()
    before = await rows(world, "SELECT count(*) FROM work_order")
    refusals: list[tuple[type[DomainError], tuple[str, ...], str, str]] = [
        (Forbidden, (OTHER_COUNTY,), COUNTY, "supervisor"),
        (Forbidden, (OTHER_COUNTY,), COUNTY, "leader"),
        (NotFound, (OTHER_COUNTY,), COUNTY, "neighbour"),
        (Invalid, (), COUNTY, "duty"),
        (Invalid, (COUNTY,), COUNTY, "duty"),
        (Invalid, (OTHER_COUNTY, OTHER_COUNTY), COUNTY, "duty"),
        (Invalid, (TOWNSHIP,), COUNTY, "duty"),
        (Invalid, (PREFECTURE,), COUNTY, "duty"),
        (Invalid, (OTHER_COUNTY,), PREFECTURE, "duty"),
    ]
    for refusal, grids, lead, who in refusals:
        with pytest.raises(refusal):
            await open_joint(world, order, *grids, lead=lead, by=who)
    with pytest.raises(VersionConflict):
        await open_joint(world, order, OTHER_COUNTY, version=7)
    with pytest.raises(NotFound):
        await open_joint(world, 999, OTHER_COUNTY)
    assert await rows(world, "SELECT count(*) FROM work_order") == before


async def test_nobody_on_duty_there_and_no_part_is_made(world: World) -> None:
    order = await world.order()
    third = world.people["third"].id
    ended = "UPDATE duty SET valid_to = $1 WHERE person_id = $2"
    await rows_write(world, ended, world.clock.now(), third)
    with pytest.raises(Invalid, match=THIRD_COUNTY):
        await open_joint(world, order, OTHER_COUNTY, THIRD_COUNTY)
    assert await rows(world, "SELECT count(*) FROM work_order") == [(1,)]


async def rows_write(world: World, statement: str, *values: object) -> None:
    async with transaction(world.sessions) as session:
        await fetch(session, statement, *values)


@pytest.mark.parametrize("state_", [OrderState.REPORTED, OrderState.CLOSED, OrderState.VOID])
async def test_only_what_is_worked_on_becomes_joint(world: World, state_: OrderState) -> None:
    order = await world.order_in(state_)
    with pytest.raises(ForbiddenTransition):
        await open_joint(world, order, OTHER_COUNTY)


async def test_a_part_has_no_parts(world: World) -> None:
    parent = await open_joint(world, await world.order(), OTHER_COUNTY)
    child = (await parts(world, parent))[OTHER_COUNTY]
    for lead in (OTHER_COUNTY, COUNTY):
        with pytest.raises(ForbiddenTransition, match="no parts of its own"):
            await open_joint(world, child, THIRD_COUNTY, lead=lead)


async def test_the_database_holds_parts_to_what_they_are(world: World) -> None:
    order = await world.order()
    for change in ("joint_role = 'child'", "parent_id = id", "joint_role = 'parent', parent_id = id"):
        with pytest.raises(IntegrityError):
            await rows_write(world, f"UPDATE work_order SET {change} WHERE id = $1", order)


async def test_the_parts_are_reviewed_before_the_whole(story: Story, world: World) -> None:
    parent = await open_joint(world, await world.order(), OTHER_COUNTY)
    child = (await parts(world, parent))[OTHER_COUNTY]
    await work(story, "neighbour", child, FEEDBACK, REPORT)
    await work(story, "supervisor", parent, FEEDBACK, REPORT)
    with pytest.raises(Unfinished, match="reviewed before the whole"):
        await story.act("duty", parent, Accept())
    await story.act("duty", child, Return("照片不清"))
    with pytest.raises(Unfinished):
        await story.act("duty", parent, Accept())
    await work(story, "neighbour", child, REPORT)
    await work(story, "duty", child, Accept())
    await work(story, "duty", parent, Accept())
    assert [await state(world, o) for o in (parent, child)] == ["closed", "closed"]


async def test_an_override_holds_for_its_round_alone(story: Story, world: World) -> None:
    parent = await open_joint(world, await world.order(), OTHER_COUNTY)
    child = (await parts(world, parent))[OTHER_COUNTY]
    await work(story, "supervisor", parent, FEEDBACK, OVERRIDE)
    await story.act("duty", parent, Return("等阜康市"))
    with pytest.raises(Unfinished):
        await story.act("supervisor", parent, REPORT)
    await work(story, "neighbour", child, FEEDBACK, REPORT)
    await story.act("supervisor", parent, REPORT)
    with pytest.raises(Unfinished):
        await story.act("duty", parent, Accept())


async def test_a_whole_is_withdrawn_with_its_parts_or_not_at_all(story: Story, world: World) -> None:
    parent = await open_joint(world, await world.order(), OTHER_COUNTY, THIRD_COUNTY)
    children = await parts(world, parent)
    task = await hand(world, parent)
    await work(story, "duty", children[THIRD_COUNTY], Withdraw("该县无关"))
    with pytest.raises(Unfinished, match="with_children"):
        await story.act("duty", parent, Withdraw("误报"))
    await story.said()
    await story.act("duty", parent, Withdraw("误报", None, True))
    assert await story.said() == [
        "08:00:00 order.void",
        "08:00:00 task.taken_back",
        "08:00:00 order.void",
    ]
    assert await rows(world, "SELECT DISTINCT state FROM work_order") == [("void",)]
    assert await rows(world, "SELECT DISTINCT state FROM sla_clock") == [("void",)]
    assert await rows(world, "SELECT state FROM task WHERE id = $1", task) == [("taken_back",)]
    assert await rows(world, "SELECT count(*) FROM holder_segment WHERE held_to IS NULL") == [(0,)]


async def test_what_a_request_calls_on_approval(world: World) -> None:
    """The function alone: the caller holds the order, starts the clocks and tells."""
    order_id = await world.order()
    async with transaction(world.sessions) as session:
        order = await acts.lock_order(session, OrderId(order_id))
        assert order is not None
        ids = world.context.directory
        other = ids.grid_by_code(OTHER_COUNTY)
        assert other is not None
        opened = await joint.open_joint(
            session, order, lead=order.grid_id, others=[other.id], reason="联合执法",
            decided_by=PersonId(world.people["duty"].id), policy_version=order.policy_version, now=world.clock.now(),
        )  # fmt: skip
    assert opened.parent_id == order_id
    assert [made.grid_code for made in opened.dispatched] == [OTHER_COUNTY]
    assert [type(fact).__name__ for fact in opened.facts] == ["OrderDispatched", "OrderTold", "OrderTold"]


async def test_the_last_part_is_reported_while_the_lead_reports(story: Story, world: World) -> None:
    for _ in range(10):
        parent = await open_joint(world, await world.order(), OTHER_COUNTY)
        child = (await parts(world, parent))[OTHER_COUNTY]
        await work(story, "neighbour", child, FEEDBACK)
        await work(story, "supervisor", parent, FEEDBACK)
        lead, last = await asyncio.gather(
            story.act("supervisor", parent, REPORT),
            story.act("neighbour", child, REPORT),
            return_exceptions=True,
        )
        assert last is None
        assert lead is None or isinstance(lead, Unfinished)
        assert await state(world, parent) == ("reported" if lead is None else "on_site")
        if lead is not None:
            await story.act("supervisor", parent, REPORT)


async def test_withdrawn_with_its_parts_while_they_are_worked_on(story: Story, world: World) -> None:
    for _ in range(10):
        parent = await open_joint(world, await world.order(), OTHER_COUNTY, THIRD_COUNTY)
        children = await parts(world, parent)
        done = await asyncio.gather(
            story.act("duty", parent, Withdraw("误报", None, True)),
            *(story.act(WHO[grid], child, FEEDBACK) for grid, child in children.items()),
            return_exceptions=True,
        )
        assert done[0] is None
        assert {type(r) for r in done[1:]} <= {type(None), ForbiddenTransition}
    assert await rows(world, "SELECT DISTINCT state FROM work_order") == [("void",)]


DEEDS: dict[str, Command] = {
    "feedback": FEEDBACK,
    "report": REPORT,
    "override": OVERRIDE,
    "accept": Accept("同意"),
    "return": Return("退回"),
    "void": Withdraw("误报"),
    "void all": Withdraw("误报", None, True),
}
deeds = st.lists(st.tuples(st.integers(0, 2), st.sampled_from(sorted(DEEDS))), max_size=30)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(script=deeds, lead=st.sampled_from([COUNTY, OTHER_COUNTY]))
async def test_a_whole_is_never_closed_over_an_open_part_unless_overridden(
    story: Story, world: World, tmp_path: Path, script: list[tuple[int, str]], lead: str
) -> None:
    order = await world.order()
    grids = [g for g in (COUNTY, OTHER_COUNTY, THIRD_COUNTY) if g not in (lead, COUNTY)]
    parent = await open_joint(world, order, *grids, lead=lead)
    children = await parts(world, parent)
    everyone = [(parent, lead), *((id_, grid) for grid, id_ in sorted(children.items()))]
    for index, deed in script:
        id_, grid = everyone[index % len(everyone)]
        who = WHO[grid] if deed in ("feedback", "report", "override") else "duty"
        try:
            await story.act(who, id_, DEEDS[deed])
        except (ForbiddenTransition, Unfinished):
            continue
        finally:
            now = {order_id: await state(world, order_id) for order_id, _ in everyone}
            whole = now.pop(parent)
            open_ = [s for s in now.values() if s not in ("closed", "void")]
            if whole == "closed" and open_:
                kept = await rows(
                    world,
                    "SELECT open_children_reason FROM disposal_report WHERE order_id = $1 ORDER BY round DESC LIMIT 1",
                    parent,
                )
                assert kept == [("阜康市联系不上",)]
            if whole == "void":
                assert not open_
