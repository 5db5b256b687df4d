"""Where the time of an order went, and excuses: proposed by the service or a person, decided by the prefecture."""

from datetime import timedelta
from typing import Any

import pytest

from app.api.fair_shapes import FairBreachShape, FairnessShape
from app.api.shapes import Page
from app.database import transaction
from app.engine import Engine
from dispatch.commands import GiveFeedback
from models.bulk import fetch
from models.enums import OrderAct, OutageKind
from models.ids import OrderId
from sla import fair
from sla import service as sla
from tests.api.conftest import Client
from tests.factories import COUNTY, OTHER_COUNTY, World
from tests.fakes import START


async def breached(world: World, minutes: float = 70) -> int:
    """An order whose feedback came late; gives the id of that breach."""
    order = await world.order()
    world.clock.set(START + timedelta(minutes=minutes))
    await world.act(order, GiveFeedback("现场"))
    async with world.sessions() as session:
        rows = await fetch(
            session, "SELECT id FROM sla_breach WHERE order_id = $1 AND kind = 'feedback'", order
        )
    return int(rows[0][0])


async def away(world: World, begin: float, end: float, kind: OutageKind = OutageKind.ENGINE) -> None:
    async with transaction(world.sessions) as session:
        await fair.note_outage(
            session, kind, START + timedelta(minutes=begin), START + timedelta(minutes=end), by="tests"
        )


async def look(world: World) -> None:
    await Engine(world.context, {}).propose_excuses()


async def excuses(client: Client, breach: int, who: str = "duty") -> list[dict[str, Any]]:
    items = (await client(who).get("/sla/breaches")).json()["items"]
    return list(next(item for item in items if item["id"] == breach)["excuses"])


async def events(world: World, kind: str) -> list[dict[str, Any]]:
    async with world.sessions() as session:
        return [
            row[0]
            for row in await fetch(session, "SELECT data FROM journal WHERE kind = $1 ORDER BY id", kind)
        ]


async def test_an_outage_within_the_hour_is_proposed_and_decided(client: Client, world: World) -> None:
    breach = await breached(world)
    await away(world, 20, 35)
    await away(world, 30, 40, OutageKind.DATABASE)
    await look(world)
    await look(world)
    listed = (await client("supervisor").get("/sla/breaches")).json()
    Page[FairBreachShape].model_validate(listed)
    shown = next(item for item in listed["items"] if item["id"] == breach)
    assert shown["fair"] == {
        "span_s": 4200.0, "late_s": 600.0, "wrong_dispatch_s": 0.0, "outage_s": 1200.0, "lost_s": 1200.0,
        "covered": True,
        "held": [{"grid": COUNTY, "grid_name": "昌吉市", "seconds": 4200.0, "misdispatched": False}],
    }  # fmt: skip
    (excuse,) = shown["excuses"]
    assert (excuse["ground"], excuse["seconds"], excuse["state"], excuse["proposed_by"]) == (
        "outage", 1200.0, "proposed", None,
    )  # fmt: skip
    proposed = await events(world, "sla.excuse_proposed")
    assert [one["clock"] for one in proposed] == ["acknowledge", "feedback"]
    body = {"ground": "outage", "decision": "approve", "reason": "平台故障属实"}
    answer = await client("duty").post(f"/sla/breaches/{breach}/excuse", json=body)
    FairBreachShape.model_validate(answer.json())
    assert (answer.status_code, answer.json()["excuses"][0]["state"]) == (200, "approved")
    assert answer.json()["breached_at"] == (START + timedelta(hours=1)).isoformat()
    (decided,) = await events(world, "sla.excuse_decided")
    assert (decided["state"], decided["reason"], decided["breach"]) == ("approved", "平台故障属实", breach)
    again = await client("duty").post(f"/sla/breaches/{breach}/excuse", json=body | {"decision": "decline"})
    assert (again.status_code, again.json()["code"]) == (409, "forbidden_transition")
    # What was decided is left alone, also when more turns up.
    await away(world, 5, 10)
    await look(world)
    assert (await excuses(client, breach))[0]["seconds"] == 1200.0


async def test_more_outages_add_to_what_is_not_decided_yet(client: Client, world: World) -> None:
    breach = await breached(world)
    await away(world, 20, 35)
    await look(world)
    world.clock.advance(minutes=5)
    await away(world, 70, 75)
    await away(world, 40, 42)
    await look(world)
    assert [one["seconds"] for one in await excuses(client, breach)] == [900.0]
    world.clock.advance(minutes=1)
    async with transaction(world.sessions) as session:
        await fetch(session, "UPDATE sla_excuse SET proposed_at = $1", START)
    await look(world)
    assert [one["seconds"] for one in await excuses(client, breach)] == [1020.0]


