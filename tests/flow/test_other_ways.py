"""Orders that come of reports, joint handling, reworks and transfers: addressed, told and looked at like any other."""

import json
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from app.database import transaction
from app.flows import joint, recurrence, requests, roster
from app.flows import units as flow
from app.flows.roster import Whom
from dispatch import units
from dispatch.commands import Accept, Acknowledge, FileReport, GiveFeedback
from dispatch.reports.decisions import AsOrder
from dispatch.requests.asked import Decision, Transfer
from dispatch.review import candidates
from models.enums import CandidateState, CauseCode, ProblemCategory, Role, Severity, TransferReason
from models.ids import GridId, PersonId
from tests.factories import OTHER_COUNTY, PREFECTURE, World, make_person
from tests.levels import THIRD_COUNTY, add_levels, file, open_joint, rows, triage
from tests.timeline import Story

BURNING, SITE = "秸秆焚烧", "建筑工地"
ORDER = AsOrder(Severity.SERIOUS)


@pytest_asyncio.fixture
async def world(story: Story) -> World:
    """住建局 leads for sites and burning everywhere; in the other county its 农业局 does for burning."""
    world = await add_levels(story.world)
    await department(world, "zjj", "住建局", PREFECTURE, "viewer", {SITE: PREFECTURE, BURNING: PREFECTURE})
    await department(world, "nyj", "农业局", OTHER_COUNTY, "nobody", {BURNING: OTHER_COUNTY})
    return world


async def department(world: World, code: str, name: str, of: str, member: str, leads: dict[str, str]) -> None:
    context, duty = world.context, world.caller("duty")
    pipeline, clock, directory = context.pipeline, context.clock, context.directory
    async with transaction(world.sessions) as session:
        home = directory.grid_by_code(of)
        assert home is not None
        await flow.add_unit(pipeline, session, home, code=code, name=name, caller=duty, clock=clock)
        unit = await units.hold_unit(session, code)
        await flow.add_member(
            pipeline, session, unit, person=PersonId(world.people[member].id), username=member, since=None,
            until=None, caller=duty, clock=clock,
        )  # fmt: skip
        for category, where in leads.items():
            grid = directory.grid_by_code(where)
            assert grid is not None
            await flow.lead(
                pipeline, session, grid, category=category, unit=code, co_handlers=(), since=None, until=None,
                reason="责任清单", caller=duty, clock=clock,
            )  # fmt: skip


async def of_units(world: World, order: int) -> tuple[str | None, list[str]]:
    """Category and departments of an order."""
    ((category,),) = await rows(world, "SELECT category FROM work_order WHERE id = $1", order)
    found = await rows(
        world, "SELECT u.name FROM order_unit o JOIN unit u ON u.id = o.unit_id WHERE o.order_id = $1", order
    )
    return category, [name for (name,) in found]


async def told(story: Story, kind: str) -> list[dict[str, Any]]:
    found = await rows(story.world, "SELECT data::text FROM journal WHERE kind = $1 ORDER BY id", kind)
    return [json.loads(data) for (data,) in found]


async def close(world: World, order: int, *, cause: CauseCode | None = None) -> None:
    feedback = GiveFeedback("现场", None, (), None, cause)
    await world.act(order, Acknowledge(), feedback, FileReport("洒水", "下降"), Accept("好"))


async def test_an_order_of_a_report_goes_to_the_department_of_its_category(
    story: Story, world: World
) -> None:
    report = await file(world, category=ProblemCategory.BURNING)
    await triage(world, report, ORDER)
    (sent,) = await told(story, "order.dispatched")
    # 露天焚烧 is nearer, but nobody leads for it.
    assert (sent["category"], sent["lead"]) == (BURNING, "住建局")
    assert [(r["username"], r["role"]) for r in sent["recipients"]] == [
        ("both", "supervisor"), ("supervisor", "supervisor"), ("viewer", "lead"),
    ]  # fmt: skip
    assert await of_units(world, sent["order"]) == (BURNING, ["住建局"])


async def test_a_problem_that_says_nothing_brings_nobody_in(story: Story, world: World) -> None:
    await triage(world, await file(world, category=ProblemCategory.NOISE), ORDER)
    await triage(world, await file(world, category=ProblemCategory.OTHER), ORDER)
    first, second = await told(story, "order.dispatched")
    assert first["no_lead_unit"] is second["no_lead_unit"] is True
    assert "category" not in first
    assert "category" not in second


async def test_a_problem_reported_again_at_its_place_is_a_recurrence(story: Story, world: World) -> None:
    await triage(world, await file(world, lon=87.3, lat=44.0), ORDER)
    ((old,),) = await rows(world, "SELECT id FROM work_order")
    await close(world, old)
    world.clock.advance(hours=20)
    await triage(world, await file(world, lon=87.3005, lat=44.0), ORDER)
    await triage(world, await file(world, lon=87.6, lat=44.0), ORDER)
    (again,) = await told(story, "order.recurred")
    assert (again["earlier"], again["place"]) == (old, "near")
    assert len(await told(story, "candidate.raised")) == 1


async def test_the_cause_found_on_site_gives_an_order_its_category(story: Story, world: World) -> None:
    order = await world.order()
    assert await of_units(world, order) == (None, [])
    await world.act(order, Acknowledge(), GiveFeedback("工地", None, (), None, CauseCode.CONSTRUCTION_DUST))
    assert await of_units(world, order) == (SITE, ["住建局"])
    (said,) = await told(story, "order.categorised")
    assert said == said | {"category": SITE, "cause_code": "construction_dust", "lead": "住建局"}
    assert said["actor"] == "姓名 supervisor"
    assert [r["username"] for r in said["recipients"]] == ["viewer"]
    ((version,),) = await rows(world, "SELECT version FROM work_order WHERE id = $1", order)
    assert version == 3


