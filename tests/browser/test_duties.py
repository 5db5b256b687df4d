"""Who answers and the yearly duties, as a county and the prefecture go through them."""

from playwright.async_api import Page, expect

from tests.browser.conftest import PHONE, Open, Site
from tests.factories import COUNTY


async def fits(page: Page) -> bool:
    return bool(await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


async def test_a_county_publishes_its_list_and_records_its_training(site: Site, sign_in: Open) -> None:
    await site.story.engine.keep_yearly()
    page = await sign_in("chief", size=PHONE)
    await page.goto(f"{site.url}/supervision")
    await page.get_by_role("link", name="网格责任人").click()
    await page.get_by_role("link", name="昌吉市").click()
    await expect(page.locator("#gaps")).to_contain_text("未登记名单公开情况")
    await page.get_by_text("名单向社会公开").click()
    await page.locator("#published-place").fill("昌吉市政府网")
    await page.locator("#published-contact").fill("12369")
    await page.get_by_role("button", name="登记公开").click()
    await expect(page.get_by_role("status").first).to_contain_text("已登记")
    await expect(page.locator("#gaps")).not_to_contain_text("未登记名单公开情况")
    assert await fits(page)

    await page.goto(f"{site.url}/supervision/yearly?kind=training&grid={COUNTY}")
    assert await fits(page)
    await page.locator("#duties").get_by_role("link", name="集中培训").click()
    await page.get_by_label("文件（文号、日期）").fill("培训签到表 A-12")
    await page.get_by_label("参加人员").fill("supervisor\n村干部")
    await page.get_by_role("button", name="登记", exact=True).click()
    await expect(page.locator("#records li").first).to_contain_text("参加人员：2 人")
    await page.goto(f"{page.url.partition('?')[0]}?lang=en")
    await expect(page.locator(".facts")).to_contain_text("recorded")
    assert await fits(page)
