"""The consumer at work: woken, told the time and what changed, saved at the end, replaced when it dies."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from app.database import transaction
from app.detection.duty import Duty, Pace
from app.detection.port import Payload
from app.detection.progress import STALLED, Progress
from app.detection.worker import Worker
from app.ingest import lease
from app.ingest.presence import leave_word, listening
from app.metrics import Metrics
from models.bulk import fetch
from tests.detection import adder
from tests.detection.world import World, random_stream, readings, uninterrupted

PATIENCE = 20.0


class Process:
    """What one process has of the consumer."""

    def __init__(self, world: World, **pace: Any) -> None:
        self.progress = Progress(Metrics(), world.clock)
        self.rules: Payload = dict(adder.RULES)

        async def situation(session: Any) -> dict[str, Payload]:
            return {"stations": {"all": []}, "rules": self.rules}

        self.worker = Worker(
            world.sessions, world.factory, world.carry_out, situation, clock=world.clock,
            metrics=world.metrics, progress=self.progress,
        )  # fmt: skip
        # A long look-around: whatever happens sooner happens because it was woken.
        pace = {"poll": timedelta(hours=1)} | pace
        self.duty = Duty(
            self.worker, world.sessions, situation, clock=world.clock, progress=self.progress,
            beside=lambda session: listening(session, world.clock.now(), 2), pace=Pace(**pace),
        )  # fmt: skip
        self.task: asyncio.Future[None] | None = None

    def begin(self, url: str) -> None:
        self.task = asyncio.ensure_future(self.duty.stand_by(url))

    async def end(self) -> None:
        assert self.task is not None
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 (reached by another task)
            await asyncio.sleep(0.01)


async def controls(world: World) -> list[tuple[str, Any]]:
    rows = await world.rows(
        "SELECT c->>'kind', c->'payload' FROM ("
        " SELECT seq, convert_from(body, 'utf8')::jsonb AS c FROM detection_inbox WHERE kind = 'control') AS t"
        " ORDER BY seq"
    )
    return [(kind, payload) for kind, payload in rows]


async def rounds(process: Process) -> None:
    while await process.duty.round():
        pass


async def test_time_is_told_through_the_stream_and_not_too_often(world: World) -> None:
    process = Process(world)
    await rounds(process)
    assert [kind for kind, _ in await controls(world)] == ["listening", "time"]
    await rounds(process)
    assert len(await controls(world)) == 2
    world.clock.advance(seconds=61)
    await rounds(process)
    kind, payload = (await controls(world))[-1]
    assert (kind, payload) == ("time", {"now": world.clock.now().timestamp()})
    assert [event[0] for event in await world.done()] == ["minute"]


async def test_what_changed_is_told_once_and_before_the_time(world: World) -> None:
    process = Process(world)
    await rounds(process)
    process.duty.situation_changed()
    await rounds(process)
    # The same as before: only the time.
    assert [kind for kind, _ in await controls(world)] == ["listening", "time", "time"]
    process.rules = {"version": 2, "step": 50.0}
    process.duty.situation_changed()
    await rounds(process)
    assert [kind for kind, _ in await controls(world)][3:] == ["rules", "time"]
    assert await world.done() == [["rules", "2", 0.0]]
    # A newcomer finds that everything was said.
    other = Process(world)
    other.rules = process.rules
    await rounds(other)
    # (What both checkpoints are past has been deleted.)
    assert [kind for kind, _ in await controls(world)] == ["time", "rules", "time", "time"]


async def test_after_all_checkpoints_are_lost_everything_is_told_once_more(world: World) -> None:
    """What the stream still says is older than what is in force, and was said to a detector that is gone."""
    process = Process(world)
    await rounds(process)
    process.rules = {"version": 2, "step": 50.0}
    process.duty.situation_changed()
    await rounds(process)
    async with world.sessions() as session, session.begin():
        await (await session.connection()).exec_driver_sql("UPDATE detection_state SET format = 99")
    other = Process(world)
    other.rules = {"version": 3, "step": 70.0}
    await rounds(other)
    assert {"listening", "rules", "stations"} <= {kind for kind, _ in await controls(world)}
    assert (await other.worker.rebuild()).rule_version == "3"


async def test_a_break_in_listening_is_told(world: World) -> None:
    process = Process(world)
    await rounds(process)
    now = world.clock.now()
    async with transaction(world.sessions) as session:
        await leave_word(session, now, anew=True, shard=1)
    world.clock.advance(seconds=6)
    await rounds(process)
    said = [payload["since"] for kind, payload in await controls(world) if kind == "listening"]
    assert said == [[[0, None], [1, None]], [[0, None], [1, now.timestamp()]]]


async def test_woken_by_a_commit_and_saved_at_the_end(world: World, database_url: str) -> None:
    stream = random_stream(2, 30)
    process = Process(world)
    process.begin(database_url)
    await until(lambda: process.worker.seq >= 2)
    assert process.progress.in_charge
    await world.append(*stream[:20])
    await until(lambda: process.worker.seq >= 22)
    await process.end()
    assert not process.progress.in_charge
    saved = await world.scalar("SELECT max(seq) FROM detection_state")
    assert saved == await world.scalar("SELECT seq FROM detection_cursor")
    assert world.factory.restored == 0
    again = Process(world)
    again.begin(database_url)
    await world.append(*stream[20:])
    await until(lambda: again.worker.seq >= saved + 10)
    await again.end()
    assert world.factory.restored == 1
    wanted = [event for event in uninterrupted(stream) if event[0] not in ("minute", "rules", "status")]
    assert [event for event in await world.done() if event[0] not in ("minute", "rules", "status")] == wanted


async def test_another_takes_over_from_one_that_lost_its_connection(
    world: World, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease, "CHECK_EVERY", 0.05)
    stream = random_stream(4, 60)
    first, second = Process(world), Process(world)
    first.begin(database_url)
    await until(lambda: first.progress.in_charge and first.worker.seq >= 2)
    second.begin(database_url)
    await world.append(*stream[:30])
    await until(lambda: first.worker.seq >= 32)
    assert not second.progress.in_charge
    # Killed: no checkpoint, no goodbye.
    async with world.sessions() as session:
        await fetch(
            session,
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND classid = 0"
            " AND objid = $1::bigint::oid"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
            lease.DETECTION,
        )
    await world.append(*stream[30:])
    await until(lambda: max(first.worker.seq, second.worker.seq) >= 62)
    await first.end()
    await second.end()
    kinds = ("station", "all")
    wanted = [event for event in uninterrupted(stream) if event[0] in kinds]
    assert [event for event in await world.done() if event[0] in kinds] == wanted


async def test_a_checkpoint_comes_with_time_or_rows(world: World) -> None:
    process = Process(world, checkpoint=timedelta(minutes=5), checkpoint_rows=10)
    await rounds(process)
    seen = "SELECT count(*), max(seq) FROM detection_state"
    before = await world.rows(seen)
    await world.append(*[readings((1, 1.0))] * 12)
    await rounds(process)
    assert await world.rows(seen) != before
    before = await world.rows(seen)
    await world.append(readings((1, 1.0)))
    await rounds(process)
    assert await world.rows(seen) == before
    world.clock.advance(minutes=6)
    await rounds(process)
    assert await world.rows(seen) != before


def test_readiness_turns_red_only_where_rows_wait_and_nothing_moves(clock: Any) -> None:
    progress = Progress(Metrics(), clock)
    assert progress.fault(clock.now()) is None
    progress.took_over(clock.now())
    later = clock.now() + STALLED + timedelta(seconds=1)
    assert "nothing consumed for 61 s" in (progress.fault(later) or "")
    progress.moved(later)
    assert progress.fault(later) is None
    progress.behind(7, clock.now())
    assert (progress.lag, progress.behind_seconds(later)) == (7, 61.0)
    progress.gave_up()
    assert progress.fault(later + STALLED * 2) is None
