"""Paging misses nothing and shows nothing twice; a list costs the same number of queries at any length."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import event, update
from sqlalchemy.ext.asyncio import AsyncEngine

from app.api.clock_shapes import ListedClock
from app.api.fair_shapes import FairBreachShape
from app.api.order_shapes import Order as OrderShape
from app.api.order_shapes import UnroutedShape
from app.api.shapes import (
    AlertShape,
    GridShape,
    OutboxShape,
    Page,
    QuarantinedDetail,
    QuarantinedShape,
    ReadingShape,
    StationShape,
)
from app.database import transaction
from models.journal import OutboxMessage
from tests.api.conftest import Client
from tests.factories import COUNTY, World, make_station
from tests.fakes import START


@contextmanager
def counted(engine: AsyncEngine) -> Iterator[list[str]]:
    """The statements sent inside the block."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        sent.append(statement)

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine.sync_engine, "before_cursor_execute", note)


async def walk(client: httpx.AsyncClient, path: str, limit: int) -> list[dict[str, object]]:
    """All items, page by page."""
    items: list[dict[str, object]] = []
    cursor: str | None = None
    while True:
        query = {"limit": str(limit)} | ({"cursor": cursor} if cursor else {})
        answer = await client.get(path, params=query)
        assert answer.status_code == 200, answer.text
        items += answer.json()["items"]
        assert len(answer.json()["items"]) <= limit
        cursor = answer.json()["next_cursor"]
        if cursor is None:
            return items


async def _fill(world: World) -> None:
    for number in range(5):
        await world.order()
        await world.alert("WZ-1", pollutant=f"p{number}")
        await world.quarantined(f"payload {number}".encode())
    await world.readings("WZ-1", [START - timedelta(minutes=n) for n in range(5)])
    async with transaction(world.sessions) as session:
        for number in range(3):
            await make_station(session, f"WZ-x{number}", world.grids[COUNTY])
        await world.context.pipeline.tick(session, now=START + timedelta(hours=1, seconds=1), limit=500)


LISTS = [
    ("/orders", 5, OrderShape),
    ("/alerts", 5, AlertShape),
    ("/stations", 5, StationShape),
    ("/stations/WZ-1/readings", 5, ReadingShape),
    ("/grids", 4, GridShape),
    ("/sla/clocks", 15, ListedClock),
    ("/sla/breaches", 10, FairBreachShape),
    ("/outbox", 5, OutboxShape),
    ("/ingest/quarantine", 5, QuarantinedShape),
]


async def test_paging_shows_everything_once(client: Client, world: World) -> None:
    await _fill(world)
    for path, count, shape in LISTS:
        caller = client("admin")
        whole = (await caller.get(path)).json()
        Page[shape].model_validate(whole)  # type: ignore[valid-type]  # parametrised at run time
        assert len(whole["items"]) == count, path
        assert whole["next_cursor"] is None
        for limit in (1, 2, count, 1000):
            assert await walk(caller, path, limit) == whole["items"], (path, limit)


async def test_a_new_order_does_not_shift_the_pages(client: Client, world: World) -> None:
    ids = [await world.order() for _ in range(4)]
    duty = client("duty")
    first = (await duty.get("/orders?limit=2")).json()
    await world.order()
    second = (await duty.get(f"/orders?limit=2&cursor={first['next_cursor']}")).json()
    assert [o["id"] for o in first["items"] + second["items"]] == ids[::-1]


@pytest.mark.parametrize("path", [path for path, _, _ in LISTS])
async def test_bad_paging_is_422(client: Client, path: str) -> None:
    for query in (
        "limit=0",
        "limit=100000",
        "limit=x",
        "cursor=!",
        "cursor=MTIzNDU2Nzg5MDEyMzQ1Njc4OTAx",
        "cursor=",
    ):
        answer = await client("admin").get(f"{path}?{query}")
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid"), query


async def test_lists_cost_the_same_at_any_length(client: Client, world: World, engine: AsyncEngine) -> None:
    await world.order()
    await world.alert("WZ-1")
    world.clock.advance(minutes=11)
    async with transaction(world.sessions) as session:
        await world.context.pipeline.tick(session, now=world.clock.now(), limit=100)
    caller = client("admin")
    costs: dict[str, int] = {}
    for path, _, _ in LISTS:
        with counted(engine) as sent:
            await caller.get(path)
        costs[path] = len(sent)
    assert costs["/orders"] == 3  # who is calling, the orders, their clocks
    await _fill(world)
    for path, _, _ in LISTS:
        with counted(engine) as sent:
            await caller.get(path)
        # An empty list may cost less: there is nothing to ask about.
        assert len(sent) == costs[path], (path, sent)


async def test_station_health(client: Client, world: World) -> None:
    async def health() -> str:
        return str((await client("viewer").get("/stations/WZ-1")).json()["health"])

    async def set_(**values: object) -> None:
        async with transaction(world.sessions) as session:
            station = await session.merge(world.stations["WZ-1"])
            for name, value in values.items():
                setattr(station, name, value)

    assert await health() == "never"
    await set_(last_received_at=world.clock.now())
    assert await health() == "online"
    world.clock.advance(minutes=60)
    assert await health() == "online"
    world.clock.advance(seconds=1)
    assert await health() == "offline"
    await set_(last_received_at=world.clock.now(), said_offline_at=world.clock.now())
    assert await health() == "offline"
    await set_(said_offline_at=None)
    assert await health() == "online"
    await world.alert("WZ-1", kind="offline", pollutant=None, scope="instrument")
    assert await health() == "offline"


