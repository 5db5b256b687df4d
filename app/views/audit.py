"""The journal as it is looked through afterwards: by kind, person, grid, order and time, newest first.

Only ids are indexed with everything, so one page walks over so many events at most and says where to go on.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.auth.scope import Scope
from app.views.paging import decode_cursor, encode_cursor, instant
from models.journal import JournalEvent
from models.order import WorkOrder
from models.registry import Grid, Person

WALKED = 200_000
"""Events that one page looks at."""
SLACK = timedelta(minutes=10)
"""Ids are in the order of commits, instants nearly: a transaction that waited for the lock carries an earlier one."""
_Principal = aliased(Person)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; None leaves it open. `since` is inclusive, `until` is not; both of when it was written."""

    kind: str | None = None
    username: str | None = None
    grid_ids: frozenset[int] | None = None
    order: str | None = None
    since: datetime | None = None
    until: datetime | None = None


async def list_events(
    session: AsyncSession, *, scope: Scope, wanted: Wanted, cursor: str | None = None, limit: int = 50
) -> dict[str, Any]:
    """A page of the events in the scope, newest first; `walked_to` is set where it ended before the limit did."""
    head = int(await session.scalar(select(func.coalesce(func.max(JournalEvent.id), 0))) or 0)
    # `below` is exclusive, `floor` inclusive.
    below = head + 1 if wanted.until is None else await first_at(session, wanted.until + SLACK, head)
    if (last := decode_cursor(cursor)) is not None:
        below = min(below, last)
    floor = 1 if wanted.since is None else await first_at(session, wanted.since - SLACK, head)
    bottom = max(floor, below - WALKED) if wanted.order is None else floor
    statement = (
        select(
            JournalEvent,
            Grid.code.label("grid"),
            Grid.name.label("grid_name"),
            WorkOrder.number.label("number"),
            Person.username,
            Person.name.label("actor"),
            _Principal.name.label("on_behalf_of"),
        )
        .outerjoin(Grid, Grid.id == JournalEvent.grid_id)
        .outerjoin(WorkOrder, WorkOrder.id == JournalEvent.order_id)
        .outerjoin(Person, Person.id == JournalEvent.actor_id)
        .outerjoin(_Principal, _Principal.id == JournalEvent.on_behalf_of_id)
        .where(scope.where(JournalEvent.grid_id), JournalEvent.id < below, JournalEvent.id >= bottom)
    )
    if wanted.kind is not None:
        statement = statement.where(JournalEvent.kind == wanted.kind)
    if wanted.username is not None:
        person = select(Person.id).where(Person.username == wanted.username).scalar_subquery()
        statement = statement.where(JournalEvent.actor_id == person)
    if wanted.grid_ids is not None:
        statement = statement.where(JournalEvent.grid_id.in_(sorted(wanted.grid_ids)))
    if wanted.order is not None:
        order = select(WorkOrder.id).where(WorkOrder.number == wanted.order).scalar_subquery()
        statement = statement.where(JournalEvent.order_id == order)
    if wanted.since is not None:
        statement = statement.where(JournalEvent.recorded_at >= wanted.since)
    if wanted.until is not None:
        statement = statement.where(JournalEvent.recorded_at < wanted.until)
    rows = (await session.execute(statement.order_by(JournalEvent.id.desc()).limit(limit + 1))).all()
    items = [
        {
            "id": row.JournalEvent.id,
            "kind": row.JournalEvent.kind,
            "occurred_at": instant(row.JournalEvent.occurred_at),
            "recorded_at": instant(row.JournalEvent.recorded_at),
            "grid": row.grid,
            "grid_name": row.grid_name,
            "order_id": row.JournalEvent.order_id,
            "order_number": row.number,
            "alert_id": row.JournalEvent.alert_id,
            "username": row.username,
            "actor": row.actor,
            "on_behalf_of": row.on_behalf_of,
            "client_at": instant(row.JournalEvent.client_at),
            "data": row.JournalEvent.data,
            "hash": row.JournalEvent.hash.hex(),
        }
        for row in rows[:limit]
    ]
    if len(rows) > limit:
        return {"items": items, "next_cursor": encode_cursor(items[-1]["id"]), "walked": None}
    if bottom > floor:
        return {"items": items, "next_cursor": encode_cursor(bottom), "walked": WALKED}
    return {"items": items, "next_cursor": None, "walked": None}


async def first_at(session: AsyncSession, at: datetime, head: int) -> int:
    """The first id that was written at or after an instant, within a few minutes; one past the head if none was."""
    low, high = 1, head + 1
    while low < high:
        middle = (low + high) // 2
        found = await session.scalar(
            select(JournalEvent.recorded_at)
            .where(JournalEvent.id >= middle)
            .order_by(JournalEvent.id)
            .limit(1)
        )
        if found is None or found >= at:
            high = middle
        else:
            low = middle + 1
    return low
