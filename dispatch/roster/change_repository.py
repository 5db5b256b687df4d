"""SQL of rotations, overrides and absences as people make and end them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.roster.known import Kind
from models.bulk import fetch
from models.enums import Role
from models.ids import GridId, PersonId
from models.roster import DutyAbsence, DutyOverride, DutyRotation, RotationMember

# What has begun ends now; what has not begun never does.
_END = {
    "rotation": "UPDATE duty_rotation SET valid_to = greatest(valid_from, $2), ended_by = $3, end_reason = $4"
    " WHERE id = $1 AND (valid_to IS NULL OR valid_to > greatest(valid_from, $2)) RETURNING id",
    "override": "UPDATE duty_override SET cancelled_at = $2, cancelled_by = $3, cancel_reason = $4"
    " WHERE id = $1 AND cancelled_at IS NULL AND ends_at > $2 RETURNING id",
    "absence": "UPDATE duty_absence SET cancelled_at = $2, cancelled_by = $3, cancel_reason = $4"
    " WHERE id = $1 AND cancelled_at IS NULL AND ends_at > $2 RETURNING id",
}
_FIND = {
    kind: f"SELECT p.id, p.grid_id, p.role FROM duty_{kind} x JOIN duty_post p ON p.id = x.post_id WHERE x.id = $1"
    for kind in _END
}
_WITHIN = "tstzrange(starts_at, GREATEST(starts_at, LEAST(ends_at, cancelled_at))) && tstzrange($2, $3)"


async def find(session: AsyncSession, kind: Kind, id_: int) -> tuple[int, GridId, Role] | None:
    """Post, grid and role it was said of."""
    rows = await fetch(session, _FIND[kind], id_)
    return (rows[0][0], GridId(rows[0][1]), Role(rows[0][2])) if rows else None


async def end(
    session: AsyncSession, kind: Kind, id_: int, *, reason: str, author: PersonId, now: datetime
) -> bool:
    """False when it is over already."""
    return bool(await fetch(session, _END[kind], id_, now, author, reason))


async def rotation_after(
    session: AsyncSession, post_id: int, since: datetime, until: datetime | None
) -> int | None:
    """A rotation that begins at `since` or later, within that time."""
    rows = await fetch(
        session,
        "SELECT id FROM duty_rotation WHERE post_id = $1 AND valid_from >= $2 AND tstzrange(valid_from, valid_to)"
        " && tstzrange($2, $3) ORDER BY valid_from LIMIT 1",
        post_id,
        since,
        until,
    )
    return int(rows[0][0]) if rows else None


async def end_rotation_at(session: AsyncSession, post_id: int, at: datetime, author: PersonId) -> None:
    """The rotation that holds at `at` ends there, since another one follows it."""
    await fetch(
        session,
        "UPDATE duty_rotation SET valid_to = $2, ended_by = $3, end_reason = 'replaced'"
        " WHERE post_id = $1 AND valid_from < $2 AND (valid_to IS NULL OR valid_to > $2)",
        post_id,
        at,
        author,
    )


async def add_rotation(session: AsyncSession, members: Sequence[PersonId], **values: Any) -> int:
    id_ = (
        await session.execute(insert(DutyRotation).values(**values).returning(DutyRotation.id))
    ).scalar_one()
    rows = [{"rotation_id": id_, "position": n, "person_id": person} for n, person in enumerate(members)]
    await session.execute(insert(RotationMember), rows)
    return id_


async def away(
    session: AsyncSession, post_id: int, person_id: PersonId, since: datetime, until: datetime
) -> bool:
    """Whether the person is away from the post at any instant of that time."""
    statement = f"SELECT 1 FROM duty_absence WHERE post_id = $1 AND person_id = $4 AND {_WITHIN}"
    return bool(await fetch(session, statement, post_id, since, until, person_id))


async def override_within(
    session: AsyncSession, post_id: int, since: datetime, until: datetime
) -> int | None:
    statement = f"SELECT id FROM duty_override WHERE post_id = $1 AND {_WITHIN} ORDER BY starts_at LIMIT 1"
    rows = await fetch(session, statement, post_id, since, until)
    return int(rows[0][0]) if rows else None


async def add_override(session: AsyncSession, **values: Any) -> int:
    return (
        await session.execute(insert(DutyOverride).values(**values).returning(DutyOverride.id))
    ).scalar_one()


async def add_absence(session: AsyncSession, **values: Any) -> int:
    return (
        await session.execute(insert(DutyAbsence).values(**values).returning(DutyAbsence.id))
    ).scalar_one()
