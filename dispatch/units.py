"""Departments 管行业必须管环保: who works for them, what they lead for, and which orders they handle."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from dispatch import repository as orders
from dispatch import unit_repository as repository
from dispatch.addressing import UnitRef
from dispatch.categories import OF_CAUSE
from dispatch.repository import OrderRow
from dispatch.unit_repository import UnitRow
from models.enums import CauseCode, EventKind
from models.errors import ForbiddenTransition, Invalid, NotFound, Overlap
from models.facts import OrderTold
from models.ids import GridId, PersonId

__all__ = ["UnitRow"]


async def hold_unit(session: AsyncSession, code: str) -> UnitRow:
    found = await repository.hold_unit(session, code)
    if found is None:
        raise NotFound(f"no unit {code}")
    return found


async def add_unit(
    session: AsyncSession, grid_id: GridId, *, code: str, name: str, by: PersonId, now: datetime
) -> None:
    values = {"code": code, "name": name, "grid_id": grid_id, "created_at": now, "created_by": by}
    if await repository.add_unit(session, **values) is None:
        raise Overlap(f"the code {code} is taken", field="code")


async def add_member(
    session: AsyncSession,
    unit: UnitRow,
    person: PersonId,
    *,
    since: datetime,
    until: datetime | None,
    by: PersonId,
    now: datetime,
) -> None:
    """On a held unit; refused while the person works for it already."""
    if until is not None and until <= since:
        raise Invalid("it ends before it begins, or has been", field="until")
    if await repository.member_within(session, unit.id, person, since, until):
        raise Overlap("this person works for the unit already at that time")
    await repository.add_member(
        session, unit_id=unit.id, person_id=person, valid_from=since, valid_to=until, author_id=by
    )


async def end_member(session: AsyncSession, unit: UnitRow, person: PersonId, *, now: datetime) -> None:
    if not await repository.end_member(session, unit.id, person, now):
        raise ForbiddenTransition("this person does not work for the unit")


async def hold_category(session: AsyncSession, name: str) -> int:
    return await repository.hold_category(session, name)


async def lead(
    session: AsyncSession,
    category_id: int,
    grid_id: GridId,
    *,
    unit: str,
    co_handlers: Sequence[str],
    since: datetime,
    until: datetime | None,
    reason: str,
    by: PersonId,
    now: datetime,
) -> int:
    """Says who leads for a held category; refused while somebody else does."""
    if until is not None and until <= since:
        raise Invalid("it ends before it begins, or has been", field="until")
    if unit in co_handlers or len(set(co_handlers)) != len(co_handlers):
        raise Invalid("a unit is named twice", field="co_handlers")
    known = await repository.unit_ids(session, [unit, *co_handlers], grid_id)
    if missing := [code for code in (unit, *co_handlers) if code not in known]:
        raise Invalid(
            f"no unit {missing[0]} of this grid or the one above it",
            field="lead" if missing[0] == unit else "co_handlers",
        )
    if (other := await repository.duty_within(session, category_id, grid_id, since, until)) is not None:
        raise Overlap(f"{other} says already who leads at that time", category_duty=other)
    return await repository.add_duty(
        session, [known[code] for code in co_handlers], category_id=category_id, grid_id=grid_id,
        lead_unit_id=known[unit], valid_from=since, valid_to=until, reason=reason, author_id=by, created_at=now,
    )  # fmt: skip


async def find_lead(session: AsyncSession, id_: int) -> GridId:
    """The grid it is said of."""
    found = await repository.find_duty(session, id_)
    if found is None:
        raise NotFound(f"no category duty {id_}")
    return found[0]


async def end_lead(session: AsyncSession, id_: int, *, now: datetime) -> None:
    if not await repository.end_duty(session, id_, now):
        raise ForbiddenTransition(f"category duty {id_} is over")


async def demand_category(session: AsyncSession, name: str) -> None:
    """Raises Invalid for a category that no source has and nobody leads for."""
    if not await repository.category_exists(session, name):
        raise Invalid("no source of the registry is of this category", field="category")


async def categorise(
    session: AsyncSession, order: OrderRow, category: str, *, now: datetime
) -> tuple[UnitRef, ...]:
    """Sets the category of a locked order; gives the units that now handle it, the lead first."""
    await demand_category(session, category)
    return await _bring_in(session, order, category, now)


async def by_cause(
    session: AsyncSession, order: OrderRow, cause: CauseCode, *, now: datetime
) -> tuple[str, tuple[UnitRef, ...]] | None:
    """The same by the cause found on site; None where that says none, or the order has a category already.

    What a person or the evidence has said is changed by a person alone. `order` is as it was locked.
    """
    if await repository.category_of(session, order.id) is not None:
        return None
    category = await repository.first_known(session, OF_CAUSE[cause], order.grid_id, now)
    return None if category is None else (category, await _bring_in(session, order, category, now))


def categorised(
    order: OrderRow, category: str, found: Sequence[UnitRef], *, by: PersonId, name: str, now: datetime,
    **more: str,
) -> OrderTold:  # fmt: skip
    """What the feed hears of it."""
    detail: dict[str, Any] = {"category": category} | more
    names = [unit.name for unit in found]
    detail |= {"lead": names[0], "co_handlers": names[1:]} if names else {"no_lead_unit": True}
    members = [m for unit in found for m in unit.members]
    detail["recipients"] = [{"username": m.username, "name": m.name, "role": m.role} for m in members]
    return OrderTold(
        EventKind.ORDER_CATEGORISED, order.id, order.number, order.grid_id, order.grid_code, now, by, name, detail,
        hears=tuple((m.id, m.role) for m in members),
    )  # fmt: skip


async def _bring_in(
    session: AsyncSession, order: OrderRow, category: str, now: datetime
) -> tuple[UnitRef, ...]:
    grids = await orders.grids(session, [order.grid_id])
    above = {g: parent for g, (_, _, parent) in grids.items()}
    found = (await repository.units_for(session, [(category, order.grid_id)], above, now))[
        category, order.grid_id
    ]
    await repository.set_units(session, [(order.id, found)], now=now)
    await orders.save_state(session, order, category=category)
    return found
