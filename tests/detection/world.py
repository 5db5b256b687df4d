"""A stream, its consumer and a table of what was carried out, with switches that make things fail."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.database import Sessions, transaction
from app.detection import inbox
from app.detection.feeding import feed
from app.detection.progress import Progress
from app.detection.worker import Bounds, Worker
from app.metrics import Metrics
from models.bulk import fetch
from models.enums import MET, POLLUTANTS, InboxKind
from tests.detection import adder
from tests.detection.adder import Adders
from tests.fakes import START, FakeClock

Appended = tuple[InboxKind, bytes]


class Died(BaseException):
    """The process was killed here: nothing after this line has happened."""


def readings(*said: tuple[int, float], at: datetime = START, correction: bool = False) -> Appended:
    """A parcel of (station, value)."""
    met = (None,) * len(MET)
    rest = (None,) * (len(POLLUTANTS) - 1)
    return inbox.readings(
        [
            (station, at, START.timestamp(), (value, *rest), met, None, None, correction)
            for station, value in said
        ]
    )


def random_stream(seed: int, length: int) -> list[Appended]:
    """Parcels, times, statuses and rules in any order."""
    chance = random.Random(seed)
    stream, now = [], START
    for _ in range(length):
        now += timedelta(seconds=chance.randrange(0, 40))
        draw = chance.random()
        if draw < 0.15:
            stream.append(inbox.control("time", {"now": now.timestamp()}))
        elif draw < 0.2:
            stream.append(inbox.control("status", {"said": [[chance.randrange(5), True, False]]}))
        elif draw < 0.25:
            rules = {"version": chance.randrange(9), "step": chance.choice([50.0, 100.0, 170.0])}
            stream.append(inbox.control("rules", rules))
        else:
            said = [(chance.randrange(5), chance.uniform(-5, 60)) for _ in range(chance.randrange(1, 9))]
            stream.append(readings(*said, at=now, correction=chance.random() < 0.1))
    return stream


@dataclass
class World:
    """One database; every `worker` is a process's own."""

    sessions: Sessions
    clock: FakeClock = field(default_factory=FakeClock)
    factory: Adders = field(default_factory=Adders)
    metrics: Metrics = field(default_factory=Metrics)
    refuse: set[str] = field(default_factory=set)
    """Kinds of events that cannot be carried out."""

    async def begin(self) -> "World":
        async with transaction(self.sessions) as session:
            await adder.make_table(session)
        return self

    def worker(self, **bounds: Any) -> Worker:
        return Worker(
            self.sessions, self.factory, self.carry_out, adder.situation, clock=self.clock,
            metrics=self.metrics, progress=Progress(Metrics(), self.clock), bounds=Bounds(**bounds),
        )  # fmt: skip

    async def carry_out(self, session: AsyncSession, events: Sequence[Any], now: datetime) -> None:
        for event in events:
            await adder.carry_out(session, [event], now)
            if event[0] in self.refuse:
                raise LookupError(f"cannot do {event[0]}")

    async def append(self, *rows: Appended) -> None:
        """Each by itself."""
        for row in rows:
            async with transaction(self.sessions) as session:
                await inbox.append(session, [row], now=self.clock.now())

    async def consume(self, worker: Worker) -> None:
        """Until nothing is left, the way the duty goes on after a failure."""
        head = await self.scalar("SELECT max(seq) FROM detection_inbox")
        for _ in range(10_000):
            if not await worker.step() and worker.seq >= (head or 0):
                return
        raise AssertionError("never comes to an end")

    async def done(self) -> list[Any]:
        async with self.sessions() as session:
            return await adder.carried_out(session)

    async def rows(self, sql: str) -> list[tuple[Any, ...]]:
        async with self.sessions() as session:
            return [tuple(row) for row in await fetch(session, sql)]

    async def scalar(self, sql: str) -> Any:
        return (await self.rows(sql))[0][0]


def uninterrupted(stream: Sequence[Appended]) -> list[Any]:
    """What a detector says that nobody ever disturbs."""
    detector = Adders().fresh({}, adder.RULES)
    events: list[Any] = []
    for seq, (kind, body) in enumerate(stream, start=1):
        events += feed(detector, inbox.Row(seq, kind, START, body), None)
    return events
