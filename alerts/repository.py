"""All SQL of the alerts domain. Every function is one statement, however many rows it concerns."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Row, Table, case, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from alerts.dedup import OpenAlert
from models.alert import Alert, RuleSetRow
from models.bulk import bulk_insert, fetch
from models.enums import POLLUTANTS, AlertKind, AlertScope, AlertState, RuleSetState, Severity
from models.facts import StationInfo
from models.ids import AlertId
from models.registry import Station

_RANKS = "ARRAY[" + ", ".join(f"'{severity.value}'" for severity in Severity) + "]"
_COLUMNS = (
    "station_id", "grid_id", "kind", "pollutant", "scope", "severity", "state", "started_at", "detected_at",
    "last_at", "cleared_at", "peak", "why", "rule_version", "created_at", "order_due",
)  # fmt: skip

# Where the identity is open already there is nothing to insert, also when this one is over again: the partial
# unique index alone would let a cleared row through.
_UNLESS_OPEN = """
WHERE NOT EXISTS (
    SELECT 1 FROM alert a
    WHERE a.state = 'open' AND a.station_id = t.station_id AND a.kind = t.kind
      AND a.pollutant IS NOT DISTINCT FROM t.pollutant)
ON CONFLICT DO NOTHING
RETURNING id, station_id, kind, pollutant, detected_at"""

# The batch's own readings are in the table already, since they are inserted earlier in the same transaction:
# they have to be looked past, as they are still to be judged. The hashed NOT IN costs the same for a batch of
# any size.
_RECENT = f"""
SELECT r.station_id, r.observed_at, {", ".join(f"r.{name}" for name in POLLUTANTS)}
FROM unnest($1::int[], $2::interval[]) AS s(id, length)
CROSS JOIN LATERAL (
    SELECT observed_at FROM reading
    WHERE station_id = s.id
      AND (station_id, observed_at) NOT IN (SELECT * FROM unnest($3::int[], $4::timestamptz[]))
    ORDER BY observed_at DESC LIMIT 1) AS newest
CROSS JOIN LATERAL (
    SELECT * FROM reading
    WHERE station_id = s.id
      AND observed_at > newest.observed_at - s.length AND observed_at <= newest.observed_at
      AND (station_id, observed_at) NOT IN (SELECT * FROM unnest($3::int[], $4::timestamptz[]))) AS r
ORDER BY r.station_id, r.observed_at"""

# Locked in order of id, so that two processes with the same alerts wait for each other instead of failing.
_LOCKED = """
l AS (SELECT a.id FROM alert a JOIN u ON u.id = a.id WHERE a.state = 'open' ORDER BY a.id FOR UPDATE OF a)"""
_NEW = "unnest($1::bigint[], $2::text[], $3::float8[], $4::timestamptz[])"
_SEEN = "peak = greatest(a.peak, u.peak), last_at = greatest(a.last_at, u.last_at)"
_RAISE = f"""
WITH u AS (SELECT * FROM {_NEW} AS t(id, severity, peak, last_at)), {_LOCKED}
UPDATE alert a SET severity = u.severity, {_SEEN}
FROM u JOIN l ON l.id = u.id
WHERE a.id = u.id AND array_position({_RANKS}, u.severity) > array_position({_RANKS}, a.severity::text)
RETURNING a.id"""
_REFRESH = f"""
WITH u AS (SELECT * FROM {_NEW} AS t(id, severity, peak, last_at)), {_LOCKED}
UPDATE alert a SET {_SEEN} FROM u JOIN l ON l.id = u.id WHERE a.id = u.id
RETURNING a.id"""
_CLEAR = f"""
WITH u AS (
    SELECT * FROM unnest($1::bigint[], $2::timestamptz[], $3::float8[], $4::timestamptz[])
    AS t(id, cleared_at, peak, last_at)), {_LOCKED}
UPDATE alert a SET state = 'cleared', cleared_at = greatest(u.cleared_at, a.detected_at), {_SEEN}
FROM u JOIN l ON l.id = u.id WHERE a.id = u.id
RETURNING a.id"""
_CLEAR_OFFLINE = """
WITH u AS (SELECT * FROM unnest($1::int[], $2::timestamptz[]) AS t(station_id, heard_at)),
l AS (
    SELECT a.id, u.heard_at FROM alert a JOIN u ON u.station_id = a.station_id
    WHERE a.state = 'open' AND a.kind = 'offline' ORDER BY a.id FOR UPDATE OF a)
UPDATE alert a SET state = 'cleared', cleared_at = greatest(l.heard_at, a.detected_at),
    last_at = greatest(a.last_at, l.heard_at)
