"""Warnings acknowledged 知悉: many at once, on the record of each, stopping nothing."""

import re

from dispatch.commands import Acknowledge
from models.bulk import fetch
from models.enums import OrderState
from tests.api.browsing import Browser, visible
from tests.api.conftest import Client
from tests.factories import COUNTY, OTHER_COUNTY, World


async def noted(world: World) -> list[tuple[int, str, str | None]]:
    async with world.sessions() as session:
        rows = await fetch(
            session,
            "SELECT order_id, data->>'actor', data->>'comment' FROM journal WHERE kind = 'sla.noted' ORDER BY id",
        )
    return [tuple(row) for row in rows]


def token(page: str, name: str) -> str:
    form = page[page.index('action="/board/note"') :]
    found = re.search(rf'name="{name}" value="([^"]*)"', form)
    assert found is not None
    return found.group(1)


async def test_what_warns_is_acknowledged_and_the_rest_passed_over(client: Client, world: World) -> None:
    early = await world.order(COUNTY)
    world.clock.advance(hours=3)
    late = await world.order(OTHER_COUNTY)
    foreign = 99_999
    # The early one is over its deadlines; of the late one the acknowledgement is due within ten minutes.
    answer = await client("duty").post(
        "/sla/warnings/acknowledge", json={"orders": [early, late, foreign], "note": "已电话提醒"}
    )
    assert answer.status_code == 200, answer.text
    assert [one["order"] for one in answer.json()["noted"]] == [early, late]
    assert await noted(world) == [(early, "姓名 duty", "已电话提醒"), (late, "姓名 duty", "已电话提醒")]
    async with world.sessions() as session:
        stopped = await fetch(session, "SELECT count(*) FROM sla_clock WHERE stopped_at IS NOT NULL")
    assert stopped[0][0] == 0


async def test_what_does_not_warn_is_not_acknowledged(client: Client, world: World) -> None:
    order = await world.order()
    duty = client("duty")
    await world.act(order, Acknowledge())
    answer = await duty.post("/sla/warnings/acknowledge", json={"orders": [order, order + 1]})
    assert answer.json() == {"noted": [], "already": []}
    assert await noted(world) == []


async def test_who_may_and_in_which_grids(client: Client, world: World) -> None:
    order = await world.order(COUNTY)
    body = {"orders": [order]}
    for who in ("supervisor", "viewer", "neighbour"):
        refused = await client(who).post("/sla/warnings/acknowledge", json=body)
        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert (await client("leader").post("/sla/warnings/acknowledge", json=body)).json()["noted"]
    for bad in ({"orders": []}, {"orders": [0]}, {"orders": [1] * 301}, {"orders": [1], "note": "x" * 201}):
        assert (await client("duty").post("/sla/warnings/acknowledge", json=bad)).status_code == 422


async def test_on_the_board_it_is_done_once_and_shown_beside_the_deadline(
    browser: Browser, world: World
) -> None:
    orders = [await world.order(COUNTY), await world.order(OTHER_COUNTY)]
    duty = browser("duty")
    page = (await duty.get("/")).text
    fields = {
        "csrf_token": token(page, "csrf_token"),
        "once": token(page, "once"),
        "back": f"/?grid={COUNTY}",
        "note": "<i>已提醒</i>",
        "order": [str(one) for one in orders],
    }
    for _ in range(2):
        answer = await duty.post("/board/note", data=fields)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/?grid={COUNTY}&done=noted.2.0.0")
    assert len(await noted(world)) == 2
    page = (await duty.get("/")).text
    assert "姓名 duty 已知悉" in visible(page)
    assert "&lt;i&gt;已提醒&lt;/i&gt;" in page
    assert "预警已知悉" in visible((await duty.get(f"/orders/{orders[0]}")).text)
    # The next deadline of the order warns anew.
    await world.act(orders[0], Acknowledge())
    row = (await duty.get(f"/orders/{orders[0]}/row")).text
    assert "已知悉" not in row


