"""A process of the service that ends itself, without a word, at a drawn step: before a statement or round a commit."""

import asyncio
import os
import random
import signal
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from multiprocessing.connection import Connection
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from typing import Any

import httpx
import structlog
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from app.context import Context
from app.database import make_engine, make_sessions, transaction
from app.engine import Engine
from app.feed import FeedHub
from app.health import Health
from app.main import create_app
from app.metrics import Metrics
from app.outgoing import MQTT, WEBHOOK
from app.pipeline import Pipeline
from app.registry.directory import Directory
from app.settings import load_settings
from notify.gateway import WebhookGateway
from sla import service as sla
from tests.factories import SECRET_KEY
from tests.fakes import START, RecordingGateway

WEBHOOK_SECRET = "a key that both sides know"
PAUSE = 0.005
"""Seconds an engine gives the others between two rounds."""


@dataclass
class SharedClock:
    """One time for all processes, moved by the test alone; each process may be off by its own `skew`."""

    seconds: "Synchronized[float]"
    skew: timedelta = timedelta(0)

    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds.value) + self.skew


@dataclass(frozen=True)
class Job:
    """One request of a person; the same `key` again means the same request."""

    key: str
    token: str
    path: str
    body: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Child:
    """What a process is started with; `steps` from now on it is killed, never when that is None."""

    url: str
    seconds: "Synchronized[float]"
    data_dir: Path
    receiver: str
    steps: int | None
    skew_s: float = 0.0


def _die_after(engine: AsyncEngine, steps: int, dice: random.Random) -> None:
    left = steps

    def step(*_: object) -> None:
        nonlocal left
        left -= 1
        if left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(engine.sync_engine, "before_cursor_execute", step)
    event.listen(engine.sync_engine, "commit", step)
    # The connection is given back after the commit: what is done is done, but nobody was told.
    event.listen(engine.sync_engine, "checkin", step)


async def open_context(child: Child) -> tuple[Context, AsyncEngine]:
    engine = make_engine(child.url, pool_size=2)
    sessions = make_sessions(engine)
    clock = SharedClock(child.seconds, timedelta(seconds=child.skew_s))
    settings = load_settings({}, data_dir=child.data_dir)
    directory, metrics = Directory(), Metrics()
    async with transaction(sessions) as session:
        await sla.ensure_policy(session, settings.sla.limits(), author="tests", now=clock.now())
        await directory.refresh(session)
    context = Context(
        settings=settings, clock=clock, sessions=sessions, secret_key=SECRET_KEY, directory=directory,
        pipeline=Pipeline(directory, channels=frozenset({MQTT, WEBHOOK}), metrics=metrics),
        feed=FeedHub(sessions, clock=clock, metrics=metrics), metrics=metrics,
        health=Health(sessions, timedelta(hours=1)),
    )  # fmt: skip
    if child.steps is not None:
        _die_after(engine, child.steps, random.Random(child.steps))
    return context, engine


def _quiet() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger("critical"))
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def run_api(child: Child, pipe: Connection) -> None:
    """Carries out jobs one after the other and sends the answer of each; ends when the pipe does."""
    _quiet()
    asyncio.run(_api(child, pipe))


async def _api(child: Child, pipe: Connection) -> None:
    context, engine = await open_context(child)
    app = create_app(context, roles=frozenset({"api"}))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://geshao.test/api/v1"
    ) as client:
        while True:
            try:
                job: Job = await asyncio.to_thread(pipe.recv)
            except (EOFError, OSError):
                break
            headers = {"Authorization": f"Bearer {job.token}", "Idempotency-Key": job.key}
            answer = await client.post(job.path, json=job.body, headers=headers)
            pipe.send((answer.status_code, answer.json()))
    await engine.dispose()


def run_engine(child: Child, pipe: Connection) -> None:
    """Passes over the deadlines and sends what waits, until told to stop."""
    _quiet()
    asyncio.run(_engine(child, pipe))


async def _engine(child: Child, pipe: Connection) -> None:
    context, engine = await open_context(child)
    async with httpx.AsyncClient() as client:
        webhook = WebhookGateway(client, child.receiver, WEBHOOK_SECRET, timeout=5)
        duties = Engine(context, {WEBHOOK: webhook, MQTT: RecordingGateway()})
        while not pipe.poll():
            await duties.tick()
            await duties.lapse_requests()
            await duties.send(WEBHOOK)
            await duties.send(MQTT)
            await asyncio.sleep(PAUSE)
    await engine.dispose()
