"""SQL of what stations say after reports."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from models.bulk import fetch
from models.enums import ReportClaim, VerdictState
from models.ids import GridId, OrderId, StationId

# An order by hand has no measure of its own, and an instrument in doubt cannot be its own witness.
_BEGIN = """
WITH before AS (
    UPDATE order_verdict SET next_at = NULL WHERE order_id = $1 AND round < $2::int AND next_at IS NOT NULL
)
INSERT INTO order_verdict (order_id, round, station_id, alert_id, pollutant, reported_at, claims, until_at,
                           policy_version, next_at)
SELECT o.id, $2::int, a.station_id, a.id, coalesce(a.pollutant, a.pollutants->>0), $3::timestamptz, $4::text,
       $5::timestamptz, $6::int, $3::timestamptz
  FROM work_order o JOIN alert a ON a.id = o.alert_id
 WHERE o.id = $1 AND a.scope <> 'instrument' AND coalesce(a.pollutant, a.pollutants->>0) IS NOT NULL
ON CONFLICT DO NOTHING
"""
_END = "UPDATE order_verdict SET next_at = NULL WHERE order_id = $1 AND next_at IS NOT NULL"
_DUE = """
SELECT v.order_id, v.round, v.station_id, v.pollutant, v.reported_at, v.claims, v.until_at, v.policy_version,
       v.state, v.mismatch_told_at IS NOT NULL, o.number, o.grid_id, g.code, a.started_at, a.why::text, s.cadence_s
  FROM order_verdict v JOIN work_order o ON o.id = v.order_id JOIN grid g ON g.id = o.grid_id
  JOIN alert a ON a.id = v.alert_id JOIN station s ON s.id = v.station_id
 WHERE v.next_at <= $1 ORDER BY v.next_at, v.order_id, v.round LIMIT $2 FOR UPDATE OF v SKIP LOCKED
"""
_SAVE = """
UPDATE order_verdict
   SET state = $3, relapsed = $4, mismatch = $5, judged_at = $6, figures = $7::text::jsonb,
       series = $8::text::jsonb, next_at = $9,
       mismatch_told_at = CASE WHEN $5 THEN coalesce(mismatch_told_at, $6) ELSE mismatch_told_at END
 WHERE order_id = $1 AND round = $2
"""


@dataclass(frozen=True, slots=True)
class Due:
    """An order whose station is to be asked again, held until the transaction ends."""

    order_id: OrderId
    round: int
    station_id: StationId
    pollutant: str
    reported_at: datetime
    claims: ReportClaim | None
    until_at: datetime
    policy_version: int
    state: VerdictState
    mismatch_told: bool
    number: str
    grid_id: GridId
    grid_code: str
    event_from: datetime
    why: Mapping[str, Any]
    """Of the alert."""
    cadence_s: int


async def begin(
    session: AsyncSession,
    order_id: OrderId,
    round_: int,
    claims: ReportClaim | None,
    *,
    reported_at: datetime,
    until_at: datetime,
    policy_version: int,
) -> None:
    await fetch(
        session, _BEGIN, order_id, round_, reported_at, None if claims is None else claims.value, until_at,
        policy_version,
    )  # fmt: skip


async def end(session: AsyncSession, order_id: OrderId) -> None:
    """Nothing is asked any more, of no round."""
    await fetch(session, _END, order_id)


async def due(session: AsyncSession, now: datetime, limit: int) -> list[Due]:
    """Claims those whose time has come; what another engine holds is passed over."""
    return [
        Due(
            OrderId(r[0]), r[1], StationId(r[2]), r[3], r[4], None if r[5] is None else ReportClaim(r[5]), r[6],
            r[7], VerdictState(r[8]), r[9], r[10], GridId(r[11]), r[12], r[13], json.loads(r[14]), r[15],
        )
        for r in await fetch(session, _DUE, now, limit)
    ]  # fmt: skip


async def save(
    session: AsyncSession,
    due: Due,
    *,
    state: VerdictState,
    relapsed: bool,
    mismatch: bool,
    figures: Mapping[str, Any],
    series: Mapping[str, Any],
    next_at: datetime | None,
    now: datetime,
) -> None:
    await fetch(
        session, _SAVE, due.order_id, due.round, state.value, relapsed, mismatch, now, json.dumps(figures),
        json.dumps(series), next_at,
    )  # fmt: skip
