"""What a process does beside HTTP: reading the broker while in charge of it, and the engine's duties."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import httpx
from sqlalchemy.ext.asyncio import AsyncSession

from app import jobs
from app.backtest.run import run_stored
from app.backtest.runner import Runner
from app.context import Context
from app.detection.duty import Duty
from app.detection.network import NetworkFactory, carrying
from app.detection.port import Payload
from app.detection.progress import Progress
from app.detection.situation import PresentSituation, maintenance
from app.detection.worker import Worker
from app.engine import Engine
from app.gateways import MqttGateway
from app.ingest.consumer import Consumer
from app.ingest.cover import Sifted, open_shard, pieces
from app.ingest.intake import Intake
from app.ingest.lease import INTAKE, share_out
from app.ingest.mqtt import MqttSource
from app.ingest.partitions import Partitions
from app.ingest.presence import keep_word, listening
from app.notices.ways import LIMITS, ways_of
from app.outgoing import MQTT, WEBHOOK
from app.publisher import MqttPublisher
from app.runtime import Broker
from notify.gateway import Gateway, Way, WebhookGateway


@dataclass(slots=True)
class Service:
    """A running process of the service."""

    context: Context
    database_url: str
    broker: Broker
    roles: frozenset[str]
    http: str = ""


async def run_ingest(service: Service) -> None:
    """Reads the shards of the intake that fall to this process."""
    context, settings = service.context, service.context.settings.ingest
    health = context.health
    shards = settings.shards
    sources: dict[int, MqttSource | Sifted] = {}
    health.reads, health.sources = True, sources
    context.metrics.watch(sources)

    async def read(shard: int) -> None:
        clock, sessions, directory = context.clock, context.sessions, context.directory
        intake = Intake(directory, retention=timedelta(days=settings.retention_days))
        reader = open_shard(
            service.broker.url, settings.client_id, shard, shards, max_queue=settings.max_queue,
            sessions=sessions, directory=directory, clock=clock,
        )  # fmt: skip
        source = reader.source
        consumer = Consumer(
            source, intake, Partitions(sessions), sessions, clock=clock, metrics=context.metrics,
            health=health, max_batch=settings.max_batch, linger=settings.linger,
        )  # fmt: skip
        sources[shard] = source
        await source.start()
        beside = [asyncio.ensure_future(keep_word(sessions, lambda: source.connected, clock, shard=shard))]
        if reader.cover is not None:
            beside.append(asyncio.ensure_future(reader.cover.keep()))
        try:
            await consumer.run()
        finally:
            for task in beside:
                task.cancel()
            await source.stop()
            del sources[shard]

    def changed(held: frozenset[int]) -> None:
        health.in_charge = bool(held)

    count = await pieces(context.sessions, shards)
    await share_out(service.database_url, INTAKE, count, read, on_change=changed)


async def run_detection(service: Service) -> None:
    """Judges the stored stream while it is this process's turn."""
    context = service.context
    situation = PresentSituation(
        context.directory, context.clock, silent_after=context.settings.engine.offline_after
    )
    progress = Progress(context.metrics, context.clock)
    context.health.detection = progress
    worker = Worker(
        context.sessions, NetworkFactory(), carrying(context), situation, clock=context.clock, metrics=context.metrics,
        progress=progress,
    )  # fmt: skip

    async def beside(session: AsyncSession) -> Mapping[str, Payload]:
        now = context.clock.now()
        heard = await listening(session, now, context.settings.ingest.shards)
        return {**heard, **await maintenance(session, context.directory, now)}

    duty = Duty(worker, context.sessions, situation, clock=context.clock, progress=progress, beside=beside)
    await duty.stand_by(service.database_url)


async def run_engine(service: Service) -> None:
    context = service.context
    async with _gateways(service) as (gateways, ways), asyncio.TaskGroup() as beside:
        beside.create_task(run_detection(service))
        engine = Engine(context, gateways, ways)
        settings = context.settings.engine
        backtests = Runner(
            context.sessions, clock=context.clock, database_url=service.database_url, run=run_stored
        )
        scheduler = jobs.schedule(engine, backtests.run_once, interval=settings.interval)
        await jobs.Guarded("house", engine.keep_house).run()
        await jobs.Guarded("sla", engine.tick).run()
        scheduler.start()
        try:
            await asyncio.Event().wait()
        finally:
            scheduler.shutdown(wait=False)
            await asyncio.shield(jobs.Guarded("goodbye", engine.say_goodbye).run())


@asynccontextmanager
async def _gateways(service: Service) -> AsyncIterator[tuple[dict[str, Gateway], dict[str, Way]]]:
    """The ways out for machines, and those to people."""
    settings = service.context.settings
    webhook = settings.webhook
    async with AsyncExitStack() as stack:
        publisher = MqttPublisher(service.broker.url, "geshao-outbox")
        await publisher.start()
        stack.push_async_callback(publisher.stop)
        client = await stack.enter_async_context(httpx.AsyncClient(limits=LIMITS))
        # Without a URL of the settings there may still be webhooks of grids.
        hook = WebhookGateway(
            client,
            webhook.url,
            None if webhook.secret is None else webhook.secret.get_secret_value(),
            timeout=webhook.timeout.total_seconds(),
        )
        yield {MQTT: MqttGateway(publisher), WEBHOOK: hook}, ways_of(settings, client)
