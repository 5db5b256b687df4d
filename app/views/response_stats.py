"""How a month's orders were answered 总结分析: by grid and over all, two statements whatever their number.

A month is Beijing's, and an order belongs to the month it was dispatched in. Drills are counted nowhere. What
concerns a clock counts for the grid the clock ran for; everything else for the grid of the order. A figure and the
list behind it go by the same condition (`Figure`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.scope import Scope
from app.views.paging import decode_cursor, page
from models.bulk import fetch
from models.clock import BEIJING
from models.enums import CauseCode, ClockKind, FalseAlarm

FEW = 5
"""Under so many a share or a median says little, and is marked."""
TIMED = (ClockKind.ACKNOWLEDGE, ClockKind.FEEDBACK, ClockKind.REPORT)
STANDINGS = ("met", "breached", "void", "running")
_BY_ACT = "c.stopped_by IN ('acknowledge', 'feedback', 'report')"


class Figure(StrEnum):
    """What can be looked into: the orders behind a number."""

    ORDERS = "orders"
    ACKNOWLEDGE_MET = "acknowledge.met"
    ACKNOWLEDGE_BREACHED = "acknowledge.breached"
    ACKNOWLEDGE_VOID = "acknowledge.void"
    ACKNOWLEDGE_RUNNING = "acknowledge.running"
    FEEDBACK_MET = "feedback.met"
    FEEDBACK_BREACHED = "feedback.breached"
    FEEDBACK_VOID = "feedback.void"
    FEEDBACK_RUNNING = "feedback.running"
    REPORT_MET = "report.met"
    REPORT_BREACHED = "report.breached"
    REPORT_VOID = "report.void"
    REPORT_RUNNING = "report.running"
    REVIEWED = "reviewed"
    REWORKED = "reworked"
    CONFIRMED = "confirmed"
    FALSE_ALARM = "false_alarm"
    CAUSE = "cause"


# Conditions over an order `o` and the feedback `f` of it.
_ORDER_CONDITIONS = {
    Figure.ORDERS: "true",
    Figure.REVIEWED: "EXISTS (SELECT 1 FROM review r WHERE r.order_id = o.id)",
    Figure.REWORKED: "EXISTS (SELECT 1 FROM review r WHERE r.order_id = o.id AND r.decision = 'return')",
    # As in app/views/precision.py: orders by hand are no rule's.
    Figure.CONFIRMED: "o.alert_id IS NOT NULL AND o.state = 'closed' AND o.false_alarm IS NULL",
    Figure.FALSE_ALARM: "o.alert_id IS NOT NULL AND o.false_alarm IS NOT NULL",
}
_CAUSES = [*[code.value for code in CauseCode], "unstated"]
_CAUSE = "coalesce(f.cause_code, CASE WHEN f.id IS NOT NULL THEN 'unstated' END)"
_FROM = "FROM work_order o LEFT JOIN feedback f ON f.order_id = o.id AND f.round = 1"
_OF_ALERT = "o.alert_id IS NOT NULL"
_MONTH = "NOT o.drill AND o.dispatched_at >= $1 AND o.dispatched_at < $2"


def _counted(name: str, condition: str) -> str:
    return f"count(*) FILTER (WHERE {condition}) AS {name}"


_ORDERS = f"""
SELECT g.code, g.name, {", ".join(_counted(f.value, c) for f, c in _ORDER_CONDITIONS.items())},
       {", ".join(_counted(f"cause_{code}", f"{_CAUSE} = '{code}'") for code in _CAUSES)},
       {", ".join(_counted(f"false_{a.value}", f"{_OF_ALERT} AND o.false_alarm = '{a.value}'") for a in FalseAlarm)},
       percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM o.closed_at - o.dispatched_at))
           FILTER (WHERE o.state = 'closed') AS to_close,
       {_counted("closed", "o.state = 'closed'")}
  {_FROM} JOIN grid g ON g.id = o.grid_id
 WHERE {_MONTH} AND ($3::int[] IS NULL OR o.grid_id = ANY($3::int[]))
 GROUP BY GROUPING SETS ((g.code, g.name), ()) ORDER BY g.code NULLS FIRST
"""
_CLOCKS = f"""
SELECT g.code, g.name, c.kind, {", ".join(_counted(s, f"c.state = '{s}'") for s in STANDINGS)},
       {_counted("answered", _BY_ACT)},
       percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM c.stopped_at - c.started_at))
           FILTER (WHERE {_BY_ACT}) AS took
  FROM work_order o JOIN sla_clock c ON c.order_id = o.id AND c.kind = ANY($4::text[]) JOIN grid g ON g.id = c.grid_id
 WHERE {_MONTH} AND ($3::int[] IS NULL OR c.grid_id = ANY($3::int[]))
 GROUP BY GROUPING SETS ((g.code, g.name, c.kind), (c.kind))
"""


@dataclass(frozen=True, slots=True)
class Month:
    """A month of Beijing's calendar, as the instants [since, until)."""

    text: str
    since: datetime
    until: datetime


