"""A month of a prefecture: ten grids, 150 townships, thousands of orders; every count against a hand calculation."""

import heapq
import json
import statistics
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.scope import EVERYTHING
from app.database import Sessions, transaction
from app.engine import Engine
from app.flows import joint, requests
from app.pipeline import Pipeline
from app.views.response_stats import month_of, response_stats
from dispatch.commands import Accept, Acknowledge, Command, FileReport, GiveFeedback, Return, Withdraw
from dispatch.requests.asked import Asked, Decision, Extension, Transfer, VoidOrder
from models.bulk import fetch
from models.clock import BEIJING
from models.enums import CauseCode, Role, Severity, TransferReason
from models.errors import SecondPersonNeeded
from models.ids import GridId
from tests.factories import PREFECTURE, World, make_grid, make_person, make_world
from tests.fakes import FakeClock
from tests.month.plan import Clock, Planned, Request, clocks_of, draw_month, final_grid, final_state

ORDERS = 2000
PASS_EVERY = timedelta(hours=3)
LASTS = timedelta(days=34)
TIMED = ("acknowledge", "feedback", "report")
COMMANDS: dict[str, Command] = {
    "acknowledge": Acknowledge(),
    "report": FileReport("已洒水", "浓度下降"),
    "accept": Accept("同意"),
    "return": Return("照片不清"),
    "void": Withdraw("误报"),
}
Moment = tuple[datetime, int, int, str, int]
"""When, and in which order at that instant; number of the order, what, and the number of that."""


@pytest_asyncio.fixture
async def prefecture(sessions: Sessions, clock: FakeClock, tmp_path: Path) -> World:
    """Ten counties and parks of fifteen townships each, with a supervisor and a chief. Nobody listens outside."""
    world = await make_world(sessions, clock, tmp_path)
    context = world.context
    silent = Pipeline(context.directory, channels=frozenset(), metrics=context.metrics)
    world.context = replace(context, pipeline=silent)
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
        await context.directory.refresh(session)
    return world


class Living:
    """Lets a month happen as it was planned."""

    def __init__(self, world: World, month: list[Planned]) -> None:
        self.world, self.month = world, month
        self.ids: dict[int, int] = {}
        self._pipeline, self._clock = world.context.pipeline, world.clock
        self._callers = {name: world.caller(name) for name in world.people}
        self._holder = {number: order.grid for number, order in enumerate(month)}
        self._requests: dict[tuple[int, int], int] = {}

    def moments(self) -> list[Moment]:
        found: list[Moment] = []
        for number, order in enumerate(self.month):
            found.append((order.dispatched_at, 0, number, "dispatch", 0))
            granted = bool(order.granted("void"))
            found += [
                (deed.at, 1, number, "act", n)
                for n, deed in enumerate(order.deeds)
                if not (granted and deed.act == "void")
            ]
            for n, request in enumerate(order.requests):
                found.append((request.filed_at, 0, number, "file", n))
                found.append((request.decided_at, 1, number, "decide", n))
        heapq.heapify(found)
        return found

    async def until(self, end: datetime) -> None:
        engine = Engine(self.world.context, {})
        moments, look = self.moments(), self._clock.now()
        while moments:
            async with transaction(self.world.sessions) as session:
                while moments and moments[0][0] <= look:
                    at, _, number, what, n = heapq.heappop(moments)
                    self._clock.set(at)
                    await getattr(self, f"_{what}")(session, number, n)
            self._clock.set(look)
            await engine.tick()
            look += PASS_EVERY
        self._clock.set(end)
        await engine.tick()

    async def _dispatch(self, session: AsyncSession, number: int, _: int) -> None:
        self.ids[number] = await self._pipeline.open_by_hand(
            session, grid_id=self.world.grids[self.month[number].grid].id, station=None, reason="巡查",
            severity=Severity.NOTICE, caller=self._callers["duty"], clock=self._clock,
        )  # fmt: skip

    async def _act(self, session: AsyncSession, number: int, n: int) -> None:
        order = self.month[number]
        act = order.deeds[n].act
        cause = None if order.cause is None else CauseCode(order.cause)
        command = GiveFeedback("工地未覆盖", cause_code=cause) if act == "feedback" else COMMANDS[act]
        who = "duty" if act in ("accept", "return", "void") else f"supervisor-{self._holder[number]}"
        await self._do(session, number, command, who)

    async def _do(self, session: AsyncSession, number: int, command: Command, who: str) -> None:
        await self._pipeline.act(
            session, self.ids[number], command, caller=self._callers[who], expected_version=None, clock=self._clock
        )  # fmt: skip

    async def _file(self, session: AsyncSession, number: int, n: int) -> None:
        request, order_id = self.month[number].requests[n], self.ids[number]
        who = "duty" if request.kind == "void" else f"supervisor-{self._holder[number]}"
        if request.kind == "void":
            with pytest.raises(SecondPersonNeeded):
                await self._do(session, number, COMMANDS["void"], who)
        self._requests[number, n] = await requests.file(
            self._pipeline, session, order_id, await self._asked(session, order_id, request),
            caller=self._callers[who], expected_version=None, clock=self._clock,
        )  # fmt: skip

    async def _asked(self, session: AsyncSession, order_id: int, request: Request) -> Asked:
        if request.kind == "void":
            return VoidOrder("重复派单")
        if request.kind == "transfer":
            grid_id = GridId(self.world.grids[request.to].id)
            return Transfer(TransferReason.OUTSIDE_GRID, grid_id, request.to, "不在本区")
        ((clock_id,),) = await fetch(
            session,
            "SELECT id FROM sla_clock WHERE order_id = $1 AND kind = $2 AND subject_id IS NULL",
            order_id,
            request.clock,
        )
        assert request.until is not None
        return Extension(clock_id, request.until, "道路封闭")

    async def _decide(self, session: AsyncSession, number: int, n: int) -> None:
        request = self.month[number].requests[n]
        decision = Decision(request.granted, "看过", misdispatched=request.misdispatched)
        await requests.decide(
            self._pipeline, session, self._requests[number, n], decision,
            caller=self._callers["leader" if request.kind == "void" else "duty"], expected_version=None,
            clock=self._clock, open_joint=joint.carry_out,
        )  # fmt: skip
        if request.granted and request.kind == "transfer":
            self._holder[number] = request.to


