"""Several engines and API workers at once, each killed at random steps: nothing missing, nothing doubled.

`CRASH_SEEDS` seeds, 200 in `make crash`. Processes are forked from a server that has imported everything.
"""

import asyncio
import contextlib
import json
import multiprocessing
import os
import random
import signal
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from app.database import Sessions
from app.engine import Engine
from app.journal import verify
from app.outgoing import MQTT, WEBHOOK
from models.bulk import fetch
from notify.gateway import WebhookGateway
from tests.api.conftest import token_of
from tests.crash.seeds.child import WEBHOOK_SECRET, Child, Job, open_context, run_api, run_engine
from tests.factories import COUNTY, OTHER_COUNTY, World, make_world
from tests.fakes import START, FakeClock, RecordingGateway
from tests.month.plan import HANDLERS, REVIEWERS

pytestmark = [pytest.mark.crash, pytest.mark.timeout(300)]
SEEDS = int(os.environ.get("CRASH_SEEDS", "4"))
ORDERS, ENGINES, WORKERS = 5, 2, 2
SUPERVISORS = {COUNTY: "supervisor", OTHER_COUNTY: "neighbour"}
MISSED = {"past_due", "request_closed"}
"""What a request is answered whose deadline, or whose clock, was gone before it."""
_EVENTS = {"approved": "request.approved", "rejected": "request.rejected", "lapsed": "request.expired"}
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.crash.seeds.child", "app.offered"])


