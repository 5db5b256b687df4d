"""Puts what became of clocks onto the events that caused it, so that a board can be kept from the feed alone."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.journal import Entry
from models.bulk import fetch
from models.enums import EventKind
from sla.changes import ClockChange

Place = tuple[int | None, int]
"""The order, if it has one, and the grid."""


def described(change: ClockChange) -> dict[str, Any]:
    """A change as the feed shows it; grid, order and its number stand on the event."""
    return (
        {
            "id": change.id,
            "clock": change.kind.value,
            "round": change.round,
            "change": change.change.value,
            "state": change.state.value,
            "due_at": change.due_at.isoformat(),
        }
        | ({} if change.subject_id is None else {"subject": change.subject_id})
        | ({} if change.label is None else {"number": change.label})
        | ({} if not change.level else {"level": change.level})
        | ({} if change.stopped_at is None else {"stopped_at": change.stopped_at.isoformat()})
    )


async def with_clocks(
    session: AsyncSession, entries: Sequence[Entry], changed: Sequence[ClockChange], *, now: datetime
) -> list[Entry]:
    """The entries, each with the `clocks` it changed.

    A change goes onto the first event of its own order and grid, so that whoever may see the one may see the other.
    What has no such event makes one: `sla.changed`.
    """
    told = list(entries)
    by_place: dict[Place, list[ClockChange]] = {}
    for change in changed:
        by_place.setdefault((change.order_id, change.grid_id), []).append(change)
    causes: dict[tuple[int | None, int | None], int] = {}
    for n, entry in enumerate(told):
        if _may_cause(entry):
            causes.setdefault((entry.order_id, entry.grid_id), n)
    without = [place for place in by_place if place not in causes]
    names = await _names(session, without) if without else {}
    for place, changes in by_place.items():
        clocks = [described(change) for change in changes]
        if place in causes:
            n = causes[place]
            told[n] = replace(told[n], data=told[n].data | {"clocks": clocks})
            continue
        order_id, grid_id = place
        number, grid = names[place]
        data: dict[str, Any] = {"occurred_at": now.isoformat(), "grid": grid, "clocks": clocks}
        data |= {} if order_id is None else {"order": order_id, "number": number}
        told.append(Entry(EventKind.SLA_CHANGED, now, grid_id, order_id, data=data))
    return told


def _may_cause(entry: Entry) -> bool:
    if entry.kind.value.startswith("sla."):
        return False
    # An alert without an order has no clocks: what else happens in its grid has nothing to do with it.
    return entry.order_id is not None or entry.alert_id is None


async def _names(session: AsyncSession, places: Sequence[Place]) -> dict[Place, tuple[str | None, str]]:
    """The order's number and the grid's code."""
    rows = await fetch(
        session,
        "SELECT p.o, p.g, w.number, g.code FROM unnest($1::bigint[], $2::int[]) AS p(o, g)"
        " JOIN grid g ON g.id = p.g LEFT JOIN work_order w ON w.id = p.o",
        [order_id for order_id, _ in places],
        [grid_id for _, grid_id in places],
    )
    return {(row[0], row[1]): (row[2], row[3]) for row in rows}
