"""Targets from the database: versions, and where units and stations stand on a day."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import func, select

from app.database import Sessions, transaction
from models.air import AirTarget
from models.enums import POLLUTANTS, AirSource
from models.errors import Invalid
from supervision.air import gathering
from supervision.targets import targets
from supervision.targets.standing import Outlook
from tests.factories import COUNTY, World, make_station, make_world
from tests.fakes import FakeClock

NOW = datetime(2026, 3, 11, 2, tzinfo=UTC)
PLAN: dict[str, Any] = {
    "grid": COUNTY, "station": None, "year": 2026, "pollutant": "pm25", "yearly": Decimal(35), "months": None,
    "profile": None, "document": "昌州环委办发〔2026〕2号",
}  # fmt: skip


@pytest_asyncio.fixture
async def world(sessions: Sessions, tmp_path: Path) -> World:
    made = await make_world(sessions, FakeClock(NOW), tmp_path)
    async with transaction(sessions) as session:
        for code in ("GK-1", "GK-2"):
            made.stations[code] = await make_station(session, code, made.grids[COUNTY], kind="reference")
    for code, level in (("GK-1", 30), ("GK-2", 50)):
        rows = [(made.stations[code].id, hour, *[level * 1000] * len(POLLUTANTS)) for hour in range(24)]
        async with transaction(sessions) as session:
            for n in range(10):
                day = date(2026, 3, 1) + timedelta(days=n)
                await gathering.keep(session, day, gathering.packed(rows), source=AirSource.IMPORTED, now=NOW)
    return made


async def put(world: World, **over: Any) -> targets.TargetSet:
    async with transaction(world.sessions) as session:
        return await targets.set_target(session, **PLAN | over, by=world.people["duty"].id, now=NOW)


async def standings(world: World, month: int = 3) -> list[targets.Standing]:
    async with world.sessions() as session:
        return await targets.standings(session, year=2026, month=month, today=date(2026, 3, 11))


async def test_units_and_stations_stand_beside_their_newest_target(world: World) -> None:
    await put(world, yearly=Decimal(99))
    assert (await put(world)).version == 2
    await put(world, grid=None, station="GK-2")
    unit, station = await standings(world)
    assert (unit.grid, unit.station, station.grid, station.station) == (COUNTY, None, None, "GK-2")
    assert unit.month.target == 35
    assert unit.month.to_date == 40
    assert (unit.month.measured, unit.month.remaining) == (10, 21)
    assert (unit.month.outlook, station.month.outlook) == (Outlook.AT_RISK, Outlook.AT_RISK)
    assert station.month.to_date == 50
    (ahead, _) = await standings(world, 12)
    assert (ahead.month.measured, ahead.month.outlook) == (0, Outlook.UNKNOWN)


async def test_a_year_is_broken_into_months(world: World) -> None:
    winter = [Decimal(n) for n in (120, 90, 60, 40, 30, 25, 25, 28, 35, 50, 80, 110)]
    made = await put(world, profile=winter)
    assert made.months[0] > made.months[6]
    given = await put(world, months=[Decimal(30)] * 12)
    assert given.months == (Decimal(30),) * 12
    assert (await put(world)).months == (Decimal(35),) * 12


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"station": "GK-1"}, "grid"),
        ({"grid": None}, "grid"),
        ({"grid": "none"}, "grid"),
        ({"grid": None, "station": "none"}, "station"),
        ({"pollutant": "dust"}, "pollutant"),
        ({"year": 2012}, "year"),
        ({"document": ""}, "document"),
        ({"yearly": Decimal(0)}, "yearly"),
        ({"yearly": Decimal("NaN")}, "yearly"),
        ({"yearly": Decimal("1.2345")}, "yearly"),
        ({"months": [Decimal(1)] * 11}, "months"),
        ({"months": [Decimal(-1)] * 12}, "months"),
        ({"profile": [Decimal(0)] * 12}, "profile"),
        ({"months": [Decimal(1)] * 12, "profile": [Decimal(1)] * 12}, "profile"),
        ({"yearly": Decimal("0.1"), "profile": [Decimal(9000), *[Decimal("0.001")] * 11]}, "profile"),
    ],
)
async def test_what_is_no_target_is_refused_by_name(world: World, over: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        await put(world, **over)
    assert refused.value.extra["field"] == field
    async with world.sessions() as session:
        assert await session.scalar(select(func.count()).select_from(AirTarget)) == 0
