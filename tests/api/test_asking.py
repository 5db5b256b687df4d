"""Requests 请示 by the forms of an order's page: asked, decided, refused in words, and once."""

import re
from datetime import timedelta
from typing import Any

import pytest

from models.clock import BEIJING
from models.enums import OrderState
from tests.api.browsing import Browser, asks, visible
from tests.api.conftest import Client
from tests.factories import COUNTY, OTHER_COUNTY, TOWNSHIP, World
from tests.levels import add_levels


def beijing(world: World, **ahead: float) -> str:
    """As a date-and-time field sends it."""
    at = world.clock.now() + timedelta(**ahead)
    return at.astimezone(BEIJING).strftime("%Y-%m-%dT%H:%M")


async def send(browser: Browser, who: str, order: int, act: str, *, status: int = 303, **fields: str) -> str:
    """The form as a browser sends it; gives the page that comes then, as it is read."""
    client = browser(who)
    hidden = (await asks(client, order))[act]
    answer = await client.post(f"/orders/{order}/{act}", data=hidden | fields)
    assert answer.status_code == status, answer.text
    if status == 303:
        answer = await client.get(answer.headers["location"])
    return visible(answer.text)


async def detail(client: Client, order: int) -> dict[str, Any]:
    return dict((await client("duty").get(f"/orders/{order}")).json())


async def test_a_deadline_is_asked_for_and_granted(browser: Browser, client: Client, world: World) -> None:
    order = await world.order()
    clocks = {clock["kind"]: clock for clock in (await detail(client, order))["clocks"]}
    until = beijing(world, minutes=90)
    said = await send(
        browser, "supervisor", order, "ask_extension",
        clock_id=str(clocks["feedback"]["id"]), until=until, reason="道路结冰",
    )  # fmt: skip
    assert "请示已提交" in said
    assert "待州大气办审批" in said
    # Whoever filed it cannot decide it, but may take it back; nobody is offered the same kind again.
    assert "take_back" in await asks(browser("supervisor"), order)
    assert "decide" not in await asks(browser("supervisor"), order)
    assert "ask_extension" not in await asks(browser("supervisor"), order)
    said = await send(browser, "duty", order, "decide", decision="reject", status=422)
    assert "不同意请示时，请在意见中说明理由" in said
    said = await send(browser, "duty", order, "decide", decision="approve", comment="同意")
    assert "请示已同意并执行" in said
    moved = {clock["kind"]: clock for clock in (await detail(client, order))["clocks"]}["feedback"]
    assert moved["due_at"] > moved["original_due_at"] == clocks["feedback"]["due_at"]


async def test_what_cannot_be_is_told_and_what_was_typed_stays(
    browser: Browser, client: Client, world: World
) -> None:
    order = await world.order()
    clock = next(c for c in (await detail(client, order))["clocks"] if c["kind"] == "feedback")
    fields = {"clock_id": str(clock["id"]), "reason": "<b>路远</b>"}
    page = browser("supervisor")
    hidden = (await asks(page, order))["ask_extension"]
    for until, says in (
        (beijing(world, hours=9), "时间超出允许范围"),
        ("gestern", "请填写日期和时间"),
        ("", "请填写"),
    ):
        answer = await page.post(f"/orders/{order}/ask_extension", data=hidden | fields | {"until": until})
        assert answer.status_code == 422
        assert says in visible(answer.text)
        assert "&lt;b&gt;路远&lt;/b&gt;" in answer.text
    assert (await detail(client, order))["requests"] == []


async def test_an_order_goes_to_another_county_and_for_good_at_the_end(
    browser: Browser, client: Client, world: World
) -> None:
    order = await world.order()
    ask = {"code": "outside_grid", "reason": "不在辖区"}
    await send(browser, "supervisor", order, "ask_transfer", grid=OTHER_COUNTY, **ask)
    await send(browser, "duty", order, "decide", decision="approve", policy="restart_for_receiver")
    assert (await detail(client, order))["grid"] == OTHER_COUNTY
    # The county that gave it away sees it no more.
    assert (await browser("supervisor").get(f"/orders/{order}")).status_code == 404
    await send(browser, "neighbour", order, "ask_transfer", grid=COUNTY, **ask)
    said = await send(browser, "leader", order, "decide", decision="approve")
    assert "请示已同意并执行" in said
    # Handed on twice: nobody is offered a third time, and the prefecture says whose it is.
    assert "ask_transfer" not in await asks(browser("supervisor"), order)
    assert "assign" not in await asks(browser("supervisor"), order)
    said = await send(browser, "duty", order, "assign", grid=COUNTY, reason="以此为准")
    assert "已指定承办单位" in said
    assert "assign" not in await asks(browser("duty"), order)


async def test_a_suspended_order_goes_on_after_the_recheck(browser: Browser, world: World) -> None:
    order = await world.order_in(OrderState.ON_SITE)
    said = await send(
        browser, "supervisor", order, "ask_suspension",
        plan="更换除尘设备", until=beijing(world, days=20), reason="设备订货",
    )  # fmt: skip
    assert "更换除尘设备" in said
    # Only a chief suspends.
    assert "decide" not in await asks(browser("duty"), order)
    await send(browser, "leader", order, "decide", decision="approve")
    assert "ask_suspension" not in await asks(browser("supervisor"), order)
    said = await send(browser, "duty", order, "recheck", comment="已看过")
    assert "工单已恢复办理" in said
    assert "recheck" not in await asks(browser("duty"), order)


