"""The close of a month of the air: ten units, 1,000 stations, a year of hours in the database.

Two things are timed apart: the days of the month out of their hours, which the engine makes as each day ends, and what
comes of it when the month is over: the frozen inputs with the same month of the year before, the result, the signature
and the bulletin with its charts.
"""

import asyncio
import time
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time

from sqlalchemy import select

from airquality.months import last_of
from airquality.period import BEIJING
from app.auth.scope import EVERYTHING, Caller
from app.database import transaction
from app.flows import air as flow
from app.flows.bulletin import draft_bulletin
from app.ingest.partitions import Partitions
from app.papers import official_docx, official_pdf
from app.papers.official import from_json
from benchmarks.ground import Ground
from benchmarks.memory import memory_of
from benchmarks.sla import world_over
from models.bulk import fetch
from models.issued import IssuedPaper
from models.registry import Grid
from supervision.air import gathering
from tests.factories import PREFECTURE, World, make_grid, make_person, make_station

UNITS, STATIONS = 10, 1000
MONTH = date(2026, 10, 1)
MONTHS = 12
_READINGS = """
INSERT INTO reading (station_id, observed_at, received_at, version, pm25, pm10, so2, no2, co, o3)
SELECT s.id, t, t, 1, 40 + 30 * random(), 70 + 40 * random(), 10 + random(), 30 + 9 * random(), 1 + random(),
       60 + 50 * random()
  FROM station s, generate_series($1::timestamptz, $2::timestamptz - interval '1 hour', interval '1 hour') AS t
 WHERE s.kind = 'reference' ORDER BY s.id, t
"""
_YEAR_BEFORE = """
INSERT INTO air_day (station_id, day, pm25_sum, pm25_count, pm10_sum, pm10_count, so2_sum, so2_count, no2_sum,
                     no2_count, co_sum, co_count, o3_sum, o3_count, o3_windows, hours, source, computed_at)
SELECT station_id, (day - interval '1 year')::date, pm25_sum + 1000, pm25_count, pm10_sum, pm10_count, so2_sum,
       so2_count, no2_sum, no2_count, co_sum, co_count, o3_sum, o3_count, o3_windows, hours, source, computed_at
  FROM air_day WHERE day >= $1
"""


async def measure(ground: Ground) -> list[str]:
    world = await world_over(ground)
    world.clock.set(datetime(2026, 11, 1, 2, tzinfo=UTC))
    duty, leader = await _registry(world)
    begun = time.monotonic()
    rows = 0
    for n in range(MONTHS):
        month = _month_before(MONTH, MONTHS - 1 - n)
        rows += await _fill(world, month)
        print(f"  {n + 1} of {MONTHS} months: {rows:,} hours, {time.monotonic() - begun:.0f} s", flush=True)
    async with transaction(world.sessions) as session:
        [[place]] = await fetch(session, "SHOW data_directory")
    with memory_of(place) as most:
        figures = await _close(world, duty, leader, rows)
    return [
        *figures,
        f"close: at most {most.together / 2**30:.2f} GiB held: {most.own / 2**30:.2f} by this process,"
        f" {most.database / 2**30:.2f} by PostgreSQL, its shared buffers with it",
    ]


async def _close(world: World, duty: Caller, leader: Caller, rows: int) -> list[str]:
    context = world.context
    async with transaction(world.sessions) as session:
        await fetch(session, "ANALYZE")
    began, cpu = time.monotonic(), time.process_time()
    for n in range((last_of(MONTH) - MONTH).days + 1):
        await _make(world, MONTH + timedelta(days=n))
        if n % 10 == 9:
            print(f"  {n + 1} days of the month made, {time.monotonic() - began:.0f} s", flush=True)
    gathered = time.monotonic()
    # The year before is no part of what is timed: it was made in its time.
    async with transaction(world.sessions) as session:
        await fetch(session, _YEAR_BEFORE, MONTH)
        await fetch(session, "ANALYZE air_day")
    copied = time.monotonic()
    async with transaction(world.sessions) as session:
        made = await flow.compute(
            context.pipeline, session, f"{MONTH:%Y-%m}", why=None, caller=duty, clock=context.clock
        )
    computed = time.monotonic()
    async with transaction(world.sessions) as session:
        await flow.sign(
            context.pipeline,
            session,
            f"{MONTH:%Y-%m}",
            digest=made.digest,
            caller=leader,
            clock=context.clock,
        )
    signed = time.monotonic()
    async with transaction(world.sessions) as session:
        paper = await session.get_one(
            IssuedPaper, await draft_bulletin(session, f"{MONTH:%Y-%m}", caller=duty, context=context)
        )
        document = from_json(bytes(paper.snapshot))
    for write in (official_pdf.write, official_docx.write):
        await asyncio.to_thread(write, document, number="", at=context.clock.now())
    ended = time.monotonic()
    return [
        f"close: {UNITS} units, {STATIONS} stations, {rows:,} hours in the database: {ended - copied:.1f} s"
        f" (inputs and result {computed - copied:.1f} s, signature {signed - computed:.1f} s, bulletin as PDF and DOCX"
        f" {ended - signed:.1f} s); with all days of the month made anew {ended - copied + gathered - began:.1f} s",
        f"close: this process {time.process_time() - cpu:.1f} s of CPU in both",
    ]


async def _registry(world: World) -> tuple[Caller, Caller]:
    """Ten counties with a hundred reference stations each, and two people of the prefecture."""
    async with transaction(world.sessions) as session:
        prefecture = (await session.scalars(select(Grid).where(Grid.code == PREFECTURE))).one()
        await fetch(session, "UPDATE station SET kind = 'micro', retired_at = now()")
        await fetch(session, "UPDATE grid SET level = 3 WHERE level = 2")
        for n in range(UNITS):
            grid = await make_grid(session, f"6523{n:02}x", parent=prefecture, name=f"第{n + 1}县市")
            for number in range(STATIONS // UNITS):
                code = f"GK-{n:02}-{number:03}"
                await make_station(session, code, grid, kind="reference", name=f"站{code}", cadence_s=3600)
        people = [await make_person(session, name) for name in ("close-duty", "close-chief")]
        await world.context.directory.refresh(session)
    made = [Caller(person.id, person.username, person.name, (), EVERYTHING) for person in people]
    return made[0], made[1]


async def _fill(world: World, month: date) -> int:
    begin = datetime.combine(month, clock_time(), BEIJING)
    end = datetime.combine(last_of(month) + timedelta(days=1), clock_time(), BEIJING)
    days = (end - begin).days
    await Partitions(world.sessions).ensure(
        {(begin + timedelta(hours=h)).astimezone(UTC).date() for h in range(0, 24 * days, 8)}
    )
    async with transaction(world.sessions) as session:
        await fetch(session, "SET LOCAL statement_timeout = 0")
        await fetch(session, _READINGS, begin, end)
    return STATIONS * 24 * days


async def _make(world: World, day: date) -> None:
    async with transaction(world.sessions) as session:
        await gathering.make_day(session, day, world.clock.now())


def _month_before(month: date, months: int) -> date:
    for _ in range(months):
        month = (month - timedelta(days=1)).replace(day=1)
    return month
