"""The publisher's contract: done means that the broker has it."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from app.publisher import MqttPublisher
from tests.mqtt.brokers import RunningBroker, free_port
from tests.mqtt.stations import WAIT, Station
from tests.mqtt.test_source import until

TOPIC = "geshao/v1/652301/order"


@asynccontextmanager
async def publishing(url: str) -> AsyncIterator[MqttPublisher]:
    publisher = MqttPublisher(url, "outbox")
    await publisher.start()
    try:
        yield publisher
    finally:
        await publisher.stop()


async def test_what_is_published_arrives(broker: RunningBroker) -> None:
    async with publishing(broker.url) as publisher, Station(broker.url) as county:
        assert await county.subscribe("geshao/v1/+/order")
        await until(lambda: publisher.connected)
        await asyncio.gather(*(publisher.publish(TOPIC, str(n).encode(), timeout=WAIT) for n in range(200)))
        received = [await county.next() for _ in range(200)]
    assert [int(message.payload) for message in received] == list(range(200))
    assert not publisher.connected


async def test_two_publishers_of_one_name_live_side_by_side(broker: RunningBroker) -> None:
    async with publishing(broker.url) as first, publishing(broker.url) as second:
        for publisher in (first, second, first):
            await until(lambda each=publisher: each.connected)  # type: ignore[misc]  # a default binds the name
            await publisher.publish(TOPIC, b"x", timeout=WAIT)


async def test_without_a_broker_it_says_so_and_recovers(broker: RunningBroker) -> None:
    async with publishing(broker.url) as publisher:
        await until(lambda: publisher.connected)
        await asyncio.to_thread(broker.stop)
        await until(lambda: not publisher.connected)
        with pytest.raises(ConnectionError):
            await publisher.publish(TOPIC, b"lost", timeout=WAIT)
        await asyncio.to_thread(broker.start)
        async with Station(broker.url) as county:
            assert await county.subscribe(TOPIC)
            await until(lambda: publisher.connected)
            await publisher.publish(TOPIC, b"found", timeout=WAIT)
            assert (await county.next()).payload == b"found"


async def test_no_broker_at_all_is_no_error_until_something_is_published() -> None:
    async with publishing(f"mqtt://a:b@127.0.0.1:{free_port()}") as publisher:
        with pytest.raises(ConnectionError):
            await publisher.publish(TOPIC, b"x", timeout=WAIT)


async def test_a_silent_broker_times_out_and_a_lost_one_fails_at_once() -> None:
    """A broker that lets in and then answers nothing."""
    taken: list[asyncio.StreamWriter] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"\x20\x02\x00\x00")
        taken.append(writer)

    server = await asyncio.start_server(answer, "127.0.0.1", 0, family=socket.AF_INET)
    port = server.sockets[0].getsockname()[1]
    async with publishing(f"mqtt://127.0.0.1:{port}") as publisher:
        await until(lambda: publisher.connected)
        with pytest.raises(TimeoutError):
            await publisher.publish(TOPIC, b"x", timeout=0.05)
        waiting = asyncio.create_task(publisher.publish(TOPIC, b"y", timeout=WAIT))
        await asyncio.sleep(0)
        taken[0].transport.abort()
        with pytest.raises(ConnectionError):
            await waiting
        server.close()
    for writer in taken:
        writer.close()
    await server.wait_closed()
