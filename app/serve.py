"""One process of the service: brings its roles up in order, and down without losing what was accepted."""

import asyncio
import signal
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from datetime import timedelta

import structlog
import uvicorn
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from alerts import rulebook
from app import migrate
from app.context import Context
from app.database import database_is_away, make_engine, make_sessions, transaction
from app.feed import FeedHub
from app.health import Health
from app.ingest.partitions import Partitions
from app.main import create_app
from app.metrics import Metrics
from app.notices.ways import notifier_of
from app.outgoing import MQTT, WEBHOOK
from app.pipeline import Pipeline
from app.registry.directory import Directory
from app.roles import Service, run_engine, run_ingest
from app.runtime import Broker
from app.settings import Settings
from app.watchdog.local import EVERY, EngineWatch
from models.clock import Clock, SystemClock
from models.errors import ConfigurationError
from models.jitter import spread
from sla import policybook

log = structlog.get_logger()
GRACE = 10.0
"""Seconds that open requests and the batch under way get at the end."""


async def prepare(
    settings: Settings, database_url: str, engine: AsyncEngine, *, clock: Clock, key: str
) -> Context:
    """Migrates, makes sure that rules and policy are there, and builds what everything else is handed."""
    await migrate.upgrade(engine)
    sessions = make_sessions(engine)
    metrics = Metrics()
    now = clock.now()
    limits = settings.sla.limits()
    directory = Directory()
    async with transaction(sessions) as session:
        policy, overruled = await policybook.ensure(session, limits, author="settings", now=now)
        await rulebook.ensure_first(session, now=now)
        await directory.refresh(session)
    channels = {MQTT} | ({WEBHOOK} if settings.webhook.url is not None else set())
    if overruled:
        log.info("sla.settings_overruled", policy=policy.version)
    pipeline = Pipeline(
        directory,
        channels=frozenset(channels),
        metrics=metrics,
        notifier=notifier_of(settings, directory),
    )
    return Context(
        settings=settings,
        clock=clock,
        sessions=sessions,
        secret_key=key,
        directory=directory,
        pipeline=pipeline,
        feed=FeedHub(sessions, clock=clock, metrics=metrics),
        metrics=metrics,
        health=Health(sessions, max(timedelta(seconds=10), settings.engine.interval * 5)),
    )


async def until_stopped(
    settings: Settings,
    roles: frozenset[str],
    database_url: str,
    *,
    key: str,
    listening: socket.socket,
    on_ready: Callable[[Service], None],
    beside: Callable[[Service], Awaitable[None]] | None = None,
) -> None:
    """`serve` until SIGINT or SIGTERM; a fault of the configuration comes out as itself."""
    stop = asyncio.Event()
    _stop_on_signals(stop)
    try:
        await serve(
            settings, roles, database_url, key=key, listening=listening, stop=stop, on_ready=on_ready,
            beside=beside,
        )  # fmt: skip
    except* ConfigurationError as group:
        raise ConfigurationError(str(group.exceptions[0])) from None


