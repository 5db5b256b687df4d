"""The service killed at random points while stations send and clocks fall due: nothing lost, nothing twice."""

import asyncio
import json
import os
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from app.credentials import hash_secret
from app.database import make_engine, make_sessions, transaction
from app.embedded.postgres import EmbeddedPostgres
from app.journal import verify
from models.bulk import fetch
from models.enums import Role
from tests.factories import COUNTY, LONG_AGO, PREFECTURE, make_grid, make_person, make_station
from tests.mqtt.brokers import mosquitto_binary, mosquitto_broker
from tests.process import ServiceProcess

pytestmark = [pytest.mark.crash, pytest.mark.timeout(1800)]
KILLS = int(os.environ.get("CRASH_KILLS", "3"))
STATIONS = 12
SECRET = "a station's secret"
SLA = {
    "GESHAO_SLA__ACKNOWLEDGE": "PT2S",
    "GESHAO_SLA__FEEDBACK": "PT3S",
    "GESHAO_SLA__REPORT": "PT4S",
    "GESHAO_ENGINE__INTERVAL": "PT0.2S",
    "GESHAO_HTTP_PORT": "0",
    "GESHAO_SECRET_KEY": "only for this test, and long enough for it",
}


def codes() -> list[str]:
    return [f"WZ-{n:02d}" for n in range(STATIONS)]


async def registry(url: str) -> None:
    engine = make_engine(url, pool_size=1)
    async with transaction(make_sessions(engine)) as session:
        prefecture = await make_grid(session, PREFECTURE, level=1)
        county = await make_grid(session, COUNTY, parent=prefecture)
        await make_person(session, "supervisor", (Role.SUPERVISOR, county), since=LONG_AGO)
        for n, code in enumerate(codes()):
            # Far enough apart that each fire is one of its own.
            await make_station(
                session, code, county, cadence_s=1, secret_hash=hash_secret(SECRET), lon=85.0 + 0.3 * n
            )
        await fetch(session, "SELECT pg_notify('geshao_registry', '')")
    await engine.dispose()


class Sender:
    """One station: numbers its readings, one each 50 ms, and sends until told to stop. Every second one smokes."""

    def __init__(self, code: str, address: str, *, smokes: bool) -> None:
        host, port = address.split(":")
        self.code = code
        self.sent = 0
        self._pm25 = 400.0 if smokes else 20.0
        # Numbers become instants a tenth of a second apart, all of them in the last minutes.
        self._first = datetime.now(UTC) - timedelta(minutes=15)
        self._client = Client(CallbackAPIVersion.VERSION2, client_id=code, clean_session=False)
        self._client.username_pw_set(code, SECRET)
        self._client.connect(host, int(port))
        self._client.loop_start()

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            at = self._first + timedelta(milliseconds=100 * self.sent)
            body = {"observed_at": at.isoformat(), "seq": self.sent, "values": {"pm25": self._pm25}}
            self._client.publish(f"geshao/v1/{COUNTY}/{self.code}/reading", json.dumps(body), qos=1)
            self.sent += 1
            try:
                await asyncio.wait_for(stop.wait(), 0.05)
            except TimeoutError:
                continue

    async def done(self) -> None:
        """Until the broker has acknowledged everything."""
        async with asyncio.timeout(120):
            while self._client._out_messages:  # paho tells of each message, not of all of them
                await asyncio.wait([asyncio.ensure_future(asyncio.sleep(0.05))])
        self._client.disconnect()
        self._client.loop_stop()


@asynccontextmanager
async def stations(address: str) -> AsyncIterator[list[Sender]]:
    senders: list[Sender] = []
    stop = asyncio.Event()
    tasks: list[asyncio.Task[None]] = []

    async def commission() -> None:
        """One station after the other, so that alerts arise all the time."""
        for number, code in enumerate(codes()):
            sender = Sender(code, address, smokes=number % 2 == 0)
            senders.append(sender)
            tasks.append(asyncio.ensure_future(sender.run(stop)))
            await asyncio.sleep(0.4 * KILLS)

    commissioning = asyncio.ensure_future(commission())
    try:
        yield senders
        await commissioning
    finally:
        stop.set()
        await asyncio.gather(commissioning, *tasks, return_exceptions=True)
        for sender in senders:
            await sender.done()


