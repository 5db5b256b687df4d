"""A snapshot of the board and the events after it are the fresh snapshot: whoever joins, whenever, however slowly."""

import asyncio
import contextlib
import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.api.requests import MAX_LIMIT
from app.auth.scope import EVERYTHING
from app.board.fold import Board, fold, read, shown
from app.board.wanted import Wanted
from app.database import transaction
from app.feed import FeedHub
from app.views import board as view
from dispatch.commands import Accept, Acknowledge, Command, FileReport, GiveFeedback, Return, Withdraw
from models.bulk import fetch
from models.enums import ClockKind, EventKind, OrderAct, SubjectAct
from models.errors import DomainError, ForbiddenTransition, SecondPersonNeeded
from models.facts import Told
from models.ids import GridId, OrderId
from sla import changes, repository
from sla import service as sla
from sla.changes import Change
from sla.deadlines import plan_document
from sla.repository import Start
from tests.factories import COUNTY, OTHER_COUNTY, PREFECTURE
from tests.fakes import START
from tests.timeline import Story

COMMANDS: dict[str, Command] = {
    "acknowledge": Acknowledge(),
    "feedback": GiveFeedback("现场"),
    "report": FileReport("措施", "结果"),
    "accept": Accept("同意"),
    "return": Return("退回"),
    "void": Withdraw("误报"),
}
BY_DUTY = ("accept", "return", "void")
_EVENT = re.compile(rb"id: (\d+)\nevent: (\S+)\ndata: (.*)\n\n")
Event = tuple[int, str, dict[str, Any]]


async def snapshot(story: Story, **over: Any) -> dict[str, Any]:
    codes = {int(grid.id): grid.code for grid in story.world.context.directory.grids}
    return await view.snapshot(
        story.sessions,
        over.pop("codes", codes),
        limit=over.pop("limit", MAX_LIMIT),
        now=story.world.clock.now(),
        **over,
    )


async def events(story: Story, after: int, until: int) -> list[Event]:
    found = await story.events(after)
    return [(e["id"], e["kind"], e["data"]) for e in found if e["id"] <= until]


def wanted_of(fresh: dict[str, Any]) -> dict[str, Any]:
    return {"counters": fresh["counters"], "clocks": fresh["clocks"]}


# ------------------------------------------------------------------ acts of others, as their branches do them


async def ask(story: Story, order_id: int, subject: int) -> None:
    """A request beside the states, with the prefecture's own clock."""
    now = story.world.clock.now()
    async with transaction(story.sessions) as session:
        policy = await sla.in_force(session)
        start = Start(
            ClockKind.DECISION,
            GridId(story.world.grids[PREFECTURE].id),
            OrderId(order_id),
            subject_id=subject,
        )
        await sla.start_for(session, [start], policy=policy, now=now)
        await story.world.context.pipeline.told(session, [], now=now)


async def report_up(story: Story, subject: int) -> None:
    """A report from below: a clock of no order."""
    now, grid = story.world.clock.now(), story.world.grids[COUNTY]
    async with transaction(story.sessions) as session:
        start = Start(ClockKind.TRIAGE, GridId(grid.id), subject_id=subject, label=f"R-{subject}")
        await sla.start_for(session, [start], policy=await sla.in_force(session), now=now)
        fact = Told(EventKind.REGISTRY_LOADED, GridId(grid.id), grid.code, now)
        await story.world.context.pipeline.told(session, [fact], now=now)


async def settle(story: Story, kind: ClockKind, subject: int, act: SubjectAct | OrderAct) -> None:
    now = story.world.clock.now()
    async with transaction(story.sessions) as session:
        effects = await sla.act_on(session, kind, subject, act, now=now)
        await story.world.context.pipeline.told(session, effects, now=now)


async def move_due(story: Story, order_id: int, minutes: int) -> None:
    """Another deadline for an order's clocks that still run: what an extension or a policy move does."""
    now = story.world.clock.now()
    async with transaction(story.sessions) as session:
        clocks = [c for c in await repository.of_orders(session, [OrderId(order_id)]) if c.due_at >= now]
        policy = await sla.in_force(session)
        for clock in clocks:
            due = clock.due_at + timedelta(minutes=minutes)
            plan = policy.plan(clock.kind, now, due)
            moved = replace(clock, due_at=due, plan=plan, step=0)
            await fetch(
                session, "UPDATE sla_clock SET due_at = $2, plan = $3::jsonb, step = 0, next_at = $4 WHERE id = $1",
                clock.id, due, json.dumps(plan_document(plan)), moved.next_at,
            )  # fmt: skip
            changes.note(session, repository.changed(moved, Change.MOVED))
        await story.world.context.pipeline.told(session, [], now=now)


