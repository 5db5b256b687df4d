"""A month of a prefecture: ten grids, 150 townships, thousands of orders; every count against a hand calculation."""

import heapq
import json
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import pytest_asyncio

from app.auth.callers import scope_of
from app.auth.scope import Caller
from app.database import Sessions, transaction
from app.engine import Engine
from dispatch.commands import Accept, Acknowledge, Command, FileReport, GiveFeedback, Return, Withdraw
from models.bulk import fetch
from models.enums import Role, Severity
from tests.factories import PREFECTURE, World, make_grid, make_person, make_world
from tests.fakes import FakeClock, RecordingGateway
from tests.month.plan import Clock, Planned, clocks_of, draw_month, final_state

ORDERS = 2400
PASS_EVERY = timedelta(minutes=30)
LASTS = timedelta(days=34)
COMMANDS: dict[str, Command] = {
    "acknowledge": Acknowledge(),
    "feedback": GiveFeedback("工地未覆盖"),
    "report": FileReport("已洒水", "浓度下降"),
    "accept": Accept("同意"),
    "return": Return("照片不清"),
    "void": Withdraw("误报"),
}


@pytest_asyncio.fixture
async def prefecture(sessions: Sessions, clock: FakeClock, tmp_path: Path) -> World:
    """Ten counties and parks of fifteen townships each, with a supervisor and a chief; the desk has two officers."""
    world = await make_world(sessions, clock, tmp_path)
    directory = world.context.directory
    async with transaction(sessions) as session:
        top = world.grids[PREFECTURE]
        for number in range(10):
            county = await make_grid(session, f"6590{number:02d}", parent=top, name=f"县市{number}")
            world.grids[county.code] = county
            for town in range(15):
                await make_grid(session, f"{county.code}{town:03d}", level=3, parent=county)
            for role in (Role.SUPERVISOR, Role.CHIEF):
                name = f"{role.value}-{county.code}"
                world.people[name] = await make_person(session, name, (role, county))
                world.duties[name] = ((role, county.id),)
        await directory.refresh(session)
    return world


def caller(world: World, name: str) -> Caller:
    person, duties = world.people[name], world.duties[name]
    return Caller(person.id, person.username, person.name, duties, scope_of(duties, world.context.directory))


async def live(world: World, month: list[Planned], end: datetime) -> dict[int, Planned]:
    """Lets the month happen; gives what was planned, by the id of the order."""
    clock, pipeline = world.clock, world.context.pipeline
    engine = Engine(world.context, {"mqtt": RecordingGateway()})
    callers = {name: caller(world, name) for name in world.people}
    moments: list[tuple[datetime, int, int, str]] = []
    for number, order in enumerate(month):
        moments.append((order.dispatched_at, number, -1, "dispatch"))
        moments += [(deed.at, number, step, deed.act) for step, deed in enumerate(order.deeds)]
    heapq.heapify(moments)
    ids: dict[int, int] = {}
    look = clock.now()
    while moments:
        async with transaction(world.sessions) as session:
            while moments and moments[0][0] <= look:
                at, number, _, act = heapq.heappop(moments)
                clock.set(at)
                order = month[number]
                if act == "dispatch":
                    ids[number] = await pipeline.open_by_hand(
                        session, grid_id=world.grids[order.grid].id, station=None, reason="巡查",
                        severity=Severity.NOTICE, caller=callers["duty"], clock=clock,
                    )  # fmt: skip
                    continue
                who = "duty" if act in ("accept", "return", "void") else f"supervisor-{order.grid}"
                await pipeline.act(
                    session,
                    ids[number],
                    COMMANDS[act],
                    caller=callers[who],
                    expected_version=None,
                    clock=clock,
                )
        clock.set(look)
        await engine.tick()
        look += PASS_EVERY
    clock.set(end)
    await engine.tick()
    return {ids[number]: order for number, order in enumerate(month)}


def counts(
    clocks: dict[int, list[Clock]], month: dict[int, Planned], end: datetime
) -> Counter[tuple[str, ...]]:
    return Counter((month[o].grid, c.kind, c.state(end)) for o, found in clocks.items() for c in found)


async def test_a_month_of_a_prefecture_adds_up(prefecture: World) -> None:
    world = prefecture
    start = world.clock.now()
    end = start + LASTS
    grids = sorted(code for code in world.grids if code.startswith("6590"))
    planned = draw_month(start, grids, orders=ORDERS, seed=2023)
    month = await live(world, planned, end)
    wanted = {order_id: clocks_of(order) for order_id, order in month.items()}
    async with world.sessions() as session:
        orders = await fetch(
            session, "SELECT o.id, g.code, o.state FROM work_order o JOIN grid g ON g.id = o.grid_id"
        )
        clocks = await fetch(
            session,
            "SELECT c.order_id, c.kind, c.round, c.started_at, c.due_at, c.original_due_at, c.stopped_at, c.state"
            " FROM sla_clock c",
        )
        breaches = await fetch(session, "SELECT order_id, kind, round, breached_at FROM sla_breach")
        rungs = await fetch(
            session,
            "SELECT e.order_id, c.kind, c.round, e.level, e.role, e.planned_at"
            " FROM escalation e JOIN sla_clock c ON c.id = e.clock_id",
        )
        told = await fetch(session, "SELECT kind, data::text FROM journal WHERE kind LIKE 'sla.%'")
    assert {(o, g, s) for o, g, s in orders} == {(i, p.grid, final_state(p)) for i, p in month.items()}
    everything = [(o, c) for o, found in wanted.items() for c in found]
    assert sorted(tuple(row) for row in clocks if row) == sorted(
        (o, c.kind, c.round, c.started_at, c.due_at, c.due_at, c.stopped_at, c.state(end))
        for o, c in everything
    )
    late = [(o, c) for o, c in everything if c.state(end) == "breached"]
    assert sorted(tuple(row) for row in breaches) == sorted((o, c.kind, c.round, c.due_at) for o, c in late)
    assert sorted(tuple(row) for row in rungs) == sorted(
        (o, c.kind, c.round, *rung) for o, c in late for rung in c.rungs(end)
    )
    # The feed told each of them exactly once, under the grid that answers.
    feed = [(kind, json.loads(data)) for kind, data in told]
    on_feed = Counter((d["order"], d["clock"], d["round"]) for k, d in feed if k == "sla.breached")
    assert on_feed == Counter((o, c.kind, c.round) for o, c in late)
    escalated = Counter((d["order"], d["clock"], d["level"]) for k, d in feed if k == "sla.escalated")
    assert sum(escalated.values()) == len(rungs)
    met_late = Counter((d["order"], d["clock"], d["round"]) for k, d in feed if k == "sla.met_late")
    assert met_late == Counter(
        (o, c.kind, c.round) for o, c in late if c.stopped_at is not None and not c.void
    )
    # A month is worth nothing as a test in which nothing goes wrong.
    tally = counts(wanted, month, end)
    assert {state for *_, state in tally} == {"met", "breached", "void"}
    assert min(tally[grid, "feedback", "breached"] for grid in grids) > 10
    by_state = Counter(final_state(order) for order in planned)
    assert set(by_state) == {
        "dispatched",
        "acknowledged",
        "on_site",
        "reported",
        "returned",
        "closed",
        "void",
    }
