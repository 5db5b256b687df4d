"""The registry as those who keep it read it: the tree, one grid with everything in it, one station."""

from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.auth.scope import Scope
from app.registry.editor import grid_mark, station_mark
from app.views.paging import INTEGER_MAX, decode_cursor, instant, page
from app.views.staff import covered, duty_document
from models.errors import NotFound
from models.registry import Duty, Grid, Person, Source, Station

LISTED = 200
"""Duties, stations and sources on one grid's page."""


async def list_below(
    session: AsyncSession,
    parent: str | None,
    *,
    scope: Scope,
    now: datetime,
    cursor: str | None = None,
    limit: int = 100,
) -> dict[str, Any]:
    """A page of the grids directly below a grid, or of levels 1 and 2, each with what stands in it."""
    above = aliased(Grid)
    live = (Duty.valid_from <= now) & or_(Duty.valid_to.is_(None), Duty.valid_to > now)
    below = aliased(Grid)
    statement = (
        select(
            Grid.id,
            Grid.code,
            Grid.name,
            Grid.level,
            Grid.kind,
            above.code.label("parent"),
            Grid.boundary.isnot(None).label("has_boundary"),
            select(func.count()).where(below.parent_id == Grid.id).scalar_subquery().label("grids"),
            select(func.count())
            .where(Station.grid_id == Grid.id, Station.retired_at.is_(None))
            .scalar_subquery()
            .label("stations"),
            select(func.count(Duty.person_id.distinct()))
            .join(Person, Person.id == Duty.person_id)
            .where(Duty.grid_id == Grid.id, live, Person.disabled_at.is_(None))
            .scalar_subquery()
            .label("people"),
        )
        .outerjoin(above, above.id == Grid.parent_id)
        .where(scope.where(Grid.id), Grid.id > (decode_cursor(cursor, top=INTEGER_MAX) or 0))
        .limit(limit + 1)
    )
    if parent is None:
        statement = statement.where(Grid.level <= 2).order_by(Grid.level, Grid.code).limit(None)
        rows = [row._asdict() for row in await session.execute(statement)]
        return {"items": rows, "next_cursor": None}
    statement = statement.where(above.code == parent).order_by(Grid.id)
    return page([row._asdict() for row in await session.execute(statement)], limit)


async def grid_document(session: AsyncSession, code: str, *, scope: Scope, now: datetime) -> dict[str, Any]:
    """One grid with its duties, past and to come, its stations and sources; raises NotFound outside the scope."""
    row = await session.scalar(select(Grid).where(Grid.code == code, scope.where(Grid.id)))
    if row is None:
        raise NotFound(f"no grid {code}")
    parent = await session.get(Grid, row.parent_id) if row.parent_id else None
    found = await session.execute(
        select(Duty, Person.id, Person.name, Person.username, Person.disabled_at)
        .join(Person, Person.id == Duty.person_id)
        .where(Duty.grid_id == row.id)
        # What is over comes last.
        .order_by(Duty.valid_to.isnot(None) & (Duty.valid_to <= now), Duty.valid_from.desc(), Duty.id)
        .limit(LISTED)
    )
    duties = found.all()
    covers = await covered(session, [duty.id for duty, *_ in duties])
    stations = await session.scalars(
        select(Station)
        .where(Station.grid_id == row.id)
        .order_by(Station.retired_at.isnot(None), Station.code)
        .limit(LISTED)
    )
    sources = await session.scalars(
        select(Source).where(Source.grid_id == row.id).order_by(Source.code).limit(LISTED)
    )
    return {
        "code": row.code,
        "name": row.name,
        "level": row.level,
        "kind": row.kind,
        "aliases": list(row.aliases),
        "parent": parent.code if parent else None,
        "parent_name": parent.name if parent else None,
        "has_boundary": row.boundary is not None,
        "seen": grid_mark(row),
        "duties": [
            duty_document(duty, row.code, row.name, covers, now=now)
            | {"person_id": id_, "person": name, "username": username, "disabled": disabled is not None}
            for duty, id_, name, username, disabled in duties
        ],
        "stations": [_station(one) for one in stations],
        "sources": [
            {
                "code": one.code,
                "name": one.name,
                "category": one.category,
                "pollutants": list(one.pollutants),
                "lon": one.lon,
                "lat": one.lat,
            }
            for one in sources
        ],
    }


async def registered_station(session: AsyncSession, code: str, *, scope: Scope) -> dict[str, Any]:
    """One station as the registry has it, retired ones too; raises NotFound outside the scope."""
    found = await session.execute(
        select(Station, Grid.code, Grid.name)
        .join(Grid, Grid.id == Station.grid_id)
        .where(Station.code == code, scope.where(Station.grid_id))
    )
    one = found.first()
    if one is None:
        raise NotFound(f"no station {code}")
    station, grid, grid_name = one
    return _station(station) | {"grid": grid, "grid_name": grid_name, "seen": station_mark(station)}


def _station(row: Station) -> dict[str, Any]:
    return {
        "code": row.code,
        "name": row.name,
        "kind": row.kind,
        "purpose": row.purpose,
        "lon": row.lon,
        "lat": row.lat,
        "cadence_s": row.cadence_s,
        "has_secret": row.secret_hash is not None,
        "retired_at": instant(row.retired_at),
    }
