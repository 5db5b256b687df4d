"""Keeps the turns of every post planned ahead, and says who has which turn; in the caller's transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.registry import Roster, serving
from dispatch.repository import duties
from dispatch.roster import roster_repository as repository
from dispatch.roster.known import GapAhead, KnownTurn, Post
from dispatch.roster.plan import plan
from dispatch.roster.revision import revise
from models.enums import DutyGap, Role, TurnWhy
from models.facts import Recipient
from models.ids import GridId

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


@dataclass(frozen=True, slots=True)
class Responsible:
    """Exactly one answer: a person, or a named gap. `since` and `until` are of the turn, where there is one."""

    why: TurnWhy
    person: Recipient | None = None
    gap: DutyGap | None = None
    instead_of: Recipient | None = None
    since: datetime | None = None
    until: datetime | None = None


async def responsible(
    session: AsyncSession, grid_id: GridId, role: Role, at: datetime, *, now: datetime
) -> Responsible:
    """Who is responsible at `at`. What has been is as it was planned; ahead, a duty that has ended counts at once."""
    turn = await repository.turn_at(session, grid_id, role, at)
    if isinstance(turn, KnownTurn):
        found = Responsible(turn.why, turn.person, turn.gap, turn.instead_of, turn.since, turn.until)
        if at < now or turn.person is None:
            return found
        today = (await repository.on_turn(session, [grid_id], at))[grid_id, role]
        if today.person is None:
            return replace(found, why=today.why, person=None, gap=today.gap, instead_of=turn.person)
        return found
    if turn:
        return Responsible(TurnWhy.GAP, gap=DutyGap.NOT_PLANNED)
    people = serving(await duties(session, [grid_id], at), grid_id, role, at)
    if not people:
        return Responsible(TurnWhy.GAP, gap=DutyGap.NOBODY_ON_DUTY)
    return Responsible(TurnWhy.STANDING, people[0])
