"""SQL of recurrences, the links between orders, and of what may not have been put right."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.review.recurrence import Closed
from models.bulk import fetch
from models.enums import CandidateKind, CandidateState, LinkKind, ReportClaim, Severity, VerdictState
from models.ids import GridId, OrderId, PersonId, StationId

_REACH_DEGREES = 0.09
"""A box that holds the widest radius of a policy (5 km) at these latitudes."""
_SOURCE = "a.why #>> '{upwind,sources,0,code}'"
# An order is at its station, else where the report from below that it came of was found.
_PLACE = "coalesce(s.lon, r.lon) AS lon, coalesce(s.lat, r.lat) AS lat"
_PLACED = """LEFT JOIN station s ON s.id = o.station_id LEFT JOIN up_report r ON r.id = o.origin_report_id
      LEFT JOIN alert a ON a.id = o.alert_id"""
# Of a new order: only what a place did, never the region or an instrument. Of the old ones: closed as handled.
# They are looked up from the place, each way by its index: most of what was closed in the months before was elsewhere.
_FOUND = f"""
WITH new AS (
    SELECT o.id, o.station_id, {_PLACE}, {_SOURCE} AS source
      FROM work_order o {_PLACED}
     WHERE o.id = ANY($1::bigint[]) AND NOT o.drill AND (a.id IS NULL OR a.scope = 'local')
), hit AS (
    SELECT new.id AS new_id, o.id FROM new JOIN work_order o ON o.station_id = new.station_id
    UNION
    SELECT new.id, o.id
      FROM new JOIN alert a ON {_SOURCE} = new.source JOIN work_order o ON o.alert_id = a.id
    UNION
    SELECT new.id, o.id
      FROM new JOIN station s ON s.lat BETWEEN new.lat - $4 AND new.lat + $4
                             AND s.lon BETWEEN new.lon - 2 * $4 AND new.lon + 2 * $4
      JOIN work_order o ON o.station_id = s.id
    UNION
    SELECT new.id, o.id
      FROM new JOIN up_report r ON r.lat BETWEEN new.lat - $4 AND new.lat + $4
                               AND r.lon BETWEEN new.lon - 2 * $4 AND new.lon + 2 * $4
      JOIN work_order o ON o.origin_report_id = r.id AND o.station_id IS NULL
), old AS (
    SELECT hit.new_id, o.id, o.station_id, o.closed_at, o.round, {_PLACE}, {_SOURCE} AS source
      FROM hit JOIN work_order o ON o.id = hit.id {_PLACED}
     WHERE o.state = 'closed' AND NOT o.drill AND o.false_alarm IS NULL AND o.closed_at >= $2 AND o.closed_at <= $3
       AND (a.id IS NULL OR a.scope = 'local') AND hit.id <> hit.new_id
)
SELECT new.id, old.id, old.closed_at, coalesce(old.station_id = new.station_id, false),
       coalesce(old.source = new.source, false), new.lon, new.lat, old.lon, old.lat,
       (SELECT v.state FROM order_verdict v WHERE v.order_id = old.id AND v.round = old.round),
       (SELECT r.claims FROM disposal_report r WHERE r.order_id = old.id AND r.round = old.round)
  FROM new JOIN old ON old.new_id = new.id
 ORDER BY new.id, old.id
"""
_LINK = """
INSERT INTO order_link (order_id, earlier_id, kind, facts, created_at) VALUES ($1, $2, $3, $4::text::jsonb, $5)
ON CONFLICT DO NOTHING
"""
_RAISE = """
INSERT INTO rectification_candidate
    (order_id, grid_id, kind, new_order_id, spot_check_id, facts, policy_version, raised_at)
SELECT o.id, o.grid_id, $2::text, $3::bigint, $4::int, $5::text::jsonb, $6::int, $7::timestamptz
  FROM work_order o WHERE o.id = $1
ON CONFLICT (order_id, kind) WHERE state = 'open' DO NOTHING RETURNING id
"""
_NAMES = """
SELECT o.id, o.number, o.grid_id, g.code FROM work_order o JOIN grid g ON g.id = o.grid_id
 WHERE o.id = ANY($1::bigint[])
