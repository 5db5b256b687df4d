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


async def at_a_place_without_a_network(site: Site, sign_in: Open) -> Page:
    """The form of a check-in at the first of two places, 80 m from it, the service away."""
    await furnished(site, "CY-1", "CY-2")
    page = await sign_in("patroller", PHONE, geolocation=HERE, permissions=["geolocation"])
    await page.goto("/f")
    await cards(page, "待巡查", "待巡查")
    await ready_without_network(page)
    await site.stop()
    await page.locator("#places .patrol").first.click()
    await expect(page.locator("#one .position")).to_contain_text("80 米")
    return page


async def test_a_check_in_without_a_network_arrives_once(site: Site, sign_in: Open) -> None:
    page = await at_a_place_without_a_network(site, sign_in)
    await page.get_by_label("发现并当场制止").check()
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


async def test_a_problem_found_without_a_network_goes_upward_once(site: Site, sign_in: Open) -> None:
    page = await at_a_place_without_a_network(site, sign_in)
    category = page.get_by_label("随签到上报")
    await expect(category).to_be_hidden()
    await page.get_by_role("radio", name="发现问题").check()
    await page.get_by_label("备注").fill("后厨油烟直排")
    await page.get_by_role("button", name="提交签到").click()
    # A problem wants its kind before it is taken down.
    await expect(page.locator("#one form")).to_be_visible()
    await category.select_option("enterprise")
    await not_wider_than_the_screen(page)
    await page.get_by_role("button", name="提交签到").click()
    await cards(page, "等待网络", "待巡查")
    await page.locator("#places .patrol:visible").click()
    await page.get_by_role("radio", name="发现问题").check()
    await page.get_by_label("备注").fill("同昨日")
    await category.select_option("none")
    await page.get_by_role("button", name="提交签到").click()
    await cards(page, "等待网络", "等待网络")
    await site.start()
    await page.evaluate("dispatchEvent(new Event('online'))")
    await expect(page.locator("#queue .badge")).to_have_text(["服务器已收到"] * 2)
    ((category_of, text, visit),) = await rows(site.world, "SELECT category, text, visit_id FROM up_report")
    assert (category_of, text) == ("enterprise", "后厨油烟直排")

    await page.goto("/supervision/patrols")
    row = page.locator(f"#visit-{visit}")
    await row.get_by_role("link", name="上报 UP-").click()
    await expect(page.locator("#facts-title")).to_be_visible()
    await page.get_by_role("link", name="巡查签到").click()
    await expect(page.locator(f"#visit-{visit}")).to_contain_text("后厨油烟直排")
    await not_wider_than_the_screen(page)


async def test_the_county_keeps_its_files_and_sees_its_gaps(site: Site, sign_in: Open) -> None:
    """A source is registered, gets a document, is met in the sweep and signed as a key one; the day has a gap."""
    await furnished(site, "CY-1", "CY-2")
    page = await sign_in("supervisor", PHONE)
    await page.goto("/supervision")
    await page.get_by_role("link", name="污染源").click()
    await page.get_by_role("link", name="登记污染源").click()
    await page.get_by_label("编码").fill("QY-1")
    await page.get_by_label("名称").fill("示范热力站 <b>")
    await page.get_by_label("网格").fill(TOWNSHIP)
    await page.get_by_label("类型").select_option("industry")
    await page.get_by_label("行业").fill("热力供应")
    await page.get_by_label("经度").fill("87.3")
    await page.get_by_label("纬度").fill("44")
    await page.get_by_label("统一社会信用代码").fill("91350100M000100Y44")
    await page.get_by_label("氮氧化物").last.fill("88.5")
    await page.get_by_role("button", name="登记", exact=True).click()
    await expect(page.locator("#message")).to_contain_text("校验码不符")
    await page.get_by_label("统一社会信用代码").fill("91350100M000100Y43")
    await page.get_by_role("button", name="登记", exact=True).click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("示范热力站 <b>")
    await not_wider_than_the_screen(page)

    await page.get_by_text("添加资料").click()
    await page.get_by_label("文号或名称").fill("昌环评〔2024〕12号")
    await page.get_by_label("资料日期").fill("2024-05-06")
    await page.get_by_label("资料文件").set_input_files(
        {"name": "环评.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 x"}
    )
    await page.get_by_role("button", name="添加", exact=True).click()
    await expect(page.locator("#documents tbody tr")).to_contain_text("环评.pdf")

    await page.goto("/supervision/sweeps")
    await page.get_by_role("button", name="启动排查").click()
    await page.get_by_role("checkbox", name="示范热力站").check()
    await page.get_by_role("button", name="登记为查到").click()
    await expect(page.locator("#entries tbody tr")).to_have_count(1)
    await expect(page.locator("#missing tbody tr")).to_have_count(2)
    await not_wider_than_the_screen(page)

    await page.goto("/supervision/key-lists")
    await page.get_by_role("button", name="拟定", exact=True).click()
    await expect(page.locator("#named tbody tr")).to_contain_text("88.5，标准为 50 及以上")
    address = page.url.partition("?")[0]
    chief = await sign_in("chief", PHONE)
    await chief.goto(address)
    await chief.get_by_role("button", name="签发名录").click()
    await expect(chief.locator(".badge").first).to_have_text("现行")
    await chief.goto("/supervision/sources")
    await expect(chief.locator("#sources .badge")).to_have_text("重点")
    await not_wider_than_the_screen(chief)

    await page.goto("/supervision/patrols")
    await expect(page.locator("#gaps tbody tr")).to_have_count(2)
    await expect(page.locator("#coverage tbody tr")).to_contain_text("0/2")
    await not_wider_than_the_screen(page)
    await page.get_by_label("督促或调度意见").fill("请中山路街道补查")
    await page.get_by_role("button", name="形成周调度").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("县市周调度 2026-11-23")
    await page.goto(f"/supervision/patrols?grid={TOWNSHIP}&lang=en")
    await expect(page.locator("#drawn")).to_have_count(0)
    await not_wider_than_the_screen(page)
