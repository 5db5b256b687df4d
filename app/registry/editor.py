"""One change of the registry by a person: a small registry document that goes the way of every file.

So an edit meets the same checks as a file, waits for the same lock, is told by the same event and renews the
directory of every process. What a file cannot say (a station that is retired, a person who is disabled) is written
here as well, under the same lock and told in the same way.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.registry.fields import not_a_code
from app.registry.load import LoadResult, load_text, lock, tell
from models.errors import Invalid, NotFound, VersionConflict
from models.registry import Grid, Station

LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class Author:
    """Who changes the registry, and why where that was said."""

    id: int | None
    name: str
    reason: str | None = None

    def said(self, **about: Any) -> dict[str, Any]:
        """What the journal keeps of the change beside its author."""
        return about | ({"reason": self.reason} if self.reason else {})


def mark(*facts: object) -> str:
    """A mark of the row a form was rendered from; another one as soon as one of the facts differs."""
    return hashlib.sha256(json.dumps(facts, default=str, ensure_ascii=True).encode()).hexdigest()[:20]


def same(seen: str | None, current: str) -> None:
    """Raises VersionConflict when the row is no longer what it was seen as; None asks for nothing."""
    if seen is not None and seen != current:
        raise VersionConflict("somebody changed this since it was read")


def checked_reason(text: str | None) -> str | None:
    """The reason, trimmed, None without one; raises Invalid for a long one."""
    reason = (text or "").strip()
    if len(reason) > LONGEST_REASON or any(ord(char) < 32 and char != "\n" for char in reason):
        raise Invalid(f"a reason has at most {LONGEST_REASON} characters", field="reason")
    return reason or None


async def enter(
    session: AsyncSession, document: Mapping[str, Any], *, by: Author, now: datetime, about: Mapping[str, Any]
) -> LoadResult:
    """Loads a document of a few entries; raises Invalid with `faults`, each with its path, and writes nothing then."""
    text = json.dumps(document, ensure_ascii=True, allow_nan=False)
    parsed, result = await load_text(
        session, text, "edit.json", now=now, author=by.name, actor_id=by.id, said=by.said(edited=dict(about))
    )
    if result is None:
        faults = [{"path": fault.path, "message": fault.message} for fault in parsed.faults]
        raise Invalid(parsed.faults[0].message, field=_key(parsed.faults[0].path), faults=faults)
    return result


def _differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """What an edit makes of what: `from` and `to` by field; of boundaries and secrets only that they are others."""
    fields = sorted(key for key in after if before.get(key) != after[key])
    plain = [key for key in fields if key not in ("boundary", "secret")]
    return {
        "from": {key: before.get(key) for key in plain},
        "to": {key: after[key] for key in plain},
        "renewed": [key for key in fields if key not in plain],
    }


def _key(path: str) -> str:
    """The last name of a path: `lon` of `stations[0].lon`."""
    return path.rpartition(".")[2].partition("[")[0]


def grid_mark(row: Grid) -> str:
    return mark(row.name, row.kind, row.parent_id, row.level, row.aliases, row.boundary)


def station_mark(row: Station) -> str:
    return mark(
        row.name,
        row.grid_id,
        row.lon,
        row.lat,
        row.kind,
        row.purpose,
        row.cadence_s,
        row.retired_at,
        row.secret_hash,
    )


async def grid_of(session: AsyncSession, code: str) -> Grid:
    row = await session.scalar(select(Grid).where(Grid.code == code), execution_options=_FRESH)
    if row is None:
        raise NotFound(f"no grid {code}")
    return row


async def station_of(session: AsyncSession, code: str) -> Station:
    row = await session.scalar(select(Station).where(Station.code == code), execution_options=_FRESH)
    if row is None:
        raise NotFound(f"no station {code}")
    return row


async def change_grid(
    session: AsyncSession,
    code: str,
    changes: Mapping[str, Any],
    *,
    seen: str | None,
    by: Author,
    now: datetime,
) -> LoadResult:
    """Another name, kind, parent (by code), list of aliases or boundary; what is not said stays."""
    await lock(session)
    row = await grid_of(session, code)
    same(seen, grid_mark(row))
    parent = (
        await session.scalar(select(Grid.code).where(Grid.id == row.parent_id)) if row.parent_id else None
    )
    entry = {"code": code, "name": row.name, "level": row.level, "kind": row.kind, "parent": parent}
    before = entry | {"aliases": row.aliases, "boundary": row.boundary}
    entry |= {
        key: changes[key] for key in ("name", "kind", "parent", "aliases", "boundary") if key in changes
    }
    about = {"grid": code} | _differing(before, entry)
    return await enter(session, {"grids": [entry]}, by=by, now=now, about=about)


async def add_grid(
    session: AsyncSession, entry: Mapping[str, Any], *, by: Author, now: datetime
) -> LoadResult:
    """A new grid, one level below its parent; raises Invalid where the code is taken or there is no such parent."""
    await lock(session)
    code = str(entry.get("code", ""))
    if not not_a_code(code) and await session.scalar(select(Grid.id).where(Grid.code == code)) is not None:
        raise Invalid(f"there is a grid {code} already", field="code", taken=True)
    above = str(entry.get("parent", ""))
    found = select(Grid.level).where(Grid.code == above)
    level = None if not_a_code(above) else await session.scalar(found)
    if level is None:
        raise Invalid("a new grid has a parent that is in the registry", field="parent")
    if level == 4:
        raise Invalid("below a grid of level 4 there is none", field="parent")
    document = {"grids": [dict(entry) | {"level": level + 1}]}
    return await enter(session, document, by=by, now=now, about={"grid": code, "new": True})


async def change_station(
    session: AsyncSession,
    code: str,
    changes: Mapping[str, Any],
    *,
    seen: str | None,
    by: Author,
    now: datetime,
) -> LoadResult:
    """Another name, grid (by code), position, purpose, cadence or secret; what is not said stays."""
    await lock(session)
    row = await station_of(session, code)
    same(seen, station_mark(row))
    grid = await session.scalar(select(Grid.code).where(Grid.id == row.grid_id))
    entry = {
        "code": code, "name": row.name, "grid": grid, "lon": row.lon, "lat": row.lat, "kind": row.kind,
        "purpose": row.purpose, "cadence_s": row.cadence_s,
    }  # fmt: skip
    before = dict(entry)
    entry |= {
        key: changes[key]
        for key in ("name", "grid", "lon", "lat", "purpose", "cadence_s", "secret")
        if key in changes
    }
    about = {"station": code} | _differing(before, entry)
    return await enter(session, {"stations": [entry]}, by=by, now=now, about=about)


async def add_station(
    session: AsyncSession, entry: Mapping[str, Any], *, by: Author, now: datetime
) -> LoadResult:
    """A new station; raises Invalid where the code is taken, by one that is retired too."""
    await lock(session)
    code = str(entry.get("code", ""))
    taken = select(Station.id).where(Station.code == code)
    if not not_a_code(code) and await session.scalar(taken) is not None:
        raise Invalid(f"there is a station {code} already", field="code", taken=True)
    document = {"stations": [dict(entry)]}
    return await enter(session, document, by=by, now=now, about={"station": code, "new": True})


async def retire_station(
    session: AsyncSession, code: str, *, retire: bool, seen: str | None, by: Author, now: datetime
) -> None:
    """Takes the station out of service, or back into it; what it measured stays, and twice is as once."""
    await lock(session)
    row = await station_of(session, code)
    same(seen, station_mark(row))
    if (row.retired_at is not None) == retire:
        return
    row.retired_at = now if retire else None
    await session.flush()
    about = {"station": code, "retired": retire}
    await tell(session, now=now, author=by.name, actor_id=by.id, said=by.said(edited=about))


async def names_of_grids(session: AsyncSession, ids: Sequence[int]) -> dict[int, str]:
    """Codes by id."""
    rows = await session.execute(select(Grid.id, Grid.code).where(Grid.id.in_(ids)))
    return {row.id: row.code for row in rows}


_FRESH = {"populate_existing": True}
