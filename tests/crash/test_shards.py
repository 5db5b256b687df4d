"""Two ingest processes share the counties and are killed in turn: every reading once, also in the stored stream."""

import asyncio
import json
import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.credentials import hash_secret
from app.database import make_engine, make_sessions, transaction
from app.detection.parcel import unpack
from app.ingest.shards import shard_of
from models.bulk import fetch
from models.enums import Role
from tests.crash.test_kill import KILLS, SECRET, SLA, eventually
from tests.factories import LONG_AGO, PREFECTURE, make_grid, make_person, make_station
from tests.mqtt.brokers import mosquitto_binary, mosquitto_broker
from tests.mqtt.stations import Station
from tests.process import ServiceProcess

pytestmark = [pytest.mark.crash, pytest.mark.mosquitto, pytest.mark.timeout(900)]
SHARDS = 3
COUNTIES = [f"6523{n:02d}" for n in range(1, 9)]


def code(county: str) -> str:
    return f"WZ-{county}"


async def registry(url: str) -> None:
    engine = make_engine(url, pool_size=1)
    async with transaction(make_sessions(engine)) as session:
        prefecture = await make_grid(session, PREFECTURE, level=1)
        await make_person(session, "supervisor", (Role.SUPERVISOR, prefecture), since=LONG_AGO)
        for county in COUNTIES:
            grid = await make_grid(session, county, parent=prefecture)
            await make_station(session, code(county), grid, cadence_s=1, secret_hash=hash_secret(SECRET))
        await fetch(session, "SELECT pg_notify('geshao_registry', '')")
    await engine.dispose()


async def send(port: int, county: str, stop: asyncio.Event) -> int:
    """A station sends until told to stop; gives how many readings the broker has taken."""
    begun = datetime.now(UTC) - timedelta(minutes=15)
    sent = 0
    async with Station(f"mqtt://{code(county)}:{SECRET.replace(' ', '%20')}@127.0.0.1:{port}") as station:
        while not stop.is_set():
            at = (begun + timedelta(milliseconds=100 * sent)).isoformat()
            body = json.dumps({"observed_at": at, "seq": sent, "values": {"pm25": 20.0}}).encode()
            await station.send(f"geshao/v1/{county}/{code(county)}/reading", body)
            sent += 1
            await asyncio.sleep(0.02)
    return sent


async def streamed(url: str) -> tuple[list[int], Counter[tuple[int, float]]]:
    """Numbers of the stream's rows, and how often each reading stands in it."""
    engine = make_engine(url, pool_size=1)
    async with make_sessions(engine)() as session:
        rows = await fetch(session, "SELECT seq, kind, body FROM detection_inbox ORDER BY seq")
    await engine.dispose()
    found: Counter[tuple[int, float]] = Counter()
    for _, kind, body in rows:
        if kind == "readings":
            parcel = unpack(bytes(body)).rows
            found.update(zip(parcel["station"].tolist(), parcel["observed_at"].tolist(), strict=True))
    return [row[0] for row in rows], found


async def test_two_processes_share_the_counties(database_url: str, tmp_path: Path) -> None:
    if mosquitto_binary() is None:
        pytest.skip("needs Debian's mosquitto")
    assert {shard_of(county, SHARDS) for county in COUNTIES} == {0, 1, 2}
    await registry(database_url)
    users = [(code(county), hash_secret(SECRET)) for county in COUNTIES]
    chance = random.Random(3)
    with mosquitto_broker(tmp_path / "broker", users) as broker:
        environ = SLA | {
            "GESHAO_DATABASE_URL": database_url,
            "GESHAO_MQTT_URL": broker.url,
            "GESHAO_DATA_DIR": str(tmp_path),
            "GESHAO_INGEST__SHARDS": str(SHARDS),
        }
        processes = [ServiceProcess(environ, "--role", "ingest,engine") for _ in range(2)]
        for process in processes:
            await process.start()
        stop = asyncio.Event()
        senders = [asyncio.ensure_future(send(broker.port, county, stop)) for county in COUNTIES]
        try:
            for _ in range(KILLS):
                await asyncio.sleep(chance.uniform(1.0, 6.0))
                doomed = chance.choice(processes)
                await doomed.kill()
                await asyncio.sleep(chance.uniform(0.0, 4.0))
                await doomed.start()
            # Both are at work in the end.
            await asyncio.sleep(8)
            stop.set()
            sent = sum(await asyncio.gather(*senders))
            await eventually(database_url, "SELECT count(*) FROM reading", sent)
        finally:
            stop.set()
            await asyncio.gather(*senders, return_exceptions=True)
            codes = [await process.end() for process in processes]
        assert codes == [0, 0]
        numbers, found = await streamed(database_url)
        assert numbers == list(range(1, len(numbers) + 1))
        assert len(found) == sent
        assert set(found.values()) == {1}
        logs = ["\n".join(process.output) for process in processes]
        assert all("lease.held" in log for log in logs)
        assert "Traceback" not in "".join(logs)
