"""The rule book over HTTP: who may, in which state, and what a version says otherwise than another."""

import asyncio
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from alerts import rulebook
from alerts.ruleset import DEFAULT_RULES
from app.database import transaction
from models.bulk import fetch
from tests.api.conftest import Client
from tests.factories import COUNTY, World
from tests.rulebodies import broken, knob, patch, turned, value_at

KEY = {"Idempotency-Key": "rules-1"}


async def make(admin: httpx.AsyncClient, n: int = 1, **over: Any) -> dict[str, Any]:
    """A draft that turns one number."""
    answer = await admin.post("/rules", json={"patch": patch(n), "note": "试行"} | over)
    assert answer.status_code == 201, answer.text
    document: dict[str, Any] = answer.json()
    return document


async def pass_backtest(world: World, version: int) -> None:
    async with transaction(world.sessions) as session:
        found = await rulebook.held(session, version)
        assert await rulebook.back_tested(session, version, found.revision, now=world.clock.now())


async def events(world: World, kind: str) -> list[Any]:
    async with world.sessions() as session:
        rows = await fetch(session, "SELECT data, actor_id FROM journal WHERE kind = $1 ORDER BY id", kind)
    return [tuple(row) for row in rows]


async def test_a_draft_is_the_active_one_with_a_patch(client: Client, world: World) -> None:
    admin = client("admin")
    made = await admin.post("/rules", json={"patch": patch(1), "note": "采暖季前收紧"}, headers=KEY)
    assert made.status_code == 201
    draft = made.json()
    assert (draft["version"], draft["state"], draft["parent"], draft["revision"]) == (2, "draft", 1, 1)
    assert (draft["author"], draft["note"]) == ("admin", "采暖季前收紧")
    assert value_at(draft["body"], knob()) == turned(1)
    assert (made.headers["ETag"], made.headers["Location"]) == ('"1"', "/api/v1/rules/2")
    again = await admin.post("/rules", json={"patch": patch(1), "note": "采暖季前收紧"}, headers=KEY)
    assert (again.json(), again.headers["ETag"]) == (draft, '"1"')
    listed = (await client("viewer").get("/rules")).json()["items"]
    assert [(one["version"], one["state"]) for one in listed] == [(2, "draft"), (1, "active")]
    assert "body" not in listed[0]
    assert (await client("nobody").get("/rules/2")).json() == draft
    assert [one["version"] for one in (await admin.get("/rules?state=active")).json()["items"]] == [1]


async def test_a_whole_body_or_a_patch_of_another_version(client: Client) -> None:
    admin = client("admin")
    whole = await make(admin, patch=None, body=dict(DEFAULT_RULES))
    assert (whole["body"], whole["parent"]) == (DEFAULT_RULES, 1)
    second = await make(admin, 2)
    third = await make(admin, parent=second["version"], patch={"schedules": {"response": {"red": patch(4)}}})
    assert value_at(third["body"], knob()) == turned(2)
    assert third["parent"] == second["version"]
    for body in (
        {"note": "x"},
        {"note": "x", "body": {}, "patch": {}},
        {"patch": {}},
        {"patch": {}, "note": ""},
    ):
        assert (await admin.post("/rules", json=body)).status_code == 422, body
    assert (await admin.post("/rules", json={"patch": {}, "note": "x", "parent": 99})).status_code == 404


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ({"patch": broken()}, ".".join(("rules", *knob()))),
        ({"patch": {"nonsense": 1}}, "rules.nonsense"),
        ({"body": {}}, "is missing"),
        ({"patch": {"overrides": {"stations": {"WZ-99": {}}}}}, "rules.overrides.stations.WZ-99"),
        ({"patch": {"overrides": {"grids": {COUNTY: broken()}}}}, f"with grid {COUNTY}: rules."),
        ({"patch": {"a": "\x00"}}, "text"),
        ({"patch": {"a\x00": None}}, "text"),
        ({"patch": {"a": 10**400}}, "number"),
        ({"patch": {"a": [[[[[[[[[[[[[1]]]]]]]]]]]]]}}, "deeper"),
    ],
)
async def test_a_fault_is_told_by_its_place(client: Client, content: dict[str, Any], place: str) -> None:
    answer = await client("admin").post("/rules", json=content | {"note": "x"})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert place in answer.json()["detail"]


