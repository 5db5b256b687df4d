"""What every benchmark stands on: a durable PostgreSQL, a tuned Mosquitto, a registry of stations, the service."""

import asyncio
import shutil
import tempfile
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion
from sqlalchemy.ext.asyncio import AsyncEngine

from app import migrate
from app.credentials import hash_secret
from app.database import make_engine, make_sessions, transaction
from app.embedded.postgres import EmbeddedPostgres
from models.bulk import fetch
from models.enums import Role
from tests.factories import AS_THE_OWNER, COUNTY, LONG_AGO, PASSWORD, PREFECTURE, make_grid, make_person
from tests.mqtt.brokers import Mosquitto, mosquitto_broker
from tests.process import ServiceProcess

STATIONS = 500
PUBLISHER = "benchmark-station"
PUBLISHER_SECRET = "benchmark-secret"
# Commit times of rows tell from outside when a reading was safe.
_EXTRA = "\ntrack_commit_timestamp = on\nshared_buffers = 512MB\nmax_wal_size = 4GB\n"
_BEHIND = """
SELECT count(*) FROM detection_inbox WHERE kind = 'readings' AND seq > (SELECT seq FROM detection_cursor)
"""


@dataclass
class Ground:
    folder: Path
    database: str
    broker: Mosquitto
    engine: AsyncEngine
    stations: int

    @property
    def environ(self) -> dict[str, str]:
        return {
            "GESHAO_DATABASE_URL": self.database,
            "GESHAO_MQTT_URL": self.broker.url,
            "GESHAO_DATA_DIR": str(self.folder),
            "GESHAO_SECRET_KEY": "only for benchmarks, and long enough for it",
            "GESHAO_HTTP_PORT": "0",
            "GESHAO_LOG_LEVEL": "warning",
        }

    async def scalar(self, question: str) -> int:
        async with make_sessions(self.engine)() as session:
            return int((await fetch(session, question))[0][0])

    async def stored(self, count: int) -> None:
        """Waits until so many readings are committed."""
        async with asyncio.timeout(600):
            while await self.scalar("SELECT count(*) FROM reading") < count:  # noqa: ASYNC110 (another process)
                await asyncio.sleep(0.05)

    async def judged(self) -> None:
        """Waits until detection has seen all that is stored."""
        async with asyncio.timeout(600):
            while await self.scalar(_BEHIND):  # noqa: ASYNC110 (another process)
                await asyncio.sleep(0.05)

    async def clear(self) -> None:
        """Between runs: no readings, no alerts, no orders, and nothing queued for the service meanwhile."""
        await asyncio.to_thread(self._forget_session)
        async with transaction(make_sessions(self.engine)) as session:
            await fetch(session, AS_THE_OWNER)
            # The journal refuses it otherwise: nothing of the service may ever do this.
            await fetch(session, "SET LOCAL session_replication_role = replica")
            await fetch(
                session,
                "TRUNCATE reading, alert, work_order, journal, outbox, quarantine, detection_inbox, detection_cursor,"
                " detection_state, detection_exception CASCADE",
            )

    def _forget_session(self) -> None:
        """What other receivers were sent was queued for the service's persistent session too."""
        client = Client(CallbackAPIVersion.VERSION2, client_id="geshao-ingest", clean_session=True)
        client.username_pw_set(self.broker.service_user, self.broker.service_password)
        gone = threading.Event()
        client.on_connect = lambda *_: gone.set()
        client.connect("127.0.0.1", self.broker.port)
        client.loop_start()
        gone.wait(10)
        client.disconnect()
        client.loop_stop()

    @asynccontextmanager
    async def service(self, *arguments: str) -> AsyncIterator[ServiceProcess]:
        service = ServiceProcess(self.environ, *arguments)
        await service.start()
        try:
            yield service
        finally:
            await service.end()


@contextmanager
def _postgres() -> Iterator[EmbeddedPostgres]:
    folder = Path(tempfile.mkdtemp(prefix="geshao-bench-"))
    folder.chmod(0o755)
    server = EmbeddedPostgres(folder, configuration=_EXTRA)
    server.start()
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@asynccontextmanager
async def ground(*, stations: int = STATIONS) -> AsyncIterator[Ground]:
    """Everything up and a registry loaded: one county with a supervisor and its stations."""
    with tempfile.TemporaryDirectory(prefix="geshao-bench-") as name, _postgres() as server:
        folder = Path(name)
        users = [(PUBLISHER, hash_secret(PUBLISHER_SECRET))]
        with mosquitto_broker(folder / "broker", users) as broker:
            # One sender speaks for all stations: what is measured is the service, not 500 connections.
            _allow_everything(folder / "broker", broker)
            engine = make_engine(server.url)
            await migrate.upgrade(engine)
            await _registry(engine, stations)
            try:
                yield Ground(folder, server.url, broker, engine, stations)
            finally:
                await engine.dispose()


def _allow_everything(folder: Path, broker: Mosquitto) -> None:
    acl = folder / "acl"
    acl.write_text(f"{acl.read_text()}\nuser {PUBLISHER}\ntopic readwrite geshao/#\n")
    broker.stop()
    broker.start()


async def _registry(engine: AsyncEngine, stations: int) -> None:
    async with transaction(make_sessions(engine)) as session:
        prefecture = await make_grid(session, PREFECTURE, level=1)
        county = await make_grid(session, COUNTY, parent=prefecture)
        await make_person(session, "supervisor", (Role.SUPERVISOR, county), since=LONG_AGO)
        await make_person(session, "duty", (Role.DUTY_OFFICER, prefecture), since=LONG_AGO)
        await fetch(
            session,
            "INSERT INTO station (code, name, grid_id, kind, lon, lat)"
            " SELECT 'WZ-' || lpad(n::text, 5, '0'), 'station ' || n, $1, 'micro',"
            # Over a prefecture, a kilometre and a half apart: every station has neighbours it is compared with.
            " 86 + 0.02 * (n % 80), 43.5 + 0.015 * (n / 80) FROM generate_series(0, $2) AS n",
            county.id,
            stations - 1,
        )


def quantile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


__all__ = ["COUNTY", "PASSWORD", "Ground", "ground", "quantile"]
