"""A background station keeps its own days and has no part in its unit's air, month and targets."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from app.database import Sessions, transaction
from models.air import AirMonth
from models.errors import Invalid
from models.registry import Station
from supervision.air import gathering, lookups, months
from supervision.consultation import air
from supervision.targets import targets
from tests.airs import month_of_air, reference_stations
from tests.factories import COUNTY, World, make_station, make_world
from tests.fakes import FakeClock

FIRST, LAST = date(2026, 3, 1), date(2026, 3, 31)
NOW = datetime(2026, 4, 2, 2, tzinfo=UTC)


@pytest_asyncio.fixture
async def world(sessions: Sessions, tmp_path: Path) -> World:
    """GK-1 judges the county; BG stands in it too, in far cleaner air."""
    made = await make_world(sessions, FakeClock(NOW), tmp_path)
    await reference_stations(made)
    async with transaction(sessions) as session:
        made.stations["BG"] = await make_station(
            session, "BG", made.grids[COUNTY], kind="reference", purpose="background"
        )
    for year in (2026, 2025):
        await month_of_air(made, FIRST.replace(year=year), {"GK-1": 50, "GK-2": 50, "BG": 10})
    return made


async def unit_level(world: World) -> Decimal:
    async with world.sessions() as session:
        members = await lookups.members(session, world.grids[COUNTY].id, FIRST)
        days = await lookups.days_on(session, members, FIRST, FIRST, unit=True)
    return Decimal(days[0].levels["pm25"].numerator) / days[0].levels["pm25"].denominator


async def put(world: World, station: str) -> None:
    async with transaction(world.sessions) as session:
        await targets.set_target(
            session, grid=None, station=station, year=2026, pollutant="pm25", yearly=Decimal(35), months=None,
            profile=None, document="昌州环委办发〔2026〕2号", by=world.people["duty"].id, now=NOW,
        )  # fmt: skip


async def purpose(world: World, code: str, value: str) -> None:
    async with transaction(world.sessions) as session:
        await session.execute(update(Station).where(Station.code == code).values(purpose=value))


async def test_its_unit_is_judged_without_it_and_names_it(world: World) -> None:
    assert await unit_level(world) == 50
    async with world.sessions() as session:
        unit = world.grids[COUNTY].id
        assert await lookups.background(session, unit, FIRST) == ["BG"]
        own = await gathering.days_of(session, [world.stations["BG"].id], FIRST, FIRST)
        assert own[world.stations["BG"].id][FIRST]["pm25"] == 10
        year, _ = (await lookups.years(session, 2026, today=date(2026, 4, 1)))[unit]
        morning = (await air.of_units(session, FIRST, FIRST))[unit]
        seen = await air.stations_seen(session, FIRST, alerts={}, offline=frozenset(), names={})
    assert year.provisional["pm25"] > 50
    assert "BG" not in [one.code for one in seen]
    assert morning.days[FIRST]["pm25"] == 50
    await purpose(world, "BG", "evaluation")
    assert await unit_level(world) == 30


async def test_the_month_is_computed_without_it(world: World) -> None:
    async with transaction(world.sessions) as session:
        await months.compute(session, FIRST, by=world.people["duty"].id, now=NOW, why=None)
    async with world.sessions() as session:
        row = (await session.scalars(select(AirMonth))).one()
    county = next(unit for unit in row.result["units"] if unit["code"] == COUNTY)
    assert county["improvement"] == "0.0"
    assert "BG" not in str(row.result)


async def test_it_has_no_target(world: World) -> None:
    with pytest.raises(Invalid, match="background"):
        await put(world, "BG")
    await put(world, "GK-1")
    await purpose(world, "GK-1", "background")
    async with world.sessions() as session:
        assert not await targets.standings(session, year=2026, month=3, today=date(2026, 4, 1))


async def test_only_a_reference_station_can_be_one(world: World) -> None:
    micro = next(code for code, one in world.stations.items() if one.kind == "micro")
    with pytest.raises(DBAPIError, match="ck_station_background"):
        await purpose(world, micro, "background")
