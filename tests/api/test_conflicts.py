"""The conflict register: who declares, who reads, and what a person in conflict cannot do."""

from datetime import timedelta
from typing import Any

import pytest

from app.api.roster_shapes import ConflictShape
from app.database import transaction
from dispatch.recusal import conflicts
from models.enums import OrderState
from models.ids import OrderId, PersonId
from models.registry import Source
from tests.api.conftest import Client
from tests.api.test_roster import OVERRIDES, ROTATIONS, at, events, rotation, spell
from tests.api.test_units import WHY, order_of
from tests.factories import COUNTY, PREFECTURE, TOWNSHIP, World

SECRET = "配偶在该企业任职"


async def declare(client: Client, who: str, **over: Any) -> dict[str, Any]:
    answer = await client(who).post("/conflicts", json={"reason": SECRET, "station": "WZ-1"} | over)
    assert answer.status_code == 201, answer.text
    ConflictShape.model_validate(answer.json())
    found: dict[str, Any] = answer.json()
    return found


async def refused(client: Client, who: str, path: str, body: dict[str, Any] | None = None) -> None:
    answer = await client(who).post(path, json=body)
    assert (answer.status_code, answer.json()["code"]) == (403, "conflict_of_interest"), answer.text
    assert SECRET not in answer.text


async def test_somebody_in_conflict_cannot_act(client: Client, world: World) -> None:
    order_id = await world.order(station="WZ-1")
    await declare(client, "supervisor")
    path = f"/orders/{order_id}"
    await refused(client, "supervisor", f"{path}/acknowledge")
    await refused(client, "supervisor", f"{path}/feedback", {"finding": "x"})
    await refused(client, "supervisor", f"{path}/category", {"category": "建筑工地"})
    assert (await client("both").post(f"{path}/feedback", json={"finding": "x"})).status_code == 200
    await refused(client, "supervisor", f"{path}/report", {"measures": "x", "result": "y"})
    assert (await client("both").post(f"{path}/report", json={"measures": "x", "result": "y"})).is_success
    await declare(client, "duty", username="duty")
    await refused(client, "duty", f"{path}/review", {"decision": "accept"})
    await refused(client, "duty", f"{path}/void", {"reason": "x"})


async def test_an_order_concerns_station_sources_and_grid(client: Client, world: World) -> None:
    async with transaction(world.sessions) as session:
        grid = world.grids[COUNTY].id
        session.add(Source(code="WRY-1", name="x", grid_id=grid, lon=87.3, lat=44.0, category="工业企业"))
    order_id = await order_of(world, await world.alert(why=WHY))
    plain = await world.order()
    for who, subject in (
        ("supervisor", {"source": "WRY-1"}),
        ("both", {"station": "WZ-1"}),
        ("chief", {"grid": COUNTY}),
        ("viewer", {"station": "WZ-2"}),
        ("patroller", {"grid": TOWNSHIP}),
    ):
        await declare(client, who, **{"station": None} | subject)
    people = {name: PersonId(world.people[name].id) for name in world.people}
    async with world.sessions() as session:
        for order, expected in ((order_id, {"supervisor", "both", "chief"}), (plain, {"chief"})):
            found = await conflicts(session, OrderId(order), people.values(), world.clock.now())
            assert found == {people[name] for name in expected}
        later = world.clock.now() - timedelta(seconds=1)
        assert await conflicts(session, OrderId(plain), people.values(), later) == set()


async def test_the_alternate_is_responsible_then_the_prefecture(client: Client, world: World) -> None:
    await client("chief").post(ROTATIONS, json=rotation(members=["supervisor"]))
    await declare(client, "supervisor", station=None, grid=COUNTY)
    await world.order()
    (sent,) = await events(world, "order.dispatched")
    assert [r["username"] for r in sent["recipients"]] == ["both"]
    assert await events(world, "order.conflicted") == []
    await declare(client, "both", station=None, grid=COUNTY)
    await world.order()
    sent = (await events(world, "order.dispatched"))[-1]
    assert [(r["username"], r["role"]) for r in sent["recipients"]] == [("duty", "duty_officer")]
    (told,) = await events(world, "order.conflicted")
    assert (told["order"], told["reason"]) == (sent["order"], "whole_unit_in_conflict")


async def test_the_reason_is_read_by_the_person_and_the_desk_alone(client: Client, world: World) -> None:
    mine = await declare(client, "supervisor")
    for who, sees in (
        ("supervisor", 1),
        ("duty", 1),
        ("admin", 1),
        ("chief", 0),
        ("leader", 0),
        ("viewer", 0),
    ):
        listed = (await client(who).get("/conflicts")).json()["items"]
        assert [one["reason"] for one in listed] == [SECRET] * sees, who
    (told,) = await events(world, "conflict.changed")
    assert told == told | {"conflict": mine["id"], "change": "declared"}
    assert SECRET not in str(told)


async def test_who_may_declare_and_end(client: Client, world: World) -> None:
    body = {"reason": SECRET, "station": "WZ-1", "username": "supervisor"}
    for who, status in (("chief", 403), ("both", 201), ("supervisor", 201), ("duty", 201)):
        assert (await client(who).post("/conflicts", json=body)).status_code == status, who
    (newest, *_) = (await client("duty").get("/conflicts")).json()["items"]
    path = f"/conflicts/{newest['id']}/end"
    for who, status in (("supervisor", 403), ("chief", 403), ("duty", 200), ("admin", 409)):
        assert (await client(who).post(path, json={"reason": "已离职"})).status_code == status, who
    own = await declare(client, "duty")
    assert (await client("duty").post(f"/conflicts/{own['id']}/end", json={"reason": "x"})).status_code == 403
    assert (await client("duty").post("/conflicts/999/end", json={"reason": "x"})).status_code == 404


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"station": None}, 422),
        ({"grid": COUNTY}, 422),
        ({"station": "WZ-9"}, 404),
        ({"station": None, "source": "WRY-9"}, 404),
        ({"until": at(hours=-1)}, 422),
        ({"reason": ""}, 422),
    ],
)
async def test_what_cannot_be_is_refused(client: Client, wrong: dict[str, Any], status: int) -> None:
    answer = await client("duty").post("/conflicts", json={"reason": SECRET, "station": "WZ-1"} | wrong)
    assert answer.status_code == status


async def test_what_is_over_binds_nobody(client: Client, world: World) -> None:
    order_id = await world.order_in(OrderState.DISPATCHED)
    await declare(client, "supervisor", station=None, grid=COUNTY, until=at(hours=1))
    await refused(client, "supervisor", f"/orders/{order_id}/acknowledge")
    world.clock.advance(hours=1)
    assert (await client("supervisor").post(f"/orders/{order_id}/acknowledge")).status_code == 200


async def test_who_assigns_a_duty_is_warned(client: Client, world: World) -> None:
    await declare(client, "supervisor")
    await declare(client, "both", station=None, grid=PREFECTURE)
    made = await client("chief").post(ROTATIONS, json=rotation())
    warning = {"username": "supervisor", "kind": "station", "code": "WZ-1"}
    assert made.json()["warnings"] == [warning]
    assert SECRET not in made.text
    made = await client("chief").post(OVERRIDES, json=spell(person="supervisor"))
    assert made.json()["warnings"] == [warning]
