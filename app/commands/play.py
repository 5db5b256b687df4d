"""`geshao replay`: publishes history over MQTT the way stations would, at its own pace or faster."""

import asyncio
import csv
import gzip
import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TextIO

from app.publisher import MqttPublisher
from models.clock import Clock
from models.enums import MET, POLLUTANTS
from models.errors import ConfigurationError

PATIENCE = 30.0
IN_FLIGHT = 200
"""Messages on their way at once; the broker acknowledges each."""


@dataclass(frozen=True, slots=True)
class Line:
    """One row of history."""

    station: str
    observed_at: datetime
    values: dict[str, float | None]
    met: dict[str, float]
    location: dict[str, float] | None

    def payload(self, shift: timedelta) -> bytes:
        body: dict[str, object] = {
            "observed_at": (self.observed_at + shift).isoformat(),
            "values": self.values,
        }
        if self.met:
            body["met"] = self.met
        if self.location:
            body["location"] = self.location
        return json.dumps(body, separators=(",", ":")).encode()


def _opened(path: Path) -> TextIO:
    try:
        return gzip.open(path, "rt", newline="") if path.suffix == ".gz" else path.open(newline="")
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror or error}") from None


def read_history(path: Path) -> Iterator[Line]:
    """Rows of a back-test CSV in their order; raises ConfigurationError naming file, line and fault."""
    with _opened(path) as handle:
        reader = csv.DictReader(handle)
        try:
            columns = set(reader.fieldnames or ())
            missing = {"station", "observed_at"} - columns
            if missing or not columns & set(POLLUTANTS):
                wanted = ", ".join(sorted(missing)) or "a pollutant"
                raise ConfigurationError(f"{path}:1: the header lacks {wanted}")
            for row in reader:
                yield _line(row, f"{path}:{reader.line_num}")
        except (UnicodeDecodeError, csv.Error, EOFError, gzip.BadGzipFile) as error:
            raise ConfigurationError(f"{path}: not a CSV file: {error}") from None


def _line(row: dict[str, str], place: str) -> Line:
    try:
        observed_at = datetime.fromisoformat(row["observed_at"])
        numbers = {
            name: float(text)
            for name in (*POLLUTANTS, *MET, "lon", "lat")
            if (text := (row.get(name) or "").strip())
        }
    except (TypeError, ValueError) as error:
        raise ConfigurationError(f"{place}: {error}") from None
    if observed_at.tzinfo is None:
        raise ConfigurationError(f"{place}: observed_at has no offset")
    if not all(math.isfinite(number) for number in numbers.values()):
        raise ConfigurationError(f"{place}: a value is not a finite number")
    values = {name: numbers.get(name) for name in POLLUTANTS if name in row and row[name] is not None}
    met = {name: numbers[name] for name in MET if name in numbers}
    location = {"lon": numbers["lon"], "lat": numbers["lat"]} if {"lon", "lat"} <= numbers.keys() else None
    return Line(row["station"], observed_at.astimezone(UTC), values, met, location)


@dataclass(slots=True)
class Survey:
    """What a history holds, known before anything is published."""

    strangers: set[str]
    """Stations that the registry does not have."""
    last: datetime | None = None
    """The newest instant of those it has; None without any."""


def survey(lines: Iterable[Line], stations: set[str]) -> Survey:
    """Reads the whole history once; a fault in it is told here and not halfway."""
    found = Survey(set())
    for line in lines:
        if line.station not in stations:
            found.strangers.add(line.station)
        elif found.last is None or line.observed_at > found.last:
            found.last = line.observed_at
    return found


@dataclass(slots=True)
class Played:
    sent: int = 0
    unknown: int = 0


async def play(
    publisher: MqttPublisher,
    lines: Iterable[Line],
    grids: dict[str, str],
    *,
    clock: Clock,
    speed: float,
    rebase: bool,
) -> Played:
    """Publishes each line when its turn comes; `grids` gives the level-2 grid's code of each station.

    `speed` 1 keeps the pace of the file, N is N times as fast, 0 as fast as the broker takes it. With `rebase`
    the first reading is moved to now and the others with it, at the pace of the file; else instants stay as
    they are.
    """
    played = Played()
    first: datetime | None = None
    begun = clock.now()
    shift = timedelta(0)
    on_the_way: set[asyncio.Task[None]] = set()
    for line in lines:
        grid = grids.get(line.station)
        if grid is None:
            played.unknown += 1
            continue
        if first is None:
            first = line.observed_at
            shift = begun - first if rebase else timedelta(0)
        if speed > 0:
            due = begun + (line.observed_at - first) / speed
            pause = (due - clock.now()).total_seconds()
            if pause > 0:
                await _landed(on_the_way)
                await asyncio.sleep(pause)
        topic = f"geshao/v1/{grid}/{line.station}/reading"
        on_the_way.add(asyncio.ensure_future(_publish(publisher, topic, line.payload(shift))))
        played.sent += 1
        if len(on_the_way) >= IN_FLIGHT:
            await _landed(on_the_way)
    await _landed(on_the_way)
    return played


async def _landed(on_the_way: set[asyncio.Task[None]]) -> None:
    tasks = list(on_the_way)
    on_the_way.clear()
    await asyncio.gather(*tasks)


async def _publish(publisher: MqttPublisher, topic: str, payload: bytes) -> None:
    """Until the broker has it: a lost connection is waited out."""
    while True:
        try:
            await publisher.publish(topic, payload, timeout=PATIENCE)
        except (ConnectionError, TimeoutError):
            await asyncio.sleep(1)
        else:
            return
