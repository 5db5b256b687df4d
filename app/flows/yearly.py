"""Yearly duties on the feed: what is soon due, what is overdue, what was recorded (annex 1 art. 17, 22)."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.scope import Caller
from app.pipeline import Pipeline
from models.clock import Clock
from models.enums import EventKind
from models.facts import Told
from models.ids import GridId, PersonId
from supervision.yearly import yearly
from supervision.yearly.yearly import Recorded


async def keep(pipeline: Pipeline, session: AsyncSession, *, clock: Clock) -> int:
    """Opens what the year asks of every grid, and tells what is due; gives how many duties were opened."""
    now = clock.now()
    opened = await yearly.open_year(session, now)
    facts = [
        Told(
            EventKind.YEARLY_OVERDUE if one.overdue else EventKind.YEARLY_DUE_SOON,
            GridId(one.grid_id),
            one.grid,
            now,
            detail={
                "year": one.year,
                "duty": one.kind.value,
                "due_on": one.due_on.isoformat(),
                "count": one.count,
                "names": list(one.grids),
            },
        )
        for one in await yearly.remind(session, now)
    ]
    if facts:
        await pipeline.told(session, facts, now=now)
    return opened


async def record(
    pipeline: Pipeline,
    session: AsyncSession,
    duty_id: int,
    *,
    done_on: date,
    document: str,
    note: str | None,
    attendees: Sequence[str],
    caller: Caller,
    clock: Clock,
) -> Recorded:
    """That a yearly duty was done, with its document."""
    now = clock.now()
    made = await yearly.record(
        session,
        duty_id,
        done_on=done_on,
        document=document,
        note=note,
        attendees=attendees,
        by=caller.id,
        now=now,
    )
    said = {
        "record": made.id,
        "year": made.year,
        "duty": made.kind.value,
        "due_on": made.due_on.isoformat(),
        "done_on": made.done_on.isoformat(),
        "document": made.document,
        "attendees": made.attendees,
    }
    fact = Told(
        EventKind.YEARLY_RECORDED,
        GridId(made.grid_id),
        made.grid,
        now,
        PersonId(caller.id),
        caller.name,
        said,
    )
    await pipeline.told(session, [fact], now=now)
    return made
