"""The field page on a phone: with a network, without one, and with one that breaks off at the wrong moment."""

import asyncio
import contextlib
import hashlib
import re
from pathlib import Path

import pytest
from playwright.async_api import (
    BrowserContext,
    Dialog,
    Error,
    FilePayload,
    Page,
    Route,
    ViewportSize,
    async_playwright,
    expect,
)
from sqlalchemy import func, select

from dispatch.commands import Acknowledge, FileReport, GiveFeedback, Return
from models.order import DisposalReport, Evidence, Feedback
from tests.browser.conftest import ARGUMENTS, CHROMIUM, PHONE, WIDE, Open, Site
from tests.browser.loading import Loading, exchanges, on_slow_network_ms
from tests.browser.test_console import PNG, not_wider_than_the_screen, picture
from tests.factories import COUNTY, PASSWORD

PHOTO = FilePayload(name="现场.png", mimeType="image/png", buffer=PNG)
NETWORK_MS = 2_000
"""Of the 2.5 s until the page can be used on slow 3G with a processor four times slower."""
SITE_PLACE = {"longitude": 87.301, "latitude": 44.0, "accuracy": 12.0}


async def count(site: Site, table: type) -> int:
    async with site.world.sessions() as session:
        return (await session.execute(select(func.count()).select_from(table))).scalar_one()


async def ready_without_network(page: Page) -> None:
    await page.evaluate("navigator.serviceWorker.ready.then(() => true)")


async def cut_off(site: Site, sign_in: Open) -> Page:
    """The field page with the one order there is, when the network goes."""
    page = await sign_in("supervisor", PHONE)
    await page.goto("/f")
    await expect(page.locator("#orders li")).to_have_count(1)
    await ready_without_network(page)
    await site.stop()
    return page


async def enter(page: Page, username: str = "supervisor") -> None:
    """Signs in, and goes on to the field page."""
    await page.goto("/login?next=/f")
    await page.get_by_label("用户名").fill(username)
    await page.get_by_label("密码").fill(PASSWORD)
    await page.get_by_role("button", name="登录").click()


async def test_the_whole_story_with_one_thumb(site: Site, sign_in: Open, tmp_path: Path) -> None:
    order_id = await site.world.order(COUNTY, station="WZ-1")
    page = await sign_in("supervisor", PHONE, geolocation=SITE_PLACE, permissions=["geolocation"])
    await page.goto("/f")
    card = page.locator("#orders li")
    await expect(card).to_have_count(1)
    await expect(card.locator(".digits")).to_have_text(re.compile(r"^00:0\d:\d\d$"))
    await card.get_by_role("button", name="签收工单").click()
    await expect(card.locator(".badge").first).to_have_text("已签收")
    await expect(card.get_by_role("button", name="签收工单")).to_be_hidden()

    await card.locator(".button.feedback").click()
    await page.get_by_label("施工扬尘").check()
    await page.get_by_label("现场情况").fill("工地未覆盖")
    await page.get_by_role("button", name="获取当前位置").click()
    await expect(page.locator(".position")).to_have_text("距站点 80 米，误差 ± 12 米")
    await page.get_by_role("button", name="提交现场反馈").click()
    await expect(card.locator(".badge").first).to_have_text("已反馈")

    await card.locator(".button.report").click()
    await page.get_by_label("处置措施").fill("洒水")
    await page.get_by_label("处置结果").fill("浓度下降")
    await page.get_by_role("button", name="提交处置结果").click()
    await expect(card.locator(".badge").first).to_have_text("已上报")
    await expect(page.locator("#queue li")).to_have_count(3)
    await expect(page.locator("#queue .badge.received")).to_have_count(3)
    await picture(page, tmp_path, "field-done")

    async with site.world.sessions() as session:
        given = (await session.execute(select(Feedback).where(Feedback.order_id == order_id))).scalar_one()
    assert (given.finding, given.cause_code) == ("工地未覆盖", "construction_dust")
    assert given.location == {"lon": 87.301, "lat": 44.0, "accuracy_m": 12}
    assert await count(site, DisposalReport) == 1


