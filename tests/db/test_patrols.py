"""Patrols in the database: due from tomorrow, counted near and once, summed up with the figures of then."""

import random
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy.exc import DBAPIError

from app.database import Sessions, transaction
from models.bulk import fetch
from models.enums import SummaryKind, VisitFlaw, VisitFound
from models.errors import ForbiddenTransition, Invalid, NotFound
from supervision.patrols import patrols, summaries
from supervision.patrols.cover import Tally, by_group
from supervision.patrols.patrols import CheckIn, Visited
from supervision.sources import files
from supervision.sources.file import SourceFile
from tests.factories import COUNTY, TOWNSHIP, World, make_world
from tests.fakes import FakeClock
from tests.levels import VILLAGE, add_levels
from tests.levels import file as file_report

MONDAY = date(2026, 11, 23)
NEAR = {"lon": 87.3001, "lat": 44.0, "accuracy_m": 10.0, "distance_m": 8.0}


@pytest_asyncio.fixture
async def world(sessions: Sessions, clock: FakeClock, tmp_path: Path) -> World:
    made = await add_levels(await make_world(sessions, clock, tmp_path))
    for code, grid in (("A", VILLAGE), ("B", VILLAGE), ("C", TOWNSHIP), ("D", COUNTY)):
        await do(made, files.register, SourceFile(code, f"源{code}", grid, 87.3, 44.0, "餐饮"), why=None)
    return made


async def do(world: World, act: Any, *given: Any, by: str = "villager", **said: Any) -> Any:
    async with transaction(world.sessions) as session:
        return await act(session, *given, by=world.people[by].id, now=world.clock.now(), **said)


