"""What comes back at its place: the link, the candidate, and the person who decides it."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from app.api.order_shapes import OrderDetail
from app.api.review_shapes import CandidateShape
from app.api.shapes import Page
from app.database import transaction
from app.journal import verify
from dispatch.commands import Accept
from models.bulk import fetch
from models.enums import FalseAlarm, ReportClaim
from tests.api.conftest import Client
from tests.factories import COUNTY, OTHER_COUNTY, World
from tests.reviews import add_station, alert_order, events, report

UPHELD = {"decision": "upheld", "reason": "现场复查,覆盖网已撤"}
FAR = {"lon": 87.5, "lat": 44.2}


async def handled(world: World, station: str = "WZ-1", **accept: Any) -> int:
    """An order of an alert, closed as handled; the alert has ended."""
    order = await alert_order(world, station)
    await report(world, order)
    await world.act(order, Accept("好", **accept))
    async with transaction(world.sessions) as session:
        await fetch(session, "UPDATE alert SET state = 'cleared', cleared_at = last_at WHERE state = 'open'")
    world.clock.advance(hours=1)
    return order


async def candidate(client: Client, world: World) -> tuple[int, int, int]:
    """A recurrence: the candidate, the closed order and the new one."""
    old = await handled(world)
    new = await alert_order(world)
    (one,) = (await client("duty").get("/candidates?state=open")).json()["items"]
    return one["id"], old, new


async def test_a_place_that_comes_back_raises_a_candidate(client: Client, world: World) -> None:
    found, old, new = await candidate(client, world)
    listed = (await client("supervisor").get("/candidates")).json()
    Page[CandidateShape].model_validate(listed)
    (one,) = listed["items"]
    assert (one["order_id"], one["new_order_id"], one["kind"], one["state"]) == (
        old,
        new,
        "incomplete",
        "open",
    )
    assert one["facts"] == {"place": "station", "distance_m": 0, "verdict": "pending", "claims": "recovered"}
    told = await events(world, "order.recurred", "candidate.raised")
    assert [(kind, data["order"]) for kind, data in told] == [
        ("order.recurred", new),
        ("candidate.raised", old),
    ]
    assert told[0][1]["earlier"] == old
    assert told[1][1]["candidate"] == found
    for order, which, other in ((new, "earlier", old), (old, "later", new)):
        detail = (await client("duty").get(f"/orders/{order}")).json()
        OrderDetail.model_validate(detail)
        assert [(r["kind"], r["which"], r["order_id"]) for r in detail["related"]] == [
            ("recurrence", which, other)
        ]
    assert (await client("duty").get(f"/orders/{old}")).json()["state"] == "closed"


async def test_sham_where_the_station_had_said_otherwise(client: Client, world: World) -> None:
    old = await alert_order(world)
    await report(world, old, ReportClaim.RECOVERED)
    async with transaction(world.sessions) as session:
        await fetch(session, "UPDATE order_verdict SET state = 'not_recovered', mismatch = true")
    await world.act(old, Accept("好", override_reason="现场已停工"))
    world.clock.advance(days=2)
    async with transaction(world.sessions) as session:
        await fetch(session, "UPDATE alert SET state = 'cleared', cleared_at = last_at")
    await alert_order(world)
    (one,) = (await client("duty").get("/candidates?kind=sham")).json()["items"]
    assert (one["order_id"], one["facts"]["verdict"]) == (old, "not_recovered")


async def test_near_is_within_500_metres(client: Client, world: World) -> None:
    await add_station(world, "WZ-N", lon=87.3, lat=44.0 + 0.0044)  # 489 m
    await add_station(world, "WZ-F", lon=87.3, lat=44.0 - 0.0046)  # 511 m
    old = await handled(world)
    near = await alert_order(world, "WZ-N")
    far = await alert_order(world, "WZ-F")
    (one,) = (await client("duty").get("/candidates")).json()["items"]
    assert (one["order_id"], one["new_order_id"], one["facts"]["place"]) == (old, near, "near")
    assert one["facts"]["distance_m"] == 489
    assert (await client("duty").get(f"/orders/{far}")).json()["related"] == []


async def test_the_same_registered_source_is_the_same_place(client: Client, world: World) -> None:
    await add_station(world, "WZ-F", **FAR)
    why = {"rule": "x", "upwind": {"sources": [{"code": "S-1"}]}}
    old = await alert_order(world, "WZ-1", why=why)
    await report(world, old)
    await world.act(old, Accept("好"))
    await alert_order(world, "WZ-F", why=why)
    (one,) = (await client("duty").get("/candidates")).json()["items"]
    assert (one["order_id"], one["facts"]["place"]) == (old, "source")


async def test_what_is_no_recurrence(client: Client, world: World) -> None:
    await add_station(world, "WZ-F", **FAR)
    await handled(world, false_alarm=FalseAlarm.NO_SOURCE_FOUND)
    await alert_order(world)
    assert (await client("duty").get("/candidates")).json()["items"] == [], (
        "nothing had been there to put right"
    )
    await handled(world, "WZ-F")
    await alert_order(world, "WZ-F", scope="regional", kind="episode")
    assert (await client("duty").get("/candidates")).json()["items"] == [], (
        "the region's air is nobody's failure"
    )


async def test_only_within_seven_days(client: Client, world: World) -> None:
    await handled(world)
    world.clock.advance(days=7)
    await alert_order(world)
    assert (await client("duty").get("/candidates")).json()["items"] == []


async def test_one_open_candidate_of_a_kind_and_a_new_one_after_its_decision(
    client: Client, world: World
) -> None:
    found, old, _ = await candidate(client, world)
    duty = client("duty")
    await world.order(station="WZ-1")
    assert len((await duty.get("/candidates")).json()["items"]) == 1
    assert len((await duty.get(f"/orders/{old}")).json()["related"]) == 2
    dismissed = {"decision": "dismissed", "reason": "另一处工地"}
    assert (await duty.post(f"/candidates/{found}/decide", json=dismissed)).status_code == 200
    await world.order(station="WZ-1")
    states = [one["state"] for one in (await duty.get("/candidates")).json()["items"]]
    assert states == ["open", "dismissed"]


async def test_upheld_with_a_rework_order(client: Client, world: World) -> None:
    found, old, new = await candidate(client, world)
    duty = client("duty")
    made = await duty.post(
        f"/candidates/{found}/decide",
        json=UPHELD | {"dispatch_rework": True},
        headers={"Idempotency-Key": "u"},
    )
    assert made.status_code == 200, made.text
    CandidateShape.model_validate(made.json())
    assert (made.json()["state"], made.json()["decided_by"]) == ("upheld", "姓名 duty")
    rework = made.json()["rework_order_id"]
    assert rework not in (None, old, new)
    repeated = await duty.post(
        f"/candidates/{found}/decide",
        json=UPHELD | {"dispatch_rework": True},
        headers={"Idempotency-Key": "u"},
    )
    assert repeated.json() == made.json()
    order = (await duty.get(f"/orders/{rework}")).json()
    assert (order["state"], order["station"], order["grid"]) == ("dispatched", "WZ-1", COUNTY)
    assert {clock["kind"] for clock in order["clocks"]} == {"acknowledge", "feedback", "report"}
    assert [(r["kind"], r["order_id"]) for r in order["related"]] == [("rework", old)]
    closed = (await duty.get(f"/orders/{old}")).json()
    assert closed["state"] == "closed"
    assert [(r["kind"], r["order_id"]) for r in closed["related"]] == [
        ("recurrence", new),
        ("rework", rework),
    ]
    # A rework order is no recurrence of its own cause.
    assert len((await duty.get("/candidates")).json()["items"]) == 1
    told = await events(world, "candidate.decided", "order.dispatched")
    assert told[-1][0] == "candidate.decided"
    assert (told[-1][1]["state"], told[-1][1]["rework"]) == ("upheld", rework)
    async with world.sessions() as session:
        assert (await verify(session)).fault is None


async def test_upheld_alone_has_no_consequence(client: Client, world: World) -> None:
    found, _, _ = await candidate(client, world)
    before = len((await client("duty").get("/orders")).json()["items"])
    made = await client("leader").post(f"/candidates/{found}/decide", json=UPHELD)
    assert (made.status_code, made.json()["rework_order_id"]) == (200, None)
    assert len((await client("duty").get("/orders")).json()["items"]) == before


async def test_a_decided_candidate_is_decided(client: Client, world: World) -> None:
    found, _, _ = await candidate(client, world)
    path = f"/candidates/{found}/decide"
    bodies = [UPHELD | {"dispatch_rework": True}, {"decision": "dismissed", "reason": "x"}] * 2
    answers = await asyncio.gather(*(client("duty").post(path, json=body) for body in bodies))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    refused = await client("leader").post(path, json=UPHELD)
    assert (refused.status_code, refused.json()["code"]) == (409, "forbidden_transition")
    reworks = [one["rework_order_id"] for one in (await client("duty").get("/candidates")).json()["items"]]
    async with world.sessions() as session:
        ((orders,),) = await fetch(session, "SELECT count(*) FROM order_link WHERE kind = 'rework'")
    assert orders == sum(rework is not None for rework in reworks), "a refused decision dispatches nothing"


async def test_a_handler_decides_nothing(client: Client, world: World) -> None:
    found, old, _ = await candidate(client, world)
    async with transaction(world.sessions) as session:
        await fetch(session, "INSERT INTO order_handler VALUES ($1, $2)", old, world.people["both"].id)
    refused = await client("both").post(f"/candidates/{found}/decide", json=UPHELD)
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert "handled" in refused.json()["detail"]


@pytest.mark.parametrize(
    ("who", "status"),
    [("supervisor", 403), ("chief", 403), ("viewer", 403), ("admin", 403), ("neighbour", 404)],
)
async def test_only_the_prefecture_decides(client: Client, world: World, who: str, status: int) -> None:
    found, _, _ = await candidate(client, world)
    assert (await client(who).post(f"/candidates/{found}/decide", json=UPHELD)).status_code == status
    assert (await client("neighbour").get(f"/candidates/{found}")).status_code == 404
    assert (await client("neighbour").get("/candidates")).json()["items"] == []
    assert (await client("duty").get(f"/candidates?grid={OTHER_COUNTY}")).json()["items"] == []
    assert len((await client("duty").get(f"/candidates?grid={COUNTY}")).json()["items"]) == 1


async def test_decisions_that_cannot_be(client: Client, world: World) -> None:
    found, _, _ = await candidate(client, world)
    path = f"/candidates/{found}/decide"
    for body in (
        {"decision": "upheld"},
        {"decision": "open", "reason": "x"},
        {"decision": "dismissed", "reason": "x", "dispatch_rework": True},
    ):
        assert (await client("duty").post(path, json=body)).status_code == 422, body
    refused = await client("leader").post(path, json=UPHELD | {"dispatch_rework": True})
    assert (refused.status_code, refused.json()["detail"]) == (403, "giving an order takes a duty officer")
    assert (await client("duty").post("/candidates/99/decide", json=UPHELD)).status_code == 404


async def test_nobody_left_to_answer_decides_nothing(client: Client, world: World) -> None:
    found, _, _ = await candidate(client, world)
    async with transaction(world.sessions) as session:
        await fetch(
            session,
            "UPDATE duty SET valid_to = $1 WHERE role IN ('supervisor', 'chief')",
            world.clock.now() - timedelta(minutes=1),
        )
    refused = await client("duty").post(
        f"/candidates/{found}/decide", json=UPHELD | {"dispatch_rework": True}
    )
    assert refused.status_code == 422
    assert (await client("duty").get(f"/candidates/{found}")).json()["state"] == "open"
