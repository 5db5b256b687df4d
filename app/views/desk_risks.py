"""What is open at a desk at an instant, each thing once, under its worst kind. Drills 演练 are left out, as everywhere.

`$1` of every statement are the grids (NULL: all), `$2` is the instant, `$3` how many items are told.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.desks import Desk
from app.views.paging import instant
from app.views.stations import QUIET
from models.bulk import fetch
from models.enums import RiskKind

MOST = 50
"""Items that are told of each kind; what is counted is all."""
SOON = timedelta(minutes=60)
_SOON = f"interval '{SOON.seconds} seconds'"
OUTAGES_OF = timedelta(hours=12)
FIELDS = (
    "order_id", "number", "grid", "grid_name", "what", "station", "about", "since", "until", "said", "who",
    "quantity",
)  # fmt: skip

# An order with several late deadlines is one risk, told by its worst; a request 请示 that waits is another one.
_CLOCKS = f"""
WITH late AS (
    SELECT DISTINCT ON (CASE WHEN c.kind = 'decision' THEN 'r' || c.subject_id
                             WHEN c.order_id IS NULL THEN 'c' || c.id ELSE 'o' || c.order_id END)
           c.id, c.order_id, coalesce(o.number, c.label) AS number, g.code AS grid, g.name AS grid_name,
           c.kind AS what, s.code AS station, s.name AS about, c.due_at AS until,
           c.state = 'breached' OR c.due_at < $2 AS breached
      FROM sla_clock c JOIN grid g ON g.id = c.grid_id LEFT JOIN work_order o ON o.id = c.order_id
      LEFT JOIN station s ON s.id = o.station_id
     WHERE c.stopped_at IS NULL AND ($1::int[] IS NULL OR c.grid_id = ANY($1)) AND NOT coalesce(o.drill, false)
       AND (c.state = 'breached' OR c.due_at <= $2 + {_SOON})
     ORDER BY CASE WHEN c.kind = 'decision' THEN 'r' || c.subject_id
                   WHEN c.order_id IS NULL THEN 'c' || c.id ELSE 'o' || c.order_id END,
              c.state = 'breached' OR c.due_at < $2 DESC, c.due_at, c.id
)
SELECT count(*) OVER () AS total, l.* FROM late l WHERE
"""
# What is told under a deadline that is late or near is told there alone.
_LATE = f"""
   EXISTS (SELECT 1 FROM sla_clock c
            WHERE %s AND c.stopped_at IS NULL AND (c.state = 'breached' OR c.due_at <= $2 + {_SOON})
              AND ($1::int[] IS NULL OR c.grid_id = ANY($1)))
"""
_ORDER_LATE = _LATE % "c.order_id = o.id AND c.kind <> 'decision'"
_REQUEST_LATE = _LATE % "c.order_id = r.order_id AND c.kind = 'decision' AND c.subject_id = r.id"
_ORDERS = """
SELECT count(*) OVER () AS total, o.id AS order_id, o.number, g.code AS grid, g.name AS grid_name,
       s.code AS station, s.name AS about,
"""
_OF_ORDERS = """
  FROM work_order o JOIN grid g ON g.id = o.grid_id LEFT JOIN station s ON s.id = o.station_id
"""
# A parameter that a statement does not name has no type: each says something of the instant.
_WITHIN = "($1::int[] IS NULL OR o.grid_id = ANY($1)) AND NOT o.drill AND $2::timestamptz IS NOT NULL"
_GRIDS: dict[RiskKind, str] = {
    RiskKind.BREACHED: _CLOCKS + " l.breached ORDER BY l.until, l.id LIMIT $3",
    RiskKind.DUE_SOON: _CLOCKS + " NOT l.breached ORDER BY l.until, l.id LIMIT $3",
    RiskKind.TO_REVIEW: f"""{_ORDERS} o.reported_at AS since,
       (SELECT min(c.due_at) FROM sla_clock c
         WHERE c.order_id = o.id AND c.kind = 'review' AND c.stopped_at IS NULL) AS until
    {_OF_ORDERS} WHERE {_WITHIN} AND o.state = 'reported' AND NOT {_ORDER_LATE}
     ORDER BY o.reported_at, o.id LIMIT $3""",
    RiskKind.REQUESTS: f"""
