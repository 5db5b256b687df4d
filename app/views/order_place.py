"""Where an order's event was: its station, those it was judged by, the wind, and who upwind may have caused it.

Positions are WGS 84 degrees; wind directions say where it comes from. Sources and their ranks are those that the alert
took down when it opened; the rose counts the same samples: the station and its neighbours in the hour before.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from alerts.geodesy import destination
from alerts.rose import rose
from app.auth.scope import Scope
from app.verdict import neighbours
from models.bulk import fetch
from models.errors import NotFound

WIND_OF = timedelta(hours=1)
_ORDER = """
SELECT o.grid_id, a.grid_id AS alert_grid_id, a.station_id, s.code, s.name, s.lon, s.lat, a.why, a.started_at,
       a.detected_at
  FROM work_order o JOIN alert a ON a.id = o.alert_id JOIN station s ON s.id = a.station_id
 WHERE o.id = $1
"""
_NEAR = "SELECT id, code, name, lon, lat, grid_id FROM station WHERE id = ANY($1::int[]) ORDER BY code"
_WIND = """
SELECT wind_speed, wind_direction FROM reading
 WHERE station_id = ANY($1::int[]) AND observed_at > $2 AND observed_at <= $3 AND wind_speed IS NOT NULL
"""


async def order_place(session: AsyncSession, order_id: int, scope: Scope) -> dict[str, Any] | None:
    """`station`, `near`, `sources`, `wind` and `rose`; None where no station that the reader sees raised the order.

    Raises NotFound outside the scope. Neighbours and sources are shown to whoever sees the order: what lies beyond the
    county's border is what it has to be told of; names of foreign stations are not.
    """
    owners = await fetch(session, "SELECT grid_id FROM work_order WHERE id = $1", order_id)
    if not owners or not scope.sees(owners[0].grid_id):
        raise NotFound(f"no order {order_id}")
    rows = await fetch(session, _ORDER, order_id)
    if not rows or not scope.sees(rows[0].alert_grid_id):
        return None
    row = rows[0]
    near = await neighbours(session, row.station_id, row.why)
    around = await fetch(session, _NEAR, list(near))
    measured = await fetch(
        session, _WIND, [row.station_id, *near], row.detected_at - WIND_OF, row.detected_at
    )
    upwind = row.why.get("upwind")
    told = upwind if isinstance(upwind, Mapping) else {}
    return {
        "station": {"code": row.code, "name": row.name, "lon": row.lon, "lat": row.lat},
        "near": [
            {"code": one.code, "name": one.name, "lon": one.lon, "lat": one.lat}
            for one in around
            if scope.sees(one.grid_id)
        ],
        "sources": _placed(told.get("sources", ()), row.lon, row.lat),
        "wind": told.get("wind"),
        "rose": rose([tuple(one) for one in measured]),
    }


def _placed(sources: Any, lon: float, lat: float) -> list[dict[str, Any]]:
    """With the positions that distance and bearing from the station say; none of evidence of another shape."""
    placed = []
    try:
        for one in sources:
            at_lon, at_lat = destination(lon, lat, float(one["bearing"]), float(one["distance_m"]))
            placed.append(dict(one) | {"lon": at_lon, "lat": at_lat})
    except (KeyError, TypeError, ValueError):
        return []
    return placed
