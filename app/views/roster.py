"""Turns, rotations, overrides and absences as the API shows them."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, aliased

from app.views.paging import INTEGER_MAX, decode_cursor, instant, page
from models.enums import Role
from models.errors import NotFound
from models.registry import Grid, Person
from models.roster import DutyAbsence, DutyOverride, DutyPost, DutyRotation, DutyTurn, RotationMember

_Other = aliased(Person)
_Author = aliased(Person)
_Ender = aliased(Person)
_Shown = Callable[[Row[*tuple[Any, ...]]], dict[str, Any]]

_TURNS = (
    select(DutyTurn, Grid.code.label("grid"), DutyPost.role, Person.username, Person.name)
    .add_columns(_Other.username.label("other"), _Other.name.label("other_name"))
    .join(DutyPost, DutyPost.id == DutyTurn.post_id)
    .join(Grid, Grid.id == DutyPost.grid_id)
    .outerjoin(Person, Person.id == DutyTurn.person_id)
    .outerjoin(_Other, _Other.id == DutyTurn.for_person_id)
)


def _spells(
    table: type[DutyOverride] | type[DutyAbsence], other: InstrumentedAttribute[Any]
) -> Select[*tuple[Any, ...]]:
    return (
        select(table, Grid.code.label("grid"), DutyPost.role, Person.username, Person.name)
        .add_columns(_Other.username.label("other"), _Other.name.label("other_name"))
        .add_columns(_Author.name.label("author"), _Ender.name.label("ender"))
        .join(DutyPost, DutyPost.id == table.post_id)
        .join(Grid, Grid.id == DutyPost.grid_id)
        .join(Person, Person.id == table.person_id)
        .outerjoin(_Other, _Other.id == other)
        .join(_Author, _Author.id == table.author_id)
        .outerjoin(_Ender, _Ender.id == table.cancelled_by)
    )


_OVERRIDES = _spells(DutyOverride, DutyOverride.cancelled_by)
_ABSENCES = _spells(DutyAbsence, DutyAbsence.stand_in_id)
_ROTATIONS = (
    select(DutyRotation, Grid.code.label("grid"), DutyPost.role)
    .add_columns(_Author.name.label("author"), _Ender.name.label("ender"))
    .join(DutyPost, DutyPost.id == DutyRotation.post_id)
    .join(Grid, Grid.id == DutyPost.grid_id)
    .join(_Author, _Author.id == DutyRotation.author_id)
    .outerjoin(_Ender, _Ender.id == DutyRotation.ended_by)
)


def person(username: str | None, name: str | None) -> dict[str, Any] | None:
    return None if username is None else {"username": username, "name": name}


async def list_turns(
    session: AsyncSession,
    grid_id: int,
    *,
    role: Role | None,
    since: datetime,
    until: datetime,
    cursor: str | None,
    limit: int,
) -> dict[str, Any]:
    """The turns of a grid's posts that meet that time; those of one post in the order of time."""
    statement = _TURNS.where(DutyPost.grid_id == grid_id, DutyTurn.on_to > since, DutyTurn.on_from < until)
    if role is not None:
        statement = statement.where(DutyPost.role == role.value)
    if (last := decode_cursor(cursor)) is not None:
        statement = statement.where(DutyTurn.id > last)
    rows = await session.execute(statement.order_by(DutyTurn.id).limit(limit + 1))
    return page([_turn(row) for row in rows], limit)


