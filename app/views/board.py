"""The board of open clocks and its counters, as one instant of the database shows them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.board.fold import DUE_SOON
from app.database import Sessions
from models.bulk import fetch
from models.clock import BEIJING

# One look at the index of open clocks for each grid: nothing of the table is read while it is vacuumed.
OPEN = """
SELECT c.grid_id, c.kind, count(*) FILTER (WHERE c.state = 'running'),
       count(*) FILTER (WHERE c.state = 'running' AND c.due_at <= $2), count(*) FILTER (WHERE c.state = 'breached')
  FROM sla_clock c WHERE c.stopped_at IS NULL AND c.grid_id = ANY($1::int[]) GROUP BY 1, 2
"""
TODAY = """
SELECT grid_id, kind, count(*) FROM sla_breach
 WHERE breached_at >= $2 AND breached_at < $3 AND grid_id = ANY($1::int[]) GROUP BY 1, 2
"""
ORDERS = """
SELECT grid_id, count(*) FROM work_order
 WHERE state NOT IN ('closed', 'void') AND grid_id = ANY($1::int[]) GROUP BY 1
"""
# The first few of each grid by its own stretch of the index, then the first of all: never a sort of everything.
CLOCKS = """
SELECT c.id, c.kind, c.round, c.order_id,
       coalesce((SELECT number FROM work_order o WHERE o.id = c.order_id), c.label),
       c.subject_id, c.grid_id, c.state, c.due_at,
       coalesce((SELECT max(level) FROM escalation e WHERE e.clock_id = c.id), 0)
  FROM (SELECT f.* FROM unnest($1::int[]) AS g(id) CROSS JOIN LATERAL (
            SELECT * FROM sla_clock s WHERE s.grid_id = g.id AND s.stopped_at IS NULL
               AND NOT EXISTS (SELECT 1 FROM work_order w WHERE w.drill AND w.id = s.order_id)
               AND ($2::text[] IS NULL OR s.kind = ANY($2::text[])) ORDER BY s.due_at, s.id LIMIT $3) f
         ORDER BY f.due_at, f.id LIMIT $3) c
 ORDER BY c.due_at, c.id
"""
# Drills 演练 are counted nowhere. They are few: taking them off leaves the counting to its index.
DRILL_CLOCKS = """
SELECT c.grid_id, c.kind, count(*) FILTER (WHERE c.state = 'running'),
       count(*) FILTER (WHERE c.state = 'running' AND c.due_at <= $2), count(*) FILTER (WHERE c.state = 'breached')
  FROM work_order w JOIN sla_clock c ON c.order_id = w.id
 WHERE w.drill AND c.stopped_at IS NULL AND c.grid_id = ANY($1::int[]) GROUP BY 1, 2
"""
DRILL_BREACHES = """
SELECT b.grid_id, b.kind, count(*) FROM work_order w JOIN sla_clock c ON c.order_id = w.id
  JOIN sla_breach b ON b.clock_id = c.id
 WHERE w.drill AND b.breached_at >= $2 AND b.breached_at < $3 AND b.grid_id = ANY($1::int[]) GROUP BY 1, 2
"""
DRILL_ORDERS = """
SELECT grid_id, count(*) FROM work_order
 WHERE drill AND state NOT IN ('closed', 'void') AND grid_id = ANY($1::int[]) GROUP BY 1
