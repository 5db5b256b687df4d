"""Sweeps of sources: who may begin, record and finish one, and what is told of it."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.permissions import FIELD
from app.auth.scope import Caller
from app.flows.sources import find, told_of, unit_kept
from app.pipeline import Pipeline
from models.enums import EventKind
from models.errors import NotFound
from models.facts import Told
from models.ids import GridId
from supervision.sources import reminders, sweeps


async def begin_sweep(
    pipeline: Pipeline,
    session: AsyncSession,
    grid: str,
    *,
    due_on: date | None,
    caller: Caller,
    now: datetime,
) -> int:
    """Opens the quarter's sweep of a county or park; gives its id."""
    unit = unit_kept(pipeline, caller, grid)
    made = await sweeps.begin(session, unit, due_on=due_on, by=caller.id, now=now)
    said = {
        "sweep": made.sweep_id,
        "quarter": made.quarter,
        "due_on": made.due_on.isoformat(),
        "act": "begun",
    }
    await pipeline.told(session, [told_of(EventKind.SWEEP_RECORDED, unit, grid, caller, now, said)], now=now)
    return made.sweep_id


async def record(
    pipeline: Pipeline,
    session: AsyncSession,
    sweep_id: int,
    codes: Sequence[str],
    *,
    note: str | None,
    caller: Caller,
    now: datetime,
) -> None:
    """Sources of the caller's grid were met in a sweep."""
    grid = await _swept(pipeline, session, sweep_id, caller)
    for code in codes:
        await find(session, code, caller, pipeline.directory, roles=FIELD)
    done = await sweeps.record(session, sweep_id, codes, note=note, by=caller.id, now=now)
    said = {"sweep": sweep_id, "quarter": done.quarter, "act": "seen", "sources": list(done.sources)}
    fact = told_of(EventKind.SWEEP_RECORDED, done.grid_id, grid, caller, now, said)
    await pipeline.told(session, [fact], now=now)


async def finish_sweep(
    pipeline: Pipeline, session: AsyncSession, sweep_id: int, *, note: str | None, caller: Caller, now: datetime
) -> None:  # fmt: skip
    """Ends a sweep, by whoever keeps the files of the whole county."""
    grid = await _swept(pipeline, session, sweep_id, caller)
    unit_kept(pipeline, caller, grid)
    done = await sweeps.finish(session, sweep_id, note=note, by=caller.id, now=now)
    met = done.coverage
    said = {
        "sweep": sweep_id, "quarter": done.quarter, "seen": len(met.seen), "new": len(met.new),
        "gone": len(met.gone), "missing": len(met.missing),
    }  # fmt: skip
    fact = told_of(EventKind.SWEEP_FINISHED, done.grid_id, grid, caller, now, said)
    await pipeline.told(session, [fact], now=now)


async def remind(pipeline: Pipeline, session: AsyncSession, *, now: datetime) -> int:
    """Tells counties and parks of sweeps that are soon due or overdue, once each; gives how many were told."""
    due = await reminders.remind(session, now)
    facts = [
        Told(
            EventKind.SWEEP_OVERDUE if one.overdue else EventKind.SWEEP_DUE_SOON, GridId(one.grid_id), one.grid, now,
            detail={"sweep": one.sweep_id, "quarter": one.quarter, "due_on": one.due_on.isoformat()},
        )
        for one in due
    ]  # fmt: skip
    if facts:
        await pipeline.told(session, facts, now=now)
    return len(facts)


async def _swept(pipeline: Pipeline, session: AsyncSession, sweep_id: int, caller: Caller) -> str:
    """The code of the county of a sweep that has anything to do with the caller's grids."""
    sweep = await sweeps.find(session, sweep_id)
    grid = pipeline.directory.grid(sweep.grid_id)
    seen = caller.scope.grid_ids
    if grid is None or (seen is not None and not seen & pipeline.directory.subtree(sweep.grid_id)):
        raise NotFound(f"no sweep {sweep_id}")
    return grid.code
