"""What the service finds wrong with itself: who may read it, and what readiness says of it."""

import httpx
import pytest
from fastapi import FastAPI

from app.database import transaction
from app.health import beat
from app.watchdog.service import Watchdog
from models.bulk import fetch
from tests.api.conftest import Client
from tests.factories import World


async def fault(world: World) -> None:
    await world.alert()
    world.clock.advance(minutes=2)
    await Watchdog(world.context).look()


async def test_findings_are_listed_and_filtered(client: Client, world: World) -> None:
    began = world.clock.now().isoformat()
    await fault(world)
    page = (await client("duty").get("/ops/watchdog")).json()
    assert page == {
        "items": [
            {
                "id": 1, "code": "alert_without_order", "subject": "", "since": began,
                "last_seen": world.clock.now().isoformat(), "ended_at": None, "count": 1, "examples": [1],
            }
        ],
        "next_cursor": None,
    }  # fmt: skip
    async with transaction(world.sessions) as session:
        await fetch(session, "UPDATE alert SET state = 'cleared', cleared_at = detected_at")
    await Watchdog(world.context).look()
    admin = client("admin")
    assert (await admin.get("/ops/watchdog", params={"lasting": True})).json()["items"] == []
    (over,) = (await admin.get("/ops/watchdog", params={"lasting": False})).json()["items"]
    assert over["ended_at"] == world.clock.now().isoformat()


@pytest.mark.parametrize("who", ["supervisor", "leader", "viewer", "nobody"])
async def test_only_those_who_run_it_read_the_findings(client: Client, who: str) -> None:
    refused = await client(who).get("/ops/watchdog")
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")


async def test_a_finding_is_a_note_and_a_stopped_engine_a_fault(app: FastAPI, world: World) -> None:
    async with transaction(world.sessions) as session:
        await beat(session, "one", world.clock.now())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://geshao.test") as web:
        ready = await web.get("/readyz")
        assert (ready.status_code, ready.json()) == (200, {"status": "ready"})
        since = world.clock.now().isoformat()
        await fault(world)
        note = {"code": "alert_without_order", "subject": "", "count": 1, "since": since}
        stopped = await web.get("/readyz")
        assert stopped.status_code == 503
        assert stopped.json()["faults"] == {"engine": "no pass for 120 s"}
        assert note in stopped.json()["notes"]
        async with transaction(world.sessions) as session:
            await beat(session, "one", world.clock.now())
        ready = await web.get("/readyz")
        assert ready.status_code == 200
        assert note in ready.json()["notes"]
