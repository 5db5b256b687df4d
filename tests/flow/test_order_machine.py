"""The whole order with everything that may be asked about it, in any order, on a real database and a fake clock.

What must be true after each step is written down anew in `tests/flow/order_model.py`.
"""

import asyncio
import os
from collections.abc import Callable, Coroutine, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from app.audit import verify
from app.auth.scope import EVERYTHING
from app.board.fold import Board, fold, read, shown
from app.board.wanted import Wanted, traits_of
from app.database import make_engine, make_sessions, transaction
from app.flows import excuses, holding, joint, lapse, policies, requests, tasks
from app.views import board as view
from app.watchdog.looks import Turns, look
from dispatch.commands import Accept, Acknowledge, Command, FileReport, GiveFeedback, Return, Withdraw
from dispatch.reports.decisions import AsOrder
from dispatch.requests.asked import (
    Asked,
    Decision,
    Extension,
    Joint,
    Recusal,
    Suspension,
    Transfer,
    VoidOrder,
)
from dispatch.tasks.service import Handed
from models.bulk import fetch
from models.enums import (
    ExcuseGround,
    JointMode,
    ReportClaim,
    RequestKind,
    Severity,
    TransferPolicy,
    TransferReason,
    WatchdogCode,
)
from models.errors import DomainError
from models.ids import GridId
from sla import fair
from tests.factories import AS_THE_OWNER, COUNTY, OTHER_COUNTY, TOWNSHIP, World, make_world
from tests.fakes import START, FakeClock
from tests.flow.order_model import EFFECTS, MOVES, Row, Seen, Step, broken, may, must
from tests.levels import FOREIGN_TOWNSHIP, THIRD_COUNTY, VILLAGE, add_levels, file, triage
from tests.reviews import alert_order, ask

MOST_ORDERS = 3
COMMANDS: dict[str, Command] = {
    "acknowledge": Acknowledge(),
    "feedback": GiveFeedback("现场"),
    "report": FileReport("措施", "结果", unfinished_tasks_reason="另行完成", open_children_reason="另行上报"),
    "accept": Accept("同意"),
    "return": Return("退回"),
    "void": Withdraw("误报"),
}
PATCHES: tuple[dict[str, Any], ...] = (
    {"limits_s": {"report": 5400, "rework": 5400}},
    {"limits_s": {"feedback": 7200, "report": 14400, "decision": 1800, "review": 7200}},
    {"starts": {"report": {"at": "feedback", "reading": "三(三)"}}},
    {"stops": {"acknowledge": {"by": ["feedback"], "reading": "三(三)"}}},
    {
        "ladders": {
            "feedback": [
                {"level": 1, "role": "supervisor", "after_s": 0, "repeat": {"every_s": 600, "times": 5}},
                {"level": 2, "role": "chief", "after_s": 1200, "repeat": {"every_s": 900, "times": 2}},
            ]
        }
    },
)
FIT = "somebody fitting"
WHO = st.sampled_from(
    [FIT] * 8
    + ["supervisor", "both", "chief", "neighbour", "third", "duty", "leader", "patroller", "township"]
)
"""Mostly somebody who may, and sometimes anybody."""
WHICH = st.integers(0, 5)
COUNTIES = st.sampled_from([COUNTY, OTHER_COUNTY, THIRD_COUNTY])
BELOW = st.sampled_from([TOWNSHIP, VILLAGE, FOREIGN_TOWNSHIP, OTHER_COUNTY])
SECOND = timedelta(seconds=1)
SKEWS = st.sampled_from([timedelta(0), SECOND, -SECOND, SECOND / 3, -timedelta(microseconds=1)])
PROCESS = st.integers(0, 1)
OF_A_KIND = {"file", "approve", "reject", "withdraw"}
REACHED = {name for name in EFFECTS if name.split()[0] not in OF_A_KIND | {"void"}} | {
    f"approve {kind.value}" for kind in RequestKind
}
"""What is carried out in a life by hand, and in many random ones."""
VIEWS: tuple[tuple[str | None, frozenset[str] | None], ...] = (
    (None, None), (COUNTY, None), (OTHER_COUNTY, None), (COUNTY, frozenset({"report", "rework", "decision"})),
)  # fmt: skip
NOBODY_WORKS = {WatchdogCode.CLOCK_UNJUDGED, WatchdogCode.ESCALATION_MISSING, WatchdogCode.OUTBOX_OLD}
"""In the machine time passes without an engine, and nobody sends letters."""
ROWS = {
    "orders": "SELECT w.*, g.code AS grid FROM work_order w JOIN grid g ON g.id = w.grid_id ORDER BY w.id",
    "clocks": "SELECT c.id, c.order_id, c.kind, c.round, c.state, c.started_at, c.due_at, c.original_due_at,"
    " c.stopped_at, c.stopped_by, c.breached_at, c.subject_id, g.code AS grid"
    " FROM sla_clock c JOIN grid g ON g.id = c.grid_id WHERE c.order_id IS NOT NULL ORDER BY c.id",
    "segments": "SELECT h.*, g.code AS grid FROM holder_segment h JOIN grid g ON g.id = h.grid_id ORDER BY h.id",
    "requests": "SELECT r.* FROM order_request r ORDER BY r.id",
    "tasks": "SELECT t.*, g.code AS grid, f.code AS giver FROM task t JOIN grid g ON g.id = t.grid_id"
    " JOIN grid f ON f.id = t.from_grid_id ORDER BY t.id",
}
PAIRS = {
    "barred": "SELECT r.order_id, p.username FROM order_recusal r JOIN person p ON p.id = r.person_id"
    " WHERE r.lifted_at IS NULL",
    "handlers": "SELECT h.order_id, p.username FROM order_handler h JOIN person p ON p.id = h.person_id",
    "excuses": "SELECT b.clock_id, e.ground FROM sla_excuse e JOIN sla_breach b ON b.id = e.breach_id",
}


