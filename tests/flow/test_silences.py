"""A silence keeps alerts from orders, and only as long as it lasts; on the fake clock, with the feed compared."""

from datetime import timedelta
from typing import Any

from app import silences
from app.database import transaction
from models.bulk import fetch
from models.enums import AlertKind, SilenceKind
from tests.factories import COUNTY, OTHER_COUNTY, World
from tests.timeline import Story


async def quiet(
    world: World, hours: float, *, kind: SilenceKind = SilenceKind.SILENCE, station: str | None = "WZ-1",
    grid: str = COUNTY, pollutants: list[str] | None = None, kinds: list[AlertKind] | None = None,
) -> int:  # fmt: skip
    now = world.clock.now()
    async with transaction(world.sessions) as session:
        return await silences.begin(
            session, kind=kind, grid_id=world.grids[grid].id,
            station_id=None if station is None else world.stations[station].id, pollutants=pollutants, kinds=kinds,
            starts_at=now, ends_at=now + timedelta(hours=hours), reason="除尘车作业", caller=world.caller("duty"),
            now=now,
        )  # fmt: skip


async def alerts(story: Story) -> list[tuple[Any, ...]]:
    """state, silence, whether it was let go, whether it has an order."""
    async with story.sessions() as session:
        rows = await fetch(
            session,
            "SELECT state, suppressed_by, released_at IS NOT NULL, order_id IS NOT NULL FROM alert"
            " WHERE pollutant IS NOT NULL ORDER BY id",
        )
    return [tuple(row) for row in rows]


async def begin(story: Story) -> None:
    """An hour of clean air; the feed from here on."""
    await story.minutes("08:00", 60, pm25=30.0)
    await story.said()


async def test_what_is_still_open_at_the_end_is_ordered_then(story: Story) -> None:
    await begin(story)
    silence = await quiet(story.world, 1)
    assert await story.said() == ["09:00:00 silence.started"]
    await story.minutes("09:00", 20, pm25=400.0)
    said = await story.said()
    assert said
    assert {line.split()[1] for line in said} <= {"alert.opened", "alert.raised"}
    assert set(await alerts(story)) == {("open", silence, False, False)}
    await story.engine.follow_silences()
    assert await story.said() == []
    await story.minutes("09:20", 39, pm25=400.0)
    await story.said()
    # One instant before the end nothing, at the end everything, and once.
    story.at("09:59:59.9")
    await story.engine.follow_silences()
    assert await story.said() == []
    story.at("10:00")
    await story.engine.follow_silences()
    said = await story.said()
    assert said[:2] == ["10:00:00 silence.ended", "10:00:00 order.dispatched"]
    assert {line.split()[1] for line in said[2:]} <= {"order.attached"}
    assert set(await alerts(story)) == {("open", silence, True, True)}
    await story.engine.follow_silences()
    assert await story.said() == []
    async with story.sessions() as session:
        rows = await fetch(
            session, "SELECT dispatched_at, due_at FROM work_order o JOIN sla_clock c ON c.order_id = o.id"
        )
    assert len(rows) == 3
    assert {row[0] for row in rows} == {story.world.clock.now()}


async def test_what_is_over_before_the_end_was_never_ordered(story: Story) -> None:
    await begin(story)
    silence = await quiet(story.world, 3)
    await story.minutes("09:00", 10, pm25=400.0)
    await story.minutes("09:10", 90, pm25=30.0)
    story.at("12:00")
    await story.engine.follow_silences()
    assert set(await alerts(story)) == {("cleared", silence, False, False)}
    assert "order.dispatched" not in {line.split()[1] for line in await story.said()}


async def test_others_go_out_as_ever(story: Story) -> None:
    await begin(story)
    await quiet(story.world, 3)
    await story.minutes("09:00", 60, pm25=30.0, station="WZ-2", grid=OTHER_COUNTY)
    await story.minutes("10:00", 5, pm25=400.0, station="WZ-2", grid=OTHER_COUNTY)
    assert "order.dispatched" in {line.split()[1] for line in await story.said()}


async def test_a_silence_of_one_pollutant_lets_the_other_through(story: Story) -> None:
    await begin(story)
    await quiet(story.world, 3, pollutants=["pm10"])
    await story.minutes("09:00", 5, pm25=400.0)
    assert "order.dispatched" in {line.split()[1] for line in await story.said()}


