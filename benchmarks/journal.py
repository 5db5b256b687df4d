"""What the chain of each order costs: the append of today beside the one with a single chain, in the same run."""

import hashlib
import statistics
import time
from datetime import UTC, datetime
from typing import Any

import msgspec

from app import audit, journal
from app.database import make_sessions, transaction
from app.journal import Entry
from benchmarks.ground import Ground, quantile
from models.bulk import fetch
from models.enums import EventKind

STORED = 200_000
APPENDS = 400
SIZES = (1, 3, 500)
"""An act writes one to three events, a pass over many due clocks some hundreds."""
_OLD = (
    "id", "kind", "occurred_at", "recorded_at", "grid_id", "order_id", "alert_id", "actor_id", "data", "hash",
)  # fmt: skip
_INSERT = (
    f"INSERT INTO journal_before ({', '.join(_OLD)}) SELECT * FROM unnest($1::bigint[], $2::text[],"
    " $3::timestamptz[], $4::timestamptz[], $5::int[], $6::bigint[], $7::bigint[], $8::int[], $9::json[], $10::bytea[])"
)
_encode = msgspec.json.Encoder(order="deterministic").encode
_MAKE = (
    "CREATE TABLE journal_before AS SELECT " + ", ".join(_OLD) + " FROM journal WITH NO DATA",
    "ALTER TABLE journal_before ADD PRIMARY KEY (id)",
    "CREATE INDEX ON journal_before (order_id, id) WHERE order_id IS NOT NULL",
    "CREATE INDEX ON journal_before (grid_id, id)",
)


async def _append_before(session: Any, entries: list[Entry], now: datetime) -> None:
    """One chain over all events, as it was until orders had their own."""
    await fetch(session, "SELECT pg_advisory_xact_lock($1)", journal.LOCK)
    head = await fetch(session, "SELECT id, hash FROM journal_before ORDER BY id DESC LIMIT 1")
    last, previous = (int(head[0][0]), bytes(head[0][1])) if head else (0, bytes(32))
    recorded = now.isoformat()
    columns: list[list[Any]] = [[] for _ in _OLD]
    for number, e in enumerate(entries, start=last + 1):
        data = _encode(e.data).decode()
        subjects = (e.grid_id, e.order_id, e.alert_id, e.actor_id)
        text = _encode([number, e.kind.value, e.occurred_at.isoformat(), recorded, *subjects]) + data.encode()
        previous = hashlib.sha256(previous + text).digest()
        row = (number, e.kind.value, e.occurred_at, now, *subjects, data, previous)
        for column, value in zip(columns, row, strict=True):
            column.append(value)
    await fetch(session, _INSERT, *columns)
    await fetch(session, "SELECT pg_notify($1, $2)", journal.CHANNEL, str(columns[0][-1]))


def _entries(number: int, size: int, now: datetime) -> list[Entry]:
    """Of as many orders as a pass has clocks, or of one for an act."""
    return [
        Entry(
            EventKind.SLA_BREACHED, now, 1, 1 + (number * 7919 + n // 3) % 20_000,
            data={"occurred_at": now.isoformat(), "grid": "652301", "number": f"2026-652301-{n:06d}"},
        )
        for n in range(size)
    ]  # fmt: skip


async def measure(ground: Ground) -> list[str]:
    await ground.clear()
    sessions, now = make_sessions(ground.engine), datetime.now(UTC)
    async with transaction(sessions) as session:
        for statement in _MAKE:
            await fetch(session, statement)
    for number in range(STORED // 1000):
        async with transaction(sessions) as session:
            entries = _entries(number * 331, 1000, now)
            await journal.append(session, entries, now=now)
            await _append_before(session, entries, now)
    lines = []
    for size in SIZES:
        before: list[float] = []
        today: list[float] = []
        for number in range(APPENDS if size < 100 else APPENDS // 10):
            entries = _entries(number, size, now)
            # One after the other, so that whatever else the machine does meets both.
            for taken, old in ((before, True), (today, False)):
                async with transaction(sessions) as session:
                    begun = time.perf_counter()
                    if old:
                        await _append_before(session, entries, now)
                    else:
                        await journal.append(session, entries, now=now)
                    taken.append((time.perf_counter() - begun) * 1000)
        ratio = statistics.median(today) / statistics.median(before)
        lines.append(
            f"append of {size:>3} events, p50 {statistics.median(today):8.3f} ms, p99 {quantile(today, 0.99):8.3f} ms;"
            f" with one chain {statistics.median(before):8.3f} ms   {ratio:.2f} × as long"
        )
    async with sessions() as session:
        begun = time.perf_counter()
        verdict = await audit.verify(session)
        seconds = time.perf_counter() - begun
    assert verdict.fault is None
    lines.append(
        f"both chains of {verdict.checked:,} events and {verdict.orders:,} orders verified, per event"
        f" {seconds / verdict.checked * 1e6:8.1f} µs"
    )
    async with transaction(sessions) as session:
        await fetch(session, "DROP TABLE journal_before")
    return lines
