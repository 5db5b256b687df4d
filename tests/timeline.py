"""A day at the office on a fake clock: readings come in, engines pass, people act, and the feed is compared."""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from app.context import Context
from app.database import Sessions, transaction
from app.detection import inbox
from app.detection.network import NetworkFactory, carrying
from app.detection.port import TIME
from app.detection.progress import Progress
from app.detection.situation import PresentSituation
from app.detection.worker import Worker
from app.engine import Engine
from app.ingest.consumer import Consumer
from app.ingest.intake import Intake, Outcome
from app.ingest.partitions import Partitions
from app.ingest.presence import leave_word, listening
from dispatch.commands import Command
from models.bulk import fetch
from models.clock import BEIJING
from tests.factories import COUNTY, World, reading_payload
from tests.fakes import QueueSource, RecordingGateway


def make_worker(context: Context) -> Worker:
    """The consumer of the stored stream with the real detector, to be stepped by hand."""
    situation = PresentSituation(
        context.directory, context.clock, silent_after=context.settings.engine.offline_after
    )
    return Worker(
        context.sessions,
        NetworkFactory(),
        carrying(context),
        situation,
        clock=context.clock,
        metrics=context.metrics,
        progress=Progress(context.metrics, context.clock),
    )


@dataclass
class Story:
    """One county world, its intake and one engine; `said` gives what is new on the feed."""

    world: World
    source: QueueSource = field(default_factory=QueueSource)
    gateway: RecordingGateway = field(default_factory=RecordingGateway)
    _seen: int = 0

    def __post_init__(self) -> None:
        context = self.world.context
        self.engine = Engine(context, {"mqtt": self.gateway})
        self.intake = Intake(context.directory, retention=timedelta(days=400))
        self.detection = make_worker(context)
        self.consumer = Consumer(
            self.source,
            self.intake,
            Partitions(context.sessions),
            context.sessions,
            clock=context.clock,
            metrics=context.metrics,
            health=context.health,
            max_batch=500,
            linger=timedelta(0),
        )

    @property
    def sessions(self) -> Sessions:
        return self.world.sessions

    def at(self, time: str) -> datetime:
        """Moves the clock to a time of the story's day (Beijing)."""
        now = self.world.clock.now().astimezone(BEIJING)
        hour, minute, second = (float(part) for part in f"{time}:0".split(":")[:3])
        moved = now.replace(hour=int(hour), minute=int(minute), second=0, microsecond=0) + timedelta(
            seconds=second
        )
        assert moved >= now, f"the story does not go back to {time}"
        return self.world.clock.set(moved)

    async def publish(
        self, at: datetime | None = None, station: str = "WZ-1", grid: str = COUNTY, **values: float
    ) -> Outcome:
        """One reading as the station sends it, taken in at once."""
        instant = at or self.world.clock.now()
        self.source.put(f"geshao/v1/{grid}/{station}/reading", reading_payload(instant, **values))
        outcome = await self.consumer.run_once()
        await self.judge()
        return outcome

    async def judge(self) -> None:
        """Detection comes up to what has been stored."""
        while await self.detection.step():
            pass

    async def pass_time(self) -> None:
        """Detection hears since when the broker is listened to, and that it is now."""
        now = self.world.clock.now()
        async with transaction(self.sessions) as session:
            heard = await listening(session, now, self.world.context.settings.ingest.shards)
            rows = [inbox.control(kind, payload) for kind, payload in heard.items()]
            await inbox.append(session, [*rows, inbox.control(TIME, {"now": now.timestamp()})], now=now)
        await self.judge()

    async def minutes(
        self, start: str, count: int, *, pm25: float, station: str = "WZ-1", grid: str = COUNTY
    ) -> None:
        """A reading a minute from `start` on, each taken in when it is made.

        They stir by a hundredth: what never stirs is a stuck instrument.
        """
        self.at(start)
        for n in range(count):
            stirred = round(pm25 * (1 + 0.005 * (n * 7 % 5 - 2)), 2)
            await self.publish(pm25=stirred, station=station, grid=grid)
            self.world.clock.advance(minutes=1)

    async def act(self, username: str, order_id: int, command: Command) -> None:
        context = self.world.context
        async with transaction(self.sessions) as session:
            await context.pipeline.act(
                session,
                order_id,
                command,
                caller=self.world.caller(username),
                expected_version=None,
                clock=context.clock,
            )

    async def listen(self, since: str) -> None:
        """Leaves word that the broker is listened to, since a time of the day, until now."""
        now = self.world.clock.now()
        hour, minute = (int(part) for part in since.split(":"))
        begun = now.astimezone(BEIJING).replace(hour=hour, minute=minute, second=0, microsecond=0)
        async with transaction(self.sessions) as session:
            await leave_word(session, begun, anew=True)
            await leave_word(session, now, anew=False)

    async def tick(self) -> None:
        await self.engine.tick()

    async def events(self, after: int = 0) -> list[dict[str, Any]]:
        async with self.sessions() as session:
            rows = await fetch(
                session,
                "SELECT id, kind, occurred_at, recorded_at, data FROM journal WHERE id > $1 ORDER BY id",
                after,
            )
        return [
            {"id": r[0], "kind": r[1], "occurred_at": r[2], "recorded_at": r[3]}
            | {"data": r[4] if isinstance(r[4], dict) else json.loads(r[4])}
            for r in rows
        ]

    async def said(self) -> list[str]:
        """What is new on the feed, a line each: Beijing time it happened, kind, clock and level where they apply."""
        events = await self.events(self._seen)
        if events:
            self._seen = events[-1]["id"]
        return [_line(event) for event in events]


def _line(event: dict[str, Any]) -> str:
    data = event["data"]
    time = event["occurred_at"].astimezone(BEIJING).strftime("%H:%M:%S")
    parts = [time, event["kind"]]
    if "clock" in data:
        parts.append(data["clock"])
    named = ("level", "role", "remaining_s", "late_s")
    parts += [f"{name}={data[name]}" for name in named if name in data]
    return " ".join(parts)
