"""Grids and stations over the API: the loader's rules, marks, rights, secrets shown once."""

import asyncio
from typing import Any

import asyncpg
import pytest
from sqlalchemy import select
from sqlalchemy.engine import make_url

from app.credentials import verify_secret
from app.database import transaction
from app.registry.load import CHANNEL
from models.enums import Role
from models.journal import IdempotencyKey
from tests.api.conftest import Client
from tests.api.test_admin_registry import SQUARE, row, station
from tests.factories import COUNTY, OTHER_COUNTY, PREFECTURE, TOWNSHIP, World, make_person

NEW: dict[str, Any] = {
    "code": "WZ-9", "name": "九", "grid": COUNTY, "lon": 87.5, "lat": 44.5, "kind": "micro", "cadence_s": 300,
}  # fmt: skip


async def test_a_grid_is_changed_by_mark_and_every_process_is_told(
    client: Client, world: World, database_url: str
) -> None:
    told = asyncio.Event()
    url = make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    listener = await asyncpg.connect(url)
    await listener.add_listener(CHANNEL, lambda *_: told.set())
    admin, path = client("admin"), f"/registry/grids/{COUNTY}"
    before = (await admin.get(path)).json()
    body = {"name": "新", "aliases": ["旧"], "boundary": SQUARE, "mark": before["mark"], "reason": "更名"}
    after = await admin.patch(path, json=body)
    assert after.status_code == 200, after.text
    assert after.json() | {"mark": ""} == before | {
        "name": "新",
        "aliases": ["旧"],
        "has_boundary": True,
        "mark": "",
    }
    await asyncio.wait_for(told.wait(), 10)
    await listener.close()
    assert (await admin.patch(path, json=body)).status_code == 412
    assert (await admin.patch(path, json={"parent": OTHER_COUNTY})).status_code == 422
    assert (await admin.patch(path, json={"boundary": {"type": "Point"}})).status_code == 422
    assert (await admin.patch("/registry/grids/none", json={"name": "x"})).status_code == 404


async def test_a_new_grid(client: Client, world: World) -> None:
    body = {"code": "T-9", "name": "镇", "parent": COUNTY}
    made = await client("admin").post("/registry/grids", json=body)
    assert made.status_code == 201, made.text
    assert (made.json()["level"], made.json()["parent"]) == (3, COUNTY)
    assert (await client("admin").post("/registry/grids", json=body)).status_code == 422
    for change in ({"code": "a b"}, {"code": "x\x00"}, {"parent": "X9"}, {"parent": "x\x00"}):
        refused = await client("admin").post("/registry/grids", json=body | {"code": "T-8"} | change)
        assert refused.status_code == 422, change


async def test_a_station_comes_changes_and_goes(client: Client, world: World) -> None:
    admin, headers = client("admin"), {"Idempotency-Key": "k"}
    first = await admin.post("/registry/stations", json=NEW, headers=headers)
    world.clock.advance(minutes=1)
    again = await admin.post("/registry/stations", json=NEW, headers=headers)
    assert first.status_code == again.status_code == 201, first.text
    assert first.json() == again.json()
    assert verify_secret(first.json()["secret"], (await station(world, "WZ-9")).secret_hash or "")
    async with world.sessions() as session:
        assert "secret" not in ((await session.scalars(select(IdempotencyKey))).one().body or {})
    path = "/registry/stations/WZ-9"
    mark = (await admin.get(path)).json()["mark"]
    changed = await admin.patch(path, json={"lon": 87.6, "cadence_s": 60, "mark": mark})
    assert (changed.json()["lon"], changed.json()["lat"], changed.json()["cadence_s"]) == (87.6, 44.5, 60)
    assert (await admin.post(f"{path}/retire", json={"mark": mark})).status_code == 412
    assert (await admin.post(f"{path}/retire", json={})).json()["retired_at"] is not None
    assert (await admin.post(f"{path}/return", json={})).json()["retired_at"] is None
    new = await admin.post(f"{path}/secret", json={})
    assert verify_secret(new.json()["secret"], (await station(world, "WZ-9")).secret_hash or "")


@pytest.mark.parametrize(
    "change", [{"lon": 181}, {"cadence_s": 0}, {"kind": "x"}, {"grid": "X9"}, {"code": "WZ-1"}]
)
async def test_what_cannot_be_is_refused(client: Client, change: dict[str, Any]) -> None:
    answer = await client("admin").post("/registry/stations", json=NEW | change)
    assert answer.status_code == 422, answer.text


async def test_who_may(client: Client, world: World) -> None:
    async with transaction(world.sessions) as session:
        world.people["county"] = await make_person(
            session, "county", (Role.ADMINISTRATOR, world.grids[COUNTY])
        )
    county = client("county")
    assert (await county.post("/registry/stations", json=NEW)).status_code == 201
    assert (await county.patch(f"/registry/grids/{COUNTY}", json={"name": "本县"})).status_code == 200
    assert (await row(world, COUNTY)).name == "本县"
    refused = [
        await county.post("/registry/stations", json=NEW | {"code": "WZ-8", "grid": OTHER_COUNTY}),
        await county.post("/registry/grids", json={"code": "Y", "name": "y", "parent": PREFECTURE}),
        await county.patch("/registry/stations/WZ-2", json={"name": "x"}),
        await county.patch("/registry/stations/WZ-1", json={"grid": OTHER_COUNTY}),
        await county.patch(f"/registry/grids/{OTHER_COUNTY}", json={"name": "x"}),
        await county.patch(f"/registry/grids/{TOWNSHIP}", json={"parent": OTHER_COUNTY}),
        await county.post("/registry/stations/WZ-2/secret", json={}),
        await client("duty").patch("/registry/stations/WZ-1", json={"name": "x"}),
        await client("duty").patch(f"/registry/grids/{COUNTY}", json={"name": "x"}),
        await client("supervisor").get(f"/registry/grids/{COUNTY}"),
        await client("supervisor").post("/registry/stations/WZ-1/retire", json={}),
    ]
    assert [answer.status_code for answer in refused] == [403] * len(refused)
    assert (await client("duty").get("/registry/stations/WZ-1")).status_code == 200
