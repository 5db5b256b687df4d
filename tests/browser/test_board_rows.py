"""From a counter of the board to exactly its rows, which stay true as time passes; and what waits for the reader."""

import re

from playwright.async_api import expect

from dispatch.commands import Acknowledge
from models.enums import OrderState
from tests.browser.conftest import PHONE, Open, Site
from tests.factories import COUNTY, OTHER_COUNTY
from tests.levels import add_levels


async def test_a_counter_leads_to_its_rows_and_they_follow_the_clock(site: Site, sign_in: Open) -> None:
    world = site.world
    reported = await world.order_in(OrderState.REPORTED)
    await world.order(COUNTY)
    await world.order(OTHER_COUNTY)
    page = await sign_in("duty")
    rows = page.locator("#orders tr")
    await expect(rows).to_have_count(3)
    # A row of the board is two lines, however much there is to say.
    heights = await rows.evaluate_all("(all) => all.map((row) => row.getBoundingClientRect().height)")
    line = await page.evaluate("parseFloat(getComputedStyle(document.body).lineHeight)")
    assert max(heights) <= 3 * line
    await page.get_by_role("link", name="分钟内到期的工单").click()
    await expect(page).to_have_url(re.compile(r"\?only=soon$"))
    await expect(rows).to_have_count(2)
    await expect(page.locator("[data-counter=soon]")).to_have_text("2")
    await expect(page.locator(".counters [aria-current]")).to_have_text("15 分钟内到期的工单")

    # Both fall due without any event: at the next count the rows are those of the counter again.
    world.clock.advance(minutes=11)
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    await expect(page.locator("[data-counter=soon]")).to_have_text("0")
    await expect(rows).to_have_count(0)
    await page.get_by_role("link", name="显示全部未办结工单").click()
    await expect(rows).to_have_count(3)

    await page.get_by_label("等我办理").check()
    await expect(page).to_have_url(re.compile("mine=1"))
    await expect(rows).to_have_count(1)
    await expect(rows.get_by_role("link")).to_have_attribute("href", f"/orders/{reported}")
    phone = await sign_in("supervisor", PHONE)
    await phone.goto("/?mine=1&lang=en")
    await expect(phone.locator("#orders tr")).to_have_count(1)
    assert await phone.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


async def test_the_wall_says_severity_and_reason_of_every_order(site: Site, sign_in: Open) -> None:
    page = await sign_in("duty")
    await site.smoke()
    await page.set_viewport_size({"width": 3840, "height": 2160})
    await page.goto("/?wall=1")
    reason = page.locator("#orders td.reason")
    await expect(reason).to_contain_text(re.compile(r"(提示|严重|特别严重)\s+PM₂.₅ [\d.]+，"))
    size = await reason.evaluate("(cell) => parseFloat(getComputedStyle(cell).fontSize)")
    assert size >= 2160 / 50
    # A row that comes anew by an event is as brief.
    order = int(str(await page.locator("#orders tr").get_attribute("data-order")))
    await site.world.act(order, Acknowledge())
    await expect(page.locator("#orders .badge")).to_have_text("已签收")
    assert "µg/m³" not in str(await reason.text_content())


async def test_a_township_reads_its_own_work_first_and_no_map(site: Site, sign_in: Open) -> None:
    await add_levels(site.world)
    page = await sign_in("patroller", PHONE, has_touch=True, is_mobile=True)
    await expect(page.locator("#below")).to_be_visible()
    await expect(page.locator("#map")).to_have_count(0)
    await expect(page.locator(".keyboard")).to_have_count(0)
    # In one go: the counters are put in anew whenever the feed says that they changed.
    places = await page.evaluate(
        """() => ["#below", ".orders", "#counters"].map(
            (name) => document.querySelector(name).getBoundingClientRect().top)"""
    )
    assert places == sorted(places)
    # The clock of the page and its counters follow the server all the same.
    site.world.clock.advance(minutes=1)
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    await expect(page.locator("[data-counter=soon]")).to_have_text("0")
    assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    county = await sign_in("supervisor", PHONE)
    await county.goto("/f")
    await expect(county.locator("footer").get_by_role("link", name="任务")).to_have_attribute(
        "href", "/tasks"
    )
    await expect(county.locator("footer").get_by_role("link", name="问题上报")).to_be_visible()
