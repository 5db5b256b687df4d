"""Administration as it is worked with: a rule set from draft to force."""

from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from app.backtest import jobs
from app.backtest.summary import side_by_side
from app.database import transaction
from tests.browser.conftest import PHONE, Open, Site


async def fits(page: Page) -> None:
    assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), page.url


async def computed(site: Site) -> None:
    """What an engine would do with the back-test that waits."""
    world = site.world
    async with transaction(world.sessions) as session:
        job = await jobs.claim(session, now=world.clock.now())
        assert job is not None
        result = side_by_side([], [], since=job.since, until=job.until, outcomes=[], readings=0)
        assert await jobs.done(session, job, result, now=world.clock.now())


async def test_a_rule_set_from_draft_to_force(site: Site, sign_in: Open, tmp_path: Path) -> None:
    page = await sign_in("admin")
    await page.get_by_role("link", name="管理", exact=True).click()
    await page.get_by_role("link", name="规则集").click()
    await page.get_by_role("link", name="第 1 版").click()
    await page.get_by_label("为何要新建版本").fill("采暖季前收紧")
    await page.get_by_role("button", name="由此版本新建草稿").click()
    await expect(page.locator("h1")).to_contain_text("规则集第 2 版 草稿")
    await page.get_by_label("exceedance_hour.thresholds.pm25.notice").fill("120")
    await page.get_by_role("button", name="保存数值").click()
    await expect(page.locator("#differences tbody tr")).to_have_count(1)
    await page.screenshot(path=tmp_path / "draft.png", full_page=True)

    await page.get_by_role("button", name="开始回测").click()
    await expect(page.locator("#backtests")).to_contain_text("等待引擎")
    await page.get_by_label("exceedance_hour.thresholds.pm25.serious").fill("160")
    await computed(site)
    # The page notices by itself, and what was being typed is still there.
    await expect(page.get_by_role("button", name="生效", exact=True)).to_be_visible()
    await expect(page.get_by_label("exceedance_hour.thresholds.pm25.serious")).to_have_value("160")
    await page.locator("#backtests li a").click()
    await expect(page.locator("#whole tbody tr")).to_have_count(7)
    await page.screenshot(path=tmp_path / "backtest.png", full_page=True)
    await page.go_back()
    await page.locator("#activate-reason").fill("局务会决定")
    await page.get_by_role("button", name="生效", exact=True).click()
    await expect(page.locator("h1")).to_contain_text("生效中")
    await page.goto("/admin/rules")
    await expect(page.locator("#versions tbody tr").first).to_contain_text("生效中")
    await page.screenshot(path=tmp_path / "rules.png", full_page=True)


PATHS = (
    "/admin",
    "/admin/silences",
    "/admin/silences?state=cancelled",
    "/admin/rules",
    "/admin/rules/1",
    "/admin/policies",
    "/admin/policies/1",
)


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_nothing_runs_out_of_a_phone(site: Site, sign_in: Open, tmp_path: Path, language: str) -> None:
    page = await sign_in("both", PHONE, color_scheme="dark")
    await page.goto(f"/admin/silences?station=WZ-1&lang={language}#new")
    await page.locator("#until").fill("2026-11-24T08:00")
    await page.locator("#reason").fill("道路施工，围挡内湿法作业，与站点距离约三十米" * 3)
    await page.locator("#new button").click()
    await expect(page.locator("#silences tbody tr")).to_have_count(1)
    for number, path in enumerate(PATHS):
        await page.goto(path)
        await fits(page)
        await page.screenshot(path=tmp_path / f"phone-{language}-{number}.png", full_page=True)
