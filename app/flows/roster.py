"""What is said about who is on duty: each act planned at once, told, and the gaps it makes told with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.scope import Caller
from app.feed_events import instant, people
from app.pipeline import Pipeline
from app.registry.directory import GridInfo
from dispatch import service as dispatch
from dispatch.roster import acts, service
from dispatch.roster.acts import Said
from dispatch.roster.known import GapAhead, Kind, Post
from models.clock import Clock
from models.enums import EventKind, Role
from models.facts import Recipient, Told
from models.ids import PersonId


@dataclass(frozen=True, slots=True)
class Whom:
    """A person by name, looked up."""

    id: PersonId
    username: str


async def rotate(
    pipeline: Pipeline,
    session: AsyncSession,
    grid: GridInfo,
    role: Role,
    *,
    members: Sequence[Whom],
    shift_h: int,
    handover: time,
    starts_on: date,
    until: datetime | None,
    reason: str,
    caller: Caller,
    clock: Clock,
) -> int:
    """A new rotation of a post; gives its id."""
    post = await acts.hold(session, grid.id, grid.level, role, clock.now())
    now = clock.now()
    id_ = await acts.rotate(
        session, post, members=[m.id for m in members], shift_h=shift_h, handover=handover, starts_on=starts_on,
        valid_to=until, reason=reason, author=PersonId(caller.id), now=now,
    )  # fmt: skip
    detail = {
        "members": [m.username for m in members],
        "shift_h": shift_h,
        "handover": handover.strftime("%H:%M"),
        "starts_on": starts_on.isoformat(),
        "until": None if until is None else instant(until),
    }
    said = Said(id_, post.id, grid.id, role)
    await _tell(pipeline, session, "rotation", "made", said, detail | {"reason": reason}, caller, now)
    return id_


async def override(
    pipeline: Pipeline,
    session: AsyncSession,
    grid: GridInfo,
    role: Role,
    *,
    person: Whom,
    since: datetime | None,
    until: datetime,
    reason: str,
    caller: Caller,
    clock: Clock,
) -> int:
    """Somebody else for a time; gives its id."""
    post = await acts.hold(session, grid.id, grid.level, role, clock.now())
    now = clock.now()
    id_ = await acts.override(
        session, post, person=person.id, since=since, until=until, reason=reason, author=PersonId(caller.id),
        now=now,
    )  # fmt: skip
    detail = {"person": person.username} | _window(since, until, now) | {"reason": reason}
    await _tell(pipeline, session, "override", "made", Said(id_, post.id, grid.id, role), detail, caller, now)
    return id_


async def be_away(
    pipeline: Pipeline,
    session: AsyncSession,
    grid: GridInfo,
    role: Role,
    *,
    person: Whom,
    stand_in: Whom | None,
    since: datetime | None,
    until: datetime,
    reason: str,
    caller: Caller,
    clock: Clock,
) -> int:
    """An absence; gives its id. Its reason is not told: it may be a matter of health."""
    post = await acts.hold(session, grid.id, grid.level, role, clock.now())
    now = clock.now()
    id_ = await acts.be_away(
        session, post, person=person.id, stand_in=None if stand_in is None else stand_in.id, since=since,
        until=until, reason=reason, author=PersonId(caller.id), now=now,
    )  # fmt: skip
    other = None if stand_in is None else stand_in.username
    detail = {"person": person.username, "stand_in": other} | _window(since, until, now)
    await _tell(pipeline, session, "absence", "made", Said(id_, post.id, grid.id, role), detail, caller, now)
    return id_


async def end(
    pipeline: Pipeline,
    session: AsyncSession,
    kind: Kind,
    said: Said,
    *,
    reason: str,
    caller: Caller,
    clock: Clock,
) -> None:
    """Takes back a rotation, an override or an absence from now on."""
    post: Post = await acts.hold_of(session, said)
    now = clock.now()
    await acts.end(session, post, kind, said, reason=reason, author=PersonId(caller.id), now=now)
    await _tell(pipeline, session, kind, "ended", said, {"reason": reason}, caller, now)


async def extend(pipeline: Pipeline, session: AsyncSession, *, clock: Clock, wait: bool = False) -> int:
    """Plans every post ahead and tells of the gaps of the coming day; gives how many posts had to be planned anew."""
    now = clock.now()
    changed = await service.extend(session, now=now, wait=wait)
    await pipeline.told(session, await _gaps(pipeline, session, now), now=now)
    return changed


def _window(since: datetime | None, until: datetime, now: datetime) -> dict[str, Any]:
    return {"from": instant(now if since is None else max(since, now)), "until": instant(until)}


async def _tell(
    pipeline: Pipeline,
    session: AsyncSession,
    what: str,
    change: str,
    said: Said,
    detail: dict[str, Any],
    caller: Caller,
    now: datetime,
) -> None:
    grid = pipeline.directory.grid(said.grid_id)
    told = Told(
        EventKind.DUTY_CHANGED, said.grid_id, None if grid is None else grid.code, now, PersonId(caller.id),
        caller.name, {"what": what, "id": said.id, "change": change, "role": said.role.value} | detail,
    )  # fmt: skip
    await pipeline.told(session, [told, *await _gaps(pipeline, session, now)], now=now)


async def _gaps(pipeline: Pipeline, session: AsyncSession, now: datetime) -> list[Told]:
    """`duty.gap` for each gap of the coming day that nobody was told of, addressed to the prefecture's desk."""
    gaps = await service.gaps_to_tell(session, now=now)
    wanted = sorted({(gap.above, Role.DUTY_OFFICER) for gap in gaps})
    desks = await dispatch.recipients(session, wanted, now) if wanted else {}
    return [_gap(gap, desks[gap.above, Role.DUTY_OFFICER], now) for gap in gaps]


def _gap(gap: GapAhead, desk: tuple[Recipient, ...], now: datetime) -> Told:
    detail: dict[str, Any] = {
        "role": gap.role.value,
        "gap": gap.gap.value,
        "from": instant(gap.since),
        "until": instant(gap.until),
        "recipients": people(desk),
    }
    if gap.missing is not None:
        detail["missing"] = {"username": gap.missing[0], "name": gap.missing[1]}
    return Told(EventKind.DUTY_GAP, gap.grid_id, gap.grid_code, now, detail=detail)
