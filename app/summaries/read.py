"""Reads what a summary is drafted from."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from app.summaries.facts import ASIDE, Earlier, Facts
from app.views.alerts import order_alerts
from app.views.order_detail import order_detail, timeline
from app.views.paging import instant
from models.bulk import fetch

RECENT = timedelta(days=30)
_EVENTS = 10_000
"""More than any order collects."""
_EARLIER = """
SELECT e.number, e.dispatched_at, e.state, f.cause_code, e.false_alarm
  FROM work_order o JOIN work_order e ON e.station_id = o.station_id AND e.id <> o.id AND NOT e.drill
       AND e.dispatched_at <= o.dispatched_at AND e.dispatched_at > o.dispatched_at - $2::interval
  LEFT JOIN feedback f ON f.order_id = e.id AND f.round = 1
 WHERE o.id = $1 ORDER BY e.dispatched_at, e.id
"""


async def facts_of(session: AsyncSession, order_id: int) -> Facts:
    """Of an order that is held: nothing of it changes meanwhile. Raises NotFound."""
    events = await timeline(session, order_id, limit=_EVENTS)
    return Facts(
        order=await order_detail(session, order_id),
        events=[event for event in events["items"] if event["kind"] not in ASIDE],
        alerts=await order_alerts(session, order_id),
        earlier=[
            Earlier(row[0], instant(row[1]) or "", row[2], row[3], row[4])
            for row in await fetch(session, _EARLIER, order_id, RECENT)
        ],
    )