async def test_a_month_of_a_prefecture_adds_up(prefecture: World) -> None:
    world = prefecture
    end = world.clock.now() + LASTS
    grids = sorted(code for code in world.grids if code.startswith("6590"))
    planned = draw_month(world.clock.now(), grids, orders=ORDERS, seed=2023)
    living = Living(world, planned)
    await living.until(end)
    month = {living.ids[number]: order for number, order in enumerate(planned)}
    wanted = {order_id: clocks_of(order) for order_id, order in month.items()}
    async with world.sessions() as session:
        await _check_rows(session, month, wanted, end)
        await _check_feed(session, month, wanted, end)
        await _check_figures(session, grids, month, wanted, end)
    # A month is worth nothing as a test in which nothing goes wrong.
    tally = Counter((c.breach_grid, c.kind, c.state(end)) for found in wanted.values() for c in found)
    assert {state for *_, state in tally} == {"met", "breached", "void"}
    assert min(tally[grid, "feedback", "breached"] for grid in grids) > 10
    assert min(Counter(final_state(order) for order in planned).values()) > 10
    asked = Counter((r.kind, r.granted, r.misdispatched) for order in planned for r in order.requests)
    assert len(asked) == 7
    assert min(asked.values()) > 10


async def _check_rows(
    session: AsyncSession, month: dict[int, Planned], wanted: dict[int, list[Clock]], end: datetime
) -> None:
    """Orders, holders, clocks, breaches and rungs: each row, and no other."""
    orders = await fetch(
        session, "SELECT o.id, g.code, o.state FROM work_order o JOIN grid g ON g.id = o.grid_id"
    )
    assert {tuple(o) for o in orders} == {(i, final_grid(p), final_state(p)) for i, p in month.items()}
    holders = await fetch(
        session,
        "SELECT h.order_id, g.code, h.held_from, h.misdispatched FROM holder_segment h JOIN grid g ON g.id = h.grid_id",
    )
    assert sorted(tuple(h) for h in holders) == sorted(
        segment for i, order in month.items() for segment in _segments(i, order)
    )
    clocks = await fetch(
        session,
        "SELECT c.order_id, c.kind, c.round, c.started_at, c.due_at, c.original_due_at, c.stopped_at, c.state, g.code"
        " FROM sla_clock c JOIN grid g ON g.id = c.grid_id",
    )
    everything = [(o, c) for o, found in wanted.items() for c in found]
    assert Counter(tuple(row) for row in clocks) == Counter(
        (o, c.kind, c.round, c.started_at, c.due_at, c.original_due_at, c.stopped_at, c.state(end),
         c.grid or PREFECTURE)
        for o, c in everything
    )  # fmt: skip
    breaches = await fetch(
        session,
        "SELECT b.order_id, b.kind, b.round, b.breached_at, g.code FROM sla_breach b JOIN grid g ON g.id = b.grid_id",
    )
    late = [(o, c) for o, c in everything if c.state(end) == "breached"]
    assert sorted(tuple(row) for row in breaches) == sorted(
        (o, c.kind, c.round, c.due_at, c.breach_grid or PREFECTURE) for o, c in late
    )
    rungs = await fetch(
        session,
        "SELECT e.order_id, c.kind, c.round, e.level, e.role, e.planned_at"
        " FROM escalation e JOIN sla_clock c ON c.id = e.clock_id",
    )
    assert sorted(tuple(row) for row in rungs) == sorted(
        (o, c.kind, c.round, *rung) for o, c in late for rung in c.rungs(end)
    )


