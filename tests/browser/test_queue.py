"""An alert without anybody to answer, from the counter of the board to its order; and an order by hand by keyboard."""

import re
from pathlib import Path

from playwright.async_api import expect
from sqlalchemy import delete

from app.database import transaction
from models.registry import Duty
from tests.browser.conftest import PHONE, Open, Site
from tests.browser.test_desk import fits
from tests.factories import COUNTY, OTHER_COUNTY


async def test_an_alert_nobody_answers_for_finds_its_order(site: Site, sign_in: Open, tmp_path: Path) -> None:
    async with transaction(site.world.sessions) as session:
        await session.execute(delete(Duty).where(Duty.grid_id == site.world.grids[COUNTY].id))
    duty = await sign_in("duty")
    counter = duty.locator("[data-counter=unrouted]")
    await expect(counter).to_have_count(0)
    await site.smoke()
    await site.story.tick()
    # The board hears of it by itself.
    await expect(counter).to_have_text(re.compile(r"^\s*1\s*$"))
    await expect(duty.locator("#orders tr")).to_have_count(0)
    await duty.locator(".counters a[href='/unrouted']").click()
    row = duty.locator("#unrouted tbody tr")
    await expect(row).to_have_count(1)
    await expect(row).to_contain_text("微站 WZ-1")
    await expect(row).to_contain_text("均不在岗")
    await duty.screenshot(path=tmp_path / "unrouted.png", full_page=True)
    # Where nobody is on duty nobody can be sent: told, and the alert waits on.
    await row.get_by_role("combobox").select_option(COUNTY)
    await row.get_by_role("button", name="派单").click()
    await expect(duty.get_by_role("alert").first).to_contain_text("该网格无人承办")
    await expect(row.get_by_role("combobox")).to_have_value(COUNTY)
    await row.get_by_role("combobox").select_option(OTHER_COUNTY)
    await row.get_by_role("button", name="派单").click()
    said = duty.get_by_role("status").filter(has_text="已指派")
    await expect(said).to_be_visible()
    await expect(row).to_have_count(0)
    number = await said.get_by_role("link").inner_text()
    await duty.keyboard.press("h")
    await expect(duty.locator("#orders tr")).to_have_count(1)
    await expect(duty.locator("#orders tr")).to_contain_text(number)
    await expect(counter).to_have_count(0)


async def test_an_order_by_hand_without_a_mouse(site: Site, sign_in: Open, tmp_path: Path) -> None:
    duty = await sign_in("duty")
    await expect(duty.locator("#new-order")).to_be_visible()
    await expect(duty.locator("#ring")).to_be_visible()
    await duty.keyboard.press("o")
    await expect(duty.locator("h1")).to_have_text("手工派单")
    await duty.goto("/stations/WZ-1")
    await duty.locator("#new-order").click()
    await expect(duty.get_by_label("网格", exact=False).first).to_have_value(COUNTY)
    await expect(duty.locator("#station")).to_have_value("WZ-1")
    await duty.locator("#reason").fill("接投诉，<b>夜间</b>焚烧秸秆")
    await duty.locator("#drill").focus()
    await duty.keyboard.press("Space")
    await duty.screenshot(path=tmp_path / "new.png", full_page=True)
    await duty.keyboard.press("Tab")
    await duty.keyboard.press("Enter")
    await expect(duty).to_have_url(re.compile(r"/orders/\d+"))
    await expect(duty.locator("main")).to_contain_text("<b>夜间</b>焚烧秸秆")
    await expect(duty.locator("main")).to_contain_text("演练")
    await duty.goto("/")
    await expect(duty.locator("#orders tr")).to_contain_text("夜间")


async def test_both_pages_fit_a_phone(site: Site, sign_in: Open, tmp_path: Path) -> None:
    await site.world.unrouted()
    phone = await sign_in("duty", PHONE, color_scheme="dark")
    for path in ("/unrouted", "/orders/new?station=WZ-1", "/"):
        await fits(phone, path)
        await phone.screenshot(path=tmp_path / f"phone{path.count('/')}{len(path)}.png", full_page=True)
