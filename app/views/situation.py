"""The network as a map shows it: stations with health, orders, alerts and wind, and the grids around them.

Positions are WGS 84 degrees; instants are aware UTC; wind directions say where it comes from, in degrees.
"""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.scope import Scope
from app.registry.directory import Directory
from app.views.orders import overdue_at
from app.views.paging import instant
from app.views.stations import list_stations
from models.bulk import fetch
from models.enums import OrderState
from models.order import WorkOrder
from models.registry import Grid, Station

MOST = 2000
"""Stations on one map: more could not be told apart, and the list of stations has them all."""
WIND_FOR = timedelta(hours=1)
"""An older wind says nothing of where the air comes from now."""
_OPEN = [state.value for state in OrderState if not state.final]
_NOW = """
SELECT s.code,
       (SELECT count(*) FROM alert a WHERE a.station_id = s.id AND a.state = 'open'),
       w.observed_at, w.wind_speed, w.wind_direction
  FROM station s
  LEFT JOIN LATERAL (
    SELECT r.observed_at, r.wind_speed, r.wind_direction FROM reading r
     WHERE r.station_id = s.id AND r.observed_at > $2 AND r.observed_at <= $3
       AND r.wind_speed IS NOT NULL AND r.wind_direction IS NOT NULL
     ORDER BY r.observed_at DESC LIMIT 1
  ) w ON true
 WHERE s.code = ANY($1::text[])
"""
_MIDDLES = """
SELECT u.code, coalesce(avg(s.lon) FILTER (WHERE s.judged), avg(s.lon)),
       coalesce(avg(s.lat) FILTER (WHERE s.judged), avg(s.lat))
  FROM (SELECT grid_id, lon, lat, kind = 'reference' AND purpose = 'evaluation' AS judged
          FROM station WHERE retired_at IS NULL) s
  JOIN unnest($1::int[], $2::text[]) AS u (grid_id, code) USING (grid_id)
 GROUP BY u.code
"""


async def grids_around(
    session: AsyncSession, *, scope: Scope, grid_ids: frozenset[int] | None
) -> list[dict[str, Any]]:
    """The level-2 grids in the scope whose boundaries are known, as GeoJSON geometries."""
    statement = select(Grid.code, Grid.name, Grid.boundary).where(
        scope.where(Grid.id), Grid.level == 2, Grid.boundary.is_not(None)
    )
    if grid_ids is not None:
        statement = statement.where(Grid.id.in_(sorted(grid_ids)))
    rows = await session.execute(statement.order_by(Grid.code))
    return [{"code": code, "name": name, "boundary": boundary} for code, name, boundary in rows]


async def middles(session: AsyncSession, directory: Directory) -> dict[str, tuple[float, float]]:
    """By the code of every level-2 grid: where its stations lie on the average, in degrees east and north.

    Of the stations its air is judged by where it has some, else of all that are not retired.
    """
    grids = [
        (grid.id, unit.code) for grid in directory.grids if (unit := directory.level2(grid.id)) is not None
    ]
    rows = await fetch(session, _MIDDLES, [id_ for id_, _ in grids], [code for _, code in grids])
    return {code: (lon, lat) for code, lon, lat in rows}


async def situation(
    session: AsyncSession,
    *,
    scope: Scope,
    grid_ids: frozenset[int] | None,
    silence: timedelta,
    now: datetime,
) -> dict[str, Any]:
    """Every station in the scope with what goes on there, at most MOST of them."""
    found = await list_stations(session, scope=scope, grid_ids=grid_ids, silence=silence, now=now, limit=MOST)
    codes = [station["code"] for station in found["items"]]
    orders: dict[str, list[dict[str, Any]]] = defaultdict(list)
    open_orders = (
        select(Station.code, WorkOrder.id, WorkOrder.number, overdue_at(now))
        .join(Station, Station.id == WorkOrder.station_id)
        # An order may have been routed to another grid than its station's.
        .where(scope.where(WorkOrder.grid_id), Station.code.in_(codes), WorkOrder.state.in_(_OPEN))
        .order_by(WorkOrder.id.desc())
    )
    for code, order_id, number, overdue in await session.execute(open_orders):
        orders[code].append({"id": order_id, "number": number, "overdue": overdue})
    rows = await fetch(session, _NOW, codes, now - WIND_FOR, now)
    beside = {code: (alerts, at, speed, direction) for code, alerts, at, speed, direction in rows}
    stations = []
    for station in found["items"]:
        alerts, at, speed, direction = beside[station["code"]]
        wind = None if at is None else {"at": instant(at), "speed": speed, "from": direction}
        stations.append(
            {
                name: station[name]
                for name in ("code", "name", "grid_name", "lon", "lat", "health", "last_observed_at")
            }
            | {"alerts": alerts, "orders": orders[station["code"]], "wind": wind}
        )
    return {"at": instant(now), "stations": stations, "more": found["next_cursor"] is not None}
