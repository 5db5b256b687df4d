"""The chain of each order is made for a journal that was written before there was one."""

import hashlib
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from app import audit, journal, migrate
from app.database import Sessions, transaction
from app.journal import Entry
from models.bulk import fetch
from models.enums import EventKind

BEFORE = "b123b7888236"
AT = datetime(2026, 11, 23, 1, 2, 3, tzinfo=UTC)


async def write_as_before(sessions: Sessions, count: int) -> None:
    """Events as the release before wrote them: one chain, no chain of orders."""
    previous = bytes(32)
    async with transaction(sessions) as session:
        for n in range(1, count + 1):
            occurred = AT + timedelta(microseconds=n % 3 * 120_000 + n % 2, seconds=n)
            recorded = AT + timedelta(hours=n)
            data = msgspec.json.encode({"finding": f'工地“未覆盖” {n} \\ "x"', "n": n, "at": None}).decode()
            subjects = [n % 7 or None, n % 5 or None, n % 3 or None, n % 11 or None]
            head = [n, "order.attached", occurred.isoformat(), recorded.isoformat(), *subjects]
            previous = hashlib.sha256(previous + msgspec.json.encode(head) + data.encode()).digest()
            await fetch(
                session,
                "INSERT INTO journal (id, kind, occurred_at, recorded_at, grid_id, order_id, alert_id, actor_id, data,"
                " hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
                n, "order.attached", occurred, recorded, *subjects, data, previous,
            )  # fmt: skip


async def test_a_stored_journal_gets_its_chains_of_orders_and_goes_on(
    engine: AsyncEngine, sessions: Sessions
) -> None:
    await migrate.downgrade(engine, BEFORE)
    await write_as_before(sessions, 60)
    await migrate.upgrade(engine)
    async with sessions() as session:
        verdict = await audit.verify(session, page=7)
    assert (verdict.checked, verdict.orders, verdict.fault) == (60, 4, None)
    async with transaction(sessions) as session:
        await journal.append(session, [Entry(EventKind.ORDER_ATTACHED, AT, order_id=2)], now=AT)
        (row,) = await fetch(session, "SELECT order_seq FROM journal WHERE id = 61")
        assert row[0] == 13
        assert (await audit.verify(session)).fault is None
    with pytest.raises(DBAPIError, match="keeps what was written"):
        async with transaction(sessions) as session:
            await fetch(session, "DELETE FROM journal WHERE id = 61")
    await migrate.downgrade(engine, BEFORE)
    await migrate.upgrade(engine)
    async with sessions() as session:
        assert (await audit.verify(session)).fault is None


async def test_orders_and_feedback_of_before_are_no_drills_and_have_no_code(
    engine: AsyncEngine, sessions: Sessions
) -> None:
    await migrate.downgrade(engine, BEFORE)
    async with transaction(sessions) as session:
        await fetch(session, "INSERT INTO grid (code, name, level) VALUES ('1', '州', 1)")
        await fetch(
            session,
            "INSERT INTO person (username, name) VALUES ('p', '人')",
        )
        await fetch(
            session, "INSERT INTO sla_policy (version, body, author, created_at) VALUES (1, '{}', 'x', now())"
        )
        await fetch(
            session,
            "INSERT INTO work_order (number, grid_id, state, severity, reason, policy_version, dispatched_at)"
            " SELECT 'n', id, 'on_site', 'notice', 'r', 1, now() FROM grid",
        )
        await fetch(
            session,
            "INSERT INTO feedback (order_id, round, finding, person_id, created_at)"
            " SELECT o.id, 1, 'f', p.id, now() FROM work_order o, person p",
        )
    await migrate.upgrade(engine)
    async with sessions() as session:
        rows = await fetch(session, "SELECT o.drill, f.cause_code FROM work_order o JOIN feedback f ON true")
    assert [tuple(row) for row in rows] == [(False, None)]
