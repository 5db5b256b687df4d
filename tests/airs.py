"""A prefecture whose reference stations have whole months, put into a world."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from airquality.months import last_of
from app.database import transaction
from models.enums import POLLUTANTS, AirSource
from supervision.air import gathering
from tests.factories import COUNTY, OTHER_COUNTY, World, make_station

LEVELS = {"pm25": 1.0, "pm10": 2.0, "so2": 0.2, "no2": 0.6, "co": 0.02, "o3": 1.6}
"""Shares of a station's level, so that no two pollutants are alike."""


async def reference_stations(world: World) -> None:
    """GK-1 in one county and GK-2 in the other, known to everybody."""
    async with transaction(world.sessions) as session:
        for code, county, name in (("GK-1", COUNTY, "州监测站"), ("GK-2", OTHER_COUNTY, "天山天池")):
            made = await make_station(session, code, world.grids[county], kind="reference", name=name)
            world.stations[code] = made
        await world.context.directory.refresh(session)


async def month_of_air(world: World, first: date, levels: Mapping[str, int]) -> None:
    """A month by the hour; the level of a station rises by one each day and falls back after ten."""
    now = world.clock.now()
    for n in range((last_of(first) - first).days + 1):
        rows: list[tuple[Any, ...]] = [
            (
                world.stations[code].id,
                hour,
                *(round((level + n % 10) * LEVELS[name] * 1000) for name in POLLUTANTS),
            )
            for code, level in levels.items()
            for hour in range(24)
        ]
        async with transaction(world.sessions) as session:
            await gathering.keep(
                session, first + timedelta(days=n), gathering.packed(rows), source=AirSource.IMPORTED, now=now
            )
