"""All SQL of posts, of what their turns are made of, and of the turns."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.registry import OnTurn, Roster
from dispatch.roster.known import GapAhead, KnownTurn, Post
from dispatch.roster.plan import Absence, Answer, Duty, Override, Rotation, Sources, Turn
from dispatch.roster.revision import Revision
from models.bulk import bulk_insert, fetch
from models.enums import DutyGap, Role, TurnWhy
from models.facts import Recipient
from models.ids import GridId, PersonId
from models.registry import Duty as DutyTable
from models.registry import Grid, Person
from models.roster import (
    DutyAbsence,
    DutyOverride,
    DutyPost,
    DutyRotation,
    DutyTurn,
    RotationMember,
)

# A duty in the post's grid or in the one above it lets a person take a turn.
_ON_TURN = """
SELECT p.grid_id, p.role, t.person_id, n.username, n.name, t.gap, t.why,
       EXISTS (SELECT 1 FROM duty d WHERE d.person_id = t.person_id AND d.role = p.role
                  AND d.grid_id IN (p.grid_id, g.parent_id)
                  AND d.valid_from <= $2 AND (d.valid_to IS NULL OR d.valid_to > $2))
           AND n.disabled_at IS NULL,
       ARRAY(SELECT a.person_id FROM duty_absence a WHERE a.post_id = p.id AND a.starts_at <= $2
                AND LEAST(a.ends_at, a.cancelled_at) > $2)
  FROM duty_post p JOIN grid g ON g.id = p.grid_id
  LEFT JOIN duty_turn t ON t.post_id = p.id AND t.on_from <= $2 AND t.on_to > $2
  LEFT JOIN person n ON n.id = t.person_id
 WHERE p.grid_id = ANY($1::int[]) AND p.planned_from <= $2
"""
_TURNS = """
SELECT on_from, on_to, why, person_id, gap, for_person_id FROM duty_turn
 WHERE post_id = $1 AND on_to >= $2 ORDER BY on_from
"""
# What was told of before keeps its row, also when the turns were planned anew meanwhile.
_TELL = """
WITH due AS (
    INSERT INTO duty_gap_told (post_id, on_from, gap, told_at)
    SELECT post_id, on_from, gap, $1 FROM duty_turn
     WHERE gap IS NOT NULL AND on_from <= $2 AND on_to > $1
     ORDER BY post_id, on_from
    ON CONFLICT DO NOTHING RETURNING post_id, on_from, gap
)
SELECT g.id, g.code, g.parent_id, p.role, t.gap, t.on_from, t.on_to, n.username, n.name
  FROM due JOIN duty_turn t ON t.post_id = due.post_id AND t.on_from = due.on_from
  JOIN duty_post p ON p.id = due.post_id JOIN grid g ON g.id = p.grid_id
  LEFT JOIN person n ON n.id = t.for_person_id
 ORDER BY t.on_from, g.code, p.role
