"""Targets as people see them: set, standing, warned of; and how the page looks."""

from datetime import date
from pathlib import Path

from playwright.async_api import expect

from tests.airs import month_of_air, reference_stations
from tests.browser.conftest import PHONE, WIDE, Open, Site
from tests.browser.test_rooms import faults_of

SIZES = {"360": PHONE, "1440": WIDE}


async def test_a_target_is_set_and_warned_of(site: Site, sign_in: Open, tmp_path: Path) -> None:
    world = site.world
    await reference_stations(world)
    await month_of_air(world, date(2026, 11, 1), {"GK-1": 60, "GK-2": 20})
    page = await sign_in("duty")
    await page.goto("/supervision/targets")
    for place, level in (("grid:652301", "12"), ("grid:652302", "35"), ("station:GK-1", "64")):
        form = page.locator("#set")
        await form.get_by_label("地点").select_option(place)
        await form.locator("[name=yearly]").fill(level)
        await form.get_by_label("依据文件").fill("昌州环委办〔2026〕3号")
        await form.get_by_role("button").click()
        await expect(page.get_by_role("status")).to_contain_text("目标已设定")
    await site.story.engine.warn_of_targets()
    await page.reload()
    await expect(page.locator("#standing tbody tr")).to_have_count(3)
    await expect(page.locator("#warnings li")).to_have_count(1)
    for width, size in SIZES.items():
        for language, theme in (("zh", "light"), ("en", "dark")):
            await page.set_viewport_size(size)
            await page.goto(f"/supervision/targets?lang={language}&theme={theme}")
            assert await faults_of(page) == [], width
            await page.screenshot(path=tmp_path / f"targets-{width}-{language}.png", full_page=True)
