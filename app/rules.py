"""Acts on the rule book: checked against the registry, in the journal, and told to every process at once."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from alerts import rulebook
from alerts.overlay import check
from app import journal
from app.auth.scope import Caller
from app.feed_events import instant
from app.registry.directory import Directory
from app.registry.load import CHANNEL
from models.enums import EventKind, ResponseLevel
from models.errors import Invalid
from models.merge_patch import merge
from models.said import Said

Body = Mapping[str, Any]


async def checked(body: Body, directory: Directory) -> dict[str, Any]:
    """The body itself; raises Invalid that names the place of its first fault."""
    paths, grids = directory.grid_paths, {grid.code for grid in directory.grids}
    # Many overrides take seconds to check: the loop must go on meanwhile.
    await asyncio.to_thread(check, body, paths=paths, grids=grids)
    return dict(body)


async def draft(
    session: AsyncSession,
    *,
    body: Body | None,
    patch: Body | None,
    parent: int | None,
    note: str,
    caller: Caller,
    directory: Directory,
    now: datetime,
) -> int:
    """A new draft: `body` as it is, or the parent's (by default the active one's) with `patch` over it."""
    if parent is None:
        parent = await rulebook.active_version(session)
    if body is None:
        body = merge((await rulebook.held(session, parent)).body, patch or {})
    whole = await checked(body, directory)
    return await rulebook.draft(session, whole, parent=parent, note=note, author=caller.username, now=now)


async def edit(
    session: AsyncSession,
    version: int,
    *,
    body: Body | None,
    patch: Body | None,
    note: str | None,
    revision: int | None,
    directory: Directory,
    now: datetime,
) -> int:
    """Changes a draft; gives its new revision."""
    found = await rulebook.held(session, version, "edit")
    if body is None:
        body = merge(found.body, patch or {})
    whole = await checked(body, directory)
    return await rulebook.edit(session, found, whole, note=note, revision=revision, now=now)


async def activate(
    session: AsyncSession,
    version: int,
    *,
    caller: Caller,
    directory: Directory,
    now: datetime,
    reason: str | None = None,
) -> None:
    """Puts a back-tested rule set in force, in every process, as soon as the transaction commits."""
    found = await rulebook.held(session, version, "activate")
    try:
        await checked(found.body, directory)
    except Invalid as fault:
        # A station it names has gone since, or this release reads rules otherwise.
        raise Invalid(Said("it no longer fits: %(fault)s", fault=fault.detail)) from None
    previous = await rulebook.activate(session, found, now=now)
    said = {"version": version, "previous": previous, "note": found.note}
    said |= {} if reason is None else {"reason": reason}
    await _tell(session, EventKind.RULES_ACTIVATED, caller, now, **said)
    await _wake(session)


async def retire(session: AsyncSession, version: int, *, caller: Caller, now: datetime) -> None:
    """Puts away a rule set that never came into force."""
    found = await rulebook.held(session, version, "retire")
    await rulebook.retire(session, found, now=now)
    await _tell(session, EventKind.RULES_RETIRED, caller, now, version=version, note=found.note)


async def switch_response(
    session: AsyncSession, level: ResponseLevel, *, reason: str, caller: Caller, now: datetime
) -> int:
    """Another heavy-pollution response is in force from now on; gives its id."""
    id_, before = await rulebook.switch_response(session, level, reason=reason, author_id=caller.id, now=now)
    await _tell(
        session,
        EventKind.RESPONSE_SWITCHED,
        caller,
        now,
        level=level.value,
        previous=before.value,
        reason=reason,
    )
    await _wake(session)
    return id_


async def _tell(session: AsyncSession, kind: EventKind, caller: Caller, now: datetime, **said: Any) -> None:
    data = {"occurred_at": instant(now), "actor": caller.name} | said
    await journal.append(session, [journal.Entry(kind, now, actor_id=caller.id, data=data)], now=now)


async def _wake(session: AsyncSession) -> None:
    """Every process takes up the rules as it takes up a loaded registry; one that was away does so on its return."""
    await session.execute(text("SELECT pg_notify(:channel, '')"), {"channel": CHANNEL})