async def serve(
    settings: Settings,
    roles: frozenset[str],
    database_url: str,
    *,
    key: str,
    listening: socket.socket,
    stop: asyncio.Event,
    on_ready: Callable[[Service], None],
    clock: Clock | None = None,
    beside: Callable[[Service], Awaitable[None]] | None = None,
) -> None:
    """Runs until `stop` is set. `on_ready` hears once when everything works; `beside` runs along from then on."""
    broker = Broker(settings)
    engine = make_engine(database_url)
    async with AsyncExitStack() as stack:
        stack.callback(listening.close)
        stack.push_async_callback(engine.dispose)
        context = await _prepared(
            settings, database_url, engine, clock=clock or SystemClock(), key=key, stop=stop
        )
        if context is None:
            return
        stack.callback(broker.stop)
        await asyncio.to_thread(broker.start, context.directory.credentials)
        service = Service(context, database_url, broker, roles, http=_address(settings, listening))
        await Partitions(context.sessions).ahead(context.clock.now())
        if "api" in roles:
            await asyncio.to_thread(_read_in)
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(context.feed.run(database_url)),
                group.create_task(_follow_registry(service)),
                group.create_task(_announce(service, on_ready, beside)),
            ]
            if "api" in roles:
                tasks.append(group.create_task(_watch_engine(service)))
            if "ingest" in roles:
                tasks.append(group.create_task(run_ingest(service)))
            if "engine" in roles:
                tasks.append(group.create_task(run_engine(service)))
            web = _Server(_web_config(create_app(context, roles=roles)))
            served = group.create_task(web.serve(sockets=[listening]))
            ended = group.create_task(stop.wait())
            await asyncio.wait([ended, served, *tasks], return_when=asyncio.FIRST_COMPLETED)
            log.info("serve.stopping")
            # First no new work from outside, then what is under way, then the rest.
            context.feed.close()
            web.should_exit = True
            ended.cancel()
            await asyncio.wait([served], timeout=GRACE)
            for task in tasks:
                task.cancel()


def _read_in() -> None:
    """Routes and pages, before anything works: their modules take seconds, which no loop may stand still for."""
    from app.offered import ready

    ready()


async def _prepared(
    settings: Settings, database_url: str, engine: AsyncEngine, *, clock: Clock, key: str, stop: asyncio.Event
) -> Context | None:
    """Waits for a database that is away, and says so once; None when told to stop meanwhile."""
    wait = 0.5
    while True:
        try:
            return await prepare(settings, database_url, engine, clock=clock, key=key)
        except Exception as error:
            if not database_is_away(error):
                raise
            if wait == 0.5:
                log.warning("serve.database_away", error=type(error).__name__)
        wait = min(wait * 2, 15.0)
        try:
            await asyncio.wait_for(stop.wait(), spread(wait))
        except TimeoutError:
            continue
        return None


def _stop_on_signals(stop: asyncio.Event) -> None:
    """SIGINT and SIGTERM end the service in order."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)


class _Server(uvicorn.Server):
    """Signals are the service's business: uvicorn would end before the consumer has finished its batch."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _web_config(app: FastAPI) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        loop="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=int(GRACE),
        timeout_keep_alive=20,
    )


def _address(settings: Settings, listening: socket.socket) -> str:
    host = settings.http_host if settings.http_host not in ("0.0.0.0", "::") else "127.0.0.1"  # noqa: S104 (compared, not bound)
    host = f"[{host}]" if ":" in host else host
    return f"http://{host}:{listening.getsockname()[1]}"


async def _announce(
    service: Service,
    on_ready: Callable[[Service], None],
    beside: Callable[[Service], Awaitable[None]] | None,
) -> None:
    context = service.context
    needed = {"database"} | ({"engine"} if "engine" in service.roles else set())
    needed |= {"broker"} if "ingest" in service.roles else set()
    while needed & set(await context.health.check(context.clock.now())):  # noqa: ASYNC110 (health is only asked)
        await asyncio.sleep(0.05)
    on_ready(service)
    if beside is not None:
        await beside(service)
    await asyncio.Event().wait()


async def _watch_engine(service: Service) -> None:
    """Open streams hear that no engine works, although no engine is there to say it."""
    context = service.context
    watch = EngineWatch(context.health, context.feed, context.clock)
    while True:
        await asyncio.sleep(EVERY)
        await watch.look()


async def _follow_registry(service: Service) -> None:
    """Every process sees a loaded registry at once, and the embedded broker admits its stations."""
    context = service.context
    while True:
        await context.feed.registry_changed.wait()
        context.feed.registry_changed.clear()
        try:
            async with context.sessions() as session:
                await context.directory.refresh(session)
            await asyncio.to_thread(service.broker.admit, context.directory.credentials)
        except Exception as error:
            if not database_is_away(error):
                raise
            await asyncio.sleep(1)
            context.feed.registry_changed.set()