async def test_a_grid_is_silenced_with_all_below_it(story: Story) -> None:
    await begin(story)
    silence = await quiet(story.world, 3, station=None, grid="652300")
    await story.minutes("09:00", 5, pm25=400.0)
    assert set(await alerts(story)) == {("open", silence, False, False)}


async def test_a_cancelled_one_lets_go_at_the_next_pass(story: Story) -> None:
    await begin(story)
    silence = await quiet(story.world, 24)
    await story.minutes("09:00", 5, pm25=400.0)
    await story.said()
    async with transaction(story.sessions) as session:
        found = await silences.silences.find(session, silence)
        await silences.cancel(
            session,
            found,
            reason="作业提前结束",
            caller=story.world.caller("duty"),
            now=story.world.clock.now(),
        )
    await story.engine.follow_silences()
    said = [line.split()[1] for line in await story.said()]
    assert said[:2] == ["silence.ended", "order.dispatched"]


async def test_a_second_silence_takes_over_where_the_first_ends(story: Story) -> None:
    await begin(story)
    await quiet(story.world, 1)
    await story.minutes("09:00", 10, pm25=400.0)
    second = await quiet(story.world, 5)
    await story.minutes("09:10", 50, pm25=400.0)
    story.at("10:00")
    await story.engine.follow_silences()
    assert set(await alerts(story)) == {("open", second, False, False)}
    assert "order.dispatched" not in {line.split()[1] for line in await story.said()}


async def test_after_maintenance_only_a_reading_from_afterwards_brings_an_order(story: Story) -> None:
    await begin(story)
    work = await quiet(story.world, 1, kind=SilenceKind.MAINTENANCE)
    await story.minutes("09:00", 60, pm25=400.0)
    story.at("10:00")
    await story.engine.follow_silences()
    assert set(await alerts(story)) == {("open", work, False, False)}
    await story.minutes("10:01", 7, pm25=400.0)
    await story.engine.follow_silences()
    assert ("open", work, True, True) in await alerts(story)


async def test_what_waits_for_somebody_to_answer_waits_for_the_silence_too(story: Story) -> None:
    world = story.world
    async with transaction(story.sessions) as session:
        await fetch(
            session, "UPDATE duty SET valid_to = $1 WHERE role IN ('supervisor', 'chief')", world.clock.now()
        )
    await begin(story)
    await story.minutes("09:00", 3, pm25=400.0)
    assert "order.unrouted" in {line.split()[1] for line in await story.said()}
    await quiet(world, 1)
    async with transaction(story.sessions) as session:
        await fetch(session, "UPDATE duty SET valid_to = NULL")
    await story.engine.retry_unrouted()
    assert [line.split()[1] for line in await story.said()] == ["silence.started"]
    story.at("10:10")
    await story.engine.follow_silences()
    await story.engine.retry_unrouted()
    said = [line.split()[1] for line in await story.said()]
    assert said[:2] == ["silence.ended", "order.dispatched"]
    assert set(said[2:]) <= {"order.attached"}


async def test_one_that_begins_later_is_told_when_it_does(story: Story) -> None:
    world, now = story.world, story.world.clock.now()
    async with transaction(story.sessions) as session:
        await silences.begin(
            session, kind=SilenceKind.SILENCE, grid_id=world.grids[COUNTY].id, station_id=None, pollutants=None,
            kinds=None, starts_at=now + timedelta(hours=1), ends_at=now + timedelta(hours=2), reason="x",
            caller=world.caller("duty"), now=now,
        )  # fmt: skip
    await story.engine.follow_silences()
    assert await story.said() == []
    # Nobody looked in time: both are told with the times at which they were.
    story.at("10:30")
    await story.engine.follow_silences()
    assert await story.said() == ["09:00:00 silence.started", "10:00:00 silence.ended"]


async def test_two_engines_let_go_once(story: Story) -> None:
    await begin(story)
    await quiet(story.world, 1)
    await story.minutes("09:00", 5, pm25=400.0)
    story.at("10:00")
    other = Story(story.world)
    for engine in (story.engine, other.engine, story.engine):
        await engine.follow_silences()
    async with story.sessions() as session:
        assert len(await fetch(session, "SELECT id FROM work_order")) == 1
        assert len(await fetch(session, "SELECT id FROM journal WHERE kind = 'silence.ended'")) == 1