async def test_several_units_handle_it_together(browser: Browser, client: Client, world: World) -> None:
    order = await world.order()
    fields = {"mode": "cross_county", "lead": COUNTY, "reason": "跨界"}
    said = await send(browser, "supervisor", order, "ask_joint", status=422, **fields)
    assert "请填写：其他单位" in said.replace(" ", "")
    said = await send(browser, "supervisor", order, "ask_joint", **fields | {f"other_{OTHER_COUNTY}": "1"})
    assert "阜康市" in said
    await send(browser, "leader", order, "decide", decision="approve")
    assert [child["grid"] for child in (await detail(client, order))["children"]] == [OTHER_COUNTY]


async def test_who_keeps_out_says_why_to_the_level_above_alone(browser: Browser, world: World) -> None:
    order = await world.order()
    await send(browser, "supervisor", order, "ask_recusal", reason="亲属在该企业")
    for who in ("duty", "supervisor", "viewer"):
        assert "亲属在该企业" not in (await browser(who).get(f"/orders/{order}")).text
    assert "take_back" not in await asks(browser("supervisor"), order)
    said = await send(browser, "duty", order, "decide", decision="reject", comment="不构成回避")
    assert "请示未获同意" in said


async def test_a_late_order_is_withdrawn_by_two(browser: Browser, client: Client, world: World) -> None:
    order = await world.order()
    assert "ask_void" not in await asks(browser("duty"), order)
    world.clock.advance(hours=3)
    await send(browser, "duty", order, "ask_void", reason="重复派单", false_alarm="duplicate")
    assert "decide" not in await asks(browser("duty"), order)
    await send(browser, "leader", order, "decide", decision="approve")
    assert (await detail(client, order))["state"] == "void"


async def test_sent_twice_it_is_asked_once_and_taken_back_once(
    browser: Browser, client: Client, world: World
) -> None:
    order = await world.order()
    page = browser("supervisor")
    hidden = (await asks(page, order))["ask_transfer"]
    fields = hidden | {"grid": OTHER_COUNTY, "code": "other", "reason": "一次"}
    for _ in range(2):
        assert (await page.post(f"/orders/{order}/ask_transfer", data=fields)).status_code == 303
    assert len((await detail(client, order))["requests"]) == 1
    other = await page.post(f"/orders/{order}/ask_transfer", data=fields | {"reason": "两次"})
    assert other.status_code == 409
    said = await send(browser, "supervisor", order, "take_back")
    assert "请示已撤回" in said


@pytest.mark.parametrize("act", ["ask_transfer", "decide", "take_back", "assign", "recheck"])
async def test_who_sees_nothing_does_nothing(browser: Browser, world: World, act: str) -> None:
    order = await world.order()
    stranger = browser("neighbour")
    # A token of a page that is theirs, on an order that is not.
    own = await world.order(OTHER_COUNTY)
    hidden = (await asks(stranger, own))["ask_transfer"]
    fields = hidden | {"grid": COUNTY, "code": "other", "reason": "x", "request": "1", "decision": "approve"}
    assert (await stranger.post(f"/orders/{order}/{act}", data=fields)).status_code == 404
    without = {name: value for name, value in fields.items() if name != "csrf_token"}
    assert (await stranger.post(f"/orders/{own}/{act}", data=without)).status_code == 403


async def test_who_may_ask_nothing_is_offered_nothing(browser: Browser, world: World) -> None:
    order = await world.order()
    assert await asks(browser("viewer"), order) == {}
    assert set(await asks(browser("supervisor"), order)) == {
        "ask_extension", "ask_transfer", "ask_joint", "ask_recusal",
    }  # fmt: skip
    assert set(await asks(browser("duty"), order)) == {"ask_recusal"}
    closed = await world.order_in(OrderState.CLOSED)
    assert await asks(browser("supervisor"), closed) == {}


async def test_only_units_that_the_rule_takes_are_offered(
    browser: Browser, client: Client, world: World
) -> None:
    await add_levels(world)
    order = await world.order()
    page = (await browser("supervisor").get(f"/orders/{order}")).text
    transfer = page[page.index("/ask_transfer") : page.index("/ask_joint")]
    joint = page[
        page.index("/ask_joint") : page.index(
            "/ask_suspension" if "/ask_suspension" in page else "/ask_recusal"
        )
    ]
    assert OTHER_COUNTY in transfer
    assert TOWNSHIP not in transfer + joint
    assert COUNTY not in re.findall(r'<option value="(\w+)"', transfer)
    # What becomes of the deadlines is said, with those that run.
    assert "尚未完成的时限： 签收" in visible(transfer)
    assert "按规则为连续计时；属于错派的为重新计时。" in visible(transfer)
    fields = {"mode": "cross_county", "lead": COUNTY, "reason": "跨界", f"other_{OTHER_COUNTY}": "1"}
    await send(browser, "supervisor", order, "ask_joint", **fields)
    await send(browser, "leader", order, "decide", decision="approve")
    # The lead is settled, the other county has its part, and a part has no parts.
    page = (await browser("supervisor").get(f"/orders/{order}")).text
    joint = page[page.index("/ask_joint") :]
    assert f'name="other_{OTHER_COUNTY}"' not in joint
    assert re.findall(
        r'<option value="(\d+)"',
        joint[joint.index('name="lead"') : joint.index("</select>", joint.index('name="lead"'))],
    ) == [COUNTY]
    (child,) = (await detail(client, order))["children"]
    assert "ask_joint" not in await asks(browser("neighbour"), child["id"])
