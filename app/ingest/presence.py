"""Leaves word that the broker is being listened to, so that stations are not blamed for the service's own silence."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from app.database import Sessions, database_is_away, transaction
from models.bulk import fetch
from models.clock import Clock

EVERY = timedelta(seconds=5)
STALE = timedelta(seconds=30)
"""Without word for so long nobody listens."""

_WRITE = """
INSERT INTO intake_beat (id, connected_since, seen_at) VALUES (1, $1, $1)
ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at,
    connected_since = CASE WHEN $2 THEN excluded.connected_since ELSE intake_beat.connected_since END
"""


async def leave_word(session: AsyncSession, now: datetime, *, anew: bool) -> None:
    """`anew` after a break: whoever was silent meanwhile may have spoken."""
    await fetch(session, _WRITE, now, anew)


async def listening_since(session: AsyncSession, now: datetime) -> datetime | None:
    """Since when the broker is listened to without a break; None while it is not."""
    rows = await fetch(session, "SELECT connected_since, seen_at FROM intake_beat")
    if not rows or now - rows[0][1] > STALE:
        return None
    since: datetime = rows[0][0]
    return since


async def keep_word(sessions: Sessions, connected: Callable[[], bool], clock: Clock) -> None:
    """Every few seconds while connected, until cancelled."""
    anew = True
    while True:
        if not connected():
            anew = True
        else:
            try:
                async with transaction(sessions) as session:
                    await leave_word(session, clock.now(), anew=anew)
                anew = False
            except Exception as error:
                # The consumer meets the same database and says so; word is left when it is back.
                if not database_is_away(error):
                    raise
                anew = True
        await asyncio.sleep(EVERY.total_seconds() if not anew else 0.5)
