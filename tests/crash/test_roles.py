"""The roles as processes of their own, two of each kind: one ingest works and the other takes over."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest

from app.credentials import hash_secret
from tests.crash.test_kill import SECRET, SLA, codes, eventually, registry
from tests.crash.test_outage import Station
from tests.factories import PASSWORD
from tests.flow.test_live import Desk
from tests.mqtt.brokers import mosquitto_binary, mosquitto_broker
from tests.process import ServiceProcess

pytestmark = [pytest.mark.crash, pytest.mark.mosquitto, pytest.mark.timeout(300)]


async def test_roles_apart_and_a_standby(database_url: str, tmp_path: Path) -> None:
    if mosquitto_binary() is None:
        pytest.skip("needs Debian's mosquitto")
    await registry(database_url)
    hashed = hash_secret(SECRET)
    async with AsyncExitStack() as stack:
        broker = stack.enter_context(
            mosquitto_broker(tmp_path / "broker", [(code, hashed) for code in codes()])
        )
        environ = SLA | {
            "GESHAO_DATABASE_URL": database_url,
            "GESHAO_MQTT_URL": broker.url,
            "GESHAO_DATA_DIR": str(tmp_path),
        }
        # The engines first: another role is ready only once an engine passes.
        processes: dict[str, ServiceProcess] = {}
        for name in ("engine", "engine-2", "ingest", "ingest-2", "api", "api-2"):
            processes[name] = ServiceProcess(environ, "--role", name.split("-")[0])
            await processes[name].start()
            stack.push_async_callback(processes[name].end)
        station = Station(broker.port, pm25=400.0)
        stack.callback(station.close)
        async with (
            httpx.AsyncClient(base_url=processes["api"].http, timeout=20) as web,
            httpx.AsyncClient(base_url=processes["api-2"].http, timeout=20) as other,
        ):
            form = {"username": "supervisor", "password": PASSWORD}
            token = (await web.post("/api/v1/auth/token", data=form)).json()["access_token"]
            desks = [Desk(web, token), Desk(other, token)]
            await asyncio.to_thread(station.send, 20)
            for desk in desks:
                dispatched = await desk.hears("order.dispatched")
            headers = {"authorization": f"Bearer {token}"}
            answer = await other.post(f"/api/v1/orders/{dispatched['order']}/acknowledge", headers=headers)
            assert answer.status_code == 200
            for desk in desks:
                await desk.hears("order.acknowledged")
                await desk.hears("sla.breached", clock="feedback")

            in_charge = [
                name for name in ("ingest", "ingest-2") if "lease.held" in "\n".join(processes[name].output)
            ]
            assert in_charge == ["ingest"]
            await processes["ingest"].kill()
            await asyncio.to_thread(station.send, 200)
            await eventually(database_url, "SELECT count(*) FROM reading", 220)
            assert "lease.held" in "\n".join(processes["ingest-2"].output)
            # On a machine with much else to do the acknowledgement itself may have been late.
            breaches = "SELECT count(*) FROM sla_breach WHERE kind <> 'acknowledge'"
            await eventually(database_url, breaches, 2, within=60)
            for desk in desks:
                await desk.close()
            seen = [[event[0] for event in desk.events] for desk in desks]
            assert seen[0][: len(seen[1])] == seen[1][: len(seen[0])]