def _turn(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    turn: DutyTurn = row.DutyTurn
    return {
        "id": turn.id,
        "grid": row.grid,
        "role": row.role,
        "person": person(row.username, row.name),
        "gap": turn.gap,
        "why": turn.why,
        "instead_of": person(row.other, row.other_name),
        "since": instant(turn.on_from),
        "until": instant(turn.on_to),
    }


async def list_rotations(
    session: AsyncSession, grid_id: int, *, cursor: str | None, limit: int
) -> dict[str, Any]:
    """Of the grid's posts, the newest made first."""
    statement = _ROTATIONS.where(DutyPost.grid_id == grid_id)
    if (last := decode_cursor(cursor, top=INTEGER_MAX)) is not None:
        statement = statement.where(DutyRotation.id < last)
    rows = (await session.execute(statement.order_by(DutyRotation.id.desc()).limit(limit + 1))).all()
    members = await _members(session, [row.DutyRotation.id for row in rows])
    return page([_rotation(row, members) for row in rows], limit)


async def rotation(session: AsyncSession, id_: int) -> dict[str, Any]:
    row = await _one(session, _ROTATIONS.where(DutyRotation.id == id_))
    return _rotation(row, await _members(session, [id_]))


async def _members(session: AsyncSession, ids: list[int]) -> dict[int, list[dict[str, Any] | None]]:
    rows = await session.execute(
        select(RotationMember.rotation_id, Person.username, Person.name)
        .join(Person, Person.id == RotationMember.person_id)
        .where(RotationMember.rotation_id.in_(ids))
        .order_by(RotationMember.rotation_id, RotationMember.position)
    )
    found: dict[int, list[dict[str, Any] | None]] = {}
    for id_, username, name in rows:
        found.setdefault(id_, []).append(person(username, name))
    return found


def _rotation(row: Row[*tuple[Any, ...]], members: dict[int, list[dict[str, Any] | None]]) -> dict[str, Any]:
    one: DutyRotation = row.DutyRotation
    return {
        "id": one.id,
        "grid": row.grid,
        "role": row.role,
        "members": members[one.id],
        "shift_h": one.shift_h,
        "handover": one.handover.strftime("%H:%M"),
        "starts_on": one.starts_on.isoformat(),
        "since": instant(one.valid_from),
        "until": instant(one.valid_to),
        "reason": one.reason,
        "author": row.author,
        "created_at": instant(one.created_at),
        "ended_by": row.ender,
        "end_reason": one.end_reason,
    }


async def list_overrides(
    session: AsyncSession, grid_id: int, *, cursor: str | None, limit: int
) -> dict[str, Any]:
    """Of the grid's posts, the newest made first."""
    return await _listed(session, _OVERRIDES, DutyOverride.id, grid_id, _override, cursor, limit)


async def override(session: AsyncSession, id_: int) -> dict[str, Any]:
    return _override(await _one(session, _OVERRIDES.where(DutyOverride.id == id_)))


async def list_absences(
    session: AsyncSession, grid_id: int, *, cursor: str | None, limit: int
) -> dict[str, Any]:
    """Of the grid's posts, the newest made first."""
    return await _listed(session, _ABSENCES, DutyAbsence.id, grid_id, _absence, cursor, limit)


async def absence(session: AsyncSession, id_: int) -> dict[str, Any]:
    return _absence(await _one(session, _ABSENCES.where(DutyAbsence.id == id_)))


async def _listed(
    session: AsyncSession,
    statement: Select[*tuple[Any, ...]],
    key: InstrumentedAttribute[int],
    grid_id: int,
    shown: _Shown,
    cursor: str | None,
    limit: int,
) -> dict[str, Any]:
    statement = statement.where(DutyPost.grid_id == grid_id)
    if (last := decode_cursor(cursor, top=INTEGER_MAX)) is not None:
        statement = statement.where(key < last)
    rows = await session.execute(statement.order_by(key.desc()).limit(limit + 1))
    return page([shown(row) for row in rows], limit)


async def _one(session: AsyncSession, statement: Select[*tuple[Any, ...]]) -> Row[*tuple[Any, ...]]:
    found = await session.execute(statement.execution_options(populate_existing=True))
    row = found.one_or_none()
    if row is None:
        raise NotFound("nothing under this id")
    return row


def _override(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    return _spell(row, row.DutyOverride)


def _absence(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    return _spell(row, row.DutyAbsence) | {"stand_in": person(row.other, row.other_name)}


def _spell(row: Row[*tuple[Any, ...]], spell: DutyOverride | DutyAbsence) -> dict[str, Any]:
    return {
        "id": spell.id,
        "grid": row.grid,
        "role": row.role,
        "person": person(row.username, row.name),
        "since": instant(spell.starts_at),
        "until": instant(spell.ends_at),
        "reason": spell.reason,
        "author": row.author,
        "created_at": instant(spell.created_at),
        "cancelled_at": instant(spell.cancelled_at),
        "cancelled_by": row.ender,
        "cancel_reason": spell.cancel_reason,
    }
