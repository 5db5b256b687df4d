"""A month of the air as people see it: from a draft to its signature, down to a day; and how the pages look."""

import json
from datetime import date
from pathlib import Path

from playwright.async_api import expect
from sqlalchemy import update

from app.database import transaction
from models.enums import CaseState
from models.registry import Grid
from tests.airs import month_of_air, reference_stations
from tests.browser.conftest import PHONE, WIDE, Open, Site
from tests.browser.test_rooms import faults_of
from tests.factories import COUNTY, OTHER_COUNTY

SIZES = {"360": PHONE, "1440": WIDE}
SQUARE = [[86.9, 43.6], [87.6, 43.6], [87.6, 44.6], [86.9, 44.6], [86.9, 43.6]]


async def _furnished(site: Site) -> int:
    """Two months of two counties, and a falsified day; gives the case of it."""
    world = site.world
    await reference_stations(world)
    for year, levels in ((2026, {"GK-1": 30, "GK-2": 52}), (2025, {"GK-1": 45, "GK-2": 50})):
        await month_of_air(world, date(year, 10, 1), levels)
    async with transaction(world.sessions) as session:
        for code, shift in ((COUNTY, 0.0), (OTHER_COUNTY, 0.7)):
            shape = {"type": "Polygon", "coordinates": [[[x + shift, y] for x, y in SQUARE]]}
            await session.execute(
                update(Grid).where(Grid.code == code).values(boundary=json.loads(json.dumps(shape)))
            )
    fact = await world.sign("GK-2", ago_h=24 * 30, lasted_h=6)
    assert fact is not None
    await world.decide(fact.case_id, CaseState.CONFIRMED)
    await world.second(fact.case_id)
    return int(fact.case_id)


async def test_a_month_is_computed_signed_and_opened_to_its_hours(
    site: Site, sign_in: Open, tmp_path: Path
) -> None:
    case = await _furnished(site)
    page = await sign_in("duty")
    await page.get_by_role("link", name="监督考核").click()
    await page.get_by_role("link", name="月度空气质量").click()
    await page.get_by_role("button", name="计算草稿").click()
    await expect(page.get_by_role("status")).to_contain_text("草稿已计算")
    await expect(page.locator("#voided")).to_contain_text("附件3第六条")
    await expect(page.locator("#ranking tbody tr")).to_have_count(2)
    leader = await sign_in("leader")
    await leader.goto("/supervision/air/months/2026-10")
    await leader.get_by_role("button", name="签发本月结果").click()
    await expect(leader.get_by_role("status")).to_contain_text("已签发生效")
    await leader.get_by_role("link", name="昌吉市").first.click()
    await leader.get_by_role("link", name="2026-10-05").click()
    await expect(leader.locator("#hours tbody tr")).to_have_count(24)
    pages = {
        "months": "/supervision/air", "month": "/supervision/air/months/2026-10", "records": "/supervision/air/records",
        "unit": f"/supervision/air/units/{COUNTY}?month=2026-10", "year": "/supervision/air/years/2026",
        "day": f"/supervision/air/units/{COUNTY}/days/2026-10-05", "cases": "/supervision/integrity",
        "case": f"/supervision/integrity/{case}",
    }  # fmt: skip
    for name, path in pages.items():
        for width, size in SIZES.items():
            for language, theme in (("zh", "light"), ("en", "dark")):
                await page.set_viewport_size(size)
                await page.goto(f"{path}{'&' if '?' in path else '?'}lang={language}&theme={theme}")
                assert await faults_of(page) == [], (name, width)
                await page.screenshot(path=tmp_path / f"{name}-{width}-{language}.png", full_page=True)
