"""SQL of units, of who leads for a category, and of the units of an order."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.addressing import UnitRef
from models.bulk import fetch
from models.enums import UnitPart
from models.facts import Recipient
from models.ids import GridId, OrderId, PersonId
from models.order import WorkOrder
from models.unit import CategoryCoHandler, CategoryDuty, SourceCategory, Unit, UnitMember

_IN_FORCE = "x.valid_from <= $1 AND (x.valid_to IS NULL OR x.valid_to > $1)"
_LEADS = f"""
SELECT c.name, x.grid_id, u.unit_id, u.part
  FROM category_duty x JOIN source_category c ON c.id = x.category_id
  CROSS JOIN LATERAL (SELECT x.lead_unit_id, 'lead' UNION ALL
                      SELECT o.unit_id, 'co_handler' FROM category_co_handler o WHERE o.duty_id = x.id
                     ) AS u(unit_id, part)
 WHERE {_IN_FORCE} AND c.name = ANY($2::text[]) AND x.grid_id = ANY($3::int[])
"""
_MEMBERS = f"""
SELECT u.id, u.name, p.id, p.username, p.name
  FROM unit u
  LEFT JOIN (SELECT x.id, unit_id, person_id FROM unit_member x WHERE {_IN_FORCE}) m ON m.unit_id = u.id
  LEFT JOIN person p ON p.id = m.person_id AND p.disabled_at IS NULL
 WHERE u.id = ANY($2::int[]) ORDER BY u.id, m.id
"""
_FIRST = f"""
SELECT n.name FROM unnest($2::text[]) WITH ORDINALITY AS n(name, place)
  LEFT JOIN source_category c ON c.name = n.name
 WHERE c.id IS NOT NULL OR EXISTS (SELECT 1 FROM source s WHERE s.category = n.name)
 ORDER BY EXISTS (SELECT 1 FROM category_duty x JOIN grid g ON g.id = $3 AND x.grid_id IN (g.id, g.parent_id)
                   WHERE x.category_id = c.id AND {_IN_FORCE}) DESC, n.place
 LIMIT 1
