"""Entries of the conflict register; the journal says that there is one, never why."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.scope import Caller
from app.pipeline import Pipeline
from dispatch import recusal
from models.clock import Clock
from models.enums import EventKind
from models.errors import ForbiddenTransition, Invalid
from models.facts import Told
from models.ids import PersonId


async def declare(
    pipeline: Pipeline,
    session: AsyncSession,
    *,
    person: PersonId,
    source_id: int | None,
    station_id: int | None,
    grid_id: int | None,
    since: datetime | None,
    until: datetime | None,
    reason: str,
    caller: Caller,
    clock: Clock,
) -> int:
    """A new entry, from now on unless it says later; gives its id."""
    now = clock.now()
    begins = now if since is None else max(since, now)
    if until is not None and until <= begins:
        raise Invalid("it ends before it begins, or has been", field="until")
    id_ = await recusal.declare(
        session, person=person, source_id=source_id, station_id=station_id, grid_id=grid_id, reason=reason,
        since=begins, until=until, by=PersonId(caller.id), now=now,
    )  # fmt: skip
    await _tell(pipeline, session, id_, "declared", caller, now)
    return id_


async def end(
    pipeline: Pipeline, session: AsyncSession, id_: int, *, reason: str, caller: Caller, clock: Clock
) -> None:
    now = clock.now()
    if not await recusal.end(session, id_, by=PersonId(caller.id), reason=reason, now=now):
        raise ForbiddenTransition(f"conflict {id_} is over")
    await _tell(pipeline, session, id_, "ended", caller, now)


async def _tell(
    pipeline: Pipeline, session: AsyncSession, id_: int, change: str, caller: Caller, now: datetime
) -> None:
    # Of the prefecture alone: a county does not read in the feed who has an interest in what.
    told = Told(
        EventKind.CONFLICT_CHANGED, None, None, now, PersonId(caller.id), caller.name,
        {"conflict": id_, "change": change},
    )  # fmt: skip
    await pipeline.told(session, [told], now=now)
