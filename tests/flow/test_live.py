"""The same story once for real: commands, MQTT as a station, HTTP as people, SSE as the duty desk, short deadlines."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
import yaml
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from tests.process import ROOT, ServiceProcess

pytestmark = pytest.mark.timeout(300)
PASSWORD = "a password for the story"
SECRET = "a secret for the story"
REGISTRY = {
    "grids": [
        {"code": "652300", "name": "昌吉州", "level": 1},
        {"code": "652301", "name": "昌吉市", "level": 2, "parent": "652300"},
    ],
    "people": [
        {
            "username": "supervisor", "name": "监督员", "password": PASSWORD,
            "duties": [{"grid": "652301", "role": "supervisor"}],
        },
        {
            "username": "duty", "name": "值班员", "password": PASSWORD,
            "duties": [{"grid": "652300", "role": "duty_officer"}],
        },
    ],
    "stations": [
        {
            "code": "WZ-1", "name": "一号微站", "grid": "652301", "lon": 87.3, "lat": 44.0, "kind": "micro",
            "secret": SECRET,
        }
    ],
}  # fmt: skip
DEADLINES = {
    "GESHAO_SLA__ACKNOWLEDGE": "PT2S",
    "GESHAO_SLA__FEEDBACK": "PT4S",
    "GESHAO_SLA__REPORT": "PT8S",
    "GESHAO_ENGINE__INTERVAL": "PT0.1S",
}


async def geshao(environ: dict[str, str], *arguments: str) -> str:
    """Runs a command beside the running service; gives what it printed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "app", *arguments, cwd=ROOT, env=os.environ | environ,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    return output.decode()


@pytest_asyncio.fixture
async def service(data_folder: Path) -> AsyncIterator[tuple[ServiceProcess, dict[str, str]]]:
    environ = DEADLINES | {
        "GESHAO_DATA_DIR": str(data_folder / "data"),
        "GESHAO_HTTP_PORT": "0",
        "GESHAO_MQTT_PORT": "0",
    }
    service = ServiceProcess(environ)
    await service.start()
    yield service, environ
    assert await service.end() == 0, "\n".join(service.output[-20:])


