"""Departments and what they lead for; the category of an order."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.permissions import HANDLERS, REVIEWERS, permit_role
from app.auth.scope import Caller
from app.feed_events import instant
from app.flows.held import held, unchanged
from app.pipeline import Pipeline
from app.registry.directory import GridInfo
from dispatch import recusal, units
from dispatch.units import UnitRow
from models.clock import Clock
from models.enums import EventKind
from models.errors import ForbiddenTransition, NotFound
from models.facts import Told
from models.ids import PersonId
from sla import service as sla


async def add_unit(
    pipeline: Pipeline,
    session: AsyncSession,
    grid: GridInfo,
    *,
    code: str,
    name: str,
    caller: Caller,
    clock: Clock,
) -> None:
    now = clock.now()
    await units.add_unit(session, grid.id, code=code, name=name, by=PersonId(caller.id), now=now)
    await _tell(pipeline, session, grid, "unit", "made", {"unit": code, "name": name}, caller, now)


async def add_member(
    pipeline: Pipeline,
    session: AsyncSession,
    unit: UnitRow,
    *,
    person: PersonId,
    username: str,
    since: datetime | None,
    until: datetime | None,
    caller: Caller,
    clock: Clock,
) -> None:
    """The person works for the held unit from then on."""
    now = clock.now()
    begins = now if since is None else max(since, now)
    await units.add_member(session, unit, person, since=begins, until=until, by=PersonId(caller.id), now=now)
    detail = {"unit": unit.code, "person": username, "from": instant(begins)}
    detail |= {} if until is None else {"until": instant(until)}
    await _tell(pipeline, session, _grid(pipeline, unit), "unit_member", "made", detail, caller, now)


async def end_member(
    pipeline: Pipeline,
    session: AsyncSession,
    unit: UnitRow,
    *,
    person: PersonId,
    username: str,
    reason: str,
    caller: Caller,
    clock: Clock,
) -> None:
    now = clock.now()
    await units.end_member(session, unit, person, now=now)
    detail = {"unit": unit.code, "person": username, "reason": reason}
    await _tell(pipeline, session, _grid(pipeline, unit), "unit_member", "ended", detail, caller, now)


async def lead(
    pipeline: Pipeline,
    session: AsyncSession,
    grid: GridInfo,
    *,
    category: str,
    unit: str,
    co_handlers: Sequence[str],
    since: datetime | None,
    until: datetime | None,
    reason: str,
    caller: Caller,
    clock: Clock,
) -> int:
    """Which unit leads for a category in a grid and below; gives its id."""
    category_id = await units.hold_category(session, category)
    now = clock.now()
    begins = now if since is None else max(since, now)
    id_ = await units.lead(
        session, category_id, grid.id, unit=unit, co_handlers=co_handlers, since=begins, until=until,
        reason=reason, by=PersonId(caller.id), now=now,
    )  # fmt: skip
    detail: dict[str, Any] = {"id": id_, "category": category, "lead": unit, "co_handlers": list(co_handlers)}
    detail |= {"from": instant(begins), "reason": reason} | (
        {} if until is None else {"until": instant(until)}
    )
    await _tell(pipeline, session, grid, "category_duty", "made", detail, caller, now)
    return id_


async def end_lead(
    pipeline: Pipeline,
    session: AsyncSession,
    grid: GridInfo,
    id_: int,
    *,
    reason: str,
    caller: Caller,
    clock: Clock,
) -> None:
    now = clock.now()
    await units.end_lead(session, id_, now=now)
    await _tell(pipeline, session, grid, "category_duty", "ended", {"id": id_, "reason": reason}, caller, now)


async def categorise(
    pipeline: Pipeline,
    session: AsyncSession,
    order_id: int,
    category: str,
    *,
    caller: Caller,
    expected_version: int | None,
    clock: Clock,
) -> None:
    """Sets the category of an order that is not closed, and with it the units that handle it."""
    order = await held(session, order_id, caller)
    permit_role(
        caller, (*HANDLERS, *REVIEWERS), order.grid_id, pipeline.directory, act="setting the category"
    )
    unchanged(order, expected_version)
    if order.state.final:
        raise ForbiddenTransition(f"an order that is {order.state.value} keeps its category")
    now = await sla.not_before(session, order.id, clock.now())
    await recusal.demand_neither(session, order.id, PersonId(caller.id), now)
    found = await units.categorise(session, order, category, now=now)
    told = units.categorised(order, category, found, by=PersonId(caller.id), name=caller.name, now=now)
    await pipeline.told(session, [told], now=now)


def _grid(pipeline: Pipeline, unit: UnitRow) -> GridInfo:
    grid = pipeline.directory.grid(unit.grid_id)
    if grid is None:
        raise NotFound("no such unit")
    return grid


async def _tell(
    pipeline: Pipeline,
    session: AsyncSession,
    grid: GridInfo,
    what: str,
    change: str,
    detail: dict[str, Any],
    caller: Caller,
    now: datetime,
) -> None:
    told = Told(
        EventKind.DUTY_CHANGED, grid.id, grid.code, now, PersonId(caller.id), caller.name,
        {"what": what, "change": change} | detail,
    )  # fmt: skip
    await pipeline.told(session, [told], now=now)