async def test_a_wrong_dispatch_is_seen_and_proposed(client: Client, world: World) -> None:
    breach = await breached(world)
    async with transaction(world.sessions) as session:
        await fetch(
            session,
            "UPDATE holder_segment SET held_to = $1, misdispatched = true, grid_id = $2",
            START + timedelta(minutes=20),
            world.grids[OTHER_COUNTY].id,
        )
        await fetch(
            session,
            "INSERT INTO holder_segment (order_id, grid_id, held_from, follows_at, why)"
            " SELECT order_id, $2, $1, $1, 'transfer' FROM holder_segment",
            START + timedelta(minutes=20),
            world.grids[COUNTY].id,
        )
        order = (await fetch(session, "SELECT id FROM work_order"))[0][0]
    await look(world)
    (excuse,) = await excuses(client, breach)
    assert (excuse["ground"], excuse["seconds"]) == ("wrong_dispatch", 1200.0)
    shown = (await client("supervisor").get(f"/orders/{order}/fairness")).json()
    FairnessShape.model_validate(shown)
    assert [(h["grid"], h["misdispatched"]) for h in shown["holders"]] == [
        (OTHER_COUNTY, True),
        (COUNTY, False),
    ]
    feedback = next(clock for clock in shown["clocks"] if clock["kind"] == "feedback")
    assert [share["seconds"] for share in feedback["fair"]["held"]] == [1200.0, 3000.0]
    assert (await client("neighbour").get(f"/orders/{order}/fairness")).status_code == 404


async def test_feedback_that_was_taken_in_time_by_the_devices_clock(world: World) -> None:
    order = await world.order()
    world.clock.set(START + timedelta(minutes=61))
    async with transaction(world.sessions) as session:
        effects = await sla.act(session, OrderId(order), OrderAct.FEEDBACK, now=world.clock.now())
        told = await fair.captured_in_time(
            session, effects, client_at=START + timedelta(minutes=59), now=world.clock.now()
        )
        late = await fair.captured_in_time(
            session, effects, client_at=START + timedelta(minutes=60, seconds=1), now=world.clock.now()
        )
        await world.context.pipeline.told(session, [*effects, *told], now=world.clock.now())
    assert [fact.detail["ground"] for fact in told] == ["captured_in_time"]
    assert late == []
    async with world.sessions() as session:
        rows = await fetch(
            session, "SELECT b.kind, e.seconds FROM sla_excuse e JOIN sla_breach b ON b.id = e.breach_id"
        )
    assert [tuple(row) for row in rows] == [("feedback", 60.0)]


async def test_a_person_pleads_and_another_one_decides(client: Client, world: World) -> None:
    breach = await breached(world)
    path = f"/sla/breaches/{breach}/excuse"
    plea = {"ground": "other", "reason": "道路封闭"}
    made = await client("chief").post(path, json=plea, headers={"Idempotency-Key": "plea-1"})
    assert (made.status_code, made.json()["excuses"][0]["plea"]) == (200, "道路封闭")
    assert made.json()["excuses"][0]["proposed_by"] == world.people["chief"].name
    assert (await client("chief").post(path, json=plea)).status_code == 409
    decision = {"ground": "other", "decision": "decline", "reason": "有其他道路"}
    answer = await client("duty").post(path, json=decision)
    assert answer.json()["excuses"][0]["state"] == "declined"


@pytest.mark.parametrize(
    ("who", "body", "status", "said"),
    [
        ("supervisor", {"ground": "outage", "decision": "approve", "reason": "x"}, 403, "in the prefecture"),
        ("chief", {"ground": "outage", "decision": "approve", "reason": "x"}, 403, "in the prefecture"),
        ("admin", {"ground": "outage", "decision": "approve", "reason": "x"}, 403, "duty_officer"),
        ("viewer", {"ground": "other", "reason": "x"}, 403, "supervisor or chief"),
        ("neighbour", {"ground": "other", "reason": "x"}, 404, "no breach"),
        ("supervisor", {"ground": "outage", "reason": "x"}, 422, "proposed by the service"),
        ("duty", {"ground": "captured_in_time", "decision": "approve", "reason": "x"}, 404, "was proposed"),
        ("duty", {"ground": "outage", "decision": "approve", "reason": ""}, 422, "reason"),
        ("duty", {"ground": "luck", "reason": "x"}, 422, "ground"),
    ],
)
async def test_who_may_not_is_told_so(
    client: Client, world: World, who: str, body: dict[str, Any], status: int, said: str
) -> None:
    breach = await breached(world)
    await away(world, 20, 35)
    await look(world)
    answer = await client(who).post(f"/sla/breaches/{breach}/excuse", json=body)
    assert (answer.status_code, said in answer.json()["detail"]) == (status, True), answer.text


async def test_whoever_proposed_or_handled_does_not_decide(client: Client, world: World) -> None:
    breach = await breached(world)
    path = f"/sla/breaches/{breach}/excuse"
    await client("duty").post(path, json={"ground": "other", "reason": "x"})
    decision = {"ground": "other", "decision": "approve", "reason": "x"}
    own = await client("duty").post(path, json=decision)
    assert (own.status_code, own.json()["code"]) == (403, "forbidden")
    async with transaction(world.sessions) as session:
        await fetch(
            session,
            "INSERT INTO order_handler (order_id, person_id) SELECT id, $1 FROM work_order",
            world.people["both"].id,
        )
    handled = await client("both").post(path, json=decision)
    assert (handled.status_code, handled.json()["code"]) == (403, "handler_may_not_review")
    assert (await excuses(client, breach))[0]["state"] == "proposed"
