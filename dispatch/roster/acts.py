"""What people say about a post: rotations, overrides, absences. Each on a held post, and planned at once."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.roster import change_repository as changes
from dispatch.roster import roster_repository as repository
from dispatch.roster.known import Kind, Post
from dispatch.roster.plan import Duty
from dispatch.roster.service import replan
from models.clock import BEIJING
from models.enums import Role
from models.errors import ForbiddenTransition, Invalid, NotFound, Overlap
from models.ids import GridId, PersonId

POSTS: dict[int, tuple[Role, ...]] = {1: (Role.DUTY_OFFICER,), 2: (Role.SUPERVISOR, Role.CHIEF)}
"""By level of the grid: what its posts are."""
LONGEST = timedelta(days=366)
"""Of an override or an absence."""
FURTHEST = timedelta(days=366)
"""Nothing begins later than that from now."""


@dataclass(frozen=True, slots=True)
class Said:
    """Which thing of which kind was said about which post."""

    id: int
    post_id: int
    grid_id: GridId
    role: Role


async def hold(session: AsyncSession, grid_id: GridId, level: int, role: Role, now: datetime) -> Post:
    """The post, held; raises Invalid for a role that is no post of such a grid."""
    if role not in POSTS.get(level, ()):
        posts = ", ".join(r.value for r in POSTS.get(level, ())) or "none"
        raise Invalid(f"{role.value} is no post of a grid of level {level}; it has: {posts}", field="role")
    return await repository.hold_post(session, grid_id, role, now)


async def rotate(
    session: AsyncSession,
    post: Post,
    *,
    members: Sequence[PersonId],
    shift_h: int,
    handover: time,
    starts_on: date,
    valid_to: datetime | None,
    reason: str,
    author: PersonId,
    now: datetime,
) -> int:
    """A rotation from its first handover on, or from now where that has been; the one before it ends there."""
    first = datetime.combine(starts_on, handover, BEIJING)
    _soon(first, now)
    since = max(first, now)
    if valid_to is not None and valid_to <= since:
        raise Invalid("a rotation ends after it begins", field="to")
    await _serve(session, post, members, since, "members")
    if (later := await changes.rotation_after(session, post.id, since, valid_to)) is not None:
        raise Overlap(f"rotation {later} begins later within that time; end it first", rotation=later)
    await changes.end_rotation_at(session, post.id, since, author)
    id_ = await changes.add_rotation(
        session, members, post_id=post.id, shift_h=shift_h, handover=handover, starts_on=starts_on,
        valid_from=since, valid_to=valid_to, reason=reason, author_id=author, created_at=now,
    )  # fmt: skip
    await replan(session, post, now)
    return id_


async def override(
    session: AsyncSession,
    post: Post,
    *,
    person: PersonId,
    since: datetime | None,
    until: datetime,
    reason: str,
    author: PersonId,
    now: datetime,
) -> int:
    """This person instead of whoever's turn it were, for exactly this time; refused over another override."""
    since = _window(since, until, now)
    await _serve(session, post, [person], since, "person")
    if await changes.away(session, post.id, person, since, until):
        raise Invalid("this person is away at that time", field="person")
    if (other := await changes.override_within(session, post.id, since, until)) is not None:
        raise Overlap(f"override {other} holds for a part of that time", override=other)
    id_ = await changes.add_override(
        session, post_id=post.id, person_id=person, starts_at=since, ends_at=until, reason=reason,
        author_id=author, created_at=now,
    )  # fmt: skip
    await replan(session, post, now)
    return id_


async def be_away(
    session: AsyncSession,
    post: Post,
    *,
    person: PersonId,
    stand_in: PersonId | None,
    since: datetime | None,
    until: datetime,
    reason: str,
    author: PersonId,
    now: datetime,
) -> int:
    """A person is away from the post; the stand-in takes the turns, without one they are a named gap."""
    since = _window(since, until, now)
    await _serve(session, post, [person], since, "person")
    if stand_in is not None:
        if stand_in == person:
            raise Invalid("nobody stands in for themself", field="stand_in")
        await _serve(session, post, [stand_in], since, "stand_in")
        if await changes.away(session, post.id, stand_in, since, until):
            raise Invalid("the stand-in is away at that time", field="stand_in")
    if await changes.away(session, post.id, person, since, until):
        raise Overlap("this person is away already for a part of that time")
    id_ = await changes.add_absence(
        session, post_id=post.id, person_id=person, stand_in_id=stand_in, starts_at=since, ends_at=until,
        reason=reason, author_id=author, created_at=now,
    )  # fmt: skip
    await replan(session, post, now)
    return id_


async def find(session: AsyncSession, kind: Kind, id_: int) -> Said:
    found = await changes.find(session, kind, id_)
    if found is None:
        raise NotFound(f"no {kind} {id_}")
    return Said(id_, *found)


async def hold_of(session: AsyncSession, said: Said) -> Post:
    return await repository.hold_post_by_id(session, said.post_id)


async def end(
    session: AsyncSession,
    post: Post,
    kind: Kind,
    said: Said,
    *,
    reason: str,
    author: PersonId,
    now: datetime,
) -> None:
    """Takes it back from now on; what it made of the past stays. Raises ForbiddenTransition when it is over."""
    if not await changes.end(session, kind, said.id, reason=reason, author=author, now=now):
        raise ForbiddenTransition(f"{kind} {said.id} is over")
    await replan(session, post, now)


def _window(since: datetime | None, until: datetime, now: datetime) -> datetime:
    begins = now if since is None else max(since, now)
    if until <= begins:
        raise Invalid("it ends before it begins, or has been", field="to")
    if until - begins > LONGEST:
        raise Invalid(f"it lasts {LONGEST.days} days at most", field="to")
    _soon(begins, now)
    return begins


def _soon(begins: datetime, now: datetime) -> None:
    if begins > now + FURTHEST:
        raise Invalid(f"it begins within {FURTHEST.days} days", field="from")


async def _serve(
    session: AsyncSession, post: Post, people: Collection[PersonId], at: datetime, field: str
) -> None:
    """Raises Invalid unless each of them has the post's role, here or above, when it begins."""
    duties = await repository.duties(session, post.grid_id, post.role, at)
    serving = {duty.person for duty in duties if _began(duty, at)}
    if missing := [person for person in people if person not in serving]:
        raise Invalid(
            f"{len(missing)} of the people named have no duty as {post.role.value} in this grid by then",
            field=field,
        )


def _began(duty: Duty, at: datetime) -> bool:
    return duty.since <= at
