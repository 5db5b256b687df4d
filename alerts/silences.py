"""Silences and maintenance windows in the database: begun, cancelled, over. Never commits.

`active` is what a batch asks once; everything it decides is in `alerts.silence`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from alerts import silence_repository as repository
from alerts.silence import Silence, checked_span
from alerts.silence_repository import Held, Told, Waiting
from models.enums import AlertKind, SilenceKind
from models.errors import ForbiddenTransition, NotFound
from models.ids import AlertId
from models.rules import SilenceRow

__all__ = [
    "Held", "Told", "Waiting", "active", "begin", "begun", "between", "cancel", "ended", "find", "hold", "over",
    "release", "suppressed", "waiting",
]  # fmt: skip


async def active(session: AsyncSession, now: datetime) -> list[Silence]:
    """The silences in force at `now`; one statement, usually no row."""
    return [_silence(row) for row in await repository.active(session, now)]


async def between(session: AsyncSession, since: datetime, until: datetime) -> list[Silence]:
    """Those that were in force at some instant from `since` until `until`, that one not included."""
    return [_silence(row) for row in await repository.between(session, since, until)]


def _silence(row: Row[*tuple[Any, ...]]) -> Silence:
    return Silence(
        id=row.id,
        kind=SilenceKind(row.kind),
        grid=row.grid,
        station=row.station,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        pollutants=frozenset(row.pollutants or ()),
        kinds=frozenset(AlertKind(kind) for kind in row.kinds or ()),
    )


async def begin(
    session: AsyncSession,
    *,
    kind: SilenceKind,
    grid_id: int,
    station_id: int | None,
    pollutants: Sequence[str] | None,
    kinds: Sequence[AlertKind] | None,
    starts_at: datetime,
    ends_at: datetime,
    reason: str,
    author_id: int,
    now: datetime,
) -> Told:
    """A new silence; raises Invalid for a span its kind may not have. One that begins now counts as told."""
    checked_span(kind, starts_at, ends_at, now=now)
    silence_id = await repository.add(
        session,
        kind=kind.value,
        grid_id=grid_id,
        station_id=station_id,
        pollutants=None if pollutants is None else list(pollutants),
        kinds=None if kinds is None else sorted({one.value for one in kinds}),
        starts_at=starts_at,
        ends_at=ends_at,
        reason=reason,
        author_id=author_id,
        created_at=now,
        start_told_at=now if starts_at <= now else None,
    )
    return await find(session, silence_id)


async def find(session: AsyncSession, silence_id: int) -> Told:
    """The silence, held until the transaction ends; raises NotFound."""
    found = await repository.find(session, silence_id)
    if found is None:
        raise NotFound(f"no silence {silence_id}")
    return found


async def cancel(session: AsyncSession, found: Told, *, author_id: int, reason: str, now: datetime) -> None:
    """Ends a held silence before its time; raises ForbiddenTransition for one that is over."""
    if found.cancelled_at is not None or found.ends_at <= now:
        raise ForbiddenTransition("the silence is over already", state="ended", act="cancel")
    await repository.change(
        session,
        [found.id],
        cancelled_at=now,
        cancelled_by=author_id,
        cancel_reason=reason,
        end_told_at=now,
    )


async def begun(session: AsyncSession, *, now: datetime, limit: int) -> list[Told]:
    """Those that have begun and were not told yet; they count as told from here on."""
    found = await repository.untold(session, SilenceRow.start_told_at, SilenceRow.starts_at, now, limit)
    if found:
        await repository.change(session, [one.id for one in found], start_told_at=now)
    return found


async def ended(session: AsyncSession, *, now: datetime, limit: int) -> list[tuple[Told, int]]:
    """Those that ran out and were not told yet, each with how many alerts it kept from an order."""
    found = await repository.untold(session, SilenceRow.end_told_at, SilenceRow.ends_at, now, limit)
    if found:
        await repository.change(session, [one.id for one in found], end_told_at=now)
    return [(one, await repository.suppressed(session, one.id)) for one in found]


async def suppressed(session: AsyncSession, silence_id: int) -> int:
    """How many alerts it has kept from an order."""
    return await repository.suppressed(session, silence_id)


async def hold(session: AsyncSession, by: Mapping[AlertId, Silence]) -> None:
    """These alerts are kept from an order, each by its silence."""
    if by:
        await repository.suppress(session, {alert_id: silence.id for alert_id, silence in by.items()})


async def over(session: AsyncSession, *, now: datetime, limit: int) -> list[Held]:
    """Open alerts whose silence is over, held until the transaction ends."""
    return await repository.over(session, now, limit)


async def release(session: AsyncSession, alert_ids: Sequence[AlertId], *, now: datetime) -> None:
    """These alerts are kept from an order no longer."""
    if alert_ids:
        await repository.release(session, alert_ids, now)


async def waiting(session: AsyncSession) -> list[Waiting]:
    """Alerts in the unrouted queue that no silence holds."""
    return await repository.waiting(session)
