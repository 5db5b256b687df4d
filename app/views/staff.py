"""The people of the registry, for those who administer it: who may sign in, with which duties, past ones too."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.scope import Scope
from app.views.paging import INTEGER_MAX, decode_cursor, instant, page
from models.errors import NotFound
from models.journal import ApiKey
from models.registry import Duty, DutyCover, Grid, Person

DUTIES = 200
"""Of one person on one page; the newest."""


async def list_people(
    session: AsyncSession,
    *,
    scope: Scope,
    now: datetime,
    text: str = "",
    grid_ids: frozenset[int] | None = None,
    role: str = "",
    disabled: bool | None = None,
    cursor: str | None = None,
    limit: int = 100,
) -> dict[str, Any]:
    """A page of people in the order they came, each with the duties in force or to come.

    `grid_ids` and `role` ask for a duty that is both; who has no duty at all is seen by who sees everything.
    """
    live = (Duty.person_id == Person.id) & or_(Duty.valid_to.is_(None), Duty.valid_to > now)
    statement = (
        select(
            Person.id,
            Person.username,
            Person.name,
            Person.phone,
            Person.disabled_at,
            Person.last_signed_in_at,
        )
        .add_columns(Person.password_hash.isnot(None).label("has_password"))
        .where(Person.id > (decode_cursor(cursor, top=INTEGER_MAX) or 0))
        .order_by(Person.id)
        .limit(limit + 1)
    )
    if text:
        like = f"%{_literal(text)}%"
        statement = statement.where(or_(Person.name.ilike(like), Person.username.ilike(like)))
    if scope.grid_ids is not None:
        statement = statement.where(exists().where(live, scope.where(Duty.grid_id)))
    if grid_ids is not None or role:
        wanted = live
        if grid_ids is not None:
            wanted &= Duty.grid_id.in_(sorted(grid_ids))
        if role:
            wanted &= Duty.role == role
        statement = statement.where(exists().where(wanted))
    if disabled is not None:
        statement = statement.where(
            Person.disabled_at.isnot(None) if disabled else Person.disabled_at.is_(None)
        )
    rows = (await session.execute(statement)).all()
    duties = await _duties(session, [row.id for row in rows[:limit]], scope=scope, now=now)
    items = [
        {
            "id": row.id,
            "username": row.username,
            "name": row.name,
            "phone": row.phone,
            "disabled_at": instant(row.disabled_at),
            "has_password": row.has_password,
            "last_signed_in_at": instant(row.last_signed_in_at),
            "duties": duties.get(row.id, []),
        }
        for row in rows
    ]
    return page(items, limit)


async def person_document(
    session: AsyncSession, person_id: int, *, scope: Scope, now: datetime
) -> dict[str, Any]:
    """One person with every duty there was, and the API keys that work; raises NotFound outside the scope."""
    row = await session.get(Person, person_id)
    duties = (await _duties(session, [person_id], scope=scope, now=now, past=True)).get(person_id, [])
    if row is None or (scope.grid_ids is not None and not duties):
        raise NotFound(f"no person {person_id}")
    keys = await session.execute(
        select(ApiKey.id, ApiKey.name, ApiKey.created_at)
        .where(ApiKey.person_id == person_id, ApiKey.revoked_at.is_(None))
        .order_by(ApiKey.id.desc())
    )
    return {
        "id": row.id,
        "username": row.username,
        "name": row.name,
        "phone": row.phone,
        "disabled_at": instant(row.disabled_at),
        "has_password": row.password_hash is not None,
        "last_signed_in_at": instant(row.last_signed_in_at),
        "duties": duties,
        "api_keys": [{"id": key.id, "name": key.name, "created_at": instant(key.created_at)} for key in keys],
    }


async def _duties(
    session: AsyncSession, person_ids: Sequence[int], *, scope: Scope, now: datetime, past: bool = False
) -> dict[int, list[dict[str, Any]]]:
    """By person; the newest first."""
    statement = (
        select(Duty, Grid.code, Grid.name.label("grid_name"))
        .join(Grid, Grid.id == Duty.grid_id)
        .where(Duty.person_id.in_(person_ids), scope.where(Duty.grid_id))
        .order_by(Duty.valid_from.desc(), Duty.id.desc())
    )
    statement = (
        statement.limit(DUTIES)
        if past
        else statement.where(or_(Duty.valid_to.is_(None), Duty.valid_to > now))
    )
    rows = (await session.execute(statement)).all()
    covers = await covered(session, [duty.id for duty, _, _ in rows])
    found: dict[int, list[dict[str, Any]]] = {}
    for duty, code, name in rows:
        found.setdefault(duty.person_id, []).append(duty_document(duty, code, name, covers, now=now))
    return found


async def covered(session: AsyncSession, duty_ids: Sequence[int]) -> dict[int, list[tuple[str, str]]]:
    """Code and name of the grids that sub-chiefs answer for, by duty."""
    statement = (
        select(DutyCover.duty_id, Grid.code, Grid.name)
        .join(Grid, Grid.id == DutyCover.grid_id)
        .where(DutyCover.duty_id.in_(duty_ids))
        .order_by(Grid.code)
    )
    found: dict[int, list[tuple[str, str]]] = {}
    for duty_id, code, name in await session.execute(statement):
        found.setdefault(duty_id, []).append((code, name))
    return found


def duty_document(
    duty: Duty, grid: str, grid_name: str, covers: Mapping[int, Sequence[tuple[str, str]]], *, now: datetime
) -> dict[str, Any]:
    """A duty with whether it is `past`, `in_force` or `coming`."""
    state = "in_force"
    if duty.valid_to is not None and duty.valid_to <= now:
        state = "past"
    elif duty.valid_from > now:
        state = "coming"
    return {
        "id": duty.id,
        "grid": grid,
        "grid_name": grid_name,
        "role": duty.role,
        "post": duty.post,
        "full_time": duty.full_time,
        "covers": [{"code": code, "name": name} for code, name in covers.get(duty.id, ())],
        "from": instant(duty.valid_from),
        "to": instant(duty.valid_to),
        "state": state,
    }


def _literal(text: str) -> str:
    """The text as LIKE finds it, with nothing that stands for something else."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
