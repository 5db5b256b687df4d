"""A problem goes from the village that found it to the county that answers for it, on phones and at the desk."""

import re
from pathlib import Path

from playwright.async_api import FilePayload, expect

from tests.browser.conftest import PHONE, Open, Site
from tests.browser.rooms import picture
from tests.browser.test_desk import fits
from tests.levels import add_levels

SPOT = {"longitude": 87.2931, "latitude": 44.0062, "accuracy": 14}
UP = re.compile(r"^UP-2026-652301-000001$")


async def test_from_the_village_to_the_order_of_the_county(site: Site, sign_in: Open, tmp_path: Path) -> None:
    await add_levels(site.world)
    village = await sign_in("villager", PHONE, geolocation=SPOT, permissions=["geolocation"])
    await expect(village.locator("#below")).to_contain_text("乡镇（街道）和村（社区）的工作在这里")
    await fits(village, "/reports/new")
    await village.goto("/")
    await village.locator("#below").get_by_role("link", name="上报问题").click()
    await village.get_by_label("问题类型").select_option("burning")
    await village.get_by_label("发现情况").fill("三队东侧焚烧秸秆 <b>约两亩</b>")
    photo = FilePayload(name="焚烧.png", mimeType="image/png", buffer=picture(220))
    await village.get_by_label("照片或文件").set_input_files(photo)
    # Without a position nothing is sent: the browser says which field is wanted.
    await village.get_by_role("button", name="提交上报").click()
    await expect(village).to_have_url(re.compile("/reports/new$"))
    await expect(village.locator("#pick-map")).to_have_attribute("data-drawn", "1")
    await village.locator("#pick-map").click(position={"x": 150, "y": 120})
    await expect(village.get_by_label("经度")).not_to_have_value("")
    await expect(village.get_by_label("纬度")).not_to_have_value("")
    await expect(village.locator("#pick-map .mark.late")).to_be_visible()
    await village.get_by_role("button", name="获取当前位置").click()
    await expect(village.locator(".spot [role=status]")).to_have_text("± 14 m")
    await expect(village.get_by_label("经度")).to_have_value("87.293100")
    await village.get_by_label("地点说明").fill("机耕道旁")
    await village.screenshot(path=tmp_path / "filing.png", full_page=True)
    await village.get_by_role("button", name="提交上报").click()
    await expect(village.locator("#done")).to_contain_text("已上报")
    await expect(village.locator("#state")).to_have_text("待汇总")
    await expect(village.locator("#what")).to_contain_text("<b>约两亩</b>")
    await expect(village.locator(".photos img")).to_be_visible()
    await village.wait_for_function("() => document.querySelector('.photos img').naturalWidth > 0")
    await expect(village.locator("#turn")).to_contain_text("等待中山路街道处理")
    report = village.url.partition("?")[0]
    for path in (report, "/reports", "/"):
        await fits(village, path)

    township = await sign_in("township", PHONE)
    await township.locator("#below").get_by_role("link", name="1 件待您处理").click()
    await township.locator("#waiting").get_by_role("link", name="三队东侧").click()
    await township.get_by_text("转报县市").click()
    await township.get_by_label("事由").fill("烧荒面积大，需执法")
    await fits(township, report)
    await township.get_by_text("转报县市").click()
    await township.get_by_label("事由").fill("烧荒面积大，需执法")
    await township.get_by_role("button", name="转报").click()
    await expect(township.locator("#state")).to_have_text("待研判")

    # The county lets its deadline pass: the board of the prefecture says so at once, and leads to the report.
    desk = await sign_in("duty")
    await expect(desk.locator("#breaches a")).to_have_count(0)
    site.world.clock.advance(hours=3)
    await site.story.tick()
    await desk.locator("#breaches").get_by_role("link", name=UP).click()
    await expect(desk.locator("#state")).to_have_text("待研判")
    await expect(desk.locator(".countdown.overdue")).to_be_visible()
    await expect(desk.locator("#turn")).to_contain_text("等待昌吉市处理")
    await expect(desk.locator(".acts")).to_have_count(0)

    county = await sign_in("supervisor")
    await county.get_by_role("link", name="问题上报").click()
    await expect(county.locator("#waiting .countdown.overdue")).to_be_visible()
    await county.locator("#waiting").get_by_role("link", name="三队东侧").click()
    await expect(county.locator("#steps")).to_contain_text("烧荒面积大，需执法")
    await expect(county.locator("#place-map")).to_have_attribute("data-drawn", "2")
    await county.screenshot(path=tmp_path / "judging.png", full_page=True)
    await county.get_by_label("严重程度").select_option("serious")
    await county.get_by_role("button", name="派单").click()
    await expect(county.locator("#done")).to_contain_text("工单已派发")
    await county.locator("#outcome").get_by_role("link").click()
    await expect(county.locator("#origin")).to_contain_text("三队东侧焚烧秸秆")
    await county.locator("#origin").get_by_role("link", name=UP).click()
    await expect(county.locator("#state")).to_have_text("已派单")

    # The village reads what became of it, and the number of an order that is not its own.
    await village.goto(report)
    await expect(village.locator("#state")).to_have_text("已派单")
    await expect(village.locator("#outcome")).to_contain_text("2026-652301-000001")
    await expect(village.locator("#outcome a")).to_have_count(0)
