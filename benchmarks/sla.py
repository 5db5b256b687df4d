"""The SLA pass over 1,000,000 open clocks, from a deadline to the feed, and acts on orders over the API."""

import asyncio
import json
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import httpx

from alerts import rulebook
from app.context import Context
from app.database import make_sessions, transaction
from app.engine import BATCH
from app.feed import FeedHub
from app.health import Health
from app.metrics import Metrics
from app.pipeline import Pipeline
from app.registry.directory import Directory
from app.settings import load_settings
from benchmarks.ground import PASSWORD, Ground, quantile
from benchmarks.web import CONNECTIONS, rate
from dispatch import repository
from models.bulk import fetch
from models.enums import HoldReason, OrderAct
from models.ids import GridId, OrderId
from sla import changes
from sla import service as sla
from tests.factories import COUNTY, World
from tests.fakes import FakeClock

ORDERS = 333_334
"""With three clocks each."""
AT_ONCE = 50_000
AHEAD = timedelta(days=30)
"""What is only to be there is due by then: nothing of it happens while something is measured."""
IDLE_PASSES = 1000
DUE = 5_000
SINGLE = 300
TOGETHER = 1_000
ROUNDS = 5
ACTS = 1_000
_BARE = "SELECT id FROM sla_clock WHERE next_at < $1 ORDER BY next_at LIMIT $2 FOR UPDATE SKIP LOCKED"


async def world_over(ground: Ground) -> World:
    """The pipeline over the benchmark's registry, with a clock of its own."""
    clock = FakeClock(datetime.now(UTC) + AHEAD)
    sessions = make_sessions(ground.engine)
    settings, directory, metrics = load_settings({}), Directory(), Metrics()
    async with transaction(sessions) as session:
        limits = settings.sla.limits()
        await sla.ensure_policy(session, limits, author="bench", now=clock.now())
        await rulebook.ensure_first(session, now=clock.now())
        await directory.refresh(session)
    pipeline = Pipeline(
        directory,
        channels=frozenset({"mqtt"}),
        metrics=metrics,
    )
    context = Context(
        settings=settings, clock=clock, sessions=sessions, secret_key="x" * 32, directory=directory,
        pipeline=pipeline, feed=FeedHub(sessions, clock=clock, metrics=metrics), metrics=metrics,
        health=Health(sessions, timedelta(seconds=10)),
    )  # fmt: skip
    return World(context, clock)


