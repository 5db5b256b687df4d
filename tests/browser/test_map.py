"""The map of the duty board, in a real browser."""

import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.async_api import ViewportSize, expect
from sqlalchemy import update

from app.database import transaction
from models.registry import Grid, Station
from tests.browser.conftest import PHONE, Open, Site
from tests.factories import COUNTY, OTHER_COUNTY
from tests.levels import add_levels, file

CUT = """() => {
    const end = innerHeight;
    const all = [...document.querySelectorAll("#orders tr:not([hidden]) *, #breaches li:not([hidden]), #further")];
    return all.filter((one) => one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).display !== "inline"
        || one.getBoundingClientRect().bottom > end).map((one) => one.outerHTML.slice(0, 120));
}"""
"""What of the wall's rows is cut off."""
HOSTILE = "<img src=x onerror=alert(1)>"
SQUARE = {
    "type": "Polygon",
    "coordinates": [[[87.0, 43.8], [87.6, 43.8], [87.6, 44.2], [87.0, 44.2], [87.0, 43.8]]],
}


async def test_the_map_shows_what_goes_on_where(site: Site, sign_in: Open, tmp_path: Path) -> None:
    async with transaction(site.world.sessions) as session:
        await session.execute(update(Grid).where(Grid.code == COUNTY).values(boundary=SQUARE))
        await session.execute(update(Station).where(Station.code == "WZ-1").values(name=HOSTILE))
    page = await sign_in("duty", color_scheme="dark")
    station = page.locator("#map .leaflet-marker-icon").filter(has=page.locator(".mark"))
    await expect(station).to_have_count(2)
    await expect(page.locator("#map path.area")).to_have_count(1)
    await expect(page.locator("#map .mark.never")).to_have_count(2)

    await site.smoke()
    ordered = page.locator("#map .mark.ordered")
    await expect(ordered).to_have_text("1")
    await ordered.click()
    popup = page.locator(".leaflet-popup-content")
    await expect(popup).to_contain_text(HOSTILE)
    await expect(popup.get_by_role("link", name="2026-652301-000001")).to_have_attribute("href", "/orders/1")
    assert await page.locator("#map img").count() == 0

    site.world.clock.advance(minutes=10)
    await site.story.tick()
    await expect(page.locator("#map .mark.late")).to_have_text("!")
    await page.screenshot(path=tmp_path / "map.png", full_page=True)

    await page.goto("/?grid=652302")
    await expect(station).to_have_count(1)
    await expect(page.locator("#map .mark.never")).to_have_count(1)


async def test_a_county_sees_its_own_stations_alone(site: Site, sign_in: Open, tmp_path: Path) -> None:
    page = await sign_in("supervisor", PHONE)
    await expect(page.locator("#map .mark")).to_have_count(1)
    assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    await page.screenshot(path=tmp_path / "map-phone.png", full_page=True)


async def test_the_wall_screen_is_large_and_wants_no_hand(site: Site, sign_in: Open, tmp_path: Path) -> None:
    for _ in range(3):
        await site.world.order()
    await site.smoke()
    page = await sign_in("duty", ViewportSize(width=3840, height=2160), color_scheme="dark")
    await page.get_by_role("link", name="大屏模式").click()
    await expect(page.locator("#orders tr")).to_have_count(4)
    sizes = await page.evaluate(
        """() => [...document.querySelectorAll(".counters dd, #orders .digits, #orders td.number, .breach")]
            .map((one) => parseFloat(getComputedStyle(one).fontSize))"""
    )
    # Of a screen of 2160 lines: a line of text a fiftieth of its height can be read across a room.
    assert min(sizes) >= 2160 / 50
    await expect(page.get_by_role("button", name="筛选")).to_be_hidden()
    await page.screenshot(path=tmp_path / "wall.png")
    await page.get_by_role("link", name="返回桌面视图").click()
    await expect(page.get_by_role("button", name="筛选")).to_be_visible()


async def test_a_breach_without_an_order_leads_to_its_report(site: Site, sign_in: Open) -> None:
    world = await add_levels(site.world)
    await file(world)
    page = await sign_in("duty")
    site.world.clock.advance(hours=3)
    await site.story.tick()
    number = page.locator("#breaches [data-field=number]").first
    await expect(number).to_have_text("UP-2026-652301-000001")
    for _ in ("as it came", "as it is shown anew"):
        await expect(number).to_have_attribute("href", "/reports/UP-2026-652301-000001")
        await page.reload()


