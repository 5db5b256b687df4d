"""Events come out once each, in order, wherever the consumer is stopped; and nothing stops the house."""

import random
from collections.abc import Iterator
from typing import Any

import pytest

from app.detection import checkpoints, ledger
from app.detection.feeding import Fault
from app.detection.inbox import control
from app.detection.ledger import Displaced
from app.detection.worker import Worker
from models.enums import InboxTreatment
from tests.detection.adder import POISON, Adder
from tests.detection.world import Died, World, random_stream, readings, uninterrupted


async def test_events_are_those_of_the_detector(world: World) -> None:
    stream = random_stream(1, 80)
    await world.append(*stream)
    await world.consume(world.worker())
    assert await world.done() == uninterrupted(stream)
    assert len(await world.done()) > 20


CUTS = ("fed", "moved", "carried_out", "committed", "part")


class Doom:
    """Kills the process at a place and a moment of its choosing."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, chance: random.Random) -> None:
        self._chance = chance
        self.where: str | None = None
        self.left = 0
        move, write, commit = ledger.move, checkpoints.cut, Worker._commit

        async def moved(*arguments: Any, **named: Any) -> None:
            self.meet("fed")
            await move(*arguments, **named)
            self.meet("moved")

        async def committed(worker: Worker, fed: Any) -> None:
            await commit(worker, fed)
            self.meet("committed")

        def cut(pieces: Iterator[bytes], size: int = 60) -> Iterator[bytes]:
            for part in write(pieces, 60):
                yield part
                self.meet("part")

        monkeypatch.setattr(ledger, "move", moved)
        monkeypatch.setattr(checkpoints, "cut", cut)
        monkeypatch.setattr(Worker, "_commit", committed)

    def set(self) -> None:
        self.where, self.left = self._chance.choice(CUTS), self._chance.randrange(0, 6)

    def meet(self, where: str) -> None:
        if where == self.where:
            self.left -= 1
            if self.left < 0:
                self.where = None
                raise Died


@pytest.mark.parametrize("seed", range(8))
async def test_killed_anywhere_the_events_are_the_same(
    world: World, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """A stream consumed by one short-lived process after the other, each killed at a random point."""
    chance = random.Random(seed)
    doom = Doom(monkeypatch, chance)
    carry_out = world.carry_out

    async def doomed(*arguments: Any) -> None:
        await carry_out(*arguments)
        doom.meet("carried_out")

    monkeypatch.setattr(world, "carry_out", doomed)
    stream = random_stream(seed, 150)
    waiting = list(stream)
    kills = 0
    while True:
        worker = world.worker(rows=chance.randrange(1, 7), dropped=chance.randrange(1, 20))
        if waiting or chance.random() < 0.8:
            doom.set()
        try:
            while True:
                for _ in range(chance.randrange(0, 8)):
                    if waiting:
                        await world.append(waiting.pop(0))
                if not await worker.step() and not waiting:
                    break
                if chance.random() < 0.3:
                    await worker.checkpoint()
                if chance.random() < 0.3:
                    await worker.prune()
            break
        except Died:
            kills += 1
    assert kills > 5
    assert await world.done() == uninterrupted(stream)
    assert await world.scalar("SELECT seq FROM detection_cursor") == len(stream)
    saved = await world.rows("SELECT count(*), min(parts) FROM detection_state")
    assert saved[0][0] <= 2


async def test_a_checkpoint_holds_the_same_state(world: World) -> None:
    await world.append(*random_stream(5, 60))
    first = world.worker()
    await world.consume(first)
    await first.checkpoint()
    second = world.worker()
    detector = await second.rebuild()
    assert detector == first._detector
    assert detector is not first._detector
    assert (second.seq, world.factory.restored) == (60, 1)


async def test_rows_are_deleted_once_two_checkpoints_are_past_them(world: World) -> None:
    worker = world.worker(dropped=7)
    for _ in range(4):
        await world.append(*[readings((1, 10.0))] * 10)
        await world.consume(worker)
        await worker.checkpoint()
    dropped = 0
    while count := await worker.prune():
        assert count <= 7
        dropped += count
    # Checkpoints at 30 and 40 are kept; the older one needs what comes after 30.
    assert await world.rows("SELECT min(seq), max(seq) FROM detection_inbox") == [(31, 40)]
    assert await world.rows("SELECT seq FROM detection_state ORDER BY seq") == [(30,), (40,)]
    assert dropped == 30


async def test_an_unreadable_checkpoint_is_passed_over(world: World) -> None:
    stream = random_stream(7, 60)
    worker = world.worker()
    for half in (stream[:30], stream[30:50]):
        await world.append(*half)
        await world.consume(worker)
        await worker.checkpoint()
    async with world.sessions() as session, session.begin():
        await (await session.connection()).exec_driver_sql(
            "UPDATE detection_state_part SET body = 'spoilt' WHERE state_id = (SELECT max(id) FROM detection_state)"
        )
    await world.append(*stream[50:])
    await world.consume(world.worker())
    assert await world.done() == uninterrupted(stream)


async def test_a_checkpoint_of_another_release_is_not_restored(world: World) -> None:
    stream = random_stream(8, 40)
    await world.append(*stream[:30])
    worker = world.worker()
    await world.consume(worker)
    await worker.checkpoint()
    async with world.sessions() as session, session.begin():
        await (await session.connection()).exec_driver_sql("UPDATE detection_state SET format = 99")
    await world.append(*stream[30:])
    await world.consume(world.worker())
    # Nothing was deleted yet, so the whole stream made up for it.
    assert (world.factory.fresh_ones, world.factory.restored) == (2, 0)
    assert await world.done() == uninterrupted(stream)


# ---------------------------------------------------------------------- what must not stop the house


async def test_a_reading_the_detector_fails_on_is_left_out_and_remembered(world: World) -> None:
    good = [readings((1, 60.0), (2, 10.0)), readings((1, 70.0))]
    bad = readings((1, 50.0), (2, POISON), (3, 120.0), (4, POISON))
    await world.append(good[0], bad, good[1])
    worker = world.worker()
    await world.consume(worker)
    clean = [good[0], readings((1, 50.0)), readings((3, 120.0)), good[1]]
    assert await world.done() == uninterrupted(clean)
    ((seq, treatment, skipped),) = await world.rows("SELECT seq, treatment, skipped FROM detection_exception")
    assert (seq, treatment, [item[:2] for item in skipped]) == (2, "pieces", [[1, 2], [3, 4]])
    assert world.metrics.detection_left_out._value.get() == 2
    # A replay takes it the same way.
    detector = await world.worker().rebuild()
    assert detector == worker._detector


async def test_a_parcel_that_is_bad_through_and_through_is_given_up(world: World) -> None:
    await world.append(readings(*[(n, POISON) for n in range(40)]), readings((1, 250.0)))
    worker = world.worker()
    await world.consume(worker)
    assert await world.done() == uninterrupted([readings((1, 250.0))])
    assert await world.rows("SELECT treatment, jsonb_array_length(skipped) FROM detection_exception") == [
        ("skipped", 40)
    ]


@pytest.mark.parametrize("body", [b"", b"\x09", b"\x01abc"])
async def test_bytes_that_are_no_parcel_are_passed_over(world: World, body: bytes) -> None:
    good = readings((1, 250.0))
    await world.append((good[0], body), good)
    await world.consume(world.worker())
    assert await world.done() == uninterrupted([good])
    assert await world.rows("SELECT seq, treatment FROM detection_exception") == [(1, "skipped")]


async def test_a_control_the_detector_fails_on_is_passed_over(world: World) -> None:
    await world.append(control("explode", {}), readings((1, 250.0)))
    await world.consume(world.worker())
    assert await world.done() == uninterrupted([readings((1, 250.0))])
    assert await world.rows("SELECT seq, treatment FROM detection_exception") == [(1, "skipped")]


async def test_events_that_cannot_be_carried_out_do_not_take_others_with_them(world: World) -> None:
    stream = random_stream(3, 40)
    world.refuse = {"all"}
    await world.append(*stream)
    worker = world.worker()
    head = len(stream)
    failures = 0
    while worker.seq < head:
        try:
            await worker.step()
        except LookupError:
            failures += 1
            assert failures < 200
    wanted = uninterrupted(stream)
    assert await world.done() == [event for event in wanted if event[0] != "all"]
    lost = await world.scalar("SELECT sum(events_lost) FROM detection_exception")
    assert lost == len([event for event in wanted if event[0] == "all"]) > 0
    assert world.metrics.detection_events_lost._value.get() == lost


async def test_a_detector_that_fails_only_at_a_replay_does_not_end_in_a_circle(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.append(readings((1, 10.0), (1, 20.0)), readings((2, 120.0)))
    await world.consume(world.worker())
    take = Adder.take

    def moody(self: Adder, parcel: Any) -> list[Any]:
        if len(parcel) > 1:
            raise RuntimeError("not today")
        return take(self, parcel)

    monkeypatch.setattr(Adder, "take", moody)
    worker = world.worker()
    await world.append(readings((2, 120.0)))
    with pytest.raises(Fault, match="not today"):
        await worker.step()
    await world.consume(worker)
    assert worker.seq == 3
    assert len([event for event in await world.done() if event[0] == "station"]) == 2


# ---------------------------------------------------------------------- two of them


async def test_of_two_workers_each_row_has_one(world: World) -> None:
    """Both believe to be in charge; what one has done the other cannot do again."""
    stream = random_stream(11, 120)
    await world.append(*stream)
    workers = [world.worker(rows=3), world.worker(rows=5)]
    chance = random.Random(11)
    displaced = 0
    while min(worker.seq for worker in workers) < len(stream):
        worker = chance.choice(workers)
        try:
            await worker.step()
        except Displaced:
            displaced += 1
    assert displaced > 5
    assert await world.done() == uninterrupted(stream)


async def test_treatments_read_back_are_those_that_were_recorded(world: World) -> None:
    treatment = ledger.Treatment(InboxTreatment.PIECES, {2, 5}, error="x\x00y")
    async with world.sessions() as session, session.begin():
        await ledger.record(
            session, 7, treatment, [(2, 1, 0.0), (5, 1, 0.0)], events_lost=0, now=world.clock.now()
        )
        found = await ledger.treatments(session, 6)
    assert (found[7].kind, found[7].left_out) == (InboxTreatment.PIECES, {2, 5})