def month_of(text: str) -> Month:
    """Of a text like 2026-11, which has been checked to be one."""
    year, month = (int(part) for part in text.split("-"))
    since = datetime(year, month, 1, tzinfo=BEIJING)
    until = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=BEIJING)
    return Month(text, since, until)


async def response_stats(
    session: AsyncSession, month: Month, *, scope: Scope, grid_ids: frozenset[int] | None
) -> dict[str, Any]:
    """The figures over all grids that are seen and asked for, and of each with orders in the month."""
    grids = _narrowed(scope, grid_ids)
    orders = await fetch(session, _ORDERS, month.since, month.until, grids)
    clocks: dict[str | None, dict[str, Any]] = {}
    names: dict[str | None, str | None] = {None: None}
    kinds = [kind.value for kind in TIMED]
    for row in await fetch(session, _CLOCKS, month.since, month.until, grids, kinds):
        clocks.setdefault(row.code, {})[row.kind] = row
        names[row.code] = row.name
    by_code = {row.code: row for row in orders}
    names |= {row.code: row.name for row in orders}
    codes = sorted(code for code in names if code is not None)
    return {
        "month": month.text,
        "from": month.since.isoformat(),
        "to": month.until.isoformat(),
        "few_under": FEW,
        "total": _figures(None, None, by_code.get(None), clocks.get(None, {})),
        "grids": [_figures(code, names[code], by_code.get(code), clocks.get(code, {})) for code in codes],
    }


def _figures(code: str | None, name: str | None, row: Any, clocks: dict[str, Any]) -> dict[str, Any]:
    def of(field: str) -> int:
        return 0 if row is None else int(getattr(row, field))

    confirmed, false = of("confirmed"), of("false_alarm")
    return {
        "grid": code,
        "name": name,
        "orders": of("orders"),
        "clocks": [_clock(kind, clocks.get(kind.value)) for kind in TIMED],
        "to_close": _median(None if row is None else row.to_close, of("closed")),
        "rework": _share(of("reworked"), of("reviewed"))
        | {"reworked": of("reworked"), "reviewed": of("reviewed")},
        "confirmed": _share(confirmed, confirmed + false)
        | {
            "confirmed": confirmed,
            "false_alarms": false,
            "reasons": {alarm.value: of(f"false_{alarm.value}") for alarm in FalseAlarm},
        },
        "causes": {cause: of(f"cause_{cause}") for cause in _CAUSES},
    }


def _clock(kind: ClockKind, row: Any) -> dict[str, Any]:
    counts = {standing: 0 if row is None else int(getattr(row, standing)) for standing in STANDINGS}
    answered = 0 if row is None else int(row.answered)
    return {
        "kind": kind.value,
        **counts,
        **_share(counts["met"], counts["met"] + counts["breached"]),
        "median": _median(None if row is None else row.took, answered),
    }


def _share(part: int, whole: int) -> dict[str, Any]:
    return {"rate": None if whole == 0 else round(part / whole, 6), "few": whole < FEW}


def _median(seconds: Any, count: int) -> dict[str, Any]:
    return {
        "seconds": None if seconds is None else round(float(seconds), 3),
        "count": count,
        "few": count < FEW,
    }


def _narrowed(scope: Scope, grid_ids: frozenset[int] | None) -> list[int] | None:
    if scope.grid_ids is None:
        return None if grid_ids is None else sorted(grid_ids)
    return sorted(scope.grid_ids if grid_ids is None else scope.grid_ids & grid_ids)


async def orders_behind(
    session: AsyncSession,
    month: Month,
    figure: Figure,
    *,
    scope: Scope,
    grid_ids: frozenset[int] | None,
    cause: str | None = None,
    cursor: str | None = None,
    limit: int = 100,
) -> dict[str, Any]:
    """A page of the orders that a figure counts, oldest first; of `cause` those with this cause."""
    grids, last = _narrowed(scope, grid_ids), decode_cursor(cursor) or 0
    parameters: list[Any] = [month.since, month.until, grids, last, limit + 1]
    source, grid, condition = _FROM, "o.grid_id", ""
    if figure is Figure.CAUSE:
        condition = f"{_CAUSE} = $6"
        parameters.append(cause)
    elif figure in _ORDER_CONDITIONS:
        condition = _ORDER_CONDITIONS[figure]
    else:
        kind, standing = figure.value.split(".")
        source, grid = "FROM work_order o JOIN sla_clock c ON c.order_id = o.id", "c.grid_id"
        condition = f"c.kind = '{kind}' AND c.state = '{standing}'"
    rows = await fetch(
        session,
        f"SELECT DISTINCT o.id, o.number, g.code {source} JOIN grid g ON g.id = o.grid_id WHERE {_MONTH}"
        f" AND ($3::int[] IS NULL OR {grid} = ANY($3::int[])) AND o.id > $4 AND {condition} ORDER BY o.id LIMIT $5",
        *parameters,
    )
    return page([{"id": row[0], "number": row[1], "grid": row[2]} for row in rows], limit)


CAUSES: Sequence[str] = tuple(_CAUSES)