async def test_the_form_is_for_the_desk_and_takes_nothing_odd(browser: Browser, world: World) -> None:
    order = await world.order()
    assert "/board/note" not in (await browser("supervisor").get("/")).text
    duty = browser("duty")
    page = (await duty.get("/")).text
    fields = {"csrf_token": token(page, "csrf_token"), "once": token(page, "once")}
    assert (await duty.post("/board/note", data={"order": str(order)})).status_code == 403
    for odd in ({"order": "1;drop"}, {"order": "٣"}, {"order": "1", "note": "x" * 201}):
        assert (await duty.post("/board/note", data=fields | odd)).status_code == 422
    away = await duty.post("/board/note", data=fields | {"order": str(order), "back": "//evil.example"})
    assert away.headers["location"] == "/?done=noted.1.0.0"


async def test_the_rate_of_today_counts_answers_in_time_and_breaches(browser: Browser, world: World) -> None:
    def rate(page: str) -> str:
        found = re.search(r'data-counter="on-time">([^<]*)<', page)
        assert found is not None
        return found.group(1).strip()

    duty = browser("duty")
    assert rate((await duty.get("/board/counters")).text) == "—"
    await world.act(await world.order(), Acknowledge())
    assert rate((await duty.get("/board/counters")).text) == "100 %"
    late = await world.order()
    world.clock.advance(minutes=30)
    await world.act(late, Acknowledge())
    assert rate((await duty.get("/board/counters")).text) == "50 %"


async def test_the_board_counts_what_waits_for_the_prefecture(
    browser: Browser, client: Client, world: World
) -> None:
    duty = browser("duty")
    assert 'data-counter="asked"' not in (await duty.get("/board/counters")).text
    order = await world.order_in(OrderState.REPORTED)
    await world.order()
    asked = {"kind": "recusal", "reason": "亲属在该企业"}
    assert (await client("supervisor").post(f"/orders/{order + 1}/requests", json=asked)).status_code == 201
    for path in ("/", "/board/counters"):
        page = (await duty.get(path)).text
        assert re.search(r'data-counter="asked">1<', page)
        assert re.search(r'data-counter="to_review">1<', page)
        # A county has neither to do.
        assert 'data-counter="to_review"' not in (await browser("supervisor").get(path)).text


async def test_the_board_says_what_was_acknowledged_and_what_had_been(browser: Browser, world: World) -> None:
    first, second = await world.order(COUNTY), await world.order(OTHER_COUNTY)
    reported = await world.order_in(OrderState.REPORTED)
    world.clock.advance(days=2)
    duty = browser("duty")

    async def send(*orders: int, **more: str) -> str:
        page = (await duty.get("/?state=dispatched")).text
        fields = {name: token(page, name) for name in ("csrf_token", "once", "back")} | more
        answer = await duty.post("/board/note", data=fields | {"order": [str(one) for one in orders]})
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/?state=dispatched&done=noted.")
        shown = visible((await duty.get(answer.headers["location"])).text)
        assert token((await duty.get(answer.headers["location"])).text, "back") == "/?state=dispatched"
        return shown

    assert "已知悉 1 条提醒。 " in await send(first)
    assert "已知悉 1 条提醒。 1 条此前已知悉。 " in await send(first, second)
    assert len(await noted(world)) == 2
    # A remark is added to what was acknowledged before.
    assert "已知悉 1 条提醒。 " in await send(first, note="再次电话")
    said = await send(reported)
    assert "已知悉 1 条提醒。 其中 1 条等您本人审核或审批，仍须办理。" in said
    page = (await duty.get("/")).text
    assert re.findall(r'value="(\d+)" form="noting" [^>]* data-own>', page) == [str(reported)]
    assert "已知悉" not in visible((await duty.get("/?done=noted.1.1")).text).split("跳到正文")[1][:400]