"""
_NUMBERS = ("open", "due_soon", "breached", "breached_today")


@dataclass(frozen=True, slots=True)
class Cells:
    """What is counted, by grid and kind of clock, at one instant."""

    now: datetime
    clocks: Sequence[tuple[int, str, int, int, int, int]]
    """grid, kind, open, due soon, breached, breached today"""
    orders: Mapping[int, int]


async def cells_of(session: AsyncSession, grid_ids: Sequence[int], *, now: datetime) -> Cells:
    """Counts what runs, falls due within a quarter of an hour, is breached and not stopped, and was breached today."""
    day = now.astimezone(BEIJING).replace(hour=0, minute=0, second=0, microsecond=0)
    ids = sorted(grid_ids)
    rows = [(*r, 0) for r in await fetch(session, OPEN, ids, now + DUE_SOON)]
    rows += [(g, k, 0, 0, 0, n) for g, k, n in await fetch(session, TODAY, ids, day, day + timedelta(days=1))]
    orders = Counter({row[0]: row[1] for row in await fetch(session, ORDERS, ids)})
    drills = Counter({row[0]: row[1] for row in await fetch(session, DRILL_ORDERS, ids)})
    rows += [
        (g, k, -o, -s, -b, 0) for g, k, o, s, b in await fetch(session, DRILL_CLOCKS, ids, now + DUE_SOON)
    ]
    rows += [
        (g, k, 0, 0, 0, -n)
        for g, k, n in await fetch(session, DRILL_BREACHES, ids, day, day + timedelta(days=1))
    ]
    return Cells(now, rows, orders - drills)


def summed(cells: Cells, codes: Mapping[int, str], kinds: frozenset[str] | None = None) -> dict[str, Any]:
    """The counters of the grids in `codes` (id to code); without orders where only some `kinds` of clock count."""
    total: Counter[str] = Counter()
    orders = {} if kinds is not None else {codes[g]: n for g, n in cells.orders.items() if g in codes}
    by_grid: dict[str, Counter[str]] = {code: Counter(orders=n) for code, n in orders.items()}
    by_clock: dict[str, Counter[str]] = {}
    for grid_id, kind, *numbers in cells.clocks:
        if grid_id not in codes or (kinds is not None and kind not in kinds):
            continue
        found = Counter(dict(zip(_NUMBERS, numbers, strict=True)))
        mine = by_grid.setdefault(codes[grid_id], Counter()), by_clock.setdefault(kind, Counter())
        for sums in (total, *mine):
            sums.update(found)
    total["orders"] = sum(orders.values())
    ordered = kinds is None
    return {
        "total": _row(total, ordered),
        "by_grid": [{"grid": g} | _row(c, ordered) for g, c in sorted(by_grid.items()) if any(c.values())],
        "by_clock": [{"clock": k} | _row(c) for k, c in sorted(by_clock.items()) if any(c.values())],
    }


def _row(sums: Counter[str], orders: bool | None = None) -> dict[str, Any]:
    row: dict[str, Any] = {name: sums[name] for name in _NUMBERS}
    return row if orders is None else row | {"orders": sums["orders"] if orders else None}


async def snapshot(
    sessions: Sessions,
    codes: Mapping[int, str],
    *,
    kinds: frozenset[str] | None = None,
    limit: int,
    now: datetime,
) -> dict[str, Any]:
    """The board as the event `as_of` left it: all of it is read in one snapshot of the database.

    The journal's ids are given in commit order without gaps, so what is visible with the newest of them is exactly
    what the events up to it have told.
    """
    async with sessions() as session:
        await session.connection(
            execution_options={"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        )
        head = await fetch(session, "SELECT coalesce(max(id), 0) FROM journal")
        cells = await cells_of(session, sorted(codes), now=now)
        wanted = None if kinds is None else sorted(kinds)
        rows = await fetch(session, CLOCKS, sorted(codes), wanted, limit + 1)
    return {
        "as_of": head[0][0],
        "now": now.isoformat(),
        "filter": {"grid": None, "clock": wanted},
        "counters": summed(cells, codes, kinds),
        "clocks": [_clock(row, codes) for row in rows[:limit]],
        "complete": len(rows) <= limit,
    }


def _clock(row: Sequence[Any], codes: Mapping[int, str]) -> dict[str, Any]:
    return {
        "id": row[0], "clock": row[1], "round": row[2], "order": row[3], "number": row[4], "subject": row[5],
        "grid": codes[row[6]], "state": row[7], "due_at": row[8].isoformat(), "level": row[9],
    }  # fmt: skip
