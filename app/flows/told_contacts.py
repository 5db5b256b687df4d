"""Who may be told by which way is on the record: whose contact or target, of which kind. The address never is."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.scope import Caller
from app.context import Context
from models.enums import EventKind
from models.facts import Told
from models.ids import GridId, PersonId


async def contact_changed(
    session: AsyncSession,
    context: Context,
    caller: Caller,
    *,
    owner: str,
    channel: str,
    change: str,
    now: datetime,
) -> None:
    """`change`: made, verified or ended. Heard by those who see the whole prefecture, since a person has no grid."""
    directory = context.directory
    grid = None if directory.prefecture is None else directory.grid(directory.prefecture)
    detail = {"person": owner, "channel": channel, "change": change}
    told = Told(
        EventKind.CONTACT_CHANGED, directory.prefecture, None if grid is None else grid.code, now,
        PersonId(caller.id), caller.name, detail,
    )  # fmt: skip
    await context.pipeline.told(session, [told], now=now)


async def target_changed(
    session: AsyncSession,
    context: Context,
    caller: Caller,
    *,
    grid_id: int,
    target: int,
    channel: str,
    change: str,
    now: datetime,
) -> None:
    """`change`: made or ended."""
    grid = context.directory.grid(grid_id)
    detail = {"target": target, "channel": channel, "change": change}
    told = Told(
        EventKind.TARGET_CHANGED, GridId(grid_id), None if grid is None else grid.code, now,
        PersonId(caller.id), caller.name, detail,
    )  # fmt: skip
    await context.pipeline.told(session, [told], now=now)
