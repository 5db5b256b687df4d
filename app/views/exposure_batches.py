"""Batches of typical cases, who signs for the publicity department, and what the public reads."""

from datetime import date, datetime
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from app.views.exposures import list_cases
from app.views.paging import INTEGER_MAX, decode_cursor, instant, page
from models.bulk import fetch
from models.errors import NotFound
from supervision.exposure.batches import quarter_name

_BATCHES = """
SELECT b.id, b.kind, b.quarter, b.title, b.created_at, b.published_on, b.published_at, b.digest, c.name AS creator,
       p.name AS publisher, (SELECT count(*) FROM exposed_case e WHERE e.batch_id = b.id) AS cases
  FROM exposure_batch b JOIN person c ON c.id = b.created_by LEFT JOIN person p ON p.id = b.published_by
"""
_APPEARANCES = """
SELECT a.medium, a.day, a.address, a.entered_at, p.name AS enterer
  FROM exposure_appearance a JOIN person p ON p.id = a.entered_by WHERE a.batch_id = $1 ORDER BY a.day, a.id
"""
_OFFICERS = """
SELECT o.id, p.username, p.name, o.document, a.name AS appointer, o.appointed_at, e.name AS ender, o.ended_at,
       o.ended_why
  FROM publicity_officer o JOIN person p ON p.id = o.person_id JOIN person a ON a.id = o.appointed_by
  LEFT JOIN person e ON e.id = o.ended_by
 ORDER BY o.id DESC LIMIT 200
"""
PUBLIC_MOST = 200
_PUBLIC = f"""
SELECT c.id, b.published_on, s.one ->> 'title' AS title, s.one ->> 'body' AS body, s.one ->> 'grid' AS grid,
       s.one ->> 'grid_name' AS grid_name, s.one ->> 'decision' AS decision, s.one -> 'violations' AS violations,
       b.title AS batch
  FROM exposure_batch b
 CROSS JOIN LATERAL jsonb_array_elements(convert_from(b.snapshot, 'UTF8')::jsonb -> 'cases') AS s(one)
  JOIN exposed_case c ON c.id = (s.one ->> 'case')::int AND c.state = 'published'
 WHERE b.published_at IS NOT NULL
 ORDER BY b.published_on DESC, c.id DESC LIMIT {PUBLIC_MOST}
"""


async def list_batches(
    session: AsyncSession, *, cursor: str | None = None, limit: int = 100
) -> dict[str, Any]:
    """The newest first."""
    last = decode_cursor(cursor, top=INTEGER_MAX)
    rows = await fetch(
        session, _BATCHES + " WHERE $1::int IS NULL OR b.id < $1 ORDER BY b.id DESC LIMIT $2", last, limit + 1
    )
    return page([_batch(row) for row in rows], limit)


async def batch_document(session: AsyncSession, batch_id: int) -> dict[str, Any]:
    """A batch with its cases and where it appeared; raises NotFound."""
    rows = await fetch(session, _BATCHES + " WHERE b.id = $1", batch_id)
    if not rows:
        raise NotFound(f"no batch {batch_id}")
    cases = await list_cases(session, batch_id=batch_id, limit=100)
    appeared = await fetch(session, _APPEARANCES, batch_id)
    return _batch(rows[0]) | {
        "contents": cases["items"],
        "appearances": [
            {
                "medium": one.medium, "day": one.day.isoformat(), "address": one.address, "entered_by": one.enterer,
                "entered_at": instant(one.entered_at),
            }
            for one in appeared
        ],
    }  # fmt: skip


async def batch_snapshot(session: AsyncSession, batch_id: int) -> dict[str, Any] | None:
    """What was published, from the frozen copy; None for a batch that is not out. Raises NotFound."""
    rows = await fetch(session, "SELECT snapshot FROM exposure_batch WHERE id = $1", batch_id)
    if not rows:
        raise NotFound(f"no batch {batch_id}")
    snapshot = rows[0].snapshot
    return None if snapshot is None else msgspec.json.decode(bytes(snapshot), type=dict[str, Any])


async def quarter_published(session: AsyncSession, quarter: date) -> bool:
    """Whether the batch of a quarter is out."""
    statement = "SELECT id FROM exposure_batch WHERE quarter = $1 AND published_at IS NOT NULL"
    return bool(await fetch(session, statement, quarter))


async def published_at(session: AsyncSession, batch_id: int) -> datetime:
    """When a batch that is out was published."""
    (row,) = await fetch(session, "SELECT published_at FROM exposure_batch WHERE id = $1", batch_id)
    at: datetime = row.published_at
    return at


async def list_officers(session: AsyncSession) -> list[dict[str, Any]]:
    """Who signs, or signed, for the publicity department; the newest first."""
    return [
        {
            "id": one.id, "username": one.username, "name": one.name, "document": one.document,
            "appointed_by": one.appointer, "appointed_at": instant(one.appointed_at), "ended_by": one.ender,
            "ended_at": instant(one.ended_at), "ended_why": one.ended_why,
        }
        for one in await fetch(session, _OFFICERS)
    ]  # fmt: skip


async def published_cases(session: AsyncSession) -> list[dict[str, Any]]:
    """What anybody may read, the newest first: out of the frozen copies, without what was withdrawn since."""
    return [
        {
            "id": one.id, "published_on": one.published_on.isoformat(), "title": one.title, "body": one.body,
            "grid": one.grid, "grid_name": one.grid_name, "decision": one.decision,
            "violations": msgspec.json.decode(one.violations) if isinstance(one.violations, str) else one.violations,
            "batch": one.batch,
        }
        for one in await fetch(session, _PUBLIC)
    ]  # fmt: skip


def _batch(row: Any) -> dict[str, Any]:
    return {
        "id": row.id,
        "kind": row.kind,
        "quarter": None if row.quarter is None else quarter_name(row.quarter),
        "title": row.title,
        "cases": row.cases,
        "created_by": row.creator,
        "created_at": instant(row.created_at),
        "published_on": None if row.published_on is None else row.published_on.isoformat(),
        "published_by": row.publisher,
        "published_at": instant(row.published_at),
        "sha256": None if row.digest is None else row.digest.hex(),
    }
