"""Keeps the turns of every post planned ahead, and says who has which turn; in the caller's transaction."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.registry import Roster
from dispatch.roster import roster_repository as repository
from dispatch.roster.plan import plan
from dispatch.roster.revision import revise
from dispatch.roster.roster_repository import GapAhead, Post
from models.enums import Role
from models.ids import GridId, PersonId

HORIZON = timedelta(days=60)
TOP_UP = timedelta(days=1)
"""The end of the plan moves on by so much at a time, and not with every look."""
TOLD_AHEAD = timedelta(days=1)


async def replan(session: AsyncSession, post: Post, now: datetime) -> bool:
    """Makes the turns of a held post what its sources say from now on; False when they said so already.

    What was never planned, because nobody looked for the length of the plan, is planned as of then.
    """
    at = max(post.settled_to, min(now, post.planned_to))
    ahead = now + HORIZON
    until = ahead if post.planned_to < ahead - TOP_UP else max(post.planned_to, at)
    sources = await repository.sources(session, post, at)
    there = await repository.turns(session, post.id, at)
    revision = revise(there, plan(sources, at, until), at)
    if revision.empty and until == post.planned_to:
        return False
    await repository.apply(session, post, revision, at, until)
    return True


async def extend(session: AsyncSession, *, now: datetime, wait: bool = False) -> int:
    """Looks at every post that nobody else holds (or at every one); gives how many had to be planned anew."""
    changed = 0
    for post in await repository.claim_posts(session, wait=wait):
        changed += await replan(session, post, now)
    return changed


async def gaps_to_tell(session: AsyncSession, *, now: datetime) -> list[GapAhead]:
    """Gaps that begin within a day or have begun, each once."""
    return await repository.tell_gaps(session, now, now + TOLD_AHEAD)


async def on_turn(session: AsyncSession, grid_ids: Sequence[GridId], at: datetime) -> Roster:
    return await repository.on_turn(session, grid_ids, at)


async def acting_for(
    session: AsyncSession, person_id: PersonId, grid_id: GridId, role: Role, at: datetime
) -> PersonId | None:
    """Whom the person stands in for on this post at `at`; None when the turn is nobody else's."""
    return await repository.stood_in_for(session, person_id, grid_id, role, at)
