"""What stations say after reports, from the readings to the order and the feed."""

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy.ext.asyncio import AsyncSession

from app.verdict import asked
from dispatch.review import verdicts
from models.facts import Fact

if TYPE_CHECKING:
    from app.pipeline import Pipeline


async def judge_due(pipeline: "Pipeline", session: AsyncSession, *, now: datetime, limit: int) -> int:
    """One bounded pass over the stations to be asked; gives how many were. Any number of engines may do this."""
    due = await verdicts.due(session, now=now, limit=limit)
    facts: list[Fact] = []
    for one in due:
        judged = await asked(session, one, await verdicts.rules_of(session, one), now=now)
        facts += await verdicts.keep(session, one, judged, now=now)
    await pipeline.told(session, facts, now=now)
    return len(due)
