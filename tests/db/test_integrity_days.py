"""Days are gathered whole before any is judged, from what was stored; rules are those that hold for a station."""

import json
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pytest_asyncio

from alerts.integrity import evidence
from alerts.integrity.rules import IntegrityRules
from app.database import Sessions, transaction
from app.ingest.partitions import Partitions
from app.integrity.rulings import in_force
from app.integrity.surroundings import Surroundings
from app.integrity.watch import Watch
from models.bulk import fetch
from models.clock import BEIJING
from models.reading import ReadingRow
from tests.factories import COUNTY, World, make_station, make_world
from tests.fakes import FakeClock

DAY = date(2026, 11, 22)


@pytest_asyncio.fixture
async def world(sessions: Sessions, clock: FakeClock, tmp_path: Path) -> World:
    return await make_world(sessions, clock, tmp_path)


def at(hour: int, minute: int = 0, day: date = DAY) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=BEIJING)


async def store(world: World, *rows: tuple[str, datetime, dict[str, float | None]]) -> None:
    await Partitions(world.sessions).ensure({DAY + timedelta(days=n) for n in (-2, -1, 0, 1)})
    async with transaction(world.sessions) as session:
        for station, observed, values in rows:
            session.add(
                ReadingRow(
                    station_id=world.stations[station].id,
                    observed_at=observed,
                    received_at=observed,
                    version=1,
                    **values,
                )
            )


async def parts(world: World) -> list[tuple[Any, ...]]:
    async with world.sessions() as session:
        rows = await fetch(
            session,
            "SELECT day, count(*), count(gathered_at), count(judged_at) FROM integrity_part GROUP BY day ORDER BY day",
        )
    return [tuple(row) for row in rows]


async def test_a_day_is_kept_as_its_hours_were(world: World) -> None:
    pm25 = [30.0, 34.0, 900.0, 31.0, None]
    await store(
        world,
        *(("WZ-1", at(0, n), {"pm25": x, "pm10": 60.0 + n, "co": 0.5}) for n, x in enumerate(pm25)),
        ("WZ-1", at(23, 59), {"pm25": 12.0}),
        # The day before and the day after, to the minute.
        ("WZ-1", at(23, 59, DAY - timedelta(days=1)), {"pm25": 1.0}),
        ("WZ-1", at(0, 0, DAY + timedelta(days=1)), {"pm25": 2.0}),
        ("WZ-1", at(12, 0), {"pm25": None}),
    )
    watch = Watch(world.context)
    while await watch.gather():
        pass
    station = world.stations["WZ-1"].id
    async with world.sessions() as session:
        table = await evidence.of_days(session, [station, world.stations["WZ-2"].id], DAY, 1)
    assert set(table) == {station}
    hours = table[station]
    assert hours.shape == (24, evidence.COLUMNS)
    assert hours[0, :2] == pytest.approx([32.5, 62.0])
    assert hours[0, 4] == pytest.approx(0.5)
    assert hours[0, 6:] == pytest.approx([(4 + 866 + 869) / 3, 1.0, 5])
    assert hours[23, 0] == pytest.approx(12.0)
    assert np.isnan(hours[23, 6])
    assert hours[23, 8] == 1
    assert np.isnan(hours[1:23]).all()


