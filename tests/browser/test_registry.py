"""The administration as an administrator goes through it."""

from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from app.console.admin_menu import ADMIN
from app.database import transaction
from app.registry import default_registry_text
from app.registry.load import load_text
from models.registry import Grid
from tests.browser.conftest import PHONE, Open, Site
from tests.factories import COUNTY, TOWNSHIP

PAGES = (
    "/admin", "/admin/people", "/admin/people/{person}", "/admin/registry", f"/admin/registry/{COUNTY}",
    "/admin/registry/stations/WZ-1", "/admin/registry/import", "/admin/staffing", "/me/keys",
)  # fmt: skip
BAD = """grids:
  - {code: "652301101", name: 一个名字很长很长很长很长很长很长的示范镇, level: 2, parent: "652301"}
people:
  - {username: zhao, name: 赵六, password: short}
stations:
  - {code: WZ-7, name: 七, grid: "652301", lon: 187.4, lat: 44.1, kind: micro}
"""


async def fits(page: Page) -> bool:
    return bool(await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


async def opened(page: Page) -> None:
    """Every form that is folded away, unfolded."""
    await page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")


async def test_an_administrator_goes_through_it(site: Site, sign_in: Open, tmp_path: Path) -> None:
    page = await sign_in("admin")
    await page.get_by_role("link", name="管理", exact=True).click()
    await expect(page.locator("#entries li")).to_have_count(len(ADMIN))

    await page.get_by_role("link", name="人员与角色").click()
    await page.get_by_text("添加人员").click()
    await page.get_by_label("用户名").fill("wang")
    await page.locator("#add-name").fill("王五")
    await page.locator("#add-role").select_option("supervisor")
    await page.locator("#add-grid").fill(COUNTY)
    await page.get_by_role("button", name="添加", exact=True).click()
    password = await page.locator("#secret").inner_text()
    await page.get_by_role("link", name="继续").click()
    await expect(page.locator("#duties tbody tr")).to_have_count(1)
    await expect(page.locator("#duties")).to_contain_text("有效")

    # The duty gets an end, by keyboard alone.
    await page.locator("#duties summary").filter(has_text="结束此职责").focus()
    await page.keyboard.press("Enter")
    await page.get_by_label("某日结束时").check()
    await page.locator("#duties input[type=date]").fill("2026-12-31")
    await page.get_by_role("button", name="结束此职责").press("Enter")
    await expect(page.get_by_role("status")).to_have_text("职责的结束已登记。")
    await expect(page.locator("#duties")).to_contain_text("2027-01-01 00:00:00")

    await page.goto(f"/admin/registry/{COUNTY}")
    await page.get_by_text("修改此网格").click()
    await page.locator("#edit-name").fill("昌吉市（新）")
    await page.get_by_role("button", name="保存").click()
    await expect(page.locator("h1")).to_contain_text("昌吉市（新）")

    await page.goto("/admin/registry/import")
    await page.get_by_label("或粘贴在此").fill(BAD)
    await page.get_by_role("button", name="检查", exact=True).click()
    await expect(page.locator("#line-4 .fault")).to_contain_text("“密码”少于 8 个字符")
    await expect(page.locator("#line-6 .fault")).to_contain_text("“经度”187.4")
    await page.get_by_label("或粘贴在此").fill(
        BAD.replace("short", "long enough").replace("187", "87").replace("level: 2", "level: 3")
    )
    await page.get_by_role("button", name="检查", exact=True).click()
    await page.get_by_role("button", name="载入此文件").click()
    await expect(page.get_by_role("status").first).to_have_text("文件已载入。")

    fresh = await page.context.browser.new_context(base_url=site.url)  # type: ignore[union-attr]
    signing = await fresh.new_page()
    await signing.goto("/login")
    await signing.get_by_label("用户名").fill("wang")
    await signing.get_by_label("密码").fill(password)
    await signing.get_by_role("button", name="登录").click()
    await expect(signing.locator("#main")).to_be_visible()
    assert "/login" not in signing.url
    await fresh.close()


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_every_page_fits_a_phone(site: Site, sign_in: Open, tmp_path: Path, language: str) -> None:
    world = site.world
    async with transaction(world.sessions) as session:
        _, result = await load_text(
            session,
            default_registry_text().replace("username: ", "username: x"),
            "r.yaml",
            now=world.clock.now(),
            author="tests",
        )
        grid = await session.get_one(Grid, world.grids[TOWNSHIP].id)
        grid.name = "Un" + "endlich" * 12
    assert result is not None
    wide = await sign_in("admin", color_scheme="light" if language == "zh" else "dark")
    narrow = await sign_in("admin", PHONE, color_scheme="dark" if language == "zh" else "light")
    for number, path in enumerate(PAGES):
        address = path.format(person=world.people["both"].id) + f"?lang={language}"
        for page, name in ((wide, "wide"), (narrow, "phone")):
            await page.goto(address)
            await page.screenshot(path=tmp_path / f"{number}-{name}-{language}.png", full_page=True)
            await opened(page)
            assert await fits(page), address
            small = await page.evaluate(
                "[...document.querySelectorAll('main :is(button, summary, select, input:not([type=hidden]))')]"
                ".filter((one) => one.getBoundingClientRect().height < 20).map((one) => one.outerHTML)"
            )
            assert small == [], address
            await page.screenshot(path=tmp_path / f"{number}-{name}-{language}-open.png", full_page=True)
        await narrow.goto("/admin/registry/import")
    await narrow.get_by_role("textbox").fill(BAD)
    await narrow.locator("main form button").click()
    await expect(narrow.locator("#rows")).to_be_visible()
    assert await fits(narrow)
    await narrow.screenshot(path=tmp_path / f"faults-phone-{language}.png", full_page=True)
    await wide.goto("/admin/registry/import")
    await wide.get_by_role("textbox").fill(BAD)
    await wide.locator("main form button").click()
    await wide.screenshot(path=tmp_path / f"faults-wide-{language}.png", full_page=True)