async def test_nothing_is_lost_without_a_network(site: Site, sign_in: Open, tmp_path: Path) -> None:
    """Network cut, feedback with a photo entered, page closed, reopened, network back: one feedback, one photo."""
    await site.world.order()
    page = await cut_off(site, sign_in)

    await page.locator("#orders .button.feedback").click()
    await page.get_by_label("现场情况").fill("夜间焚烧秸秆")
    await page.get_by_label("拍照").set_input_files(PHOTO)
    await expect(page.locator(".photos img")).to_have_js_property("naturalWidth", 1)
    await expect(page.locator(".saved")).to_have_text("草稿已存本机")
    await picture(page, tmp_path, "field-photo")
    # The battery dies in the middle of the draft.
    context = page.context
    await page.close()
    page = await context.new_page()
    await page.goto("/f")
    await expect(page.locator("#orders .draft")).to_have_text("草稿已存本机")
    await page.locator("#orders .button.feedback").click()
    await expect(page.get_by_label("现场情况")).to_have_value("夜间焚烧秸秆")
    await expect(page.locator(".photos img")).to_have_count(1)
    await page.get_by_role("button", name="提交现场反馈").click()
    item = page.locator("#queue li")
    await expect(item.locator(".badge")).to_have_text("等待网络")
    await expect(page.locator("#state")).to_contain_text("无网络")
    await picture(page, tmp_path, "field-offline")
    await page.close()

    page = await context.new_page()
    await page.goto("/f")
    item = page.locator("#queue li")
    await expect(item.locator(".badge")).to_have_text("等待网络")
    await expect(page.locator("#orders .button.feedback")).to_be_hidden()
    assert await count(site, Feedback) == 0
    await site.start()
    await page.evaluate("dispatchEvent(new Event('online'))")
    await expect(item.locator(".badge")).to_have_text("服务器已收到")
    await expect(page.locator("#orders .badge").first).to_have_text("已反馈")
    await page.reload()
    await expect(item).to_have_count(1)
    assert (await count(site, Feedback), await count(site, Evidence)) == (1, 1)
    async with site.world.sessions() as session:
        photo = (await session.execute(select(Evidence))).scalar_one()
    assert photo.original_digest == hashlib.sha256(PNG).digest()
    assert (photo.media_type, photo.used_for) == ("image/jpeg", "feedback")
    assert photo.digest != photo.original_digest


async def test_it_is_there_soon_on_a_slow_network(site: Site, sign_in: Open) -> None:
    """Nothing kept of before: what has to be waited for on slow 3G leaves time for a slow processor.

    `python -m benchmarks field` measures the whole, in milliseconds.
    """
    await site.world.order()
    page = await sign_in("supervisor", PHONE)
    loading = await Loading.of(page)
    await page.goto("/f")
    await expect(page.get_by_role("button", name="签收工单")).to_be_enabled()
    ready = await page.evaluate(
        "performance.timeOrigin + performance.getEntriesByName('field:ready')[0].startTime"
    )
    asked = loading.until(ready)
    assert any(one.url.endswith("/f/orders") and one.bytes for one in asked)
    assert exchanges(asked) <= 3, asked
    assert on_slow_network_ms(asked) < NETWORK_MS, asked


async def test_a_lost_answer_is_asked_for_again_and_not_acted_on_twice(site: Site, sign_in: Open) -> None:
    await site.world.order()
    page = await sign_in("supervisor", PHONE, service_workers="block")
    lost: list[str] = []

    async def lose_once(route: Route) -> None:
        path = route.request.url.rpartition("/")[2]
        if path in lost:
            await route.continue_()
            return
        lost.append(path)
        await route.fetch()
        await route.abort()

    await page.route(re.compile("/api/v1/(evidence|orders/.*)$"), lose_once)
    await page.goto("/f")
    await page.locator("#orders .button.feedback").click()
    await page.get_by_label("现场情况").fill("路面积尘")
    await page.get_by_label("从相册选择").set_input_files([PHOTO, PHOTO])
    await expect(page.locator(".photos img")).to_have_count(2)
    await page.get_by_role("button", name="提交现场反馈").click()
    await expect(page.locator("#queue .badge")).to_have_text("服务器已收到", timeout=40_000)
    assert sorted(lost) == ["evidence", "feedback"]
    assert (await count(site, Feedback), await count(site, Evidence)) == (1, 2)


async def test_what_is_refused_says_why(site: Site, sign_in: Open, tmp_path: Path) -> None:
    order_id = await site.world.order()
    page = await cut_off(site, sign_in)
    await page.get_by_role("button", name="签收工单").click()
    await page.locator("#orders .button.feedback").click()
    await page.get_by_label("现场情况").fill("迟到的反馈")
    await page.get_by_role("button", name="提交现场反馈").click()
    await expect(page.locator("#queue .badge.waiting")).to_have_count(2)
    # Meanwhile a colleague does both.
    await site.story.act("supervisor", order_id, Acknowledge())
    await site.story.act("supervisor", order_id, GiveFeedback("先到的反馈", None, ()))
    await site.start()
    await page.evaluate("dispatchEvent(new Event('online'))")
    await expect(page.locator("#queue .badge.refused")).to_have_count(2)
    await expect(page.locator("#queue li").first).to_contain_text("工单当前状态下不能进行此操作")
    await expect(page.locator("#queue li").first).to_contain_text("迟到的反馈")
    await picture(page, tmp_path, "field-refused")
    await page.locator("#queue li").first.get_by_role("button", name="放弃").click()
    await expect(page.locator("#queue li")).to_have_count(1)
    assert await count(site, Feedback) == 1