SELECT count(*) OVER () AS total, r.order_id, o.number, g.code AS grid, g.name AS grid_name, r.kind AS what,
       r.filed_at AS since, p.name AS who,
       (SELECT min(c.due_at) FROM sla_clock c WHERE c.kind = 'decision' AND c.subject_id = r.id
           AND c.order_id = r.order_id AND c.stopped_at IS NULL) AS until
  FROM order_request r JOIN work_order o ON o.id = r.order_id JOIN grid g ON g.id = r.grid_id
  JOIN person p ON p.id = r.filed_by
 WHERE r.state = 'pending' AND ($1::int[] IS NULL OR r.decides_grid_id = ANY($1)) AND NOT o.drill
   AND $2::timestamptz IS NOT NULL AND NOT {_REQUEST_LATE} ORDER BY r.filed_at, r.id LIMIT $3""",
    RiskKind.UNROUTED: """
SELECT count(*) OVER () AS total, g.code AS grid, g.name AS grid_name, a.kind AS what, s.code AS station,
       s.name AS about, u.created_at AS since, u.reason AS said
  FROM unrouted u JOIN alert a ON a.id = u.alert_id JOIN station s ON s.id = a.station_id
  LEFT JOIN grid g ON g.id = u.grid_id
 WHERE u.resolved_at IS NULL AND ($1::int[] IS NULL OR u.grid_id = ANY($1)) AND $2::timestamptz IS NOT NULL
 ORDER BY u.created_at, u.id LIMIT $3""",
    RiskKind.SUSPENDED: f"""{_ORDERS} o.suspended_until AS until
    {_OF_ORDERS} WHERE {_WITHIN} AND o.suspended_until IS NOT NULL AND o.state NOT IN ('closed', 'void')
    AND NOT {_ORDER_LATE} ORDER BY o.suspended_until, o.id LIMIT $3""",
    RiskKind.EPISODES: """
SELECT count(*) OVER () AS total, g.code AS grid, g.name AS grid_name, a.kind AS what, s.code AS station,
       s.name AS about, a.started_at AS since
  FROM alert a JOIN station s ON s.id = a.station_id JOIN grid g ON g.id = a.grid_id
 WHERE a.state = 'open' AND (a.scope = 'regional' OR a.kind = 'network_silence')
   AND ($1::int[] IS NULL OR a.grid_id = ANY($1)) AND $2::timestamptz IS NOT NULL
 ORDER BY a.started_at, a.id LIMIT $3""",
    RiskKind.OFFLINE: f"""
SELECT count(*) OVER () AS total, g.code AS grid, g.name AS grid_name, 'offline' AS what, s.code AS station,
       s.name AS about, s.last_received_at AS since
  FROM station s JOIN grid g ON g.id = s.grid_id
 WHERE s.retired_at IS NULL AND s.last_received_at IS NOT NULL AND ($1::int[] IS NULL OR s.grid_id = ANY($1))
   AND {QUIET.format(now="$2::timestamptz", silence="$4")}
 ORDER BY s.last_received_at, s.id LIMIT $3""",
    RiskKind.SILENCES: """
SELECT count(*) OVER () AS total, g.code AS grid, g.name AS grid_name, i.kind AS what, s.code AS station,
       s.name AS about, i.starts_at AS since, i.ends_at AS until, i.reason AS said, p.name AS who
  FROM silence i JOIN grid g ON g.id = i.grid_id LEFT JOIN station s ON s.id = i.station_id
  JOIN person p ON p.id = i.author_id
 WHERE i.cancelled_at IS NULL AND i.starts_at <= $2 AND i.ends_at > $2
   AND ($1::int[] IS NULL OR i.grid_id = ANY($1)) ORDER BY i.ends_at, i.id LIMIT $3""",
    RiskKind.MUTES: """