async def eventually(url: str, question: str, expected: Any, *, within: float = 120) -> None:
    engine = make_engine(url, pool_size=1)
    sessions = make_sessions(engine)
    answer: Any = None
    try:
        async with asyncio.timeout(within):
            while answer != expected:
                async with sessions() as session:
                    answer = (await fetch(session, question))[0][0]
                await asyncio.sleep(0.1)
    except TimeoutError:
        pytest.fail(f"{question}: {answer}, expected {expected}")
    finally:
        await engine.dispose()


async def check(url: str, senders: list[Sender]) -> None:
    """Every reading once; an order for each smoking station; three breaches and nine rungs for each order."""
    sent = sum(sender.sent for sender in senders)
    smoking = (STATIONS + 1) // 2
    await eventually(url, "SELECT count(*) FROM reading", sent)
    await eventually(url, "SELECT count(*) FROM work_order", smoking)
    await eventually(url, "SELECT count(*) FROM sla_breach", smoking * 3)
    await eventually(url, "SELECT count(*) FROM escalation", smoking * 9)
    await eventually(url, "SELECT count(*) FROM outbox WHERE state <> 'sent'", 0)
    engine = make_engine(url, pool_size=1)
    async with make_sessions(engine)() as session:
        per_station = await fetch(
            session,
            "SELECT s.code, count(*), count(DISTINCT r.seq), max(r.seq), max(r.version) FROM reading r"
            " JOIN station s ON s.id = r.station_id GROUP BY 1",
        )
        assert {(r[0], r[1], r[2], r[3], r[4]) for r in per_station} == {
            (s.code, s.sent, s.sent, s.sent - 1, 1) for s in senders
        }
        assert (await fetch(session, "SELECT count(*) FROM quarantine"))[0][0] == 0
        wrong = await fetch(
            session,
            "SELECT * FROM sla_breach b JOIN sla_clock c ON c.id = b.clock_id WHERE b.breached_at <> c.due_at",
        )
        assert wrong == []
        told = {
            r[0]: r[1]
            for r in await fetch(
                session, "SELECT kind, count(*) FROM journal WHERE order_id IS NOT NULL GROUP BY 1"
            )
        }
        assert told["order.dispatched"] == smoking
        assert told["sla.breached"] == smoking * 3
        assert told["sla.escalated"] == smoking * 9
        dispatched = await fetch(
            session, "SELECT count(DISTINCT order_id) FROM journal WHERE kind = 'order.dispatched'"
        )
        assert dispatched[0][0] == smoking
        twice = await fetch(
            session, "SELECT station_id FROM alert GROUP BY station_id, kind, pollutant HAVING count(*) > 1"
        )
        assert twice == []
        assert (await verify(session)).fault is None
    await engine.dispose()


async def killed_again_and_again(service: ServiceProcess, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(KILLS):
        await asyncio.sleep(chance.uniform(0.2, 3.0))
        await service.kill()
        await asyncio.sleep(chance.uniform(0.0, 0.5))
        await service.start()


@pytest.mark.mosquitto
async def test_with_a_broker_and_a_database_of_their_own(database_url: str, tmp_path: Path) -> None:
    if mosquitto_binary() is None:
        pytest.skip("needs Debian's mosquitto")
    await registry(database_url)
    hashed = hash_secret(SECRET)
    with mosquitto_broker(tmp_path / "broker", [(code, hashed) for code in codes()]) as broker:
        service = ServiceProcess(
            SLA
            | {
                "GESHAO_DATABASE_URL": database_url,
                "GESHAO_MQTT_URL": broker.url,
                "GESHAO_DATA_DIR": str(tmp_path),
            }
        )
        await service.start()
        try:
            async with stations(f"127.0.0.1:{broker.port}") as senders:
                await killed_again_and_again(service, seed=1)
            await check(database_url, senders)
        finally:
            assert await service.end() == 0


async def test_with_everything_embedded(data_folder: Path) -> None:
    folder = data_folder
    environ = SLA | {"GESHAO_DATA_DIR": str(folder), "GESHAO_MQTT_PORT": "0"}
    service = ServiceProcess(environ)
    await service.start()
    try:
        url = embedded_url(folder)
        await registry(url)
        await asyncio.sleep(1)
        async with stations(service.mqtt) as senders:
            await killed_again_and_again(service, seed=2)
        await check(url, senders)
    finally:
        assert await service.end() == 0


def embedded_url(folder: Path) -> str:
    return EmbeddedPostgres(folder).url
