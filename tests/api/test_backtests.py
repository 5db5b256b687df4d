"""Back-tests over HTTP: asked for, looked at, and what comes of the draft."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from app.api.rule_shapes import BacktestDetail, BacktestShape
from app.api.shapes import Page
from app.backtest import jobs
from app.database import transaction
from tests.api.conftest import Client
from tests.api.test_rules import make
from tests.factories import COUNTY, OTHER_COUNTY, World
from tests.fakes import START

KEY = {"Idempotency-Key": "back-1"}


def span(**over: Any) -> dict[str, Any]:
    return {
        "from": (START - timedelta(days=8)).isoformat(), "until": (START - timedelta(days=1)).isoformat()
    } | over  # fmt: skip


async def finish(world: World, result: dict[str, Any]) -> None:
    """What a runner does in the end."""
    async with transaction(world.sessions) as session:
        job = await jobs.claim(session, now=world.clock.now())
    assert job is not None
    async with transaction(world.sessions) as session:
        assert await jobs.done(session, job, result, now=world.clock.now())


async def test_from_the_request_to_the_activation(client: Client, world: World) -> None:
    admin = client("admin")
    version = (await make(admin))["version"]
    asked = await admin.post(f"/rules/{version}/backtests", json=span(), headers=KEY)
    assert asked.status_code == 202, asked.text
    job = asked.json()
    BacktestDetail.model_validate(job)
    assert asked.headers["Location"] == f"/api/v1/backtests/{job['id']}"
    assert (job["state"], job["baseline_version"], job["grid"], job["result"]) == ("queued", 1, None, None)
    again = await admin.post(f"/rules/{version}/backtests", json=span(), headers=KEY)
    assert again.json() == job
    second = await admin.post(f"/rules/{version}/backtests", json=span())
    assert (second.status_code, second.json()["code"]) == (409, "forbidden_transition")
    await finish(world, {"draft": {"orders": 3}, "baseline": {"orders": 9}})
    done = (await admin.get(f"/backtests/{job['id']}")).json()
    assert (done["state"], done["progress"]) == ("done", 1.0)
    assert done["result"]["draft"] == {"orders": 3}
    assert (await admin.get(f"/rules/{version}")).json()["state"] == "back_tested"
    assert (await admin.post(f"/rules/{version}/activate")).status_code == 200
    # One that rules, or has ruled, can still be looked at, but not one that was put away.
    assert (await admin.post(f"/rules/{version}/backtests", json=span())).status_code == 202
    assert (await admin.post("/rules/1/backtests", json=span())).status_code == 409
    listed = (await admin.get(f"/backtests?version={version}")).json()
    Page[BacktestShape].model_validate(listed)
    assert [one["state"] for one in listed["items"]] == ["queued", "done"]
    assert [one["state"] for one in (await admin.get("/backtests?state=done")).json()["items"]] == ["done"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"until": (START + timedelta(hours=1)).isoformat()},
        {"from": START.isoformat()},
        {"from": (START - timedelta(days=1, hours=23)).isoformat()},
        {"from": (START - timedelta(days=186)).isoformat()},
        {"until": None},
        {"baseline": 0},
        {"speed": 3},
    ],
)
async def test_what_cannot_be_is_422(client: Client, wrong: dict[str, Any]) -> None:
    answer = await client("admin").post("/rules/1/backtests", json=span(**wrong))
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


async def test_what_is_not_there_is_404(client: Client) -> None:
    admin = client("admin")
    assert (await admin.post("/rules/9/backtests", json=span())).status_code == 404
    assert (await admin.post("/rules/1/backtests", json=span(baseline=9))).status_code == 404
    assert (await admin.post("/rules/1/backtests", json=span(grid="999"))).status_code == 404
    assert (await admin.get("/backtests/9")).status_code == 404


async def test_who_may_ask_and_who_sees_it(client: Client, world: World) -> None:
    admin, supervisor = client("admin"), client("supervisor")
    for who in ("duty", "leader", "chief", "supervisor", "viewer", "nobody"):
        assert (await client(who).post("/rules/1/backtests", json=span())).status_code == 403, who
    versions = [(await make(admin, n))["version"] for n in (1, 2, 3)]
    whole, mine, other = [
        (await admin.post(f"/rules/{version}/backtests", json=span(grid=grid))).json()["id"]
        for version, grid in zip(versions, (None, COUNTY, OTHER_COUNTY), strict=True)
    ]
    assert [one["id"] for one in (await supervisor.get("/backtests")).json()["items"]] == [mine]
    assert (await supervisor.get(f"/backtests/{mine}")).json()["grid"] == COUNTY
    for id_ in (whole, other):
        assert (await supervisor.get(f"/backtests/{id_}")).status_code == 404
    assert len((await client("duty").get("/backtests")).json()["items"]) == 3
    assert (await client("nobody").get("/backtests")).json()["items"] == []


async def test_asked_for_many_times_at_once_there_is_one(client: Client) -> None:
    admin = client("admin")
    version = (await make(admin))["version"]
    answers = await asyncio.gather(
        *(admin.post(f"/rules/{version}/backtests", json=span()) for _ in range(6))
    )
    assert sorted(answer.status_code for answer in answers) == [202] + [409] * 5