async def hand_over(story: Story, order_id: int, grid: str) -> None:
    """The order's clocks go to another grid."""
    now = story.world.clock.now()
    async with transaction(story.sessions) as session:
        for clock in await repository.of_orders(session, [OrderId(order_id)]):
            grid_id = GridId(story.world.grids[grid].id)
            if clock.grid_id == grid_id:
                continue
            await fetch(session, "UPDATE sla_clock SET grid_id = $2 WHERE id = $1", clock.id, grid_id)
            there = replace(clock, grid_id=grid_id)
            changes.note(
                session, repository.changed(clock, Change.LEFT), repository.changed(there, Change.CAME)
            )
        await story.world.context.pipeline.told(session, [], now=now)


steps = st.lists(
    st.tuples(
        st.integers(0, 90),
        st.sampled_from(
            [
                *COMMANDS,
                "new",
                "new elsewhere",
                "tick",
                "ask",
                "decide",
                "report up",
                "triage",
                "move",
                "hand over",
            ]
        ),
        st.integers(0, 3),
    ),
    min_size=1,
    max_size=14,
)


async def do(story: Story, orders: list[int], what: str, which: int, number: int) -> None:
    if what in ("new", "new elsewhere") or not orders:
        orders.append(await story.world.order(OTHER_COUNTY if what == "new elsewhere" else COUNTY))
        return
    order = orders[which % len(orders)]
    if what in COMMANDS:
        with contextlib.suppress(DomainError):
            await story.act("duty" if what in BY_DUTY else "both", order, COMMANDS[what])
    elif what == "tick":
        await story.tick()
    elif what == "ask":
        await ask(story, order, number)
    elif what == "decide":
        await settle(story, ClockKind.DECISION, which, SubjectAct.DECIDE)
    elif what == "report up":
        await report_up(story, number)
    elif what == "triage":
        await settle(story, ClockKind.TRIAGE, which, SubjectAct.TRIAGE)
    elif what == "move":
        await move_due(story, order, 7)
    else:
        await hand_over(story, order, OTHER_COUNTY if number % 2 else COUNTY)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(script=steps, filtered=st.booleans())
async def test_snapshot_and_events_are_the_fresh_snapshot(
    story: Story, script: list[Any], filtered: bool
) -> None:
    """From every point of the story on, also over midnight in Beijing, also for one grid or some kinds of clock."""
    clock = story.world.clock
    clock.set(max(START, clock.now() + timedelta(hours=9)))
    codes = {int(g.id): g.code for g in story.world.context.directory.grids}
    kinds = None
    if filtered:
        codes = {id_: code for id_, code in codes.items() if code == COUNTY}
        kinds = frozenset({"feedback", "review", "triage"})
    wanted = Wanted(EVERYTHING, grids=frozenset(codes), clocks=kinds)
    joined = [read(await snapshot(story, codes=codes, kinds=kinds))]
    orders: list[int] = []
    base = joined[0].as_of
    for number, (minutes, what, which) in enumerate(script):
        clock.advance(minutes=minutes, seconds=1)
        await do(story, orders, what, which, base * 100 + number)
        joined.append(read(await snapshot(story, codes=codes, kinds=kinds)))
    fresh = await snapshot(story, codes=codes, kinds=kinds)
    heard = await heard_by(story, wanted, base, fresh["as_of"])
    for board in joined:
        assert shown(fold(board, heard), clock.now()) == wanted_of(fresh)


async def heard_by(story: Story, wanted: Wanted, after: int, until: int) -> list[Event]:
    """What a listener with these filters is handed from the table."""
    hub = FeedHub(story.sessions, clock=story.world.clock, metrics=story.world.context.metrics)
    found: list[Event] = []
    stream = aiter(hub.listen(wanted, after=after, heartbeat=0.02))
    position = after
    async with asyncio.timeout(20):
        while position < until:
            chunk = await anext(stream)
            found += [(int(m[1]), m[2].decode(), json.loads(m[3])) for m in _EVENT.finditer(chunk)]
            position = max([position, *(int(n) for n in re.findall(rb"^id: (\d+)$", chunk, re.M))])
    await stream.aclose()  # type: ignore[attr-defined]  # it is a generator
    return found


