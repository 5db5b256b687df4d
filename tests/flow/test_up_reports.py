"""What levels 3 and 4 report upward, on a fake clock: judged in time, or a breach of whoever had to."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.views.order_detail import order_detail
from app.views.reports import report_document
from dispatch.commands import Withdraw
from dispatch.reports.decisions import AsOrder, AsTask, Decision, Dismiss, Merge, Refer
from models.enums import ProblemCategory, Severity
from models.errors import DomainError, Forbidden, ForbiddenTransition, Invalid, NotFound
from models.ids import GridId, OrderId, ReportId
from tests.factories import COUNTY, OTHER_COUNTY, PREFECTURE, TOWNSHIP, World
from tests.fakes import START
from tests.levels import (
    EMPTY_VILLAGE,
    FOREIGN_TOWNSHIP,
    VILLAGE,
    add_levels,
    clocks,
    complete,
    file,
    forward,
    further,
    handed,
    rows,
    solve,
    triage,
)
from tests.timeline import Story

ORDER = AsOrder(Severity.SERIOUS)


@pytest_asyncio.fixture
async def world(story: Story) -> World:
    return await add_levels(story.world)


async def said(story: Story) -> list[str]:
    """The feed without what the county's board hears of its clocks while a township's report goes its way."""
    return [line for line in await story.said() if not line.endswith("sla.changed")]


async def state(world: World, report: int) -> tuple[str, str]:
    ((found, at),) = await rows(
        world,
        "SELECT r.state, g.code FROM up_report r JOIN grid g ON g.id = r.at_grid_id WHERE r.id = $1",
        report,
    )
    return found, at


async def test_a_report_that_is_never_judged_is_the_countys_breach(story: Story, world: World) -> None:
    report = await file(world)
    assert await rows(world, "SELECT number FROM up_report") == [(f"UP-2026-{COUNTY}-000001",)]
    assert await clocks(world, "triage") == [(COUNTY, "running", 120.0)]
    story.at("11:01")
    await story.tick()
    assert [line for line in await said(story) if "due_soon" not in line] == [
        "08:00:00 report.filed",
        "10:00:00 sla.breached triage",
        "10:00:00 sla.escalated triage level=1 role=supervisor",
        "10:30:00 sla.escalated triage level=2 role=chief",
        "11:00:00 sla.escalated triage level=3 role=duty_officer",
    ]
    breach = await rows(
        world, "SELECT g.code, b.order_id, b.subject_id FROM sla_breach b JOIN grid g ON g.id = b.grid_id"
    )
    assert breach == [(COUNTY, None, report)]
    told = [e["data"] for e in await story.events() if e["kind"] == "sla.breached"]
    assert (told[0]["number"], told[0]["order"]) == (f"UP-2026-{COUNTY}-000001", None)
    await triage(world, report, Dismiss("已查,不属实"))
    assert await clocks(world, "triage") == [(COUNTY, "breached", 120.0)]
    assert await rows(world, "SELECT stopped_by FROM sla_clock") == [("triage",)]


async def test_a_villages_report_becomes_an_order_of_its_county(story: Story, world: World) -> None:
    report = await file(world, VILLAGE, by="villager", place="三队北侧")
    assert await state(world, report) == ("collected", TOWNSHIP)
    story.at("08:30")
    await forward(world, report, reason="需立案查处")
    assert await state(world, report) == ("filed", COUNTY)
    story.at("09:00")
    await triage(world, report, ORDER)
    assert await state(world, report) == ("ordered", COUNTY)
    assert await clocks(world, "triage") == [(TOWNSHIP, "met", 120.0), (COUNTY, "met", 120.0)]
    ((order, reason, creator),) = await rows(
        world, "SELECT o.id, o.reason, p.username FROM work_order o JOIN person p ON p.id = o.created_by"
    )
    assert (reason, creator) == ("露天焚烧：村口焚烧秸秆", "supervisor")
    assert [state for _, state, _ in await clocks(world, "report")] == ["running"]
    async with world.sessions() as session:
        document = await order_detail(session, order)
        told = await report_document(session, report, world.caller("villager").scope)
    assert document["origin"]["number"] == f"UP-2026-{COUNTY}-000001"
    assert (told["order_id"], [s["act"] for s in told["steps"]]) == (order, ["forward", "order"])
    assert await said(story) == [
        "08:00:00 report.filed",
        "08:30:00 report.forwarded",
        "09:00:00 report.triaged",
        "09:00:00 order.dispatched",
    ]


async def test_a_township_that_sits_on_a_report_has_the_breach(story: Story, world: World) -> None:
    report = await file(world, VILLAGE, by="villager")
    story.at("10:30")
    await story.tick()
    await forward(world, report)
    story.at("12:29")
    await story.tick()
    found = await rows(world, "SELECT g.code FROM sla_breach b JOIN grid g ON g.id = b.grid_id")
    assert found == [(TOWNSHIP,)]


async def test_a_township_solves_what_its_village_reports(story: Story, world: World) -> None:
    report = await file(world, VILLAGE, by="villager")
    await solve(world, report)
    assert await state(world, report) == ("solved", TOWNSHIP)
    assert await clocks(world, "triage") == [(TOWNSHIP, "met", 120.0)]
    assert await rows(world, "SELECT act, reason FROM up_report_step") == [("solve", "已扑灭并教育")]
    assert (await said(story))[-1] == "08:00:00 report.solved"


async def test_where_nobody_is_in_the_township_the_county_gets_it(world: World) -> None:
    report = await file(world, EMPTY_VILLAGE, by="lonely")
    assert await state(world, report) == ("filed", COUNTY)


async def test_a_report_handed_back_as_a_task(story: Story, world: World) -> None:
    report = await file(world)
    await triage(world, report, AsTask(handed(world, TOWNSHIP, 24 * 60)))
    assert await state(world, report) == ("tasked", COUNTY)
    ((task,),) = await rows(world, "SELECT id FROM task WHERE order_id IS NULL AND report_id = $1", report)
    part = await further(world, task)
    await complete(world, part, by="villager")
    await complete(world, task)
    assert await clocks(world, "task") == [(TOWNSHIP, "met", 1440.0), (VILLAGE, "met", 20.0)]
    assert await rows(world, "SELECT DISTINCT label FROM sla_clock") == [(f"UP-2026-{COUNTY}-000001",)]
    assert "08:00:00 task.handed" in await story.said()


async def test_what_goes_beyond_a_county_is_the_prefectures(story: Story, world: World) -> None:
    report = await file(world)
    with pytest.raises(Invalid, match="refer to the prefecture"):
        await triage(world, report, AsOrder(Severity.NOTICE, None, GridId(world.grids[OTHER_COUNTY].id)))
    await triage(world, report, Refer("烟气来自阜康市"))
    assert await state(world, report) == ("referred", PREFECTURE)
    assert await clocks(world, "triage") == [(COUNTY, "met", 120.0), (PREFECTURE, "running", 120.0)]
    for who in ("supervisor", "leader"):
        with pytest.raises(Forbidden):
            await triage(world, report, ORDER, by=who)
    story.at("10:01")
    await story.tick()
    told = [e["data"] for e in await story.events() if e["kind"] == "sla.escalated"]
    assert [p["username"] for p in told[0]["recipients"]] == ["duty", "both"]
    await triage(
        world, report, AsOrder(Severity.NOTICE, "联合查处", GridId(world.grids[OTHER_COUNTY].id)), by="duty"
    )
    made = await rows(
        world, "SELECT g.code, o.reason, o.origin_report_id FROM work_order o JOIN grid g ON g.id = o.grid_id"
    )
    assert made == [(OTHER_COUNTY, "联合查处", report)]


async def test_merged_into_a_report_or_an_order(story: Story, world: World) -> None:
    first, second, third, fourth = [await file(world) for _ in range(4)]
    await triage(world, second, Merge(ReportId(first)))
    # Merged into the second is merged into the first.
    await triage(world, third, Merge(ReportId(second), None, "同一处"))
    assert await rows(world, "SELECT id, duplicate_of FROM up_report WHERE state = 'merged' ORDER BY id") == [
        (second, first),
        (third, first),
    ]
    order = await world.order()
    await triage(world, fourth, Merge(None, OrderId(order)))
    assert await rows(world, "SELECT order_id FROM up_report WHERE id = $1", fourth) == [(order,)]
    withdrawn = await world.order()
    await story.act("duty", withdrawn, Withdraw("误报"))
    foreign = await file(world, FOREIGN_TOWNSHIP, by="foreigner")
    dismissed = await file(world)
    await triage(world, dismissed, Dismiss("不属实"))
    refusals: list[tuple[type[DomainError], Merge]] = [
        (Invalid, Merge(ReportId(first))),
        (Invalid, Merge(ReportId(third))),
        (Invalid, Merge()),
        (Invalid, Merge(ReportId(second), OrderId(order))),
        (Invalid, Merge(None, OrderId(withdrawn))),
        (Invalid, Merge(ReportId(dismissed))),
        (NotFound, Merge(ReportId(foreign))),
        (NotFound, Merge(ReportId(999))),
        (NotFound, Merge(None, OrderId(999))),
        (NotFound, Merge(None, OrderId(await world.order(OTHER_COUNTY)))),
    ]
    for refusal, decision in refusals:
        with pytest.raises(refusal):
            await triage(world, first, decision)
    assert await state(world, first) == ("filed", COUNTY)


async def test_what_may_be_the_same_is_near_in_place_time_and_kind(world: World) -> None:
    near = await file(world, lon=87.303)
    for over in (
        {"lon": 87.31},
        {"category": ProblemCategory.DUST},
        {"found_at": START - timedelta(hours=25)},
    ):
        await file(world, **over)
    await file(world, FOREIGN_TOWNSHIP, by="foreigner")
    closest = await file(world, VILLAGE, by="villager", found_at=START - timedelta(hours=23), lon=87.3005)
    report = await file(world)
    async with world.sessions() as session:
        document = await report_document(session, report, world.caller("supervisor").scope)
        whole = await report_document(session, report, world.caller("duty").scope)
    assert [other["id"] for other in document["similar"]] == [closest, near]
    assert [other["distance_m"] for other in document["similar"]] == [40, 240]
    assert len(whole["similar"]) == 3


@pytest.mark.parametrize(
    ("found_at", "words"),
    [(START + timedelta(seconds=1), "in the future"), (START - timedelta(days=31), "more than 30 days ago")],
)
async def test_when_a_problem_cannot_have_been_found(world: World, found_at: object, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        await file(world, found_at=found_at)
    assert await rows(world, "SELECT count(*) FROM up_report") == [(0,)]


async def test_who_may_not(world: World) -> None:
    report, collected = await file(world), await file(world, VILLAGE, by="villager")
    refusals: list[tuple[type[DomainError], Callable[[], Awaitable[object]]]] = [
        (NotFound, lambda: file(world, by="villager")),
        (NotFound, lambda: file(world, FOREIGN_TOWNSHIP)),
        (Forbidden, lambda: file(world, by="supervisor")),
        (Forbidden, lambda: file(world, by="duty")),
        (Forbidden, lambda: file(world, COUNTY, by="supervisor")),
        (Forbidden, lambda: forward(world, collected, by="villager")),
        (Forbidden, lambda: solve(world, collected, by="patroller")),
        (NotFound, lambda: forward(world, collected, by="foreigner")),
        (NotFound, lambda: triage(world, report, ORDER, by="neighbour")),
        (Forbidden, lambda: triage(world, report, ORDER, by="township")),
        (Forbidden, lambda: triage(world, report, ORDER, by="duty")),
        (Forbidden, lambda: triage(world, report, ORDER, by="viewer")),
        (NotFound, lambda: triage(world, 999, ORDER)),
        (ForbiddenTransition, lambda: forward(world, report, by="supervisor")),
        (ForbiddenTransition, lambda: solve(world, report, by="supervisor")),
        (ForbiddenTransition, lambda: triage(world, collected, ORDER)),
        (Invalid, lambda: triage(world, report, AsTask(handed(world, FOREIGN_TOWNSHIP, 5)))),
        (Invalid, lambda: triage(world, report, AsTask(handed(world, COUNTY, 5)))),
        (Invalid, lambda: triage(world, report, AsTask(handed(world, TOWNSHIP, 60 * 24 * 31)))),
    ]
    for refusal, act in refusals:
        with pytest.raises(refusal):
            await act()
    assert [await state(world, r) for r in (report, collected)] == [
        ("filed", COUNTY),
        ("collected", TOWNSHIP),
    ]
    assert await rows(world, "SELECT count(*) FROM up_report_step") == [(0,)]


DECISIONS: dict[str, Decision] = {"order": ORDER, "dismiss": Dismiss("不属实"), "refer": Refer("跨县")}


@pytest.mark.parametrize("first", sorted(DECISIONS))
async def test_judged_is_judged(world: World, first: str) -> None:
    report = await file(world)
    await triage(world, report, DECISIONS[first])
    if first == "refer":
        await triage(world, report, Dismiss("已由他县处理"), by="duty")
    by = "duty" if first == "refer" else "supervisor"
    for decision in DECISIONS.values():
        with pytest.raises(ForbiddenTransition):
            await triage(world, report, decision, by=by)


async def test_two_who_judge_at_once_judge_once(world: World) -> None:
    report = await file(world)
    results = await asyncio.gather(
        *(triage(world, report, ORDER, by=who) for who in ("supervisor", "both", "chief", "supervisor")),
        return_exceptions=True,
    )
    assert sorted(type(r).__name__ for r in results) == ["ForbiddenTransition"] * 3 + ["NoneType"]
    assert await rows(world, "SELECT count(*) FROM work_order") == [(1,)]


async def test_two_reports_merged_into_each_other_at_once_do_not_make_a_ring(world: World) -> None:
    for _ in range(5):
        one, two = ReportId(await file(world)), ReportId(await file(world))
        results = await asyncio.gather(
            triage(world, one, Merge(two)), triage(world, two, Merge(one), by="chief"), return_exceptions=True
        )
        assert sorted(type(r).__name__ for r in results) == ["Invalid", "NoneType"]


async def test_numbers_run_without_a_gap_through_a_rush(world: World) -> None:
    await asyncio.gather(*(file(world) for _ in range(12)))
    numbers = await rows(world, "SELECT number FROM up_report ORDER BY number")
    assert numbers == [(f"UP-2026-{COUNTY}-{n:06d}",) for n in range(1, 13)]


acts = st.lists(
    st.tuples(st.sampled_from(["forward", "solve", "order", "dismiss", "refer", "desk"]), st.integers(0, 90)),
    max_size=8,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(script=acts, village=st.booleans())
async def test_a_report_that_waits_has_one_running_clock_where_it_waits(
    story: Story, world: World, script: list[tuple[str, int]], village: bool
) -> None:
    report = await file(world, VILLAGE if village else TOWNSHIP, by="villager" if village else "patroller")
    for deed, minutes in script:
        world.clock.advance(minutes=minutes)
        try:
            match deed:
                case "forward":
                    await forward(world, report)
                case "solve":
                    await solve(world, report)
                case "desk":
                    await triage(world, report, Dismiss("已处理"), by="duty")
                case _:
                    await triage(world, report, DECISIONS[deed])
        except (ForbiddenTransition, Forbidden):
            pass
        found, at = await state(world, report)
        unstopped = await rows(
            world,
            "SELECT g.code FROM sla_clock c JOIN grid g ON g.id = c.grid_id WHERE c.kind = 'triage'"
            " AND subject_id = $1 AND stopped_at IS NULL",
            report,
        )
        assert unstopped == ([(at,)] if found in ("collected", "filed", "referred") else [])