async def test_not_a_number_is_refused(client: Client) -> None:
    content = '{"note": "x", "patch": {"a": NaN, "b": Infinity}}'
    answer = await client("admin").post(
        "/rules", content=content, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 422


async def test_a_draft_is_edited_until_it_is_back_tested(client: Client, world: World) -> None:
    admin = client("admin")
    version = (await make(admin))["version"]
    path = f"/rules/{version}"
    world.clock.advance(minutes=1)
    edited = await admin.put(path, json={"patch": patch(3)}, headers={"If-Match": '"1"'})
    assert (edited.status_code, edited.json()["revision"], edited.headers["ETag"]) == (200, 2, '"2"')
    assert value_at(edited.json()["body"], knob()) == turned(3)
    assert edited.json()["changed_at"] == "2026-11-23T00:01:00+00:00"
    stale = await admin.put(path, json={"note": "later"}, headers={"If-Match": '"1"'})
    assert (stale.status_code, stale.json()["version"]) == (412, 2)
    assert (await admin.put(path, json={"note": "later"})).json()["note"] == "later"
    assert (await admin.put(path, json={"patch": broken()})).status_code == 422
    await pass_backtest(world, version)
    answer = await admin.put(path, json={"patch": patch(1)})
    assert (answer.status_code, answer.json()["code"]) == (409, "forbidden_transition")
    assert (answer.json()["state"], answer.json()["act"]) == ("back_tested", "edit")
    assert (await admin.put("/rules/77", json={})).status_code == 404


async def test_why_it_comes_into_force_is_kept(client: Client, world: World) -> None:
    admin = client("admin")
    version = (await make(admin))["version"]
    await pass_backtest(world, version)
    assert (await admin.post(f"/rules/{version}/activate", json={"reason": ""})).status_code == 422
    assert (await admin.post(f"/rules/{version}/activate", json={"why": "x"})).status_code == 422
    assert (await admin.post(f"/rules/{version}/activate", json={"reason": "采暖季"})).status_code == 200
    (told,) = await events(world, "rules.activated")
    assert told[0]["reason"] == "采暖季"


async def test_only_a_back_tested_one_comes_into_force(client: Client, world: World) -> None:
    admin = client("admin")
    version = (await make(admin))["version"]
    assert (await admin.post(f"/rules/{version}/activate")).status_code == 409
    await pass_backtest(world, version)
    world.clock.advance(minutes=5)
    active = await admin.post(f"/rules/{version}/activate", headers=KEY)
    assert active.status_code == 200
    assert (active.json()["state"], active.json()["activated_at"]) == ("active", "2026-11-23T00:05:00+00:00")
    old = (await admin.get("/rules/1")).json()
    assert (old["state"], old["retired_at"]) == ("retired", "2026-11-23T00:05:00+00:00")
    again = await admin.post(f"/rules/{version}/activate", headers=KEY)
    assert again.json() == active.json()
    for path in (
        f"/rules/{version}/activate",
        "/rules/1/activate",
        f"/rules/{version}/retire",
        "/rules/1/retire",
    ):
        assert (await admin.post(path)).status_code == 409, path
    ((data, actor),) = await events(world, "rules.activated")
    assert actor == world.people["admin"].id
    assert data == {
        "occurred_at": "2026-11-23T00:05:00+00:00", "actor": "姓名 admin", "version": version, "previous": 1,
        "note": "试行",
    }  # fmt: skip


async def test_of_two_activated_at_once_one_is_active_in_the_end(client: Client, world: World) -> None:
    admin = client("admin")
    versions = [(await make(admin, n))["version"] for n in (1, 2, 3)]
    for version in versions:
        await pass_backtest(world, version)
    answers = await asyncio.gather(*(admin.post(f"/rules/{version}/activate") for version in versions))
    assert [answer.status_code for answer in answers] == [200] * 3
    states = {one["version"]: one["state"] for one in (await admin.get("/rules")).json()["items"]}
    assert sorted(states.values()) == ["active", "retired", "retired", "retired"]
    assert len(await events(world, "rules.activated")) == 3


async def test_versions_made_at_once_have_numbers_of_their_own(client: Client) -> None:
    admin = client("admin")
    made = await asyncio.gather(*(make(admin, n) for n in range(1, 6)))
    assert sorted(one["version"] for one in made) == [2, 3, 4, 5, 6]


async def test_one_that_no_longer_fits_the_registry_does_not_come_into_force(
    client: Client, world: World
) -> None:
    admin = client("admin")
    version = (await make(admin, patch={"overrides": {"stations": {"WZ-1": patch(1)}}}))["version"]
    await pass_backtest(world, version)
    async with transaction(world.sessions) as session:
        await session.execute(text("UPDATE station SET retired_at = now() WHERE code = 'WZ-1'"))
        await world.context.directory.refresh(session)
    answer = await admin.post(f"/rules/{version}/activate")
    assert answer.status_code == 422
    assert "rules.overrides.stations.WZ-1: is no station" in answer.json()["detail"]


async def test_a_draft_can_be_put_away(client: Client, world: World) -> None:
    admin = client("admin")
    version = (await make(admin))["version"]
    assert (await admin.post(f"/rules/{version}/retire")).json()["state"] == "retired"
    for act in ("retire", "activate"):
        assert (await admin.post(f"/rules/{version}/{act}")).status_code == 409
    assert (await admin.post("/rules/1/retire")).status_code == 409
    ((data, _),) = await events(world, "rules.retired")
    assert data["version"] == version


async def test_what_two_versions_say_otherwise(client: Client) -> None:
    admin = client("admin")
    await make(admin, patch=patch(1) | {"overrides": {"stations": {"WZ-1": {}}}})
    said = (await client("viewer").get("/rules/2/diff?against=1")).json()
    assert (said["before"], said["after"], said["next_cursor"]) == (1, 2, None)
    assert said["items"] == [
        {
            "path": ".".join(knob()),
            "change": "changed",
            "before": value_at(DEFAULT_RULES, knob()),
            "after": turned(1),
        },
        {"path": "overrides", "change": "added", "before": None, "after": {"stations": {"WZ-1": {}}}},
    ]
    assert (await admin.get("/rules/2/diff?against=2")).json()["items"] == []
    assert (await admin.get("/rules/2/diff?against=9")).status_code == 404
    assert (await admin.get("/rules/2/diff")).status_code == 422


@pytest.mark.parametrize("who", ["duty", "leader", "chief", "supervisor", "viewer", "nobody"])
async def test_only_an_administrator_writes(client: Client, world: World, who: str) -> None:
    version = (await make(client("admin")))["version"]
    other = client(who)
    answers = [
        await other.post("/rules", json={"patch": {}, "note": "x"}),
        await other.put(f"/rules/{version}", json={"note": "x"}),
        await other.post(f"/rules/{version}/activate"),
        await other.post(f"/rules/{version}/retire"),
    ]
    assert [answer.status_code for answer in answers] == [403] * 4
    assert (await client(None).get("/rules")).status_code == 401


async def test_a_duty_officer_switches_the_response(client: Client, world: World) -> None:
    duty = client("duty")
    assert (await duty.get("/rules/response")).json()["items"] == []
    body = {"level": "orange", "reason": "自治区通知：橙色预警"}
    for who in ("admin", "leader", "chief", "supervisor"):
        assert (await client(who).post("/rules/response", json=body)).status_code == 403, who
    first = await duty.post("/rules/response", json=body, headers=KEY)
    assert (first.status_code, first.json()["level"], first.json()["valid_to"]) == (201, "orange", None)
    assert (await duty.post("/rules/response", json=body, headers=KEY)).json() == first.json()
    assert (await duty.post("/rules/response", json=body)).status_code == 422
    world.clock.advance(hours=7)
    await duty.post("/rules/response", json={"level": "none", "reason": "解除"})
    listed = (await client("viewer").get("/rules/response")).json()["items"]
    assert [(one["level"], one["valid_from"][11:16], one["valid_to"]) for one in listed] == [
        ("none", "07:00", None),
        ("orange", "00:00", "2026-11-23T07:00:00+00:00"),
    ]
    told = [data for data, _ in await events(world, "response.switched")]
    assert [(one["previous"], one["level"], one["actor"], one["reason"]) for one in told] == [
        ("none", "orange", "姓名 duty", "自治区通知：橙色预警"),
        ("orange", "none", "姓名 duty", "解除"),
    ]
    async with world.sessions() as session:
        spans = await rulebook.response_levels(session, world.clock.now().replace(hour=3), world.clock.now())
    assert [span.level.value for span in spans] == ["orange"]
