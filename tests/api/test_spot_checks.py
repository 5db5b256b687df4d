"""Spot checks over HTTP: a draw that can be proved, checkers without a stake, and what follows."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from app.api.review_shapes import CheckShape, DrawDetail, DrawShape
from app.api.shapes import Page
from app.database import transaction
from dispatch.review.sample import Member, commitment, draw, population_hash
from models.bulk import fetch
from models.enums import OrderState
from tests.api.conftest import Client
from tests.factories import COUNTY, OTHER_COUNTY, World
from tests.reviews import events

RESULT = {"outcome": "failed", "finding": "裸土仍未覆盖"}


async def closed(world: World, many: int = 4) -> list[int]:
    """Orders of the county, closed just now."""
    return [await world.order_in(OrderState.CLOSED) for _ in range(many)]


async def commit(client: Client, world: World, **over: Any) -> dict[str, Any]:
    """A draw over the hour before now, its seed fixed."""
    now = world.clock.now()
    body = {
        "from": (now - timedelta(hours=1)).isoformat(), "until": (now + timedelta(seconds=1)).isoformat(), "size": 2,
    } | over  # fmt: skip
    made = await client("duty").post("/spot-checks/draws", json=body)
    assert made.status_code == 201, made.text
    DrawDetail.model_validate(made.json())
    found: dict[str, Any] = made.json()
    return found


async def drawn(client: Client, world: World, *checkers: str, **over: Any) -> dict[str, Any]:
    made = await commit(client, world, **over)
    world.clock.advance(minutes=2)
    answer = await client("duty").post(
        f"/spot-checks/draws/{made['id']}/draw", json={"checkers": list(checkers)}
    )
    assert answer.status_code == 200, answer.text
    DrawDetail.model_validate(answer.json())
    found: dict[str, Any] = answer.json()
    return found


async def a_check(client: Client, world: World, *checkers: str) -> dict[str, Any]:
    """The one check of a draw over one closed order."""
    await closed(world, 1)
    await drawn(client, world, *checkers)
    (check,) = (await client("duty").get("/spot-checks")).json()["items"]
    CheckShape.model_validate(check)
    found: dict[str, Any] = check
    return found


async def test_a_draw_can_be_proved(client: Client, world: World) -> None:
    orders = await closed(world)
    made = await commit(client, world)
    assert (made["state"], made["seed"], made["proved"], made["orders"]) == ("committed", None, None, [])
    world.clock.advance(minutes=2)
    answer = await client("duty").post(f"/spot-checks/draws/{made['id']}/draw", json={})
    found = answer.json()
    assert (found["state"], found["proved"], len(found["orders"])) == ("drawn", True, 2)
    assert commitment(found["seed"]).hex() == made["commitment"] == found["commitment"]
    members = [Member(order, world.grids[COUNTY].id) for order in orders]
    assert found["population"] == [[m.order_id, m.grid_id] for m in members]
    assert found["population_sha256"] == population_hash(members).hex()
    assert draw(found["seed"], members, size=2) == found["orders"]
    checks = (await client("leader").get("/spot-checks")).json()
    Page[CheckShape].model_validate(checks)
    assert {one["order_id"] for one in checks["items"]} == set(found["orders"])
    assert {one["checker"] for one in checks["items"]} == {None}
    due = {one["due_at"] for one in checks["items"]}
    assert due == {(world.clock.now() + timedelta(days=7)).isoformat()}
    told = await events(world, "spot_check.committed", "spot_check.drawn")
    assert [kind for kind, _ in told] == ["spot_check.committed", "spot_check.drawn"]
    assert "seed" not in told[0][1]
    assert told[1][1]["seed"] == found["seed"]
    listed = (await client("duty").get("/spot-checks/draws")).json()
    Page[DrawShape].model_validate(listed)
    assert [one["id"] for one in listed["items"]] == [made["id"]]


async def test_each_grid_with_closed_orders_is_looked_at(client: Client, world: World) -> None:
    await closed(world, 5)
    other = await world.order_in(OrderState.DISPATCHED, OTHER_COUNTY)
    async with transaction(world.sessions) as session:
        await fetch(
            session,
            "UPDATE work_order SET state = 'closed', closed_at = $1 WHERE id = $2",
            world.clock.now(),
            other,
        )
    found = await drawn(client, world, size=1)
    assert other in found["orders"]
    assert len(found["orders"]) == 2


async def test_only_what_was_closed_in_the_period(client: Client, world: World) -> None:
    (early,) = await closed(world, 1)
    world.clock.advance(hours=2)
    late = await closed(world, 3)
    await world.order_in(OrderState.VOID)
    await world.order_in(OrderState.REPORTED)
    found = await drawn(client, world, size=None, share=1.0)
    assert found["orders"] == late
    assert early not in found["orders"]


async def test_a_tampered_draw_is_not_proved(client: Client, world: World) -> None:
    await closed(world)
    found = await drawn(client, world)
    async with transaction(world.sessions) as session:
        await fetch(session, "UPDATE spot_draw SET seed = 'another' WHERE id = $1", found["id"])
    assert (await client("duty").get(f"/spot-checks/draws/{found['id']}")).json()["proved"] is False


async def test_nobody_draws_twice_over_the_same_time(client: Client, world: World) -> None:
    await closed(world)
    made = await commit(client, world)
    now = world.clock.now()
    overlapping = {
        "from": (now - timedelta(minutes=1)).isoformat(),
        "until": (now + timedelta(hours=1)).isoformat(),
    }
    refused = await client("duty").post("/spot-checks/draws", json=overlapping | {"size": 1})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid")
    world.clock.advance(minutes=2)
    path = f"/spot-checks/draws/{made['id']}/draw"
    answers = await asyncio.gather(*(client("duty").post(path, json={}) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    assert len((await client("duty").get("/spot-checks")).json()["items"]) == 2


async def test_not_before_the_period_is_over(client: Client, world: World) -> None:
    made = await commit(client, world)
    world.clock.advance(seconds=59)
    path = f"/spot-checks/draws/{made['id']}/draw"
    early = await client("duty").post(path, json={})
    assert (early.status_code, early.json()["detail"]) == (422, "the period is not over yet")


@pytest.mark.parametrize(
    "over",
    [
        {"size": None},
        {"size": 1, "share": 0.5},
        {"size": 0},
        {"size": None, "share": 1.5},
        {"until": "2026-11-22T00:00:00+00:00"},
        {"from": "2024-11-22T00:00:00+00:00"},
        {"from": "yesterday"},
    ],
)
async def test_draws_that_cannot_be(client: Client, world: World, over: dict[str, Any]) -> None:
    now = world.clock.now()
    body = {"from": (now - timedelta(hours=1)).isoformat(), "until": now.isoformat(), "size": 2} | over
    assert (await client("duty").post("/spot-checks/draws", json=body)).status_code == 422


@pytest.mark.parametrize("who", ["supervisor", "chief", "viewer", "admin"])
async def test_only_the_prefecture_draws(client: Client, world: World, who: str) -> None:
    made = await commit(client, world)
    now = world.clock.now()
    body = {"from": "2026-11-01T00:00:00Z", "until": "2026-11-02T00:00:00Z", "size": 1}
    assert (await client(who).post("/spot-checks/draws", json=body)).status_code == 403
    world.clock.set(now + timedelta(minutes=5))
    status = (await client(who).post(f"/spot-checks/draws/{made['id']}/draw", json={})).status_code
    assert status == (403 if who == "admin" else 404), "counties do not even see it"


async def test_checks_are_given_out_to_people_without_a_stake(client: Client, world: World) -> None:
    await closed(world)
    found = await drawn(client, world, "duty", "leader", "both", size=4)
    checks = (await client("duty").get("/spot-checks")).json()["items"]
    # `duty` reviewed them all.
    assert sorted(one["checker"] for one in checks) == ["both", "both", "leader", "leader"]
    mine = (await client("leader").get("/spot-checks?mine=true")).json()["items"]
    assert len(mine) == 2
    assert (await client("leader").get(f"/spot-checks?draw={found['id']}&state=passed")).json()["items"] == []


@pytest.mark.parametrize("checker", ["supervisor", "chief", "nobody", "unheard-of"])
async def test_checkers_are_of_the_prefecture(client: Client, world: World, checker: str) -> None:
    check = await a_check(client, world)
    refused = await client("duty").post(f"/spot-checks/{check['id']}/assign", json={"checker": checker})
    assert (refused.status_code, refused.json()["field"]) == (422, "checker")


async def test_neither_handler_nor_reviewer_checks(client: Client, world: World) -> None:
    order = await world.order()
    both, duty = client("both"), client("duty")
    for path, body in (("feedback", {"finding": "x"}), ("report", {"measures": "x", "result": "x"})):
        assert (await both.post(f"/orders/{order}/{path}", json=body)).status_code == 200
    assert (await duty.post(f"/orders/{order}/review", json={"decision": "accept"})).status_code == 200
    await drawn(client, world, "both", "duty")
    (check,) = (await duty.get("/spot-checks")).json()["items"]
    assert check["checker"] is None
    for checker in ("both", "duty"):
        refused = await client("leader").post(f"/spot-checks/{check['id']}/assign", json={"checker": checker})
        assert (refused.status_code, refused.json()["detail"]) == (
            422, "whoever handled or reviewed an order can never check it",
        )  # fmt: skip
    async with transaction(world.sessions) as session:
        # Whatever a row says.
        await fetch(
            session, "UPDATE spot_check SET checker_id = $1, assigned_at = due_at", world.people["both"].id
        )
    refused = await both.post(f"/spot-checks/{check['id']}/result", json=RESULT)
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")


async def test_what_failed_becomes_a_candidate(client: Client, world: World) -> None:
    check = await a_check(client, world)
    leader = client("leader")
    assigned = await leader.post(f"/spot-checks/{check['id']}/assign", json={"checker": "both"})
    assert (assigned.status_code, assigned.json()["checker"]) == (200, "both")
    both = client("both")
    photo = await both.post(
        "/evidence", files={"file": ("现场.png", b"\x89PNG\r\n\x1a\n" + bytes(20), "image/png")}
    )
    body = RESULT | {"evidence": [photo.json()["id"]]}
    made = await both.post(f"/spot-checks/{check['id']}/result", json=body, headers={"Idempotency-Key": "r"})
    assert made.status_code == 200, made.text
    assert (made.json()["state"], made.json()["finding"]) == ("failed", RESULT["finding"])
    assert made.json()["evidence"] == [f"/api/v1/evidence/{photo.json()['id']}"]
    again = await both.post(f"/spot-checks/{check['id']}/result", json=body, headers={"Idempotency-Key": "r"})
    assert again.json() == made.json()
    (candidate,) = (await leader.get("/candidates")).json()["items"]
    assert (candidate["kind"], candidate["state"], candidate["spot_check_id"]) == (
        "sham",
        "open",
        check["id"],
    )
    told = await events(world, "spot_check.failed", "candidate.raised")
    assert [(kind, data["order"]) for kind, data in told] == [
        ("spot_check.failed", check["order_id"]),
        ("candidate.raised", check["order_id"]),
    ]
    detail = (await leader.get(f"/orders/{check['order_id']}")).json()
    assert detail["state"] == "closed"
    assert [one["kind"] for one in detail["candidates"]] == ["sham"]
    assert [one["used_for"] for one in detail["evidence"]] == ["spot_check"]


async def test_what_passed_raises_nothing(client: Client, world: World) -> None:
    check = await a_check(client, world, "leader")
    body = {"outcome": "passed", "finding": "已覆盖"}
    assert (await client("leader").post(f"/spot-checks/{check['id']}/result", json=body)).status_code == 200
    assert (await client("duty").get("/candidates")).json()["items"] == []
    assert [kind for kind, _ in await events(world, "spot_check.passed")] == ["spot_check.passed"]


async def test_only_the_checker_says_what_was_found_and_once(client: Client, world: World) -> None:
    check = await a_check(client, world, "leader")
    path = f"/spot-checks/{check['id']}"
    for who in ("duty", "both", "admin"):
        assert (await client(who).post(f"{path}/result", json=RESULT)).status_code == 403, who
    for who in ("supervisor", "neighbour"):
        assert (await client(who).post(f"{path}/result", json=RESULT)).status_code == 404, who
    stranger = RESULT | {"evidence": ["00000000-0000-4000-8000-000000000000"]}
    assert (await client("leader").post(f"{path}/result", json=stranger)).status_code == 422
    assert (await client("leader").post(f"{path}/result", json={"outcome": "failed"})).status_code == 422
    answers = await asyncio.gather(*(client("leader").post(f"{path}/result", json=RESULT) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    late = await client("duty").post(f"{path}/assign", json={"checker": "both"})
    assert (late.status_code, late.json()["code"]) == (409, "forbidden_transition")


async def test_nobody_below_hears_of_a_check_before_it_is_made(client: Client, world: World) -> None:
    check = await a_check(client, world, "leader")
    supervisor = client("supervisor")
    assert (await supervisor.get("/spot-checks")).json()["items"] == []
    assert (await supervisor.get(f"/spot-checks/{check['id']}")).status_code == 404
    assert (await supervisor.get("/spot-checks/draws")).json()["items"] == []
    assert (await supervisor.get(f"/spot-checks/draws/{check['draw_id']}")).status_code == 404
    async with world.sessions() as session:
        rows = await fetch(
            session,
            "SELECT DISTINCT grid_id FROM journal WHERE kind LIKE 'spot_check.%' AND order_id IS NULL",
        )
    assert rows == [(world.grids["652300"].id,)]


async def test_overdue_checks(client: Client, world: World) -> None:
    check = await a_check(client, world, "leader")
    duty = client("duty")
    assert (await duty.get("/spot-checks?overdue=true")).json()["items"] == []
    world.clock.advance(days=7, seconds=1)
    duty = client("duty")
    assert [one["id"] for one in (await duty.get("/spot-checks?overdue=true")).json()["items"]] == [
        check["id"]
    ]
    assert (await duty.get("/spot-checks?overdue=false")).json()["items"] == []
