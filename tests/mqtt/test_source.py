"""The reader's contract: what a broker acknowledged is never lost, and nothing is acknowledged untold."""

import asyncio
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import structlog

from app.ingest.mqtt import MqttSource
from app.ingest.source import Message
from tests.mqtt.brokers import RunningBroker
from tests.mqtt.conftest import OTHER, SECRETS, STATION
from tests.mqtt.stations import WAIT, Station

READING = f"geshao/v1/652301/{STATION}/reading"
STATUS = f"geshao/v1/652301/{STATION}/status"
ROOT = Path(__file__).resolve().parents[2]


def numbers(start: int, stop: int) -> list[bytes]:
    return [str(number).encode() for number in range(start, stop)]


def station(broker: RunningBroker, **more: object) -> Station:
    return Station(broker.url_for(STATION, SECRETS[STATION]), **more)  # type: ignore[arg-type]  # passed through


async def until(condition: Callable[[], bool]) -> None:
    """Waits for a state that other threads reach; the pause only yields."""
    async with asyncio.timeout(WAIT):
        while not condition():  # noqa: ASYNC110 (the states belong to other threads and processes)
            await asyncio.sleep(0.005)


@asynccontextmanager
async def reading(broker: RunningBroker, *, max_queue: int = 20_000) -> AsyncIterator[MqttSource]:
    source = MqttSource(broker.url, "reader", max_queue=max_queue)
    await source.start()
    try:
        await until(lambda: source.connected)
        yield source
    finally:
        await source.stop()


async def take(source: MqttSource, count: int) -> list[Message]:
    taken: list[Message] = []
    async with asyncio.timeout(WAIT * 2):
        while len(taken) < count:
            taken += await source.take(min(500, count - len(taken)), 0)
    return taken


async def take_and_keep(source: MqttSource, count: int) -> list[bytes]:
    """As a consumer does: takes, commits, acknowledges, until `count` have come."""
    payloads: list[bytes] = []
    async with asyncio.timeout(WAIT * 3):
        while len(payloads) < count:
            batch = await source.take(500, 0)
            payloads += [message.payload for message in batch]
            source.acknowledge(batch)
    return payloads


async def test_gives_messages_with_topic_and_payload_in_order(broker: RunningBroker) -> None:
    async with reading(broker) as source, station(broker) as sender:
        await sender.flood(READING, numbers(0, 300))
        taken = await take(source, 300)
    assert [message.payload for message in taken] == numbers(0, 300)
    assert {message.topic for message in taken} == {READING}
    assert all(message.mid for message in taken)


async def test_take_gives_no_more_than_the_limit(broker: RunningBroker) -> None:
    async with reading(broker) as source, station(broker) as sender:
        await sender.flood(READING, numbers(0, 5))
        await until(lambda: len(source._waiting) == 5)
        assert [len(await source.take(limit, 0)) for limit in (2, 1, 100)] == [2, 1, 2]


async def test_take_lingers_for_company_until_the_limit(broker: RunningBroker) -> None:
    async with reading(broker) as source, station(broker) as sender:
        company = asyncio.create_task(source.take(3, 3600))
        for number in numbers(0, 3):
            await sender.send(READING, number)
        assert [m.payload for m in await asyncio.wait_for(company, WAIT)] == numbers(0, 3)
        await sender.send(READING, b"3")
        assert [m.payload for m in await source.take(3, 0.01)] == [b"3"]


async def test_every_quality_of_service_arrives(broker: RunningBroker) -> None:
    async with reading(broker) as source, station(broker) as sender:
        for qos in (0, 1, 2):
            sender.client.publish(READING, str(qos), qos=qos).wait_for_publish(WAIT)
            (message,) = await take(source, 1)
            assert message.payload == str(qos).encode()
            assert bool(message.mid) == (qos > 0)
            source.acknowledge([message])