async def rows(world: World, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    async with world.sessions() as session:
        return [tuple(row) for row in await fetch(session, statement, *values)]


async def key_of(world: World, code: str) -> str:
    ((id_,),) = await rows(world, "SELECT id FROM source WHERE code = $1", code)
    return f"s{id_}"


async def check_in(world: World, key: str, **said: Any) -> Visited:
    async with transaction(world.sessions) as session:
        place = await patrols.spot(session, key)
        visited: Visited = await patrols.check_in(
            session, place, CheckIn(**{"found": VisitFound.FINE} | NEAR | said),
            by=world.people["villager"].id, now=world.clock.now(),
        )  # fmt: skip
        return visited


def field(world: World) -> list[int]:
    return [grid.id for grid in world.context.directory.grids if grid.level >= 3]


async def covered(world: World, day: date) -> dict[str, bool]:
    async with world.sessions() as session:
        return {spot.name: one.covered for spot, one in await patrols.day_of(session, field(world), day)}


async def test_a_source_is_due_from_the_day_after_until_it_is_closed(world: World) -> None:
    assert await covered(world, MONDAY) == {}
    assert await covered(world, MONDAY + timedelta(days=1)) == {"源A": False, "源B": False, "源C": False}
    world.clock.advance(days=2)
    await do(world, files.close, "B", why="关停")
    assert set(await covered(world, MONDAY + timedelta(days=1))) == {"源A", "源B", "源C"}
    assert set(await covered(world, MONDAY + timedelta(days=2))) == {"源A", "源C"}


async def test_a_check_in_is_kept_once_and_says_whether_it_counts(world: World) -> None:
    world.clock.advance(days=1, hours=2)
    a, b = await key_of(world, "A"), await key_of(world, "B")
    at = world.clock.now() - timedelta(hours=1)
    first = await check_in(world, a, at=at)
    again = await check_in(world, a, at=at, note="又一次")
    assert (first.flaw, first.new, again.new, again.visit_id) == (None, True, False, first.visit_id)
    far = await check_in(world, b, distance_m=2500.0)
    world.clock.advance(seconds=1)
    nowhere = await check_in(world, b, lon=None, lat=None, accuracy_m=None, distance_m=None)
    assert (far.flaw, nowhere.flaw) == (VisitFlaw.FAR, VisitFlaw.UNPLACED)
    assert await covered(world, MONDAY + timedelta(days=1)) == {"源A": True, "源B": False, "源C": False}
    for name, over in (
        ("visited_at", {"at": world.clock.now() - timedelta(days=8)}),
        ("visited_at", {"at": world.clock.now() + timedelta(minutes=11)}),
        ("note", {"found": VisitFound.PROBLEM}),
        ("note", {"note": "长" * 1001}),
    ):
        with pytest.raises(Invalid) as refused:
            await check_in(world, a, **over)
        assert refused.value.extra["field"] == name
    for wrong in ("s999999", "x1", "s", "s-1", "p1", f"p{a[1:]}"):
        with pytest.raises(NotFound):
            await check_in(world, wrong)
    with pytest.raises(DBAPIError, match="patrol_visit"):
        await rows(world, "UPDATE patrol_visit SET flaw = NULL")


async def test_plans_want_more_visits_and_further_points(world: World) -> None:
    a = await key_of(world, "A")
    await do(world, patrols.plan_source, "A", per_day=3, within_m=300, by="township")
    await do(world, patrols.plan_source, "A", per_day=2, within_m=5000, by="township")
    village = world.grids[VILLAGE].id
    place: dict[str, Any] = {"name": "河道垃圾点", "lon": 87.4, "lat": 44.1, "per_day": 1, "within_m": 100}
    point = await do(world, patrols.add_point, village, **place)
    with pytest.raises(Invalid):
        await do(world, patrols.plan_source, "A", per_day=0, within_m=300)
    world.clock.advance(days=1)
    for minutes in (0, 10):
        await check_in(world, a, at=world.clock.now() + timedelta(minutes=minutes), distance_m=4000.0)
    await check_in(world, f"p{point.plan_id}")
    tuesday = MONDAY + timedelta(days=1)
    assert await covered(world, tuesday) == {"源A": False, "源B": False, "源C": False, "河道垃圾点": True}
    world.clock.advance(minutes=40)
    await check_in(world, a, distance_m=4000.0)
    assert (await covered(world, tuesday))["源A"]
    ended = await do(world, patrols.end_plan, point.plan_id)
    assert ended.ended
    assert "河道垃圾点" not in await covered(world, tuesday)
    with pytest.raises(ForbiddenTransition):
        await do(world, patrols.end_plan, point.plan_id)


async def test_the_sums_of_many_days_are_those_of_each_day(world: World) -> None:
    chance = random.Random(7)
    await do(world, patrols.plan_source, "B", per_day=2, within_m=300)
    keys = [await key_of(world, code) for code in "ABC"]
    world.clock.advance(days=5)
    for _ in range(60):
        at = world.clock.now() - timedelta(minutes=chance.randrange(5 * 24 * 60))
        await check_in(world, chance.choice(keys), at=at, distance_m=chance.choice([5.0, 5.0, 900.0]))
    async with world.sessions() as session:
        last = MONDAY + timedelta(days=5)
        found = await patrols.tallies(session, field(world), MONDAY, last)
        expected: dict[tuple[date, int], Tally] = {}
        for n in range(6):
            day = MONDAY + timedelta(days=n)
            each = [one for _, one in await patrols.day_of(session, field(world), day)]
            expected |= {(day, grid): one for grid, one in by_group(each, lambda place: place.grid).items()}
        assert found == expected
        assert 0 < sum(found.values(), Tally()).covered < sum(found.values(), Tally()).due
        with pytest.raises(Invalid):
            await patrols.tallies(session, field(world), MONDAY, MONDAY + timedelta(days=62))


async def test_a_town_collects_its_day_and_a_county_dispatches_its_week(world: World) -> None:
    world.clock.advance(days=1)
    tuesday = MONDAY + timedelta(days=1)
    await check_in(world, await key_of(world, "A"), found=VisitFound.STOPPED, note="制止焚烧垃圾")
    await check_in(world, await key_of(world, "B"), distance_m=900.0)
    town, county = world.grids[TOWNSHIP].id, world.grids[COUNTY].id
    day = await do(world, summaries.sum_up, town, SummaryKind.TOWN_DAY, tuesday, note="已催促", by="township")
    assert (day.version, day.due, day.covered) == (1, 3, 1)
    await check_in(world, await key_of(world, "C"))
    later = await do(world, summaries.sum_up, town, SummaryKind.TOWN_DAY, tuesday, note="补查", by="township")
    assert (later.version, later.covered) == (2, 2)
    week = await do(
        world, summaries.sum_up, county, SummaryKind.COUNTY_WEEK, MONDAY, note="调度", by="supervisor"
    )
    assert (week.due, week.covered) == (3, 2)
    async with world.sessions() as session:
        kept = await session.get(summaries.PatrolSummary, day.summary_id)
        body = await summaries.figures(session, county, SummaryKind.COUNTY_WEEK, MONDAY, today=tuesday)
    assert kept is not None
    frozen = summaries.body_of(kept)
    assert frozen["gaps"] == [
        {"place": "源C", "grid": TOWNSHIP, "flaws": []}, {"place": "源B", "grid": VILLAGE, "flaws": ["far"]},
    ]  # fmt: skip
    assert [(one["place"], one["note"]) for one in frozen["problems"]] == [("源A", "制止焚烧垃圾")]
    assert body["grids"] == {TOWNSHIP: {"due": 3, "covered": 2, "doubtful": 1}}
    assert {(one["grid"], one["day"]) for one in body["not_collected"]} >= {(TOWNSHIP, "2026-11-23")}
    assert (TOWNSHIP, "2026-11-24") not in {(one["grid"], one["day"]) for one in body["not_collected"]}
    for name, grid, kind, first, note in (
        ("first_on", county, SummaryKind.COUNTY_WEEK, tuesday, "x"),
        ("first_on", town, SummaryKind.TOWN_DAY, tuesday + timedelta(days=1), "x"),
        ("grid", county, SummaryKind.TOWN_DAY, tuesday, "x"),
        ("note", town, SummaryKind.TOWN_DAY, tuesday, " "),
    ):
        with pytest.raises(Invalid) as refused:
            await do(world, summaries.sum_up, grid, kind, first, note=note)
        assert refused.value.extra["field"] == name
    with pytest.raises(DBAPIError, match="patrol_summary"):
        await rows(world, "DELETE FROM patrol_summary")


async def test_reports_the_county_left_lying_are_facts_of_the_month(world: World) -> None:
    await file_report(world, TOWNSHIP, by="township")
    ((due,),) = await rows(world, "SELECT due_at FROM sla_clock WHERE kind = 'triage'")

    async def found(now: datetime) -> list[tuple[str, date, int]]:
        async with world.sessions() as session:
            late = await patrols.late_reports_of(
                session, date(2026, 11, 1), date(2026, 11, 1), unit_ids=None, now=now
            )
        return [(one.unit, one.month, one.late_s) for one in late]

    assert await found(due) == []
    assert await found(due + timedelta(minutes=5)) == [(COUNTY, date(2026, 11, 1), 300)]
