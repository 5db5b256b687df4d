"""Counties are told once that a sweep is soon due, and once that it is overdue (annex 1 art. 16)."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from airquality.period import BEIJING
from models.registry import Grid
from models.source import SourceSweep, SweepReminder
from supervision.sources.sweep import last_of_quarter, name_of_quarter, quarter_of, reminder


@dataclass(frozen=True, slots=True)
class SweepDue:
    grid_id: int
    grid: str
    sweep_id: int | None
    """None while nobody has begun it."""
    quarter: str
    due_on: date
    overdue: bool


async def remind(session: AsyncSession, now: datetime) -> list[SweepDue]:
    """What counties and parks have to be told of now about this quarter and the one before, each once."""
    today = now.astimezone(BEIJING).date()
    this = quarter_of(today)
    quarters = (quarter_of(this - timedelta(days=1)), this)
    units = (await session.execute(select(Grid.id, Grid.code).where(Grid.level == 2).order_by(Grid.id))).all()
    begun = {
        (sweep.grid_id, sweep.quarter): sweep
        for sweep in await session.scalars(select(SourceSweep).where(SourceSweep.quarter.in_(quarters)))
    }
    told = defaultdict[tuple[int, date], set[bool]](set)
    for row in await session.scalars(select(SweepReminder).where(SweepReminder.quarter.in_(quarters))):
        told[row.grid_id, row.quarter].add(row.overdue)
    found = []
    for grid_id, code in units:
        for quarter in quarters:
            sweep = begun.get((grid_id, quarter))
            due = None if sweep is None else sweep.due_on
            over = reminder(
                today, quarter, due_on=due, finished=sweep is not None and sweep.finished_at is not None,
                told=told[grid_id, quarter],
            )  # fmt: skip
            if over is not None and await _first(session, grid_id, quarter, over, now):
                found.append(
                    SweepDue(
                        grid_id, code, None if sweep is None else sweep.id, name_of_quarter(quarter),
                        due or last_of_quarter(quarter), over,
                    )
                )  # fmt: skip
    return found


async def _first(session: AsyncSession, grid_id: int, quarter: date, overdue: bool, now: datetime) -> bool:
    """Whether nobody has told it before, another engine included."""
    statement = (
        insert(SweepReminder)
        .values(grid_id=grid_id, quarter=quarter, overdue=overdue, told_at=now)
        .on_conflict_do_nothing()
        .returning(SweepReminder.grid_id)
    )
    return await session.scalar(statement) is not None
