"""Broker or database away: readiness turns red, the log says so once, nothing is lost, and it recovers by itself."""

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from app import migrate
from app.credentials import hash_secret
from app.database import make_engine
from app.embedded.postgres import EmbeddedPostgres
from tests.crash.test_kill import SECRET, SLA, codes, eventually, registry
from tests.factories import COUNTY
from tests.mqtt.brokers import mosquitto_binary, mosquitto_broker
from tests.process import ServiceProcess
from tests.servers import own_postgres

pytestmark = [pytest.mark.crash, pytest.mark.mosquitto, pytest.mark.timeout(600)]


@pytest.fixture
def postgres() -> Iterator[EmbeddedPostgres]:
    """A server that may be taken away without taking it from other tests."""
    with own_postgres() as server:
        yield server


class Station:
    """Sends numbered readings when told to; the broker acknowledges each."""

    def __init__(self, port: int, *, pm25: float = 20.0) -> None:
        self._client = Client(CallbackAPIVersion.VERSION2, client_id="outage", clean_session=False)
        self._client.username_pw_set(codes()[0], SECRET)
        self._client.reconnect_delay_set(1, 1)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        self._begun = datetime.now(UTC) - timedelta(minutes=10)
        self._pm25 = pm25
        self.sent = 0

    def send(self, count: int) -> None:
        for _ in range(count):
            at = self._begun + timedelta(milliseconds=100 * self.sent)
            body = {"observed_at": at.isoformat(), "seq": self.sent, "values": {"pm25": self._pm25}}
            topic = f"geshao/v1/{COUNTY}/{codes()[0]}/reading"
            self._client.publish(topic, json.dumps(body), qos=1).wait_for_publish(30)
            self.sent += 1

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


async def ready(web: httpx.AsyncClient) -> dict[str, str]:
    answer = await web.get("/readyz")
    faults: dict[str, str] = answer.json().get("faults", {})
    assert (answer.status_code == 200) == (not faults)
    return faults


async def becomes(web: httpx.AsyncClient, fault: str | None) -> None:
    """Waits until readiness names the fault, or none."""
    async with asyncio.timeout(60):
        while True:
            faults = await ready(web)
            if (fault is None and not faults) or (fault is not None and fault in faults):
                return
            await asyncio.sleep(0.1)


async def test_away_and_back(postgres: EmbeddedPostgres, tmp_path: Path) -> None:
    if mosquitto_binary() is None:
        pytest.skip("needs Debian's mosquitto")
    url = postgres.url
    engine = make_engine(url)
    await migrate.upgrade(engine)
    await engine.dispose()
    await registry(url)
    hashed = hash_secret(SECRET)
    with mosquitto_broker(tmp_path / "broker", [(code, hashed) for code in codes()]) as broker:
        service = ServiceProcess(
            SLA
            | {"GESHAO_DATABASE_URL": url, "GESHAO_MQTT_URL": broker.url, "GESHAO_DATA_DIR": str(tmp_path)}
        )
        await service.start()
        station = Station(broker.port)
        try:
            async with httpx.AsyncClient(base_url=service.http, timeout=10) as web:
                await becomes(web, None)
                await asyncio.to_thread(station.send, 50)
                await eventually(url, "SELECT count(*) FROM reading", 50)

                postgres.stop()
                await becomes(web, "database")
                assert (await web.get("/healthz")).status_code == 200
                refused = await web.post("/api/v1/auth/token", data={"username": "x", "password": "y"})
                assert refused.status_code == 503
                assert refused.json()["code"] == "database_unavailable"
                # The broker takes them; the service cannot, and must not say that it has.
                await asyncio.to_thread(station.send, 50)
                await asyncio.sleep(3)
                postgres.start()
                await becomes(web, None)
                await eventually(url, "SELECT count(*) FROM reading", 100)

                broker.stop()
                await becomes(web, "broker")
                broker.start()
                await becomes(web, None)
                await asyncio.to_thread(station.send, 50)
                await eventually(url, "SELECT count(*) FROM reading", 150)
                await eventually(url, "SELECT count(DISTINCT seq) FROM reading", 150)
        finally:
            station.close()
            assert await service.end() == 0
        log = "\n".join(service.output)
        assert "Traceback" not in log
        assert log.count("mqtt.lost") <= 2, log
        # Once by each duty; two leases are held, of the intake and of detection.
        for said, times in (("engine.database_away", 1), ("lease.database_away", 2)):
            duties = [line.split(said)[1] for line in service.output if said in line]
            assert all(duties.count(duty) <= times for duty in duties), log
