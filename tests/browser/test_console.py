"""Stories told in a real browser against the real application."""

import re
from pathlib import Path

import pytest
from playwright.async_api import Page, ViewportSize, expect
from sqlalchemy import update

from app.database import transaction
from dispatch.commands import Acknowledge
from models.registry import Station
from tests.browser.conftest import PHONE, WIDE, Open, Site
from tests.factories import COUNTY, OTHER_COUNTY

HOSTILE = "<script>document.title='owned'</script><img src=x onerror=alert(1)>"
# A picture of one pixel.
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c49444154789c63606060000000040001f61738550000000049454e44ae426082"
)


async def picture(page: Page, folder: Path, name: str) -> None:
    await page.screenshot(path=folder / f"{name}.png", full_page=True)


async def not_wider_than_the_screen(page: Page) -> None:
    assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


async def shown(page: Page) -> list[str]:
    """Every row and breach as text, but for the digits that count."""
    found: list[str] = await page.evaluate(
        """() => [...document.querySelectorAll("#orders tr, #breaches li")].map((item) => {
            const copy = item.cloneNode(true);
            copy.querySelectorAll(".digits").forEach((digits) => digits.remove());
            return `${item.dataset.key ?? item.id} ${copy.textContent.replace(/\\s+/g, " ")}`;
        })"""
    )
    return found


async def test_an_order_and_its_breach_appear_without_reload(
    site: Site, sign_in: Open, tmp_path: Path
) -> None:
    page = await sign_in("duty")
    await expect(page.get_by_text("没有符合条件的工单")).to_be_visible()
    await page.evaluate("window.sameDocument = true")

    await site.smoke()
    row = page.locator("#orders tr")
    await expect(row).to_have_count(1)
    await expect(row).to_contain_text("2026-652301-000001")
    await expect(row).to_contain_text("昌吉市")
    await expect(row).to_contain_text("已派发")
    await expect(row.locator(".word")).to_have_text("剩余")
    await expect(page.locator("[data-counter=in_time]")).to_have_text("1")

    digits = row.locator(".digits")
    await expect(digits).to_have_text(re.compile(r"^00:0\d:\d\d$"))
    first = await digits.text_content()
    assert first is not None
    await expect(digits).not_to_have_text(first)

    site.world.clock.advance(minutes=10)
    await site.story.tick()
    breach = page.locator("#breaches li")
    await expect(breach).to_have_count(1)
    await expect(breach).to_contain_text("昌吉市 签收 逾期")
    await expect(breach.get_by_role("link")).to_have_attribute("href", re.compile(r"^/orders/\d+$"))
    await expect(row.locator(".countdown")).to_have_class(re.compile("overdue"))
    await expect(row.locator(".word")).to_have_text("逾期")
    await expect(digits).to_have_text(re.compile(r"^\+00:0\d:\d\d$"))
    await expect(page.locator("[data-counter=breached_today]")).to_have_text("1")
    assert await page.evaluate("window.sameDocument") is True
    await picture(page, tmp_path, "board-live")
    # An old page and the events since are the same as a new page.
    lived = await shown(page)
    await page.reload()
    assert await shown(page) == lived
    assert len(lived) == 2


