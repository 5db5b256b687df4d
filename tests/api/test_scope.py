"""A caller sees and touches only its own grids; outside, 404 and never 403."""

import pytest

from models.enums import OrderState
from tests.api.conftest import Client
from tests.factories import COUNTY, OTHER_COUNTY, PREFECTURE, TOWNSHIP, World

ACTS: list[tuple[str, dict[str, object]]] = [
    ("acknowledge", {}),
    ("feedback", {"finding": "x"}),
    ("report", {"measures": "x", "result": "y"}),
    ("review", {"decision": "accept", "comment": "x"}),
    ("void", {"reason": "x"}),
]


async def test_what_lies_outside_is_not_there(client: Client, world: World) -> None:
    order = await world.order(OTHER_COUNTY)
    alert = await world.alert("WZ-2")
    supervisor = client("supervisor")
    paths = [f"/orders/{order}", f"/orders/{order}/timeline", f"/alerts/{alert}"]
    paths += ["/stations/WZ-2", "/stations/WZ-2/readings"]
    paths += [f"/{what}?grid={OTHER_COUNTY}" for what in ("orders", "alerts", "stations", "sla/clocks")]
    paths += [f"/sla/breaches?grid={PREFECTURE}", "/orders?station=WZ-2", "/alerts?station=WZ-2"]
    for path in paths:
        answer = await supervisor.get(path)
        assert answer.status_code == 404, path
        assert answer.json()["code"] == "not_found"
    for act, body in ACTS:
        assert (await supervisor.post(f"/orders/{order}/{act}", json=body)).status_code == 404


async def test_lists_hold_only_what_lies_inside(client: Client, world: World) -> None:
    mine, other = await world.order(COUNTY), await world.order(OTHER_COUNTY)
    await world.alert("WZ-1")
    await world.alert("WZ-2")
    supervisor, duty = client("supervisor"), client("duty")
    assert [o["id"] for o in (await supervisor.get("/orders")).json()["items"]] == [mine]
    assert [o["id"] for o in (await duty.get("/orders")).json()["items"]] == [other, mine]
    for path, count in [("/alerts", 2), ("/stations", 2), ("/grids", 4), ("/sla/clocks", 6)]:
        assert len((await duty.get(path)).json()["items"]) == count, path
        assert len((await supervisor.get(path)).json()["items"]) == count // 2, path
        assert (await client("nobody").get(path)).json() == {"items": [], "next_cursor": None}
    assert [g["code"] for g in (await client("patroller").get("/grids")).json()["items"]] == [TOWNSHIP]
    assert len((await client("leader").get("/orders")).json()["items"]) == 2


@pytest.mark.parametrize("who", ["chief", "viewer", "duty", "admin"])
async def test_acts_of_a_supervisor_are_forbidden_to_others_who_see_the_order(
    client: Client, world: World, who: str
) -> None:
    order = await world.order(COUNTY)
    for act, body in ACTS[:3]:
        answer = await client(who).post(f"/orders/{order}/{act}", json=body)
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), act


@pytest.mark.parametrize("who", ["chief", "viewer", "supervisor", "admin"])
async def test_acts_of_a_duty_officer_are_forbidden_to_others(client: Client, world: World, who: str) -> None:
    order = await world.order_in(OrderState.REPORTED)
    for act, body in ACTS[3:]:
        answer = await client(who).post(f"/orders/{order}/{act}", json=body)
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), act
    made = await client(who).post("/orders", json={"grid": COUNTY, "reason": "x"})
    assert made.status_code == 403


async def test_the_quarantine_and_the_outbox_are_the_administrators(client: Client, world: World) -> None:
    quarantined = await world.quarantined(b"x")
    for who in ("supervisor", "duty", "leader", "nobody"):
        for path in ("/ingest/quarantine", f"/ingest/quarantine/{quarantined}", "/outbox"):
            assert (await client(who).get(path)).status_code == 403, path
        replay = await client(who).post(f"/ingest/quarantine/{quarantined}/replay")
        assert replay.status_code == 403
    assert (await client("supervisor").get("/unrouted")).status_code == 403


async def test_people_of_a_grid_are_shown_by_name_and_role_alone(client: Client) -> None:
    grids = (await client("duty").get("/grids")).json()["items"]
    county = next(grid for grid in grids if grid["code"] == COUNTY)
    assert county["parent"] == PREFECTURE
    assert {"name": "姓名 supervisor", "role": "supervisor"} in county["people"]
    assert all(set(person) == {"name", "role"} for person in county["people"])