"""


async def units_for(
    session: AsyncSession,
    asked: Collection[tuple[str, GridId]],
    above: dict[GridId, GridId | None],
    at: datetime,
) -> dict[tuple[str, GridId], tuple[UnitRef, ...]]:
    """By category and grid: who handles it there, the lead first. What the grid does not say, the one above does."""
    if not asked:
        return {}
    grids = {g for _, g in asked} | {a for _, g in asked if (a := above.get(g)) is not None}
    said: dict[tuple[str, int], list[tuple[int, str]]] = {}
    for category, grid, unit, part in await fetch(
        session, _LEADS, at, sorted({c for c, _ in asked}), sorted(grids)
    ):
        said.setdefault((category, grid), []).append((unit, part))
    found = await _units(session, {unit for parts in said.values() for unit, _ in parts}, at)
    result = {}
    for category, grid in asked:
        parts = said.get((category, grid)) or said.get((category, above.get(grid) or grid)) or []
        ordered = sorted(parts, key=lambda p: (p[1] != UnitPart.LEAD, p[0]))
        result[category, grid] = tuple(_ref(found[unit], unit, UnitPart(part)) for unit, part in ordered)
    return result


async def _units(
    session: AsyncSession, ids: Collection[int], at: datetime
) -> dict[int, tuple[str, list[tuple[int, str, str]]]]:
    units: dict[int, tuple[str, list[tuple[int, str, str]]]] = {}
    for unit, name, person, username, called in (
        await fetch(session, _MEMBERS, at, sorted(ids)) if ids else ()
    ):
        members = units.setdefault(unit, (name, []))[1]
        if person is not None:
            members.append((person, username, called))
    return units


def _ref(unit: tuple[str, list[tuple[int, str, str]]], id_: int, part: UnitPart) -> UnitRef:
    name, members = unit
    return UnitRef(id_, name, part, tuple(Recipient(PersonId(p), u, n, part.value) for p, u, n in members))


async def set_units(
    session: AsyncSession, orders: Sequence[tuple[OrderId, Sequence[UnitRef]]], *, now: datetime
) -> None:
    """The units of each of these orders, in the place of those it had."""
    ids = [order for order, _ in orders]
    await fetch(session, "DELETE FROM order_unit WHERE order_id = ANY($1::bigint[])", ids)
    rows = [(order, unit.id, unit.part.value) for order, units in orders for unit in units]
    if rows:
        await fetch(
            session,
            "INSERT INTO order_unit (order_id, unit_id, part, since)"
            " SELECT o, u, p, $4 FROM unnest($1::bigint[], $2::int[], $3::text[]) AS t(o, u, p)",
            [row[0] for row in rows],
            [row[1] for row in rows],
            [row[2] for row in rows],
            now,
        )


async def category_exists(session: AsyncSession, name: str) -> bool:
    """Whether the registry has a source of it, or somebody answers for it."""
    rows = await fetch(
        session,
        "SELECT 1 WHERE EXISTS (SELECT 1 FROM source WHERE category = $1)"
        " OR EXISTS (SELECT 1 FROM source_category WHERE name = $1)",
        name,
    )
    return bool(rows)


async def category_of(session: AsyncSession, order_id: OrderId) -> str | None:
    found: str | None = await session.scalar(select(WorkOrder.category).where(WorkOrder.id == order_id))
    return found


async def first_known(
    session: AsyncSession, names: Sequence[str], grid_id: GridId, at: datetime
) -> str | None:
    """Of several names the first that somebody leads for there at `at`, else the first that there is at all."""
    rows = await fetch(session, _FIRST, at, list(names), grid_id) if names else ()
    return rows[0][0] if rows else None


@dataclass(frozen=True, slots=True)
class UnitRow:
    id: int
    code: str
    name: str
    grid_id: GridId


async def hold_unit(session: AsyncSession, code: str) -> UnitRow | None:
    """A unit, held: what is said about its members is said one after the other."""
    row = (
        await session.scalars(select(Unit).where(Unit.code == code).with_for_update(key_share=True))
    ).first()
    return None if row is None else UnitRow(row.id, row.code, row.name, GridId(row.grid_id))


async def add_unit(session: AsyncSession, **values: Any) -> int | None:
    """None when the code is taken."""
    statement = pg_insert(Unit).values(**values).on_conflict_do_nothing().returning(Unit.id)
    return await session.scalar(statement)


async def unit_ids(session: AsyncSession, codes: Sequence[str], grid_id: GridId) -> dict[str, int]:
    """Of the units of the grid and of the one above it."""
    rows = await fetch(
        session,
        "SELECT u.code, u.id FROM unit u JOIN grid g ON g.id = $2"
        " WHERE u.code = ANY($1::text[]) AND u.grid_id IN (g.id, g.parent_id)",
        sorted(set(codes)),
        grid_id,
    )
    return {row.code: row.id for row in rows}


async def member_within(
    session: AsyncSession, unit_id: int, person_id: PersonId, since: datetime, until: datetime | None
) -> bool:
    rows = await fetch(
        session,
        "SELECT 1 FROM unit_member WHERE unit_id = $1 AND person_id = $2"
        " AND tstzrange(valid_from, valid_to) && tstzrange($3, $4)",
        unit_id,
        person_id,
        since,
        until,
    )
    return bool(rows)


async def add_member(session: AsyncSession, **values: Any) -> None:
    await session.execute(insert(UnitMember).values(**values))


async def end_member(session: AsyncSession, unit_id: int, person_id: PersonId, now: datetime) -> bool:
    """False when the person does not work for it now or later."""
    rows = await fetch(
        session,
        "UPDATE unit_member SET valid_to = greatest(valid_from, $3) WHERE unit_id = $1 AND person_id = $2"
        " AND (valid_to IS NULL OR valid_to > greatest(valid_from, $3)) RETURNING id",
        unit_id,
        person_id,
        now,
    )
    return bool(rows)


async def hold_category(session: AsyncSession, name: str) -> int:
    """A category, held; it comes into being with the first that is said of it."""
    await session.execute(pg_insert(SourceCategory).values(name=name).on_conflict_do_nothing())
    rows = await session.scalars(
        select(SourceCategory).where(SourceCategory.name == name).with_for_update(key_share=True)
    )
    return rows.one().id


async def duty_within(
    session: AsyncSession, category_id: int, grid_id: GridId, since: datetime, until: datetime | None
) -> int | None:
    rows = await fetch(
        session,
        "SELECT id FROM category_duty WHERE category_id = $1 AND grid_id = $2"
        " AND tstzrange(valid_from, valid_to) && tstzrange($3, $4) ORDER BY valid_from LIMIT 1",
        category_id,
        grid_id,
        since,
        until,
    )
    return int(rows[0][0]) if rows else None


async def add_duty(session: AsyncSession, co_handlers: Sequence[int], **values: Any) -> int:
    id_ = (
        await session.execute(insert(CategoryDuty).values(**values).returning(CategoryDuty.id))
    ).scalar_one()
    if co_handlers:
        await session.execute(
            insert(CategoryCoHandler), [{"duty_id": id_, "unit_id": unit} for unit in co_handlers]
        )
    return id_


async def find_duty(session: AsyncSession, id_: int) -> tuple[GridId, str] | None:
    """Grid and category."""
    rows = await fetch(
        session,
        "SELECT d.grid_id, c.name FROM category_duty d JOIN source_category c ON c.id = d.category_id WHERE d.id = $1",
        id_,
    )
    return (GridId(rows[0][0]), rows[0][1]) if rows else None


async def end_duty(session: AsyncSession, id_: int, now: datetime) -> bool:
    """False when it is over already."""
    rows = await fetch(
        session,
        "UPDATE category_duty SET valid_to = greatest(valid_from, $2) WHERE id = $1"
        " AND (valid_to IS NULL OR valid_to > greatest(valid_from, $2)) RETURNING id",
        id_,
        now,
    )
    return bool(rows)
