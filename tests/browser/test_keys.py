"""The duty board without a mouse."""

import re

from playwright.async_api import expect

from dispatch.commands import Acknowledge
from tests.browser.conftest import Open, Site
from tests.factories import COUNTY, OTHER_COUNTY


async def test_a_duty_officer_needs_no_mouse(site: Site, sign_in: Open) -> None:
    for county in (COUNTY, OTHER_COUNTY, COUNTY):
        await site.world.order(county)
        site.world.clock.advance(minutes=1)
    page = await sign_in("duty")
    links = page.locator("#orders td.number a")
    await expect(links).to_have_count(3)
    # The page's scripts have begun.
    await expect(page.locator("#ring")).to_be_visible()
    await page.keyboard.press("j")
    await expect(links.nth(0)).to_be_focused()
    await page.keyboard.press("j")
    await page.keyboard.press("j")
    await page.keyboard.press("j")
    await expect(links.nth(2)).to_be_focused()
    await page.keyboard.press("k")
    await expect(links.nth(1)).to_be_focused()
    second = await links.nth(1).text_content()
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile(r"/orders/\d+$"))
    await expect(page.locator("h1")).to_contain_text(str(second))
    await page.keyboard.press("h")
    await expect(links).to_have_count(3)
    await expect(page.locator("#ring")).to_be_visible()

    await page.keyboard.press("?")
    await expect(page.locator("#keys")).to_be_visible()
    await page.keyboard.press("j")
    await page.keyboard.press("Escape")
    await expect(page.locator("#keys")).not_to_be_visible()

    # What is typed is typed.
    await page.get_by_text("静音", exact=True).click()
    await page.locator("#mute [name=reason]").fill("")
    await page.locator("#mute [name=reason]").press_sequentially("1hj?")
    await expect(page.locator("#mute [name=reason]")).to_have_value("1hj?")

    await page.locator("h1").evaluate("() => document.activeElement.blur()")
    await page.keyboard.press("f")
    await expect(page.locator("#filter select").first).to_be_focused()
    await page.locator("h1").evaluate("() => document.activeElement.blur()")
    third = await links.nth(2).text_content()
    await page.keyboard.press("3")
    await expect(page.locator("h1")).to_contain_text(str(third))


async def test_warnings_are_acknowledged_from_the_keyboard(site: Site, sign_in: Open) -> None:
    for _ in range(3):
        await site.world.order()
    page = await sign_in("duty")
    await expect(page.locator("#orders tr")).to_have_count(3)
    # The page's scripts have begun.
    await expect(page.locator("#ring")).to_be_visible()
    await expect(page.locator("#noting")).to_be_visible()
    await page.keyboard.press("j")
    await page.keyboard.press("x")
    await page.keyboard.press("j")
    await page.keyboard.press("x")
    await expect(page.locator("#marked")).to_have_text("2")
    # A row that is drawn anew keeps its mark.
    await site.world.act(3, Acknowledge())
    await expect(page.locator("#order-3 .badge")).to_have_text("已签收")
    await page.keyboard.press("n")
    await page.keyboard.type("已电话提醒")
    await page.keyboard.press("Enter")
    await expect(page.locator(".noted")).to_have_count(2)
    await expect(page.locator(".noted").first).to_contain_text("已电话提醒")
    # Another officer sees it without a reload, and what warns no more has no mark to set.
    other = await sign_in("leader")
    await site.world.act(2, Acknowledge())
    await expect(other.locator("#order-2 .noted")).to_have_count(0)
    await expect(page.locator("#order-3 input[name=order]")).to_be_hidden()
