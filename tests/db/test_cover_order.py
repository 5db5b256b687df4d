"""What came before a mark is done with before the mark holds, also when the process dies in between."""

import pytest

from app.database import Sessions, transaction
from app.ingest.cover import MARK, Sifted, topics
from app.ingest.shards import shard_of
from models.bulk import fetch
from tests.fakes import FakeClock, QueueSource

GRID = next(code for code in map(str, range(652301, 652400)) if shard_of(code, 2) == 1)


class Source(QueueSource):
    """Stands for the reader of MQTT behind it."""


@pytest.fixture
async def marked(sessions: Sessions) -> Sessions:
    async with transaction(sessions) as session:
        await fetch(session, "INSERT INTO intake_cover (grid, shard, mark) VALUES ($1, 1, 'secret')", GRID)
    return sessions


def sifted(source: Source, sessions: Sessions, clock: FakeClock) -> Sifted:
    return Sifted(source, sessions, clock, shard=0, shards=2)  # type: ignore[arg-type]  # as much of one as is asked


async def covered(sessions: Sessions) -> bool:
    async with sessions() as session:
        return bool(await fetch(session, "SELECT 1 FROM intake_cover WHERE covered_at IS NOT NULL"))


async def test_a_mark_holds_only_once_what_came_before_it_is_done_with(
    marked: Sessions, clock: FakeClock
) -> None:
    source = Source()
    reading = f"geshao/v1/{GRID}/WZ-1/reading"
    source.put(reading, b"before")
    source.put(f"geshao/v1/{GRID}/{MARK}/status", b"1 secret")
    source.put(reading, b"behind")
    source.put("geshao/v1/999/WZ-1/reading", b"stray")
    first = sifted(source, marked, clock)
    assert [message.payload for message in await first.take(10, 0)] == [b"before"]
    # Killed here: nothing of it was committed.
    assert not await covered(marked)
    source.redeliver()
    second = sifted(source, marked, clock)
    batch = await second.take(10, 0)
    assert [message.payload for message in batch] == [b"before"]
    second.acknowledge(batch)
    batch = await second.take(10, 0)
    assert [message.payload for message in batch] == [b"stray"]
    assert await covered(marked)
    second.acknowledge(batch)
    # Everything was acknowledged, passed over or not.
    assert len(source.acknowledged) == 4
    third = sifted(source, marked, clock)
    source.put(reading, b"later")
    source.put("geshao/v1/999/WZ-1/reading", b"again")
    assert [message.payload for message in await third.take(10, 0)] == [b"again"]


async def test_a_cover_of_another_number_of_shards_does_not_count(marked: Sessions, clock: FakeClock) -> None:
    async with transaction(marked) as session:
        await fetch(session, "UPDATE intake_cover SET covered_at = now(), shard = 5")
    source = Source()
    source.put(f"geshao/v1/{GRID}/WZ-1/reading", b"taken")
    assert [message.payload for message in await sifted(source, marked, clock).take(10, 0)] == [b"taken"]


def test_topics_of_grids() -> None:
    assert topics(["1"]) == ["geshao/v1/1/+/reading", "geshao/v1/1/+/hj212", "geshao/v1/1/+/status"]
