"""A computation small enough to be checked by hand, as the port wants it: a station over a limit is an event."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from alerts.rulebook import LevelSpan
from app.backtest.port import HistoricReading, WouldBeAlert
from app.registry.entries import Registry
from models.enums import AlertKind, AlertScope

FRESH = timedelta(minutes=30)


def over_limit(
    readings: Iterator[HistoricReading],
    registry: Registry,
    rules: Mapping[str, Any],
    *,
    version: int,
    levels: Sequence[LevelSpan],
) -> Iterable[WouldBeAlert]:
    """`rules` is `{"limit": µg/m³ of PM2.5}`; half of it while a response is in force."""
    grids = {station.code: station.grid for station in registry.stations}
    opened: dict[str, tuple[datetime, bool]] = {}
    for one in readings:
        station, at, value = one.reading.station, one.reading.observed_at, one.reading.values[0]
        in_force = any(span.since <= at and (span.until is None or at < span.until) for span in levels)
        limit = rules["limit"] / 2 if in_force else rules["limit"]
        if value is not None and value >= limit:
            opened.setdefault(station, (at, one.received_at - at <= FRESH))
        elif station in opened:
            began, fresh = opened.pop(station)
            yield _event(station, grids[station], began, at, fresh, version)
    for station, (began, fresh) in sorted(opened.items()):
        yield _event(station, grids[station], began, None, fresh, version)


def _event(
    station: str, grid: str, began: datetime, ended: datetime | None, fresh: bool, version: int
) -> WouldBeAlert:
    return WouldBeAlert(
        grid=grid, stations=(station,), pollutants=("pm25",), kind=AlertKind.EXCEEDANCE_SHORT,
        scope=AlertScope.LOCAL, started_at=began, detected_at=began, cleared_at=ended, order=fresh,
        why={"version": version},
    )  # fmt: skip


def ends_its_process(
    readings: Iterator[HistoricReading],
    registry: Registry,
    rules: Mapping[str, Any],
    *,
    version: int,
    levels: Sequence[LevelSpan],
) -> Iterable[WouldBeAlert]:
    """What a computation that runs out of memory looks like from outside."""
    os._exit(9)