async def test_the_same_hours_come_straight_from_the_readings(world: World) -> None:
    chance = np.random.default_rng(3)
    rows = [
        (station, at(minute // 60, minute % 60), {"pm25": float(x), "pm10": float(2 * x), "o3": None})
        for station in ("WZ-1", "WZ-2")
        for minute, x in zip(range(0, 1440, 7), chance.uniform(20, 90, 206), strict=True)
    ]
    await store(world, *rows)
    ids = [world.stations[code].id for code in ("WZ-1", "WZ-2")]
    watch = Watch(world.context)
    while await watch.gather():
        pass
    async with world.sessions() as session:
        direct = await evidence.of_readings(session, ids, at(0), at(23, 59) + timedelta(minutes=1))
        table = await evidence.of_days(session, ids, DAY, 1)
    assert direct.begins_at == at(0).timestamp()
    assert (direct.length, direct.members) == (24, 2)
    for member, station in enumerate(ids):
        assert np.allclose(direct.level[:, member], table[station][:, :6], rtol=1e-6, equal_nan=True)
        assert np.allclose(direct.count[:, member], table[station][:, 8])
    first = [row[2]["pm25"] for row in rows if row[0] == "WZ-1" and row[1].hour == 0]
    assert direct.level[0, 0, 0] == pytest.approx(np.median(first))
    assert direct.stir[0, 0, 0] == pytest.approx(np.abs(np.diff(first)).mean())


async def test_no_day_is_judged_before_all_of_it_is_gathered(world: World) -> None:
    now = world.clock.now()
    stations = [world.stations[code].id for code in ("WZ-1", "WZ-2")]

    async def plan() -> None:
        async with transaction(world.sessions) as session:
            await evidence.plan(session, now=now, after=timedelta(hours=3), back=2, stations=2, size=1)

    await plan()
    await plan()
    assert await parts(world) == [(DAY - timedelta(days=1), 2, 0, 0), (DAY, 2, 0, 0)]
    for gathered in range(4):
        async with transaction(world.sessions) as session:
            assert await evidence.claim_to_judge(session) is None or gathered >= 2
        async with transaction(world.sessions) as session:
            part = await evidence.claim_to_gather(session)
            assert part is not None
            await evidence.gather(session, part, stations, now=now)
    judged = []
    for _ in range(4):
        async with transaction(world.sessions) as session:
            part = await evidence.claim_to_judge(session)
            assert part is not None
            judged.append(part.day)
            await evidence.judged(session, part, now=now)
    assert judged == sorted(judged)
    async with transaction(world.sessions) as session:
        assert await evidence.claim_to_judge(session) is None
        await evidence.forget(session, now=now + timedelta(days=37))
    assert [row[0] for row in await parts(world)] == [DAY]


async def test_two_engines_never_have_the_same_part(world: World) -> None:
    async with transaction(world.sessions) as session:
        await evidence.plan(
            session, now=world.clock.now(), after=timedelta(hours=3), back=1, stations=2, size=1
        )
    async with transaction(world.sessions) as one, transaction(world.sessions) as other:
        first, second = await evidence.claim_to_gather(one), await evidence.claim_to_gather(other)
        assert first is not None
        assert second is not None
        assert {first.part, second.part} == {0, 1}


async def test_the_rules_are_those_of_the_place(world: World) -> None:
    overrides = {
        "grids": {COUNTY: {"integrity": {"moved": {"positions": 20}}}},
        "stations": {"WZ-1": {"integrity": {"moved": {"away_km": 1.0}}}},
    }
    async with transaction(world.sessions) as session:
        await fetch(
            session,
            "UPDATE rule_set SET body = body || jsonb_build_object('overrides', $1::text::jsonb)",
            json.dumps(overrides),
        )
    async with world.sessions() as session:
        rulings = await in_force(session, world.context.directory, DAY)
    assert (rulings.of("WZ-1").moved.positions, rulings.of("WZ-1").moved.away_km) == (20, 1.0)
    assert rulings.of("WZ-2") == IntegrityRules()
    assert rulings.version == 1


async def test_neighbours_are_found_anew_when_the_registry_changes(world: World) -> None:
    surroundings = Surroundings(world.context.directory)
    async with transaction(world.sessions) as session:
        await surroundings.refresh(session)
        first = world.stations["WZ-1"].id
        assert surroundings.group(first) == [first, world.stations["WZ-2"].id]
        hourly = await make_station(session, "WZ-3", world.grids[COUNTY], cadence_s=3600)
        third = await make_station(session, "WZ-4", world.grids[COUNTY], lon=87.31)
        await world.context.directory.refresh(session)
        await surroundings.refresh(session)
    assert surroundings.group(first) == [first, world.stations["WZ-2"].id, third.id]
    assert surroundings.group(hourly.id) == [hourly.id]
    assert surroundings.group(999) == [999]
