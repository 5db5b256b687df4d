"""Days made of readings: exact, whole, once over, and again for what came late."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from airquality.period import BEIJING
from app.database import Sessions, transaction
from app.ingest.partitions import Partitions
from models.air import AirDay, AirGathering
from models.enums import POLLUTANTS, AirSource
from models.reading import ReadingFlag, ReadingRow
from supervision.air import gathering
from tests.factories import World, make_world
from tests.fakes import FakeClock

DAY = date(2026, 11, 20)
BEGIN = datetime(2026, 11, 20, tzinfo=BEIJING)
MORNING = BEGIN + timedelta(days=1, hours=1, minutes=1)
Level = Callable[[int], float | None]


@pytest_asyncio.fixture
async def world(sessions: Sessions, tmp_path: Path) -> World:
    return await make_world(sessions, FakeClock(MORNING), tmp_path)


async def send(
    world: World, station: str, *, every_s: int = 3600, day: datetime = BEGIN, **levels: Level
) -> None:
    """A day of readings; each pollutant's level by the hour."""
    instants = [day + timedelta(seconds=n * every_s) for n in range(86400 // every_s)]
    await Partitions(world.sessions).ensure({at.astimezone(UTC).date() for at in instants})
    async with transaction(world.sessions) as session:
        for at in instants:
            hour = (at - day) // timedelta(hours=1)
            values = {name: level(hour) for name, level in levels.items()}
            if any(value is not None for value in values.values()):
                session.add(
                    ReadingRow(
                        station_id=world.stations[station].id,
                        observed_at=at,
                        received_at=at,
                        version=1,
                        **values,
                    )
                )


async def cadence(world: World, station: str, seconds: int) -> None:
    async with transaction(world.sessions) as session:
        row = await session.merge(world.stations[station])
        row.cadence_s = seconds


async def gather(world: World, now: datetime) -> list[date]:
    """Everything that is due at `now`."""
    found: list[date] = []
    async with transaction(world.sessions) as session:
        await gathering.plan(session, now)
    while True:
        async with transaction(world.sessions) as session:
            day = await gathering.gather(session, now)
        if day is None:
            return found
        found.append(day)


async def figures(world: World, station: str, day: date = DAY) -> dict[str, Fraction]:
    async with world.sessions() as session:
        found = await gathering.days_of(session, [world.stations[station].id], day, day)
    return found.get(world.stations[station].id, {}).get(day, {})


async def test_a_day_of_hours_is_exact(world: World) -> None:
    await cadence(world, "WZ-1", 3600)
    await send(
        world, "WZ-1", pm25=lambda hour: 10.0 if hour else 11.0, co=lambda hour: 0.4, o3=lambda hour: float(10 * hour),
        no2=lambda hour: 20.0 if hour < 19 else None,
    )  # fmt: skip
    assert DAY in await gather(world, MORNING)
    assert await figures(world, "WZ-1") == {
        "pm25": Fraction(241, 24),
        "co": Fraction(2, 5),
        # Hours 17 to 24: 160 to 230.
        "o3": Fraction(195),
    }
    async with world.sessions() as session:
        row = (await session.scalars(select(AirDay).where(AirDay.day == DAY))).one()
    assert (row.no2_sum, row.no2_count, row.o3_windows, row.source) == (None, 0, 17, "readings")
    assert await figures(world, "WZ-2") == {}


async def test_an_hour_wants_three_quarters_of_what_was_promised_and_what_passed(world: World) -> None:
    await cadence(world, "WZ-1", 900)
    await send(world, "WZ-1", every_s=900, pm25=lambda hour: 10.0, pm10=lambda hour: 20.0)
    station = world.stations["WZ-1"].id
    async with transaction(world.sessions) as session:
        # One of four is doubtful in each hour, and in five hours two are.
        for hour in range(24):
            for quarter in range(2 if hour < 5 else 1):
                at = BEGIN + timedelta(hours=hour, minutes=15 * quarter)
                session.add(
                    ReadingFlag(
                        station_id=station,
                        observed_at=at,
                        pollutant="pm25",
                        level=4,
                        test="spike",
                        rule_version=1,
                    )
                )
    await gather(world, MORNING)
    found = await figures(world, "WZ-1")
    assert "pm25" not in found
    assert found["pm10"] == 20


async def test_a_day_is_gathered_when_it_is_over_and_again_when_what_was_late_has_come(world: World) -> None:
    await cadence(world, "WZ-1", 3600)
    await send(world, "WZ-1", pm25=lambda hour: 10.0 if hour < 12 else None)
    assert DAY not in await gather(world, MORNING - timedelta(minutes=2))
    assert DAY in await gather(world, MORNING)
    assert await figures(world, "WZ-1") == {}
    await send(world, "WZ-1", pm25=lambda hour: None if hour < 12 else 30.0)
    assert DAY not in await gather(world, MORNING + timedelta(days=2))
    assert DAY in await gather(world, MORNING + timedelta(days=3))
    assert await figures(world, "WZ-1") == {"pm25": 20}
    assert DAY not in await gather(world, MORNING + timedelta(days=9))
    async with world.sessions() as session:
        row = await session.get(AirGathering, DAY)
        assert row is not None
        assert row.gathered_at == MORNING
        assert row.again_at == MORNING + timedelta(days=3)
        assert await session.scalar(select(func.count()).select_from(AirDay).where(AirDay.day == DAY)) == 1


async def test_two_engines_do_not_gather_one_day_twice(world: World) -> None:
    async with transaction(world.sessions) as session:
        await gathering.plan(session, MORNING)
    async with transaction(world.sessions) as one, transaction(world.sessions) as other:
        first, second = await gathering.gather(one, MORNING), await gathering.gather(other, MORNING)
    assert first is not None
    assert second is not None
    assert first != second


async def test_what_the_region_delivered_is_not_overwritten(world: World) -> None:
    await cadence(world, "WZ-1", 3600)
    await send(world, "WZ-1", pm25=lambda hour: 10.0)
    station = world.stations["WZ-1"].id
    delivered = gathering.packed([(station, hour, *[12_500] * len(POLLUTANTS)) for hour in range(24)])
    async with transaction(world.sessions) as session:
        await gathering.keep(session, DAY, delivered, source=AirSource.IMPORTED, now=MORNING)
    await gather(world, MORNING)
    assert await figures(world, "WZ-1") == dict.fromkeys(POLLUTANTS, Fraction(25, 2))


async def alter(world: World, change: dict[str, object]) -> None:
    async with transaction(world.sessions) as session:
        row = (await session.scalars(select(AirDay).where(AirDay.day == DAY))).one()
        for name, value in change.items():
            setattr(row, name, value)


async def test_the_database_keeps_sums_and_counts_together(world: World) -> None:
    await cadence(world, "WZ-1", 3600)
    await send(world, "WZ-1", pm25=lambda hour: 10.0)
    await gather(world, MORNING)
    changes: tuple[dict[str, object], ...] = (
        {"pm25_sum": None},
        {"pm25_count": 25},
        {"o3_windows": 18},
        {"hours": b"x"},
        {"source": "x"},
    )
    for change in changes:
        with pytest.raises(IntegrityError):
            await alter(world, change)