class Skewed:
    """The clock of a process that is wrong by a little."""

    def __init__(self, clock: FakeClock, by: timedelta) -> None:
        self._clock, self._by = clock, by

    def now(self) -> datetime:
        return self._clock.now() + self._by


class OrderLife(RuleBasedStateMachine):
    """Some orders, from an empty world; every step that is refused changes nothing."""

    world: ClassVar[World]
    runner: ClassVar[asyncio.Runner]
    tables: ClassVar[list[str]]
    """All that the world was not made of."""
    digest: ClassVar[str]
    above: ClassVar[dict[str, tuple[str, ...]]]
    duties: ClassVar[dict[str, tuple[tuple[str, str], ...]]]
    carried_out: ClassVar[set[str]]
    """What has worked at least once, over all examples: a machine that is refused everything proves nothing."""

    @initialize(county=COUNTIES, here=SKEWS, there=SKEWS, shown_to=st.integers(0, len(VIEWS) - 1))
    def begun(self, county: str, here: timedelta, there: timedelta, shown_to: int = 0) -> None:
        self.run_(self._emptied())
        self.world.clock.set(START)
        self.processes = [Skewed(self.world.clock, here), Skewed(self.world.clock, there)]
        self.patched, self.dry_run = False, 0
        self.raised: set[tuple[str, str]] = set()
        self.seen = Seen()
        self.hash: tuple[Any, ...] = ()
        self.look()
        self.boards: list[Board] = [read(self.run_(self._fresh(n))) for n in range(len(VIEWS))]
        self.shown_to = shown_to
        self.opens(county, False, 0)

    # -------------------------------------------------------------- time, and who keeps it
    @rule(
        seconds=st.sampled_from([1, 59, 299, 601, 1800, 3601, 7201, 6 * 3600, 26 * 3600, 9 * 86400]),
        engine=st.booleans(),
    )
    def time_passes(self, seconds: int, engine: bool) -> None:
        self.world.clock.advance(seconds=seconds)
        if engine:
            self.engine_passes(0, True, True)

    @rule(
        which=WHICH,
        off=st.sampled_from(
            [-SECOND, -timedelta(microseconds=1), timedelta(0), timedelta(microseconds=1), SECOND]
        ),
    )
    def a_deadline_comes(self, which: int, off: timedelta) -> None:
        ahead = sorted(
            {c["due_at"] for c in self.seen.clocks.values() if c["due_at"] + off > self.world.clock.now()}
        )
        if ahead:
            self.world.clock.set(ahead[which % len(ahead)] + off)

    @rule(process=PROCESS, lapses=st.booleans(), proposes=st.booleans())
    def engine_passes(self, process: int, lapses: bool, proposes: bool) -> None:
        clock, pipeline = self.processes[process], self.world.context.pipeline

        async def tick() -> None:
            async with transaction(self.world.sessions) as session:
                await pipeline.tick(session, now=clock.now(), limit=10_000)

        async def lapse_() -> None:
            async with transaction(self.world.sessions) as session:
                await lapse.lapse_overtaken(pipeline, session, now=clock.now(), limit=100)

        async def propose() -> None:
            async with transaction(self.world.sessions) as session:
                now = clock.now()
                await pipeline.told(session, await fair.propose_due(session, now=now, limit=100), now=now)

        self.attempt(Step("pass"), tick(), sure=True)
        self.attempt(Step("verdict"), ask(self.world), sure=True)
        if lapses:
            self.attempt(Step("pass"), lapse_(), sure=True)
        if proposes:
            self.attempt(Step("excuse"), propose(), sure=True)

    # -------------------------------------------------------------- orders and their acts
    @rule(county=COUNTIES, drill=st.sampled_from([False, False, True]), process=PROCESS)
    def another_order(self, county: str, drill: bool, process: int) -> None:
        if len(self.seen.orders) < MOST_ORDERS:
            self.opens(county, drill, process)

    @rule(station=st.sampled_from(["WZ-1", "WZ-2"]))
    def a_station_raises(self, station: str) -> None:
        """An order of an alert, or one more alert for the order that is worked on there."""
        untold = [one for one in ("pm25", "pm10", "o3", "no2") if (station, one) not in self.raised]
        if untold and len(self.seen.orders) < MOST_ORDERS:
            self.raised.add((station, untold[0]))
            raised = alert_order(self.world, station, pollutant=untold[0])
            self.attempt(Step("dispatch"), raised, sure=True)

    @rule(severity=st.sampled_from(list(Severity)))
    def a_report_from_below_becomes_an_order(self, severity: Severity) -> None:
        async def become() -> None:
            report = await file(self.world)
            await triage(self.world, report, AsOrder(severity))

        if len(self.seen.orders) < MOST_ORDERS:
            self.attempt(Step("dispatch"), become(), sure=True)

    @rule(
        who=WHO, act=st.sampled_from(sorted(COMMANDS)), which=WHICH, process=PROCESS,
        claims=st.sampled_from([None, *ReportClaim]), with_children=st.booleans(),
    )  # fmt: skip
    def somebody_acts(
        self, who: str, act: str, which: int, process: int, claims: ReportClaim | None = None,
        with_children: bool = False,
    ) -> None:  # fmt: skip
        command = COMMANDS[act]
        if act == "report" and claims is not None:
            command = FileReport("措施", "结果", claims=claims)
        if act == "void":
            command = Withdraw("误报", with_children=with_children)
        self.act(who, self.order(which), act, command, process)

    @rule(which=WHICH, steps=st.sampled_from([1, 1, 2, 2, 2, 3, 3, 4]), process=PROCESS)
    def the_holder_works(self, which: int, steps: int, process: int) -> None:
        """A shorter way to where requests get interesting."""
        for act in ("acknowledge", "feedback", "report", "accept")[:steps]:
            self.act(FIT, self.order(which), act, COMMANDS[act], process)

    # -------------------------------------------------------------- tasks
    @rule(who=WHO, which=WHICH, grid=BELOW, minutes=st.sampled_from([1, 20, 45, 300]), process=PROCESS)
    def a_task_is_handed(self, who: str, which: int, grid: str, minutes: int, process: int) -> None:
        order, clock = self.order(which), self.processes[process]
        wanted = Handed(self._grid(grid), "查看", clock.now() + timedelta(minutes=minutes))
        step = self.by(Step("hand", who, order))

        async def hand() -> None:
            async with transaction(self.world.sessions) as session:
                await tasks.hand(
                    self.world.context.pipeline, session, order, wanted, caller=self.world.caller(str(step.who)),
                    expected_version=None, clock=clock,
                )  # fmt: skip

        self.attempt(step, hand())

    @rule(
        which=WHICH,
        act=st.sampled_from(["take", "complete", "take_back", "hand"]),
        unfit=st.booleans(),
        process=PROCESS,
    )
    def a_task_goes_on(self, which: int, act: str, unfit: bool, process: int) -> None:
        found = list(self.seen.tasks.values())
        if not found:
            return
        task, clock, pipeline = (
            found[which % len(found)],
            self.processes[process],
            self.world.context.pipeline,
        )
        giver = {COUNTY: "supervisor", TOWNSHIP: "township", OTHER_COUNTY: "neighbour"}.get(
            task["giver"], "supervisor"
        )
        doer = {TOWNSHIP: "patroller", VILLAGE: "villager"}.get(task["grid"], "foreigner")
        who = {"take_back": giver, "hand": "township"}.get(act, doer)
        caller = self.world.caller("third" if unfit and which % 3 == 0 else who)

        async def go() -> None:
            async with transaction(self.world.sessions) as session:
                match act:
                    case "take":
                        await tasks.take(pipeline, session, task["id"], caller=caller, clock=clock)
                    case "complete":
                        done = tasks.Done("已覆盖")
                        await tasks.complete(pipeline, session, task["id"], done, caller=caller, clock=clock)
                    case "take_back":
                        await tasks.take_back(
                            pipeline, session, task["id"], "改派", caller=caller, clock=clock
                        )
                    case _:
                        wanted = Handed(self._grid(VILLAGE), "查看", clock.now() + timedelta(minutes=10))
                        await tasks.hand_further(
                            pipeline, session, task["id"], wanted, caller=caller, clock=clock
                        )

        self.attempt(Step(act, caller.username, task["order_id"], task=task["id"]), go())

    # -------------------------------------------------------------- requests
    @rule(
        who=WHO,
        which=WHICH,
        kind=st.sampled_from(list(RequestKind)),
        grid=COUNTIES,
        more=st.integers(1, 60),
        process=PROCESS,
    )
    def somebody_asks(
        self, who: str, which: int, kind: RequestKind, grid: str, more: int, process: int
    ) -> None:
        order = self.order(which)
        asked = self.asked(order, kind, grid, more, process)
        if asked is not None:
            self.file(who, order, asked, process)

    @rule(
        who=WHO, which=WHICH, approve=st.sampled_from([True, True, True, False]), process=PROCESS,
        policy=st.sampled_from([None, *TransferPolicy]), misdispatched=st.booleans(),
        grid=st.sampled_from([None, COUNTY, OTHER_COUNTY, THIRD_COUNTY]),
    )  # fmt: skip
    def somebody_decides(
        self, who: str, which: int, approve: bool, process: int, policy: TransferPolicy | None = None,
        grid: str | None = None, misdispatched: bool = False,
    ) -> None:  # fmt: skip
        pending = [r for r in self.seen.requests.values() if r["state"] == "pending"]
        if pending:
            alternate = "both" if grid is None else None
            into = None if grid is None else self._grid(grid)
            decision = Decision(approve, "意见", into, policy, misdispatched, alternate)
            self.decide(who, pending[which % len(pending)], decision, process)

    @rule(who=WHO, which=WHICH, process=PROCESS)
    def somebody_withdraws(self, who: str, which: int, process: int) -> None:
        found = list(self.seen.requests.values())
        if not found:
            return
        request = found[which % len(found)]
        names = {person.id: name for name, person in self.world.people.items()}
        name = names[request["filed_by"]] if who == FIT else who

        async def withdraw() -> None:
            async with transaction(self.world.sessions) as session:
                await requests.withdraw(
                    self.world.context.pipeline, session, request["id"], caller=self.world.caller(name),
                    clock=self.processes[process],
                )  # fmt: skip

        self.attempt(Step("withdraw", name, request["order_id"], request["kind"]), withdraw())

    @rule(
        which=WHICH,
        kind=st.sampled_from(list(RequestKind)),
        grid=COUNTIES,
        more=st.integers(1, 60),
        process=PROCESS,
    )
    def it_was_granted(self, which: int, kind: RequestKind, grid: str, more: int, process: int) -> None:
        """A shorter way to what follows an approval."""
        order = self.order(which)
        if kind is RequestKind.SUSPENSION:
            for act in ("acknowledge", "feedback"):
                if self.seen.orders[order]["state"] in MOVES[act]:
                    self.act(FIT, order, act, COMMANDS[act], process)
        asked = self.asked(order, kind, grid, more, process)
        if asked is None or not self.file(FIT, order, asked, process):
            return
        for request in self.seen.of(self.seen.requests, order):
            if (request["kind"], request["state"]) == (kind.value, "pending"):
                into = self._grid(grid) if kind is RequestKind.RECUSAL else None
                self.decide(FIT, request, Decision(True, None, into), 1 - process)

    @rule(
        who=WHO, which=WHICH, grid=COUNTIES, policy=st.sampled_from([None, *TransferPolicy]), process=PROCESS
    )
    def the_prefecture_assigns(
        self, who: str, which: int, grid: str, policy: TransferPolicy | None, process: int
    ) -> None:
        order = self.order(which)
        step = self.by(Step("assign", who, order))

        async def assign() -> None:
            async with transaction(self.world.sessions) as session:
                await holding.assign(
                    self.world.context.pipeline, session, order, self._grid(grid), reason="x", policy=policy,
                    misdispatched=False, caller=self.world.caller(str(step.who)), expected_version=None,
                    clock=self.processes[process],
                )  # fmt: skip

        self.attempt(step, assign())

    @rule(which=WHICH, grids=st.permutations([COUNTY, OTHER_COUNTY, THIRD_COUNTY]), process=PROCESS)
    def nobody_wants_it(self, which: int, grids: list[str], process: int) -> None:
        """Handed on until the prefecture has to settle it."""
        order = self.order(which)
        for grid in grids:
            if self.seen.orders[order]["grid"] != grid:
                self.it_was_granted(which, RequestKind.TRANSFER, grid, 1, process)
        self.the_prefecture_assigns(FIT, which, grids[0], None, process)

    @rule(which=WHICH, done=st.sampled_from(["complete", "complete", "take_back"]), process=PROCESS)
    def a_task_is_done_with(self, which: int, done: str, process: int) -> None:
        order = self.order(which)
        known = set(self.seen.tasks)
        self.a_task_is_handed(FIT, which, self._below(order), 45, process)
        for index, task in enumerate(self.seen.tasks):
            if task not in known:
                self.a_task_goes_on(index, "take", False, process)
                self.a_task_goes_on(index, done, False, 1 - process)

    @rule(which=WHICH, hours=st.integers(1, 40), process=PROCESS)
    def it_waits_and_is_looked_at_again(self, which: int, hours: int, process: int) -> None:
        self.it_was_granted(which, RequestKind.SUSPENSION, COUNTY, 5, process)
        self.world.clock.advance(hours=hours)
        self.the_prefecture_looks_again("leader", which, 1 - process)

    @rule(who=WHO, which=WHICH, process=PROCESS)
    def the_prefecture_looks_again(self, who: str, which: int, process: int) -> None:
        order = self.order(which)
        step = self.by(Step("recheck", who, order))

        async def recheck() -> None:
            async with transaction(self.world.sessions) as session:
                await holding.recheck(
                    self.world.context.pipeline, session, order, comment=None,
                    caller=self.world.caller(str(step.who)), expected_version=None, clock=self.processes[process],
                )  # fmt: skip

        self.attempt(step, recheck())

    @rule(who=WHO, which=WHICH, lead=COUNTIES, other=COUNTIES, process=PROCESS)
    def it_is_handled_jointly(self, who: str, which: int, lead: str, other: str, process: int) -> None:
        order = self.order(which)
        step = self.by(Step("joint", who, order))

        async def open_joint() -> None:
            async with transaction(self.world.sessions) as session:
                await joint.open_joint(
                    self.world.context.pipeline, session, order, lead=self._grid(lead), others=[self._grid(other)],
                    reason="跨区域", caller=self.world.caller(str(step.who)), expected_version=None,
                    clock=self.processes[process],
                )  # fmt: skip

        if len(self.seen.orders) < 2 * MOST_ORDERS:
            self.attempt(step, open_joint())

    # -------------------------------------------------------------- excuses and policies
    @rule(
        who=st.sampled_from(["supervisor", "duty", "both"]),
        which=WHICH,
        approve=st.sampled_from([None, True, False]),
        process=PROCESS,
    )
    def a_breach_is_excused(self, who: str, which: int, approve: bool | None, process: int) -> None:
        found = list(self.seen.breaches.values())
        if not found:
            return
        breach, clock, caller = found[which % len(found)], self.processes[process], self.world.caller(who)

        async def excuse() -> None:
            async with transaction(self.world.sessions) as session:
                held = await fair.breach_of(session, breach["id"])
                if approve is None:
                    await excuses.propose(
                        self.world.context.pipeline, session, held, ExcuseGround.OTHER, plea="堵车", caller=caller,
                        clock=clock,
                    )  # fmt: skip
                else:
                    await excuses.decide(
                        self.world.context.pipeline, session, held, ExcuseGround.OTHER, approve=approve, reason="x",
                        caller=caller, clock=clock,
                    )  # fmt: skip

        self.attempt(Step("excuse", who, breach["order_id"]), excuse())

    @rule(which=st.integers(0, len(PATCHES) - 1), process=PROCESS)
    def another_policy(self, which: int, process: int) -> None:
        now, pipeline, admin = (
            self.processes[process].now(),
            self.world.context.pipeline,
            self.world.caller("admin"),
        )

        async def put_in_force() -> None:
            async with transaction(self.world.sessions) as session:
                version = await policies.draft(
                    pipeline,
                    session,
                    body=None,
                    patch=PATCHES[which],
                    parent=None,
                    note="x",
                    caller=admin,
                    now=now,
                )
                await policies.what_if(
                    pipeline, session, version, since=now - timedelta(days=1), until=now, grid_id=None,
                    caller=admin, now=now,
                )  # fmt: skip
                await policies.activate(pipeline, session, version, caller=admin, now=now)

        self.attempt(Step("activate"), put_in_force(), sure=True)

    @rule(process=PROCESS)
    def open_orders_are_moved(self, process: int) -> None:
        pipeline, admin = self.world.context.pipeline, self.world.caller("admin")

        async def apply() -> None:
            async with transaction(self.world.sessions) as session:
                ((version,),) = await fetch(session, "SELECT version FROM sla_policy WHERE state = 'active'")
                dry_run = None
                for _ in ("dry run", "carried out"):
                    done = await policies.apply(
                        pipeline, session, version, grid_id=None, states=(), reason="x", dry_run=dry_run,
                        caller=admin, clock=self.processes[process],
                    )  # fmt: skip
                    dry_run = done["id"]

        self.attempt(Step("apply"), apply(), sure=True)

    # -------------------------------------------------------------- what always holds beside the model
    @invariant()
    def the_chains_verify(self) -> None:
        async def verified() -> str | None:
            async with self.world.sessions() as session:
                return (await verify(session)).fault

        assert self.run_(verified()) is None

    @invariant()
    def a_board_kept_from_the_feed_is_the_fresh_one(self) -> None:
        if hasattr(self, "boards"):
            self.check_board(self.shown_to)

    @invariant()
    def the_watchdog_finds_nothing_but_that_nobody_works(self) -> None:
        assert self.looked() <= NOBODY_WORKS

    def teardown(self) -> None:
        if not hasattr(self, "boards"):
            return
        self.world.clock.advance(hours=1)
        self.engine_passes(0, True, True)
        assert self.looked() <= {WatchdogCode.OUTBOX_OLD}
        self.world.clock.advance(days=200)
        self.engine_passes(1, True, True)
        assert not [c for c in self.seen.clocks.values() if c["state"] == "running"]
        for which in range(len(VIEWS)):
            self.check_board(which)
        self.the_chains_verify()

    # -------------------------------------------------------------- how it is done
    def run_(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(coroutine)

    def attempt(self, step: Step, coroutine: Coroutine[Any, Any, Any], sure: bool = False) -> bool:
        """Carries a step out, or has it refused; either way the model says whether that may be."""
        before, stood, refused = self.seen, self.hash, ""
        try:
            self.run_(coroutine)
        except DomainError as why:
            refused = repr(why)
        self.look()
        if refused:
            assert self.hash == stood, f"{step} was refused and left something behind"
            assert not sure, f"{step} was refused: {refused}"
            return False
        assert may(step, before, self.duties, self.above), f"{step} was carried out"
        assert broken(before, self.seen, step) == [], str(step)
        self.carried_out.add(step.name if step.kind is None else f"{step.name} {step.kind}")
        return True

    def by(self, step: Step) -> Step:
        """The step by a person who may do it, where just somebody is wanted."""
        if step.who != FIT:
            return step
        steps = [Step(step.name, who, step.order, step.kind, step.task) for who in sorted(self.duties)]
        fit = [s for s in steps if may(s, self.seen, self.duties, self.above)]
        return fit[0] if fit else steps[0]

    def order(self, which: int) -> int:
        ids = sorted(self.seen.orders)
        return ids[which % len(ids)]

    def opens(self, county: str, drill: bool, process: int) -> None:
        async def dispatch() -> None:
            async with transaction(self.world.sessions) as session:
                await self.world.context.pipeline.open_by_hand(
                    session, grid_id=self.world.grids[county].id, station=None, reason="巡查",
                    severity=Severity.NOTICE, caller=self.world.caller("duty"), clock=self.processes[process],
                    drill=drill,
                )  # fmt: skip

        self.attempt(Step("dispatch"), dispatch(), sure=True)

    def act(self, who: str, order: int, act: str, command: Command, process: int) -> bool:
        step = self.by(Step(act, who, order))
        clock = self.processes[process]
        sure = may(step, self.seen, self.duties, self.above) and must(step, self.seen, self.world.clock.now())
        if isinstance(command, FileReport) and command.open_children_reason is None:
            sure = False

        async def go() -> None:
            async with transaction(self.world.sessions) as session:
                await self.world.context.pipeline.act(
                    session,
                    order,
                    command,
                    caller=self.world.caller(str(step.who)),
                    expected_version=None,
                    clock=clock,
                )

        return self.attempt(step, go(), sure)

    def asked(self, order: int, kind: RequestKind, grid: str, more: int, process: int) -> Asked | None:
        now = self.processes[process].now()
        match kind:
            case RequestKind.EXTENSION:
                wanted = [c for c in self.seen.unstopped(order) if c["kind"] not in ("task", "decision")]
                if not wanted:
                    return None
                clock = wanted[more % len(wanted)]
                return Extension(clock["id"], clock["due_at"] + timedelta(minutes=more), "x")
            case RequestKind.TRANSFER:
                return Transfer(TransferReason.OTHER, self._grid(grid), grid, "x")
            case RequestKind.RECUSAL:
                return Recusal("x")
            case RequestKind.SUSPENSION:
                return Suspension("计划", now + timedelta(hours=more * more), "x")
            case RequestKind.VOID:
                return VoidOrder("x")
            case RequestKind.JOINT:
                others = [code for code in (COUNTY, OTHER_COUNTY, THIRD_COUNTY) if code != grid]
                return Joint(JointMode.CROSS_COUNTY, grid, (others[more % 2],), "x")

    def file(self, who: str, order: int, asked: Asked, process: int) -> bool:
        step = self.by(Step("file", who, order, asked.kind.value))

        async def go() -> None:
            async with transaction(self.world.sessions) as session:
                await requests.file(
                    self.world.context.pipeline, session, order, asked, caller=self.world.caller(str(step.who)),
                    expected_version=None, clock=self.processes[process],
                )  # fmt: skip

        return self.attempt(step, go())

    def decide(self, who: str, request: Row, decision: Decision, process: int) -> bool:
        name = "approve" if decision.approve else "reject"
        step = self.by(Step(name, who, request["order_id"], request["kind"]))

        async def go() -> None:
            async with transaction(self.world.sessions) as session:
                await requests.decide(
                    self.world.context.pipeline, session, request["id"], decision,
                    caller=self.world.caller(str(step.who)), expected_version=None, clock=self.processes[process],
                    open_joint=joint.carry_out,
                )  # fmt: skip

        return self.attempt(step, go())

    def look(self) -> None:
        """What stands now, and a digest of everything."""

        async def look_() -> None:
            async with self.world.sessions() as session:
                found: dict[str, Any] = {
                    name: {row["id"]: row for row in await _rows(session, statement)}
                    for name, statement in ROWS.items()
                }
                for name, statement in PAIRS.items():
                    found[name] = frozenset((row[0], row[1]) for row in await fetch(session, statement))
                breaches = await _rows(session, "SELECT * FROM sla_breach WHERE order_id IS NOT NULL")
                found["breaches"] = {row["clock_id"]: row for row in breaches}
                rungs = await _rows(
                    session,
                    "SELECT clock_id, level, repeat, planned_at FROM escalation WHERE order_id IS NOT NULL",
                )
                self.seen = Seen(rungs=tuple(rungs), **found)
                # Several workers may count the tables, and say so in any order.
                self.hash = tuple(sorted(tuple(row) for row in await fetch(session, self.digest)))

        self.run_(look_())

    def looked(self) -> set[WatchdogCode]:
        async def look_() -> set[WatchdogCode]:
            async with self.world.sessions() as session:
                return {one.code for one in await look(session, Turns(), {}, now=self.world.clock.now())}

        found: set[WatchdogCode] = self.run_(look_())
        return found

    def check_board(self, which: int) -> None:
        board, fresh = self.boards[which], self.run_(self._fresh(which))
        fold(board, self.run_(self._heard(which, board.as_of)))
        assert shown(board, self.world.clock.now()) == {
            "counters": fresh["counters"],
            "clocks": fresh["clocks"],
        }

    def _codes(self, grid: str | None) -> dict[int, str]:
        grids = self.world.context.directory.grids
        return {int(g.id): g.code for g in grids if grid is None or g.code == grid}

    async def _fresh(self, which: int) -> dict[str, Any]:
        grid, kinds = VIEWS[which]
        now = self.world.clock.now()
        return await view.snapshot(self.world.sessions, self._codes(grid), kinds=kinds, limit=1000, now=now)

    async def _heard(self, which: int, after: int) -> list[tuple[int, str, dict[str, Any]]]:
        grid, kinds = VIEWS[which]
        wanted = Wanted(EVERYTHING, grids=frozenset(self._codes(grid)), clocks=kinds)
        async with self.world.sessions() as session:
            rows = await fetch(
                session,
                "SELECT id, kind, grid_id, data::text, data FROM journal WHERE id > $1 ORDER BY id",
                after,
            )
        return [(r[0], r[1], r[4]) for r in rows if wanted.wants(traits_of(r[1], r[2], r[3]))]

    async def _emptied(self) -> None:
        async with transaction(self.world.sessions) as session:
            await fetch(session, AS_THE_OWNER)
            for table in self.tables:
                await fetch(session, f"DELETE FROM {table}")
            await fetch(
                session, "UPDATE sla_policy SET state = 'retired' WHERE version > 1 AND state = 'active'"
            )
            await fetch(
                session, "UPDATE sla_policy SET state = 'active', retired_at = NULL WHERE version = 1"
            )

    def _below(self, order: int) -> str:
        return FOREIGN_TOWNSHIP if self.seen.orders[order]["grid"] == OTHER_COUNTY else TOWNSHIP

    def _grid(self, code: str) -> GridId:
        return GridId(self.world.grids[code].id)


async def _rows(session: Any, statement: str) -> list[Row]:
    return [dict(row._mapping) for row in await fetch(session, statement)]


async def _tables(world: World) -> list[str]:
    """Those that are empty while nothing has happened."""
    async with world.sessions() as session:
        names = await fetch(
            session,
            "SELECT relname::text FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition"
            " AND relnamespace = 'public'::regnamespace ORDER BY relname",
        )
        return [
            name
            for (name,) in names
            if not (await fetch(session, f"SELECT EXISTS (SELECT FROM {name})"))[0][0]
        ]


@pytest.fixture
def life(database_url: str, tmp_path: Path) -> Iterator[type[OrderLife]]:
    """The machine in a world of its own, with a loop and an engine of its own: it is no coroutine."""
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        engine = make_engine(database_url)
        try:
            world = runner.run(make_world(make_sessions(engine), FakeClock(), tmp_path))
            OrderLife.runner, OrderLife.world, OrderLife.carried_out = (
                runner,
                runner.run(add_levels(world)),
                set(),
            )
            OrderLife.tables = runner.run(_tables(world))
            OrderLife.digest = " UNION ALL ".join(
                f"SELECT '{t}', count(*), coalesce(sum(hashtextextended(t::text, 0)), 0) FROM {t} t"
                for t in [*OrderLife.tables, "sla_policy"]
            )
            codes = {grid.id: code for code, grid in world.grids.items()}
            OrderLife.above = {code: _line(world, code) for code in world.grids}
            OrderLife.duties = {
                who: tuple((role.value, codes[grid]) for role, grid in duties)
                for who, duties in world.duties.items()
            }
            yield OrderLife
        finally:
            runner.run(engine.dispose())


def _line(world: World, code: str) -> tuple[str, ...]:
    codes = {grid.id: grid for grid in world.grids.values()}
    line = [world.grids[code]]
    while (parent := line[-1].parent_id) is not None:
        line.append(codes[parent])
    return tuple(grid.code for grid in line)


def _settings() -> settings:
    """Few examples with every run of the tests, many with `make fuzz`."""
    many = _many()
    return settings(
        max_examples=int(os.environ.get("LIVES", "300")) if many else 20,
        stateful_step_count=40 if many else 20, deadline=None,
        suppress_health_check=list(HealthCheck), print_blob=True,
    )  # fmt: skip


def test_the_machine_is_not_refused_everything(life: type[OrderLife]) -> None:
    """One life by hand: its steps can be carried out, so a random life means something."""
    one = life()
    one.begun(COUNTY, SECOND, -SECOND)
    extension, transfer, suspension = RequestKind.EXTENSION, RequestKind.TRANSFER, RequestKind.SUSPENSION
    script: list[Callable[[], None]] = [
        lambda: one.it_was_granted(0, extension, COUNTY, 2, 0),
        lambda: one.a_task_is_handed(FIT, 0, TOWNSHIP, 20, 1),
        lambda: one.a_task_goes_on(0, "take", False, 0),
        lambda: one.a_task_goes_on(0, "hand", False, 1),
        lambda: one.a_task_goes_on(0, "complete", False, 1),
        lambda: one.another_policy(2, 0),
        lambda: one.another_order(OTHER_COUNTY, True, 1),
        lambda: one.another_policy(0, 1),
        lambda: one.open_orders_are_moved(0),
        lambda: one.it_was_granted(0, transfer, OTHER_COUNTY, 1, 1),
        lambda: one.it_was_granted(0, transfer, THIRD_COUNTY, 1, 0),
        lambda: one.the_prefecture_assigns(FIT, 0, COUNTY, TransferPolicy.RESTART_FOR_RECEIVER, 1),
        lambda: one.the_holder_works(0, 2, 0),
        lambda: one.a_task_is_handed(FIT, 0, TOWNSHIP, 20, 1),
        lambda: one.a_task_goes_on(2, "take_back", False, 0),
        lambda: one.it_was_granted(0, suspension, COUNTY, 5, 0),
        lambda: one.time_passes(7201, True),
        lambda: one.the_prefecture_looks_again("leader", 0, 1),
        lambda: one.the_holder_works(0, 3, 1),
        lambda: one.somebody_acts(FIT, "return", 0, 0),
        lambda: one.it_was_granted(0, RequestKind.JOINT, COUNTY, 1, 1),
        lambda: one.somebody_asks("duty", 0, RequestKind.RECUSAL, COUNTY, 1, 0),
        lambda: one.somebody_decides("leader", 0, False, 1),
        lambda: one.time_passes(26 * 3600, True),
        lambda: one.a_breach_is_excused("supervisor", 0, None, 0),
        lambda: one.somebody_acts(FIT, "report", 0, 0),
        lambda: one.somebody_asks(FIT, 0, RequestKind.VOID, COUNTY, 1, 0),
        lambda: one.somebody_withdraws(FIT, len(one.seen.requests) - 1, 0),
        lambda: one.it_was_granted(0, RequestKind.VOID, COUNTY, 1, 0),
        lambda: one.it_is_handled_jointly("duty", 1, OTHER_COUNTY, THIRD_COUNTY, 0),
        lambda: one.it_was_granted(1, RequestKind.RECUSAL, COUNTY, 1, 0),
        lambda: one.the_holder_works(3, 3, 0),
        lambda: one.somebody_acts(FIT, "accept", 3, 1),
    ]
    for step in script:
        step()
        one.the_chains_verify()
        one.a_board_kept_from_the_feed_is_the_fresh_one()
        one.the_watchdog_finds_nothing_but_that_nobody_works()
    one.teardown()
    assert life.carried_out >= REACHED | {"reject recusal", "withdraw void"}


def test_no_path_leads_where_it_must_not(life: type[OrderLife]) -> None:
    run_state_machine_as_test(life, settings=_settings())
    assert {"dispatch", "pass", "feedback"} <= life.carried_out
    if _many():
        assert life.carried_out >= REACHED


def _many() -> bool:
    return settings.get_current_profile_name() == "fuzz"
