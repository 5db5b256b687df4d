"""The watchdog, the board and its counters never read a big table from one end to the other."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.database import Sessions, transaction
from app.views import board
from app.watchdog import looks
from models.bulk import fetch
from tests.factories import COUNTY, World, make_world
from tests.fakes import FakeClock

BIG = {"sla_clock", "work_order", "alert", "outbox", "holder_segment", "escalation", "sla_breach", "unrouted",
       "detection_inbox", "journal"}  # fmt: skip
ORDERS = 6000


async def fill(world: World) -> None:
    """Some thousands of orders, half of them closed, and as many alerts and letters; a few of each are open or late."""
    order = await world.order()
    alert = await world.alert(order_id=order)
    now = world.clock.now()
    statements: list[tuple[str, tuple[Any, ...]]] = [
        ("INSERT INTO work_order (number, grid_id, state, severity, reason, policy_version, dispatched_at, closed_at)"
         " SELECT 'N' || n, grid_id, CASE WHEN n % 2 = 0 THEN 'closed' ELSE 'on_site' END, severity, reason, 1,"
         " dispatched_at, CASE WHEN n % 2 = 0 THEN dispatched_at END FROM work_order, generate_series(1, $1::int) n",
         (ORDERS,)),
        ("INSERT INTO holder_segment (order_id, grid_id, held_from, why)"
         " SELECT id, grid_id, dispatched_at, 'dispatch' FROM work_order WHERE number LIKE 'N%'", ()),
        ("INSERT INTO sla_clock (order_id, grid_id, kind, round, state, started_at, due_at, original_due_at, plan,"
         " next_at, stopped_at, breached_at, policy_version)"
         " SELECT o.id, o.grid_id, 'report', 1, CASE WHEN o.state = 'closed' THEN 'met' WHEN o.id % 9 = 0 THEN"
         " 'breached' ELSE 'running' END, c.started_at, c.due_at, c.due_at, c.plan, CASE WHEN o.state = 'closed' THEN"
         " NULL ELSE c.next_at END, o.closed_at, CASE WHEN o.state <> 'closed' AND o.id % 9 = 0 THEN c.due_at END, 1"
         " FROM work_order o, sla_clock c WHERE o.number LIKE 'N%' AND c.order_id = $1 AND c.kind = 'report'",
         (order,)),
        ("INSERT INTO alert (station_id, grid_id, kind, scope, severity, state, started_at, detected_at, last_at, why,"
         " rule_version, created_at, cleared_at) SELECT station_id, grid_id, kind, scope, severity, 'cleared',"
         " started_at, detected_at, last_at, why, 1, created_at, last_at FROM alert, generate_series(1, $2::int)"
         " WHERE alert.id = $1", (alert, ORDERS)),
        ("INSERT INTO unrouted (alert_id, grid_id, reason, created_at, resolved_at)"
         " SELECT id, grid_id, 'no_supervisor', created_at, created_at FROM alert WHERE state = 'cleared'", ()),
        ("INSERT INTO outbox (channel, destination, lane, key, payload, state, created_at, next_at)"
         " SELECT 'mqtt', '', 'l', 'k' || n, '{}', CASE WHEN n % 5 = 0 THEN 'pending' ELSE 'sent' END, $1,"
         " CASE WHEN n % 5 = 0 THEN $1::timestamptz END FROM generate_series(1, $2::int) n", (now, ORDERS)),
        ("INSERT INTO sla_breach (clock_id, order_id, grid_id, kind, round, breached_at, detected_at)"
         " SELECT id, order_id, grid_id, kind, round, due_at - interval '9 days' * (id % 50), due_at FROM sla_clock"
         " WHERE kind = 'report'", ()),
        ("INSERT INTO escalation (clock_id, order_id, level, role, planned_at, detected_at)"
         " SELECT id, order_id, 1, 'supervisor', due_at, due_at FROM sla_clock WHERE kind = 'report'", ()),
        ("INSERT INTO detection_inbox (seq, kind, created_at, body)"
         " SELECT n, 'control', $1, '' FROM generate_series(1, $2::int) n", (now, ORDERS)),
        ("INSERT INTO detection_cursor (id, seq, moved_at) VALUES (1, $1, $2)", (ORDERS - 5, now)),
    ]  # fmt: skip
    async with transaction(world.sessions) as session:
        for statement, parameters in statements:
            await fetch(session, statement, *parameters)
    async with transaction(world.sessions) as session:
        await fetch(session, "ANALYZE")


def scanned(plan: dict[str, Any]) -> Iterator[str]:
    """Tables that a plan reads from one end to the other."""
    if plan["Node Type"] in ("Seq Scan", "Parallel Seq Scan"):
        yield plan["Relation Name"]
    for below in plan.get("Plans", ()):
        yield from scanned(below)


@pytest.mark.timeout(180)
async def test_no_look_reads_a_whole_table(sessions: Sessions, clock: FakeClock, tmp_path: Path) -> None:
    world = await make_world(sessions, clock, tmp_path)
    await fill(world)
    now, county = clock.now(), [world.grids[COUNTY].id]
    before = now - timedelta(minutes=1)
    questions: dict[str, tuple[str, tuple[Any, ...]]] = {
        "unjudged": (looks.UNJUDGED, (before, looks.MOST)),
        "late": (looks.LATE, (0, 200, [5])),
        "orders": (looks.ORDERS, (0, 200, [5])),
        "alerts": (looks.ALERTS, (before, looks.MOST)),
        "unrouted": (looks.UNROUTED, (before, looks.MOST)),
        "outbox": (looks.OUTBOX, (before, looks.MOST)),
        "detection": (looks.DETECTION, ()),
        "clocks of the board": (board.CLOCKS, (county, None, 101)),
        "breached today": (board.TODAY, (county, now, now + timedelta(days=1))),
    }
    read: dict[str, set[str]] = {}
    for name, (statement, parameters) in questions.items():
        async with sessions() as session:
            rows = await fetch(session, f"EXPLAIN (FORMAT JSON) {statement}", *parameters)
        plan = rows[0][0]
        document = json.loads(plan) if isinstance(plan, str) else plan
        read[name] = set(scanned(document[0]["Plan"])) & BIG
    assert {name: tables for name, tables in read.items() if tables} == {}