"""


async def hold_post(session: AsyncSession, grid_id: GridId, role: Role, now: datetime) -> Post:
    """The post, held until the transaction ends; it comes into being with the first that is said of it."""
    statement = pg_insert(DutyPost).values(
        grid_id=grid_id, role=role.value, planned_from=now, planned_to=now, settled_to=now
    )
    await session.execute(statement.on_conflict_do_nothing())
    rows = await session.scalars(
        select(DutyPost)
        .where(DutyPost.grid_id == grid_id, DutyPost.role == role.value)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return _post(rows.one())


async def hold_post_by_id(session: AsyncSession, post_id: int) -> Post:
    rows = await session.scalars(
        select(DutyPost)
        .where(DutyPost.id == post_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return _post(rows.one())


async def claim_posts(session: AsyncSession, *, wait: bool = False) -> list[Post]:
    """Every post that nobody else holds, or every post; in the order of their ids."""
    rows = await session.scalars(
        select(DutyPost)
        .order_by(DutyPost.id)
        .with_for_update(key_share=True, skip_locked=not wait)
        .execution_options(populate_existing=True)
    )
    return [_post(row) for row in rows]


def _post(row: DutyPost) -> Post:
    return Post(row.id, GridId(row.grid_id), Role(row.role), row.planned_to, row.settled_to)


async def sources(session: AsyncSession, post: Post, since: datetime) -> Sources:
    """All that decides about the post's turns from `since` on."""
    rotations = await session.execute(
        select(DutyRotation, RotationMember.person_id)
        .join(RotationMember, RotationMember.rotation_id == DutyRotation.id)
        .where(
            DutyRotation.post_id == post.id,
            or_(DutyRotation.valid_to.is_(None), DutyRotation.valid_to > since),
        )
        .order_by(DutyRotation.valid_from, DutyRotation.id, RotationMember.position)
    )
    found: dict[int, tuple[DutyRotation, list[PersonId]]] = {}
    for row, person in rotations:
        found.setdefault(row.id, (row, []))[1].append(PersonId(person))
    overrides = await session.scalars(
        select(DutyOverride)
        .where(DutyOverride.post_id == post.id, DutyOverride.ends_at > since)
        .order_by(DutyOverride.starts_at, DutyOverride.id)
    )
    absences = await session.scalars(
        select(DutyAbsence)
        .where(DutyAbsence.post_id == post.id, DutyAbsence.ends_at > since)
        .order_by(DutyAbsence.starts_at, DutyAbsence.id)
    )
    return Sources(
        tuple(_rotation(row, members) for row, members in found.values()),
        tuple(
            Override(o.id, PersonId(o.person_id), o.starts_at, o.cancelled_at or o.ends_at) for o in overrides
        ),
        tuple(
            Absence(
                PersonId(a.person_id),
                None if a.stand_in_id is None else PersonId(a.stand_in_id),
                a.starts_at,
                a.cancelled_at or a.ends_at,
            )
            for a in absences
        ),
        await duties(session, post.grid_id, post.role, since),
    )


def _rotation(row: DutyRotation, members: list[PersonId]) -> Rotation:
    return Rotation(
        row.id, tuple(members), timedelta(hours=row.shift_h), row.handover, row.starts_on, row.valid_from,
        row.valid_to,
    )  # fmt: skip


async def duties(session: AsyncSession, grid_id: GridId, role: Role, since: datetime) -> tuple[Duty, ...]:
    """Duties of the role in the grid or in the one above it that last beyond `since`."""
    above = select(Grid.parent_id).where(Grid.id == grid_id).scalar_subquery()
    rows = await session.execute(
        select(DutyTable.person_id, DutyTable.grid_id, DutyTable.valid_from, DutyTable.valid_to)
        .join(Person, Person.id == DutyTable.person_id)
        .where(
            DutyTable.role == role.value,
            or_(DutyTable.grid_id == grid_id, DutyTable.grid_id == above),
            or_(DutyTable.valid_to.is_(None), DutyTable.valid_to > since),
            Person.disabled_at.is_(None),
        )
        .order_by(DutyTable.valid_from, DutyTable.person_id)
    )
    return tuple(Duty(PersonId(p), g == grid_id, since_, until) for p, g, since_, until in rows)


async def turns(session: AsyncSession, post_id: int, since: datetime) -> list[Turn]:
    """The turns that end at `since` or later, in the order of time."""
    return [
        Turn(
            row[0],
            row[1],
            Answer(
                TurnWhy(row[2]),
                None if row[3] is None else PersonId(row[3]),
                None if row[4] is None else DutyGap(row[4]),
                None if row[5] is None else PersonId(row[5]),
            ),
        )
        for row in await fetch(session, _TURNS, post_id, since)
    ]