async def test_two_writers_and_boards_that_join_while_they_write(story: Story) -> None:
    """The snapshot is exact at `as_of` whatever is committed meanwhile."""
    boards: list[Board] = []
    over = asyncio.Event()

    async def write(who: int) -> None:
        mine: list[int] = []
        for n in range(12):
            mine.append(await story.world.order(COUNTY if who else OTHER_COUNTY))
            for what in list(COMMANDS)[: n % 5]:
                await story.act(
                    "duty" if what in BY_DUTY else ("supervisor" if who else "neighbour"),
                    mine[-1],
                    COMMANDS[what],
                )
            if n in (0, 3, 6):
                with contextlib.suppress(SecondPersonNeeded):
                    await story.act("duty", mine.pop(), COMMANDS["void"])

    async def join() -> None:
        while not over.is_set():
            boards.append(read(await snapshot(story)))
            await asyncio.sleep(0)

    async def passes() -> None:
        while not over.is_set():
            story.world.clock.advance(minutes=3)
            await story.tick()

    watching = [asyncio.ensure_future(join()), asyncio.ensure_future(passes())]
    await asyncio.gather(write(0), write(1))
    over.set()
    await asyncio.gather(*watching)
    fresh = await snapshot(story)
    heard = await events(story, 0, fresh["as_of"])
    assert len(boards) > 5
    assert fresh["counters"]["total"]["open"] > 0
    for board in boards:
        assert shown(fold(board, heard), story.world.clock.now()) == wanted_of(fresh)


async def test_a_board_over_its_limit_says_so_and_shows_the_first_due(story: Story) -> None:
    for _ in range(3):
        await story.world.order()
    found = await snapshot(story, limit=4)
    assert not found["complete"]
    assert [c["clock"] for c in found["clocks"]] == ["acknowledge"] * 3 + ["feedback"]
    assert found["counters"]["total"] == {
        "open": 9, "due_soon": 3, "breached": 0, "breached_today": 0, "orders": 3,
    }  # fmt: skip
    whole = await snapshot(story, limit=9)
    assert whole["complete"]


async def test_the_order_event_carries_the_clocks_it_started_and_stopped(story: Story) -> None:
    order = await story.world.order()
    await story.act("supervisor", order, GiveFeedback("现场"))
    dispatched, feedback = await story.events()
    assert [(c["clock"], c["change"], c["state"]) for c in dispatched["data"]["clocks"]] == [
        ("acknowledge", "started", "running"), ("feedback", "started", "running"), ("report", "started", "running"),
    ]  # fmt: skip
    assert [(c["clock"], c["change"], c["state"]) for c in feedback["data"]["clocks"]] == [
        ("acknowledge", "stopped", "met"), ("feedback", "stopped", "met"),
    ]  # fmt: skip


async def test_whoever_may_not_see_the_clock_hears_nothing_of_it(story: Story) -> None:
    """A decision clock is the prefecture's: it comes in an event of its own, not on one of the county's."""
    order = await story.world.order()
    await ask(story, order, 1)
    told = (await story.events())[-1]
    assert (told["kind"], told["data"]["grid"]) == ("sla.changed", PREFECTURE)
    county = {story.world.grids[COUNTY].id: COUNTY}
    assert {c["clock"] for c in (await snapshot(story, codes=county))["clocks"]} == {
        "acknowledge",
        "feedback",
        "report",
    }


async def test_clocks_that_nobody_is_told_of_cannot_be_committed(story: Story) -> None:
    order = await story.world.order()
    with pytest.raises(RuntimeError, match="the feed was not told: acknowledge"):
        async with transaction(story.sessions) as session:
            await sla.act(session, OrderId(order), OrderAct.ACKNOWLEDGE, now=story.world.clock.now())
    async with story.sessions() as session:
        assert await fetch(session, "SELECT 1 FROM sla_clock WHERE stopped_at IS NOT NULL") == []


async def test_what_a_savepoint_takes_back_is_not_told(story: Story) -> None:
    order, other = await story.world.order(), await story.world.order()
    now = story.world.clock.now()
    async with transaction(story.sessions) as session:
        await sla.act(session, OrderId(order), OrderAct.ACKNOWLEDGE, now=now)
        outer = await session.begin_nested()
        async with session.begin_nested():
            await sla.act(session, OrderId(other), OrderAct.FEEDBACK, now=now)
        await outer.rollback()
        noted = changes.take(session)
    assert [(c.order_id, c.kind, c.change) for c in noted] == [(order, ClockKind.ACKNOWLEDGE, Change.STOPPED)]
    async with story.sessions() as session:
        assert not changes.pending(session)


async def test_a_refused_act_leaves_nothing_to_tell(story: Story) -> None:
    order = await story.world.order()
    with pytest.raises(ForbiddenTransition):
        await story.act("duty", order, Accept("好"))
    assert [e["kind"] for e in await story.events()] == ["order.dispatched"]
