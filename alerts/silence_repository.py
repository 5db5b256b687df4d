"""All SQL of silences, and of the alerts they keep from an order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from models.alert import Alert
from models.bulk import fetch
from models.enums import AlertKind, AlertScope, AlertState, Severity, SilenceKind
from models.ids import AlertId
from models.order import Unrouted
from models.registry import Grid, Person, Station
from models.rules import SilenceRow

_NAMED = (
    select(
        SilenceRow,
        Grid.code.label("grid"),
        Grid.name.label("grid_name"),
        Station.code.label("station"),
        Station.name.label("station_name"),
        Person.name.label("author"),
    )
    .join(Grid, Grid.id == SilenceRow.grid_id)
    .outerjoin(Station, Station.id == SilenceRow.station_id)
    .join(Person, Person.id == SilenceRow.author_id)
)
# Locked in order of id, so that two processes with the same alerts wait for each other instead of failing.
_SUPPRESS = """
WITH u AS (SELECT * FROM unnest($1::bigint[], $2::int[]) AS t(id, silence_id)),
l AS (SELECT a.id FROM alert a JOIN u ON u.id = a.id ORDER BY a.id FOR UPDATE OF a)
UPDATE alert a SET suppressed_by = u.silence_id, released_at = NULL
FROM u JOIN l ON l.id = u.id WHERE a.id = u.id"""


@dataclass(frozen=True, slots=True)
class Told:
    """A silence with the names that the journal tells."""

    id: int
    kind: SilenceKind
    grid_id: int
    grid: str
    grid_name: str
    station: str | None
    station_name: str | None
    pollutants: list[str] | None
    kinds: list[str] | None
    starts_at: datetime
    ends_at: datetime
    reason: str
    author: str
    cancelled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Held:
    """An open alert whose silence is over, with what decides whether an order is due for it."""

    alert_id: AlertId
    kind: AlertKind
    scope: AlertScope
    severity: Severity
    station: str
    pollutant: str | None
    why: dict[str, Any]
    last_at: datetime
    order_due: bool
    has_order: bool
    waits_unrouted: bool
    silence_kind: SilenceKind
    silence_ended_at: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """An alert in the unrouted queue that no silence holds yet."""

    alert_id: AlertId
    station: str
    pollutant: str | None
    kind: AlertKind


def _told(row: Row[*tuple[Any, ...]]) -> Told:
    s: SilenceRow = row.SilenceRow
    return Told(
        s.id, SilenceKind(s.kind), s.grid_id, row.grid, row.grid_name, row.station, row.station_name,
        s.pollutants, s.kinds, s.starts_at, s.ends_at, s.reason, row.author, s.cancelled_at,
    )  # fmt: skip


async def active(session: AsyncSession, now: datetime) -> list[Row[*tuple[Any, ...]]]:
    """Those in force at `now`: one look into a small index."""
    rows = await session.execute(
        select(
            SilenceRow.id,
            SilenceRow.kind,
            SilenceRow.pollutants,
            SilenceRow.kinds,
            SilenceRow.starts_at,
            SilenceRow.ends_at,
            Grid.code.label("grid"),
            Station.code.label("station"),
        )
        .join(Grid, Grid.id == SilenceRow.grid_id)
        .outerjoin(Station, Station.id == SilenceRow.station_id)
        .where(
            SilenceRow.end_told_at.is_(None),
            SilenceRow.cancelled_at.is_(None),
            SilenceRow.starts_at <= now,
            SilenceRow.ends_at > now,
        )
        .order_by(SilenceRow.id)
    )
    return list(rows.all())


async def between(session: AsyncSession, since: datetime, until: datetime) -> list[Row[*tuple[Any, ...]]]:
    """Those that were in force at some instant of the span; a cancelled one ended then."""
    ended = func.coalesce(SilenceRow.cancelled_at, SilenceRow.ends_at)
    rows = await session.execute(
        select(
            SilenceRow.id,
            SilenceRow.kind,
            SilenceRow.pollutants,
            SilenceRow.kinds,
            SilenceRow.starts_at,
            ended.label("ends_at"),
            Grid.code.label("grid"),
            Station.code.label("station"),
        )
        .join(Grid, Grid.id == SilenceRow.grid_id)
        .outerjoin(Station, Station.id == SilenceRow.station_id)
        .where(SilenceRow.starts_at < until, ended > since)
        .order_by(SilenceRow.id)
    )
    return list(rows.all())


async def add(session: AsyncSession, **values: Any) -> int:
    return int(
        (await session.execute(insert(SilenceRow).values(**values).returning(SilenceRow.id))).scalar_one()
    )


async def find(session: AsyncSession, silence_id: int) -> Told | None:
    """The silence, held until the transaction ends."""
    row = (await session.execute(_locked(_NAMED.where(SilenceRow.id == silence_id)))).one_or_none()
    return None if row is None else _told(row)


def _locked(statement: Select[*tuple[Any, ...]], *, skip: bool = False) -> Select[*tuple[Any, ...]]:
    return statement.with_for_update(of=SilenceRow, skip_locked=skip).execution_options(
        populate_existing=True
    )


async def change(session: AsyncSession, silence_ids: Sequence[int], **values: Any) -> None:
    await session.execute(
        update(SilenceRow)
        .where(SilenceRow.id.in_(silence_ids))
        .values(**values)
        .execution_options(synchronize_session=False)
    )


async def untold(
    session: AsyncSession,
    told_at: InstrumentedAttribute[datetime | None],
    happened_at: InstrumentedAttribute[datetime],
    now: datetime,
    limit: int,
) -> list[Told]:
    """Claims those whose beginning or end is past and not told; what another engine holds is passed over."""
    statement = (
        _NAMED.where(told_at.is_(None), happened_at <= now, SilenceRow.cancelled_at.is_(None))
        .order_by(happened_at, SilenceRow.id)
        .limit(limit)
    )
    return [_told(row) for row in await session.execute(_locked(statement, skip=True))]


async def suppress(session: AsyncSession, by: Mapping[AlertId, int]) -> None:
    """Notes which silence keeps each alert from an order."""
    ids = sorted(by)
    await fetch(session, _SUPPRESS, ids, [by[id_] for id_ in ids])


async def suppressed(session: AsyncSession, silence_id: int) -> int:
    """How many alerts it has kept from an order."""
    statement = select(func.count()).select_from(Alert).where(Alert.suppressed_by == silence_id)
    return (await session.scalar(statement)) or 0


async def over(session: AsyncSession, now: datetime, limit: int) -> list[Held]:
    """Claims open alerts whose silence is over, oldest first."""
    ended = func.coalesce(SilenceRow.cancelled_at, SilenceRow.ends_at)
    waits = select(Unrouted.id).where(Unrouted.alert_id == Alert.id, Unrouted.resolved_at.is_(None)).exists()
    rows = await session.execute(
        select(Alert, Station.code, waits, SilenceRow.kind, ended)
        .join(SilenceRow, SilenceRow.id == Alert.suppressed_by)
        .join(Station, Station.id == Alert.station_id)
        .where(
            Alert.state == AlertState.OPEN.value,
            Alert.released_at.is_(None),
            ended <= now,
            # What was measured in maintenance speaks for nothing: only a later reading carries the alert on.
            (SilenceRow.kind == SilenceKind.SILENCE.value) | (Alert.last_at > ended),
        )
        .order_by(Alert.id)
        .limit(limit)
        .with_for_update(of=Alert, skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return [
        Held(
            AlertId(a.id), AlertKind(a.kind), AlertScope(a.scope), Severity(a.severity), station, a.pollutant,
            a.why, a.last_at, a.order_due, a.order_id is not None, unrouted, SilenceKind(kind), ended_at,
        )
        for a, station, unrouted, kind, ended_at in rows
    ]  # fmt: skip


async def release(session: AsyncSession, alert_ids: Sequence[AlertId], now: datetime) -> None:
    sql = "UPDATE alert SET released_at = $2 WHERE id = ANY($1::bigint[])"
    await fetch(session, sql, sorted(alert_ids), now)


async def waiting(session: AsyncSession) -> list[Waiting]:
    """What waits in the unrouted queue and is not held by a silence."""
    rows = await session.execute(
        select(Alert.id, Station.code, Alert.pollutant, Alert.kind)
        .join(Unrouted, Unrouted.alert_id == Alert.id)
        .join(Station, Station.id == Alert.station_id)
        .where(Unrouted.resolved_at.is_(None), Alert.suppressed_by.is_(None) | Alert.released_at.is_not(None))
        .order_by(Alert.id)
    )
    return [Waiting(AlertId(row[0]), row[1], row[2], AlertKind(row[3])) for row in rows]
