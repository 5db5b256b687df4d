"""All SQL of integrity cases, their signs, and the alerts that may become some."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from models.bulk import fetch
from models.enums import AlertKind, CaseState, SignKind
from models.ids import AlertId

_LOCK = 0x6973
"""First half of the advisory lock of a station's cases; the second is the station's id."""
_LAST = """
SELECT DISTINCT ON (s.station_id) s.station_id, s.until_at, s.evidence::text, c.decided_at
  FROM integrity_sign s JOIN integrity_case c ON c.id = s.case_id
 WHERE s.station_id = ANY($1::int[]) AND s.kind = $2 ORDER BY s.station_id, s.until_at DESC, s.id DESC
"""
_OPEN = """
INSERT INTO integrity_case (station_id, grid_id, opened_at) VALUES ($1, $2, $3)
ON CONFLICT (station_id) WHERE state = 'open' DO NOTHING RETURNING id
"""
_OPENED = "SELECT id FROM integrity_case WHERE station_id = $1 AND state = 'open' FOR UPDATE"
_SIGN = """
INSERT INTO integrity_sign
    (case_id, station_id, kind, began_at, until_at, seen_at, rule_version, evidence, digest, alert_ids)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8::text::jsonb, $9, $10::text::jsonb) RETURNING id
"""
_CASE = """
SELECT c.id, c.station_id, s.code, c.grid_id, g.code, c.state,
       (SELECT array_agg(DISTINCT i.kind ORDER BY i.kind) FROM integrity_sign i WHERE i.case_id = c.id)
  FROM integrity_case c JOIN station s ON s.id = c.station_id JOIN grid g ON g.id = c.grid_id
 WHERE c.id = $1
"""
_DECIDE = """
UPDATE integrity_case SET state = $2, decided_at = $3, decided_by = $4, reason = $5 WHERE id = $1
"""
_SECOND = """
UPDATE integrity_case SET seconded_at = $2, seconded_by = $3
 WHERE id = $1 AND state = 'confirmed' AND seconded_at IS NULL AND decided_by <> $3 RETURNING id
"""
_DECIDER = "SELECT decided_by, seconded_at IS NOT NULL FROM integrity_case WHERE id = $1"
_WATCH = """
INSERT INTO integrity_look (alert_id, station_id, kind, next_at)
SELECT * FROM unnest($1::bigint[], $2::int[], $3::text[], $4::timestamptz[]) ON CONFLICT DO NOTHING
"""
_DUE = """
SELECT l.alert_id, l.station_id, l.kind, a.started_at, a.detected_at, a.cleared_at
  FROM integrity_look l JOIN alert a ON a.id = l.alert_id
 WHERE l.next_at <= $1 ORDER BY l.next_at, l.alert_id LIMIT $2 FOR UPDATE OF l SKIP LOCKED
"""
_OVERLAPPING = """
SELECT id, kind FROM alert
 WHERE station_id = $1 AND scope = 'instrument' AND kind = ANY($2::text[])
   AND started_at < $4 AND coalesce(cleared_at, $4) > $3
 ORDER BY id LIMIT 100
