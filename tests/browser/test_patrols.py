"""Patrols in the browser: a check-in without a network arrives once; coverage and files of sources on their pages."""

from datetime import timedelta

from playwright.async_api import Page, expect

from app.database import transaction
from models.enums import SourceKind
from models.patrol import PatrolPhoto, PatrolVisit
from supervision.sources import files
from supervision.sources.file import SourceFile
from tests.browser.conftest import PHONE, Open, Site
from tests.browser.test_console import not_wider_than_the_screen
from tests.browser.test_field import PHOTO, count, ready_without_network
from tests.factories import TOWNSHIP
from tests.levels import rows

HERE = {"longitude": 87.301, "latitude": 44.0, "accuracy": 12.0}


async def furnished(site: Site, *codes: str) -> None:
    """Sources of the township that are due today, at one place."""
    async with transaction(site.world.sessions) as session:
        for code in codes:
            file = SourceFile(
                code, f"{code} 示范餐馆", TOWNSHIP, 87.3, 44.0, "餐饮", kind=SourceKind.CATERING
            )
            at = site.world.clock.now() - timedelta(days=1)
            await files.register(session, file, why=None, by=site.world.people["admin"].id, now=at)


async def cards(page: Page, *badges: str) -> None:
    await expect(page.locator("#places .badge")).to_have_text(list(badges))


async def test_a_check_in_without_a_network_arrives_once(site: Site, sign_in: Open) -> None:
    await furnished(site, "CY-1", "CY-2")
    page = await sign_in("patroller", PHONE, geolocation=HERE, permissions=["geolocation"])
    await page.goto("/f")
    await cards(page, "待巡查", "待巡查")
    await ready_without_network(page)
    await site.stop()
    await page.locator("#places .patrol").first.click()
    await expect(page.locator("#one .position")).to_contain_text("80 米")
    await page.get_by_text("发现并当场制止").click()
    await page.get_by_label("备注").fill("制止焚烧垃圾")
    await page.get_by_label("拍照").set_input_files(PHOTO)
    await expect(page.locator(".photos img")).to_have_count(1)
    await page.get_by_role("button", name="提交签到").click()
    await cards(page, "等待网络", "待巡查")
    context = page.context
    await page.close()

    page = await context.new_page()
    await page.goto("/f")
    await cards(page, "等待网络", "待巡查")
    assert await count(site, PatrolVisit) == 0
    await site.start()
    await page.evaluate("dispatchEvent(new Event('online'))")
    await expect(page.locator("#queue .badge")).to_have_text("服务器已收到")
    await page.reload()
    await cards(page, "待巡查", "今日已巡")
    await expect(page.locator("#patrol-title")).to_have_text("今日巡查：2 处中已巡 1 处")
    assert (await count(site, PatrolVisit), await count(site, PatrolPhoto)) == (1, 1)
    ((found, note, flaw, away),) = await rows(
        site.world, "SELECT found, note, flaw, distance_m FROM patrol_visit"
    )
    assert (found, note, flaw, round(away)) == ("stopped", "制止焚烧垃圾", None, 80)
    await not_wider_than_the_screen(page)
