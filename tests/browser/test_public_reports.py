"""A stranger reports on a phone, the county answers at its desk, the stranger reads it: in both languages."""

import re

from playwright.async_api import Browser, FilePayload, Page, expect

from tests.browser.conftest import PHONE, Open, Site
from tests.browser.rooms import picture
from tests.public_reports import add_keeper


async def fits(page: Page) -> None:
    """Nothing is wider than the screen."""
    assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


async def test_a_report_is_sent_on_a_phone_answered_at_the_desk_and_rated(
    site: Site, sign_in: Open, chromium: Browser
) -> None:
    await add_keeper(site.world)
    context = await chromium.new_context(viewport=PHONE, base_url=site.url, java_script_enabled=False)
    page = await context.new_page()
    await page.goto("/public")
    await page.get_by_role("link", name="举报污染问题").click()
    await expect(page.get_by_role("heading", name="举报污染问题")).to_be_visible()
    await fits(page)
    await page.get_by_label("问题类型").select_option("dust")
    await page.get_by_label("地点说明").fill("昌吉市北京南路18号工地")
    await page.get_by_role("button", name="下一步").click()
    await expect(page.get_by_text("将由昌吉市受理")).to_be_visible()
    await fits(page)
    site.world.clock.advance(seconds=20)
    await page.get_by_label("您看到的情况").fill("夜间施工，没有覆盖。")
    await page.get_by_label("照片").set_input_files(
        FilePayload(name="a.png", mimeType="image/png", buffer=picture(80))
    )
    await page.get_by_label("您的电话").fill("13999990000")
    await page.get_by_role("button", name="提交举报").click()
    await expect(page.get_by_text("举报已收到")).to_be_visible()
    await fits(page)
    code = await page.locator(".code").inner_text()
    assert re.fullmatch(r"[A-Z2-7]{5}(-[A-Z2-7]{5}){3}", code)

    desk = await sign_in("supervisor")
    await desk.goto("/supervision")
    await desk.get_by_role("link", name="群众举报").click()
    await desk.get_by_role("link", name="PR-2026-000001").click()
    await expect(desk.locator(".photos img")).to_be_visible()
    await expect(desk.get_by_text("13999990000")).to_have_count(0)
    await desk.get_by_role("button", name="受理").first.click()
    await expect(desk.get_by_role("status")).to_contain_text("举报已受理")
    await desk.locator("#answer-text").fill("已责令覆盖并处罚。")
    await desk.get_by_label("已解决").check()
    await desk.get_by_role("button", name="提交答复").click()
    await expect(desk.get_by_role("status")).to_contain_text("答复已提交")

    await page.goto("/public/track?lang=en")
    await page.get_by_label("Tracking number").fill(code.lower())
    await page.get_by_role("button", name="Look it up").click()
    await expect(page.locator("#answer")).to_contain_text("已责令覆盖并处罚")
    await fits(page)
    await page.get_by_label("Very satisfied", exact=True).check()
    await page.get_by_role("button", name="Send the rating").click()
    await expect(page.locator("#rated")).to_contain_text("Very satisfied")
    await context.close()
