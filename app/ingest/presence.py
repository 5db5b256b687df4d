"""Leaves word that the broker is being listened to, so that stations are not blamed for the service's own silence."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from app import outages
from app.database import Sessions, database_is_away, transaction
from app.detection.port import LISTENING, Payload
from models.bulk import fetch
from models.clock import Clock
from models.enums import OutageKind

EVERY = timedelta(seconds=5)
STALE = timedelta(seconds=30)
"""Without word for so long nobody listens."""

_WRITE = """
INSERT INTO intake_beat (id, connected_since, seen_at, heard_at) VALUES ($3, $1, $1, clock_timestamp())
ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at, heard_at = excluded.heard_at,
    connected_since = CASE WHEN $2 THEN excluded.connected_since ELSE intake_beat.connected_since END
"""
_READ = "SELECT id, connected_since, seen_at FROM intake_beat WHERE id <= $1"


async def leave_word(session: AsyncSession, now: datetime, *, anew: bool, shard: int = 0) -> None:
    """`anew` after a break: whoever was silent meanwhile may have spoken."""
    await fetch(session, _WRITE, now, anew, shard + 1)


async def listening_since(session: AsyncSession, now: datetime, shards: int) -> list[datetime | None]:
    """By shard: since when its messages are listened to without a break; None while they are not."""
    since: list[datetime | None] = [None] * shards
    for id_, connected_since, seen_at in await fetch(session, _READ, shards):
        if now - seen_at <= STALE:
            since[id_ - 1] = connected_since
    return since


async def listening(session: AsyncSession, now: datetime, shards: int) -> Mapping[str, Payload]:
    """The same as detection hears it."""
    said = [
        [shard, None if since is None else since.timestamp()]
        for shard, since in enumerate(await listening_since(session, now, shards))
    ]
    return {LISTENING: {"shards": shards, "since": said}}


async def keep_word(
    sessions: Sessions, connected: Callable[[], bool], clock: Clock, *, shard: int = 0
) -> None:
    """Every few seconds while connected, until cancelled. How long nobody listened before is an outage."""
    anew = True
    kind = OutageKind.INTAKE
    while True:
        if not connected():
            anew = True
            kind = OutageKind.BROKER
        else:
            try:
                async with transaction(sessions) as session:
                    now = clock.now()
                    silent = await outages.intake_silence(session, shard) if anew else None
                    await leave_word(session, now, anew=anew, shard=shard)
                    await outages.note(session, kind, silent, by=f"intake {shard}", now=now)
                anew = False
                kind = OutageKind.INTAKE
            except Exception as error:
                # The consumer meets the same database and says so; word is left when it is back.
                if not database_is_away(error):
                    raise
                anew = True
        await asyncio.sleep(EVERY.total_seconds() if not anew else 0.5)
