"""Reads everything about one order, as it stood at one instant."""

from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit
from app.auth.scope import EVERYTHING
from app.chain import GENESIS
from app.database import Sessions
from app.pack.contents import Contents, Linked
from app.views.alerts import order_alerts
from app.views.order_detail import order_detail, timeline
from models.bulk import fetch

_PAGE = 1000
_CHAIN = f"""
SELECT {audit.COLUMNS}, (SELECT p.hash FROM journal p WHERE p.id = j.id - 1)
  FROM journal j WHERE order_id = $1 ORDER BY order_seq
"""
_CLOCKS = """
SELECT coalesce(json_agg(t ORDER BY t.id), '[]')::text FROM (
    SELECT c.id, c.kind, c.round, c.subject_id, g.code AS grid, c.state, c.started_at, c.due_at, c.original_due_at,
           c.stopped_at, c.stopped_by, c.breached_at, c.policy_version, c.plan
      FROM sla_clock c JOIN grid g ON g.id = c.grid_id WHERE c.order_id = $1) t
"""
_BREACHES = """
SELECT coalesce(json_agg(t ORDER BY t.id), '[]')::text FROM (
    SELECT id, clock_id, kind, round, breached_at, detected_at FROM sla_breach WHERE order_id = $1) t
"""
_ESCALATIONS = """
SELECT coalesce(json_agg(t ORDER BY t.id), '[]')::text FROM (
    SELECT id, clock_id, level, role, planned_at, detected_at FROM escalation WHERE order_id = $1) t
"""
_HOLDERS = """
SELECT coalesce(json_agg(t ORDER BY t.held_from, t.id), '[]')::text FROM (
    SELECT h.id, g.code AS grid, g.name AS grid_name, h.held_from, h.held_to, h.why
      FROM holder_segment h JOIN grid g ON g.id = h.grid_id WHERE h.order_id = $1) t
"""
_decode = msgspec.json.Decoder(list[dict[str, Any]]).decode
_POLICY = "SELECT version, body::text, author, created_at FROM sla_policy WHERE version = $1"


async def contents(sessions: Sessions, order_id: int) -> Contents:
    """In a transaction of its own that sees one state throughout; raises NotFound."""
    async with sessions() as session:
        await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        order = await order_detail(session, order_id, EVERYTHING)
        newest = await audit.head(session)
        rows = await fetch(session, _CHAIN, order_id)
        grid_id = (await fetch(session, "SELECT grid_id FROM work_order WHERE id = $1", order_id))[0][0]
        policy = (await fetch(session, _POLICY, order["policy_version"]))[0]
        return Contents(
            grid_id=grid_id,
            order=order,
            timeline=await _timeline(session, order_id),
            alerts=await order_alerts(session, order_id),
            policy={
                "version": policy[0],
                "body": msgspec.json.decode(policy[1]),
                "author": policy[2],
                "created_at": policy[3].isoformat(),
            },
            clocks={
                "clocks": await _list(session, _CLOCKS, order_id),
                "breaches": await _list(session, _BREACHES, order_id),
                "escalations": await _list(session, _ESCALATIONS, order_id),
                "holders": await _list(session, _HOLDERS, order_id),
            },
            chain=[
                Linked(audit.row_of(row[:14]), GENESIS if row[14] is None else bytes(row[14])) for row in rows
            ],
            head=(newest.count, newest.hash),
        )


async def _list(session: AsyncSession, statement: str, order_id: int) -> list[dict[str, Any]]:
    return _decode((await fetch(session, statement, order_id))[0][0])


async def _timeline(session: AsyncSession, order_id: int) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        page = await timeline(session, order_id, EVERYTHING, cursor=cursor, limit=_PAGE)
        events += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return events
