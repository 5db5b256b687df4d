"""Units, what they lead for, and the conflict register as the API shows them."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.auth.scope import Scope
from app.views.paging import INTEGER_MAX, decode_cursor, instant, page
from app.views.roster import person
from models.bulk import fetch
from models.conflict import ConflictOfInterest
from models.errors import NotFound
from models.registry import Grid, Person, Source, Station
from models.unit import CategoryCoHandler, CategoryDuty, SourceCategory, Unit, UnitMember

_UNITS = select(Unit, Grid.code.label("grid")).join(Grid, Grid.id == Unit.grid_id)
_DUTIES = (
    select(CategoryDuty, SourceCategory.name.label("category"), Grid.code.label("grid"))
    .add_columns(Unit.code.label("unit"), Unit.name.label("unit_name"), Person.name.label("author"))
    .join(SourceCategory, SourceCategory.id == CategoryDuty.category_id)
    .join(Grid, Grid.id == CategoryDuty.grid_id)
    .join(Unit, Unit.id == CategoryDuty.lead_unit_id)
    .join(Person, Person.id == CategoryDuty.author_id)
)
_Declarer = aliased(Person)
_Ender = aliased(Person)
_CONFLICTS = (
    select(ConflictOfInterest, Person.username, Person.name)
    .add_columns(Source.code.label("source"), Station.code.label("station"), Grid.code.label("grid"))
    .add_columns(_Declarer.name.label("declarer"), _Ender.name.label("ender"))
    .join(Person, Person.id == ConflictOfInterest.person_id)
    .outerjoin(Source, Source.id == ConflictOfInterest.source_id)
    .outerjoin(Station, Station.id == ConflictOfInterest.station_id)
    .outerjoin(Grid, Grid.id == ConflictOfInterest.grid_id)
    .join(_Declarer, _Declarer.id == ConflictOfInterest.declared_by)
    .outerjoin(_Ender, _Ender.id == ConflictOfInterest.ended_by)
)


async def list_units(
    session: AsyncSession, scope: Scope, *, now: datetime, cursor: str | None, limit: int
) -> dict[str, Any]:
    """Units of the grids in the scope, by id."""
    statement = _UNITS.where(
        scope.where(Unit.grid_id), Unit.id > (decode_cursor(cursor, top=INTEGER_MAX) or 0)
    )
    rows = (await session.execute(statement.order_by(Unit.id).limit(limit + 1))).all()
    members = await _members(session, [row.Unit.id for row in rows], now)
    return page([_unit(row, members) for row in rows], limit)


async def unit(session: AsyncSession, code: str, *, now: datetime) -> dict[str, Any]:
    row = (await session.execute(_UNITS.where(Unit.code == code))).one()
    return _unit(row, await _members(session, [row.Unit.id], now))


async def _members(session: AsyncSession, ids: list[int], now: datetime) -> dict[int, list[dict[str, Any]]]:
    rows = await session.execute(
        select(UnitMember, Person.username, Person.name)
        .join(Person, Person.id == UnitMember.person_id)
        .where(UnitMember.unit_id.in_(ids), or_(UnitMember.valid_to.is_(None), UnitMember.valid_to > now))
        .order_by(UnitMember.id)
        .execution_options(populate_existing=True)
    )
    found: dict[int, list[dict[str, Any]]] = {}
    for member, username, name in rows:
        spell = {"since": instant(member.valid_from), "until": instant(member.valid_to)}
        found.setdefault(member.unit_id, []).append({"username": username, "name": name} | spell)
    return found


def _unit(row: Row[*tuple[Any, ...]], members: dict[int, list[dict[str, Any]]]) -> dict[str, Any]:
    one: Unit = row.Unit
    return {
        "id": one.id,
        "code": one.code,
        "name": one.name,
        "grid": row.grid,
        "members": members.get(one.id, []),
    }


async def list_category_duties(
    session: AsyncSession,
    scope: Scope,
    *,
    grid_ids: frozenset[int] | None,
    cursor: str | None,
    limit: int,
) -> dict[str, Any]:
    """Of the grids in the scope, the newest made first."""
    statement = _DUTIES.where(scope.where(CategoryDuty.grid_id))
    if grid_ids is not None:
        statement = statement.where(CategoryDuty.grid_id.in_(sorted(grid_ids)))
    if (last := decode_cursor(cursor, top=INTEGER_MAX)) is not None:
        statement = statement.where(CategoryDuty.id < last)
    rows = (await session.execute(statement.order_by(CategoryDuty.id.desc()).limit(limit + 1))).all()
    others = await _co_handlers(session, [row.CategoryDuty.id for row in rows])
    return page([_duty(row, others) for row in rows], limit)


async def category_duty(session: AsyncSession, id_: int) -> dict[str, Any]:
    statement = _DUTIES.where(CategoryDuty.id == id_).execution_options(populate_existing=True)
    row = (await session.execute(statement)).one()
    return _duty(row, await _co_handlers(session, [id_]))


async def _co_handlers(session: AsyncSession, ids: list[int]) -> dict[int, list[dict[str, str]]]:
    rows = await session.execute(
        select(CategoryCoHandler.duty_id, Unit.code, Unit.name)
        .join(Unit, Unit.id == CategoryCoHandler.unit_id)
        .where(CategoryCoHandler.duty_id.in_(ids))
        .order_by(CategoryCoHandler.duty_id, Unit.code)
    )
    found: dict[int, list[dict[str, str]]] = {}
    for id_, code, name in rows:
        found.setdefault(id_, []).append({"code": code, "name": name})
    return found


def _duty(row: Row[*tuple[Any, ...]], others: dict[int, list[dict[str, str]]]) -> dict[str, Any]:
    one: CategoryDuty = row.CategoryDuty
    return {
        "id": one.id,
        "category": row.category,
        "grid": row.grid,
        "lead": {"code": row.unit, "name": row.unit_name},
        "co_handlers": others.get(one.id, []),
        "since": instant(one.valid_from),
        "until": instant(one.valid_to),
        "reason": one.reason,
        "author": row.author,
        "created_at": instant(one.created_at),
    }


async def list_conflicts(
    session: AsyncSession, *, only: int | None, cursor: str | None, limit: int
) -> dict[str, Any]:
    """The newest first; with `only`, those of one person."""
    statement = _CONFLICTS
    if only is not None:
        statement = statement.where(ConflictOfInterest.person_id == only)
    if (last := decode_cursor(cursor, top=INTEGER_MAX)) is not None:
        statement = statement.where(ConflictOfInterest.id < last)
    rows = await session.execute(statement.order_by(ConflictOfInterest.id.desc()).limit(limit + 1))
    return page([_conflict(row) for row in rows], limit)


async def conflict(session: AsyncSession, id_: int) -> dict[str, Any]:
    statement = _CONFLICTS.where(ConflictOfInterest.id == id_).execution_options(populate_existing=True)
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise NotFound(f"no conflict {id_}")
    return _conflict(row)


def _conflict(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    one: ConflictOfInterest = row.ConflictOfInterest
    return {
        "id": one.id,
        "person": person(row.username, row.name),
        "source": row.source,
        "station": row.station,
        "grid": row.grid,
        "since": instant(one.valid_from),
        "until": instant(one.valid_to),
        "reason": one.reason,
        "declared_by": row.declarer,
        "declared_at": instant(one.declared_at),
        "ended_at": instant(one.ended_at),
        "ended_by": row.ender,
        "end_reason": one.end_reason,
    }


async def subject_ids(
    session: AsyncSession, *, source: str | None, station: str | None, grid: str | None
) -> tuple[int | None, int | None, int | None]:
    """Ids of the subjects named by their codes; raises NotFound for an unknown one."""
    found: list[int | None] = []
    for table, code in ((Source, source), (Station, station), (Grid, grid)):
        id_ = None if code is None else await session.scalar(select(table.id).where(table.code == code))
        if code is not None and id_ is None:
            raise NotFound(f"no {table.__tablename__} {code}")
        found.append(id_)
    return found[0], found[1], found[2]


async def categories(session: AsyncSession, *, most: int = 500) -> list[str]:
    """The categories that an order may be given: those of registered sources, and those somebody leads for."""
    rows = await fetch(
        session,
        "SELECT category FROM source WHERE category IS NOT NULL UNION SELECT name FROM source_category"
        " ORDER BY 1 LIMIT $1",
        most,
    )
    return [str(name) for (name,) in rows]
