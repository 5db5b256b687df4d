"""The page of an order by hand: who may, what is told, once for a form, and it is no order's page."""

from typing import Any

import httpx
import pytest
from sqlalchemy import select, update

from app.database import transaction
from models.enums import Severity
from models.order import WorkOrder
from models.registry import Source, Station
from tests.api.browsing import Browser, Forms, visible
from tests.factories import COUNTY, OTHER_COUNTY, PREFECTURE, World

ASKED = {"grid": COUNTY, "reason": "巡查发现扬尘", "severity": "serious"}


async def form_of(client: httpx.AsyncClient) -> dict[str, str]:
    return Forms((await client.get("/orders/new")).text).found["new"]


async def orders(world: World) -> list[WorkOrder]:
    async with world.sessions() as session:
        return list(await session.scalars(select(WorkOrder).order_by(WorkOrder.id)))


async def test_an_order_is_given_once_and_its_page_follows(browser: Browser, world: World) -> None:
    async with transaction(world.sessions) as session:
        grid_id = world.grids[COUNTY].id
        session.add(Source(code="S", name="堆场", grid_id=grid_id, lon=87.3, lat=44.0, category="工地扬尘"))
    duty = browser("duty")
    form = await form_of(duty) | ASKED | {"station": "WZ-1", "category": "工地扬尘"}
    for _ in range(2):
        answer = await duty.post("/orders/new", data=form)
        assert answer.status_code == 303, visible(answer.text)
    (order,) = await orders(world)
    assert answer.headers["location"] == f"/orders/{order.id}?done=given"
    said = (order.grid_id, order.station_id, order.reason, order.severity, order.drill, order.category)
    assert said == (
        grid_id, world.stations["WZ-1"].id, "巡查发现扬尘", Severity.SERIOUS, False, "工地扬尘",
    )  # fmt: skip
    page = await duty.get(answer.headers["location"])
    assert page.status_code == 200
    assert "工单已派发" in page.text


async def test_a_drill_is_warned_of_and_marked(browser: Browser, world: World) -> None:
    duty = browser("duty")
    text = visible((await duty.get("/orders/new")).text)
    assert "演练不能转为正式工单" in text
    assert (
        await duty.post("/orders/new", data=await form_of(duty) | ASKED | {"drill": "1"})
    ).status_code == 303
    assert [order.drill for order in await orders(world)] == [True]


@pytest.mark.parametrize(
    ("over", "status", "said"),
    [
        ({"grid": ""}, 422, "请填写：网格"),
        ({"grid": PREFECTURE}, 422, "该网格无人承办"),
        ({"grid": "999"}, 404, ""),
        ({"station": "WZ-404"}, 404, ""),
        ({"grid": OTHER_COUNTY, "station": "WZ-1"}, 422, "该站点不属于所选网格"),
        ({"reason": " "}, 422, "请填写：事由"),
        ({"reason": "x" * 501}, 422, "事由"),
        ({"reason": "a\x00b"}, 422, "事由"),
        ({"severity": "<b>"}, 422, "严重程度"),
        ({"category": "没有的类别"}, 422, "名录中没有该类别的污染源"),
    ],
)
async def test_what_cannot_be_is_told_and_what_was_typed_stays(
    browser: Browser, world: World, over: dict[str, Any], status: int, said: str
) -> None:
    duty = browser("duty")
    fields = await form_of(duty) | ASKED | {"drill": "1"} | over
    refused = await duty.post("/orders/new", data=fields)
    assert refused.status_code == status, visible(refused.text)
    assert said in visible(refused.text)
    if status == 422:
        assert "巡查发现扬尘" in refused.text or "reason" in over
        assert 'aria-describedby="drill-warning" checked' in refused.text
    assert await orders(world) == []


async def test_only_duty_officers_give_orders_and_see_the_links(browser: Browser, world: World) -> None:
    for name in ("admin", "leader", "chief", "supervisor", "viewer", "nobody"):
        client = browser(name)
        assert (await client.get("/orders/new")).status_code == 403, name
        board = (await client.get("/")).text
        assert "/orders/new" not in board, name
        form = Forms(board).found["logout"] | {"once": name}
        assert (await client.post("/orders/new", data=form | ASKED)).status_code == 403, name
    assert "/orders/new" not in (await browser("chief").get("/stations/WZ-1")).text
    duty = browser("duty")
    assert (await duty.post("/orders/new", data=ASKED | {"once": "x"})).status_code == 403
    assert await orders(world) == []
    assert f'href="/orders/new?grid={COUNTY}"' in (await duty.get(f"/?grid={COUNTY}")).text
    assert "/orders/new" not in (await duty.get("/?wall=1")).text
    assert (await browser(None).get("/orders/new")).headers["location"] == "/login?next=%2Forders%2Fnew"


async def test_the_address_fills_in_the_form(browser: Browser, world: World) -> None:
    duty = browser("duty")
    assert 'href="/orders/new?station=WZ-1"' in (await duty.get("/stations/WZ-1")).text
    page = (await duty.get("/orders/new?station=WZ-1")).text
    assert 'value="WZ-1" autocomplete' in page
    assert f'<option value="{COUNTY}" selected>' in page
    assert (
        f'<option value="{OTHER_COUNTY}" selected>'
        in (await duty.get(f"/orders/new?grid={OTHER_COUNTY}")).text
    )
    strange = (await duty.get("/orders/new?grid=%3Cb%3E&station=%22%3E%3Cscript%3E")).text
    assert "<script>" not in strange
    assert " selected>" not in strange.split('name="grid"')[1].split("</select>")[0]
    assert (await duty.get("/orders/new?station=" + "x" * 65)).status_code == 404


async def test_names_of_the_registry_are_text(browser: Browser, world: World) -> None:
    async with transaction(world.sessions) as session:
        await session.execute(update(Station).values(name="<script>alert(1)</script>"))
        session.add(
            Source(
                code="S",
                name="x",
                grid_id=world.grids[COUNTY].id,
                lon=87.3,
                lat=44.0,
                category='"><img src=x>',
            )
        )
        await world.context.directory.refresh(session)
    duty = browser("duty")
    page = (await duty.get("/orders/new")).text
    assert "<script>alert" not in page
    assert "<img" not in page
    answer = await duty.post("/orders/new", data=await form_of(duty) | ASKED | {"reason": "<img src=y>"})
    assert "<img src=y" not in (await duty.get(answer.headers["location"])).text


async def test_a_station_is_opened_on_what_its_open_alert_is_about(browser: Browser, world: World) -> None:
    duty = browser("duty")
    assert "selected" not in (await duty.get("/stations/WZ-1")).text
    await world.alert(pollutant="pm10")
    assert '<option value="pm10" selected>' in (await duty.get("/stations/WZ-1")).text
