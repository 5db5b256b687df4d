"""What the service found wrong with itself, newest first."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.views.paging import decode_cursor, instant, page
from models.watchdog import WatchdogFinding


async def list_findings(
    session: AsyncSession, *, lasting: bool | None = None, cursor: str | None = None, limit: int = 100
) -> dict[str, Any]:
    """A page of the findings, those that began last first."""
    statement = select(WatchdogFinding)
    if lasting is not None:
        ended = WatchdogFinding.ended_at
        statement = statement.where(ended.is_(None) if lasting else ended.is_not(None))
    if (last := decode_cursor(cursor)) is not None:
        statement = statement.where(WatchdogFinding.id < last)
    rows = await session.scalars(statement.order_by(WatchdogFinding.id.desc()).limit(limit + 1))
    return page([_finding(row) for row in rows], limit)


def _finding(row: WatchdogFinding) -> dict[str, Any]:
    return {
        "id": row.id,
        "code": row.code,
        "subject": row.subject,
        "since": instant(row.since),
        "last_seen": instant(row.last_seen),
        "ended_at": instant(row.ended_at),
        "count": row.count,
        "examples": row.examples,
    }