@pytest.mark.parametrize("width", [1024, 1280, 1366, 1440])
async def test_no_card_lies_over_another_in_english(site: Site, sign_in: Open, width: int) -> None:
    await site.smoke()
    await site.world.order(OTHER_COUNTY, reason="夜间异常排放，" * 8 + "巡查发现")
    site.world.clock.advance(minutes=70)
    await site.story.tick()
    page = await sign_in("duty", ViewportSize(width=width, height=800))
    await page.goto("/?lang=en")
    await expect(page.locator("#orders tr")).to_have_count(2)
    if shots := os.environ.get("SHOTS"):
        await page.screenshot(path=Path(shots) / f"english-{width}.png")
    found = await page.evaluate(
        """() => {
            const box = (name) => document.querySelector(name).getBoundingClientRect();
            const [card, side] = [box(".orders"), box(".side")];
            return {
                apart: card.right <= side.left || card.bottom <= side.top,
                within: getComputedStyle(document.querySelector(".orders")).overflowX !== "visible",
                wide: document.documentElement.scrollWidth <= window.innerWidth,
                table: document.querySelector(".orders").scrollWidth <= document.querySelector(".orders").clientWidth,
            };
        }"""
    )
    # On a narrower screen the table may be moved within its card.
    assert found.pop("table") or width < 1366
    assert found == {"apart": True, "within": True, "wide": True}


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (3840, 2160)])
async def test_the_wall_is_one_screen_and_turns_its_pages(
    site: Site, sign_in: Open, width: int, height: int
) -> None:
    await site.smoke()
    for county in (COUNTY, OTHER_COUNTY) * 10:
        await site.world.order(county, reason="夜间异常排放，" * 3 + "巡查发现 Unterschutzstellung")
    page = await sign_in("duty", ViewportSize(width=width, height=height))
    await page.clock.install()
    await page.clock.pause_at(datetime.now(UTC) + timedelta(seconds=5))
    await page.goto("/?wall=1")
    shown = page.locator("#orders tr:not([hidden])")
    await expect(page.locator("#further")).to_contain_text(re.compile(r"另有 \d+ 单 · 第 1/\d+ 页"))
    if shots := os.environ.get("SHOTS"):
        await page.screenshot(path=Path(shots) / f"wall-{width}.png")
    seen: set[str] = set()
    said = str(await page.locator("#further span").text_content())
    pages = int(said.split("/")[1].split()[0])
    for number in range(1, pages + 1):
        if number > 1:
            await page.clock.run_for(15_000)
        await expect(page.locator("#further")).to_contain_text(f"第 {number}/{pages} 页")
        rows = await shown.evaluate_all("(all) => all.map((row) => row.id)")
        assert rows
        assert not seen.intersection(rows)
        seen.update(rows)
        cut = await page.evaluate(CUT)
        assert cut == []
        assert await page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    assert len(seen) == 21
    await page.clock.run_for(15_000)
    # Whoever uses the pointer or a key reads on in peace, and turns by hand.
    await expect(page.locator("#further")).to_contain_text(f"第 1/{pages} 页")
    await page.clock.run_for(14_000)
    await page.keyboard.press("Shift")
    await page.clock.run_for(5_000)
    await expect(page.locator("#further")).to_contain_text(f"第 1/{pages} 页")
    await page.get_by_role("button", name="下一页").click()
    await expect(page.locator("#further")).to_contain_text(f"第 2/{pages} 页")


async def test_the_wall_does_not_turn_for_whoever_wants_no_motion(site: Site, sign_in: Open) -> None:
    for _ in range(20):
        await site.world.order()
    page = await sign_in("duty", ViewportSize(width=1920, height=1080), reduced_motion="reduce")
    await page.clock.install()
    await page.goto("/?wall=1")
    await expect(page.locator("#further")).to_contain_text("第 1/")
    await page.clock.run_for(46_000)
    await expect(page.locator("#further")).to_contain_text("第 1/")
