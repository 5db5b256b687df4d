"""Acts, requests, decisions and time in any order, on a real database: what must never be the case never is."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from app.database import make_engine, make_sessions, transaction
from app.flows import holding, joint, lapse, requests
from dispatch.commands import Accept, Acknowledge, Command, FileReport, GiveFeedback, Return, Withdraw
from dispatch.requests.asked import (
    Asked,
    Decision,
    Extension,
    Recusal,
    Suspension,
    Transfer,
    VoidOrder,
)
from models.bulk import fetch
from models.enums import (
    ClockKind,
    OrderAct,
    OrderState,
    RequestKind,
    SubjectAct,
    TransferPolicy,
    TransferReason,
)
from models.errors import DomainError, Invalid
from models.ids import GridId
from sla.deadlines import STOPS
from sla.extension import EXTENDABLE
from tests.factories import COUNTY, OTHER_COUNTY, World, make_world
from tests.fakes import FakeClock

T = TypeVar("T")
COMMANDS: dict[OrderAct, Command] = {
    OrderAct.ACKNOWLEDGE: Acknowledge(),
    OrderAct.FEEDBACK: GiveFeedback("现场"),
    OrderAct.REPORT: FileReport("措施", "结果"),
    OrderAct.ACCEPT: Accept("同意"),
    OrderAct.RETURN: Return("退回"),
    OrderAct.VOID: Withdraw("误报"),
}
PEOPLE = st.sampled_from(["supervisor", "neighbour", "both", "duty", "leader"])
GRIDS = st.sampled_from([COUNTY, OTHER_COUNTY])
ENDS = {OrderAct.VOID.value, SubjectAct.SUSPEND.value, SubjectAct.TRANSFER.value}
"""Acts that end a clock without its being met."""
WANTED = {
    OrderState.DISPATCHED: ClockKind.REPORT,
    OrderState.ACKNOWLEDGED: ClockKind.REPORT,
    OrderState.ON_SITE: ClockKind.REPORT,
    OrderState.RETURNED: ClockKind.REWORK,
    OrderState.REPORTED: ClockKind.REVIEW,
}
Row = dict[str, Any]


class Life(RuleBasedStateMachine):
    """One order after the other in the same world; every step that is refused changes nothing."""

    world: ClassVar[World]
    runner: ClassVar[asyncio.Runner]
    carried_out: ClassVar[set[str]]
    """What has worked at least once, over all examples: a machine that is refused everything proves nothing."""

    def run_(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(coroutine)

    def attempt(self, what: str, coroutine: Coroutine[Any, Any, Any]) -> bool:
        try:
            self.run_(coroutine)
        except DomainError:
            return False
        self.carried_out.add(what)
        return True

    @initialize(county=GRIDS)
    def dispatched(self, county: str) -> None:
        self.clocks: dict[int, Row] = {}
        self.breaches: dict[int, datetime] = {}
        self.first_holder = county
        self.order = self.run_(self.world.order(county))

    # -------------------------------------------------------------- steps
    @rule(minutes=st.sampled_from([0, 1, 9, 11, 30, 61, 125, 60 * 25]), engine=st.booleans())
    def time_passes(self, minutes: int, engine: bool) -> None:
        self.world.clock.advance(minutes=minutes)
        if engine:
            self.run_(self._tick())

    @rule()
    def the_engine_looks(self) -> None:
        self.run_(self._lapse())

    @rule(who=PEOPLE, act=st.sampled_from(sorted(COMMANDS)))
    def somebody_acts(self, who: str, act: OrderAct) -> None:
        self.attempt(act.value, self._act(who, COMMANDS[act]))

    @rule(steps=st.integers(1, 3))
    def the_holder_works(self, steps: int) -> None:
        """A shorter way to where requests get interesting."""
        for act in (OrderAct.ACKNOWLEDGE, OrderAct.FEEDBACK, OrderAct.REPORT)[:steps]:
            for who in ("supervisor", "neighbour"):
                self.attempt(act.value, self._act(who, COMMANDS[act]))

    @rule(who=PEOPLE, kind=st.sampled_from(list(RequestKind)), grid=GRIDS, more=st.integers(1, 60))
    def somebody_asks(self, who: str, kind: RequestKind, grid: str, more: int) -> None:
        before = self._clocks()
        if self.attempt(f"file {kind.value}", self._file(who, kind, grid, more)):
            after = {id_: c for id_, c in self._clocks().items() if c["kind"] != "decision"}
            assert after == {id_: c for id_, c in before.items() if c["kind"] != "decision"}

    @rule(
        who=PEOPLE,
        approve=st.sampled_from([True, True, True, False]),
        policy=st.sampled_from([None, *TransferPolicy]),
        grid=st.sampled_from([None, COUNTY, OTHER_COUNTY]),
        which=st.integers(0, 5),
    )
    def somebody_decides(
        self, who: str, approve: bool, policy: TransferPolicy | None, grid: str | None, which: int
    ) -> None:
        pending = [r for r in self._requests() if r["state"] == "pending"]
        if pending:
            request = pending[which % len(pending)]
            alternate = "both" if grid is None else None
            decision = Decision(approve, "意见", self._grid(grid), policy, alternate=alternate)
            self.attempt(f"decide {request['kind']}", self._decide(who, request["id"], decision))

    @rule(who=PEOPLE, which=st.integers(0, 5))
    def somebody_withdraws(self, who: str, which: int) -> None:
        found = self._requests()
        if found:
            self.attempt("withdraw", self._withdraw(who, found[which % len(found)]["id"]))

    @rule(who=PEOPLE, grid=GRIDS)
    def the_prefecture_assigns(self, who: str, grid: str) -> None:
        self.attempt("assign", self._assign(who, grid))

    @rule(who=PEOPLE)
    def the_prefecture_looks_again(self, who: str) -> None:
        self.attempt("recheck", self._recheck(who))

    @rule()
    def it_was_handed_on_twice(self) -> None:
        """A shorter way to the lock."""
        for who, grid in (("supervisor", OTHER_COUNTY), ("neighbour", COUNTY)) * 2:
            if self.attempt("file transfer", self._file(who, RequestKind.TRANSFER, grid, 1)):
                (request,) = [
                    r for r in self._requests() if (r["kind"], r["state"]) == ("transfer", "pending")
                ]
                self.attempt("decide transfer", self._decide("leader", request["id"], Decision(True)))

    @rule(kind=st.sampled_from([RequestKind.SUSPENSION, RequestKind.EXTENSION]), more=st.integers(1, 60))
    def it_was_granted(self, kind: RequestKind, more: int) -> None:
        """A shorter way to suspensions and moved deadlines."""
        for who in ("supervisor", "neighbour"):
            if self.attempt(f"file {kind.value}", self._file(who, kind, COUNTY, more)):
                (request,) = [
                    r for r in self._requests() if (r["kind"], r["state"]) == (kind.value, "pending")
                ]
                self.attempt(f"decide {kind.value}", self._decide("leader", request["id"], Decision(True)))

    # -------------------------------------------------------------- what always holds
    @invariant()
    def somebody_holds_it_at_every_moment(self) -> None:
        order, chain = self._order(), self._rows("holder_segment", "held_from, id")
        assert chain[0]["held_from"] == order["dispatched_at"]
        assert chain[0]["grid_id"] == self.world.grids[self.first_holder].id
        for one, following in pairwise(chain):
            assert one["held_to"] == following["held_from"] == following["follows_at"]
        final = OrderState(order["state"]).final
        assert [s["held_to"] is None for s in chain] == [False] * (len(chain) - 1) + [not final]
        assert chain[-1]["grid_id"] == order["grid_id"]

    @invariant()
    def no_clock_stops_or_moves_by_itself(self) -> None:
        now = self._clocks()
        granted = [r["clock_id"] for r in self._requests() if r["state"] == "approved" and r["clock_id"]]
        for id_, clock in now.items():
            before = self.clocks.get(id_, clock)
            assert clock["original_due_at"] == before["original_due_at"]
            if before["stopped_at"] is not None:
                assert clock == before
            if clock["stopped_at"] is not None:
                by = {act.value for act in STOPS[ClockKind(clock["kind"])]}
                assert clock["stopped_by"] in by | ENDS
                if clock["state"] == "met":
                    assert clock["stopped_by"] in by
                if clock["stopped_by"] == "suspend":
                    assert clock["kind"] in ("report", "rework")
                if clock["stopped_by"] == "transfer":
                    assert clock["subject_id"] is not None
            assert granted.count(id_) <= 2
            limit = clock["original_due_at"] - clock["started_at"]
            assert clock["due_at"] <= clock["original_due_at"] + limit * granted.count(id_)
            if id_ not in granted:
                assert clock["due_at"] == clock["original_due_at"]
        assert set(self.clocks) <= set(now)
        self.clocks = now

    @invariant()
    def a_breach_never_moves(self) -> None:
        found = {b["clock_id"]: b["breached_at"] for b in self._rows("sla_breach", "id")}
        assert found == found | self.breaches
        assert all(self.clocks[id_]["due_at"] == at for id_, at in found.items() if id_ in self.clocks)
        self.breaches = found

    @invariant()
    def something_is_wanted_of_somebody_until_the_end(self) -> None:
        order = self._order()
        state, suspended = OrderState(order["state"]), order["suspended_until"] is not None
        unstopped = [c["kind"] for c in self._clocks().values() if c["stopped_at"] is None]
        assert unstopped.count("recheck") == int(suspended)
        if state.final:
            assert unstopped == []
        elif suspended:
            assert not {"report", "rework", "acknowledge", "feedback"} & set(unstopped)
        else:
            assert WANTED[state].value in unstopped
        assert ("feedback" in unstopped) == (state in (OrderState.DISPATCHED, OrderState.ACKNOWLEDGED))

    @invariant()
    def requests_keep_to_their_rules(self) -> None:
        order, found = self._order(), self._requests()
        pending = [r["kind"] for r in found if r["state"] == "pending"]
        assert len(set(pending)) == len(pending)
        assert not (pending and OrderState(order["state"]).final)
        transfers = [r for r in found if r["kind"] == "transfer" and r["state"] == "approved"]
        assert len(transfers) <= 2
        decisions = {c["subject_id"]: c for c in self._clocks().values() if c["kind"] == "decision"}
        assert set(decisions) == {r["id"] for r in found}
        for request in found:
            assert (request["state"] == "pending") == (decisions[request["id"]]["stopped_at"] is None)
            assert request["filed_by"] != request["decided_by"]

    # -------------------------------------------------------------- how it is done
    def teardown(self) -> None:
        if hasattr(self, "order"):
            self.world.clock.advance(days=30)
            self.run_(self._tick())
            late = [c for c in self._clocks().values() if c["state"] == "running"]
            assert all(c["due_at"] >= self.world.clock.now() for c in late)
            self.no_clock_stops_or_moves_by_itself()
            self.a_breach_never_moves()

    def _grid(self, code: str | None) -> GridId | None:
        return None if code is None else GridId(self.world.grids[code].id)

    def _rows(self, table: str, order: str) -> list[Row]:
        async def read() -> list[Row]:
            async with self.world.sessions() as session:
                name = "id" if table == "work_order" else "order_id"
                rows = await fetch(
                    session, f"SELECT * FROM {table} WHERE {name} = $1 ORDER BY {order}", self.order
                )
                return [dict(row._mapping) for row in rows]

        return self.run_(read())

    def _order(self) -> Row:
        return self._rows("work_order", "id")[0]

    def _requests(self) -> list[Row]:
        return self._rows("order_request", "id")

    def _clocks(self) -> dict[int, Row]:
        return {c["id"]: c for c in self._rows("sla_clock", "id")}

    async def _tick(self) -> None:
        async with transaction(self.world.sessions) as session:
            await self.world.context.pipeline.tick(session, now=self.world.clock.now(), limit=10_000)

    async def _lapse(self) -> None:
        async with transaction(self.world.sessions) as session:
            pipeline = self.world.context.pipeline
            await lapse.lapse_overtaken(pipeline, session, now=self.world.clock.now(), limit=100)

    async def _act(self, who: str, command: Command) -> None:
        async with transaction(self.world.sessions) as session:
            await self.world.context.pipeline.act(
                session, self.order, command, caller=self.world.caller(who), expected_version=None,
                clock=self.world.clock,
            )  # fmt: skip

    def _asked(self, kind: RequestKind, grid: str, more: int) -> Asked | None:
        now = self.world.clock.now()
        match kind:
            case RequestKind.EXTENSION:
                clocks = self._clocks().values()
                wanted = [c for c in clocks if c["state"] == "running" and ClockKind(c["kind"]) in EXTENDABLE]
                if not wanted:
                    return None
                clock = wanted[more % len(wanted)]
                return Extension(clock["id"], clock["due_at"] + timedelta(minutes=more), "x")
            case RequestKind.TRANSFER:
                return Transfer(TransferReason.OTHER, GridId(self.world.grids[grid].id), grid, "x")
            case RequestKind.RECUSAL:
                return Recusal("x")
            case RequestKind.SUSPENSION:
                return Suspension("计划", now + timedelta(days=more), "x")
            case RequestKind.VOID:
                return VoidOrder("x")
            case RequestKind.JOINT:
                return None

    async def _filed(self, who: str, asked: Asked) -> None:
        async with transaction(self.world.sessions) as session:
            await requests.file(
                self.world.context.pipeline, session, self.order, asked, caller=self.world.caller(who),
                expected_version=None, clock=self.world.clock,
            )  # fmt: skip

    def _file(self, who: str, kind: RequestKind, grid: str, more: int) -> Coroutine[Any, Any, None]:
        asked = self._asked(kind, grid, more)
        return self._nothing() if asked is None else self._filed(who, asked)

    async def _nothing(self) -> None:
        raise Invalid("there is nothing to ask for")

    async def _decide(self, who: str, request_id: int, decision: Decision) -> None:
        async with transaction(self.world.sessions) as session:
            await requests.decide(
                self.world.context.pipeline, session, request_id, decision, caller=self.world.caller(who),
                expected_version=None, clock=self.world.clock, open_joint=joint.carry_out,
            )  # fmt: skip

    async def _withdraw(self, who: str, request_id: int) -> None:
        async with transaction(self.world.sessions) as session:
            await requests.withdraw(
                self.world.context.pipeline, session, request_id, caller=self.world.caller(who),
                clock=self.world.clock,
            )  # fmt: skip

    async def _assign(self, who: str, grid: str) -> None:
        async with transaction(self.world.sessions) as session:
            await holding.assign(
                self.world.context.pipeline, session, self.order, GridId(self.world.grids[grid].id),
                reason="x", policy=None, misdispatched=False, caller=self.world.caller(who),
                expected_version=None, clock=self.world.clock,
            )  # fmt: skip

    async def _recheck(self, who: str) -> None:
        async with transaction(self.world.sessions) as session:
            await holding.recheck(
                self.world.context.pipeline, session, self.order, comment=None,
                caller=self.world.caller(who), expected_version=None, clock=self.world.clock,
            )  # fmt: skip


@pytest.fixture
def life(database_url: str, tmp_path: Path) -> Iterator[type[Life]]:
    """The machine in a world of its own, with a loop and an engine of its own: it is no coroutine."""
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        engine = make_engine(database_url)
        try:
            Life.runner = runner
            Life.carried_out = set()
            Life.world = runner.run(make_world(make_sessions(engine), FakeClock(), tmp_path))
            yield Life
        finally:
            runner.run(engine.dispose())


def test_the_machine_is_not_refused_everything(life: type[Life]) -> None:
    """One life by hand: its steps can be carried out, so a random life means something."""
    one = life()
    script: list[Callable[[], None]] = [
        lambda: one.dispatched(COUNTY),
        lambda: one.it_was_granted(RequestKind.EXTENSION, 1),
        one.it_was_handed_on_twice,
        lambda: one.the_prefecture_assigns("duty", COUNTY),
        lambda: one.the_holder_works(2),
        lambda: one.it_was_granted(RequestKind.SUSPENSION, 30),
        lambda: one.the_prefecture_looks_again("duty"),
        lambda: one.the_holder_works(3),
        lambda: one.somebody_acts("duty", OrderAct.RETURN),
        lambda: one.somebody_asks("supervisor", RequestKind.RECUSAL, COUNTY, 1),
        lambda: one.somebody_decides("leader", True, None, OTHER_COUNTY, 0),
        lambda: one.time_passes(125, True),
        lambda: one.somebody_asks("duty", RequestKind.VOID, COUNTY, 1),
        lambda: one.somebody_withdraws("duty", len(one._requests()) - 1),
        lambda: one.somebody_asks("duty", RequestKind.VOID, COUNTY, 1),
        lambda: one.somebody_decides("leader", True, None, None, 0),
    ]
    for step in script:
        step()
        one.somebody_holds_it_at_every_moment()
        one.no_clock_stops_or_moves_by_itself()
        one.a_breach_never_moves()
        one.something_is_wanted_of_somebody_until_the_end()
        one.requests_keep_to_their_rules()
    one.teardown()
    assert life.carried_out >= {
        "decide extension", "decide transfer", "assign", "feedback", "decide suspension", "recheck", "report",
        "return", "decide recusal", "withdraw", "decide void",
    }  # fmt: skip
    assert one._order()["state"] == "void"


def test_no_path_leads_where_it_must_not(life: type[Life]) -> None:
    run_state_machine_as_test(
        life,
        settings=settings(
            max_examples=25, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
