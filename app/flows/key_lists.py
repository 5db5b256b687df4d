"""Lists of key sources: who may propose and sign one, and what is told of it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.scope import Caller
from app.flows.sources import told_of, unit_kept
from app.pipeline import Pipeline
from models.enums import EventKind, Role
from models.errors import Forbidden, NotFound
from supervision.sources import key_lists
from supervision.sources.key_list import Criteria


async def propose_list(
    pipeline: Pipeline,
    session: AsyncSession,
    grid: str,
    year: int,
    *,
    criteria: Criteria,
    include: Mapping[str, str],
    exclude: Mapping[str, str],
    why: str | None,
    drop: bool = False,
    caller: Caller,
    now: datetime,
) -> int:
    """Draws up the list of key sources of a county or park; gives its id."""
    unit = unit_kept(pipeline, caller, grid)
    made = await key_lists.draw_up(
        session, unit, year, criteria=criteria, include=include, exclude=exclude, why=why, drop=drop, by=caller.id,
        now=now,
    )  # fmt: skip
    said: dict[str, Any] = {
        "list": made.list_id,
        "year": year,
        "version": made.version,
        "entries": made.entries,
    }
    said |= {"sha256": made.digest.hex()}
    await pipeline.told(
        session, [told_of(EventKind.KEY_LIST_PROPOSED, unit, grid, caller, now, said)], now=now
    )
    return made.list_id


async def sign_list(
    pipeline: Pipeline, session: AsyncSession, list_id: int, digest: bytes, *, caller: Caller, now: datetime
) -> None:
    """A chief of the very county puts its list in force."""
    own = (await key_lists.find(session, list_id)).grid_id
    grid = pipeline.directory.grid(own)
    if grid is None or not caller.scope.sees(own):
        raise NotFound(f"no list {list_id}")
    if not signs_for(caller, own):
        raise Forbidden("a list of key sources is signed by a chief of the county or park itself")
    signed = await key_lists.sign(session, list_id, digest=digest, by=caller.id, now=now)
    said: dict[str, Any] = {
        "list": list_id,
        "year": signed.year,
        "version": signed.version,
        "sha256": signed.digest.hex(),
    }
    said |= {"replaced": signed.replaced}
    fact = told_of(EventKind.KEY_LIST_SIGNED, signed.grid_id, grid.code, caller, now, said)
    await pipeline.told(session, [fact], now=now)


def signs_for(caller: Caller, grid_id: int) -> bool:
    """Whether the caller is a chief of this very grid."""
    return any(role is Role.CHIEF and own == grid_id for role, own in caller.duties)
