"""The time of the device: kept as claimed, refused beyond its bounds, and gone by for nothing."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.api.conftest import Client
from tests.factories import World

FEEDBACK = {"finding": "工地未覆盖", "cause_code": "construction_dust"}
REPORT = {"measures": "已洒水", "result": "下降"}


async def said(client: Client, order_id: int, kind: str) -> dict[str, Any]:
    events = (await client("duty").get(f"/orders/{order_id}/timeline")).json()["items"]
    return next(dict(event) for event in events if event["kind"] == kind)


async def test_every_act_of_a_handler_may_say_when_it_was_done(client: Client, world: World) -> None:
    order_id = await world.order()
    acts = [
        ("acknowledge", None, "order.acknowledged"),
        ("feedback", FEEDBACK, "order.feedback"),
        ("report", REPORT, "order.reported"),
    ]
    for act, body, kind in acts:
        world.clock.advance(minutes=5)
        at = world.clock.now() - timedelta(minutes=4)
        beijing = at.astimezone(tz=None).isoformat()
        answered = await client("supervisor").post(
            f"/orders/{order_id}/{act}", json=body, headers={"X-Client-Time": beijing}
        )
        assert answered.status_code == 200, answered.text
        event = await said(client, order_id, kind)
        assert datetime.fromisoformat(event["client_at"]) == at
        assert event["occurred_at"] == world.clock.now().isoformat()
    feedback = (await client("duty").get(f"/orders/{order_id}")).json()["feedback"][0]
    assert feedback["cause_code"] == "construction_dust"


async def test_no_clock_goes_by_what_a_device_claims(client: Client, world: World) -> None:
    order_id = await world.order()
    world.clock.advance(minutes=61)
    early = (world.clock.now() - timedelta(minutes=30)).isoformat()
    answered = await client("supervisor").post(
        f"/orders/{order_id}/feedback", json=FEEDBACK, headers={"X-Client-Time": early}
    )
    clocks = {clock["kind"]: clock for clock in answered.json()["clocks"]}
    assert clocks["feedback"]["state"] == "breached"
    assert clocks["feedback"]["stopped_at"] == world.clock.now().isoformat()


@pytest.mark.parametrize(
    ("shift", "says"),
    [
        (timedelta(minutes=10, seconds=1), "more than 10 min ahead"),
        (-timedelta(days=7, seconds=1), "more than 7 days ago"),
    ],
)
async def test_a_time_beyond_the_bounds_is_refused(
    client: Client, world: World, shift: timedelta, says: str
) -> None:
    order_id = await world.order()
    headers = {"X-Client-Time": (world.clock.now() + shift).isoformat()}
    answered = await client("supervisor").post(f"/orders/{order_id}/acknowledge", headers=headers)
    assert answered.status_code == 422
    assert says in answered.json()["detail"]
    assert (await client("duty").get(f"/orders/{order_id}")).json()["state"] == "dispatched"


@pytest.mark.parametrize("shift", [timedelta(minutes=10), -timedelta(days=7)])
async def test_the_bounds_themselves_are_taken(client: Client, world: World, shift: timedelta) -> None:
    order_id = await world.order()
    headers = {"X-Client-Time": (world.clock.now() + shift).isoformat()}
    answered = await client("supervisor").post(f"/orders/{order_id}/acknowledge", headers=headers)
    assert answered.status_code == 200


@pytest.mark.parametrize(
    "text",
    [
        "yesterday",
        "2026-11-23T08:00:00",
        "1700000000",
        "",
        "2026-11-23",
        "T" * 300,
        "0001-01-01T00:00:00+23:59",
    ],
)
async def test_what_is_no_instant_is_refused(client: Client, world: World, text: str) -> None:
    order_id = await world.order()
    answered = await client("supervisor").post(
        f"/orders/{order_id}/acknowledge", headers={"X-Client-Time": text}
    )
    assert answered.status_code == 422
    assert answered.json()["code"] == "invalid"


async def test_a_cause_is_one_of_the_list(client: Client, world: World) -> None:
    order_id = await world.order()
    body = FEEDBACK | {"cause_code": "dragons"}
    assert (await client("supervisor").post(f"/orders/{order_id}/feedback", json=body)).status_code == 422