async def test_readings_of_a_span(client: Client, world: World) -> None:
    await world.readings("WZ-1", [START - timedelta(hours=n) for n in (0, 1, 2, 30)])
    viewer = client("viewer")

    async def hours(query: str) -> list[float]:
        answer = await viewer.get(f"/stations/WZ-1/readings?{query}")
        assert answer.status_code == 200, answer.text
        return [item["values"]["pm25"] for item in answer.json()["items"]]

    assert await hours("") == [0, 1, 2]
    assert await hours("from=2026-11-22T06:00:00%2B08:00&to=2026-11-23T08:00:00%2B08:00") == [1, 2]
    assert await hours("from=2026-11-23T07:00:00+08:00&limit=10000") == [0, 1]  # an unescaped plus
    for bad in ("from=yesterday", "from=2026-11-22T06:00:00", "from=0001-01-01T00:00:00Z", "limit=10001"):
        assert (await viewer.get(f"/stations/WZ-1/readings?{bad}")).status_code == 422, bad
    assert (await viewer.get("/stations/WZ-1/readings?from=2026-11-24T00:00:00Z")).status_code == 422


async def test_alert_filters_and_evidence(client: Client, world: World) -> None:
    alert = await world.alert("WZ-1")
    await world.alert("WZ-2", kind="sudden_rise", state="cleared", cleared_at=START)
    duty = client("duty")

    async def count(query: str) -> int:
        return len((await duty.get(f"/alerts?{query}")).json()["items"])

    assert await count("") == 2
    assert [await count(q) for q in ("state=open", "kind=sudden_rise", "station=WZ-2", f"grid={COUNTY}")] == [
        1
    ] * 4
    shown = (await duty.get(f"/alerts/{alert}")).json()
    AlertShape.model_validate(shown)
    assert shown["why"]["threshold"] == 150
    assert (shown["scope"], shown["rule_version"], shown["order"]) == ("local", 1, None)


async def test_unrouted_alerts_find_their_grid_by_hand(client: Client, world: World) -> None:
    waiting = await world.unrouted("WZ-1")
    duty = client("duty")
    listed = (await duty.get("/unrouted")).json()
    Page[UnroutedShape].model_validate(listed)
    assert [row["id"] for row in listed["items"]] == [waiting]
    path = f"/unrouted/{waiting}/route"
    assert (await duty.post(path, json={"grid": "999"})).status_code == 404
    routed = await duty.post(path, json={"grid": COUNTY})
    assert routed.status_code == 201, routed.text
    assert routed.json()["alert_id"] == listed["items"][0]["alert_id"]
    assert (await duty.get("/unrouted")).json()["items"] == []
    resolved = (await duty.get("/unrouted?resolved=true")).json()["items"]
    assert resolved[0]["order_id"] == routed.json()["id"]
    assert (await duty.post(path, json={"grid": COUNTY})).status_code == 404
    alert = (await duty.get(f"/alerts/{routed.json()['alert_id']}")).json()
    assert alert["order"] == f"/api/v1/orders/{routed.json()['id']}"


async def test_quarantine_shows_payloads_and_replays(client: Client, world: World) -> None:
    admin = client("admin")
    good = await world.quarantined(
        b'{"observed_at": "2026-11-23T07:59:00+08:00", "values": {"pm25": 35}}', reason="unknown_station"
    )
    bad = await world.quarantined(b"<script>\n")
    binary = await world.quarantined(b"\xff\x00")
    texts = {}
    for number in (good, bad, binary):
        shown = (await admin.get(f"/ingest/quarantine/{number}")).json()
        QuarantinedDetail.model_validate(shown)
        texts[number] = (shown["encoding"], shown["payload"])
    assert texts[bad] == ("utf-8", "<script>\n")
    assert texts[binary] == ("base64", "/wA=")
    replayed = await admin.post(f"/ingest/quarantine/{good}/replay")
    assert replayed.status_code == 200, replayed.text
    assert (replayed.json()["stored"], replayed.json()["rejected"]) == (1, [])
    again = await admin.post(f"/ingest/quarantine/{good}/replay")
    assert (again.status_code, again.json()["code"]) == (409, "not_replayable")
    still = await admin.post(f"/ingest/quarantine/{bad}/replay")
    assert still.json()["stored"] == 0
    assert len(still.json()["rejected"]) == 1
    assert (await admin.post("/ingest/quarantine/999/replay")).status_code == 404
    waiting = (await admin.get("/ingest/quarantine?replayed=false")).json()["items"]
    assert {row["id"] for row in waiting} == {bad, binary}


async def test_a_failed_message_is_sent_again_by_hand(client: Client, world: World) -> None:
    await world.order()
    admin = client("admin")
    message = (await admin.get("/outbox")).json()["items"][0]
    path = f"/outbox/{message['id']}/resend"
    assert (await admin.post(path)).status_code == 404
    async with transaction(world.sessions) as session:
        await session.execute(update(OutboxMessage).values(state="failed", next_at=None, error="refused"))
    assert len((await admin.get("/outbox?state=failed")).json()["items"]) == 1
    resent = await admin.post(path)
    assert (resent.status_code, resent.json()["state"]) == (200, "pending")
    assert resent.json()["key"] == message["key"]