FROM l WHERE a.id = l.id
RETURNING a.id, a.station_id, a.cleared_at"""


@dataclass(frozen=True, slots=True)
class NewAlert:
    station: StationInfo
    scope: AlertScope
    alert: OpenAlert


@dataclass(frozen=True, slots=True)
class Heard:
    """What is known of a station's silence, and the open alert about it if there is one."""

    last_received_at: datetime | None
    said_offline_at: datetime | None
    alert_id: AlertId | None
    alert_detected_at: datetime | None


async def _fetch(session: AsyncSession, sql: str, *arrays: Sequence[Any]) -> Sequence[Row[*tuple[Any, ...]]]:
    return await fetch(session, sql, *arrays)


async def recent_readings(
    session: AsyncSession,
    lengths: dict[int, float],
    unseen: Iterable[tuple[int, datetime]],
) -> Sequence[Row[*tuple[Any, ...]]]:
    """Each station's readings of the last `lengths` seconds before its newest one, oldest first, without
    `unseen`.

    Rows are (station_id, observed_at, one value per pollutant in the order of POLLUTANTS).
    """
    keys = list(unseen)
    return await _fetch(
        session,
        _RECENT,
        list(lengths),
        [timedelta(seconds=length) for length in lengths.values()],
        [station for station, _ in keys],
        [at for _, at in keys],
    )


async def open_pollution_alerts(
    session: AsyncSession, station_ids: Iterable[int]
) -> dict[int, list[OpenAlert]]:
    """What is open at the stations, without what concerns a whole station."""
    rows = await session.execute(
        select(Alert.__table__).where(
            Alert.station_id.in_(list(station_ids)),
            Alert.state == AlertState.OPEN.value,
            Alert.pollutant.is_not(None),
        )
    )
    found: dict[int, list[OpenAlert]] = {}
    for row in rows:
        found.setdefault(row.station_id, []).append(_open_alert(row))
    return found


def _open_alert(row: Row[*tuple[Any, ...]]) -> OpenAlert:
    return OpenAlert(
        kind=AlertKind(row.kind),
        pollutant=row.pollutant,
        severity=Severity(row.severity),
        started_at=row.started_at,
        detected_at=row.detected_at,
        last_at=row.last_at,
        peak=row.peak,
        why=row.why,
        id=AlertId(row.id),
        written_at=row.last_at,
        order_due=row.order_due,
    )


async def insert_alerts(
    session: AsyncSession, new: Sequence[NewAlert], *, rule_version: int, now: datetime
) -> dict[tuple[int, str, str | None, datetime], AlertId]:
    """Ids of those that were inserted, by (station, kind, pollutant, detected_at); the rest were open
    already.
    """
    ordered = sorted(new, key=lambda item: (item.station.id, item.alert.kind, item.alert.pollutant or ""))
    rows = [
        (
            item.station.id,
            item.station.grid_id,
            item.alert.kind.value,
            item.alert.pollutant,
            item.scope.value,
            item.alert.severity.value,
            (AlertState.OPEN if item.alert.cleared_at is None else AlertState.CLEARED).value,
            item.alert.started_at,
            item.alert.detected_at,
            item.alert.last_at,
            item.alert.cleared_at,
            item.alert.peak,
            json.dumps(item.alert.why, ensure_ascii=False),
            rule_version,
            now,
            item.alert.order_due,
        )
        for item in ordered
    ]
    table = cast("Table", Alert.__table__)
    found = await bulk_insert(session, table, _COLUMNS, list(zip(*rows, strict=True)), _UNLESS_OPEN)
    return {(row[1], row[2], row[3], row[4]): AlertId(row[0]) for row in found}


async def open_ids(
    session: AsyncSession, station_ids: Iterable[int]
) -> dict[tuple[int, str, str | None], tuple[AlertId, Severity]]:
    rows = await session.execute(
        select(Alert.id, Alert.station_id, Alert.kind, Alert.pollutant, Alert.severity).where(
            Alert.station_id.in_(list(station_ids)), Alert.state == AlertState.OPEN.value
        )
    )
    return {
        (row.station_id, row.kind, row.pollutant): (AlertId(row.id), Severity(row.severity)) for row in rows
    }


async def mark_due(session: AsyncSession, alert_ids: Sequence[AlertId]) -> set[AlertId]:
    """Ids of those for which an order had not been due yet."""
    sql = "UPDATE alert SET order_due = true WHERE id = ANY($1::bigint[]) AND NOT order_due RETURNING id"
    return {AlertId(row[0]) for row in await _fetch(session, sql, list(alert_ids))}