async def test_from_the_order_to_the_accepted_report(site: Site, sign_in: Open, tmp_path: Path) -> None:
    await site.smoke()
    duty, supervisor = await sign_in("duty"), await sign_in("supervisor", PHONE)
    neighbour = await sign_in("neighbour")
    await expect(neighbour.get_by_text("没有符合条件的工单")).to_be_visible()
    await supervisor.locator("#orders a").click()
    address = supervisor.url
    refused = await neighbour.goto(address)
    assert refused is not None
    assert refused.status == 404
    await expect(neighbour.get_by_text("不在您的网格范围内")).to_be_visible()

    state = supervisor.locator("#state")
    await expect(supervisor.locator("#why")).to_contain_text("µg/m³")
    await supervisor.get_by_role("button", name="签收工单").click()
    await expect(supervisor.locator("#done")).to_have_text("工单已签收。")
    await expect(state).to_have_text("已签收")
    await expect(duty.locator("#orders tr")).to_contain_text("已签收")

    await supervisor.get_by_label("现场情况").fill("工地未覆盖\n已要求整改")
    await supervisor.get_by_label("原因").fill("扬尘")
    await supervisor.get_by_label("照片或文件").set_input_files(
        {"name": "现场.png", "mimeType": "image/png", "buffer": PNG}
    )
    await supervisor.locator(".position summary").click()
    await supervisor.get_by_label("经度").fill("87.304")
    await supervisor.get_by_label("纬度").fill("44.013")
    await supervisor.get_by_role("button", name="提交现场反馈").dblclick()
    await expect(state).to_have_text("已反馈")
    await expect(supervisor.get_by_role("link", name="现场.png")).to_be_visible()
    await expect(duty.locator("#orders tr")).to_contain_text("已反馈")

    async def report(measures: str) -> None:
        await supervisor.get_by_label("处置措施").fill(measures)
        await supervisor.get_by_label("处置结果").fill("浓度下降")
        await supervisor.get_by_role("button", name="提交处置结果").click()
        await expect(state).to_have_text("已上报")

    await report("洒水降尘")
    await duty.locator("#orders a").click()
    # What was said and the photo stand above the form, and the photo is really shown.
    photo = duty.get_by_role("img", name="现场.png")
    await photo.scroll_into_view_if_needed()
    await expect(photo).to_have_js_property("naturalWidth", 1)
    await picture(duty, tmp_path, "review-wide")
    await duty.get_by_role("button", name="退回整改").click()
    await expect(duty.locator("#comment:invalid")).to_be_focused()
    await expect(duty.locator("#message")).to_have_count(0)
    await duty.get_by_label("审核意见").fill(" ")
    await duty.get_by_role("button", name="退回整改").click()
    await expect(duty.locator("#message")).to_contain_text("退回时请在审核意见中写明")
    await duty.get_by_label("审核意见").fill("照片不清")
    await duty.get_by_role("button", name="退回整改").click()
    await expect(duty.locator("#state")).to_have_text("已退回")
    await expect(duty.locator("#done")).to_have_text("工单已退回整改。")

    # The supervisor's page says by itself that it is old; acting on it would be refused.
    await supervisor.locator("#changed a").click()
    await expect(state).to_have_text("已退回")
    await expect(supervisor.get_by_text("照片不清").first).to_be_visible()
    await report("覆盖裸土")
    await duty.locator("#changed a").click()
    await duty.get_by_role("button", name="通过并办结").click()
    await expect(duty.locator("#state")).to_have_text("已办结")
    await expect(duty.locator("#done")).to_have_text("审核通过，工单已办结。")
    await expect(duty.locator("form.act")).to_have_count(0)
    await expect(duty.locator("#timeline li")).to_have_count(7)
    for page, name in ((duty, "order-wide"), (supervisor, "order-phone")):
        await page.goto(address)
        await not_wider_than_the_screen(page)
        await picture(page, tmp_path, name)
    await duty.goto("/")
    await expect(duty.get_by_text("没有符合条件的工单")).to_be_visible()


async def test_a_stale_page_is_refused_in_words(site: Site, sign_in: Open) -> None:
    order_id = await site.world.order()
    page, other = await sign_in("supervisor"), await sign_in("supervisor")
    for one in (page, other):
        await one.goto(f"/orders/{order_id}")
    await other.get_by_role("button", name="签收工单").click()
    await expect(other.locator("#state")).to_have_text("已签收")
    await page.get_by_role("button", name="签收工单").click()
    await expect(page.locator("#message")).to_have_text("该工单已被他人处理，请查看最新状态。")
    await expect(page.locator("#state")).to_have_text("已签收")


