"""The rows behind the counters of the duty board, and what waits for its reader."""

import re
from datetime import timedelta

import httpx

from app.database import transaction
from dispatch.commands import Acknowledge
from models.bulk import fetch
from models.enums import OrderState, ReportClaim
from models.order import OrderHandler, WorkOrder
from tests.api.browsing import Browser
from tests.api.conftest import Client
from tests.factories import COUNTY, OTHER_COUNTY, World
from tests.reviews import alert_order, report


async def test_every_counter_leads_to_exactly_its_rows(browser: Browser, world: World) -> None:
    late = await world.order(COUNTY)
    world.clock.advance(minutes=20)
    async with transaction(world.sessions) as session:
        await world.context.pipeline.tick(session, now=world.clock.now(), limit=100)
    answered = await world.order(COUNTY)
    await world.act(answered, Acknowledge())
    reported = await world.order_in(OrderState.REPORTED)
    near = await world.order(COUNTY)
    closed = await world.order_in(OrderState.CLOSED)
    client = browser("duty")
    page = (await client.get("/")).text
    counted = re.findall(r'href="/\?only=(\w+)".*?data-counter="[\w-]+">([^<]*)<', page)
    rows = {only: await _rows(client, f"only={only}") for only, _ in counted}
    assert rows["overdue"] == [late]
    assert rows["soon"] == [near]
    assert sorted(rows["in_time"]) == [answered, reported, near]
    assert rows["breached_today"] == [late]
    assert sorted(rows["judged_today"]) == [late, answered, reported, closed]
    assert rows["to_review"] == [reported]
    assert {o: n for o, n in counted if o != "judged_today"} == {
        o: str(len(r)) for o, r in rows.items() if o != "judged_today"
    }
    chosen = (await client.get("/board/counters?only=soon")).text
    assert re.findall(r'only=(\w+)" aria-current', chosen) == ["soon"]
    assert (await client.get(f"/orders/{near}/row?only=soon")).status_code == 200
    world.clock.advance(minutes=30)
    assert (await client.get(f"/orders/{near}/row?only=soon")).status_code == 204
    assert await _rows(client, f"only=overdue&grid={OTHER_COUNTY}") == []
    assert len(await _rows(client, "only=nonsense")) == 4


async def test_what_waits_for_the_reader(browser: Browser, client: Client, world: World) -> None:
    mine, theirs = await world.order(COUNTY), await world.order(OTHER_COUNTY)
    reported = await world.order_in(OrderState.REPORTED)
    suspended = await world.order_in(OrderState.ON_SITE)
    async with transaction(world.sessions) as session:
        until = world.clock.now() + timedelta(days=1)
        (await session.get_one(WorkOrder, suspended)).suspended_until = until
    assert await _rows(browser("supervisor"), "mine=1") == [mine]
    assert await _rows(browser("neighbour"), "mine=1") == [theirs]
    assert sorted(await _rows(browser("duty"), "mine=1")) == [reported, suspended]
    # Who worked on an order does not review it.
    async with transaction(world.sessions) as session:
        session.add(OrderHandler(order_id=reported, person_id=world.people["duty"].id))
    assert await _rows(browser("duty"), "mine=1") == [suspended]
    request = {"kind": "recusal", "reason": "亲属在该企业"}
    assert (await client("supervisor").post(f"/orders/{mine}/requests", json=request)).status_code == 201
    assert sorted(await _rows(browser("duty"), "mine=1")) == [mine, suspended]
    assert await _rows(browser("duty"), "only=asked") == [mine]
    assert (await browser("supervisor").get(f"/orders/{reported}/row?mine=1")).status_code == 204


async def test_drills_come_last_and_a_report_that_the_station_contradicts_says_so(
    browser: Browser, client: Client, world: World
) -> None:
    made = await client("duty").post("/orders", json={"grid": COUNTY, "reason": "演练", "drill": True})
    drill = made.json()["id"]
    world.clock.advance(minutes=5)
    real = await alert_order(world)
    await report(world, real, ReportClaim.RECOVERED)
    world.clock.advance(minutes=1)
    latest = await world.order(COUNTY)
    duty = browser("duty")
    listed = await _rows(duty, "")
    assert listed[-1] == drill
    assert sorted(listed[:-1]) == [real, latest]
    said = "复测结论与上报不符"
    assert said not in (await duty.get("/")).text
    async with transaction(world.sessions) as session:
        await fetch(session, "UPDATE order_verdict SET state = 'not_recovered', mismatch = true")
    page = (await duty.get("/")).text
    assert page.count(f'<b class="mismatch">{said}</b>') == 1
    assert "按时限先后，演练在后" in page
    assert said in (await duty.get(f"/orders/{real}/row")).text


async def _rows(client: httpx.AsyncClient, query: str) -> list[int]:
    return [int(i) for i in re.findall(r'<tr id="order-(\d+)"', (await client.get(f"/?{query}")).text)]
