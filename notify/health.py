"""Whether a way works: failures in a row, since when, and the two moments worth telling."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.bulk import fetch
from models.notice import WayHealth
from notify.outbox import STUCK_AFTER

FAILURES = 5
WITHOUT_SUCCESS = timedelta(minutes=5)
"""A way is down after FAILURES in a row with no success for so long, or when what is due there grows too old."""
_NEWS = timedelta(minutes=1)

_WORKED = """
UPDATE way_health h SET failures = 0, failing_since = NULL, succeeded_at = $2, down_at = NULL, error = NULL
 WHERE way = $1 AND (failures > 0 OR down_at IS NOT NULL OR succeeded_at IS NULL OR succeeded_at < $3)
RETURNING (SELECT old.down_at FROM way_health old WHERE old.way = $1) AS was_down
"""
_FIRST = """
INSERT INTO way_health (way, succeeded_at) VALUES ($1, $2) ON CONFLICT (way) DO NOTHING
"""
_FAILED = """
INSERT INTO way_health AS h (way, failures, failing_since, error) VALUES ($1, 1, $2, $3)
ON CONFLICT (way) DO UPDATE SET failures = h.failures + 1, failing_since = coalesce(h.failing_since, $2), error = $3
RETURNING failures, failing_since, down_at
"""
_OLD = """
SELECT CASE WHEN destination LIKE 'target:%' THEN channel || ':' || substr(destination, 8) ELSE channel END AS way,
       min(created_at) AS since
  FROM outbox WHERE next_at IS NOT NULL AND held IS NULL
 GROUP BY 1 HAVING min(created_at) < $1 ORDER BY 1
"""
_DOWN = """
INSERT INTO way_health AS h (way, down_at, error) VALUES ($1, $2, $3)
ON CONFLICT (way) DO UPDATE SET down_at = $2, error = coalesce(h.error, $3) WHERE h.down_at IS NULL
RETURNING way
"""


@dataclass(frozen=True, slots=True)
class Change:
    """A way went down, or works again."""

    way: str
    down: bool
    since: datetime
    """Of a way that is down, its first failure; of one that is up again, when it was found to be down."""
    error: str | None = None


async def worked(session: AsyncSession, way: str, *, now: datetime) -> Change | None:
    """A success; a Change when the way was down."""
    rows = await fetch(session, _WORKED, way, now, now - _NEWS)
    if not rows:
        await fetch(session, _FIRST, way, now)
        return None
    down_at = rows[0].was_down
    return None if down_at is None else Change(way, False, down_at)


async def failed(session: AsyncSession, way: str, error: str, *, now: datetime) -> Change | None:
    """A failure; a Change when it is the one that makes the way down. The way's row is held from here on."""
    (row,) = await fetch(session, _FAILED, way, now, error[:300])
    if row.down_at is not None or not is_down(row.failures, row.failing_since, now):
        return None
    await fetch(session, "UPDATE way_health SET down_at = $2 WHERE way = $1", way, now)
    return Change(way, True, row.failing_since, error[:300])


def is_down(failures: int, failing_since: datetime, now: datetime) -> bool:
    return failures >= FAILURES and now - failing_since >= WITHOUT_SUCCESS


async def look(session: AsyncSession, *, now: datetime) -> list[Change]:
    """Ways on which what is due has waited too long, although nobody failed there: nobody sends, perhaps."""
    changes = []
    for row in await fetch(session, _OLD, now - STUCK_AFTER):
        error = "what is due there has not gone out"
        if await fetch(session, _DOWN, row.way, now, error):
            changes.append(Change(row.way, True, row.since, error))
    return changes


async def ways(session: AsyncSession) -> list[dict[str, Any]]:
    """Every way that was tried, by name."""
    rows = (await session.execute(select(WayHealth).order_by(WayHealth.way))).scalars()
    return [
        {
            "way": row.way, "failures": row.failures, "failing_since": row.failing_since,
            "succeeded_at": row.succeeded_at, "down_at": row.down_at, "error": row.error,
        }
        for row in rows
    ]  # fmt: skip