@dataclass
class Receiver:
    """The webhook's other side: keeps what it got by its key, and fails as receivers do."""

    dice: random.Random
    port: int = 0
    got: Counter[str] = field(default_factory=Counter)
    bodies: dict[str, bytes] = field(default_factory=dict)
    honest: bool = False

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            pairs = (line.split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
            headers = {name.lower(): value for name, value in pairs}
            body = await reader.readexactly(int(headers["content-length"]))
            fate = 1.0 if self.honest else self.dice.random()
            if fate < 0.1:
                writer.write(b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            else:
                key = headers["webhook-id"]
                assert self.bodies.setdefault(key, body) == body, "the same key means the same message"
                self.got[key] += 1
                # Now and then the answer is lost: it has the message, and the sender does not know.
                if fate > 0.2:
                    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the sender was killed
        finally:
            writer.close()


@contextlib.asynccontextmanager
async def receiving(dice: random.Random) -> AsyncIterator[Receiver]:
    receiver = Receiver(dice)
    server = await asyncio.start_server(receiver.handle, "127.0.0.1", 0)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
        await server.wait_closed()


@dataclass
class Fleet:
    """The processes of one seed; whoever was killed is followed by another one."""

    child: Child
    dice: random.Random
    killed: int = 0
    engines: list[tuple[BaseProcess, Connection]] = field(default_factory=list)

    def _start(self, run: Any, *, mortal: bool) -> tuple[BaseProcess, Connection]:
        ours, theirs = _CONTEXT.Pipe()
        steps = self.dice.randrange(2, 90) if mortal else None
        skew = self.dice.choice((0.0, 0.0, 0.4, -0.4))
        child = Child(
            self.child.url, self.child.seconds, self.child.data_dir, self.child.receiver, steps, skew
        )
        process = _CONTEXT.Process(target=run, args=(child, theirs), daemon=True)
        process.start()
        theirs.close()
        return process, ours

    def _bury(self, process: BaseProcess, pipe: Connection) -> None:
        process.join(60)
        assert process.exitcode == -signal.SIGKILL, "it ended of itself: its output says why"
        self.killed += 1
        pipe.close()

    def keep_engines(self) -> None:
        """As many as there should be: those that died are buried and followed."""
        alive = []
        for process, pipe in self.engines:
            if process.is_alive():
                alive.append((process, pipe))
            else:
                self._bury(process, pipe)
        self.engines = alive
        while len(self.engines) < ENGINES:
            self.engines.append(self._start(run_engine, mortal=True))

    async def stop_engines(self) -> None:
        for process, pipe in self.engines:
            with contextlib.suppress(OSError):  # killed meanwhile
                pipe.send("stop")
            await asyncio.to_thread(process.join, 60)
            pipe.close()
        self.engines = []

    async def carry_out(self, jobs: "asyncio.Queue[tuple[Job, asyncio.Future[tuple[int, Any]]]]") -> None:
        """One worker: does jobs until it is killed; its successor does the one it died over again."""
        process, pipe = self._start(run_api, mortal=True)
        try:
            while True:
                job, answer = await jobs.get()
                while not answer.done():
                    try:
                        pipe.send(job)
                        answer.set_result(await asyncio.to_thread(pipe.recv))
                    except (EOFError, OSError):
                        self._bury(process, pipe)
                        process, pipe = self._start(run_api, mortal=True)
        finally:
            pipe.close()
            process.kill()


@pytest_asyncio.fixture
async def world(sessions: Sessions, clock: FakeClock, tmp_path: Path) -> World:
    return await make_world(sessions, clock, tmp_path)


async def live_an_order(
    number: int, world: World, fleet: Fleet, jobs: "asyncio.Queue[Any]", dice: random.Random
) -> None:
    """An order by hand and the acts of its people at drawn times, some late, some never; with what they ask for."""

    async def ask(who: str, path: str, step: str, body: dict[str, Any] | None = None) -> tuple[int, Any]:
        job = Job(f"order-{number}-{step}", token_of(world, who), path, body or {})
        answer: asyncio.Future[tuple[int, Any]] = asyncio.get_running_loop().create_future()
        await jobs.put((job, answer))
        return await answer

    def later(most: float) -> None:
        fleet.keep_engines()
        with fleet.child.seconds.get_lock():
            fleet.child.seconds.value += dice.uniform(0, most * 60)

    async def request(body: dict[str, Any], decision: dict[str, Any]) -> bool:
        """Files a request, which the prefecture decides later or never; whether it was granted in time."""
        later(8)
        kind = body["kind"]
        status, filed = await ask(SUPERVISORS[grid], f"{base}/requests", f"file-{kind}", body)
        assert status == 201 or filed["code"] in MISSED, filed
        if status != 201 or dice.random() < 0.15:
            return False
        later(12)
        status, said = await ask("duty", f"/requests/{filed['id']}/decide", f"decide-{kind}", decision)
        assert status == 200 or said["code"] in MISSED, said
        return status == 200 and decision["decision"] == "approve"

    async def extend(order: dict[str, Any]) -> None:
        running = [c for c in order["clocks"] if c["kind"] in ("feedback", "report", "rework")]
        clock = max((c for c in running if c["stopped_at"] is None), key=lambda c: c["id"], default=None)
        if clock is None:
            return
        until = datetime.fromisoformat(clock["due_at"]) + timedelta(minutes=dice.uniform(1, 59))
        body = {
            "kind": "extension",
            "clock_id": clock["id"],
            "until": until.isoformat(),
            "reason": "道路封闭",
        }
        await request(body, decided(dice.random() < 0.8))

    def decided(approve: bool, **more: Any) -> dict[str, Any]:
        return {"decision": "approve" if approve else "reject", "comment": "看过"} | more

    status, order = await ask("duty", "/orders", "open", {"grid": COUNTY, "reason": f"巡查 {number}"})
    assert status == 201, order
    base, grid = f"/orders/{order['id']}", COUNTY
    extends, moves = dice.choice((None, 0, 1, 2, 3)), dice.choice((None, 0, 1, 2))
    acts: list[tuple[str, str, dict[str, Any]]] = [
        ("", "acknowledge", {}),
        ("", "feedback", {"finding": "工地未覆盖"}),
        ("", "report", {"measures": "已洒水", "result": "浓度下降"}),
        ("duty", "review", {"decision": dice.choice(("accept", "return")), "comment": "看过"}),
        ("", "report", {"measures": "已覆盖", "result": "浓度下降"}),
        ("duty", "review", {"decision": "accept"}),
    ]
    for step, (who, act, body) in enumerate(acts):
        if order["state"] == "closed" or dice.random() < 0.12:
            break
        if step == extends:
            await extend(order)
        if step == moves:
            away = {"kind": "transfer", "grid": OTHER_COUNTY, "code": "outside_grid", "reason": "不在本区"}
            if await request(away, decided(dice.random() < 0.7, misdispatched=dice.random() < 0.5)):
                grid = OTHER_COUNTY
        later(25)
        status, order = await ask(who or SUPERVISORS[grid], f"{base}/{act}", f"{step}-{act}", body)
        assert status == 200, order


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_killed_at_random_steps_nothing_is_missing_or_doubled(
    seed: int, world: World, database_url: str, tmp_path: Path
) -> None:
    dice = random.Random(seed)
    seconds = _CONTEXT.Value("d", 0.0)
    async with receiving(random.Random(seed + 1000)) as receiver:
        child = Child(database_url, seconds, tmp_path, f"http://127.0.0.1:{receiver.port}/", None)
        fleet = Fleet(child, dice)
        jobs: asyncio.Queue[Any] = asyncio.Queue()
        fleet.keep_engines()
        workers = [asyncio.ensure_future(fleet.carry_out(jobs)) for _ in range(WORKERS)]
        lives = [live_an_order(n, world, fleet, jobs, random.Random(seed * 100 + n)) for n in range(ORDERS)]
        done, _ = await asyncio.wait(
            [asyncio.ensure_future(asyncio.gather(*lives)), *workers], return_when=asyncio.FIRST_COMPLETED
        )
        for task in done:
            task.result()
        for _ in range(4):
            seconds.value += dice.uniform(600, 7200)
            fleet.keep_engines()
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
        await fleet.stop_engines()
        # Whoever died with letters in hand: the lease runs out, and a survivor sends them again.
        receiver.honest = True
        seconds.value += 2 * 86400
        end = START + timedelta(seconds=seconds.value)
        await finish(child)
    assert fleet.killed > 0, "a seed in which nobody dies shows nothing"
    await check(world, receiver, end)


async def finish(child: Child) -> None:
    """One engine that nobody kills brings everything up to now and sends what is left."""
    context, connections = await open_context(child)
    async with httpx.AsyncClient() as client:
        webhook = WebhookGateway(client, child.receiver, WEBHOOK_SECRET, timeout=5)
        engine = Engine(context, {WEBHOOK: webhook, MQTT: RecordingGateway()})
        await engine.tick()
        for _ in range(40):
            for channel in (WEBHOOK, MQTT):
                await engine.send(channel)
            child.seconds.value += 960
    await connections.dispose()


async def check(world: World, receiver: Receiver, end: datetime) -> None:
    async with world.sessions() as session:
        orders = await fetch(session, "SELECT id, reason, acknowledged_at IS NOT NULL FROM work_order")
        clocks = await fetch(
            session,
            "SELECT id, kind, state, started_at, due_at, stopped_at, breached_at, original_due_at FROM sla_clock",
        )
        breaches = await fetch(session, "SELECT clock_id, breached_at FROM sla_breach")
        rungs = await fetch(session, "SELECT clock_id, level, planned_at FROM escalation")
        events = await fetch(session, "SELECT id, kind, order_id, data::text FROM journal ORDER BY id")
        letters = await fetch(session, "SELECT channel, key, state FROM outbox")
        statements = await fetch(
            session,
            "SELECT order_id, round, 'report' FROM disposal_report UNION ALL"
            " SELECT order_id, round, 'feedback' FROM feedback UNION ALL"
            " SELECT order_id, round, 'review' FROM review",
        )
        holders = await fetch(session, "SELECT order_id, count(*) FROM holder_segment GROUP BY 1")
        requests = await fetch(
            session,
            "SELECT r.id, r.order_id, r.kind, r.state, r.until_at, c.due_at, c.original_due_at"
            "  FROM order_request r LEFT JOIN sla_clock c ON c.id = r.clock_id",
        )
        chain = await verify(session)
    assert sorted(reason for _, reason, _ in orders) == [f"巡查 {n}" for n in range(ORDERS)]
    assert chain.fault is None
    granted = Counter((order, kind) for _, order, kind, state, *_ in requests if state == "approved")
    held = {order: 1 + granted[order, "transfer"] for order, *_ in orders}
    assert dict(tuple(row) for row in holders) == held
    # A deadline that was moved is where the request asked for it; every other one is where it was.
    asked = {r[0]: r for r in requests if r[2] == "extension"}
    for _, _, _, state, until, due, original in asked.values():
        assert due == (until if state == "approved" else original)
    assert sum(clock[4] != clock[7] for clock in clocks) == sum(r[3] == "approved" for r in asked.values())
    # Clocks: what they say follows from their own deadline and stop, and from nothing else.
    late = {}
    for id_, kind, state, started, due, stopped, breached, _ in clocks:
        wanted = "breached" if (stopped or end) > due else "met"
        assert state == wanted, (id_, kind)
        assert breached == (due if wanted == "breached" else None)
        if wanted == "breached":
            late[id_] = (kind, started, due, stopped)
    assert sorted(tuple(row) for row in breaches) == sorted(
        (id_, due) for id_, (_, _, due, _) in late.items()
    )
    expected = []
    for id_, (kind, started, due, stopped) in late.items():
        for level, _, share in REVIEWERS if kind in ("review", "decision") else HANDLERS:
            at = due + (due - started) * share
            if at < (stopped or end):
                expected.append((id_, level, at))
    assert sorted(tuple(row) for row in rungs) == sorted(expected)
    # The feed: each fact once. Acts by the statements they left, deadlines by the rows above.
    kinds = Counter((kind, order) for _, kind, order, _ in events)
    for order, _, acknowledged in orders:
        said = Counter(what for order_id, _, what in statements if order_id == order)
        assert kinds["order.dispatched", order] == 1
        assert kinds["order.acknowledged", order] == acknowledged
        assert kinds["order.transferred", order] == kinds["order.left", order] == granted[order, "transfer"]
        assert kinds["sla.extended", order] == granted[order, "extension"]
        ended = Counter(
            _EVENTS[state] for _, of, _, state, *_ in requests if of == order and state != "pending"
        )
        assert {kind: kinds[kind, order] for kind in _EVENTS.values()} == {
            kind: ended[kind] for kind in _EVENTS.values()
        }
        assert kinds["request.filed", order] == sum(of == order for _, of, *_ in requests)
        assert kinds["order.feedback", order] == said["feedback"]
        assert kinds["order.reported", order] == said["report"]
        assert kinds["order.closed", order] + kinds["order.returned", order] == said["review"]
    assert sum(n for (kind, _), n in kinds.items() if kind == "sla.breached") == len(late)
    assert sum(n for (kind, _), n in kinds.items() if kind == "sla.escalated") == len(expected)
    # The outside: everything went, and the receiver that knows keys has each exactly once.
    assert {(channel, state) for channel, _, state in letters} == {("webhook", "delivered"), ("mqtt", "sent")}
    keys = {key for channel, key, _ in letters if channel == "webhook"}
    assert set(receiver.bodies) == keys
    told = Counter(json.loads(body)["type"] for body in receiver.bodies.values())
    assert told["sla.breached"] == len(late)
    assert told["sla.escalated"] == len(expected)
    assert told["order.dispatched"] == ORDERS
    assert told["order.transferred"] == sum(n for (_, kind), n in granted.items() if kind == "transfer")
