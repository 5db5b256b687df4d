"""SQL of the network's events. Every function is one statement, however many rows it concerns."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from alerts.instants import instant
from alerts.network.happening import Cleared, Flagged, Opened, Raised, Rescoped, Seen
from models.alert import Alert
from models.bulk import bulk_insert, fetch
from models.enums import AlertKind, AlertState, Severity
from models.facts import StationInfo
from models.ids import AlertId, GridId

_COLUMNS = (
    "event_key", "station_id", "grid_id", "kind", "pollutant", "pollutants", "scope", "severity", "state",
    "started_at", "detected_at", "last_at", "cleared_at", "peak", "why", "rule_version", "created_at", "order_due",
)  # fmt: skip
_ONCE = "ON CONFLICT DO NOTHING RETURNING event_key, id"
_KNOWN = """
SELECT a.event_key, a.id, a.kind, a.severity, a.pollutant, a.why, a.station_id
  FROM alert a WHERE a.event_key = ANY($1::bigint[])
"""
_JOIN = """
INSERT INTO alert_member (alert_id, station_id, joined_at, pollutants)
SELECT a.id, t.station_id, t.joined_at, t.pollutants
  FROM unnest($1::bigint[], $2::int[], $3::timestamptz[], $4::jsonb[])
       AS t(event_key, station_id, joined_at, pollutants)
  JOIN alert a ON a.event_key = t.event_key
ON CONFLICT (alert_id, station_id) DO NOTHING
"""
# In the order of ids, so that two transactions never wait for each other in a circle.
_CHANGE = """
WITH t AS (
    SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::timestamptz[], $5::float8[], $6::boolean[],
                         $7::jsonb[])
        AS t(event_key, severity, scope, at, level, order_due, why)
), l AS (
    SELECT a.id, t.* FROM alert a JOIN t ON t.event_key = a.event_key
     WHERE a.state = 'open' ORDER BY a.id FOR UPDATE OF a
)
UPDATE alert a
   SET severity = coalesce(l.severity, a.severity), scope = coalesce(l.scope, a.scope),
       last_at = greatest(a.last_at, l.at), peak = greatest(a.peak, l.level),
       order_due = coalesce(l.order_due, a.order_due), why = a.why || coalesce(l.why, '{}')
  FROM l WHERE a.id = l.id
RETURNING a.event_key
"""
_CLEAR = """
WITH t AS (SELECT * FROM unnest($1::bigint[], $2::timestamptz[]) AS t(event_key, at)), l AS (
    SELECT a.id, t.at FROM alert a JOIN t ON t.event_key = a.event_key
     WHERE a.state = 'open' ORDER BY a.id FOR UPDATE OF a
)
UPDATE alert a SET state = 'cleared', cleared_at = greatest(l.at, a.detected_at), last_at = greatest(a.last_at, l.at)
  FROM l WHERE a.id = l.id
RETURNING a.event_key
"""
_FLAG = """
INSERT INTO reading_flag (station_id, observed_at, pollutant, level, test, rule_version)
SELECT DISTINCT ON (station_id, observed_at, pollutant) station_id, observed_at, pollutant, level, test, rule_version
  FROM unnest($1::int[], $2::timestamptz[], $3::text[], $4::smallint[], $5::text[], $6::int[]) WITH ORDINALITY
       AS t(station_id, observed_at, pollutant, level, test, rule_version, n)
 ORDER BY station_id, observed_at, pollutant, level DESC, n
ON CONFLICT (station_id, observed_at, pollutant) DO UPDATE
   SET level = excluded.level, test = excluded.test, rule_version = excluded.rule_version
 WHERE excluded.level > reading_flag.level
"""
_ABANDON = """
UPDATE alert SET state = 'cleared', cleared_at = greatest($1, detected_at)
 WHERE state = 'open' AND (event_key IS NULL OR event_key < $2)
