"""What the duty board tells of work that is no order: reports that wait for the reader, and what townships have."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.permissions import FIELD
from app.auth.scope import Caller
from app.context import Context
from app.flows.reports import judges_at
from app.views.reports import count_waiting
from app.views.tasks import count_open


@dataclass(frozen=True, slots=True)
class WorkBelow:
    """How much there is to do."""

    tasks: int
    reports: int | None
    """That wait to be judged here; None for whoever judges none."""


async def reports_waiting(session: AsyncSession, caller: Caller, context: Context) -> int | None:
    """How many reports from below wait for the caller to judge them; None for whoever judges none."""
    own = judges_at(caller, context.directory)
    return await count_waiting(session, scope=caller.scope, at_ids=own) if own else None


async def work_below(session: AsyncSession, caller: Caller, context: Context) -> WorkBelow | None:
    """What waits for somebody whose every duty lies in townships and villages; None for everybody else."""
    directory = context.directory
    grids = [directory.grid(grid) for _, grid in caller.duties]
    if not caller.has(*FIELD) or any(grid is None or grid.level < 3 for grid in grids):
        return None
    reports = await reports_waiting(session, caller, context)
    return WorkBelow(await count_open(session, scope=caller.scope), reports)
