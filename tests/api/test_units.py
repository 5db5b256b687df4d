"""Departments over HTTP, and how the category of a source brings them into an order."""

from typing import Any

import pytest

from app.api.order_shapes import OrderDetail
from app.api.roster_shapes import CategoryDutyShape, UnitShape
from app.database import transaction
from models.enums import OrderState
from models.order import Unrouted
from models.registry import Source
from tests.api.conftest import Client
from tests.api.test_roster import at, events
from tests.factories import COUNTY, OTHER_COUNTY, PREFECTURE, TOWNSHIP, World

SITE, PLANT = "建筑工地", "工业企业"
LIKELY = {"code": "WRY-1", "category": SITE, "score": 0.4}
WHY = {"rule": "x", "upwind": {"sources": [LIKELY]}}


@pytest.fixture
async def units(client: Client, world: World) -> None:
    """住建局 leads for sites in the prefecture, with the county's 城管局 beside it."""
    async with transaction(world.sessions) as session:
        for code, category in (("WRY-1", SITE), ("WRY-2", PLANT)):
            grid = world.grids[COUNTY].id
            session.add(Source(code=code, name=code, grid_id=grid, lon=87.3, lat=44.0, category=category))
    duty = client("duty")
    for code, name, grid in (("zjj", "住建局", PREFECTURE), ("cgj", "城管局", COUNTY)):
        made = await duty.post("/units", json={"code": code, "name": name, "grid": grid})
        assert made.status_code == 201, made.text
        UnitShape.model_validate(made.json())
    assert (await duty.post("/units/zjj/members", json={"username": "viewer"})).status_code == 201
    ends = {"username": "patroller", "until": at(hours=1)}
    assert (await duty.post("/units/zjj/members", json=ends)).status_code == 201
    made = await duty.post("/category-duties", json=lead(co_handlers=["cgj"]))
    assert made.status_code == 201, made.text
    assert CategoryDutyShape.model_validate(made.json()).lead.name == "住建局"


def lead(**over: Any) -> dict[str, Any]:
    return {"category": SITE, "grid": COUNTY, "lead": "zjj", "reason": "责任清单"} | over


async def detail(client: Client, order_id: int) -> OrderDetail:
    return OrderDetail.model_validate((await client("duty").get(f"/orders/{order_id}")).json())


