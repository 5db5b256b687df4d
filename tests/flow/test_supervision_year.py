"""A year of a prefecture, month by month, beside a table worked by hand: ranking, scores, ladders.

2028 has a leap February. Ten units, whose indices the Region publishes: unit n improves by n percent, unless the month
says otherwise. May is never published, nor assessed.
"""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from airquality.period import BEIJING
from app.context import Context
from app.database import Sessions, transaction
from app.flows import assessment, ladders
from models.act import LadderProposal
from models.air import AirMonth
from models.enums import POLLUTANTS, AirSource, CaseState, PointItem, PointRecord
from models.errors import NotFound
from models.problem import Problem
from models.registry import Grid
from supervision.air import gathering, records
from supervision.air import months as air
from supervision.assessment import months as scores
from supervision.assessment import points
from supervision.assessment.claims import Proposed, Record
from supervision.targets import targets
from tests.factories import COUNTY, OTHER_COUNTY, World, make_station, make_world
from tests.fakes import FakeClock

YEAR = 2028
RULES = "环办监测〔2018〕19号"
LIMITS = {"pm25": 35, "pm10": 70, "so2": 60, "no2": 40, "co": 4, "o3": 160}
"""With every pollutant at its limit the index is 6."""
UNITS = [COUNTY, OTHER_COUNTY, *[f"6523{n:02}" for n in range(40, 48)]]
SKIPPED = 5

# By month: the units that are last, and the improvement of those that do not simply improve by their number.
LAST = {1: [0], 2: [0], 3: [0], 4: [0], 6: [1], 7: [0, 1], 8: [0], 9: [1], 10: [0], 11: [0], 12: [0]}
IMPROVED = {2: {0: "0.0"}, 6: {1: "-10.0"}, 7: {1: "0.0"}}
# By month: the units whose score is not 100, or that fail whatever it is.
SCORES: dict[int, dict[int, str]] = {
    1: dict.fromkeys(range(10), "99"),
    2: dict.fromkeys(range(10), "99") | {5: "97"},
    3: dict.fromkeys(range(10), "99") | {5: "97"},
    4: {8: "95"},
    9: {8: "50"},
    10: {8: "50"},
    11: {8: "50"},
}
FAILED = {(8, 7), (9, 8), (10, 8), (11, 8)}
"""(month, unit): unit 7 for a national exposure, whatever its score."""
LADDERS = {
    # An even share of ten units is exactly a tenth.
    *[(1, unit, "share", "notice", "office") for unit in range(10)],
    (2, 5, "share", "interview", "office"),
    (3, 5, "share", "accountability", "office"),
    (1, 0, "last_place", "notice", "office"),
    (2, 0, "last_place", "interview", "deputy_leader"),
    (3, 0, "last_place", "interview", "main_leader"),
    (4, 0, "last_place", "accountability", "office"),
    # May is not known, and June has another last one: the run of unit 0 is over.
    (6, 1, "last_place", "notice", "office"),
    (7, 1, "falsified", "notice", "office"),
    (7, 0, "last_place", "notice", "office"),
    (7, 1, "last_place", "interview", "deputy_leader"),
    (8, 0, "last_place", "interview", "deputy_leader"),
    # In September unit 0 has no base and no place.
    (9, 1, "last_place", "notice", "office"),
    (10, 0, "last_place", "notice", "office"),
    (11, 0, "last_place", "interview", "deputy_leader"),
    (12, 0, "last_place", "interview", "main_leader"),
    (11, 8, "failed", "inspection", "office"),
    (11, 8, "failed", "accountability", "office"),
    (12, 0, "last_in_year", "accountability", "office"),
}


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(datetime(YEAR, 1, 2, 2, tzinfo=UTC))


@pytest.mark.timeout(240)
async def test_a_year_comes_out_as_worked_by_hand(
    sessions: Sessions, clock: FakeClock, tmp_path: Path
) -> None:
    world = await prefecture(sessions, clock, tmp_path)
    for month in range(1, 13):
        if month != SKIPPED:
            await publish(world, YEAR - 1, month, dict.fromkeys(range(10), Decimal(4)) | BASES.get(month, {}))
    for month in range(1, 13):
        await lived(world, month)
        clock.set(first_of(month + 1) + timedelta(hours=10))
        await points_of(world, month)
        clock.set(first_of(month + 1) + timedelta(days=6))
        if month != SKIPPED:
            await closed(world, month)
            await assessed(world, month)
        await judged(world.context, month)
    assert await proposed(world) == LADDERS
    assert await years(world) == {8: (9, 10, 11), 7: (8,)}


BASES = {2: {0: Decimal("5.8")}}
"""Of the year before, where it is not 4."""


