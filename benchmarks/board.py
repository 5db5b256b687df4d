"""1,000,000 open clocks: counters, the board and the watchdog, each against the bare count of one grid's index."""

import statistics
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta

from app.database import transaction
from app.views import board
from app.watchdog import looks
from app.watchdog.service import Watchdog
from benchmarks.ground import Ground
from benchmarks.sla import world_over
from models.bulk import fetch
from models.enums import OrderAct
from models.ids import GridId, OrderId
from sla import changes
from sla import service as sla
from tests.factories import PREFECTURE, World

ORDERS = 333_334
GRIDS = 10
RUNS = 9


async def _fill(world: World) -> None:
    """Orders of ten counties; each has the three clocks of its dispatch, and nothing is due for ten minutes."""
    now = world.clock.now()
    async with transaction(world.sessions) as session:
        await fetch(
            session,
            "INSERT INTO grid (code, name, level, parent_id) SELECT '6523' || (50 + n), 'county ' || n, 2, id"
            " FROM grid, generate_series(0, $2::int - 1) n WHERE code = $1",
            PREFECTURE,
            GRIDS,
        )
        await world.context.directory.refresh(session)
    async with transaction(world.sessions) as session:
        policy = await sla.in_force(session)
        (first,) = await fetch(
            session,
            "INSERT INTO work_order (number, grid_id, state, severity, reason, policy_version, dispatched_at)"
            " SELECT 'bench-0', id, 'dispatched', 'notice', 'bench', $2, $1 FROM grid WHERE code = '652350'"
            " RETURNING id, grid_id",
            now, policy.version,
        )  # fmt: skip
        clocked = [sla.ClockedOrder(OrderId(first[0]), GridId(first[1]))]
        await sla.start(session, clocked, OrderAct.DISPATCH, policy=policy, now=now)
        changes.take(session)
        await fetch(session, "SET LOCAL statement_timeout = 0")
        await fetch(
            session,
            "INSERT INTO work_order (number, grid_id, state, severity, reason, policy_version, dispatched_at)"
            " SELECT 'bench-' || n, g.id, 'dispatched', 'notice', 'bench', $3, $1 FROM generate_series(1, $2::int) n"
            " JOIN grid g ON g.code = '6523' || (50 + n % $4)",
            now, ORDERS - 1, policy.version, GRIDS,
        )  # fmt: skip
        await fetch(
            session,
            "INSERT INTO sla_clock (order_id, grid_id, kind, round, state, started_at, due_at, original_due_at, plan,"
            " step, next_at, policy_version) SELECT o.id, o.grid_id, c.kind, 1, 'running', c.started_at,"
            " c.due_at + o.id * interval '1 ms', c.due_at + o.id * interval '1 ms', c.plan, 0, c.next_at,"
            " c.policy_version FROM work_order o, sla_clock c"
            " WHERE c.order_id = $1 AND o.id <> $1",
            first[0],
        )
        await fetch(
            session,
            "INSERT INTO holder_segment (order_id, grid_id, held_from, why)"
            " SELECT id, grid_id, dispatched_at, 'dispatch' FROM work_order",
        )
    engine = world.sessions.kw["bind"].execution_options(isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        for table in ("sla_clock", "work_order", "holder_segment"):
            await connection.exec_driver_sql("SET statement_timeout = 0")
            await connection.exec_driver_sql(f"VACUUM ANALYZE {table}")


async def _median(ask: Callable[[], Awaitable[object]]) -> float:
    """Milliseconds."""
    taken = []
    for _ in range(RUNS):
        begun = time.perf_counter()
        await ask()
        taken.append((time.perf_counter() - begun) * 1000)
    return statistics.median(taken)


async def measure(ground: Ground) -> list[str]:
    await ground.clear()
    world = await world_over(ground)
    await _fill(world)
    world.clock.advance(seconds=1)
    now = world.clock.now()
    grids = {int(g.id): g.code for g in world.context.directory.grids}
    one = {id_: code for id_, code in grids.items() if code == "652350"}
    dog = Watchdog(world.context)

    async def count(ids: list[int]) -> None:
        async with world.sessions() as session:
            await board.cells_of(session, ids, now=now)

    async def bare() -> None:
        async with world.sessions() as session:
            await fetch(
                session, "SELECT count(*) FROM sla_clock WHERE stopped_at IS NULL AND grid_id = $1", *one
            )

    figures = {
        "bare count of one county's open clocks": await _median(bare),
        "counters of one county of ten": await _median(lambda: count(list(one))),
        "counters of the prefecture": await _median(lambda: count(list(grids))),
        "board of the prefecture, first 1,000": await _median(
            lambda: board.snapshot(world.sessions, grids, limit=1000, now=now)
        ),
        "watchdog, a whole pass": await _median(dog.look),
    }
    lines = [f"1,000,000 clocks: {name:40} {ms:9.1f} ms" for name, ms in figures.items()]
    before = now - timedelta(minutes=1)
    for name, (statement, parameters) in {
        "unjudged": (looks.UNJUDGED, (before, looks.MOST)),
        "late": (looks.LATE, (0, looks.TURN, [])),
        "orders": (looks.ORDERS, (0, looks.TURN, [])),
    }.items():
        async with world.sessions() as session:
            rows = await fetch(session, f"EXPLAIN {statement}", *parameters)
        lines.append(f"plan of the watchdog's look, {name:10} {rows[0][0].split('(')[-1].rstrip(')')}")
    return lines
