"""A back-test from the request to the back-tested draft, with a computation that can be checked by hand."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from alerts import rulebook
from app.backtest import jobs
from app.backtest.port import Computation
from app.backtest.runner import Runner, Work
from app.backtest.worker import Failed, Task, compute, in_process
from app.database import Sessions, transaction
from app.ingest.partitions import Partitions
from models.bulk import fetch
from models.enums import ResponseLevel
from models.errors import ForbiddenTransition, Invalid
from models.reading import ReadingRow
from tests.backtests import ends_its_process, over_limit
from tests.factories import COUNTY, World, make_world
from tests.fakes import START, FakeClock

SINCE, UNTIL = START - timedelta(days=3), START - timedelta(days=1)


@pytest_asyncio.fixture
async def world(sessions: Sessions, clock: FakeClock, tmp_path: Path) -> World:
    return await make_world(sessions, clock, tmp_path)


async def in_thread(task: Task) -> dict[str, Any]:
    return await asyncio.to_thread(compute, task)


def runner(world: World, url: str, *, run: Computation = over_limit, work: Work = in_thread) -> Runner:
    return Runner(world.sessions, clock=world.clock, database_url=url, run=run, work=work)


async def rule_set(world: World, limit: float) -> int:
    async with transaction(world.sessions) as session:
        return await rulebook.draft(
            session, {"limit": limit}, parent=1, note="", author="tests", now=world.clock.now()
        )


async def ask(world: World, version: int, baseline: int | None = None, grid: str | None = None) -> int:
    async with transaction(world.sessions) as session:
        return await jobs.request(
            session, version, baseline=baseline, since=SINCE, until=UNTIL,
            grid_id=None if grid is None else world.grids[grid].id, person_id=world.people["admin"].id,
            now=world.clock.now(),
        )  # fmt: skip


async def stored(
    world: World, station: str, values: Sequence[float], *, start: datetime = SINCE, late: float = 0
) -> None:
    """One reading an hour."""
    instants = [start + timedelta(hours=n) for n in range(len(values))]
    await Partitions(world.sessions).ensure({at.date() for at in instants})
    async with transaction(world.sessions) as session:
        for at, value in zip(instants, values, strict=True):
            session.add(
                ReadingRow(
                    station_id=world.stations[station].id, observed_at=at,
                    received_at=at + timedelta(minutes=late), version=1, pm25=value,
                )
            )  # fmt: skip


async def job(world: World, job_id: int) -> Any:
    async with world.sessions() as session:
        return (
            await fetch(
                session,
                "SELECT state, progress, result, error, attempts FROM backtest_job WHERE id = $1",
                job_id,
            )
        )[0]


async def state(world: World, version: int) -> str:
    async with world.sessions() as session:
        return str((await fetch(session, "SELECT state FROM rule_set WHERE version = $1", version))[0][0])


async def test_the_draft_beside_the_baseline(world: World, database_url: str) -> None:
    await stored(world, "WZ-1", [10, 120, 130, 10] * 6)
    await stored(world, "WZ-2", [10, 250, 10])
    await stored(world, "WZ-2", [250, 10], start=SINCE + timedelta(hours=10), late=60)
    await stored(world, "WZ-1", [900], start=UNTIL)  # no longer within
    version, baseline = await rule_set(world, 100), await rule_set(world, 200)
    job_id = await ask(world, version, baseline)
    assert await runner(world, database_url).run_once()
    row = await job(world, job_id)
    assert (row.state, row.progress, row.error) == ("done", 1.0, None)
    result = row.result
    assert (result["readings"], result["days"]) == (29, 2.0)
    draft, other = result["draft"], result["baseline"]
    assert (draft["orders"], draft["alerts"], draft["orders_per_day"]) == (7, 8, 3.5)
    assert (other["orders"], other["alerts"]) == (1, 2)
    assert draft["by_grid"][0]["grid"] == COUNTY
    assert draft["stations"][0] == {"station": "WZ-1", "orders": 6, "alerts": 6}
    assert await state(world, version) == "back_tested"
    assert await state(world, baseline) == "draft"
    assert not await runner(world, database_url).run_once()


async def test_only_one_grid(world: World, database_url: str) -> None:
    await stored(world, "WZ-1", [150, 10])
    await stored(world, "WZ-2", [150, 10])
    version = await rule_set(world, 100)
    job_id = await ask(world, version, version, grid=COUNTY)
    await runner(world, database_url).run_once()
    result = (await job(world, job_id)).result
    assert (result["readings"], result["draft"]["orders"]) == (2, 1)
    assert result["baseline"] == result["draft"]


async def test_responses_of_the_past_are_in_force_in_it(world: World, database_url: str) -> None:
    await stored(world, "WZ-1", [60, 10, 60, 10])
    async with transaction(world.sessions) as session:
        for hour, level in ((1.5, ResponseLevel.RED), (2.5, ResponseLevel.NONE)):
            await rulebook.switch_response(
                session,
                level,
                reason="x",
                author_id=world.people["duty"].id,
                now=SINCE + timedelta(hours=hour),
            )
        # `none` is a level as well, for this computation.
        await fetch(session, "UPDATE response_level SET valid_to = valid_from WHERE level = 'none'")
    version = await rule_set(world, 100)
    job_id = await ask(world, version, version)
    await runner(world, database_url).run_once()
    assert (await job(world, job_id)).result["draft"]["orders"] == 1


async def test_orders_with_an_outcome_give_precision(world: World, database_url: str) -> None:
    await stored(world, "WZ-1", [10, 150, 10, 10, 10, 150, 10])
    for hour, false_alarm in ((1, None), (5, "natural")):
        alert = await world.alert(
            "WZ-1", state="cleared", started_at=SINCE + timedelta(hours=hour),
            cleared_at=SINCE + timedelta(hours=hour + 1), pollutant=f"p{hour}",
        )  # fmt: skip
        order = await world.order()
        async with transaction(world.sessions) as session:
            await fetch(
                session,
                "UPDATE work_order SET alert_id = $2, dispatched_at = $3, state = 'closed', closed_at = $3,"
                " false_alarm = $4 WHERE id = $1",
                order, alert, SINCE + timedelta(hours=hour), false_alarm,
            )  # fmt: skip
    version = await rule_set(world, 100)
    job_id = await ask(world, version, await rule_set(world, 1000))
    await runner(world, database_url).run_once()
    result = (await job(world, job_id)).result
    draft, baseline = result["draft"]["precision"], result["baseline"]["precision"]
    assert (draft["confirmed"], draft["false_alarms"], draft["precision"]["value"]) == (1, 1, 0.5)
    assert (baseline["with_outcome"], baseline["confirmed_missed"], baseline["precision"]) == (0, 1, None)


async def test_a_draft_edited_meanwhile_stays_a_draft(world: World, database_url: str) -> None:
    await stored(world, "WZ-1", [150, 10])
    version = await rule_set(world, 100)
    job_id = await ask(world, version, version)
    async with transaction(world.sessions) as session:
        found = await rulebook.held(session, version, "edit")
        await rulebook.edit(session, found, {"limit": 1}, note=None, revision=None, now=world.clock.now())
    await runner(world, database_url).run_once()
    row = await job(world, job_id)
    assert (row.state, row.result["draft"]["orders"]) == ("done", 1)
    assert await state(world, version) == "draft"


async def test_without_readings_there_is_nothing_to_judge_by(world: World, database_url: str) -> None:
    version = await rule_set(world, 100)
    job_id = await ask(world, version, version)
    await runner(world, database_url).run_once()
    row = await job(world, job_id)
    assert (row.state, row.error) == ("failed", "there is not one reading of these stations in that time")
    assert await state(world, version) == "draft"


async def test_a_computation_that_fails_is_told_and_not_tried_again(world: World, database_url: str) -> None:
    await stored(world, "WZ-1", [150, 10])
    async with transaction(world.sessions) as session:
        version = await rulebook.draft(session, {}, parent=1, note="", author="x", now=world.clock.now())
    job_id = await ask(world, version, version)
    await runner(world, database_url).run_once()
    row = await job(world, job_id)
    assert (row.state, row.error, row.attempts) == ("failed", "KeyError: 'limit'", 1)


async def test_what_a_killed_engine_left_is_begun_anew(world: World, database_url: str) -> None:
    await stored(world, "WZ-1", [150, 10])
    version = await rule_set(world, 100)
    job_id = await ask(world, version, version)
    async with transaction(world.sessions) as session:
        lost = await jobs.claim(session, now=world.clock.now())
    assert lost is not None
    assert not await runner(world, database_url).run_once()
    world.clock.advance(seconds=91)
    assert await runner(world, database_url).run_once()
    assert (await job(world, job_id)).state == "done"
    # The first one was not dead after all: its word no longer counts.
    async with transaction(world.sessions) as session:
        assert not await jobs.renew(session, lost, now=world.clock.now())
        assert not await jobs.done(session, lost, {"readings": 0}, now=world.clock.now())
    assert (await job(world, job_id)).result["readings"] == 2


async def test_one_that_takes_its_engine_down_is_given_up(world: World, database_url: str) -> None:
    version = await rule_set(world, 100)
    job_id = await ask(world, version, version)
    for _ in range(jobs.ATTEMPTS):
        async with transaction(world.sessions) as session:
            assert await jobs.claim(session, now=world.clock.now()) is not None
        world.clock.advance(seconds=91)
    assert not await runner(world, database_url).run_once()
    row = await job(world, job_id)
    assert (row.state, row.error) == ("failed", "its engine went away 3 times")


async def test_what_may_pass_is_tried_three_times(world: World, database_url: str) -> None:
    async def away(_: Task) -> dict[str, Any]:
        raise Failed("ConnectionRefusedError: no", True)

    version = await rule_set(world, 100)
    job_id = await ask(world, version, version)
    states = []
    for _ in range(jobs.ATTEMPTS):
        assert await runner(world, database_url, work=away).run_once()
        states.append((await job(world, job_id)).state)
    assert states == ["queued", "queued", "failed"]


async def test_two_runners_take_two_jobs_and_never_one_twice(world: World, database_url: str) -> None:
    await stored(world, "WZ-1", [150, 10])
    ids = [await ask(world, await rule_set(world, 100 + n)) for n in range(3)]
    async with transaction(world.sessions) as session:
        await fetch(session, "UPDATE rule_set SET body = '{\"limit\": 1}' WHERE version = 1")
    taken = await asyncio.gather(*(runner(world, database_url).run_once() for _ in range(4)))
    assert sorted(taken) == [False, True, True, True]
    assert [(await job(world, id_)).attempts for id_ in ids] == [1, 1, 1]
    assert {(await job(world, id_)).state for id_ in ids} == {"done"}


async def test_one_at_a_time_for_a_version_and_bounds(world: World) -> None:
    version = await rule_set(world, 100)
    await ask(world, version)
    with pytest.raises(ForbiddenTransition, match="waiting or running"):
        await ask(world, version)
    now = world.clock.now()
    for since, until in (
        (now - timedelta(days=2), now + timedelta(seconds=1)),
        (now - timedelta(hours=23), now),
        (now, now - timedelta(days=3)),
        (now - timedelta(days=184, seconds=1), now),
    ):
        with pytest.raises(Invalid):
            jobs.checked_span(since, until, now=now)


async def test_in_a_process_of_its_own(world: World, database_url: str) -> None:
    await stored(world, "WZ-1", [10, 150, 10])
    version = await rule_set(world, 100)
    job_id = await ask(world, version, version)
    assert await runner(world, database_url, work=in_process).run_once()
    row = await job(world, job_id)
    assert (row.state, row.error) == ("done", None)
    assert row.result["draft"]["orders"] == 1


async def test_a_process_that_dies_takes_nothing_with_it(world: World, database_url: str) -> None:
    await stored(world, "WZ-1", [150])
    version = await rule_set(world, 100)
    job_id = await ask(world, version, version)
    assert await runner(world, database_url, run=ends_its_process, work=in_process).run_once()
    row = await job(world, job_id)
    assert (row.state, row.error) == ("queued", "its process ended with 9")