async def test_a_report_for_a_round_that_is_over_is_not_filed_in_the_next(site: Site, sign_in: Open) -> None:
    order_id = await site.world.order()
    await site.story.act("supervisor", order_id, GiveFeedback("有火点", None, ()))
    page = await cut_off(site, sign_in)
    await page.locator("#orders .button.report").click()
    await page.get_by_label("处置措施").fill("洒水")
    await page.get_by_label("处置结果").fill("好转")
    await page.get_by_label("拍照").set_input_files(PHOTO)
    await expect(page.locator(".photos img")).to_have_count(1)
    await page.get_by_role("button", name="提交处置结果").click()
    await expect(page.locator("#queue .badge.waiting")).to_have_count(1)
    await site.story.act("supervisor", order_id, FileReport("灭火", "已灭", ()))
    await site.story.act("duty", order_id, Return("照片不清"))
    await site.start()
    await page.evaluate("dispatchEvent(new Event('online'))")
    item = page.locator("#queue li")
    await expect(item).to_contain_text("工单状态已变化")
    await expect(page.locator("#orders .comment")).to_have_text("照片不清")
    assert await count(site, DisposalReport) == 1
    await item.get_by_role("button", name="重新填写").click()
    await expect(page.get_by_label("处置措施")).to_have_value("洒水")
    await expect(page.locator(".photos img")).to_have_count(1)
    await page.get_by_role("button", name="提交处置结果").click()
    await expect(page.locator("#queue .badge.received")).to_have_count(1)
    assert (await count(site, DisposalReport), await count(site, Evidence)) == (2, 1)


async def test_a_browser_that_dies_loses_nothing(site: Site, tmp_path: Path) -> None:
    """The whole browser is gone at once while feedback waits; a new one finds it, and sends it once."""
    await site.world.order()
    async with async_playwright() as playwright:

        async def browser() -> BrowserContext:
            return await playwright.chromium.launch_persistent_context(
                tmp_path / "phone",
                executable_path=CHROMIUM,
                args=ARGUMENTS,
                base_url=site.url,
                viewport=PHONE,
            )

        context = await browser()
        page = await context.new_page()
        await enter(page)
        await expect(page.locator("#orders li")).to_have_count(1)
        await ready_without_network(page)
        await site.stop()
        await page.locator("#orders .button.feedback").click()
        await page.get_by_label("现场情况").fill("电量耗尽")
        await page.get_by_label("拍照").set_input_files(PHOTO)
        await expect(page.locator(".photos img")).to_have_count(1)
        await page.get_by_role("button", name="提交现场反馈").click()
        await expect(page.locator("#queue .badge.waiting")).to_have_count(1)
        killer = await context.new_cdp_session(page)
        dead = asyncio.Event()
        context.on("close", lambda _: dead.set())
        with contextlib.suppress(Error, TimeoutError):
            await asyncio.wait_for(killer.send("Browser.crash"), 5)
        await asyncio.wait_for(dead.wait(), 20)

        context = await browser()
        page = await context.new_page()
        await page.goto("/f")
        await expect(page.locator("#queue .badge")).to_have_text("等待网络")
        await site.start()
        # Cookies reach the disk later than what is entered does: the session may be gone.
        await enter(page)
        await expect(page.locator("#queue .badge")).to_have_text("服务器已收到")
        await context.close()
    assert (await count(site, Feedback), await count(site, Evidence)) == (1, 1)


async def test_two_pages_send_what_waits_once(site: Site, sign_in: Open) -> None:
    await site.world.order()
    page = await cut_off(site, sign_in)
    await page.locator("#orders .button.feedback").click()
    await page.get_by_label("现场情况").fill("一次")
    await page.get_by_label("拍照").set_input_files(PHOTO)
    # Not waiting for the photo to be ready: it goes with the feedback all the same.
    await page.get_by_role("button", name="提交现场反馈").click()
    await expect(page.locator("#queue .badge.waiting")).to_have_count(1)
    other = await page.context.new_page()
    await other.goto("/f")
    await expect(other.locator("#queue .badge.waiting")).to_have_count(1)
    await site.start()
    for one in (page, other):
        await one.evaluate("void dispatchEvent(new Event('online'))")
    await expect(page.locator("#queue .badge")).to_have_text("服务器已收到")
    await other.reload()
    await expect(other.locator("#queue .badge")).to_have_text("服务器已收到")
    assert (await count(site, Feedback), await count(site, Evidence)) == (1, 1)


