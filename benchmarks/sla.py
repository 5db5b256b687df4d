"""The SLA pass over 100,000 open orders (300,000 clocks): nothing due, many due, and one transaction per order."""

import statistics
import time
from datetime import UTC, datetime, timedelta

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
from benchmarks.ground import Ground, quantile
from models.bulk import fetch
from models.enums import OrderAct
from models.ids import GridId, OrderId
from sla import service as sla
from tests.factories import COUNTY, World
from tests.fakes import FakeClock

ORDERS = 100_000
IDLE_PASSES = 1000
DUE = 5_000
SINGLE = 300


async def world_over(ground: Ground) -> World:
    """The pipeline over the benchmark's registry, with a clock of its own."""
    clock = FakeClock(datetime.now(UTC))
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


async def _fill(world: World, orders: int) -> None:
    """Orders dispatched now, with the clocks the service itself starts."""
    now = world.clock.now()
    async with transaction(world.sessions) as session:
        policy = await sla.ensure_policy(
            session,
            world.context.settings.sla.limits(),
            author="bench",
            now=now,
        )
        rows = await fetch(
            session,
            "INSERT INTO work_order (number, grid_id, state, severity, reason, policy_version, dispatched_at)"
            " SELECT 'bench-' || n, g.id, 'dispatched', 'notice', 'bench', $3, $1"
            " FROM generate_series(1, $2::int) AS n, grid g WHERE g.code = $4 RETURNING id, grid_id",
            now, orders, policy.version, COUNTY,
        )  # fmt: skip
        clocked = [sla.ClockedOrder(OrderId(r[0]), GridId(r[1])) for r in rows]
        for start in range(0, len(clocked), 5000):
            await sla.start(session, clocked[start : start + 5000], OrderAct.DISPATCH, policy=policy, now=now)
    engine = world.sessions.kw["bind"].execution_options(isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        for table in ("sla_clock", "work_order"):
            await connection.exec_driver_sql(f"VACUUM ANALYZE {table}")


async def _pass(world: World, limit: int = 500) -> tuple[int, float]:
    begun = time.perf_counter()
    async with transaction(world.sessions) as session:
        result = await world.context.pipeline.tick(session, now=world.clock.now(), limit=limit)
    return result.checked, time.perf_counter() - begun


async def measure(ground: Ground) -> list[str]:
    await ground.clear()
    world = await world_over(ground)
    await _fill(world, ORDERS)
    world.clock.advance(seconds=1)
    for _ in range(50):
        await _pass(world)
    idle = [(await _pass(world))[1] * 1000 for _ in range(IDLE_PASSES)]
    async with transaction(world.sessions) as session:
        await fetch(session, "SET LOCAL enable_indexscan = off")
        await fetch(session, "SET LOCAL enable_bitmapscan = off")
        begun = time.perf_counter()
        for _ in range(5):
            await sla.tick(session, now=world.clock.now())
        without = (time.perf_counter() - begun) / 5 * 1000

    median = statistics.median(idle)
    # Acknowledge clocks of DUE orders fall due: a breach and the first rung each.
    one_by_one = await _due(world, SINGLE, limit=1)
    batched = await _due(world, DUE, limit=BATCH)
    return [
        f"pass, {ORDERS:,} open orders, nothing due, p50   {median:8.3f} ms",
        f"pass, {ORDERS:,} open orders, nothing due, p99   {quantile(idle, 0.99):8.3f} ms   wanted ≤ 2",
        f"the same without the index                     {without:8.3f} ms   {without / median:.0f} × the pass",
        f"{DUE:,} breaches at once, per clock                {batched * 1e6:8.1f} µs",
        f"one transaction per clock                      {one_by_one * 1e6:8.1f} µs",
        f"one by one ÷ batched                           {one_by_one / batched:8.1f}      wanted ≥ 30",
    ]


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
