"""The grid tree with the people who answer for each grid."""

from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.auth.scope import Scope
from app.views.paging import INTEGER_MAX, decode_cursor, encode_cursor
from models.registry import Duty, Grid, Person


async def list_grids(
    session: AsyncSession, *, scope: Scope, now: datetime, cursor: str | None = None, limit: int = 100
) -> dict[str, Any]:
    """A page of the grids in the scope, with names and roles of the people on duty, and no more of them."""
    parent = aliased(Grid)
    statement = (
        select(
            Grid.id,
            Grid.code,
            Grid.name,
            Grid.level,
            Grid.kind,
            Grid.aliases,
            Grid.boundary.isnot(None).label("has_boundary"),
            parent.code.label("parent"),
        )
        .outerjoin(parent, parent.id == Grid.parent_id)
        .where(scope.where(Grid.id), Grid.id > (decode_cursor(cursor, top=INTEGER_MAX) or 0))
        .order_by(Grid.id)
        .limit(limit + 1)
    )
    rows = (await session.execute(statement)).all()
    shown = rows[:limit]
    people = await _people(session, [row.id for row in shown], now=now)
    items = [
        {
            "code": row.code,
            "name": row.name,
            "level": row.level,
            "kind": row.kind,
            "parent": row.parent,
            "aliases": row.aliases,
            "has_boundary": row.has_boundary,
            "people": people.get(row.id, []),
        }
        for row in shown
    ]
    return {"items": items, "next_cursor": encode_cursor(shown[-1].id) if len(rows) > limit else None}


async def _people(
    session: AsyncSession, grid_ids: list[int], *, now: datetime
) -> dict[int, list[dict[str, str]]]:
    if not grid_ids:
        return {}
    statement = (
        select(Duty.grid_id, Duty.role, Person.name)
        .join(Person, Person.id == Duty.person_id)
        .where(
            Duty.grid_id.in_(grid_ids),
            Duty.valid_from <= now,
            or_(Duty.valid_to.is_(None), Duty.valid_to > now),
            Person.disabled_at.is_(None),
        )
        .order_by(Duty.id)
    )
    found: dict[int, list[dict[str, str]]] = {}
    for row in await session.execute(statement):
        found.setdefault(row.grid_id, []).append({"name": row.name, "role": row.role})
    return found
