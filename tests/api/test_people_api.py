"""People and registry files over the API: the same rules as the pages, passwords shown once and never kept."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.auth.passwords import verify
from app.database import transaction
from models.enums import Role
from models.journal import IdempotencyKey
from models.registry import Duty
from tests.api.conftest import Client
from tests.api.test_admin_import import BAD, GOOD
from tests.api.test_admin_people import live, person_of
from tests.factories import COUNTY, OTHER_COUNTY, PREFECTURE, TOWNSHIP, World, make_person

NEW: dict[str, Any] = {"username": "wang", "name": "王五", "role": "supervisor", "grid": COUNTY}


async def test_a_person_is_added_once_and_the_password_shown_again_but_not_kept(
    client: Client, world: World
) -> None:
    admin = client("admin")
    headers = {"Idempotency-Key": "k1"}
    first = await admin.post("/people", json=NEW, headers=headers)
    world.clock.advance(minutes=1)
    again = await admin.post("/people", json=NEW, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert await verify(first.json()["password"], (await person_of(world, "wang")).password_hash)
    async with world.sessions() as session:
        kept = (await session.scalars(select(IdempotencyKey))).one()
    assert "password" not in (kept.body or {})
    taken = await admin.post("/people", json=NEW)
    assert taken.status_code == 422
    other = await admin.post("/people", json=NEW | {"username": "li"})
    assert other.json()["password"] != first.json()["password"]


@pytest.mark.parametrize(
    "change",
    [
        {"username": "a\x00b"}, {"username": "a b"}, {"grid": "X\x009"}, {"grid": "X9"}, {"name": ""},
        {"from": "2026-11-01T00:00:00Z"}, {"role": "king"}, {"more": 1}, {"phone": "1\x002"},
    ],
)  # fmt: skip
async def test_what_cannot_be_is_refused(client: Client, change: dict[str, Any]) -> None:
    answer = await client("admin").post("/people", json=NEW | change)
    assert answer.status_code == 422, answer.text


async def test_the_life_of_a_person(client: Client, world: World) -> None:
    admin, person_id = client("admin"), world.people["viewer"].id
    path = f"/people/{person_id}"
    one = (await admin.get(path)).json()
    assert one["duties"][0]["state"] == "in_force"
    later = world.clock.now() + timedelta(days=3)
    duty = {"grid": TOWNSHIP, "role": "patroller", "from": later.isoformat(), "mark": one["mark"]}
    two = await admin.post(f"{path}/duties", json=duty)
    assert two.status_code == 201
    assert {duty["state"] for duty in two.json()["duties"]} == {"in_force", "coming"}
    assert (await admin.post(f"{path}/disable", json={"mark": one["mark"]})).status_code == 412
    coming = next(duty["id"] for duty in two.json()["duties"] if duty["state"] == "coming")
    for at in (world.clock.now() - timedelta(days=1), world.clock.now() + timedelta(days=1)):
        refused = await admin.post(f"{path}/duties/{coming}/end", json={"at": at.isoformat()})
        assert refused.status_code == 422
    ended = await admin.post(f"{path}/duties/{coming}/end", json={"reason": "不需要"})
    assert [duty["state"] for duty in ended.json()["duties"]] == ["in_force"]
    disabled = await admin.post(f"{path}/disable", json={"reason": "离职"})
    assert disabled.json()["disabled_at"] is not None
    assert (await client("viewer").get("/me")).status_code == 401
    assert (await admin.post(f"{path}/password", json={})).status_code == 422
    enabled = await admin.post(f"{path}/enable", json={})
    assert await verify(enabled.json()["password"], (await person_of(world, "viewer")).password_hash)
    assert (await client("viewer").get("/me")).status_code == 401
    new = await admin.post(f"{path}/password", json={})
    assert await verify(new.json()["password"], (await person_of(world, "viewer")).password_hash)
    assert (await admin.post("/people/999999/password", json={})).status_code == 404


async def test_who_may(client: Client, world: World) -> None:
    async with transaction(world.sessions) as session:
        world.people["county"] = await make_person(
            session, "county", (Role.ADMINISTRATOR, world.grids[COUNTY])
        )
    county, me = client("county"), world.people["admin"].id
    assert (await client("duty").get("/people")).status_code == 200
    for who in ("supervisor", "chief", "viewer"):
        assert (await client(who).get("/people")).status_code == 403
        assert (await client(who).post("/people", json=NEW)).status_code == 403
        assert (await client(who).post("/registry/load", json={"text": GOOD})).status_code == 403
    assert (await client("duty").post("/people", json=NEW)).status_code == 403
    assert (await county.post("/people", json=NEW)).status_code == 201
    for change in ({"grid": OTHER_COUNTY}, {"grid": PREFECTURE}, {"role": "administrator"}):
        assert (await county.post("/people", json=NEW | {"username": "x"} | change)).status_code == 403
    for act in ("password", "disable"):
        assert (await county.post(f"/people/{me}/{act}", json={})).status_code == 403
    assert (await county.post("/registry/check", json={"text": GOOD})).status_code == 403
    async with world.sessions() as session:
        duty = (await session.scalars(select(Duty).where(Duty.person_id == me))).one()
    assert (await county.post(f"/people/{me}/duties/{duty.id}/end", json={})).status_code == 403
    assert (await client("admin").post(f"/people/{me}/duties/{duty.id}/end", json={})).status_code == 403
    assert (await client("admin").post(f"/people/{me}/disable", json={})).status_code == 403


async def test_lists_are_filtered(client: Client) -> None:
    admin = client("admin")

    async def names(**params: Any) -> list[str]:
        return [row["username"] for row in (await admin.get("/people", params=params)).json()["items"]]

    assert await names(role="chief", grid=COUNTY) == ["chief"]
    assert await names(q="姓名 v") == ["viewer"]
    assert await names(disabled=True) == []
    assert (await admin.get("/people", params={"q": "\x00"})).status_code == 422
    page = (await admin.get("/people", params={"limit": 2})).json()
    assert await names(limit=2, cursor=page["next_cursor"]) != [row["username"] for row in page["items"]]


async def test_a_registry_file_is_checked_and_loaded(client: Client, world: World) -> None:
    admin = client("admin")
    bad = (await admin.post("/registry/check", json={"text": BAD})).json()
    assert bad["fault_count"] == 3
    assert [fault["line"] for fault in bad["faults"]] == [2, 4, 6]
    assert bad["changes"] is None
    refused = await admin.post("/registry/load", json={"text": BAD})
    assert refused.status_code == 422
    assert len(refused.json()["faults"]) == 3
    good = (await admin.post("/registry/check", json={"text": GOOD})).json()
    assert good["changes"]["grids"] == {"added": 1, "changed": 0, "ended": 0, "unchanged": 0}
    assert world.context.directory.grid_by_code("652301101") is None
    stale = await admin.post("/registry/load", json={"text": GOOD, "mark": "x"})
    assert stale.status_code == 412
    loaded = await admin.post("/registry/load", json={"text": GOOD, "mark": good["mark"], "reason": "更新"})
    assert loaded.json()["changes"]["grids"]["added"] == 1
    assert await live(world, "zhao") == [("supervisor", world.grids[COUNTY].id)]
