"""The real detector over real readings: killed and started again anywhere, or with two intakes that share the counties,
the service opens the same alerts.
"""

import csv
import gzip
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import yaml

from app.database import Sessions, transaction
from app.detection import inbox
from app.detection.parcel import Packed
from app.registry.directory import Directory
from models.bulk import fetch
from models.enums import POLLUTANTS
from tests.factories import AS_THE_OWNER, PREFECTURE, World, make_grid, make_station, make_world
from tests.fakes import START, FakeClock
from tests.timeline import make_worker

EXTRACT = Path(__file__).parents[1] / "data" / "detection"
_ALERTS = """
SELECT a.event_key, a.kind, a.scope, a.severity, a.state, s.code, a.started_at, a.detected_at, a.cleared_at,
       a.pollutants::text, (SELECT array_agg(m.station_id ORDER BY m.station_id) FROM alert_member m
                             WHERE m.alert_id = a.id)
  FROM alert a JOIN station s ON s.id = a.station_id ORDER BY a.event_key
"""
_FLAGS = "SELECT station_id, observed_at, pollutant, level, test FROM reading_flag ORDER BY 1, 2, 3"
_FEED = "SELECT kind, data::text FROM journal WHERE kind LIKE 'alert.%' OR kind LIKE 'station.o%' ORDER BY id"


def extract() -> list[tuple[str, datetime, list[float | None]]]:
    with gzip.open(EXTRACT / "readings.csv.gz", "rt", newline="") as handle:
        return [
            (
                row["station"],
                datetime.fromisoformat(row["observed_at"]).astimezone(UTC),
                [float(row[name]) if row[name] else None for name in POLLUTANTS],
            )
            for row in csv.DictReader(handle)
        ]


@pytest_asyncio.fixture
async def world(sessions: Sessions, tmp_path: Path) -> AsyncIterator[World]:
    """The extract's stations in a registry of their own."""
    made = await make_world(sessions, FakeClock(START), tmp_path)
    document = yaml.safe_load((EXTRACT / "registry.yaml").read_text())
    async with transaction(sessions) as session:
        grids = {}
        for grid in document["grids"]:
            known = made.grids.get(grid["code"])
            grids[grid["code"]] = known or await make_grid(
                session, grid["code"], parent=made.grids[PREFECTURE], name=grid["name"]
            )
        for station in document["stations"]:
            made.stations[station["code"]] = await make_station(
                session, station["code"], grids[station["grid"]], lon=station["lon"], lat=station["lat"],
                cadence_s=150,
            )  # fmt: skip
        await made.context.directory.refresh(session)
    yield made


def packed(world: World) -> list[Packed]:
    """The readings as the intake tells them, each received when it was made."""
    return [
        (world.stations[code].id, at, at.timestamp(), values, [None] * 5, None, None, False)
        for code, at, values in extract()
    ]


async def append(world: World, readings: list[Packed]) -> None:
    async with transaction(world.sessions) as session:
        await inbox.append(session, [inbox.readings(readings)], now=world.clock.now())


async def result(world: World) -> list[list[tuple[Any, ...]]]:
    async with world.sessions() as session:
        return [[tuple(row) for row in await fetch(session, sql)] for sql in (_ALERTS, _FLAGS, _FEED)]


async def start_again(world: World) -> None:
    """As if nothing had been judged yet; the stream is empty."""
    async with transaction(world.sessions) as session:
        await fetch(session, AS_THE_OWNER)
        await fetch(
            session,
            "TRUNCATE alert, alert_member, reading_flag, journal, work_order, sla_clock, detection_inbox,"
            " detection_cursor, detection_state, detection_state_part, detection_exception, outbox, unrouted"
            " RESTART IDENTITY CASCADE",
        )


@pytest.mark.parametrize("seed", [1, 2])
async def test_killed_anywhere_the_same_alerts_are_open(world: World, seed: int) -> None:
    chance = random.Random(seed)
    stream = packed(world)
    worker = make_worker(world.context)
    await append(world, stream[:1])
    for start in range(1, len(stream), 500):
        await append(world, stream[start : start + 500])
    while await worker.step():
        pass
    whole = await result(world)
    assert len(whole[0]) > 3
    await start_again(world)

    worker = make_worker(world.context)
    await append(world, stream[:1])
    position = 1
    while position < len(stream):
        size = chance.randrange(1, 700)
        await append(world, stream[position : position + size])
        position += size
        while await worker.step():
            if chance.random() < 0.2:
                await worker.checkpoint()
        if chance.random() < 0.5:
            # Killed: the next one knows nothing but what is in the database.
            worker = make_worker(world.context)
    assert await result(world) == whole


async def test_two_intakes_that_share_the_counties_open_the_same_alerts(world: World) -> None:
    """Each writes its own counties' readings of the same minutes; what is judged is one stream."""
    stream = packed(world)
    directory: Directory = world.context.directory
    ours = {s.id for s in directory.stations if s.grid_code < "652310"}
    minutes: dict[int, list[Packed]] = {}
    for reading in stream:
        minutes.setdefault(int(reading[2] // 600), []).append(reading)
    worker = make_worker(world.context)
    for batch in minutes.values():
        await append(world, batch)
    while await worker.step():
        pass
    alone = {row[1:6] for row in (await result(world))[0]}
    await start_again(world)
    worker = make_worker(world.context)
    for batch in minutes.values():
        # Within ten minutes one intake may be ahead of the other.
        for mine in ([r for r in batch if r[0] in ours], [r for r in batch if r[0] not in ours]):
            if mine:
                await append(world, mine)
        while await worker.step():
            pass
    shared = {row[1:6] for row in (await result(world))[0]}
    assert {row for row in shared if row[1] == "local"} == {row for row in alone if row[1] == "local"}
    assert len(shared ^ alone) <= 2