"""
_CANDIDATE = """
SELECT c.id, c.order_id, o.number, o.grid_id, g.code, o.station_id, s.code, o.severity, c.kind, c.state, o.category
  FROM rectification_candidate c JOIN work_order o ON o.id = c.order_id JOIN grid g ON g.id = o.grid_id
  LEFT JOIN station s ON s.id = o.station_id
 WHERE c.id = $1
"""
_DECIDE = """
UPDATE rectification_candidate
   SET state = $2, decided_at = $3, decided_by = $4, reason = $5, rework_order_id = $6 WHERE id = $1
"""


@dataclass(frozen=True, slots=True)
class Named:
    """How the feed calls an order."""

    id: OrderId
    number: str
    grid_id: GridId
    grid_code: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A candidate and the closed order it is about."""

    id: int
    order_id: OrderId
    number: str
    grid_id: GridId
    grid_code: str
    station_id: StationId | None
    station: str | None
    severity: Severity
    kind: CandidateKind
    state: CandidateState
    category: str | None


async def closed_near(
    session: AsyncSession,
    order_ids: Sequence[int],
    *,
    since: datetime,
    now: datetime,
    distance: Any,
) -> dict[int, list[Closed]]:
    """By new order what was closed at or about its place since; `distance` gives metres between two places."""
    found: dict[int, list[Closed]] = defaultdict(list)
    rows = await fetch(session, _FOUND, sorted(order_ids), since, now, _REACH_DEGREES)
    for new, old, closed_at, station, source, lon, lat, old_lon, old_lat, verdict, claims in rows:
        found[int(new)].append(
            Closed(
                int(old),
                closed_at,
                station,
                source,
                distance(lon, lat, old_lon, old_lat),
                None if verdict is None else VerdictState(verdict),
                None if claims is None else ReportClaim(claims),
            )
        )
    return found


async def link(
    session: AsyncSession,
    order_id: int,
    earlier_id: int,
    kind: LinkKind,
    *,
    facts: Mapping[str, Any],
    now: datetime,
) -> None:
    await fetch(session, _LINK, order_id, earlier_id, kind.value, json.dumps(facts), now)


async def raise_one(
    session: AsyncSession,
    order_id: int,
    kind: CandidateKind,
    *,
    new_order_id: int | None = None,
    spot_check_id: int | None = None,
    facts: Mapping[str, Any],
    policy_version: int,
    now: datetime,
) -> int | None:
    """Its id; None where one of this kind is open for the order already."""
    rows = await fetch(
        session, _RAISE, order_id, kind.value, new_order_id, spot_check_id, json.dumps(facts), policy_version, now
    )  # fmt: skip
    return int(rows[0][0]) if rows else None


async def names(session: AsyncSession, order_ids: Sequence[int]) -> dict[int, Named]:
    rows = await fetch(session, _NAMES, sorted(set(order_ids)))
    return {int(r[0]): Named(OrderId(r[0]), r[1], GridId(r[2]), r[3]) for r in rows}


async def find(session: AsyncSession, candidate_id: int, *, held: bool = False) -> Candidate | None:
    """The candidate; `held` until the transaction ends, after its order."""
    rows = await fetch(session, _CANDIDATE + (" FOR UPDATE OF c" if held else ""), candidate_id)
    if not rows:
        return None
    r = rows[0]
    return Candidate(
        r[0], OrderId(r[1]), r[2], GridId(r[3]), r[4], None if r[5] is None else StationId(r[5]), r[6],
        Severity(r[7]), CandidateKind(r[8]), CandidateState(r[9]), r[10],
    )  # fmt: skip


async def decide(
    session: AsyncSession,
    candidate_id: int,
    state: CandidateState,
    *,
    person_id: PersonId,
    reason: str,
    rework_order_id: OrderId | None,
    now: datetime,
) -> None:
    await fetch(session, _DECIDE, candidate_id, state.value, now, person_id, reason, rework_order_id)
