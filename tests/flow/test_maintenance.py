"""A maintenance window, from the API's act to the readings: flagged while it lasts, and nobody is sent out."""

from datetime import timedelta

from app import silences
from app.database import transaction
from app.detection import inbox
from app.detection.situation import maintenance
from models.bulk import fetch
from models.enums import SilenceKind
from tests.factories import COUNTY
from tests.timeline import Story, make_worker


async def window(
    story: Story, minutes: int, *, station: str | None, pollutants: list[str] | None = None
) -> int:
    now = story.world.clock.now()
    async with transaction(story.sessions) as session:
        return await silences.begin(
            session,
            kind=SilenceKind.MAINTENANCE,
            grid_id=story.world.grids[COUNTY].id,
            station_id=None if station is None else story.world.stations[station].id,
            pollutants=pollutants,
            kinds=None,
            starts_at=now,
            ends_at=now + timedelta(minutes=minutes),
            reason="更换采样泵",
            caller=story.world.caller("duty"),
            now=now,
        )


async def tell(story: Story) -> list[list[object]]:
    """Detection hears where somebody works; gives what it heard."""
    now = story.world.clock.now()
    async with transaction(story.sessions) as session:
        said = await maintenance(session, story.world.context.directory, now)
        await inbox.append(session, [inbox.control(kind, body) for kind, body in said.items()], now=now)
    await story.judge()
    return list(said["maintenance"]["windows"])


async def flags(story: Story, test: str) -> list[int]:
    async with story.sessions() as session:
        rows = await fetch(
            session, "SELECT level FROM reading_flag WHERE test = $1 ORDER BY observed_at", test
        )
    return [row[0] for row in rows]


async def test_a_window_is_flagged_and_feeds_nothing_also_after_a_restart(story: Story) -> None:
    await story.minutes("08:00", 15, pm25=35.0)
    await window(story, 30, station="WZ-1")
    ((station, columns, since, until),) = await tell(story)
    assert (station, columns) == (story.world.stations["WZ-1"].id, [0, 1, 2, 3, 4, 5])
    assert until - since == 30 * 60
    await story.minutes("08:15", 5, pm25=400.0)
    await story.detection.checkpoint()
    story.detection = make_worker(story.world.context)
    await story.minutes("08:20", 5, pm25=400.0)
    assert await flags(story, "maintenance") == [3] * 10
    assert [line for line in await story.said() if "silence" not in line] == []
    async with story.sessions() as session:
        (kept,) = await fetch(session, "SELECT count(*) FROM reading WHERE pm25 > 390")
    assert kept[0] == 10, "raw values are kept"
    # Smoke that goes on when the work is over is found then.
    await story.minutes("08:45", 12, pm25=400.0)
    said = [line.split()[1] for line in await story.said()]
    assert said[0] == "alert.opened"
    assert said[-1] == "order.dispatched"


async def test_a_window_over_a_grid_names_its_stations_and_ends_with_its_cancelling(story: Story) -> None:
    silence_id = await window(story, 60, station=None, pollutants=["o3"])
    (one,) = await tell(story)
    assert one[:2] == [story.world.stations["WZ-1"].id, [5]]
    story.world.clock.advance(minutes=10)
    now = story.world.clock.now()
    async with transaction(story.sessions) as session:
        found = await silences.silences.find(session, silence_id)
        await silences.cancel(session, found, reason="做完了", caller=story.world.caller("duty"), now=now)
    ((_, _, since, until),) = await tell(story)
    assert until - since == 600
    story.world.clock.advance(days=2)
    assert await tell(story) == []
