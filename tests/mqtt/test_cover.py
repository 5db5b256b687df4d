"""Shards of the intake: whatever moves between them, every message comes to one of them at least, and soon to one."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from app.database import Sessions, transaction
from app.ingest import cover
from app.ingest.cover import Reader, open_shard, pieces
from app.ingest.shards import shard_of
from app.ingest.source import Message
from app.registry.directory import Directory
from models.bulk import fetch
from tests.factories import make_grid, make_world
from tests.fakes import FakeClock
from tests.mqtt.brokers import RunningBroker
from tests.mqtt.conftest import SECRETS, STATION
from tests.mqtt.stations import WAIT, Station
from tests.mqtt.test_source import numbers, until

GRIDS = [f"65231{n}" for n in range(8)]
STRAY = "999999"
SHARDS = 3


@pytest.fixture
async def directory(sessions: Sessions, clock: FakeClock, tmp_path: Path) -> Directory:
    world = await make_world(sessions, clock, tmp_path / "world")
    async with transaction(sessions) as session:
        for code in GRIDS:
            await make_grid(session, code, parent=world.grids["652300"])
        await world.context.directory.refresh(session)
    return world.context.directory


def grid_in(shard: int, shards: int = SHARDS) -> str:
    return next(code for code in GRIDS if shard_of(code, shards) == shard)


class Place:
    """A broker, a database, and shards that come and go."""

    def __init__(
        self, broker: RunningBroker, sessions: Sessions, directory: Directory, clock: FakeClock
    ) -> None:
        self.broker, self.sessions, self.directory, self.clock = broker, sessions, directory, clock
        self.got: list[tuple[int, str, bytes]] = []

    def open(self, shard: int, shards: int = SHARDS) -> Reader:
        return open_shard(
            self.broker.url, "reader", shard, shards, max_queue=20_000,
            sessions=self.sessions, directory=self.directory, clock=self.clock,
        )  # fmt: skip

    @asynccontextmanager
    async def reading(self, shard: int, shards: int = SHARDS) -> AsyncIterator[Reader]:
        """A shard in charge: takes, keeps and acknowledges, and looks after its cover."""
        reader = self.open(shard, shards)
        await reader.source.start()
        await until(lambda: reader.source.connected)
        tasks = [asyncio.ensure_future(self._take(shard, reader))]
        if reader.cover is not None:
            tasks.append(asyncio.ensure_future(reader.cover.keep()))
        try:
            yield reader
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await reader.source.stop()

    async def _take(self, shard: int, reader: Reader) -> None:
        while True:
            batch: Sequence[Message] = await reader.source.take(100, 0)
            self.got += [(shard, message.topic.split("/")[2], message.payload) for message in batch]
            reader.source.acknowledge(batch)

    async def covered(self) -> set[str]:
        async with self.sessions() as session:
            return {
                row[0]
                for row in await fetch(session, "SELECT grid FROM intake_cover WHERE covered_at IS NOT NULL")
            }

    async def covers(self, shards: int = SHARDS) -> None:
        """Until every grid of another shard than 0 is covered."""
        wanted = {code for code in [*GRIDS, "652300", "652301", "652302"] if shard_of(code, shards)}
        async with asyncio.timeout(WAIT):
            while not wanted <= await self.covered():  # noqa: ASYNC110 (told by the database)
                await asyncio.sleep(0.05)

    async def has(self, count: int) -> None:
        async with asyncio.timeout(WAIT):
            while len({(grid, payload) for _, grid, payload in self.got}) < count:  # noqa: ASYNC110 (paho tells in its own thread)
                await asyncio.sleep(0.01)

    def of(self, grid: str) -> list[tuple[int, bytes]]:
        return [(shard, payload) for shard, said, payload in self.got if said == grid]


@pytest.fixture
def place(broker: RunningBroker, sessions: Sessions, directory: Directory, clock: FakeClock) -> Place:
    return Place(broker, sessions, directory, clock)


def sender(broker: RunningBroker) -> Station:
    return Station(broker.url_for(STATION, SECRETS[STATION]))


def topic(grid: str) -> str:
    return f"geshao/v1/{grid}/{STATION}/reading"


async def test_each_shard_gets_its_grids_and_shard_0_what_nobody_knows(place: Place) -> None:
    async with place.reading(0), place.reading(1), place.reading(2), sender(place.broker) as station:
        await place.covers()
        for grid in (*GRIDS, STRAY):
            await station.flood(topic(grid), numbers(0, 20))
        await place.has(20 * (len(GRIDS) + 1))
    for grid in GRIDS:
        assert place.of(grid) == [(shard_of(grid, SHARDS), payload) for payload in numbers(0, 20)]
    assert place.of(STRAY) == [(0, payload) for payload in numbers(0, 20)]


async def test_what_waited_for_shard_0_before_there_were_others_is_taken_by_it(place: Place) -> None:
    """The setting is raised after a night in which nobody read."""
    async with place.reading(0, 1):
        pass
    grid = grid_in(2)
    async with sender(place.broker) as station:
        await station.flood(topic(grid), numbers(0, 300))
        async with place.reading(2), place.reading(1):
            await station.flood(topic(grid), numbers(300, 400))
            async with place.reading(0):
                await place.covers()
                await station.flood(topic(grid), numbers(400, 500))
                await place.has(500)
    assert {payload for _, payload in place.of(grid)} == set(numbers(0, 500))
    # From the cover on it came to its own shard alone.
    assert not {payload for shard, payload in place.of(grid) if shard == 0} & set(numbers(400, 500))


async def test_what_waits_for_a_shard_nobody_reads_survives_the_move(place: Place) -> None:
    grid = grid_in(1)
    async with place.reading(0), place.reading(2), sender(place.broker) as station:
        async with place.reading(1):
            await place.covers()
            await station.flood(topic(grid), numbers(0, 100))
            await place.has(100)
        await station.flood(topic(grid), numbers(100, 400))
        # Shard 0 has passed them over and must not have them alone.
        await station.flood(topic(STRAY), [b"end"])
        await place.has(101)
        async with place.reading(1):
            await place.has(401)
    assert place.of(grid) == [(1, payload) for payload in numbers(0, 400)]


async def test_under_load_nothing_is_lost_while_shards_come_and_go(place: Place) -> None:
    """1 shard, then 3, then 2 while stations send without a pause."""
    sent = 0

    async def send(station: Station, stop: asyncio.Event) -> None:
        nonlocal sent
        while not stop.is_set():
            for grid in (*GRIDS, STRAY):
                await station.flood(topic(grid), [str(sent).encode()])
            sent += 1

    stop = asyncio.Event()
    async with sender(place.broker) as station:
        async with place.reading(0, 1):
            sending = asyncio.ensure_future(send(station, stop))
            await place.has(50)
        async with place.reading(1, 3), place.reading(0, 3):
            await place.has(100)
            async with place.reading(2, 3):
                await place.covers(3)
                await place.has(len({(g, p) for _, g, p in place.got}) + 200)
        # What is left over from three shards is read until it is empty.
        assert await pieces(place.sessions, 2) == 3
        async with place.reading(0, 2), place.reading(1, 2), place.reading(2, 2):
            await place.covers(2)
            await place.has(len({(g, p) for _, g, p in place.got}) + 100)
            stop.set()
            await sending
            await place.has(sent * (len(GRIDS) + 1))
    for grid in (*GRIDS, STRAY):
        assert {payload for _, payload in place.of(grid)} == set(numbers(0, sent))


async def test_a_forged_mark_covers_nothing(place: Place) -> None:
    grid = grid_in(1)
    async with place.reading(0), Station(place.broker.url) as service, sender(place.broker) as station:
        for payload in (b"1 ", b"1 guessed", b"x y", b"\xff", b"99999999999 a"):
            await service.flood(f"geshao/v1/{grid}/{cover.MARK}/status", [payload])
        await station.flood(topic(grid), numbers(0, 5))
        await place.has(5)
        # A station may not even publish under that name.
        await station.flood(f"geshao/v1/{grid}/{cover.MARK}/status", [b"1 guessed"])
    assert place.of(grid) == [(0, payload) for payload in numbers(0, 5)]
    assert await place.covered() == set()


async def test_a_shard_that_lost_its_grids_gives_them_up_in_order(place: Place) -> None:
    lost = [grid for grid in GRIDS if shard_of(grid, 3) == 2]
    async with place.reading(0, 3), place.reading(1, 3), place.reading(2, 3):
        await place.covers()
    reader = place.open(2, 2)
    assert reader.cover is not None
    await reader.source.start()
    await until(lambda: reader.source.connected)
    try:
        await reader.cover.look()
        # At once shard 0 may no longer rely on it; the subscription stays until it is sure to know.
        assert not set(lost) & await place.covered()
        assert await pieces(place.sessions, 2) == 3
        async with sender(place.broker) as station:
            await station.flood(topic(lost[0]), [b"still"])
            batch = await reader.source.take(10, 0)
            assert [message.payload for message in batch] == [b"still"]
            place.clock.advance(cover.PAUSE + timedelta(seconds=1))
            await reader.cover.look()
            place.clock.advance(cover.PAUSE)
            await reader.cover.look()
            await reader.cover.look()
        assert await pieces(place.sessions, 2) == 2
    finally:
        await reader.source.stop()
