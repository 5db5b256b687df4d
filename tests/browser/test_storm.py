"""The duty board under many events, a gap in its stream, and two officers at once."""

import asyncio
import os
from typing import Any

import pytest
from playwright.async_api import CDPSession, Page, Route, expect

from app.database import transaction
from dispatch.commands import Accept, Acknowledge, FileReport, GiveFeedback
from models.bulk import fetch
from tests.browser.conftest import Open, Site
from tests.factories import COUNTY, OTHER_COUNTY, World

EVENTS = int(os.environ.get("SOAK_EVENTS", "600"))
"""`make soak` sends 5,000, as many as a bad night of twelve hours."""
LIFE = (Acknowledge(), GiveFeedback("工地未覆盖"), FileReport("已洒水", "浓度下降"), Accept("好"))
MEGABYTE = 1024 * 1024


async def head(world: World) -> int:
    async with world.sessions() as session:
        ((last,),) = await fetch(session, "SELECT coalesce(max(id), 0) FROM journal")
    return int(last)


async def shown(page: Page) -> dict[str, str]:
    """What the board shows of every order: its state, by number."""
    rows: list[list[str]] = await page.evaluate(
        "[...document.querySelectorAll('#orders tr')].map((row) =>"
        " [row.querySelector('td.number a').textContent, row.querySelector('.badge').textContent])"
    )
    return dict(rows)


async def as_it_is(page: Page, sign_in: Open) -> None:
    """The page shows, without a reload, what somebody who comes now is shown."""
    fresh = await sign_in("duty")
    wanted = await shown(fresh)
    breaches = await fresh.locator("#breaches li").count()
    counters = await fresh.locator("#counters dd").all_text_contents()
    await expect(page.locator("#orders tr")).to_have_count(len(wanted))
    await expect(page.locator("#breaches li")).to_have_count(breaches)
    await page.wait_for_function(
        "(wanted) => JSON.stringify([...document.querySelectorAll('#counters dd')].map((d) => d.textContent))"
        " === JSON.stringify(wanted)",
        arg=counters,
    )
    await expect(page.locator("#connection")).to_be_hidden()
    assert await shown(page) == wanted


async def memory(devtools: CDPSession) -> dict[str, float]:
    """Bytes of script memory in use and nodes of the document, after everything that is not held was let go."""
    await devtools.send("HeapProfiler.collectGarbage")
    metrics: list[dict[str, Any]] = (await devtools.send("Performance.getMetrics"))["metrics"]
    return {one["name"]: one["value"] for one in metrics}


@pytest.mark.timeout(1800)
async def test_a_storm_of_events_loses_no_row_and_fills_no_memory(site: Site, sign_in: Open) -> None:
    world = site.world
    page = await sign_in("duty")
    await expect(page.locator("#ring")).to_be_visible()
    devtools = await page.context.new_cdp_session(page)
    await devtools.send("Performance.enable")
    begun = await head(world)
    early: dict[str, float] = {}
    lives = 0
    while (told := await head(world) - begun) < EVENTS:
        if not early and told >= EVENTS // 5:
            early = await memory(devtools)
        lives += 1
        order = await world.order(COUNTY if lives % 2 else OTHER_COUNTY, reason=f"第 {lives} 单")
        if lives % 10 == 0:
            # One in ten stays open: the board has to show it at the end, and it breaches.
            world.clock.advance(minutes=11)
            await site.story.tick()
            continue
        for command in LIFE:
            who = ("supervisor" if lives % 2 else "neighbour") if command is not LIFE[-1] else "duty"
            async with transaction(world.sessions) as session:
                await world.context.pipeline.act(
                    session,
                    order,
                    command,
                    caller=world.caller(who),
                    expected_version=None,
                    clock=world.clock,
                )
    # Somebody who comes now, and whoever has sat there all night, see the same.
    await page.wait_for_function(
        "(n) => document.getElementById('orders').rows.length === n", arg=lives // 10, timeout=120_000
    )
    await as_it_is(page, sign_in)
    late = await memory(devtools)
    assert late["JSHeapUsedSize"] < early["JSHeapUsedSize"] + 4 * MEGABYTE
    assert late["JSHeapUsedSize"] < 24 * MEGABYTE
    # A row has some forty nodes, a breach some twenty; what was taken off the page is not held.
    rows, breaches = lives // 10, await page.locator("#breaches li").count()
    assert late["Nodes"] < early["Nodes"] + 80 * rows + 40 * breaches + 2000


async def test_a_gap_in_the_stream_is_caught_up_without_a_gap(site: Site, sign_in: Open) -> None:
    world = site.world
    kept = await world.order(COUNTY)
    ended = await world.order(OTHER_COUNTY)
    page = await sign_in("duty")
    await expect(page.locator("#orders tr")).to_have_count(2)
    await site.stop()
    await expect(page.locator("#connection")).to_be_visible()
    # While nobody can be told: an order ends, one moves on, others come, and deadlines pass.
    async with transaction(world.sessions) as session:
        for command in LIFE:
            who = "neighbour" if command is not LIFE[-1] else "duty"
            await world.context.pipeline.act(
                session, ended, command, caller=world.caller(who), expected_version=None, clock=world.clock
            )
    await world.act(kept, Acknowledge())
    for _ in range(12):
        await world.order(OTHER_COUNTY)
    world.clock.advance(minutes=30)
    await site.story.tick()
    await site.start()
    await expect(page.locator("#connection")).to_be_hidden()
    await expect(page.locator("#orders tr")).to_have_count(13)
    await as_it_is(page, sign_in)


async def test_two_officers_at_once_do_not_undo_each_other(site: Site, sign_in: Open) -> None:
    world = site.world
    order = await world.order()
    await world.act(order, *LIFE[:3])
    one, other = await sign_in("duty"), await sign_in("both")
    for page in (one, other):
        await page.goto(f"/orders/{order}")
        await expect(page.get_by_role("button", name="通过并办结")).to_be_visible()
    await one.get_by_label("意见").first.fill("照片不清")
    await one.get_by_role("button", name="退回整改").click()
    await expect(one.locator("#done")).to_be_visible()
    # The other page says so by itself; who does not look and presses all the same is told, and nothing is undone.
    await expect(other.locator("#changed")).to_be_visible()
    await other.get_by_role("button", name="通过并办结").click()
    await expect(other.locator("#message")).to_contain_text("已被他人处理")
    await expect(other.locator("#state")).to_have_text("已退回")
    async with world.sessions() as session:
        rows = await fetch(session, "SELECT decision FROM review WHERE order_id = $1", order)
    assert [row[0] for row in rows] == ["return"]


async def test_of_two_answers_the_newer_stays(site: Site, sign_in: Open) -> None:
    """A row that was asked for before the order moved on, and is answered after, is not what stays."""
    world = site.world
    page = await sign_in("duty")
    await expect(page.locator("#ring")).to_be_visible()
    came: asyncio.Future[Route] = asyncio.get_running_loop().create_future()

    async def hold(route: Route) -> None:
        if came.done():
            await route.continue_()
        else:
            came.set_result(route)

    await page.route("**/row?*", hold)
    order = await world.order()
    first = await came
    stale = await first.fetch()
    await world.act(order, *LIFE)
    # The counters come with every event: once they are there, the page has heard of the end.
    await expect(page.locator('[data-counter="on-time"]')).to_have_text("100 %")
    await first.fulfill(response=stale)
    await expect(page.locator("#orders tr")).to_have_count(0)
    await expect(page.locator("#no-orders")).to_be_visible()
