"""What stands beside an order on its page: whose turn it is, requests, holders, clocks of a receiver alone."""

from typing import Any

import pytest

from app.database import transaction
from models.bulk import fetch
from models.enums import OrderState
from tests.api.browsing import Browser, visible
from tests.api.conftest import Client
from tests.factories import OTHER_COUNTY, World

FRESH = {"reason": "不属本市", "kind": "transfer", "grid": OTHER_COUNTY, "code": "outside_grid"}


async def shown(browser: Browser, order_id: int, *, language: str = "zh", who: str = "duty") -> str:
    return (await browser(who).get(f"/orders/{order_id}", params={"lang": language})).text


async def post(client: Client, who: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = await client(who).post(path, json=body)
    assert answer.is_success, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize(
    ("language", "says"),
    [("zh", "昌吉市 网格监督员: 签收"), ("en", "昌吉市 Grid supervisor: Acknowledgement")],
)
async def test_the_page_says_whose_turn_it_is(
    browser: Browser, world: World, language: str, says: str
) -> None:
    page = await shown(browser, await world.order(), language=language)
    assert says in page
    assert 'article class="said"' not in page
    assert 'id="holders"' not in page


async def test_an_alert_that_rose_after_the_report_is_told_beside_the_severity(
    browser: Browser, world: World
) -> None:
    alert = await world.alert()
    order_id = await world.order(station="WZ-1")
    async with transaction(world.sessions) as session:
        for table, column, other, row in (
            ("alert", "order_id", order_id, alert),
            ("work_order", "alert_id", alert, order_id),
        ):
            await fetch(session, f"UPDATE {table} SET {column} = $1 WHERE id = $2", other, row)
        await fetch(session, "UPDATE work_order SET severity = 'serious' WHERE id = $1", order_id)
    assert 'id="graver"' not in await shown(browser, order_id)
    async with transaction(world.sessions) as session:
        await fetch(session, "UPDATE alert SET severity = 'critical' WHERE id = $1", alert)
    page = await shown(browser, order_id)
    assert "其报警此后升至特别严重" in page
    assert "has become Critical since" in await shown(browser, order_id, language="en")


async def test_a_request_is_shown_pending_and_then_what_came_of_it(
    browser: Browser, client: Client, world: World
) -> None:
    order_id = await world.order()
    request = await post(client, "supervisor", f"/orders/{order_id}/requests", FRESH)
    page = await shown(browser, order_id)
    assert "待州大气办审批" in page
    assert "州大气办 值班员: 请示审批" in page
    granted = {"decision": "approve", "misdispatched": True}
    await post(client, "leader", f"/requests/{request['id']}/decide", granted)
    page = await shown(browser, order_id)
    assert "州大气办 值班员: 请示审批" not in page
    assert "阜康市 网格监督员: 签收" in page
    assert page.index('id="requests"') < page.index("属派单错误") < page.index('id="holders"')
    assert "阜康市 单独计时" in page
    assert "昌吉市 → 阜康市" in page


async def test_a_closed_order_is_nobodys_turn(browser: Browser, world: World) -> None:
    assert 'id="turn"' not in await shown(browser, await world.order_in(OrderState.CLOSED))


async def test_a_late_order_is_withdrawn_by_two_and_what_ended_with_it_was_not_answered(
    browser: Browser, client: Client, world: World
) -> None:
    order_id = await world.order()
    assert f'action="/orders/{order_id}/void"' in await shown(browser, order_id)
    # Late by its deadline, whether an engine has noticed or not.
    world.clock.advance(hours=3)
    late = await shown(browser, order_id)
    assert f'action="/orders/{order_id}/void"' not in late
    assert "请在下方“请示”中提出作废" in late
    request = await post(
        client, "duty", f"/orders/{order_id}/requests", {"kind": "void", "reason": "重复派单"}
    )
    await post(client, "leader", f"/requests/{request['id']}/decide", {"decision": "approve"})
    page = visible(await shown(browser, order_id, language="en"))
    assert page.count(", unanswered") == 3