def _segments(order_id: int, order: Planned) -> list[tuple[int, str, datetime, bool]]:
    moved = order.granted("transfer")
    first = (order_id, order.grid, order.dispatched_at, any(r.misdispatched for r in moved))
    return [first, *((order_id, r.to, r.decided_at, False) for r in moved)]


async def _check_feed(
    session: AsyncSession, month: dict[int, Planned], wanted: dict[int, list[Clock]], end: datetime
) -> None:
    """Everything was told exactly once."""
    rows = await fetch(session, "SELECT kind, order_id, data::text FROM journal WHERE order_id IS NOT NULL")
    told = Counter((order, kind) for kind, order, _ in rows)
    sla = [(kind, json.loads(data)) for kind, _, data in rows if kind.startswith("sla.")]
    late = [(o, c) for o, found in wanted.items() for c in found if c.state(end) == "breached"]
    for event, expected in (
        ("sla.breached", late),
        ("sla.met_late", [(o, c) for o, c in late if c.stopped_at is not None and c.by != "void"]),
        ("sla.escalated", [(o, c) for o, c in late for _ in c.rungs(end)]),
    ):
        on_feed = Counter((d["order"], d["clock"], d["round"]) for kind, d in sla if kind == event)
        assert on_feed == Counter((o, c.kind, c.round) for o, c in expected), event
    for order_id, order in month.items():
        assert {kind: told[order_id, kind] for kind in _TOLD} == {
            kind: count(order) for kind, count in _TOLD.items()
        }


_TOLD = {
    "order.reported": lambda order: sum(deed.act == "report" for deed in order.deeds),
    "order.closed": lambda order: sum(deed.act == "accept" for deed in order.deeds),
    "order.void": lambda order: sum(deed.act == "void" for deed in order.deeds),
    "order.transferred": lambda order: len(order.granted("transfer")),
    "order.left": lambda order: len(order.granted("transfer")),
    "sla.extended": lambda order: len(order.granted("extension")),
    "request.filed": lambda order: len(order.requests),
    "request.approved": lambda order: sum(r.granted for r in order.requests),
    "request.rejected": lambda order: sum(not r.granted for r in order.requests),
    "request.expired": lambda order: 0,
}


async def _check_figures(
    session: AsyncSession, grids: list[str], month: dict[int, Planned], wanted: dict[int, list[Clock]], end: datetime
) -> None:  # fmt: skip
    """What the service says of each grid in each month, against the plan's own counting."""
    for text in sorted({f"{o.dispatched_at.astimezone(BEIJING):%Y-%m}" for o in month.values()}):
        said = await response_stats(session, month_of(text), scope=EVERYTHING, grid_ids=None)
        within = {i: o for i, o in month.items() if f"{o.dispatched_at.astimezone(BEIJING):%Y-%m}" == text}
        assert [one["grid"] for one in said["grids"]] == grids
        for figures in [said["total"], *said["grids"]]:
            code = figures["grid"]
            of = [o for o in within.values() if code in (None, final_grid(o))]
            clocks = [c for i in within for c in wanted[i] if code in (None, c.grid)]
            assert figures["orders"] == len(of)
            assert {c["kind"]: _counted(c) for c in figures["clocks"]} == {
                kind: _counts([c for c in clocks if c.kind == kind], end) for kind in TIMED
            }
            reviewed = [o for o in of if o.first("accept", "return") is not None]
            returned = [o for o in of if o.first("return") is not None]
            assert (figures["rework"]["reviewed"], figures["rework"]["reworked"]) == (
                len(reviewed),
                len(returned),
            )
            closed = [(at - o.dispatched_at).total_seconds() for o in of if (at := o.first("accept"))]
            assert (figures["to_close"]["count"], figures["to_close"]["seconds"]) == _median(closed)
            causes = Counter(o.cause or "unstated" for o in of if o.first("feedback"))
            assert {cause: n for cause, n in figures["causes"].items() if n} == causes


def _counted(clock: dict[str, Any]) -> tuple[Any, ...]:
    counts = tuple(clock[state] for state in ("met", "breached", "void", "running"))
    return *counts, clock["median"]["count"], clock["median"]["seconds"]


def _counts(clocks: list[Clock], end: datetime) -> tuple[Any, ...]:
    states = Counter(clock.state(end) for clock in clocks)
    took = [
        (c.stopped_at - c.started_at).total_seconds()
        for c in clocks
        if c.stopped_at is not None and c.by in ("acknowledge", "feedback", "report")
    ]
    return *(states[state] for state in ("met", "breached", "void", "running")), *_median(took)


def _median(seconds: list[float]) -> tuple[int, Any]:
    return len(seconds), pytest.approx(statistics.median(seconds), abs=0.0011) if seconds else None
