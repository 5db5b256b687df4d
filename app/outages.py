"""How long something of the platform was away, noticed by whoever comes back first.

Measured between two beats by the database's clock alone: engines whose clocks differ, or are set, make no outage.
"""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from app import journal
from app.feed_events import instant
from models.bulk import fetch
from models.enums import EventKind, OutageKind
from sla import fair

SHORTEST = timedelta(seconds=60)
"""What is shorter is a slow pass or a restart, and takes nobody's hour."""
_ENGINE = "SELECT clock_timestamp() - max(heard_at) FROM engine_beat"
_INTAKE = "SELECT clock_timestamp() - heard_at FROM intake_beat WHERE id = $1"


async def engine_silence(session: AsyncSession) -> timedelta | None:
    """Since any engine passed; None before the first pass ever."""
    found: timedelta | None = (await fetch(session, _ENGINE))[0][0]
    if found is None or found < SHORTEST:
        return found
    # Another engine may have come back at the same time: whoever is second finds the first one's beat.
    await fair.hold_outages(session)
    again: timedelta | None = (await fetch(session, _ENGINE))[0][0]
    return again


async def intake_silence(session: AsyncSession, shard: int) -> timedelta | None:
    """Since this shard's messages were listened to; None before the first time ever."""
    rows = await fetch(session, _INTAKE, shard + 1)
    return rows[0][0] if rows else None


async def note(
    session: AsyncSession, kind: OutageKind, silent: timedelta | None, *, by: str, now: datetime
) -> None:
    """Writes an outage of this length down, and tells it; the last thing in a transaction."""
    if silent is None or silent < SHORTEST:
        return
    found = await fair.note_outage(session, kind, now - silent, now, by=by)
    entries = [
        journal.Entry(
            EventKind.PLATFORM_OUTAGE,
            now,
            data={
                "occurred_at": instant(now),
                "kind": away.kind.value,
                "began_at": instant(away.began_at),
                "ended_at": instant(away.ended_at),
                "detected_by": by,
            },
        )
        for away in found
    ]
    await journal.append(session, entries, now=now)
