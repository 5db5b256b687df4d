"""Acts on silences, each told in the journal with the names of the place and of whoever did it."""

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from alerts import silences
from alerts.silences import Told
from app import journal
from app.auth.scope import Caller
from app.feed_events import instant
from models.enums import AlertKind, EventKind, SilenceKind


async def begin(
    session: AsyncSession,
    *,
    kind: SilenceKind,
    grid_id: int,
    station_id: int | None,
    pollutants: list[str] | None,
    kinds: list[AlertKind] | None,
    starts_at: datetime,
    ends_at: datetime,
    reason: str,
    caller: Caller,
    now: datetime,
) -> int:
    """A new silence; gives its id. One that begins later is told when it does."""
    told = await silences.begin(
        session,
        kind=kind,
        grid_id=grid_id,
        station_id=station_id,
        pollutants=pollutants,
        kinds=kinds,
        starts_at=starts_at,
        ends_at=ends_at,
        reason=reason,
        author_id=caller.id,
        now=now,
    )
    if starts_at <= now:
        await journal.append(session, [_started(told, actor_id=caller.id)], now=now)
    return told.id


async def cancel(session: AsyncSession, found: Told, *, reason: str, caller: Caller, now: datetime) -> None:
    """Ends a held silence before its time."""
    await silences.cancel(session, found, author_id=caller.id, reason=reason, now=now)
    count = await silences.suppressed(session, found.id)
    entry = _ended(found, now, count, actor_id=caller.id, cancelled_by=caller.name, cancel_reason=reason)
    await journal.append(session, [entry], now=now)


async def tell_due(session: AsyncSession, *, now: datetime, limit: int) -> int:
    """Tells which silences have begun and which have run out; gives how many."""
    entries = [_started(one) for one in await silences.begun(session, now=now, limit=limit)]
    entries += [
        _ended(one, one.ends_at, count) for one, count in await silences.ended(session, now=now, limit=limit)
    ]
    await journal.append(session, entries, now=now)
    return len(entries)


def _started(one: Told, *, actor_id: int | None = None) -> journal.Entry:
    data = _data(one, one.starts_at)
    return journal.Entry(EventKind.SILENCE_STARTED, one.starts_at, one.grid_id, actor_id=actor_id, data=data)


def _ended(
    one: Told, at: datetime, suppressed: int, *, actor_id: int | None = None, **more: Any
) -> journal.Entry:
    data = _data(one, at) | {"suppressed": suppressed} | more
    return journal.Entry(EventKind.SILENCE_ENDED, at, one.grid_id, actor_id=actor_id, data=data)


def _data(one: Told, at: datetime) -> dict[str, Any]:
    return {
        "occurred_at": instant(at),
        "silence": one.id,
        "kind": one.kind.value,
        "grid": one.grid,
        "grid_name": one.grid_name,
        "station": one.station,
        "station_name": one.station_name,
        "pollutants": one.pollutants,
        "kinds": one.kinds,
        "from": instant(one.starts_at),
        "until": instant(one.ends_at),
        "reason": one.reason,
        "author": one.author,
    }
