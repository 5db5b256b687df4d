"""What people enter beside the measurements: whole, by a document, and withdrawn instead of deleted."""

import asyncio
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import func, select

from app.database import Sessions, transaction
from models.air import AirExclusion, AirPublished
from models.errors import ForbiddenTransition, Invalid, NotFound, Overlap
from supervision.air import month_repository, records
from tests.factories import COUNTY, OTHER_COUNTY, PREFECTURE, World, make_world
from tests.fakes import FakeClock

NOW = datetime(2026, 4, 2, 2, tzinfo=UTC)
DAY = date(2026, 3, 5)
MARCH = date(2026, 3, 1)
RULES = "环办监测〔2018〕19号"
DUST: dict[str, Any] = {
    "grid": COUNTY, "day": DAY, "pollutants": ["pm10", "pm25"], "document": "总站大气字〔2026〕9号",
}  # fmt: skip
FIGURES = {"pm25": Decimal("36.0"), "co": Decimal("1.3")}


@pytest_asyncio.fixture
async def world(sessions: Sessions, tmp_path: Path) -> World:
    return await make_world(sessions, FakeClock(NOW), tmp_path)


async def exclude(world: World, **over: Any) -> records.Excluded:
    async with transaction(world.sessions) as session:
        return await records.exclude(session, **DUST | over, by=world.people["duty"].id, now=NOW)


async def publish(world: World, *rows: records.Row, **over: Any) -> list[records.Published]:
    said: dict[str, Any] = {"month": MARCH, "rules": RULES, "document": "新环函〔2026〕1号"} | over
    async with transaction(world.sessions) as session:
        return await records.publish(session, **said, rows=rows, by=world.people["duty"].id, now=NOW)


def row(grid: str = COUNTY, value: str = "3.65", **figures: str) -> records.Row:
    levels = {name: Decimal(level) for name, level in figures.items()} or FIGURES
    return records.Row(grid, Decimal(value), levels)


async def count(world: World, table: type) -> int:
    async with world.sessions() as session:
        return (await session.execute(select(func.count()).select_from(table))).scalar_one()


async def test_a_day_is_taken_out_once_and_again_after_it_was_withdrawn(world: World) -> None:
    made = await exclude(world)
    assert made.pollutants == ("pm25", "pm10")
    done = await asyncio.gather(exclude(world), exclude(world, pollutants=["pm10"]), return_exceptions=True)
    assert [type(one) for one in done] == [Overlap, Overlap]
    async with transaction(world.sessions) as session:
        with pytest.raises(Invalid, match="reason"):
            await records.withdraw(session, made.id, why=" ", by=1, now=NOW)
    async with transaction(world.sessions) as session:
        await records.withdraw(session, made.id, why="总站更正", by=world.people["leader"].id, now=NOW)
    async with transaction(world.sessions) as session:
        assert await month_repository.exclusions(session, MARCH, DAY) == []
        with pytest.raises(ForbiddenTransition, match="withdrawn"):
            await records.withdraw(session, made.id, why="再次", by=1, now=NOW)
        with pytest.raises(NotFound):
            await records.withdraw(session, made.id + 9, why="没有", by=1, now=NOW)
    await exclude(world)
    assert await count(world, AirExclusion) == 2


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"grid": PREFECTURE}, "grid"),
        ({"grid": "none"}, "grid"),
        ({"day": date(2026, 4, 2)}, "day"),
        ({"day": date(2013, 12, 31)}, "day"),
        ({"pollutants": []}, "pollutants"),
        ({"pollutants": ["dust"]}, "pollutants"),
        ({"document": "  "}, "document"),
        ({"document": "x" * 301}, "document"),
        ({"document": "a\x00b"}, "document"),
    ],
)
async def test_an_exclusion_without_its_grounds_is_refused(
    world: World, over: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        await exclude(world, **over)
    assert refused.value.extra["field"] == field
    assert await count(world, AirExclusion) == 0


async def test_a_publication_is_entered_whole_and_what_it_repeats_is_passed_over(world: World) -> None:
    entered = await publish(world, row(), row(OTHER_COUNTY, "4.1"))
    assert [(one.grid, one.version) for one in entered] == [(COUNTY, 1), (OTHER_COUNTY, 1)]
    assert await publish(world, row(), row(OTHER_COUNTY, "4.10")) == []
    corrected = await publish(world, row(value="3.66"), row(OTHER_COUNTY, "4.1"))
    assert [(one.grid, one.version) for one in corrected] == [(COUNTY, 2)]
    async with world.sessions() as session:
        kept = (await session.scalars(select(AirPublished).order_by(AirPublished.id))).all()
    assert [str(one.value) for one in kept] == ["3.650", "4.100", "3.660"]
    assert kept[0].figures == {"co": "1.3", "pm25": "36"}


@pytest.mark.parametrize(
    ("rows", "over", "field"),
    [
        ([row(), row("none")], {}, "rows[1].grid"),
        ([row(), row()], {}, "rows"),
        ([], {}, "rows"),
        ([row(value="0")], {}, "rows[0].value"),
        ([row(value="100")], {}, "rows[0].value"),
        ([row(value="NaN")], {}, "rows[0].value"),
        ([row(value="3.6512")], {}, "rows[0].value"),
        ([row(pm25="-1")], {}, "rows[0].pm25"),
        ([row(pm25="Infinity")], {}, "rows[0].pm25"),
        ([row(dust="1")], {}, "rows[0].dust"),
        ([row()], {"rules": "none"}, "rules"),
        ([row()], {"document": ""}, "document"),
    ],
)
async def test_a_faulty_publication_saves_nothing(
    world: World, rows: list[records.Row], over: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        await publish(world, *rows, **over)
    assert refused.value.extra["field"] == field
    assert await count(world, AirPublished) == 0
