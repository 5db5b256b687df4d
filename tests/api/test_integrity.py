"""Integrity cases over HTTP: the prefecture's alone, decided once."""

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.api.integrity_shapes import CaseDetail, CaseShape
from app.api.shapes import Page
from app.journal import verify
from models.enums import CaseState, SignKind
from tests.api.conftest import Client
from tests.api.test_lists import counted, walk
from tests.factories import PREFECTURE, World

DECISION = {"decision": "confirmed", "reason": "采样口被布遮挡,有照片"}


async def opened(world: World, station: str = "WZ-1") -> int:
    fact = await world.sign(station)
    assert fact is not None
    return int(fact.case_id)


async def test_a_case_shows_its_evidence(client: Client, world: World) -> None:
    case_id = await opened(world)
    await world.sign(kind=SignKind.CUT)
    found = (await client("duty").get(f"/integrity/cases/{case_id}")).json()
    CaseDetail.model_validate(found)
    assert (found["station"], found["grid"], found["station_grid"]) == ("WZ-1", PREFECTURE, "652301")
    assert (found["state"], found["decided_by"], found["seconded_by"]) == ("open", None, None)
    assert [sign["kind"] for sign in found["signs"]] == ["muffled", "cut"]
    evidence = found["signs"][0]["evidence"]
    assert evidence["neighbours"] == ["WZ-2"]
    assert evidence["rule"]["name"] == "integrity.muffled"
    assert evidence["rule"]["figures"]["hours"] == 24
    assert evidence["series"]["pm25"] == [12.0, None]
    assert evidence["series"]["at"][0] == found["signs"][0]["from"]
    listed = (await client("leader").get("/integrity/cases")).json()
    Page[CaseShape].model_validate(listed)
    assert [sign["kind"] for sign in listed["items"][0]["signs"]] == ["muffled", "cut"]


async def test_it_is_decided_once_with_a_reason(client: Client, world: World) -> None:
    case_id = await opened(world)
    duty = client("duty")
    path = f"/integrity/cases/{case_id}/decide"
    first = await duty.post(path, json=DECISION, headers={"Idempotency-Key": "d-1"})
    assert first.status_code == 200, first.text
    CaseDetail.model_validate(first.json())
    assert first.json()["state"] == "confirmed"
    assert first.json()["decided_by"] == "姓名 duty"
    repeated = await duty.post(path, json=DECISION, headers={"Idempotency-Key": "d-1"})
    assert repeated.json() == first.json()
    for who in ("duty", "leader"):
        second = await client(who).post(path, json={"decision": "dismissed", "reason": "误会"})
        assert (second.status_code, second.json()["code"]) == (409, "forbidden_transition")
    assert (await duty.get(f"/integrity/cases/{case_id}")).json() == first.json()
    async with world.sessions() as session:
        assert (await verify(session)).fault is None


async def test_it_is_seconded_by_another_of_the_prefecture_and_by_nobody_below(
    client: Client, world: World
) -> None:
    case_id = await opened(world)
    path = f"/integrity/cases/{case_id}/second"
    assert (await client("leader").post(path)).status_code == 409
    await world.decide(case_id, CaseState.CONFIRMED)
    for who, status in (("duty", 403), ("supervisor", 404), ("viewer", 404)):
        assert (await client(who).post(path)).status_code == status, who
    done = await client("leader").post(path, headers={"Idempotency-Key": "s-1"})
    assert done.status_code == 200, done.text
    CaseDetail.model_validate(done.json())
    assert done.json()["seconded_by"] == "姓名 leader"
    again = await client("leader").post(path, headers={"Idempotency-Key": "s-1"})
    assert again.json() == done.json()
    assert (await client("both").post(path)).status_code == 409


@pytest.mark.parametrize("who", ["duty", "both", "leader"])
async def test_who_may_decide(client: Client, world: World, who: str) -> None:
    case_id = await opened(world)
    assert (await client(who).post(f"/integrity/cases/{case_id}/decide", json=DECISION)).status_code == 200


async def test_an_administrator_sees_but_does_not_decide(client: Client, world: World) -> None:
    case_id = await opened(world)
    admin = client("admin")
    assert (await admin.get(f"/integrity/cases/{case_id}")).status_code == 200
    answer = await admin.post(f"/integrity/cases/{case_id}/decide", json=DECISION)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize("who", ["supervisor", "chief", "neighbour", "patroller", "viewer", "nobody"])
async def test_whom_it_may_concern_does_not_see_it(client: Client, world: World, who: str) -> None:
    case_id = await opened(world)
    caller = client(who)
    assert (await caller.get("/integrity/cases")).json() == {"items": [], "next_cursor": None}
    assert (await caller.get(f"/integrity/cases/{case_id}")).status_code == 404
    assert (await caller.post(f"/integrity/cases/{case_id}/decide", json=DECISION)).status_code == 404
    assert (await client(None).get("/integrity/cases")).status_code == 401


async def test_filters_and_what_cannot_be(client: Client, world: World) -> None:
    first, other = await opened(world), await opened(world, "WZ-2")
    duty = client("duty")
    await duty.post(f"/integrity/cases/{first}/decide", json=DECISION | {"decision": "dismissed"})

    async def ids(query: str) -> list[int]:
        return [case["id"] for case in (await duty.get(f"/integrity/cases?{query}")).json()["items"]]

    assert await ids("") == [other, first]
    assert await ids("state=open") == [other]
    assert await ids("state=dismissed") == [first]
    assert await ids("state=confirmed") == []
    assert await ids("station=WZ-1") == [first]
    for query in ("state=closed", "limit=0", "cursor=!", "cursor=OTk5OTk5OTk5OTk5"):
        assert (await duty.get(f"/integrity/cases?{query}")).status_code == 422, query
    assert (await duty.get("/integrity/cases?station=none")).status_code == 404
    assert (await duty.get("/integrity/cases/999")).status_code == 404
    for bad in (
        {},
        {"decision": "confirmed"},
        DECISION | {"decision": "open"},
        DECISION | {"reason": " "},
        DECISION | {"x": 1},
    ):
        assert (await duty.post(f"/integrity/cases/{other}/decide", json=bad)).status_code == 422, bad


async def test_paging_shows_everything_once_at_the_same_cost(
    client: Client, world: World, engine: AsyncEngine
) -> None:
    for _ in range(4):
        await world.decide(await opened(world), CaseState.CONFIRMED)
        world.clock.advance(hours=13)
    duty = client("duty")
    whole = (await duty.get("/integrity/cases")).json()
    assert len(whole["items"]) == 4
    costs = []
    for limit in (1, 2, 1000):
        assert await walk(duty, "/integrity/cases", limit) == whole["items"]
        with counted(engine) as sent:
            await duty.get(f"/integrity/cases?limit={limit}")
        costs.append(len(sent))
    assert len(set(costs)) == 1
