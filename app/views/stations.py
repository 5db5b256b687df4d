"""Stations with their health as of now, and what they measured."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Row, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.scope import Scope
from app.views.paging import INTEGER_MAX, decode_cursor, encode_cursor, instant, page
from models.alert import Alert
from models.bulk import fetch
from models.enums import MET, POLLUTANTS, AlertKind, AlertState
from models.errors import NotFound
from models.reading import ReadingFlag, ReadingRow
from models.registry import Grid, Station

Health = Literal["online", "offline", "never"]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

_OFFLINE_ALERT = (
    exists()
    .where(
        Alert.station_id == Station.id,
        Alert.kind == AlertKind.OFFLINE.value,
        Alert.state == AlertState.OPEN.value,
    )
    .label("offline_alert")
)
_STATION = select(Station, Grid.code.label("grid"), Grid.name.label("grid_name"), _OFFLINE_ALERT).join(
    Grid, Grid.id == Station.grid_id
)


def health(station: Station, *, offline_alert: bool, silence: timedelta, now: datetime) -> Health:
    """`never` before its first reading; `offline` by its own word, by an open alert, or by long silence.

    `silence` is what any station may keep; one of a slow cadence may keep three times that cadence.
    """
    if station.last_received_at is None:
        return "never"
    allowed = max(silence, timedelta(seconds=3 * station.cadence_s))
    silent = now - station.last_received_at > allowed
    return "offline" if offline_alert or silent or station.said_offline_at is not None else "online"


def _station(row: Row[*tuple[Any, ...]], *, silence: timedelta, now: datetime) -> dict[str, Any]:
    station: Station = row.Station
    return {
        "code": station.code,
        "name": station.name,
        "grid": row.grid,
        "grid_name": row.grid_name,
        "kind": station.kind,
        "purpose": station.purpose,
        "lon": station.lon,
        "lat": station.lat,
        "cadence_s": station.cadence_s,
        "health": health(station, offline_alert=row.offline_alert, silence=silence, now=now),
        "last_observed_at": instant(station.last_observed_at),
        "last_received_at": instant(station.last_received_at),
        "said_offline_at": instant(station.said_offline_at),
        "retired_at": instant(station.retired_at),
    }


QUIET = """(s.said_offline_at IS NOT NULL
        OR {now} - s.last_received_at > greatest({silence}::interval, s.cadence_s * interval '3 seconds')
        OR EXISTS (SELECT 1 FROM alert a
                    WHERE a.station_id = s.id AND a.kind = 'offline' AND a.state = 'open'))"""
"""The rule of `health` in SQL, over a station `s` that was heard of at all."""
_NETWORK = f"""
SELECT count(*) FILTER (WHERE s.last_received_at IS NOT NULL AND NOT {QUIET.format(now="$2", silence="$3")}),
       count(*) FILTER (WHERE s.last_received_at IS NOT NULL AND {QUIET.format(now="$2", silence="$3")}),
       count(*) FILTER (WHERE s.last_received_at IS NULL)
  FROM station s
 WHERE s.retired_at IS NULL AND ($1::int[] IS NULL OR s.grid_id = ANY($1))
   AND ($4::int[] IS NULL OR s.grid_id = ANY($4))
