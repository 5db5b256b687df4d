"""Sweeps of sources, as the API shows them."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from airquality.period import BEIJING
from app.auth.scope import Scope
from app.registry.directory import Directory, GridInfo
from app.views.paging import instant
from models.errors import NotFound
from models.registry import Grid, Person, Source
from models.source import SourceSweep, SweepEntry
from supervision.sources import sweeps
from supervision.sources.sweep import Coverage, last_of_quarter, name_of_quarter, quarter_of, standing


async def sweep_board(
    session: AsyncSession,
    *,
    units: Sequence[GridInfo],
    quarter: date,
    now: datetime,
) -> list[dict[str, Any]]:
    """How each of these counties and parks stands with a quarter's sweep, begun or not."""
    rows = await session.scalars(
        select(SourceSweep).where(
            SourceSweep.quarter == quarter, SourceSweep.grid_id.in_([unit.id for unit in units])
        )
    )
    begun = {row.grid_id: row for row in rows}
    return [await _stands(session, unit, begun.get(unit.id), quarter, now) for unit in units]


async def _stands(
    session: AsyncSession, unit: GridInfo, row: SourceSweep | None, quarter: date, now: datetime
) -> dict[str, Any]:
    today = now.astimezone(BEIJING).date()
    due = last_of_quarter(quarter) if row is None else row.due_on
    finished = None if row is None or row.finished_at is None else row.finished_at.astimezone(BEIJING).date()
    met = Coverage((), (), (), ()) if row is None else await sweeps.met_by(session, row)
    return {
        "id": None if row is None else row.id,
        "grid": unit.code,
        "grid_name": unit.name,
        "quarter": name_of_quarter(quarter),
        "due_on": due.isoformat(),
        "standing": standing(due_on=due, begun=row is not None, finished_on=finished, today=today).value,
        "seen": len(met.seen),
        "new": len(met.new),
        "gone": len(met.gone),
        "missing": len(met.missing),
        "finished_at": None if row is None else instant(row.finished_at),
        "note": None if row is None else row.note,
    }


async def sweep_document(
    session: AsyncSession, sweep_id: int, *, scope: Scope, directory: Directory, now: datetime
) -> dict[str, Any]:
    """A sweep with what was found of each source the caller sees, and those that nobody has met."""
    row = await session.get(SourceSweep, sweep_id)
    unit = None if row is None else directory.grid(row.grid_id)
    below = frozenset() if row is None else directory.subtree(row.grid_id)
    if row is None or unit is None or (scope.grid_ids is not None and not scope.grid_ids & below):
        raise NotFound(f"no sweep {sweep_id}")
    found = await _stands(session, unit, row, row.quarter, now)
    met = await sweeps.met_by(session, row)
    entries = (
        select(SweepEntry, Source.code, Source.name, Person.name)
        .ext(distinct_on(SweepEntry.source_id))
        .join(Source, Source.id == SweepEntry.source_id)
        .join(Person, Person.id == SweepEntry.found_by)
        .where(SweepEntry.sweep_id == sweep_id, scope.where(Source.grid_id))
        .order_by(SweepEntry.source_id, SweepEntry.id.desc())
    )
    found["entries"] = sorted(
        (
            {
                "source": code, "name": name, "found": entry.found, "note": entry.note, "by": by,
                "at": instant(entry.found_at),
            }
            for entry, code, name, by in await session.execute(entries)
        ),
        key=lambda one: one["source"],
    )  # fmt: skip
    missing = (
        select(Source.code, Source.name, Source.kind, Grid.code, Grid.name)
        .join(Grid, Grid.id == Source.grid_id)
        .where(Source.code.in_(met.missing), scope.where(Source.grid_id))
        .order_by(Grid.code, Source.code)
    )
    found["missing_sources"] = [
        {"source": code, "name": name, "kind": kind, "grid": grid, "grid_name": grid_name}
        for code, name, kind, grid, grid_name in await session.execute(missing)
    ]
    return found


def this_quarter(now: datetime) -> date:
    return quarter_of(now.astimezone(BEIJING).date())
