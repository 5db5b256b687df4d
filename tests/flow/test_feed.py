"""The feed: commit order, resume, scope, slow listeners; nothing missed, nothing twice."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from app import journal
from app.auth.scope import EVERYTHING, Scope
from app.board.wanted import Wanted
from app.database import transaction
from app.feed import QUEUE, FeedHub
from app.journal import Entry, verify
from dispatch.commands import Acknowledge, GiveFeedback
from models.bulk import fetch
from models.enums import EventKind
from tests.factories import AS_THE_OWNER, COUNTY, OTHER_COUNTY
from tests.timeline import Story

_EVENT = re.compile(rb"id: (\d+)\nevent: (\S+)\ndata: (.*)\n\n")


@dataclass
class Ear:
    """A listener that keeps what it hears."""

    stream: AsyncIterator[bytes]
    heard: list[tuple[int, str, dict[str, object]]] = field(default_factory=list)

    async def hear(self, count: int) -> list[int]:
        """Waits for `count` more events; gives their ids."""
        wanted = len(self.heard) + count
        async with asyncio.timeout(20):
            while len(self.heard) < wanted:
                chunk = await anext(self.stream)
                for found in _EVENT.finditer(chunk):
                    self.heard.append((int(found[1]), found[2].decode(), json.loads(found[3])))
        return [id_ for id_, _, _ in self.heard[-count:]]


def listen(story: Story, scope: Scope = EVERYTHING, **options: object) -> Ear:
    hub = story.world.context.feed
    wanted = Wanted(scope, only_sla=bool(options.pop("only_sla", False)))
    return Ear(aiter(hub.listen(wanted, heartbeat=0.05, **options)))  # type: ignore[arg-type]  # passed on


async def append(story: Story, count: int, grid: str = COUNTY) -> None:
    grid_id = story.world.grids[grid].id
    async with transaction(story.sessions) as session:
        now = story.world.clock.now()
        entries = [Entry(EventKind.ALERT_OPENED, now, grid_id, data={"n": n}) for n in range(count)]
        await journal.append(session, entries, now=now)


async def test_a_listener_hears_what_happens_from_now_on(story: Story) -> None:
    await append(story, 3)
    ear = listen(story)
    await anext(ear.stream)
    await append(story, 2)
    await story.world.context.feed.catch_up()
    assert await ear.hear(2) == [4, 5]


async def test_resuming_misses_nothing_and_repeats_nothing(story: Story) -> None:
    await append(story, 5)
    ear = listen(story, after=2)
    assert await ear.hear(3) == [3, 4, 5]
    await append(story, 2)
    await story.world.context.feed.catch_up()
    assert await ear.hear(2) == [6, 7]
    again = listen(story, after=6)
    assert await again.hear(1) == [7]


async def test_a_caller_hears_only_its_own_grids(story: Story) -> None:
    own = Scope(frozenset({story.world.grids[OTHER_COUNTY].id}))
    await append(story, 2, COUNTY)
    await append(story, 1, OTHER_COUNTY)
    await append(story, 2, COUNTY)
    await append(story, 1, OTHER_COUNTY)
    assert await listen(story, own, after=0).hear(2) == [3, 6]


async def test_the_sla_feed_carries_sla_events_alone(story: Story) -> None:
    await story.world.order()
    story.world.clock.advance(hours=3)
    await story.tick()
    ear = listen(story, only_sla=True, after=0)
    await ear.hear(8)
    assert {kind.split(".")[0] for _, kind, _ in ear.heard} == {"sla"}


async def test_a_listener_too_slow_for_its_queue_goes_on_from_the_table(story: Story) -> None:
    hub = story.world.context.feed
    ear = listen(story, after=0)
    await anext(ear.stream)
    await append(story, 1)
    assert await ear.hear(1) == [1]
    # The listener sleeps while more happens than its queue holds.
    for _ in range(3):
        await append(story, QUEUE)
        await hub.catch_up()
    assert await ear.hear(3 * QUEUE) == list(range(2, 3 * QUEUE + 2))
    assert story.world.context.metrics.registry.get_sample_value("geshao_feed_resyncs_total") == 1


async def test_id_order_is_commit_order_with_two_writers(story: Story) -> None:
    """The first writer takes its ids and dawdles: the second waits, so a reader never sees id 2 before id 1."""
    now = story.world.clock.now()
    written, may_commit = asyncio.Event(), asyncio.Event()

    async def dawdler() -> list[int]:
        async with transaction(story.sessions) as session:
            ids = await journal.append(
                session, [Entry(EventKind.ALERT_OPENED, now, data={"who": "first"})], now=now
            )
            written.set()
            await may_commit.wait()
        return ids

    async def follower() -> list[int]:
        await written.wait()
        async with transaction(story.sessions) as session:
            return await journal.append(
                session, [Entry(EventKind.ALERT_OPENED, now, data={"who": "second"})], now=now
            )

    first, second = asyncio.ensure_future(dawdler()), asyncio.ensure_future(follower())
    await written.wait()
    done, _ = await asyncio.wait([second], timeout=0.3)
    assert not done
    assert await story.world.context.feed.catch_up() == 0
    may_commit.set()
    assert (await first, await second) == ([1], [2])


async def test_many_writers_make_one_chain_without_gaps(story: Story) -> None:
    await asyncio.gather(*(append(story, 7) for _ in range(12)))
    async with story.sessions() as session:
        rows = await fetch(session, "SELECT id FROM journal ORDER BY id")
        verdict = await verify(session)
    assert [row[0] for row in rows] == list(range(1, 85))
    assert (verdict.checked, verdict.fault) == (84, None)


async def test_the_chain_names_the_event_that_was_changed(story: Story) -> None:
    await append(story, 10)
    for statement, fault in [
        ("UPDATE journal SET data = '{\"n\": 99}' WHERE id = 4", "event 4"),
        ("UPDATE journal SET occurred_at = occurred_at + interval '1 s' WHERE id = 2", "event 2"),
    ]:
        async with transaction(story.sessions) as session:
            await fetch(session, AS_THE_OWNER)
            await fetch(session, statement)
        async with story.sessions() as session:
            assert fault in str((await verify(session)).fault)
    async with transaction(story.sessions) as session:
        await fetch(session, AS_THE_OWNER)
        await fetch(session, "DELETE FROM journal WHERE id = 1")
    async with story.sessions() as session:
        assert "event 1 is missing" in str((await verify(session)).fault)


async def test_an_old_snapshot_and_the_events_since_give_a_fresh_snapshot(story: Story) -> None:
    """What a board does: the states it was rendered with, moved on by what it hears, are the states there are."""
    orders = [await story.world.order() for _ in range(4)]
    states = dict.fromkeys(orders, "dispatched")
    hub = story.world.context.feed
    ear = listen(story, after=await hub.head())
    await story.act("supervisor", orders[0], Acknowledge())
    await story.act("supervisor", orders[1], GiveFeedback("扬尘"))
    await story.act("supervisor", orders[0], GiveFeedback("无异常"))
    last = await hub.head()
    while not ear.heard or ear.heard[-1][0] < last:
        await ear.hear(1)
    for _, kind, data in ear.heard:
        if kind.startswith("order."):
            states[int(str(data["order"]))] = str(data["state"])
    async with story.sessions() as session:
        fresh = {row[0]: row[1] for row in await fetch(session, "SELECT id, state FROM work_order")}
    assert states == fresh


async def test_a_listener_that_was_quicker_than_the_hub_misses_nothing(
    story: Story, database_url: str
) -> None:
    """It has caught up from the table before the hub begins; what happened in between is in neither's way."""
    hub: FeedHub = story.world.context.feed
    await append(story, 1)
    ear = listen(story, after=0)
    assert await ear.hear(1) == [1]
    await append(story, 2)
    task = asyncio.ensure_future(hub.run(database_url))
    try:
        assert await ear.hear(2) == [2, 3]
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_the_position_moves_while_everything_is_filtered_out(story: Story) -> None:
    """From the table and from the hub: who comes back goes on behind what was not for it."""
    hub = story.world.context.feed
    await append(story, 1200, COUNTY)
    own = Scope(frozenset({story.world.grids[OTHER_COUNTY].id}))
    stream = aiter(hub.listen(Wanted(own), after=0, heartbeat=0.02))
    await position(stream, 500)
    await position(stream, 1200)
    await append(story, 3, COUNTY)
    await hub.catch_up()
    await position(stream, 1203)
    await append(story, 1, OTHER_COUNTY)
    await hub.catch_up()
    ear = Ear(stream)
    assert await ear.hear(1) == [1204]


