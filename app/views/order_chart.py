"""What the chart of an order is drawn from: its station beside its neighbours, from before the event to its end.

Values are means of five minutes in µg/m³ (co: mg/m³); instants are aware UTC.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.scope import Scope
from app.verdict import neighbours
from app.views.paging import instant
from models.bulk import fetch
from models.enums import POLLUTANTS
from models.errors import NotFound

BEFORE, AFTER = timedelta(hours=3), timedelta(hours=3)
STEP = timedelta(minutes=5)
LONGEST = timedelta(hours=48)
"""Of an order that stays open for days, its first two."""
_ORDER = """
SELECT o.grid_id, a.grid_id AS alert_grid_id, a.station_id, s.name, a.pollutant, a.why, a.started_at, a.cleared_at,
       o.dispatched_at, o.feedback_at, o.reported_at, o.closed_at
  FROM work_order o LEFT JOIN alert a ON a.id = o.alert_id LEFT JOIN station s ON s.id = a.station_id
 WHERE o.id = $1
"""
# The column is one of the closed list, never what somebody typed.
_SERIES = {
    pollutant: f"""
WITH mean AS (
    SELECT station_id, date_bin('5 minutes', observed_at, 'epoch') AS at, avg({pollutant}) AS value
      FROM reading
     WHERE station_id = ANY($1::int[]) AND observed_at >= $3 AND observed_at <= $4 AND {pollutant} IS NOT NULL
     GROUP BY 1, 2
)
SELECT at, max(value) FILTER (WHERE station_id = $2),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY value) FILTER (WHERE station_id <> $2)
  FROM mean GROUP BY at ORDER BY at
"""
    for pollutant in POLLUTANTS
}


def _short(value: float | None) -> float | None:
    return None if value is None else round(float(value), 2)


async def order_chart(
    session: AsyncSession, order_id: int, scope: Scope, *, now: datetime
) -> dict[str, Any] | None:
    """Series and marks; None where no station that the reader sees raised the order by a pollutant.

    Raises NotFound outside the scope as well.
    """
    rows = await fetch(session, _ORDER, order_id)
    if not rows or not scope.sees(rows[0].grid_id):
        raise NotFound(f"no order {order_id}")
    row = rows[0]
    # An order routed by hand may be of a station in a grid that the reader does not see.
    if row.pollutant not in _SERIES or not scope.sees(row.alert_grid_id):
        return None
    begin = row.started_at - BEFORE
    end = min(now, begin + LONGEST, (row.closed_at or now) + AFTER)
    near = await neighbours(session, row.station_id, row.why)
    points = await fetch(session, _SERIES[row.pollutant], [row.station_id, *near], row.station_id, begin, end)
    marks = [
        {"what": what, "at": instant(at)}
        for what, at in (
            ("raised", row.started_at), ("dispatched", row.dispatched_at), ("feedback", row.feedback_at),
            ("reported", row.reported_at), ("closed", row.closed_at),
        )
        if at is not None and begin <= at <= end
    ]  # fmt: skip
    return {
        "station": row.name,
        "pollutant": row.pollutant,
        "unit": "mg/m³" if row.pollutant == "co" else "µg/m³",
        "event": [instant(row.started_at), instant(min(end, row.cleared_at or end))],
        "near": sorted(near.values()),
        "at": [instant(at) for at, _, _ in points],
        # The mean of minutes that are not over yet still changes: drawn, and no highest.
        "settled": sum(at + STEP <= now for at, _, _ in points),
        "own": [_short(value) for _, value, _ in points],
        "neighbours": [_short(value) for _, _, value in points],
        "marks": marks,
    }