def first_of(month: int) -> datetime:
    return datetime(YEAR + (month - 1) // 12, (month - 1) % 12 + 1, 1, tzinfo=BEIJING)


async def prefecture(sessions: Sessions, clock: FakeClock, tmp_path: Path) -> World:
    world = await make_world(sessions, clock, tmp_path)
    async with transaction(sessions) as session:
        parent = world.grids[COUNTY].parent_id
        for code in UNITS[2:]:
            world.grids[code] = Grid(code=code, name=f"县{code}", level=2, parent_id=parent)
            session.add(world.grids[code])
        await session.flush()
        for code, unit in (("GK-1", 0), ("GK-2", 1)):
            world.stations[code] = await make_station(
                session, code, world.grids[UNITS[unit]], kind="reference"
            )
    async with sessions() as session:
        await world.context.directory.refresh(session)
    async with transaction(sessions) as session:
        await targets.set_target(
            session, grid=COUNTY, station=None, year=YEAR, pollutant="pm25", yearly=Decimal(30), months=None,
            profile=None, document="昌州环委办发〔2028〕1号", by=world.people["duty"].id, now=clock.now(),
        )  # fmt: skip
    return world


async def publish(world: World, year: int, month: int, values: dict[int, Decimal]) -> None:
    rows = [records.Row(UNITS[unit], value, {}) for unit, value in values.items()]
    async with transaction(world.sessions) as session:
        await records.publish(
            session, month=date(year, month, 1), rules=RULES, document=f"新环函〔{year}〕{month}号", rows=rows,
            by=world.people["duty"].id, now=world.clock.now(),
        )  # fmt: skip


async def air_of(world: World, station: str, month: int, shares: list[Fraction]) -> None:
    """Days on which every pollutant is at that share of its limit, hour by hour."""
    for n, share in enumerate(shares):
        levels = [int(LIMITS[name] * 1000 * share) for name in POLLUTANTS]
        rows = [(world.stations[station].id, hour, *levels) for hour in range(24)]
        async with transaction(world.sessions) as session:
            day = date(YEAR, month, n + 1)
            await gathering.keep(
                session, day, gathering.packed(rows), source=AirSource.IMPORTED, now=world.clock.now()
            )


async def problem(world: World, month: int, unit: int, number: int) -> None:
    found = first_of(month) + timedelta(days=9, hours=number)
    duty, now = world.people["duty"].id, found + timedelta(hours=1)
    async with transaction(world.sessions) as session:
        session.add(
            Problem(
                number=f"WT-{month:02}-{unit}-{number}", grid_id=world.grids[UNITS[unit]].id, category="dust",
                title="裸土未覆盖", text="裸土未覆盖", state="open", found_at=found, opened_by=duty, opened_at=now,
                missed=True, missed_by=duty, missed_at=now, missed_why="督查发现",
            )
        )  # fmt: skip


async def lived(world: World, month: int) -> None:
    """What happens in the month itself."""
    world.clock.set(first_of(month) + timedelta(days=20))
    for unit in range(10 if month <= 3 else 0):
        for number in range(3 if unit == 5 and month > 1 else 1):
            await problem(world, month, unit, number)
    if month == 2:
        # 28 days at nine tenths and the 29th at 3.8 are a mean of exactly one; percentiles stay at nine tenths:
        # 4 · 1 + 2 · 0.9 = 5.8.
        await air_of(world, "GK-1", 2, [Fraction(9, 10)] * 28 + [Fraction(38, 10)])
    if month == 6:
        # Measured: 0.4 on 23 days, 1 on seven. Three of the low ones were tampered with: the highest stands for each,
        # and the means are (20 · 0.4 + 10 · 1) / 30 = 0.6, the percentiles 1: 4 · 0.6 + 2 · 1 = 4.4.
        low, high = Fraction(4, 10), Fraction(1)
        await air_of(world, "GK-2", 6, [low] * 12 + [high] * 7 + [low] * 11)


async def points_of(world: World, month: int) -> None:
    """What is claimed once the month is over, and what becomes of it; the service itself claims missed problems."""
    async with transaction(world.sessions) as session:
        await points.gather(
            session, date(YEAR, month, 1), assessment.GATHERERS,
            units={code: world.grids[code].id for code in UNITS}, now=world.clock.now(),
        )  # fmt: skip
    match month:
        case 4:
            for unit, upheld in ((9, False), (8, True)):
                point = await claim(world, 4, unit, PointItem.NOT_CORRECTED, "整改不彻底")
                async with transaction(world.sessions) as session:
                    now = world.clock.now()
                    await points.object_to(
                        session, point, why="已完成整改", by=world.people["chief"].id, now=now
                    )
                    decide = points.uphold if upheld else points.withdraw
                    await decide(session, point, why="经复核", by=world.people["leader"].id, now=now)
        case 8:
            await claim(world, 8, 7, PointItem.NATIONAL_EXPOSURE, "央视曝光")
        case 9 | 10 | 11:
            await claim(world, month, 8, PointItem.INSPECTORATE, "中央环保督察反馈问题未按时整改", count=5)


async def claim(world: World, month: int, unit: int, item: PointItem, text: str, **over: Any) -> int:
    said = Proposed(
        item, UNITS[unit], Record(PointRecord.DOCUMENT, f"督查通报〔{YEAR}〕{month}号"), text, **over
    )
    async with transaction(world.sessions) as session:
        moved = await points.propose(
            session, date(YEAR, month, 1), said, grid_id=world.grids[UNITS[unit]].id, by=world.people["duty"].id,
            now=world.clock.now(),
        )  # fmt: skip
        return moved.id


async def closed(world: World, month: int) -> None:
    """The ranking of the month, signed, beside the table."""
    first = date(YEAR, month, 1)
    values = {unit: Decimal(4) - Decimal(4 * unit) / 100 for unit in range(10)}
    match month:
        case 2:
            del values[0]
        case 6:
            # As published, unit 1 was the best of all.
            values[1] = Decimal("3.2")
            fact = await world.sign("GK-2", ago_h=hours_since(world, 10, 10), lasted_h=60)
            assert fact is not None
            await world.decide(fact.case_id, CaseState.CONFIRMED)
            await world.second(fact.case_id)
        case 7:
            values[1] = Decimal(4)
        case 9:
            del values[0]
    await publish(world, YEAR, month, values)
    async with transaction(world.sessions) as session:
        made = await air.compute(session, first, by=world.people["duty"].id, now=world.clock.now())
    async with transaction(world.sessions) as session:
        await air.sign(
            session, first, digest=made.digest, by=world.people["leader"].id, now=world.clock.now()
        )
    async with world.sessions() as session:
        row = (await session.scalars(select(AirMonth).where(AirMonth.month == first))).one()
    told = {unit["code"]: unit for unit in row.result["units"]}
    last = [number for number, code in enumerate(UNITS) if told[code]["last"]]
    assert last == LAST[month], month
    for unit, code in enumerate(UNITS):
        wanted = IMPROVED.get(month, {}).get(unit, f"{unit}.0")
        if (month, unit) == (9, 0):
            assert (told[code]["improvement"], told[code]["place"]) == (None, None)
        else:
            assert told[code]["improvement"] == wanted, (month, unit)
    if month == 6:
        assert [one["day"][-2:] for one in told[OTHER_COUNTY]["voided"]["GK-2"]] == ["10", "11", "12"]
    if month == 7:
        # Nine places are taken before the two that share the last one.
        assert told[COUNTY]["place"] == told[OTHER_COUNTY]["place"] == 9


def hours_since(world: World, day: int, hour: int) -> float:
    begun = datetime(YEAR, 6, day, hour, tzinfo=BEIJING)
    return (world.clock.now() - begun) / timedelta(hours=1)


async def assessed(world: World, month: int) -> None:
    """The assessment of the month, signed, beside the table."""
    first, now = date(YEAR, month, 1), world.clock.now()
    units = [(code, world.grids[code].id) for code in UNITS]
    async with transaction(world.sessions) as session:
        frozen = await scores.freeze(session, first, units=units, by=world.people["duty"].id, now=now)
    async with transaction(world.sessions) as session:
        signed = await scores.sign(
            session, first, digest=frozen.digest, by=world.people["leader"].id, now=now
        )
    for told in signed.result["units"]:
        unit = UNITS.index(told["code"])
        failed = (month, unit) in FAILED
        assert (told["grade"] == "unqualified") == failed, (month, unit, told)
        if (month, unit) != (8, 7):
            assert Decimal(told["total"]) == Decimal(SCORES.get(month, {}).get(unit, "100")), (month, unit)


async def judged(context: Context, month: int) -> None:
    """By the engine's way; the second time nothing comes of it."""
    for wanted in (True, False):
        async with transaction(context.sessions) as session:
            told = await ladders.evaluate(
                context.pipeline, session, date(YEAR, month, 1), caller=None, clock=context.clock
            )
        assert wanted or told == []


async def proposed(world: World) -> set[tuple[int, int, str, str, str]]:
    numbers = {world.grids[code].id: unit for unit, code in enumerate(UNITS)}
    async with world.sessions() as session:
        rows = await session.scalars(select(LadderProposal).where(LadderProposal.overtaken_at.is_(None)))
        return {(row.month.month, numbers[row.grid_id], row.ladder, row.kind, row.by) for row in rows}


async def years(world: World) -> dict[int, tuple[int, ...]]:
    """Failed months by unit; a year with a month that was not assessed is not judged."""
    units = [(code, world.grids[code].id) for code in UNITS]
    async with world.sessions() as session:
        found = await scores.year(session, YEAR, units=units)
    assert {one.failed for one in found} == {None}
    return {UNITS.index(one.unit): one.failed_months for one in found if one.failed_months}


async def test_a_month_without_data_is_not_signed(
    sessions: Sessions, clock: FakeClock, tmp_path: Path
) -> None:
    world = await prefecture(sessions, clock, tmp_path)
    clock.set(first_of(6))
    with pytest.raises(NotFound):
        async with transaction(world.sessions) as session:
            await air.sign(
                session,
                date(YEAR, SKIPPED, 1),
                digest=b"\0" * 32,
                by=world.people["leader"].id,
                now=clock.now(),
            )
