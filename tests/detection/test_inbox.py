"""The stream has its rows in commit order, without gaps, whoever writes at the same time."""

import asyncio
import random

import pytest

from app.database import transaction
from app.detection import inbox
from tests.detection.world import World, readings


async def test_writers_at_the_same_time_leave_no_gap(world: World) -> None:
    """Also with rollbacks in between, which lose the numbers of an ordinary sequence."""
    given: list[int] = []

    async def write(seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(25):
            rows = [readings((seed, 1.0))] * chance.randrange(1, 4)
            try:
                async with transaction(world.sessions) as session:
                    last = await inbox.append(session, rows, now=world.clock.now())
                    if chance.random() < 0.3:
                        raise LookupError
            except LookupError:
                continue
            given.extend(range(last - len(rows) + 1, last + 1))

    await asyncio.gather(*(write(seed) for seed in range(4)))
    stored = [seq for (seq,) in await world.rows("SELECT seq FROM detection_inbox ORDER BY seq")]
    assert stored == list(range(1, len(stored) + 1)) == sorted(given)


async def test_a_reader_never_skips_a_row_that_commits_late(world: World) -> None:
    async with transaction(world.sessions) as early:
        await inbox.append(early, [readings((1, 1.0))], now=world.clock.now())
        late = asyncio.ensure_future(world.append(readings((2, 2.0))))
        done, _ = await asyncio.wait([late], timeout=0.2)
        # The second waits for the first: nobody can see row 2 while row 1 may still come.
        assert not done
        assert await world.rows("SELECT seq FROM detection_inbox") == []
    await late
    assert await world.rows("SELECT seq FROM detection_inbox ORDER BY seq") == [(1,), (2,)]


async def test_numbers_go_on_after_everything_was_deleted(world: World) -> None:
    worker = world.worker()
    await world.append(*[readings((1, 1.0))] * 3)
    await world.consume(worker)
    for _ in range(2):
        await worker.checkpoint()
        worker.saved_seq = -1
    while await worker.prune():
        pass
    assert await world.rows("SELECT seq FROM detection_inbox") == []
    await world.append(readings((1, 1.0)))
    assert await world.rows("SELECT seq FROM detection_inbox") == [(4,)]


@pytest.mark.parametrize(("rows", "size", "wanted"), [(2, 10_000, [1, 2]), (9, 1, [1]), (9, 250, [1, 2])])
async def test_a_page_is_bounded_and_never_empty(
    world: World, rows: int, size: int, wanted: list[int]
) -> None:
    await world.append(*[readings((1, 1.0))] * 4)
    async with world.sessions() as session:
        page = await inbox.page(session, 0, upto=99, rows=rows, size=size)
    assert [row.seq for row in page] == wanted