async def _fill(world: World, orders: int, mark: str = "bench") -> list[int]:
    """Orders dispatched now, with the clocks the service itself starts for the first, copied for the others."""
    now = world.clock.now()
    made: list[int] = []
    async with transaction(world.sessions) as session:
        policy = await sla.in_force(session)
    for begun in range(0, orders, AT_ONCE):
        count = min(AT_ONCE, orders - begun)
        async with transaction(world.sessions) as session:
            await fetch(session, "SET LOCAL statement_timeout = 0")
            rows = await fetch(
                session,
                "INSERT INTO work_order (number, grid_id, state, severity, reason, policy_version, dispatched_at)"
                " SELECT $5 || n, g.id, 'dispatched', 'notice', 'bench', $3, $1"
                " FROM generate_series($6::int, $6::int + $2::int - 1) AS n, grid g WHERE g.code = $4"
                " RETURNING id, grid_id",
                now, count, policy.version, COUNTY, f"{mark}-", begun,
            )  # fmt: skip
            ids = [row[0] for row in rows]
            await repository.add_holders(
                session, [(OrderId(o), GridId(g)) for o, g in rows], why=HoldReason.DISPATCH, now=now
            )
            first = sla.ClockedOrder(OrderId(rows[0][0]), GridId(rows[0][1]))
            await sla.start(session, [first], OrderAct.DISPATCH, policy=policy, now=now)
            # They are made for the passes alone: nobody is told that they began.
            changes.take(session)
            columns = (
                "subject_id, label, grid_id, kind, round, state, started_at, due_at, original_due_at, plan, step,"
                " next_at, policy_version, traits, stops"
            )
            await fetch(
                session,
                f"INSERT INTO sla_clock (order_id, {columns}) SELECT o, {columns} FROM sla_clock,"
                " unnest($2::bigint[]) AS o WHERE order_id = $1 ORDER BY o",
                ids[0],
                ids[1:],
            )
            made += ids
    engine = world.sessions.kw["bind"].execution_options(isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.exec_driver_sql("SET statement_timeout = 0")
        for table in ("sla_clock", "work_order"):
            await connection.exec_driver_sql(f"VACUUM ANALYZE {table}")
    return made


async def _pass(world: World, limit: int = 500) -> tuple[int, float]:
    begun = time.perf_counter()
    async with transaction(world.sessions) as session:
        result = await world.context.pipeline.tick(session, now=world.clock.now(), limit=limit)
    return result.checked, time.perf_counter() - begun


async def _bare(world: World, limit: int) -> float:
    """Milliseconds of the bare query that finds what is due, in a transaction of its own."""
    begun = time.perf_counter()
    async with transaction(world.sessions) as session:
        await fetch(session, _BARE, world.clock.now(), limit)
    return (time.perf_counter() - begun) * 1000


async def measure(ground: Ground) -> list[str]:
    await ground.clear()
    world = await world_over(ground)
    await _fill(world, ORDERS)
    return [*await _passes(world), *await _to_the_feed(ground, world), *await _acts(ground, world)]


async def _passes(world: World) -> list[str]:
    world.clock.advance(seconds=1)
    for _ in range(50):
        await _pass(world)
        await _bare(world, 500)
    idle, bare = [], []
    for _ in range(IDLE_PASSES):
        idle.append((await _pass(world))[1] * 1000)
        bare.append(await _bare(world, 500))
    async with transaction(world.sessions) as session:
        await fetch(session, "SET LOCAL enable_indexscan = off")
        await fetch(session, "SET LOCAL enable_bitmapscan = off")
        begun = time.perf_counter()
        for _ in range(3):
            await sla.tick(session, now=world.clock.now())
        without = (time.perf_counter() - begun) / 3 * 1000
    median, floor = statistics.median(idle), statistics.median(bare)
    p99, floor99 = quantile(idle, 0.99), quantile(bare, 0.99)
    # Acknowledge clocks fall due: a breach and the first rung each.
    one_by_one = await _due(world, SINGLE, limit=1)
    batched = await _due(world, DUE, limit=BATCH)
    clocks = f"{3 * ORDERS:,} open clocks"
    return [
        f"pass, {clocks}, nothing due, p50     {median:8.3f} ms   {median / floor:.2f} × the bare query ({floor:.3f})",
        f"pass, {clocks}, nothing due, p99     {p99:8.3f} ms   {p99 / floor99:.2f} × the bare query ({floor99:.3f})",
        f"the same without the index                     {without:8.1f} ms   {without / median:.0f} × the pass",
        f"{DUE:,} breaches at once, per clock                {batched * 1e6:8.1f} µs",
        f"one transaction per clock                      {one_by_one * 1e6:8.1f} µs",
        f"one by one ÷ batched                           {one_by_one / batched:8.1f}      wanted ≥ 30",
    ]


async def _to_the_feed(ground: Ground, world: World) -> list[str]:
    """A running service: clocks that are due at one instant, until each breach is in a listener's hands."""
    waits: list[float] = []
    async with _signed_in(ground) as (web, headers):
        bare = []
        for number in range(ROUNDS):
            arrived = await _one_round(world, web, headers, phase=number / ROUNDS, bare=bare)
            waits += arrived
    p50, p99, floor = statistics.median(waits), quantile(waits, 0.99), statistics.median(bare)
    return [
        f"deadline → feed, {TOGETHER:,} due at once, p50          {p50:8.3f} s",
        f"deadline → feed, {TOGETHER:,} due at once, p99          {p99:8.3f} s    wanted ≤ 2",
        f"the bare query that finds {TOGETHER:,} due             {floor:8.3f} ms   p99 ÷ it {p99 * 1000 / floor:.0f}",
    ]


async def _one_round(
    world: World, web: httpx.AsyncClient, headers: dict[str, str], *, phase: float, bare: list[float]
) -> list[float]:
    """Seconds from the deadline for each breach of one round; the beat is met at another phase each time."""
    due = datetime.now(UTC) + timedelta(seconds=4 + phase)
    async with transaction(world.sessions) as session:
        ids = [
            row[0]
            for row in await fetch(
                session,
                "UPDATE sla_clock SET started_at = $1, due_at = $2, original_due_at = $2, next_at = $2, step = 0,"
                " plan = jsonb_build_array(jsonb_build_object('at', $3::text, 'do', 'breach'),"
                " jsonb_build_object('at', $3::text, 'do', 'escalate', 'level', 1, 'role', 'supervisor'))"
                " WHERE id IN (SELECT id FROM sla_clock WHERE kind = 'report' AND state = 'running'"
                " AND started_at > $2 LIMIT $4) RETURNING order_id",
                due - timedelta(hours=1),
                due,
                due.isoformat(),
                TOGETHER,
            )
        ]
    # The same query, for the same clocks, before they are due.
    world.clock.set(due + timedelta(microseconds=1))
    bare += [await _bare(world, BATCH) for _ in range(5)]
    arrived: dict[int, float] = {}
    async with web.stream("GET", "/api/v1/sla/feed", headers=headers, timeout=None) as stream:
        kind = ""
        async with asyncio.timeout(60):
            async for line in stream.aiter_lines():
                if line.startswith("event: "):
                    kind = line[7:]
                elif line.startswith("data: ") and kind == "sla.breached":
                    arrived[json.loads(line[6:])["order"]] = datetime.now(UTC).timestamp() - due.timestamp()
                    if len(arrived) == TOGETHER:
                        break
    assert set(arrived) == set(ids)
    return list(arrived.values())


async def _acts(ground: Ground, world: World) -> list[str]:
    """Acknowledgements over kept-open connections, each a transaction with clock, journal and outbox."""
    world.clock.set(datetime.now(UTC) - timedelta(seconds=1))
    orders = await _fill(world, ACTS, "acts")
    async with _signed_in(ground, "supervisor") as (web, headers):
        host, port = str(web.base_url.host), int(web.base_url.port or 80)
        token = headers["authorization"]
        bare = await rate(host, port, b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")
        waiting = [
            f"POST /api/v1/orders/{order}/acknowledge HTTP/1.1\r\nhost: x\r\nauthorization: {token}\r\n"
            "content-length: 0\r\n\r\n".encode()
            for order in orders
        ]
        done = await _all(host, port, waiting)
    return [
        f"/healthz                        {bare:9,.0f} req/s",
        f"acknowledge                     {done:9,.0f} acts/s     {done / bare:.3f} of the bare endpoint",
    ]


async def _all(host: str, port: int, requests: list[bytes]) -> float:
    """Answers a second until each request was answered with 200."""
    count = len(requests)

    async def client() -> None:
        reader, writer = await asyncio.open_connection(host, port)
        while requests:
            writer.write(requests.pop())
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200"), head
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            await reader.readexactly(length)
        writer.close()

    begun = time.monotonic()
    await asyncio.gather(*(client() for _ in range(CONNECTIONS)))
    return count / (time.monotonic() - begun)


@asynccontextmanager
async def _signed_in(
    ground: Ground, username: str = "duty"
) -> AsyncIterator[tuple[httpx.AsyncClient, dict[str, str]]]:
    async with ground.service() as service, httpx.AsyncClient(base_url=service.http, timeout=20) as web:
        form = {"username": username, "password": PASSWORD}
        token = (await web.post("/api/v1/auth/token", data=form)).json()["access_token"]
        yield web, {"authorization": f"Bearer {token}"}


async def _due(world: World, count: int, *, limit: int) -> float:
    """Seconds a clock for `count` clocks that breach at one instant, told and escalated like any other."""
    now = world.clock.now()
    async with transaction(world.sessions) as session:
        await fetch(
            session,
            "UPDATE sla_clock SET step = (SELECT min(i) - 1 FROM jsonb_array_elements(plan) WITH ORDINALITY p(s, i)"
            " WHERE s->>'do' = 'breach'), next_at = $1, due_at = $1, original_due_at = $1, plan ="
            " jsonb_build_array(jsonb_build_object('at', $2::text, 'do', 'warn'), jsonb_build_object('at', $2::text,"
            " 'do', 'warn'), jsonb_build_object('at', $2::text, 'do', 'breach'), jsonb_build_object('at', $2::text,"
            " 'do', 'escalate', 'level', 1, 'role', 'supervisor'), jsonb_build_object('at', $3::text, 'do',"
            " 'escalate', 'level', 2, 'role', 'chief'))"
            " WHERE id IN (SELECT id FROM sla_clock WHERE kind = 'acknowledge' AND state = 'running' LIMIT $4)",
            now, now.isoformat(), (now + timedelta(hours=1)).isoformat(), count,
        )  # fmt: skip
    world.clock.advance(seconds=1)
    total, done = 0.0, 0
    while done < count:
        checked, seconds = await _pass(world, limit)
        assert checked
        done += checked
        total += seconds
    return total / done
