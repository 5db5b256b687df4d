"""SLA policies over HTTP: who may, in which state, for which orders, and moving open ones."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from app.api.policy_shapes import ApplyShape, PolicyDetail, PolicyShape, WhatIfShape
from app.api.shapes import Page
from app.database import transaction
from dispatch.commands import FileReport, GiveFeedback
from models.bulk import fetch
from models.enums import OrderState
from tests.api.conftest import Client
from tests.factories import COUNTY, OTHER_COUNTY, World
from tests.fakes import START

KEY = {"Idempotency-Key": "policies-1"}
FEEDBACK, REPORT = GiveFeedback("工地未覆盖"), FileReport("已洒水", "浓度下降")
SHORTER = {"limits_s": {"feedback": 2400}}


async def make(admin: httpx.AsyncClient, patch: dict[str, Any] | None = None, **over: Any) -> int:
    answer = await admin.post(
        "/sla/policies", json={"patch": SHORTER if patch is None else patch, "note": "试行"} | over
    )
    assert answer.status_code == 201, answer.text
    return int(answer.json()["version"])


async def try_out(admin: httpx.AsyncClient, version: int, **over: Any) -> dict[str, Any]:
    body = {"from": "2026-11-01T00:00:00Z", "until": START.isoformat()} | over
    answer = await admin.post(f"/sla/policies/{version}/what-if", json=body)
    assert answer.status_code == 201, answer.text
    return dict(WhatIfShape.model_validate(answer.json()).model_dump()["result"])


async def in_force(admin: httpx.AsyncClient, patch: dict[str, Any] | None = None) -> int:
    version = await make(admin, patch)
    await try_out(admin, version)
    answer = await admin.post(f"/sla/policies/{version}/activate")
    assert answer.status_code == 200, answer.text
    return version


async def clocks(world: World, order_id: int) -> dict[str, tuple[Any, ...]]:
    async with world.sessions() as session:
        rows = await fetch(
            session,
            "SELECT kind, due_at - started_at, original_due_at - started_at, state, policy_version FROM sla_clock"
            " WHERE order_id = $1",
            order_id,
        )
    return {row[0]: tuple(row[1:]) for row in rows}


async def events(world: World, *kinds: str) -> list[Any]:
    async with world.sessions() as session:
        return await fetch(
            session,
            "SELECT kind, order_id, data FROM journal WHERE kind = ANY($1::text[]) ORDER BY id",
            list(kinds),
        )


async def tick(world: World) -> None:
    async with transaction(world.sessions) as session:
        await world.context.pipeline.tick(session, now=world.clock.now(), limit=500)


async def test_a_draft_is_edited_tried_and_put_in_force(client: Client, world: World) -> None:
    admin = client("admin")
    made = await admin.post("/sla/policies", json={"patch": SHORTER, "note": "缩短"}, headers=KEY)
    PolicyDetail.model_validate(made.json())
    assert (made.status_code, made.headers["ETag"], made.headers["Location"]) == (
        201,
        '"1"',
        "/api/v1/sla/policies/2",
    )
    assert (made.json()["state"], made.json()["parent"], made.json()["from_settings"]) == ("draft", 1, False)
    assert made.json()["body"]["limits_s"]["feedback"] == 2400
    again = await admin.post("/sla/policies", json={"patch": SHORTER, "note": "缩短"}, headers=KEY)
    assert (again.json(), again.headers["ETag"]) == (made.json(), '"1"')
    refused = await admin.post("/sla/policies/2/activate")
    assert (refused.status_code, refused.json()["code"]) == (409, "forbidden_transition")
    edited = await admin.put(
        "/sla/policies/2", json={"patch": {"limits_s": {"report": 5400}}}, headers={"If-Match": '"1"'}
    )
    assert (edited.status_code, edited.headers["ETag"]) == (200, '"2"')
    stale = await admin.put("/sla/policies/2", json={"note": "x"}, headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    await try_out(admin, 2)
    assert (await admin.put("/sla/policies/2", json={"note": "x"})).status_code == 409
    active = await admin.post("/sla/policies/2/activate")
    assert (active.status_code, active.json()["state"]) == (200, "active")
    listed = (await client("viewer").get("/sla/policies")).json()
    Page[PolicyShape].model_validate(listed)
    assert [(one["version"], one["state"]) for one in listed["items"]] == [(2, "active"), (1, "retired")]
    (event,) = await events(world, "policy.activated")
    assert (event[2]["version"], event[2]["previous"], event[2]["actor"]) == (
        2,
        1,
        world.people["admin"].name,
    )
    assert (await admin.post("/sla/policies/2/retire")).status_code == 409
    assert (await admin.post("/sla/policies/1/activate")).status_code == 409


async def test_a_draft_is_put_away(client: Client, world: World) -> None:
    admin = client("admin")
    version = await make(admin)
    assert (await admin.post(f"/sla/policies/{version}/retire")).json()["state"] == "retired"
    assert len(await events(world, "policy.retired")) == 1


@pytest.mark.parametrize("who", ["duty", "leader", "supervisor", "viewer", "nobody"])
async def test_only_an_administrator_of_the_prefecture_may(client: Client, who: str) -> None:
    version = await make(client("admin"))
    caller = client(who)
    path = f"/sla/policies/{version}"
    what_if = {"from": "2026-11-01T00:00:00Z", "until": START.isoformat()}
    answers = [
        await caller.post("/sla/policies", json={"patch": {}, "note": "x"}),
        await caller.put(path, json={"note": "x"}),
        await caller.post(f"{path}/what-if", json=what_if),
        await caller.post(f"{path}/activate"),
        await caller.post(f"{path}/retire"),
        await caller.post(f"{path}/apply", json={"reason": "x"}),
    ]
    assert {answer.status_code for answer in answers} == {403}
    assert (await caller.get(path)).status_code == 200


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ({"patch": {"limits_s": {"feedback": 0}}}, "policy.limits_s.feedback"),
        ({"patch": {"overrides": {"grids": {"999999": {}}}}}, "policy.overrides.grids.999999"),
        (
            {"patch": {"overrides": {"grids": {COUNTY: {"limits_s": {"feedback": -1}}}}}},
            f"with grid {COUNTY}",
        ),
        ({"body": {}}, "limits_s"),
        ({"patch": {"nonsense": {}}}, "policy.nonsense"),
    ],
)
async def test_a_fault_is_told_by_its_place(client: Client, content: dict[str, Any], place: str) -> None:
    answer = await client("admin").post("/sla/policies", json=content | {"note": "x"})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid"), answer.text
    assert place in answer.json()["detail"]


async def test_new_orders_go_by_it_and_orders_that_are_out_do_not(client: Client, world: World) -> None:
    before = await world.order_in(OrderState.ON_SITE)
    version = await in_force(client("admin"), {"limits_s": {"feedback": 2400, "review": 3600}})
    after = await world.order()
    assert (await clocks(world, before))["feedback"][0] == timedelta(hours=1)
    assert (await clocks(world, after))["feedback"][0::3] == (timedelta(minutes=40), version)
    # A later clock of an order goes by the order's own version.
    await world.act(before, REPORT)
    assert (await clocks(world, before))["review"][0::3] == (timedelta(days=1), 1)


async def test_a_what_if_run_says_what_would_have_been(client: Client, world: World) -> None:
    first, _ = await world.order(), await world.order(OTHER_COUNTY)
    world.clock.advance(minutes=50)
    await world.act(first, FEEDBACK)
    world.clock.advance(hours=5)
    await tick(world)
    admin = client("admin")
    window = {"from": START.isoformat(), "until": world.clock.now().isoformat()}
    same = await try_out(admin, 1, **window)
    assert (same["clocks"], same["newly_breached"], same["no_longer_breached"]) == (6, 0, 0)
    assert same["was"] == same["would"]
    strict = await try_out(admin, await make(admin), **window)
    assert (strict["newly_breached"], strict["would"]["breached"]) == (1, strict["was"]["breached"] + 1)
    (changed,) = strict["changed"]
    assert (changed["grid"], changed["kind"], changed["was"], changed["would"]) == (
        COUNTY,
        "feedback",
        "met",
        "breached",
    )
    one = await try_out(admin, 1, grid=OTHER_COUNTY, **window)
    assert one["clocks"] == 3
    async with world.sessions() as session:
        kept = await fetch(
            session, "SELECT policy_version, grid_id IS NULL, result->>'clocks' FROM sla_trial ORDER BY id"
        )
    assert [tuple(row) for row in kept] == [(1, True, "6"), (2, True, "6"), (1, False, "3")]


@pytest.mark.parametrize(
    ("window", "said"),
    [
        ({"until": "2026-11-24T00:00:00Z"}, "future"),
        ({"from": START.isoformat()}, "comes after from"),
        ({"from": "2025-11-01T00:00:00Z"}, "at most 184 days"),
        ({"grid": "999"}, "no grid 999"),
    ],
)
async def test_a_span_that_cannot_be_is_refused(client: Client, window: dict[str, Any], said: str) -> None:
    body = {"from": "2026-11-01T00:00:00Z", "until": START.isoformat()} | window
    answer = await client("admin").post("/sla/policies/1/what-if", json=body)
    assert answer.status_code in (404, 422)
    assert said in answer.json()["detail"]


async def apply(admin: httpx.AsyncClient, version: int, **over: Any) -> httpx.Response:
    return await admin.post(f"/sla/policies/{version}/apply", json={"reason": "重污染应急"} | over)


async def test_open_orders_are_moved_after_a_dry_run(client: Client, world: World) -> None:
    admin = client("admin")
    order = await world.order()
    other = await world.order(OTHER_COUNTY)
    await world.order_in(OrderState.CLOSED)
    version = await in_force(admin)
    world.clock.advance(minutes=5)
    dry = await apply(admin, version, grid=COUNTY)
    ApplyShape.model_validate(dry.json())
    assert (dry.status_code, dry.json()["dry_run"]) == (201, True)
    result = dry.json()["result"]
    assert (result["orders"], result["moved"], result["left"]) == (1, 1, {"same": 2})
    assert (await clocks(world, order))["feedback"] == (timedelta(hours=1), timedelta(hours=1), "running", 1)
    done = await apply(admin, version, grid=COUNTY, dry_run=dry.json()["id"])
    assert (done.status_code, done.json()["result"]) == (201, result)
    assert (await clocks(world, order))["feedback"] == (
        timedelta(minutes=40),
        timedelta(hours=1),
        "running",
        version,
    )
    assert (await clocks(world, other))["feedback"][3] == 1
    told = await events(world, "sla.moved", "policy.applied")
    assert [(row[0], row[1]) for row in told] == [("sla.moved", order), ("policy.applied", None)]
    (moved,) = told[0][2]["moves"]
    assert (moved["clock"], moved["due_at"], moved["new_due_at"]) == (
        "feedback",
        (START + timedelta(hours=1)).isoformat(),
        (START + timedelta(minutes=40)).isoformat(),
    )
    assert (told[1][2]["reason"], told[1][2]["orders"], told[1][2]["actor"]) == (
        "重污染应急", 1, world.people["admin"].name,
    )  # fmt: skip
    shown = (await client("supervisor").get(f"/orders/{order}")).json()
    assert (shown["policy_version"], shown["version"]) == (version, 2)
    # And it breaches at the new deadline.
    world.clock.set(START + timedelta(minutes=40, seconds=1))
    await tick(world)
    breached = {row[2]["clock"] for row in await events(world, "sla.breached") if row[1] == order}
    assert breached == {"acknowledge", "feedback"}


async def test_no_clock_is_moved_into_its_past_and_no_breach_is_touched(client: Client, world: World) -> None:
    admin = client("admin")
    order = await world.order()
    world.clock.advance(minutes=50)
    version = await in_force(admin)
    dry = (await apply(admin, version)).json()
    assert dry["result"]["left"] == {"past": 1, "same": 1}
    assert dry["result"]["left_clocks"][0]["why"] == "past"
    await apply(admin, version, dry_run=dry["id"])
    found = await clocks(world, order)
    assert found["feedback"] == (timedelta(hours=1), timedelta(hours=1), "running", 1)
    # What had passed before anybody looked is a breach, at the old deadline.
    assert found["acknowledge"][2:] == ("breached", 1)
    assert len(await events(world, "sla.breached")) == 1


async def test_a_dry_run_is_for_one_act_for_an_hour_and_for_the_same_orders(
    client: Client, world: World
) -> None:
    admin = client("admin")
    await world.order()
    version = await in_force(admin)
    dry = (await apply(admin, version, grid=COUNTY)).json()["id"]
    other = await apply(admin, version, grid=OTHER_COUNTY, dry_run=dry)
    assert (other.status_code, "another policy, grid or states" in other.json()["detail"]) == (422, True)
    assert (await apply(admin, version, dry_run=999)).status_code == 404
    assert (await apply(admin, version, grid=COUNTY, dry_run=dry)).status_code == 201
    assert (await apply(admin, version, grid=COUNTY, dry_run=dry)).status_code == 409
    late = (await apply(admin, version)).json()["id"]
    world.clock.advance(hours=1, seconds=1)
    assert "older than an hour" in (await apply(admin, version, dry_run=late)).json()["detail"]
    assert (await apply(admin, version, states=["closed"])).status_code == 422
    assert (await apply(admin, 1)).status_code == 409
    assert (await apply(admin, version, reason="")).status_code == 422


async def test_an_order_whose_clocks_start_otherwise_is_left_whole(client: Client, world: World) -> None:
    admin = client("admin")
    order = await world.order()
    version = await in_force(admin, {"starts": {"report": {"at": "feedback", "reading": "三(三)"}}} | SHORTER)
    dry = (await apply(admin, version)).json()
    assert (dry["result"]["orders"], dry["result"]["left"]) == (0, {"other_start": 1})
    await apply(admin, version, dry_run=dry["id"])
    assert (await clocks(world, order))["feedback"][3] == 1
    # A new one has its report clock from the feedback on.
    fresh = await world.order()
    assert sorted(await clocks(world, fresh)) == ["acknowledge", "feedback"]
    world.clock.advance(minutes=30)
    await world.act(fresh, FEEDBACK)
    assert (await clocks(world, fresh))["report"][0] == timedelta(hours=2)