async def test_a_second_connection_of_the_same_reader_takes_over(broker: RunningBroker) -> None:
    async with Station(broker.url, "reader", clean=False) as first:
        assert await first.subscribe("geshao/v1/+/+/reading")
        async with Station(broker.url, "reader", clean=False) as second, station(broker) as sender:
            await asyncio.wait_for(first.gone.wait(), WAIT)
            await sender.flood(READING, numbers(0, 50))
            assert [(await second.next()).payload for _ in range(50)] == numbers(0, 50)


async def test_what_was_queued_while_the_reader_was_away_comes(broker: RunningBroker) -> None:
    async with reading(broker):
        pass
    async with station(broker) as sender:
        await sender.flood(READING, numbers(0, 3000))
    async with reading(broker) as source:
        assert await take_and_keep(source, 3000) == numbers(0, 3000)


async def test_a_publisher_that_leaves_at_once_loses_nothing(broker: RunningBroker) -> None:
    async with reading(broker) as source:
        for start in range(0, 1000, 100):
            async with station(broker) as sender:
                await sender.flood(READING, numbers(start, start + 100))
        assert await take_and_keep(source, 1000) == numbers(0, 1000)


async def test_only_what_was_not_acknowledged_comes_again(broker: RunningBroker) -> None:
    async with reading(broker) as source, station(broker) as sender:
        await sender.flood(READING, numbers(0, 100))
        first = await take(source, 100)
        source.acknowledge(first[:60])
    async with reading(broker) as source:
        again = await take(source, 40)
    assert [message.payload for message in again] == numbers(60, 100)


async def test_nothing_is_lost_when_the_reader_is_killed(broker: RunningBroker) -> None:
    async with reading(broker):
        pass
    async with station(broker) as sender:
        await sender.flood(READING, numbers(0, 400))
        doomed = subprocess.Popen(  # noqa: ASYNC220 (a moment)
            [sys.executable, "-m", "tests.mqtt.doomed_reader", broker.url, "reader", "400"],
            cwd=ROOT, stdout=subprocess.PIPE,
        )  # fmt: skip
        with doomed:
            assert doomed.stdout is not None
            assert await asyncio.to_thread(doomed.stdout.readline) == b"400\n"
            flood = asyncio.create_task(sender.flood(READING, numbers(400, 3400)))
            await sender.half_sent(3000)
            doomed.send_signal(signal.SIGKILL)
            await flood
    async with reading(broker) as source:
        got: list[int] = []
        async with asyncio.timeout(WAIT * 3):
            while not got or got[-1] != 3399:
                batch = await source.take(500, 0)
                got += [int(message.payload) for message in batch]
                source.acknowledge(batch)
    # What it acknowledged may still have been on its way; whatever it did not comes again, in order.
    assert got == list(range(got[0], 3400))
    assert got[0] <= 200


async def test_reader_comes_back_after_the_broker_was_restarted(broker: RunningBroker) -> None:
    with structlog.testing.capture_logs() as logs:
        async with reading(broker) as source:
            async with station(broker) as sender:
                await sender.send(READING, b"before")
                source.acknowledge(await take(source, 1))
            await asyncio.to_thread(broker.stop)
            await until(lambda: not source.connected)
            await asyncio.to_thread(broker.start)
            await until(lambda: source.connected)
            async with station(broker) as sender:
                await sender.send(READING, b"after")
            # Its acknowledgement may have been on its way when the broker went: then it comes again, first.
            payloads = [message.payload for message in await take(source, 1)]
            if payloads == [b"before"]:
                payloads = [message.payload for message in await take(source, 1)]
            assert payloads == [b"after"]
    events = [entry["event"] for entry in logs]
    assert events.count("mqtt.lost") == 1
    assert events.count("mqtt.connected") == 2
    assert broker.service_password not in repr(logs)


async def test_a_new_connection_voids_what_the_old_one_gave(broker: RunningBroker) -> None:
    async with reading(broker) as source, station(broker) as sender:
        await sender.flood(READING, numbers(0, 10))
        old = await take(source, 5)
        await until(lambda: len(source._waiting) == 5)
        break_connection(source)
        await until(lambda: not source.connected)
        await until(lambda: source.connected)
        source.acknowledge(old)
        again = await take(source, 10)
        assert [message.payload for message in again] == numbers(0, 10)
        assert {message.generation for message in again} != {message.generation for message in old}
    async with reading(broker) as source:
        assert [message.payload for message in await take(source, 10)] == numbers(0, 10)