async def test_what_somebody_else_entered_waits_for_them(site: Site, sign_in: Open) -> None:
    await site.world.order()
    page = await sign_in("supervisor", PHONE)
    await page.goto("/f")
    await expect(page.locator("#orders li")).to_have_count(1)
    await page.context.clear_cookies(name="geshao_session")
    await page.get_by_role("button", name="签收工单").click()
    await expect(page.locator("#queue .badge.waiting")).to_have_count(1)
    for username, state in (("both", "等待网络"), ("supervisor", "服务器已收到")):
        await page.context.clear_cookies(name="geshao_session")
        await enter(page, username)
        await expect(page.locator("#who")).to_contain_text(username)
        await expect(page.locator("#queue .badge")).to_have_text(state)
        others = page.get_by_text("由他人在本机填写")
        await (expect(others).to_be_visible() if username == "both" else expect(others).to_be_hidden())


async def test_signing_out_takes_along_what_the_server_told_and_nothing_that_was_entered(
    site: Site, sign_in: Open
) -> None:
    order_id = await site.world.order(COUNTY, station="WZ-1")
    page = await sign_in("supervisor", PHONE)
    await page.goto("/f")
    card = page.locator("#orders li")
    await expect(card.locator(".way")).to_have_attribute("href", re.compile("position=87.3%2C44&"))
    await page.goto(f"/f#feedback/{order_id}")
    await page.get_by_label("现场情况").fill("工地未覆盖")
    await expect(page.locator(".saved")).to_have_text("草稿已存本机")
    asked: list[str] = []

    async def answer(dialog: Dialog) -> None:
        asked.append(dialog.message)
        await (dialog.accept() if len(asked) > 1 else dialog.dismiss())

    page.on("dialog", answer)
    leave = page.get_by_role("button", name="退出登录")
    async with page.expect_event("dialog"):
        await leave.click()
    await expect(page.get_by_label("现场情况")).to_have_value("工地未覆盖")
    assert len(asked) == 1
    assert "1 条" in asked[0]
    # Without the server nobody is signed out, and it says so.
    await site.stop()
    await leave.click()
    await expect(page.locator("#state")).to_contain_text("无法退出登录")
    await site.start()
    await leave.click()
    await page.wait_for_url("**/login?next=/f")
    # The phone of somebody else by now: no order is left on it to be read.
    await site.stop()
    await page.goto("/f")
    await expect(page.locator("#state")).to_be_visible()
    await expect(card).to_have_count(0)
    # Away from the page, which would go to the way in by itself as soon as the server is back.
    await page.goto("about:blank")
    await site.start()
    await enter(page)
    await page.goto(f"/f#feedback/{order_id}")
    await expect(page.get_by_label("现场情况")).to_have_value("工地未覆盖")


async def test_an_ended_session_keeps_what_was_entered(site: Site, sign_in: Open) -> None:
    await site.world.order()
    page = await sign_in("supervisor", PHONE)
    await page.goto("/f")
    await expect(page.locator("#orders li")).to_have_count(1)
    await page.context.clear_cookies(name="geshao_session")
    await page.get_by_role("button", name="签收工单").click()
    await expect(page.locator("#state")).to_contain_text("您已退出登录")
    await expect(page.locator("#queue .badge")).to_have_text("等待网络")
    await page.get_by_role("link", name="登录").click()
    await page.get_by_label("用户名").fill("supervisor")
    await page.get_by_label("密码").fill(PASSWORD)
    await page.get_by_role("button", name="登录").click()
    await expect(page.locator("#queue .badge")).to_have_text("服务器已收到")


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, WIDE], ids=["phone", "wide"])
async def test_it_fits_its_screen(
    site: Site, sign_in: Open, tmp_path: Path, language: str, scheme: str, size: ViewportSize
) -> None:
    await site.smoke()
    order_id = await site.world.order(COUNTY, reason="群众举报：夜间焚烧秸秆，烟雾较大，请立即核查")
    await site.story.act("supervisor", order_id, Acknowledge())
    await site.story.act("supervisor", order_id, GiveFeedback("有火点", None, ()))
    page = await sign_in("supervisor", size, color_scheme=scheme)
    await page.goto(f"/f?lang={language}")
    await expect(page.locator("#orders li")).to_have_count(2)
    shape = f"{language}-{scheme}-{size['width']}"
    await not_wider_than_the_screen(page)
    await picture(page, tmp_path, f"field-list-{shape}")
    for kind in ("feedback", "report"):
        await page.locator(f"#orders a.{kind}:visible").first.click()
        await expect(page.locator("#one form")).to_be_visible()
        await page.locator("#one .taps label").first.click()
        await not_wider_than_the_screen(page)
        await picture(page, tmp_path, f"field-{kind}-{shape}")
        await page.goto("/f")