async def position(stream: AsyncIterator[bytes], wanted: int) -> None:
    """Reads until a block with this id and no data; there must be no event on the way."""
    async with asyncio.timeout(20):
        while True:
            chunk = await anext(stream)
            assert b"data:" not in chunk
            if f"id: {wanted}\n\n".encode() in chunk:
                return


async def test_a_sign_of_life_says_the_time_and_where_to_resume(story: Story) -> None:
    await append(story, 2)
    hub = story.world.context.feed
    now = story.world.clock.now().isoformat()
    stream = aiter(hub.listen(Wanted(EVERYTHING), heartbeat=0.02))
    assert await anext(stream) == f"retry: 2000\n: open\n\n: now={now} id=2\nid: 2\n\n".encode()
    assert await anext(stream) == f": now={now} id=2\nid: 2\n\n".encode()
    ticking = aiter(hub.listen(Wanted(EVERYTHING), ticks=True, heartbeat=0.02))
    await anext(ticking)
    wanted = f': now={now} id=2\nid: 2\n\nevent: tick\ndata: {{"now":"{now}","id":2}}\n\n'
    assert await anext(ticking) == wanted.encode()


async def test_a_word_of_the_process_reaches_open_streams_and_moves_nothing(story: Story) -> None:
    hub = story.world.context.feed
    quiet = aiter(hub.listen(Wanted(EVERYTHING), heartbeat=0.02))
    loud = aiter(hub.listen(Wanted(Scope(frozenset())), ticks=True, heartbeat=0.02))
    for stream in (quiet, loud):
        await anext(stream)
        await anext(stream)
    hub.say("watchdog.engine_stopped", {"seconds": 12})
    assert await anext(quiet) == b': watchdog.engine_stopped {"seconds":12}\n\n'
    assert await anext(loud) == b'event: watchdog.engine_stopped\ndata: {"seconds":12}\n\n'


async def test_the_hub_listens_and_survives_a_lost_connection(story: Story, database_url: str) -> None:
    hub: FeedHub = story.world.context.feed
    task = asyncio.ensure_future(hub.run(database_url))
    try:
        ear = listen(story)
        await anext(ear.stream)
        async with asyncio.timeout(10):
            await hub.registry_changed.wait()
        await append(story, 1)
        assert await ear.hear(1) == [1]
        async with transaction(story.sessions) as session:
            await fetch(
                session,
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND query LIKE 'LISTEN%' AND pid <> pg_backend_pid()",
            )
        await append(story, 1)
        assert await ear.hear(1) == [2]
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
