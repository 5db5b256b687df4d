"""The stored history as a computation wants it: plain values, read by a loop of the worker's own. All SQL of it."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.types import Integer

from alerts import rulebook
from alerts.rulebook import LevelSpan
from app.backtest.port import HistoricReading, KnownOutcome
from app.registry.entries import GridEntry, Registry, SourceEntry, StationEntry
from models.alert import Alert
from models.base import UtcDateTime
from models.enums import MET, POLLUTANTS, FalseAlarm, OrderState
from models.facts import Reading
from models.order import WorkOrder
from models.registry import Grid, Source, Station

AT_ONCE = 5000
DAY = timedelta(days=1)
_VALUES = ", ".join(f"r.{name}" for name in (*POLLUTANTS, *MET))
# A day is a partition: it is sorted once, and no transaction stays open while the next one is looked for.
_READINGS = text(
    f"SELECT r.station_id, r.observed_at, r.received_at, r.seq, r.lon, r.lat, {_VALUES} FROM reading r"
    " WHERE r.observed_at >= :since AND r.observed_at < :until AND r.station_id = ANY(:stations)"
    " ORDER BY r.observed_at, r.station_id"
).bindparams(
    bindparam("since", type_=UtcDateTime()),
    bindparam("until", type_=UtcDateTime()),
    bindparam("stations", type_=ARRAY(Integer)),
)
_FIRST_VALUE = 6


class History:
    """What there is between `since` and `until`, of one grid and below or of all."""

    def __init__(
        self,
        engine: AsyncEngine,
        loop: asyncio.AbstractEventLoop,
        *,
        since: datetime,
        until: datetime,
        grid_id: int | None,
    ) -> None:
        self._engine = engine
        self._loop = loop
        self._since, self._until = since, until
        self._grid_id = grid_id
        self._codes: dict[int, str] = {}
        self.read = 0
        """Readings handed out by the last `readings`."""

    async def load(self) -> tuple[Registry, Sequence[LevelSpan], list[KnownOutcome]]:
        """Everything but the readings."""
        async with AsyncSession(self._engine) as session:
            grids = (await session.execute(select(Grid).order_by(Grid.level, Grid.code))).scalars().all()
            inside = _subtree(grids, self._grid_id)
            codes = {grid.id: grid.code for grid in grids}
            stations = await self._stations(session, inside)
            sources = (await session.execute(select(Source).order_by(Source.code))).scalars().all()
            levels = await rulebook.response_levels(session, self._since, self._until)
            outcomes = await self._outcomes(session, inside)
        self._codes = {station.id: station.code for station in stations}
        registry = Registry(
            grids=tuple(_grid(grid, codes) for grid in grids),
            people=(),
            stations=tuple(_station(station, codes) for station in stations),
            sources=tuple(_source(source, codes) for source in sources),
        )
        return registry, levels, outcomes

    def readings(self, on_day: Callable[[float], None]) -> Generator[HistoricReading, None, None]:
        """Every stored reading once, by (observed_at, station); `on_day` hears the share of the span behind it."""
        self.read = 0
        day = self._since
        while day < self._until:
            end = min(day + DAY, self._until)
            parts = self._parts(day, end)
            try:
                while (rows := self._loop.run_until_complete(anext(parts, None))) is not None:
                    self.read += len(rows)
                    for row in rows:
                        yield self._reading(row)
            finally:
                # A computation that stops half-way must not take the connection with it.
                self._loop.run_until_complete(parts.aclose())
            on_day((end - self._since) / (self._until - self._since))
            day = end

    async def _parts(
        self, since: datetime, until: datetime
    ) -> AsyncGenerator[Sequence[Row[*tuple[Any, ...]]], None]:
        async with self._engine.connect() as connection:
            # The computation may take its time between two parts.
            await connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
            await connection.execute(text("SET LOCAL statement_timeout = 0"))
            values = {"since": since, "until": until, "stations": sorted(self._codes)}
            result = await connection.stream(_READINGS, values, execution_options={"yield_per": AT_ONCE})
            async for rows in result.partitions(AT_ONCE):
                yield rows

    def _reading(self, row: Row[*tuple[Any, ...]]) -> HistoricReading:
        split = _FIRST_VALUE + len(POLLUTANTS)
        reading = Reading(
            station=self._codes[row[0]],
            observed_at=row[1],
            values=tuple(row[_FIRST_VALUE:split]),
            met=tuple(row[split:]),
            seq=row[3],
            lon=row[4],
            lat=row[5],
        )
        return HistoricReading(reading, row[2])

    async def _stations(self, session: AsyncSession, inside: set[int]) -> Sequence[Station]:
        rows = await session.execute(
            select(Station)
            .where(
                Station.grid_id.in_(sorted(inside)),
                Station.retired_at.is_(None) | (Station.retired_at > self._since),
            )
            .order_by(Station.code)
        )
        return rows.scalars().all()

    async def _outcomes(self, session: AsyncSession, inside: set[int]) -> list[KnownOutcome]:
        rows = await session.execute(
            select(Station.code, Alert.started_at, Alert.cleared_at, WorkOrder.false_alarm)
            .join(Alert, Alert.id == WorkOrder.alert_id)
            .join(Station, Station.id == Alert.station_id)
            .where(
                WorkOrder.dispatched_at >= self._since,
                WorkOrder.dispatched_at < self._until,
                Station.grid_id.in_(sorted(inside)),
                (WorkOrder.state == OrderState.CLOSED.value) | WorkOrder.false_alarm.is_not(None),
            )
            .order_by(WorkOrder.id)
        )
        return [KnownOutcome(r[0], r[1], r[2], None if r[3] is None else FalseAlarm(r[3])) for r in rows]


def _subtree(grids: Sequence[Grid], top: int | None) -> set[int]:
    if top is None:
        return {grid.id for grid in grids}
    found = {top}
    # Parents stand before their children.
    for grid in grids:
        if grid.parent_id in found:
            found.add(grid.id)
    return found


def _grid(grid: Grid, codes: dict[int, str]) -> GridEntry:
    parent = None if grid.parent_id is None else codes[grid.parent_id]
    return GridEntry(grid.code, grid.name, grid.level, parent, grid.kind)


def _station(station: Station, codes: dict[int, str]) -> StationEntry:
    return StationEntry(
        code=station.code,
        name=station.name,
        grid=codes[station.grid_id],
        lon=station.lon,
        lat=station.lat,
        kind=station.kind,
        cadence_s=station.cadence_s,
    )


def _source(source: Source, codes: dict[int, str]) -> SourceEntry:
    return SourceEntry(
        code=source.code,
        name=source.name,
        grid=codes[source.grid_id],
        lon=source.lon,
        lat=source.lat,
        category=source.category,
        pollutants=tuple(source.pollutants),
    )
