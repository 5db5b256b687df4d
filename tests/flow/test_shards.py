"""With several shards a station is silent only while somebody listened to its own."""

from datetime import timedelta
from pathlib import Path

from app.database import Sessions, transaction
from app.ingest.presence import leave_word, listening_since
from app.ingest.shards import shard_of
from tests.factories import COUNTY, OTHER_COUNTY, make_world
from tests.fakes import FakeClock
from tests.timeline import Story

SHARDS = next(n for n in range(2, 64) if shard_of(COUNTY, n) != shard_of(OTHER_COUNTY, n))


async def test_silence_is_judged_by_shard(sessions: Sessions, clock: FakeClock, tmp_path: Path) -> None:
    story = Story(await make_world(sessions, clock, tmp_path, ingest={"shards": SHARDS}))
    await story.publish(station="WZ-1", grid=COUNTY, pm25=30.0)
    await story.publish(station="WZ-2", grid=OTHER_COUNTY, pm25=30.0)
    begun = clock.now()
    clock.advance(hours=2)
    mine, other = shard_of(COUNTY, SHARDS), shard_of(OTHER_COUNTY, SHARDS)
    async with transaction(sessions) as session:
        await leave_word(session, begun, anew=True, shard=mine)
        await leave_word(session, clock.now(), anew=False, shard=mine)
        # The other one has just begun to listen: whoever was silent may have spoken.
        await leave_word(session, clock.now(), anew=True, shard=other)
    await story.pass_time()
    events = [event for event in await story.events() if event["kind"] == "station.offline"]
    assert [event["data"]["station"] for event in events] == ["WZ-1"]
    clock.advance(minutes=1)
    async with sessions() as session:
        # Nobody has left word for a minute.
        assert await listening_since(session, clock.now(), SHARDS) == [None] * SHARDS
        before = clock.now() - timedelta(minutes=1)
        since = await listening_since(session, before, SHARDS)
        assert (since[mine], since[other]) == (begun, before)
