"""Silences over HTTP: who may quiet which place, and for how long."""

from datetime import timedelta
from typing import Any

import pytest

from app.database import transaction
from models.bulk import fetch
from models.enums import Role
from models.registry import Duty
from tests.api.conftest import Client
from tests.factories import (
    COUNTY,
    LONG_AGO,
    OTHER_COUNTY,
    PREFECTURE,
    TOWNSHIP,
    World,
    make_person,
    make_station,
)
from tests.fakes import START

KEY = {"Idempotency-Key": "quiet-1"}


def at(**parts: float) -> str:
    return (START + timedelta(**parts)).isoformat()


def body(**over: Any) -> dict[str, Any]:
    return {"kind": "silence", "station": "WZ-1", "until": at(hours=6), "reason": "道路洒水车旁"} | over


async def told(world: World) -> list[Any]:
    async with world.sessions() as session:
        rows = await fetch(
            session, "SELECT kind, grid_id, data FROM journal WHERE kind LIKE 'silence.%' ORDER BY id"
        )
    return [tuple(row) for row in rows]


async def test_a_station_is_silenced_and_let_go(client: Client, world: World) -> None:
    duty = client("duty")
    made = await duty.post(
        "/silences", json=body(pollutants=["pm10", "pm25"], kinds=["sudden_rise"]), headers=KEY
    )
    assert made.status_code == 201, made.text
    silence = made.json()
    assert made.headers["Location"] == f"/api/v1/silences/{silence['id']}"
    assert silence == silence | {
        "kind": "silence", "state": "active", "grid": COUNTY, "station": "WZ-1", "pollutants": ["pm25", "pm10"],
        "kinds": ["sudden_rise"], "from": at(), "until": at(hours=6), "author": "姓名 duty", "suppressed": 0,
        "cancelled_at": None,
    }  # fmt: skip
    assert (
        await duty.post(
            "/silences", json=body(pollutants=["pm10", "pm25"], kinds=["sudden_rise"]), headers=KEY
        )
    ).json() == silence
    assert len((await duty.get("/silences")).json()["items"]) == 1
    world.clock.advance(hours=1)
    path = f"/silences/{silence['id']}"
    ended = await duty.post(f"{path}/cancel", json={"reason": "洒水结束"})
    assert (ended.status_code, ended.json()["state"], ended.json()["cancelled_by"]) == (
        200,
        "cancelled",
        "姓名 duty",
    )
    assert (ended.json()["cancel_reason"], ended.json()["until"]) == ("洒水结束", at(hours=6))
    again = await duty.post(f"{path}/cancel", json={"reason": "x"})
    assert (again.status_code, again.json()["code"]) == (409, "forbidden_transition")
    (started, over) = await told(world)
    assert started[:2] == ("silence.started", world.grids[COUNTY].id)
    assert started[2] == started[2] | {
        "station_name": "微站 WZ-1", "grid_name": "昌吉市", "author": "姓名 duty", "until": at(hours=6),
        "reason": "道路洒水车旁",
    }  # fmt: skip
    assert over[0] == "silence.ended"
    assert over[2] == over[2] | {"occurred_at": at(hours=1), "cancelled_by": "姓名 duty", "suppressed": 0}


async def test_states_are_told_apart(client: Client, world: World) -> None:
    duty = client("duty")
    ids = {}
    for name, span in {
        "active": {},
        "planned": {"from": at(hours=2), "until": at(days=2)},
        "ended": {"until": at(minutes=1)},
    }.items():
        ids[name] = (await duty.post("/silences", json=body(**span))).json()["id"]
    world.clock.advance(minutes=1)
    for state in ("active", "planned", "ended", "cancelled"):
        listed = (await duty.get(f"/silences?state={state}")).json()["items"]
        assert [one["id"] for one in listed] == ([ids[state]] if state in ids else []), state
    assert (await duty.post(f"/silences/{ids['ended']}/cancel", json={"reason": "x"})).status_code == 409
    assert (await duty.post(f"/silences/{ids['planned']}/cancel", json={"reason": "x"})).status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"until": None},
        {"until": at(hours=-1)},
        {"until": at(days=30, seconds=1)},
        {"kind": "maintenance", "until": at(days=90, seconds=1)},
        {"from": at(minutes=-2)},
        {"from": at(hours=7)},
        {"until": "2026-11-24T00:00:00"},
        {"grid": COUNTY},
        {"station": None},
        {"reason": " "},
        {"pollutants": ["voc"]},
        {"pollutants": []},
        {"kinds": ["smell"]},
        {"kind": "maintenance", "kinds": ["offline"]},
        {"kind": "forever"},
    ],
)
async def test_what_cannot_be_is_422(client: Client, wrong: dict[str, Any]) -> None:
    answer = await client("duty").post("/silences", json=body(**wrong))
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