RETURNING id, kind, station_id, pollutant
"""


@dataclass(frozen=True, slots=True)
class KnownEvent:
    """What the database has under a key."""

    alert_id: AlertId
    kind: AlertKind
    severity: Severity
    pollutant: str | None
    why: Mapping[str, Any]
    station_id: int


async def insert(
    session: AsyncSession,
    opened: Sequence[tuple[Opened, StationInfo, GridId]],
    *,
    over: Mapping[int, float],
    rule_version: int,
    now: datetime,
) -> dict[int, AlertId]:
    """Ids by event key of those that are new; an event that is there already is left alone.

    `over` says when those ended that begin and end in one batch.
    """
    ended = {
        event.key: max(instant(over[event.key]), instant(event.detected_at))
        for event, _, _ in opened
        if event.key in over
    }
    rows = [
        (
            event.key, station.id, grid_id, event.kind.value,
            event.pollutants[0] if event.pollutants else None, json.dumps(event.pollutants),
            event.scope.value, event.severity.value,
            (AlertState.CLEARED if event.key in ended else AlertState.OPEN).value,
            instant(event.started_at),
            instant(event.detected_at), instant(event.detected_at), ended.get(event.key), _level(event),
            json.dumps(event.why, ensure_ascii=False), rule_version, now, event.order,
        )
        for event, station, grid_id in opened
    ]  # fmt: skip
    if not rows:
        return {}
    found = await bulk_insert(session, Alert, _COLUMNS, list(zip(*rows, strict=True)), _ONCE)
    return {int(key): AlertId(alert_id) for key, alert_id in found}


def _level(opened: Opened) -> float | None:
    """Of the first pollutant when it was opened."""
    level: float | None = opened.why.get("level", {}).get(opened.pollutants[0]) if opened.pollutants else None
    return level


async def known(session: AsyncSession, keys: Sequence[int]) -> dict[int, KnownEvent]:
    rows = await fetch(session, _KNOWN, list(keys))
    return {
        int(key): KnownEvent(
            AlertId(alert_id), AlertKind(kind), Severity(severity), pollutant, _document(why), int(station)
        )
        for key, alert_id, kind, severity, pollutant, why, station in rows
    }


def _document(value: Any) -> Mapping[str, Any]:
    document: Mapping[str, Any] = json.loads(value) if isinstance(value, str) else value
    return document


async def join(session: AsyncSession, joined: Sequence[tuple[int, int, float, Sequence[str]]]) -> None:
    """Members of events: (event key, station id, epoch seconds, pollutants)."""
    if joined:
        keys, stations, ats, names = zip(*joined, strict=True)
        await fetch(
            session, _JOIN, list(keys), list(stations), [instant(at) for at in ats],
            [json.dumps(list(n)) for n in names],
        )  # fmt: skip


async def change(session: AsyncSession, events: Sequence[Raised | Rescoped | Seen]) -> set[int]:
    """Keys of the open alerts that were changed; the last change of a key in a batch wins."""
    if not events:
        return set()
    last: dict[int, list[Any]] = {}
    for event in events:
        row = last.setdefault(event.key, [None, None, event.at, None, None, None])
        row[2] = event.at
        if isinstance(event, Raised):
            row[0] = event.severity.value
        elif isinstance(event, Seen):
            row[3] = max(event.level, row[3] or 0.0)
        else:
            row[1], row[4], row[5] = event.scope.value, event.order, json.dumps(event.why, ensure_ascii=False)
    severities, scopes, ats, levels, due, whys = (list(column) for column in zip(*last.values(), strict=True))
    rows = await fetch(
        session, _CHANGE, list(last), severities, scopes, [instant(at) for at in ats], levels, due, whys
    )
    return {int(key) for (key,) in rows}


async def clear(session: AsyncSession, events: Sequence[Cleared]) -> set[int]:
    """Keys of the alerts that were open until now."""
    if not events:
        return set()
    ats = [instant(event.at) for event in events]
    return {int(key) for (key,) in await fetch(session, _CLEAR, [event.key for event in events], ats)}


async def flag(session: AsyncSession, flags: Sequence[Flagged], *, rule_version: int) -> None:
    """Keeps the worst verdict on each value, of equals the one that was told first."""
    if flags:
        await fetch(
            session, _FLAG, [f.station for f in flags], [instant(f.observed_at) for f in flags],
            [f.pollutant for f in flags], [f.level for f in flags], [f.test for f in flags],
            [rule_version] * len(flags),
        )  # fmt: skip


async def abandon(
    session: AsyncSession, before: int, at: datetime
) -> list[tuple[AlertId, AlertKind, int, str | None]]:
    """Ends every open alert of earlier detectors: (id, kind, station, pollutant) of each."""
    rows = await fetch(session, _ABANDON, at, before)
    return [(AlertId(row[0]), AlertKind(row[1]), int(row[2]), row[3]) for row in rows]
