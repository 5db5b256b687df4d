"""One process of the service: brings its roles up in order, and down without losing what was accepted."""

import asyncio
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta

import httpx
import structlog
import uvicorn
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from alerts import service as alerts
from alerts.service import Detection
from app import jobs, migrate
from app.context import Context
from app.database import database_is_away, make_engine, make_sessions, transaction
from app.engine import Engine
from app.feed import FeedHub
from app.gateways import MqttGateway
from app.health import Health
from app.ingest.consumer import Consumer
from app.ingest.intake import Intake
from app.ingest.lease import while_in_charge
from app.ingest.mqtt import MqttSource
from app.ingest.partitions import Partitions
from app.main import create_app
from app.metrics import Metrics
from app.outgoing import MQTT, WEBHOOK
from app.pipeline import Pipeline
from app.publisher import MqttPublisher
from app.registry.directory import Directory
from app.runtime import Broker, secret_key
from app.settings import Settings
from dispatch.gateway import Gateway, WebhookGateway
from models.clock import Clock, SystemClock
from models.enums import ClockKind
from models.errors import ConfigurationError
from sla import service as sla

log = structlog.get_logger()
ROLES = frozenset({"ingest", "engine", "api"})
GRACE = 10.0
"""Seconds that open requests and the batch under way get at the end."""


@dataclass(slots=True)
class Service:
    """A running process of the service."""

    context: Context
    database_url: str
    broker: Broker
    roles: frozenset[str]
    http: str = ""


async def prepare(
    settings: Settings, database_url: str, engine: AsyncEngine, *, clock: Clock, key: str
) -> Context:
    """Migrates, makes sure that rules and policy are there, and builds what everything else is handed."""
    await migrate.upgrade(engine)
    sessions = make_sessions(engine)
    metrics = Metrics()
    now = clock.now()
    limits = {kind: getattr(settings.sla, kind.value) for kind in ClockKind}
    directory = Directory()
    async with transaction(sessions) as session:
        policy = await sla.ensure_policy(session, limits, author="settings", now=now)
        await alerts.ensure_default_rules(session, now=now)
        await directory.refresh(session)
    channels = {MQTT} | ({WEBHOOK} if settings.webhook.url is not None else set())
    pipeline = Pipeline(
        directory,
        Detection(max_order_age=settings.ingest.max_order_age),
        policy,
        channels=frozenset(channels),
        metrics=metrics,
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


async def serve(
    settings: Settings,
    roles: frozenset[str],
    database_url: str,
    *,
    stop: asyncio.Event,
    on_ready: Callable[[Service], None],
    clock: Clock | None = None,
    beside: Callable[[Service], Awaitable[None]] | None = None,
) -> None:
    """Runs until `stop` is set. `on_ready` hears once when everything works; `beside` runs along from then on."""
    key = secret_key(settings)
    listening = listen(settings)
    broker = Broker(settings)
    engine = make_engine(database_url)
    async with AsyncExitStack() as stack:
        stack.callback(listening.close)
        stack.push_async_callback(engine.dispose)
        context = await prepare(settings, database_url, engine, clock=clock or SystemClock(), key=key)
        stack.callback(broker.stop)
        await asyncio.to_thread(broker.start, context.directory.credentials)
        service = Service(context, database_url, broker, roles, http=_address(settings, listening))
        await Partitions(context.sessions).ahead(context.clock.now())
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(context.feed.run(database_url)),
                group.create_task(_follow_registry(service)),
                group.create_task(_announce(service, on_ready, beside)),
            ]
            if "ingest" in roles:
                tasks.append(group.create_task(_ingest(service)))
            if "engine" in roles:
                tasks.append(group.create_task(_engine(service)))
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


def listen(settings: Settings) -> socket.socket:
    """The HTTP port, taken before anything else is started; a taken one is named with its setting."""
    host, port = settings.http_host, settings.http_port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise ConfigurationError(
            f"GESHAO_HTTP_PORT: cannot listen on {host}:{port}: {error.strerror}"
        ) from None


def stop_on_signals(stop: asyncio.Event) -> None:
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
    host = settings.http_host if settings.http_host not in ("0.0.0.0", "::") else "127.0.0.1"  # noqa: S104 (shown)
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
    while needed & set(await context.health.check(context.clock.now())):
        await asyncio.sleep(0.05)
    on_ready(service)
    if beside is not None:
        await beside(service)
    await asyncio.Event().wait()


async def _follow_registry(service: Service) -> None:
    """Every process sees a loaded registry at once, and the embedded broker admits its stations."""
    context = service.context
    while True:
        await context.feed.registry_changed.wait()
        context.feed.registry_changed.clear()
        try:
            async with context.sessions() as session:
                await context.directory.refresh(session)
                await context.pipeline.reload(session)
            await asyncio.to_thread(service.broker.admit, context.directory.credentials)
        except Exception as error:
            if not database_is_away(error):
                raise
            await asyncio.sleep(1)
            context.feed.registry_changed.set()


async def _ingest(service: Service) -> None:
    context, settings = service.context, service.context.settings
    context.health.standby = True

    async def read() -> None:
        source = MqttSource(
            service.broker.url, client_id=settings.ingest.client_id, max_queue=settings.ingest.max_queue
        )
        intake = Intake(
            context.directory, context.pipeline, retention=timedelta(days=settings.ingest.retention_days)
        )
        # Another process may have written meanwhile: nothing from before is trusted.
        context.pipeline.forget_all()
        consumer = Consumer(
            source, intake, Partitions(context.sessions), context.sessions, clock=context.clock,
            metrics=context.metrics, health=context.health, max_batch=settings.ingest.max_batch,
            linger=settings.ingest.linger,
        )  # fmt: skip
        context.health.source = source
        await source.start()
        try:
            await consumer.run()
        finally:
            await source.stop()
            context.health.source = None

    def changed(in_charge: bool) -> None:
        context.health.standby = not in_charge

    await while_in_charge(service.database_url, read, on_change=changed)


async def _engine(service: Service) -> None:
    context = service.context
    async with _gateways(service) as gateways:
        engine = Engine(context, gateways)
        settings = context.settings.engine
        scheduler = jobs.schedule(
            engine, interval=settings.interval, offline_interval=settings.offline_interval
        )
        await jobs.Guarded("house", engine.keep_house).run()
        await jobs.Guarded("sla", engine.tick).run()
        scheduler.start()
        try:
            await asyncio.Event().wait()
        finally:
            scheduler.shutdown(wait=False)


@asynccontextmanager
async def _gateways(service: Service) -> AsyncIterator[dict[str, Gateway]]:
    webhook = service.context.settings.webhook
    gateways: dict[str, Gateway] = {}
    async with AsyncExitStack() as stack:
        publisher = MqttPublisher(service.broker.url, "geshao-outbox")
        await publisher.start()
        stack.push_async_callback(publisher.stop)
        gateways[MQTT] = MqttGateway(publisher)
        if webhook.url is not None and webhook.secret is not None:
            client = await stack.enter_async_context(httpx.AsyncClient())
            gateways[WEBHOOK] = WebhookGateway(
                client,
                webhook.url,
                webhook.secret.get_secret_value(),
                timeout=webhook.timeout.total_seconds(),
            )
        yield gateways
