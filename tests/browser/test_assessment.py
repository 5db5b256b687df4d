"""A month of the assessment on screen: claimed, objected to, decided, frozen and signed."""

from datetime import UTC, datetime
from pathlib import Path

from playwright.async_api import Page, expect

from tests.browser.conftest import PHONE, WIDE, Open, Site

MONTH = "/supervision/assessment/2026-11"
SIZES = {"360": PHONE, "1440": WIDE}


async def _pictures(page: Page, path: str, folder: Path, name: str) -> None:
    for width, size in SIZES.items():
        for language, theme in (("zh", "light"), ("en", "dark")):
            await page.set_viewport_size(size)
            await page.goto(f"{path}?lang={language}&theme={theme}")
            assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (
                name,
                width,
            )
            await page.screenshot(path=folder / f"{name}-{width}-{language}-{theme}.png", full_page=True)
    await page.goto(f"{path}?lang=zh&theme=light")
    await page.set_viewport_size(WIDE)


async def test_a_month_is_claimed_decided_frozen_and_signed(
    site: Site, sign_in: Open, tmp_path: Path
) -> None:
    duty = await sign_in("duty")
    await duty.get_by_role("link", name="监督考核", exact=True).click()
    await duty.get_by_role("link", name="月度考核").click()
    await duty.locator("#scores").get_by_role("link", name="昌吉市").click()
    claim = duty.locator("#claim")
    await claim.get_by_label("考核项").select_option(value="6")
    await claim.get_by_label("扣分或加分事由").fill("堆场未覆盖，整改不彻底")
    await claim.get_by_label("依据的编号或名称").fill("州环督〔2026〕17号")
    await claim.get_by_role("button", name="提出").click()
    await expect(duty.get_by_role("status")).to_contain_text("已提出")
    chief = await sign_in("chief")
    await chief.goto(f"{MONTH}/652301")
    await expect(chief.locator("#score-title")).to_contain_text("95")
    await chief.locator("#items").get_by_role("link", name="#1").click()
    point = chief.locator("#point-1")
    await point.get_by_text("提出申诉", exact=True).click()
    await point.get_by_label("事由").fill("已于当日覆盖")
    await point.get_by_role("button", name="提交申诉").click()
    await expect(chief.locator("#point-1")).to_contain_text("申诉中")
    leader = await sign_in("leader")
    await leader.goto(f"{MONTH}/652301")
    await leader.locator("#point-1").get_by_label("事由").fill("现场仍未覆盖")
    await leader.get_by_role("button", name="维持扣分").click()
    await expect(leader.get_by_role("status")).to_be_visible()
    await _pictures(leader, f"{MONTH}/652301", tmp_path, "unit")
    site.world.clock.set(datetime(2026, 12, 2, 2, tzinfo=UTC))
    duty, leader = await sign_in("duty"), await sign_in("leader")
    await duty.goto(MONTH)
    await duty.get_by_role("button", name="冻结本月考核").click()
    await expect(duty.locator("#frozen")).to_contain_text("95")
    await expect(duty.get_by_role("button", name="签发")).to_have_count(0)
    await leader.goto(MONTH)
    await _pictures(leader, MONTH, tmp_path, "frozen")
    await leader.get_by_role("button", name="签发第 1 版").click()
    await expect(leader.locator("#signed")).to_contain_text("姓名 leader")
    await expect(leader.locator("#year")).to_contain_text("95.00")
    await _pictures(leader, MONTH, tmp_path, "signed")