def break_connection(source: MqttSource) -> None:
    link = source._link.client.socket()
    assert link is not None
    link.shutdown(socket.SHUT_RDWR)


async def test_a_full_queue_stops_the_reader_and_loses_nothing(broker: RunningBroker) -> None:
    async with reading(broker, max_queue=50) as source, station(broker) as sender:
        await sender.flood(READING, numbers(0, 900))
        await until(lambda: len(source._waiting) >= 50)
        assert len(source._waiting) == 50
        assert await take_and_keep(source, 900) == numbers(0, 900)


async def test_stop_ends_a_reader_whose_queue_is_full(broker: RunningBroker) -> None:
    async with reading(broker, max_queue=10) as source, station(broker) as sender:
        await sender.flood(READING, numbers(0, 100))
        await until(lambda: len(source._waiting) >= 10)
    async with reading(broker) as source:
        assert len(await take(source, 100)) == 100


async def test_status_is_kept_and_the_last_will_tells_of_a_loss(broker: RunningBroker) -> None:
    async with station(broker, will=(STATUS, b"offline")) as sender:
        await sender.send(STATUS, b"online", retain=True)
        async with reading(broker) as source:
            assert [(m.topic, m.payload) for m in await take(source, 1)] == [(STATUS, b"online")]
            await sender.vanish()
            assert [(m.topic, m.payload) for m in await take(source, 1)] == [(STATUS, b"offline")]
    async with Station(broker.url) as newcomer:
        assert await newcomer.subscribe(STATUS)
        kept = await newcomer.next()
    assert (kept.payload, kept.retain) == (b"offline", True)


async def test_a_polite_goodbye_sends_no_will(broker: RunningBroker) -> None:
    async with reading(broker) as source:
        async with station(broker, will=(STATUS, b"offline")) as sender:
            await sender.send(STATUS, b"online", retain=True)
        async with station(broker) as sender:
            await sender.send(READING, b"1")
        assert [m.payload for m in await take(source, 2)] == [b"online", b"1"]


async def test_large_payloads_pass(broker: RunningBroker) -> None:
    payloads = [b"x" * size for size in (0, 127, 128, 16_384, 256 << 10, (256 << 10) + 1, 1 << 20)]
    async with reading(broker) as source, station(broker) as sender:
        await sender.flood(READING, payloads)
        assert [m.payload for m in await take(source, len(payloads))] == payloads


async def test_a_burst_of_several_stations_arrives_whole_and_in_each_ones_order(
    broker: RunningBroker,
) -> None:
    codes = [STATION, OTHER]
    async with reading(broker) as source:

        async def burst(code: str) -> None:
            async with Station(broker.url_for(code, SECRETS[code])) as sender:
                await sender.flood(f"geshao/v1/652301/{code}/reading", numbers(0, 2500))

        _, _, got = await asyncio.gather(*map(burst, codes), _collect(source, 5000))
    for code in codes:
        assert [m.payload for m in got if f"/{code}/" in m.topic] == numbers(0, 2500)


async def _collect(source: MqttSource, count: int) -> list[Message]:
    got: list[Message] = []
    async with asyncio.timeout(WAIT * 3):
        while len(got) < count:
            batch = await source.take(500, 0)
            got += batch
            source.acknowledge(batch)
    return got


async def test_a_refused_sign_in_is_said_once_and_the_password_never(broker: RunningBroker) -> None:
    url = broker.url_for(broker.service_user, "not-the-password")
    with structlog.testing.capture_logs() as logs:
        source = MqttSource(url, "reader", max_queue=100)
        await source.start()
        await until(lambda: source._link._attempts >= 2)
        assert not source.connected
        await source.stop()
    events = [entry["event"] for entry in logs]
    assert events.count("mqtt.refused") == 1
    assert "not-the-password" not in repr(logs)
