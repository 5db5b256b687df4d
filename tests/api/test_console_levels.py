"""Tasks and joint orders on an order's page: shown, and overridden by its forms."""

import pytest_asyncio

from dispatch.reports.decisions import AsOrder
from models.enums import OrderState, Severity
from tests.api.browsing import Browser, forms, visible
from tests.factories import COUNTY, OTHER_COUNTY, TOWNSHIP, World
from tests.levels import add_levels, file, hand, open_joint, rows, triage


@pytest_asyncio.fixture
async def levels(world: World) -> World:
    return await add_levels(world)


async def test_a_report_over_unfinished_tasks_is_told_and_takes_a_reason(
    browser: Browser, levels: World
) -> None:
    order = await levels.order_in(OrderState.ON_SITE)
    await hand(levels, order)
    client = browser("supervisor")
    page = visible((await client.get(f"/orders/{order}")).text)
    assert "下派任务" in page
    assert "查看堆场并覆盖" in page
    hidden = (await forms(client, order))["report"]
    body = {"measures": "洒水", "result": "下降"}
    refused = await client.post(f"/orders/{order}/report", data=hidden | body)
    assert refused.status_code == 409
    assert "尚未完成，请说明理由" in visible(refused.text)
    hidden = (await forms(client, order))["report"]
    done = await client.post(
        f"/orders/{order}/report", data=hidden | body | {"unfinished_tasks_reason": "乡镇尚在途中"}
    )
    assert done.status_code == 303
    assert "乡镇尚在途中" in (await browser("duty").get(f"/orders/{order}")).text


async def test_a_joint_order_shows_its_parts_and_links_those_the_reader_sees(
    browser: Browser, levels: World
) -> None:
    parent = await open_joint(levels, await levels.order_in(OrderState.ON_SITE), OTHER_COUNTY)
    child = parent + 1
    for who, linked in (("supervisor", False), ("duty", True)):
        page = (await browser(who).get(f"/orders/{parent}")).text
        assert f"2026-{OTHER_COUNTY}-000001" in page
        assert (f'href="/orders/{child}"' in page) is linked
    seen = (await browser("neighbour").get(f"/orders/{child}")).text
    assert f"2026-{COUNTY}-000001" in seen
    assert f'href="/orders/{parent}"' not in seen
    client = browser("supervisor")
    hidden = (await forms(client, parent))["report"]
    body = {"measures": "洒水", "result": "下降", "open_children_reason": "联系不上"}
    assert (await client.post(f"/orders/{parent}/report", data=hidden | body)).status_code == 303
    assert await rows(levels, "SELECT open_children_reason FROM disposal_report") == [("联系不上",)]


async def test_withdrawing_a_joint_order_by_form(browser: Browser, levels: World) -> None:
    parent = await open_joint(levels, await levels.order(), OTHER_COUNTY)
    client = browser("duty")
    hidden = (await forms(client, parent))["void"]
    assert (await client.post(f"/orders/{parent}/void", data=hidden | {"reason": "误报"})).status_code == 409
    hidden = (await forms(client, parent))["void"]
    body = {"reason": "误报", "with_children": "true"}
    assert (await client.post(f"/orders/{parent}/void", data=hidden | body)).status_code == 303
    assert await rows(levels, "SELECT DISTINCT state FROM work_order") == [("void",)]


async def test_an_order_of_a_report_says_where_it_came_from(browser: Browser, levels: World) -> None:
    report = await file(levels, TOWNSHIP, place="三队北侧")
    await triage(levels, report, AsOrder(Severity.NOTICE))
    ((order,),) = await rows(levels, "SELECT id FROM work_order")
    page = visible((await browser("supervisor").get(f"/orders/{order}")).text)
    assert f"下级上报 UP-2026-{COUNTY}-000001" in page
    assert "三队北侧" in page