@pytest.mark.usefixtures("units")
async def test_an_order_by_hand_brings_in_lead_and_co_handlers(client: Client, world: World) -> None:
    body = {"grid": COUNTY, "reason": "扬尘", "category": SITE}
    order_id = (await client("duty").post("/orders", json=body)).json()["id"]
    shown = await detail(client, order_id)
    assert [(u.code, u.part, u.members) for u in shown.units] == [
        ("zjj", "lead", ["姓名 viewer", "姓名 patroller"]), ("cgj", "co_handler", []),
    ]  # fmt: skip
    (sent,) = await events(world, "order.dispatched")
    assert sent == sent | {"category": SITE, "lead": "住建局", "co_handlers": ["城管局"]}
    assert "no_lead_unit" not in sent
    assert [(r["username"], r["role"]) for r in sent["recipients"]][-2:] == [
        ("viewer", "lead"), ("patroller", "lead"),
    ]  # fmt: skip
    world.clock.advance(hours=1)
    assert (await detail(client, order_id)).units[0].members == ["姓名 viewer"]
    wrong = await client("duty").post("/orders", json=body | {"category": "无此类别"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "invalid")


@pytest.mark.usefixtures("units")
@pytest.mark.parametrize(("score", "category"), [(0.4, SITE), (0.1, None)])
async def test_the_category_is_read_off_the_evidence_when_its_score_says_so(
    client: Client, world: World, score: float, category: str | None
) -> None:
    why = {"upwind": {"sources": [LIKELY | {"score": score}]}}
    alert_id = await world.alert(why=why)
    order_id = await order_of(world, alert_id)
    shown = await detail(client, order_id)
    assert (shown.category, len(shown.units)) == (category, 2 if category else 0)
    (sent,) = await events(world, "order.dispatched")
    assert sent.get("no_lead_unit") == (None if category else True)


async def order_of(world: World, alert_id: int, station: str = "WZ-1") -> int:
    """The order of an alert that had waited until a person said who answers."""
    async with transaction(world.sessions) as session:
        row = Unrouted(
            alert_id=alert_id,
            grid_id=world.stations[station].grid_id,
            reason="x",
            created_at=world.clock.now(),
        )
        session.add(row)
        await session.flush()
        return await world.context.pipeline.route(
            session, row.id, world.grids[COUNTY].id, caller=world.caller("duty"), clock=world.clock
        )


@pytest.mark.usefixtures("units")
async def test_the_category_can_be_set_until_it_is_closed(client: Client, world: World) -> None:
    order_id = await world.order_in(OrderState.ON_SITE)
    path = f"/orders/{order_id}/category"
    stale = await client("duty").post(path, json={"category": SITE}, headers={"If-Match": '"1"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "version_conflict")
    for who, status in (("viewer", 403), ("chief", 403), ("neighbour", 404), ("supervisor", 200)):
        answer = await client(who).post(path, json={"category": SITE})
        assert answer.status_code == status, who
    assert (await detail(client, order_id)).category == SITE
    assert (await client("duty").post(path, json={"category": PLANT})).status_code == 200
    shown = await detail(client, order_id)
    assert (shown.category, shown.units) == (PLANT, [])
    first, second = await events(world, "order.categorised")
    assert (first["lead"], first["actor"], second["no_lead_unit"]) == ("住建局", "姓名 supervisor", True)
    closed = await world.order_in(OrderState.CLOSED)
    late = await client("duty").post(f"/orders/{closed}/category", json={"category": SITE})
    assert (late.status_code, late.json()["code"]) == (409, "forbidden_transition")
    assert (await client("duty").post("/orders/999/category", json={"category": SITE})).status_code == 404


@pytest.mark.usefixtures("units")
async def test_what_cannot_be_is_refused(client: Client, world: World) -> None:
    duty = client("duty")
    for path, body, status in (
        ("/category-duties", lead(), 409),
        ("/category-duties", lead(category=PLANT, lead="xyz"), 422),
        ("/category-duties", lead(category=PLANT, grid=OTHER_COUNTY, lead="cgj"), 422),
        ("/category-duties", lead(category=PLANT, co_handlers=["zjj"]), 422),
        ("/category-duties", lead(category=PLANT, until=at(hours=-1)), 422),
        ("/category-duties", lead(category=PLANT, grid=TOWNSHIP), 422),
        ("/units", {"code": "zjj", "name": "x", "grid": COUNTY}, 409),
        ("/units/zjj/members", {"username": "viewer"}, 409),
        ("/units/zjj/members", {"username": "who"}, 422),
        ("/units/xyz/members", {"username": "viewer"}, 404),
        ("/units/zjj/members/end", {"username": "chief", "reason": "x"}, 409),
    ):
        answer = await duty.post(path, json=body)
        assert answer.status_code == status, (path, body, answer.text)
    chief = client("chief")
    assert (await chief.post("/units/zjj/members", json={"username": "chief"})).status_code == 404
    assert (await chief.post("/units/cgj/members", json={"username": "chief"})).status_code == 201
    assert (await chief.post("/category-duties", json=lead(grid=PREFECTURE))).status_code == 404
    assert (await client("viewer").post("/category-duties", json=lead(category=PLANT))).status_code == 403


@pytest.mark.usefixtures("units")
async def test_what_the_prefecture_says_holds_where_the_county_says_nothing(
    client: Client, world: World
) -> None:
    duty = client("duty")
    whole = await duty.post("/category-duties", json=lead(grid=PREFECTURE))
    assert whole.status_code == 201
    (mine, *_) = (await duty.get(f"/category-duties?grid={COUNTY}")).json()["items"]
    assert [u.code for u in await units_of(client, world)] == ["zjj", "cgj"]
    ended = await duty.post(f"/category-duties/{mine['id']}/end", json={"reason": "改革"})
    assert ended.json()["until"] == at()
    assert [u.code for u in await units_of(client, world)] == ["zjj"]
    again = await duty.post(f"/category-duties/{mine['id']}/end", json={"reason": "x"})
    assert again.status_code == 409
    told = await events(world, "duty.changed")
    assert told[-1] == told[-1] | {"what": "category_duty", "change": "ended", "reason": "改革"}


async def units_of(client: Client, world: World) -> list[Any]:
    body = {"grid": COUNTY, "reason": "扬尘", "category": SITE}
    order_id = (await client("duty").post("/orders", json=body)).json()["id"]
    return (await detail(client, order_id)).units