async def raise_severity(session: AsyncSession, alerts: Sequence[OpenAlert]) -> set[AlertId]:
    """Ids of those whose severity did rise: another process may have been first."""
    return await _change(session, _RAISE, alerts)


async def refresh(session: AsyncSession, alerts: Sequence[OpenAlert]) -> set[AlertId]:
    return await _change(session, _REFRESH, alerts)


async def _change(session: AsyncSession, sql: str, alerts: Sequence[OpenAlert]) -> set[AlertId]:
    rows = await _fetch(
        session,
        sql,
        [alert.id for alert in alerts],
        [alert.severity.value for alert in alerts],
        [alert.peak for alert in alerts],
        [alert.last_at for alert in alerts],
    )
    return {AlertId(row[0]) for row in rows}


async def clear(session: AsyncSession, alerts: Sequence[OpenAlert]) -> set[AlertId]:
    """Ids of those that this call cleared; the others were cleared before."""
    rows = await _fetch(
        session,
        _CLEAR,
        [alert.id for alert in alerts],
        [alert.cleared_at for alert in alerts],
        [alert.peak for alert in alerts],
        [alert.last_at for alert in alerts],
    )
    return {AlertId(row[0]) for row in rows}


async def clear_offline(
    session: AsyncSession, heard: dict[int, datetime]
) -> dict[int, tuple[AlertId, datetime]]:
    """Clears what is open about the silence of the stations heard; gives id and instant by station."""
    rows = await _fetch(session, _CLEAR_OFFLINE, list(heard), list(heard.values()))
    return {row[1]: (AlertId(row[0]), row[2]) for row in rows}


async def silence(session: AsyncSession, station_ids: Iterable[int]) -> dict[int, Heard]:
    """When each station was heard, and what is open about it."""
    rows = await session.execute(
        select(Station.id, Station.last_received_at, Station.said_offline_at, Alert.id, Alert.detected_at)
        .outerjoin(
            Alert,
            (Alert.station_id == Station.id)
            & (Alert.kind == AlertKind.OFFLINE.value)
            & (Alert.state == AlertState.OPEN.value),
        )
        .where(Station.id.in_(list(station_ids)))
    )
    return {row[0]: Heard(row[1], row[2], cast("AlertId | None", row[3]), row[4]) for row in rows}


async def said_offline(session: AsyncSession, station_id: int, now: datetime) -> None:
    """Keeps the first instant when it is said again: a broker repeats what it retained."""
    await session.execute(
        update(Station)
        .where(
            Station.id == station_id,
            Station.said_offline_at.is_(None) | (Station.said_offline_at < Station.last_received_at),
        )
        .values(said_offline_at=now)
        .execution_options(synchronize_session=False)
    )


async def said_online(session: AsyncSession, station_id: int, now: datetime) -> None:
    """Speaking up counts as being heard, so that the sweep gives it time for its first reading."""
    await session.execute(
        update(Station)
        .where(Station.id == station_id)
        .values(
            said_offline_at=None,
            # Still NULL for a station that never sent a reading: it is not in service yet.
            last_received_at=case(
                (Station.last_received_at.is_(None), None),
                else_=func.greatest(Station.last_received_at, now),
            ),
        )
        .execution_options(synchronize_session=False)
    )


async def forget_said(session: AsyncSession, station_ids: Iterable[int]) -> None:
    """Takes back what stations said that have been heard since."""
    await session.execute(
        update(Station)
        .where(Station.id.in_(list(station_ids)), Station.said_offline_at.is_not(None))
        .values(said_offline_at=None)
        .execution_options(synchronize_session=False)
    )


async def active_rule_set(session: AsyncSession) -> tuple[int, dict[str, Any]] | None:
    """Version and body of the rules in force."""
    row = (
        await session.execute(
            select(RuleSetRow.version, RuleSetRow.body).where(RuleSetRow.state == RuleSetState.ACTIVE.value)
        )
    ).one_or_none()
    return None if row is None else (row.version, row.body)


async def insert_first_rule_set(session: AsyncSession, body: dict[str, Any], *, now: datetime) -> None:
    """Inserts version 1 as active if there is no rule set at all; two processes at once leave one."""
    columns = ("version", "state", "body", "author", "created_at", "activated_at")
    values = (1, RuleSetState.ACTIVE.value, body, "default", now, now)
    row = select(
        *(
            literal(value, RuleSetRow.__table__.c[name].type)
            for name, value in zip(columns, values, strict=True)
        )
    ).where(~select(RuleSetRow.version).exists())
    await session.execute(insert(RuleSetRow).from_select(list(columns), row).on_conflict_do_nothing())
