"""What a process does beside HTTP: reading the broker while in charge of it, and the engine's duties."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import httpx

from app import jobs
from app.context import Context
from app.engine import Engine
from app.gateways import MqttGateway
from app.ingest.consumer import Consumer
from app.ingest.intake import Intake
from app.ingest.lease import while_in_charge
from app.ingest.mqtt import MqttSource
from app.ingest.partitions import Partitions
from app.ingest.presence import keep_word
from app.outgoing import MQTT, WEBHOOK
from app.publisher import MqttPublisher
from app.runtime import Broker
from dispatch.gateway import Gateway, WebhookGateway


@dataclass(slots=True)
class Service:
    """A running process of the service."""

    context: Context
    database_url: str
    broker: Broker
    roles: frozenset[str]
    http: str = ""


async def run_ingest(service: Service) -> None:
    context, settings = service.context, service.context.settings
    context.health.reads = True

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
        context.metrics.watch(source)
        await source.start()
        word = asyncio.ensure_future(keep_word(context.sessions, lambda: source.connected, context.clock))
        try:
            await consumer.run()
        finally:
            word.cancel()
            await source.stop()
            context.health.source = None

    def changed(in_charge: bool) -> None:
        context.health.in_charge = in_charge

    await while_in_charge(service.database_url, read, on_change=changed)


async def run_engine(service: Service) -> None:
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
