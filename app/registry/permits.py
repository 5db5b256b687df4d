"""Whether a caller may change what a code names, asked of the database: it may have been loaded a moment ago."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.callers import storable
from app.auth.scope import Caller
from app.registry import rights
from models.registry import Grid


async def grid_id_of(session: AsyncSession, code: str) -> int | None:
    """The id of the grid of this code, None where there is none."""
    if not storable(code):
        return None
    found: int | None = await session.scalar(select(Grid.id).where(Grid.code == code))
    return found


async def demand_grid(session: AsyncSession, caller: Caller, code: str, tree: rights.Tree) -> None:
    """Raises Forbidden unless the grid is the caller's to change; of an unknown one the prefecture hears as a fault."""
    grid_id = await grid_id_of(session, code)
    if grid_id is None and rights.administers(caller, tree.prefecture, tree):
        return
    rights.demand(rights.may_change_grid(caller, grid_id, tree))


async def demand_giving(
    session: AsyncSession, caller: Caller, role: str, grid: str, tree: rights.Tree
) -> None:
    """Raises Forbidden unless the caller may give this role in the grid of this code."""
    rights.demand(rights.may_give(caller, role, await grid_id_of(session, grid), tree))