"""


async def network_health(
    session: AsyncSession,
    *,
    scope: Scope,
    grid_ids: frozenset[int] | None,
    silence: timedelta,
    now: datetime,
) -> dict[Health, int]:
    """How many stations in service are of each health, by the same rule as `health`."""
    seen, chosen = (None if ids is None else sorted(ids) for ids in (scope.grid_ids, grid_ids))
    ((online, offline, never),) = await fetch(session, _NETWORK, seen, now, silence, chosen)
    return {"online": online, "offline": offline, "never": never}


async def list_stations(
    session: AsyncSession,
    *,
    scope: Scope,
    silence: timedelta,
    now: datetime,
    grid_ids: frozenset[int] | None = None,
    cursor: str | None = None,
    limit: int = 100,
) -> dict[str, Any]:
    """A page of the stations in service in the scope, in the order they were registered."""
    statement = _STATION.where(
        scope.where(Station.grid_id),
        Station.retired_at.is_(None),
        Station.id > (decode_cursor(cursor, top=INTEGER_MAX) or 0),
    )
    if grid_ids is not None:
        statement = statement.where(Station.grid_id.in_(sorted(grid_ids)))
    rows = (await session.execute(statement.order_by(Station.id).limit(limit + 1))).all()
    result = page([_station(row, silence=silence, now=now) for row in rows[:limit]], limit)
    if len(rows) > limit:
        result["next_cursor"] = encode_cursor(rows[limit - 1].Station.id)
    return result


async def station_document(
    session: AsyncSession, code: str, scope: Scope, *, silence: timedelta, now: datetime
) -> dict[str, Any]:
    """One station, retired or not; raises NotFound outside the scope as well."""
    statement = _STATION.where(Station.code == code, scope.where(Station.grid_id))
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise NotFound(f"no station {code}")
    return _station(row, silence=silence, now=now)


async def station_id_of(session: AsyncSession, code: str, scope: Scope) -> int:
    """The id of a station in the scope; raises NotFound otherwise."""
    statement = select(Station.id).where(Station.code == code, scope.where(Station.grid_id))
    station_id = (await session.execute(statement)).scalar_one_or_none()
    if station_id is None:
        raise NotFound(f"no station {code}")
    return station_id


async def readings(
    session: AsyncSession,
    station_id: int,
    *,
    begin: datetime,
    end: datetime,
    cursor: str | None = None,
    limit: int = 1000,
) -> dict[str, Any]:
    """A page of the current version of the readings with begin ≤ observed_at < end, newest first."""
    last = decode_cursor(cursor)
    if last is not None:
        # An integer beyond the calendar cannot come from a cursor of ours, but from one made up.
        end = min(end, _EPOCH + min(last, 2**57) * _MICROSECOND)
    statement = (
        select(ReadingRow)
        .where(
            ReadingRow.station_id == station_id, ReadingRow.observed_at >= begin, ReadingRow.observed_at < end
        )
        .order_by(ReadingRow.observed_at.desc())
        .limit(limit + 1)
    )
    rows = (await session.execute(statement)).scalars().all()
    more = (
        encode_cursor((rows[limit - 1].observed_at - _EPOCH) // _MICROSECOND) if len(rows) > limit else None
    )
    flags = await _flags(session, station_id, rows[:limit])
    items = [_reading(row, flags.get(row.observed_at, {})) for row in rows[:limit]]
    return {"items": items, "next_cursor": more}


async def _flags(
    session: AsyncSession, station_id: int, rows: Sequence[ReadingRow]
) -> dict[datetime, dict[str, dict[str, Any]]]:
    """By instant and pollutant, what quality control says of the readings."""
    newest, oldest = (rows[0].observed_at, rows[-1].observed_at) if rows else (_EPOCH, _EPOCH)
    found = await session.execute(
        select(ReadingFlag).where(
            ReadingFlag.station_id == station_id,
            ReadingFlag.observed_at.between(oldest, newest),
        )
    )
    flags: dict[datetime, dict[str, dict[str, Any]]] = {}
    for flag in found.scalars():
        flags.setdefault(flag.observed_at, {})[flag.pollutant] = {
            "level": flag.level, "test": flag.test, "rule_version": flag.rule_version,
        }  # fmt: skip
    return flags


def _reading(row: ReadingRow, flags: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return {
        "observed_at": instant(row.observed_at),
        "received_at": instant(row.received_at),
        "version": row.version,
        "seq": row.seq,
        "values": {name: getattr(row, name) for name in POLLUTANTS},
        "met": {name: getattr(row, name) for name in MET},
        "location": None if row.lon is None or row.lat is None else {"lon": row.lon, "lat": row.lat},
        "flags": flags,
    }