SELECT count(*) OVER () AS total, m.data ->> 'alarm' AS what, m.occurred_at AS since,
       (m.data ->> 'until')::timestamptz AS until, m.data ->> 'reason' AS said, m.data ->> 'actor' AS who
  FROM (SELECT * FROM journal WHERE kind = 'board.muted' AND ($1::int[] IS NULL OR grid_id = ANY($1))
         ORDER BY id DESC LIMIT 500) m
 WHERE (m.data ->> 'until')::timestamptz > $2
   AND NOT EXISTS (SELECT 1 FROM journal u WHERE u.id > m.id AND u.grid_id = m.grid_id AND u.kind = 'board.unmuted'
                      AND u.actor_id = m.actor_id AND u.data ->> 'alarm' = m.data ->> 'alarm'
                      AND u.data ->> 'until' = m.data ->> 'until')
 ORDER BY m.id LIMIT $3""",
}
# Of each kind, what is told under a worse heading alone. An order counts once for all its deadlines, as above.
_ALSO = f"""
SELECT (SELECT count(*)
          FROM (SELECT 1 FROM sla_clock c LEFT JOIN work_order o ON o.id = c.order_id
                 WHERE c.stopped_at IS NULL AND ($1::int[] IS NULL OR c.grid_id = ANY($1))
                   AND NOT coalesce(o.drill, false) AND c.order_id IS NOT NULL AND c.kind <> 'decision'
                   AND (c.state = 'breached' OR c.due_at <= $2::timestamptz + {_SOON})
                 GROUP BY c.order_id
                HAVING bool_or(c.state = 'breached' OR c.due_at < $2)
                   AND bool_or(c.state <> 'breached' AND c.due_at >= $2)) both_ways) AS due_soon,
       (SELECT count(*) FROM work_order o WHERE {_WITHIN} AND o.state = 'reported' AND {_ORDER_LATE}) AS to_review,
       (SELECT count(*) FROM order_request r JOIN work_order o ON o.id = r.order_id
         WHERE r.state = 'pending' AND ($1::int[] IS NULL OR r.decides_grid_id = ANY($1)) AND NOT o.drill
           AND {_REQUEST_LATE}) AS requests,
       (SELECT count(*) FROM work_order o WHERE {_WITHIN} AND o.suspended_until IS NOT NULL
           AND o.state NOT IN ('closed', 'void') AND {_ORDER_LATE}) AS suspended
"""
_PLATFORM: dict[RiskKind, str] = {
    RiskKind.WAYS: """
SELECT count(*) OVER () AS total, way AS what, down_at AS since, error AS said FROM way_health
 WHERE down_at IS NOT NULL ORDER BY down_at, way LIMIT $1""",
    RiskKind.FINDINGS: """
SELECT count(*) OVER () AS total, code AS what, nullif(subject, '') AS about, since, count AS quantity
  FROM watchdog_finding WHERE ended_at IS NULL ORDER BY since, id LIMIT $1""",
    RiskKind.OUTAGES: """
SELECT count(*) OVER () AS total, kind AS what, began_at AS since, ended_at AS until FROM outage
 WHERE ended_at > $2 ORDER BY began_at, id LIMIT $1""",
}


async def open_risks(
    session: AsyncSession, desk: Desk, *, silence: timedelta, now: datetime
) -> dict[str, Any]:
    """Everything that is open at this desk at `now`: of each kind how many, and the most pressing ones.

    `count` is what is told under the kind itself, `also` what is of it too and told under a worse heading.

    What concerns the platform is told at the prefecture's desk alone. `silence`: what any station may keep.
    """
    ids = desk.scope.grid_ids
    grids = None if ids is None else sorted(ids)
    kinds = []
    (also,) = await fetch(session, _ALSO, grids, now)
    elsewhere = dict(also._mapping)
    for kind in RiskKind:
        if (statement := _GRIDS.get(kind)) is not None:
            allowed = [silence] if kind is RiskKind.OFFLINE else []
            rows = await fetch(session, statement, grids, now, MOST, *allowed)
        elif desk.whole:
            since = [now - OUTAGES_OF] if kind is RiskKind.OUTAGES else []
            rows = await fetch(session, _PLATFORM[kind], MOST, *since)
        else:
            continue
        kinds.append(_kind(kind, rows, elsewhere.get(kind.value, 0)))
    return {"at": instant(now), "kinds": kinds}


def _kind(kind: RiskKind, rows: Sequence[Any], also: int) -> dict[str, Any]:
    items = [_item(dict(row._mapping)) for row in rows]
    return {"kind": kind.value, "count": rows[0].total if rows else 0, "also": also, "items": items}


def _item(row: dict[str, Any]) -> dict[str, Any]:
    found = {name: row.get(name) for name in FIELDS}
    return {name: instant(value) if isinstance(value, datetime) else value for name, value in found.items()}