async def test_hostile_names_are_shown_as_text(site: Site, sign_in: Open) -> None:
    async with transaction(site.world.sessions) as session:
        await session.execute(update(Station).where(Station.code == "WZ-1").values(name=HOSTILE))
        await site.world.context.directory.refresh(session)
    page = await sign_in("duty")
    await site.smoke()
    row = page.locator("#orders tr")
    await expect(row.locator(".station")).to_have_text(HOSTILE)
    await page.reload()
    await expect(row.locator(".station")).to_have_text(HOSTILE)
    await row.get_by_role("link").click()
    await expect(page.locator(".reason-line")).to_contain_text(HOSTILE)
    assert "owned" not in await page.title()
    assert await page.locator("img").count() == 0


async def test_a_lost_connection_is_shown_and_caught_up(site: Site, sign_in: Open) -> None:
    page = await sign_in("duty")
    await page.evaluate("window.sameDocument = true")
    banner = page.get_by_text("连接中断，正在重连…")
    await expect(banner).to_be_hidden()
    await site.world.order(COUNTY)
    await expect(page.locator("#orders tr")).to_have_count(1)

    await site.stop()
    await expect(banner).to_be_visible()
    await site.world.order(OTHER_COUNTY)
    site.world.clock.advance(minutes=11)
    await site.story.tick()
    await site.start()
    await expect(banner).to_be_hidden()
    await expect(page.locator("#orders tr")).to_have_count(2)
    await expect(page.locator("#breaches li")).to_have_count(2)
    assert await page.evaluate("window.sameDocument") is True


async def test_an_ended_session_leads_to_the_sign_in(site: Site, sign_in: Open) -> None:
    page = await sign_in("duty")
    await page.context.clear_cookies(name="geshao_session")
    await site.world.order()
    await expect(page).to_have_url(re.compile(r"/login$"))
    await expect(page.get_by_role("button", name="登录", exact=True)).to_be_visible()


async def test_rows_stay_sorted_and_filtered(site: Site, sign_in: Open) -> None:
    page = await sign_in("duty")
    await expect(page.locator("#ring")).to_be_visible()
    await page.locator("#grids").select_option(COUNTY)
    await expect(page).to_have_url(re.compile(f"grid={COUNTY}"))
    first = await site.world.order(COUNTY)
    await site.world.order(OTHER_COUNTY)
    site.world.clock.advance(seconds=90)
    second = await site.world.order(COUNTY)
    rows = page.locator("#orders tr")
    await expect(rows).to_have_count(2)
    assert [await row.get_attribute("data-order") for row in await rows.all()] == [str(first), str(second)]
    # Once acknowledged, the older order's next deadline is the feedback's: it goes below the younger.
    await site.story.act("supervisor", first, Acknowledge())
    await expect(rows.first).to_have_attribute("data-order", str(second))
    await expect(rows).to_have_count(2)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
async def test_every_page_fits_its_screen(
    site: Site, sign_in: Open, tmp_path: Path, language: str, size: ViewportSize
) -> None:
    world = site.world
    await site.smoke()
    for _ in range(4):
        await world.order(OTHER_COUNTY, station="WZ-2", reason="群众举报：夜间焚烧秸秆，烟雾较大，请立即核查")
    world.clock.advance(minutes=9, seconds=55)
    late = await world.order(COUNTY, reason="巡查")
    world.clock.advance(minutes=5)
    await site.story.tick()
    page = await sign_in("duty", size)
    await page.goto(f"/?lang={language}")
    await expect(page.locator("html")).to_have_attribute("lang", "zh-CN" if language == "zh" else "en")
    shape = f"{language}-{size['width']}"
    await expect(page.locator("#orders tr")).to_have_count(6)
    await not_wider_than_the_screen(page)
    await picture(page, tmp_path, f"board-{shape}")
    await page.goto(f"/orders/{late - 5}")
    await not_wider_than_the_screen(page)
    await picture(page, tmp_path, f"order-{shape}")
    await page.goto("/orders/999999")
    await not_wider_than_the_screen(page)
    await picture(page, tmp_path, f"missing-{shape}")
    await page.context.clear_cookies(name="geshao_session")
    await page.goto("/login")
    await not_wider_than_the_screen(page)
    await picture(page, tmp_path, f"login-{shape}")