async def apply(session: AsyncSession, post: Post, revision: Revision, at: datetime, until: datetime) -> None:
    """Settles what was until `at`, and carries the revision out; the turns then reach to `until`."""
    await fetch(
        session,
        "UPDATE duty_post SET settled_to = greatest(settled_to, $2), planned_to = $3 WHERE id = $1",
        post.id,
        at,
        until,
    )
    if revision.drop_from is not None:
        await fetch(
            session,
            "DELETE FROM duty_turn WHERE post_id = $1 AND on_from >= $2",
            post.id,
            revision.drop_from,
        )
    if revision.ends_at is not None:
        await fetch(
            session,
            "UPDATE duty_turn SET on_to = $3 WHERE post_id = $1 AND on_from < $2 AND on_to > $2",
            post.id,
            at,
            revision.ends_at,
        )
    if revision.add:
        await _add(session, post, revision.add)


async def _add(session: AsyncSession, post: Post, add: Sequence[Turn]) -> None:
    first = await fetch(session, "SELECT 1 FROM duty_turn WHERE post_id = $1 LIMIT 1", post.id)
    names = ("post_id", "person_id", "gap", "on_from", "on_to", "follows_at", "why", "for_person_id")
    columns: list[list[Any]] = [
        [post.id] * len(add),
        [t.answer.person for t in add],
        [t.answer.gap for t in add],
        [t.since for t in add],
        [t.until for t in add],
        [t.since if first or number else None for number, t in enumerate(add)],
        [t.answer.why.value for t in add],
        [t.answer.instead_of for t in add],
    ]
    await bulk_insert(session, DutyTurn, names, columns)


async def on_turn(session: AsyncSession, grid_ids: Sequence[GridId], at: datetime) -> Roster:
    """Who has the turn at `at`, for every post of those grids that is planned; a duty that ended counts at once."""
    found = {}
    for grid, role, person, username, name, gap, why, has_duty, away in await fetch(
        session, _ON_TURN, sorted(set(grid_ids)), at
    ):
        if why is None:
            gap, why = DutyGap.NOT_PLANNED, TurnWhy.GAP
        elif person is not None and not has_duty:
            person, gap, why = None, DutyGap.DUTY_ENDED, TurnWhy.GAP
        found[GridId(grid), Role(role)] = OnTurn(
            None if person is None else Recipient(PersonId(person), username, name, role),
            None if gap is None else DutyGap(gap),
            TurnWhy(why),
            frozenset(PersonId(a) for a in away),
        )
    return found


async def tell_gaps(session: AsyncSession, now: datetime, before: datetime) -> list[GapAhead]:
    """Takes down as told the gaps that begin by `before`; what was told already is not among them."""
    return [
        GapAhead(
            GridId(grid), code, GridId(grid if parent is None else parent), Role(role), DutyGap(gap), since,
            until, None if username is None else (username, name),
        )
        for grid, code, parent, role, gap, since, until, username, name in await fetch(
            session, _TELL, now, before
        )
    ]  # fmt: skip


async def turn_at(session: AsyncSession, grid_id: GridId, role: Role, at: datetime) -> KnownTurn | bool:
    """The turn; without one, whether the post is planned at all by then."""
    rows = await fetch(
        session,
        "SELECT t.why, t.gap, p.id, p.username, p.name, f.id, f.username, f.name, t.on_from, t.on_to"
        "  FROM duty_post o LEFT JOIN duty_turn t ON t.post_id = o.id AND t.on_from <= $3 AND t.on_to > $3"
        "  LEFT JOIN person p ON p.id = t.person_id LEFT JOIN person f ON f.id = t.for_person_id"
        " WHERE o.grid_id = $1 AND o.role = $2 AND o.planned_from <= $3",
        grid_id,
        role.value,
        at,
    )
    if not rows or rows[0][0] is None:
        return bool(rows)
    why, gap, *people, since, until = rows[0]
    person, other = (
        None if id_ is None else Recipient(PersonId(id_), username, name, role.value)
        for id_, username, name in (people[:3], people[3:])
    )
    return KnownTurn(TurnWhy(why), None if gap is None else DutyGap(gap), person, other, since, until)
