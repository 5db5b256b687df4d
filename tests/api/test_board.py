"""The board, its counters, and the filters of the feed, over HTTP."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest

from app.database import transaction
from tests.api.conftest import Client
from tests.factories import COUNTY, OTHER_COUNTY, PREFECTURE, TOWNSHIP, World


async def test_counters_are_of_the_callers_grids(client: Client, world: World) -> None:
    await world.order(COUNTY)
    await world.order(OTHER_COUNTY)
    world.clock.advance(minutes=20)
    async with transaction(world.sessions) as session:
        await world.context.pipeline.tick(session, now=world.clock.now(), limit=100)
    whole = (await client("duty").get("/sla/counters")).json()
    assert whole["total"] == {"open": 4, "due_soon": 0, "breached": 2, "breached_today": 2, "orders": 2}
    assert [row["grid"] for row in whole["by_grid"]] == [COUNTY, OTHER_COUNTY]
    assert {row["clock"]: row["breached"] for row in whole["by_clock"]} == {
        "acknowledge": 2, "feedback": 0, "report": 0,
    }  # fmt: skip
    own = (await client("supervisor").get("/sla/counters")).json()
    assert (own["total"]["open"], [row["grid"] for row in own["by_grid"]]) == (2, [COUNTY])
    some = (await client("duty").get("/sla/counters", params={"grid": [OTHER_COUNTY, TOWNSHIP]})).json()
    assert [row["grid"] for row in some["by_grid"]] == [OTHER_COUNTY]
    assert (await client("nobody").get("/sla/counters")).json()["total"]["open"] == 0


async def test_counters_are_a_second_old_at_most(client: Client, world: World) -> None:
    duty = client("duty")
    assert (await duty.get("/sla/counters")).json()["total"]["open"] == 0
    await world.order()
    world.clock.advance(timedelta(seconds=1))
    assert (await duty.get("/sla/counters")).json()["total"]["open"] == 3


async def test_the_board_is_of_the_callers_grids_and_filters(client: Client, world: World) -> None:
    await world.order(COUNTY)
    await world.order(OTHER_COUNTY)
    own = (await client("supervisor").get("/sla/board")).json()
    assert (own["as_of"], own["complete"], {row["grid"] for row in own["clocks"]}) == (2, True, {COUNTY})
    one = (
        await client("duty").get("/sla/board", params={"grid": OTHER_COUNTY, "clock": ["report", "review"]})
    ).json()
    assert one["filter"] == {"grid": [OTHER_COUNTY], "clock": ["report", "review"]}
    assert [(row["clock"], row["grid"], row["level"]) for row in one["clocks"]] == [
        ("report", OTHER_COUNTY, 0)
    ]
    assert one["counters"]["total"]["orders"] is None
    few = (await client("duty").get("/sla/board", params={"limit": 2})).json()
    assert (few["complete"], len(few["clocks"]), few["counters"]["total"]["open"]) == (False, 2, 6)


@pytest.mark.parametrize("path", ["/sla/board", "/sla/counters", "/sla/feed", "/feed"])
async def test_a_grid_outside_the_scope_is_not_there(client: Client, path: str) -> None:
    for grid in (OTHER_COUNTY, PREFECTURE, "nowhere"):
        refused = await client("supervisor").get(path, params={"grid": [COUNTY, grid]})
        assert (refused.status_code, refused.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("path", "params", "says"),
    [
        ("/feed", {"event": "order.eaten"}, "event"),
        ("/feed", {"clock": "kitchen"}, "clock"),
        ("/feed", {"level": "0"}, "level"),
        ("/feed", {"level": "red"}, "level"),
        ("/feed", {"grid": [COUNTY] * 51}, "grid"),
        ("/feed", {"last_event_id": "-1"}, "last_event_id"),
        ("/sla/feed", {"event": "order.closed"}, "ask /feed"),
        ("/sla/board", {"clock": "kitchen"}, "clock"),
        ("/sla/board", {"limit": "1001"}, "limit"),
    ],
)
async def test_filters_that_mean_nothing_are_refused(
    client: Client, path: str, params: dict[str, Any], says: str
) -> None:
    refused = await client("duty").get(path, params=params)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid")
    assert says in refused.json()["detail"]


async def test_a_filtered_stream_has_what_was_asked_for_and_the_position_of_the_rest(
    client: Client, world: World
) -> None:
    await world.order(COUNTY)
    await world.order(OTHER_COUNTY)
    world.clock.advance(hours=5)
    async with transaction(world.sessions) as session:
        await world.context.pipeline.tick(session, now=world.clock.now(), limit=100)
    params = {"grid": [COUNTY], "clock": ["feedback", "review"], "level": 2, "last_event_id": 0, "tick": True}
    hub = world.context.feed
    await hub.catch_up()
    asked = asyncio.ensure_future(client("duty").get("/sla/feed", params=params))
    async with asyncio.timeout(20):
        while not (hub.listeners and hub.quiet):  # noqa: ASYNC110 (nobody tells)
            await asyncio.sleep(0.01)
    hub.close()
    answered = await asked
    assert answered.headers["content-type"].startswith("text/event-stream")
    events = [
        dict(line.split(": ", 1) for line in block.splitlines())
        for block in answered.text.split("\n\n")
        if block
    ]
    heard = [json.loads(event["data"]) for event in events if "data" in event and "id" in event]
    assert [(e["grid"], e["clock"], e["level"]) for e in heard] == [
        (COUNTY, "feedback", 2),
        (COUNTY, "feedback", 3),
    ]
    assert [event["data"] for event in events if event.get("event") == "tick"]
    assert events[-1] == {"id": str(await hub.head())}