@pytest.mark.parametrize("cause", [CauseCode.NONE_FOUND, CauseCode.OTHER, CauseCode.CATERING, None])
async def test_a_cause_that_names_no_known_category_changes_nothing(
    story: Story, world: World, cause: CauseCode | None
) -> None:
    order = await world.order()
    await world.act(order, Acknowledge(), GiveFeedback("现场", None, (), None, cause))
    assert await of_units(world, order) == (None, [])
    assert await told(story, "order.categorised") == []


async def test_a_category_somebody_gave_is_not_changed_by_a_cause(story: Story, world: World) -> None:
    await triage(world, await file(world, category=ProblemCategory.BURNING), ORDER)
    ((order,),) = await rows(world, "SELECT id FROM work_order")
    await world.act(order, Acknowledge(), GiveFeedback("工地", None, (), None, CauseCode.CONSTRUCTION_DUST))
    assert await of_units(world, order) == (BURNING, ["住建局"])
    assert await told(story, "order.categorised") == []


async def test_parts_of_a_joint_order_take_its_category_with_departments_of_their_own(
    story: Story, world: World
) -> None:
    await triage(world, await file(world, category=ProblemCategory.BURNING), ORDER)
    ((order,),) = await rows(world, "SELECT id FROM work_order")
    await open_joint(world, order, OTHER_COUNTY, THIRD_COUNTY)
    _, *parts = await told(story, "order.dispatched")
    assert {p["grid"]: (p["category"], p["lead"]) for p in parts} == {
        OTHER_COUNTY: (BURNING, "农业局"), THIRD_COUNTY: (BURNING, "住建局"),
    }  # fmt: skip
    # A part is no new occurrence.
    assert await told(story, "order.recurred") == []


async def test_a_rework_goes_to_the_department_of_the_first_order(story: Story, world: World) -> None:
    await triage(world, await file(world), ORDER)
    ((old,),) = await rows(world, "SELECT id FROM work_order")
    await close(world, old)
    world.clock.advance(hours=3)
    await triage(world, await file(world), ORDER)
    ((candidate,),) = await rows(world, "SELECT id FROM rectification_candidate")
    async with transaction(world.sessions) as session:
        found = await candidates.find(session, candidate)
        assert found is not None
        await recurrence.decide(
            world.context.pipeline, session, found, CandidateState.UPHELD, reason="复燃", dispatch_rework=True,
            caller=world.caller("duty"), clock=world.clock,
        )  # fmt: skip
    sent = (await told(story, "order.dispatched"))[-1]
    assert (sent["category"], sent["lead"]) == (BURNING, "住建局")
    assert sent["recipients"][-1]["username"] == "viewer"


async def transfer(world: World, order: int, *, to: str = OTHER_COUNTY) -> None:
    asked = Transfer(TransferReason.OUTSIDE_GRID, GridId(world.grids[to].id), to, "x")
    pipeline, clock = world.context.pipeline, world.clock
    async with transaction(world.sessions) as session:
        request = await requests.file(
            pipeline,
            session,
            order,
            asked,
            caller=world.caller("supervisor"),
            expected_version=None,
            clock=clock,
        )
    async with transaction(world.sessions) as session:
        await requests.decide(
            pipeline, session, request, Decision(approve=True), caller=world.caller("leader"),
            expected_version=None, clock=clock, open_joint=joint.carry_out,
        )  # fmt: skip


async def test_an_order_handed_on_is_addressed_anew(story: Story, world: World) -> None:
    await triage(world, await file(world), ORDER)
    ((order,),) = await rows(world, "SELECT id FROM work_order")
    await transfer(world, order)
    assert await of_units(world, order) == (BURNING, ["农业局"])
    (came,) = await told(story, "order.transferred")
    assert came == came | {"category": BURNING, "lead": "农业局", "co_handlers": []}
    assert [(r["username"], r["role"]) for r in came["recipients"]] == [
        ("neighbour", "supervisor"), ("nobody", "lead"),
    ]  # fmt: skip
    assert "roster_gap" not in came
    assert await told(story, "duty.gap") == []


async def test_an_order_handed_into_a_gap_says_so(story: Story, world: World) -> None:
    order = await world.order()
    now = world.clock.now()
    async with transaction(world.sessions) as session:
        await make_person(session, "deputy", (Role.CHIEF, world.grids[OTHER_COUNTY]))
        grid = world.context.directory.grid_by_code(OTHER_COUNTY)
        assert grid is not None
        await roster.be_away(
            world.context.pipeline, session, grid, Role.SUPERVISOR,
            person=Whom(PersonId(world.people["neighbour"].id), "neighbour"), stand_in=None, since=None,
            until=now + timedelta(hours=5), reason="病假", caller=world.caller("duty"), clock=world.clock,
        )  # fmt: skip
    await transfer(world, order)
    (came,) = await told(story, "order.transferred")
    (gap,) = [g for g in await told(story, "duty.gap") if g.get("order") == order]
    assert (came["roster_gap"], came["no_lead_unit"]) == ("absent_without_stand_in", True)
    assert (gap["gap"], gap["grid"], gap["actor"]) == ("absent_without_stand_in", OTHER_COUNTY, None)
    assert [r["username"] for r in came["recipients"]] == ["deputy"]
    assert gap["recipients"] == came["recipients"]