class Desk:
    """The duty desk's open stream."""

    def __init__(self, web: httpx.AsyncClient, token: str) -> None:
        self.events: list[tuple[int, str, dict[str, Any]]] = []
        self._changed = asyncio.Event()
        self._task = asyncio.ensure_future(self._listen(web, token))
        self.open = asyncio.Event()

    async def _listen(self, web: httpx.AsyncClient, token: str) -> None:
        headers = {"authorization": f"Bearer {token}", "last-event-id": "0"}
        async with web.stream("GET", "/api/v1/feed", headers=headers, timeout=None) as stream:
            fields: dict[str, str] = {}
            async for line in stream.aiter_lines():
                name, _, value = line.partition(": ")
                if name == "":
                    self.open.set()
                if line:
                    fields[name] = value
                elif "data" in fields:
                    self.events.append((int(fields["id"]), fields["event"], json.loads(fields["data"])))
                    fields = {}
                    self._changed.set()

    async def hears(self, kind: str, **data: object) -> dict[str, Any]:
        """Waits until such an event has been heard."""
        async with asyncio.timeout(60):
            while True:
                for _, heard, said in self.events:
                    if heard == kind and data.items() <= said.items():
                        return said
                self._changed.clear()
                await self._changed.wait()

    async def close(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


async def sign_in(web: httpx.AsyncClient, username: str) -> dict[str, str]:
    answer = await web.post("/api/v1/auth/token", data={"username": username, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    return {"authorization": f"Bearer {answer.json()['access_token']}"}


async def test_a_reading_becomes_an_answered_order(
    service: tuple[ServiceProcess, dict[str, str]], tmp_path: Path
) -> None:
    process, environ = service
    path = tmp_path / "registry.yaml"
    path.write_text(yaml.safe_dump(REGISTRY, allow_unicode=True))
    await geshao(environ, "registry", "check", str(path))
    await geshao(environ, "registry", "load", str(path))
    async with httpx.AsyncClient(base_url=process.http, timeout=20) as web:
        assert (await web.get("/readyz")).status_code == 200
        duty, supervisor = await sign_in(web, "duty"), await sign_in(web, "supervisor")
        desk = Desk(web, duty["authorization"].removeprefix("Bearer "))
        await desk.hears("registry.loaded")
        await asyncio.to_thread(publish_a_fire, process.mqtt)
        dispatched = await desk.hears("order.dispatched")
        order = f"/api/v1/orders/{dispatched['order']}"
        assert dispatched["number"].endswith("-652301-000001")

        await desk.hears("sla.escalated", clock="feedback", level=3)
        feedback = {"finding": "堆场起火", "cause": "露天焚烧"}
        key = {"idempotency-key": "feedback-1"}
        first = await web.post(f"{order}/feedback", json=feedback, headers=supervisor | key)
        again = await web.post(f"{order}/feedback", json=feedback, headers=supervisor | key)
        assert (first.status_code, again.status_code) == (200, 200)
        assert first.json() == again.json()
        await desk.hears("sla.escalated", clock="report", level=3)
        report = {"measures": "灭火", "result": "已恢复"}
        assert (
            await web.post(f"{order}/review", json={"decision": "accept"}, headers=duty)
        ).status_code == 409
        assert (await web.post(f"{order}/report", json=report, headers=supervisor)).status_code == 200
        refused = await web.post(f"{order}/review", json={"decision": "accept"}, headers=supervisor)
        assert refused.status_code == 403
        returned = await web.post(
            f"{order}/review", json={"decision": "return", "comment": "缺照片"}, headers=duty
        )
        assert (returned.json()["state"], returned.json()["round"]) == ("returned", 2)
        photo = {"file": ("after.png", PNG, "image/png")}
        evidence = (await web.post("/api/v1/evidence", files=photo, headers=supervisor)).json()["id"]
        done = await web.post(f"{order}/report", json=report | {"evidence": [evidence]}, headers=supervisor)
        assert done.status_code == 200, done.text
        closed = (await web.post(f"{order}/review", json={"decision": "accept"}, headers=duty)).json()
        await desk.hears("order.closed")
        await desk.close()

        # Warnings depend on how soon somebody looks, and which alert comes second on the detectors' order.
        aside = {"sla.due_soon", "order.attached"}
        of_orders = [(kind, data) for _, kind, data in desk.events if data.get("order") and kind not in aside]
        heard = [(kind, data.get("clock"), data.get("level")) for kind, data in of_orders]
        assert heard == [
            ("order.dispatched", None, None),
            *ladder("acknowledge"),
            *ladder("feedback"),
            ("sla.met_late", "acknowledge", None),
            ("sla.met_late", "feedback", None),
            ("order.feedback", None, None),
            *ladder("report"),
            ("sla.met_late", "report", None),
            ("order.reported", None, None),
            ("order.returned", None, None),
            ("order.reported", None, None),
            ("order.closed", None, None),
        ]  # fmt: skip
        ids = [event[0] for event in desk.events]
        assert ids == list(range(1, len(ids) + 1))
        for clock in closed["clocks"]:
            assert clock["breached_at"] in (None, clock["due_at"])
        assert [(c["kind"], c["state"]) for c in closed["clocks"]] == [
            ("acknowledge", "breached"),
            ("feedback", "breached"),
            ("report", "breached"),
            ("review", "met"),
            ("rework", "met"),
            ("review", "met"),
        ]
        # Resumed from the middle: the rest, once.
        half = Desk(web, duty["authorization"].removeprefix("Bearer "))
        await half.hears("order.closed")
        await half.close()
        assert half.events == desk.events
    assert "intact" in await geshao(environ, "audit", "verify")
    assert "FAULT" not in await geshao(environ, "doctor")


def ladder(clock: str) -> list[tuple[str, str, int | None]]:
    return [("sla.breached", clock, None), *(("sla.escalated", clock, level) for level in (1, 2, 3))]


def publish_a_fire(address: str) -> None:
    """Signs in as the station and sends an hour of clean air, then three readings of smoke."""
    host, port = address.split(":")
    client = Client(CallbackAPIVersion.VERSION2, client_id="WZ-1")
    client.username_pw_set("WZ-1", SECRET)
    client.connect(host, int(port))
    client.loop_start()
    now = datetime.now(UTC)
    history = [
        {
            "observed_at": (now - timedelta(minutes=m)).isoformat(),
            "values": {"pm25": 30.0 if m > 2 else 400.0},
        }
        for m in range(60, -1, -1)
    ]
    sent = client.publish("geshao/v1/652301/WZ-1/reading", json.dumps(history), qos=1)
    sent.wait_for_publish(20)
    client.disconnect()
    client.loop_stop()


PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8cfc000000301010018dd8db0"
    "0000000049454e44ae426082"
)
