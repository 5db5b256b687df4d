"""Months from the database: computed from what stands there, signed by another hand, replaced and never edited."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from airquality.period import BEIJING
from app.database import Sessions, transaction
from models.air import AirExclusion, AirMonth, AirPublished
from models.bulk import fetch
from models.enums import POLLUTANTS, AirSource, CaseState, MonthState
from models.errors import Invalid, NotFound, SecondPersonNeeded, VersionConflict
from supervision.air import gathering, months
from supervision.air.close import close, digest_of
from tests.factories import COUNTY, OTHER_COUNTY, World, make_station, make_world
from tests.fakes import FakeClock

MARCH = date(2026, 3, 1)
NOW = datetime(2026, 4, 2, 2, tzinfo=UTC)
RULES = "环办监测〔2018〕19号"


@pytest_asyncio.fixture
async def world(sessions: Sessions, tmp_path: Path) -> World:
    made = await make_world(sessions, FakeClock(NOW), tmp_path)
    async with transaction(sessions) as session:
        for code, county in (("GK-1", COUNTY), ("GK-2", OTHER_COUNTY)):
            made.stations[code] = await make_station(session, code, made.grids[county], kind="reference")
    async with sessions() as session:
        await made.context.directory.refresh(session)
    for code, level in (("GK-1", "40"), ("GK-2", "50")):
        await fill(made, code, MARCH, level)
        await fill(made, code, date(2025, 3, 1), "50")
    return made


async def fill(world: World, station: str, first: date, level: str) -> None:
    """A month in which everything is at one level, by the hour."""
    value = int(level) * 1000
    rows = [(world.stations[station].id, hour, *[value] * len(POLLUTANTS)) for hour in range(24)]
    async with transaction(world.sessions) as session:
        for n in range(31):
            day = first + timedelta(days=n)
            await gathering.keep(session, day, gathering.packed(rows), source=AirSource.IMPORTED, now=NOW)


async def compute(world: World, why: str | None = None) -> months.MonthComputed:
    async with transaction(world.sessions) as session:
        return await months.compute(session, MARCH, by=world.people["duty"].id, now=NOW, why=why)


async def sign(world: World, digest: bytes, by: str = "chief") -> months.MonthSigned:
    async with transaction(world.sessions) as session:
        return await months.sign(session, MARCH, digest=digest, by=world.people[by].id, now=NOW)


async def stored(world: World, state: MonthState) -> AirMonth:
    async with world.sessions() as session:
        return (await session.scalars(select(AirMonth).where(AirMonth.state == state.value))).one()


async def test_a_month_is_computed_signed_and_replaced(world: World) -> None:
    first = await compute(world)
    row = await stored(world, MonthState.DRAFT)
    told = {unit["code"]: unit for unit in row.result["units"]}
    assert (told[COUNTY]["improvement"], told[COUNTY]["place"]) == ("20.0", 1)
    assert (told[OTHER_COUNTY]["improvement"], told[OTHER_COUNTY]["last"]) == ("0.0", True)
    signed = await sign(world, first.digest)
    assert (signed.version, signed.replaced) == (1, None)
    with pytest.raises(Invalid, match="for a reason"):
        await compute(world)
    with pytest.raises(Invalid, match="nothing differs"):
        await compute(world, "复核")
    await fill(world, "GK-1", MARCH, "60")
    second = await compute(world, "国控站数据复核")
    assert second.version == 2
    # The one in force stays until the other is signed.
    assert (await stored(world, MonthState.SIGNED)).version == 1
    assert (await sign(world, second.digest)).replaced == 1
    assert (await stored(world, MonthState.SIGNED)).version == 2
    assert (await stored(world, MonthState.SUPERSEDED)).version == 1


async def test_a_month_of_which_nothing_is_known_is_refused_and_nothing_kept(world: World) -> None:
    with pytest.raises(Invalid, match="no unit has an index") as refused:
        async with transaction(world.sessions) as session:
            await months.compute(session, date(2026, 2, 1), by=world.people["duty"].id, now=NOW)
    assert refused.value.extra["field"] == "month"
    async with world.sessions() as session:
        assert (await session.scalars(select(AirMonth))).all() == []


async def test_who_computed_does_not_sign_and_what_was_shown_is_what_is_signed(world: World) -> None:
    with pytest.raises(NotFound):
        await sign(world, b"x" * 32)
    first = await compute(world)
    with pytest.raises(SecondPersonNeeded, match="does not sign"):
        await sign(world, first.digest, by="duty")
    await fill(world, "GK-2", MARCH, "70")
    second = await compute(world)
    assert second.version == first.version
    with pytest.raises(VersionConflict):
        await sign(world, first.digest)
    await sign(world, second.digest)


async def test_what_the_region_published_what_dust_took_and_what_is_void_go_in(world: World) -> None:
    duty = world.people["duty"].id
    async with transaction(world.sessions) as session:
        session.add(
            AirPublished(
                grid_id=world.grids[COUNTY].id, month=MARCH, version=1, value=Decimal("3.650"), rules=RULES,
                document="新环函〔2026〕1号", entered_by=duty, entered_at=NOW,
            )
        )  # fmt: skip
        session.add(
            AirExclusion(
                grid_id=world.grids[OTHER_COUNTY].id, day=date(2026, 3, 5), pollutants=["pm25", "pm10"],
                document="总站大气字〔2026〕9号", entered_by=duty, entered_at=NOW,
            )
        )  # fmt: skip
    mine, other = await parts(world)
    assert mine["published"]["value"] == "3.65"
    assert other["excluded"] == {"05": ["pm10", "pm25"]}
    # From the evening of the 7th of March, in Beijing, to the morning of the 8th.
    begun = datetime(2026, 3, 7, 22, tzinfo=BEIJING)
    fact = await world.sign("GK-1", ago_h=(NOW - begun) / timedelta(hours=1), lasted_h=6)
    assert fact is not None
    await world.decide(fact.case_id, CaseState.CONFIRMED)
    mine, _ = await parts(world)
    # Of two people one has not confirmed yet.
    assert "void" not in mine["stations"][0]
    await world.second(fact.case_id)
    mine, _ = await parts(world)
    assert mine["stations"][0]["void"] == ["07", "08"]
    row = await stored(world, MonthState.DRAFT)
    told = {unit["code"]: unit for unit in row.result["units"]}[COUNTY]
    assert [one["day"] for one in told["voided"]["GK-1"]] == ["2026-03-07", "2026-03-08"]
    assert told["compared"]["now_source"] == "own"


async def parts(world: World) -> list[dict[str, Any]]:
    """What a month computed now takes of this month, by unit."""
    inputs = months.inputs_in(await _draft(world))
    by_code = {unit["code"]: unit["now"] for unit in inputs["units"]}
    return [by_code[COUNTY], by_code[OTHER_COUNTY]]


async def _draft(world: World) -> AirMonth:
    await compute(world)
    return await stored(world, MonthState.DRAFT)


async def test_the_database_keeps_what_was_signed(world: World) -> None:
    digest = (await compute(world)).digest
    await sign(world, digest)
    for change in (
        "UPDATE air_month SET result = '{}'",
        "UPDATE air_month SET state = 'draft', signed_at = NULL, signed_by = NULL",
        "UPDATE air_month SET signed_by = 1",
        "DELETE FROM air_month",
        "UPDATE supervision_readings SET body = '{}'",
        "DELETE FROM supervision_readings",
    ):
        with pytest.raises(DBAPIError, match="keeps what was written"):
            await run(world, change)


async def run(world: World, statement: str) -> None:
    async with transaction(world.sessions) as session:
        await fetch(session, statement)


@pytest.mark.parametrize(
    "text", ["2026-4", "2026-13", "march", "", "2026-04", "2030-01", "1999-01", "2026-03-01"]
)
def test_what_is_no_month_that_is_over_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        months.first_of(text, now=NOW)
    assert refused.value.extra["field"] == "month"
    assert months.first_of("2026-03", now=NOW) == MARCH


async def test_the_inputs_are_stored_as_they_went_in(world: World) -> None:
    row = await _draft(world)
    inputs = months.inputs_in(row)
    assert json.loads(json.dumps(inputs)) == inputs
    assert digest_of(inputs) == row.inputs_digest
    assert close(inputs) == row.result