"""


@dataclass(frozen=True, slots=True)
class Before:
    """The last sign of a kind at a station: up to when it was seen, what it said, when its case was decided."""

    until: datetime
    evidence: dict[str, Any]
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class Case:
    """A case as held for an act."""

    id: int
    station_id: int
    station: str
    grid_id: int
    grid: str
    state: CaseState
    signs: tuple[SignKind, ...]


@dataclass(frozen=True, slots=True)
class Look:
    """An alert that may be a sign."""

    alert_id: AlertId
    station_id: int
    kind: SignKind
    started_at: datetime
    detected_at: datetime
    cleared_at: datetime | None


async def hold(session: AsyncSession, station_id: int) -> None:
    """Holds the cases of a station until the transaction ends, whether there are any or not."""
    await fetch(session, "SELECT pg_advisory_xact_lock($1, $2)", _LOCK, station_id)


async def last_of(session: AsyncSession, stations: Sequence[int], kind: SignKind) -> dict[int, Before]:
    """By station its last sign of this kind."""
    rows = await fetch(session, _LAST, list(stations), kind.value)
    return {row[0]: Before(row[1], json.loads(row[2]), row[3]) for row in rows}


async def open_case(session: AsyncSession, station_id: int, grid_id: int, now: datetime) -> tuple[int, bool]:
    """The open case of a station, and whether it was opened now."""
    rows = await fetch(session, _OPEN, station_id, grid_id, now)
    if rows:
        return int(rows[0][0]), True
    ((case_id,),) = await fetch(session, _OPENED, station_id)
    return int(case_id), False


async def add_sign(
    session: AsyncSession,
    case_id: int,
    station_id: int,
    kind: SignKind,
    *,
    began_at: datetime,
    until: datetime,
    now: datetime,
    rule_version: int,
    evidence: str,
    digest: bytes,
    alert_ids: Sequence[int],
) -> int:
    ((sign_id,),) = await fetch(
        session, _SIGN, case_id, station_id, kind.value, began_at, until, now, rule_version, evidence, digest,
        json.dumps(list(alert_ids)),
    )  # fmt: skip
    return int(sign_id)


async def find(session: AsyncSession, case_id: int, *, held: bool = False) -> Case | None:
    """The case; `held` until the transaction ends, after `hold` of its station."""
    rows = await fetch(session, _CASE + (" FOR UPDATE OF c" if held else ""), case_id)
    if not rows:
        return None
    id_, station_id, station, grid_id, grid, state, signs = rows[0]
    return Case(
        id_,
        station_id,
        station,
        grid_id,
        grid,
        CaseState(state),
        tuple(SignKind(kind) for kind in signs or ()),
    )


async def decide(
    session: AsyncSession, case_id: int, state: CaseState, *, person_id: int, reason: str, now: datetime
) -> None:
    await fetch(session, _DECIDE, case_id, state.value, now, person_id, reason)


async def second(session: AsyncSession, case_id: int, *, person_id: int, now: datetime) -> bool:
    """Whether this person is the second now: of a confirmed case without one, and not its first."""
    return bool(await fetch(session, _SECOND, case_id, now, person_id))


async def decider(session: AsyncSession, case_id: int) -> tuple[int | None, bool]:
    """Who decided the case, and whether somebody has seconded it."""
    ((person, seconded),) = await fetch(session, _DECIDER, case_id)
    return person, bool(seconded)


async def watch(session: AsyncSession, looks: Sequence[tuple[AlertId, int, SignKind, datetime]]) -> None:
    """These alerts (id, station, what they may be, when to look first) are to be looked at."""
    if looks:
        ids, stations, kinds, ats = (list(column) for column in zip(*looks, strict=True))
        await fetch(session, _WATCH, ids, stations, [kind.value for kind in kinds], ats)


async def due(session: AsyncSession, now: datetime, limit: int) -> list[Look]:
    """Claims those whose time has come; what another engine holds is passed over."""
    return [
        Look(AlertId(row[0]), row[1], SignKind(row[2]), row[3], row[4], row[5])
        for row in await fetch(session, _DUE, now, limit)
    ]


async def again(session: AsyncSession, alert_id: AlertId, at: datetime) -> None:
    await fetch(session, "UPDATE integrity_look SET next_at = $2 WHERE alert_id = $1", alert_id, at)


async def settled(session: AsyncSession, alert_id: AlertId) -> None:
    await fetch(session, "DELETE FROM integrity_look WHERE alert_id = $1", alert_id)


async def alerts_within(
    session: AsyncSession, station_id: int, kinds: Sequence[AlertKind], since: datetime, until: datetime
) -> list[int]:
    """Ids of the station's instrument alerts of these kinds that lasted into the span."""
    rows = await fetch(session, _OVERLAPPING, station_id, [kind.value for kind in kinds], since, until)
    return [int(row[0]) for row in rows]