async def test_the_longest_that_may_be(client: Client) -> None:
    duty = client("duty")
    assert (await duty.post("/silences", json=body(until=at(days=30)))).status_code == 201
    assert (await duty.post("/silences", json=body(kind="maintenance", until=at(days=90)))).status_code == 201
    # A caller's clock may be a little behind: it begins now, not before.
    soon = await duty.post("/silences", json=body(**{"from": at(seconds=-30)}))
    assert soon.json()["from"] == at()


async def test_what_lies_outside_is_not_there(client: Client, world: World) -> None:
    duty, supervisor = client("duty"), client("supervisor")
    other = (await duty.post("/silences", json=body(station="WZ-2"))).json()["id"]
    whole = (await duty.post("/silences", json=body(station=None, grid=PREFECTURE))).json()["id"]
    mine = (await duty.post("/silences", json=body(station=None, grid=TOWNSHIP))).json()["id"]
    assert [one["id"] for one in (await supervisor.get("/silences")).json()["items"]] == [mine]
    for id_ in (other, whole, 999):
        assert (await supervisor.get(f"/silences/{id_}")).status_code == 404
        assert (await supervisor.post(f"/silences/{id_}/cancel", json={"reason": "x"})).status_code == 404
    assert (await supervisor.get(f"/silences/{mine}")).status_code == 200
    assert (await supervisor.post(f"/silences/{mine}/cancel", json={"reason": "x"})).status_code == 403
    assert (await supervisor.get(f"/silences?grid={OTHER_COUNTY}")).status_code == 404
    assert (await supervisor.post("/silences", json=body(station="WZ-2"))).status_code == 404
    assert (await supervisor.post("/silences", json=body())).status_code == 403
    for who in ("admin", "chief", "viewer", "patroller"):
        answer = await client(who).post("/silences", json=body(station=None, grid=TOWNSHIP))
        assert answer.status_code == 403, who
    assert (await client("nobody").post("/silences", json=body())).status_code == 404


async def test_a_duty_officer_of_a_county_quiets_only_that_county(client: Client, world: World) -> None:
    async with transaction(world.sessions) as session:
        person = await make_person(session, "county-duty", (Role.DUTY_OFFICER, world.grids[COUNTY]))
    world.people["county-duty"] = person
    officer = client("county-duty")
    assert (await officer.post("/silences", json=body())).status_code == 201
    for wrong in ({"station": "WZ-2"}, {"station": None, "grid": PREFECTURE}):
        assert (await officer.post("/silences", json=body(**wrong))).status_code == 403
    assert (await officer.post("/rules/response", json={"level": "red", "reason": "x"})).status_code == 403


async def test_a_stations_silence_belongs_to_the_grid_it_stands_in(client: Client, world: World) -> None:
    async with transaction(world.sessions) as session:
        await make_station(session, "WZ-T", world.grids[TOWNSHIP])
        patroller = world.people["patroller"]
        session.add(
            Duty(person_id=patroller.id, grid_id=world.grids[TOWNSHIP].id, role="viewer", valid_from=LONG_AGO)
        )
        await session.flush()
        await world.context.directory.refresh(session)
    made = (await client("duty").post("/silences", json=body(station="WZ-T"))).json()
    assert made["grid"] == TOWNSHIP
    assert len((await client("patroller").get("/silences?station=WZ-T")).json()["items"]) == 1
    assert len((await client("supervisor").get(f"/silences?grid={COUNTY}")).json()["items"]) == 1
