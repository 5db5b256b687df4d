"""The shift is handed over: the evening leaves with a running breach, the morning reads and confirms, by keyboard."""

from pathlib import Path

from playwright.async_api import Page, expect

from models.bulk import fetch
from tests.browser.conftest import PHONE, Open, Site


async def tab_to(page: Page, name: str) -> None:
    """Goes with Tab to what has this name, as a person without a mouse does."""
    for _ in range(80):
        await page.keyboard.press("Tab")
        focused = page.locator(":focus")
        if await focused.count() and name in (await focused.inner_text() or ""):
            return
    raise AssertionError(f"no way by Tab to {name}")


async def fits(page: Page, path: str) -> None:
    for language in ("zh", "en"):
        await page.goto(f"{path}{'&' if '?' in path else '?'}lang={language}")
        assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (
            path,
            language,
        )
    await page.goto(f"{path}{'&' if '?' in path else '?'}lang=zh")


async def test_an_evening_hands_over_to_a_morning(site: Site, sign_in: Open, tmp_path: Path) -> None:
    evening = await sign_in("duty")
    line = evening.locator("#desk-line")
    await expect(line).to_contain_text("当前无人在岗")
    await line.get_by_role("link").click()
    await evening.get_by_role("button", name="签到接班").click()
    await expect(evening.get_by_role("status")).to_contain_text("已接班签到")
    await site.smoke()
    site.world.clock.advance(minutes=20)
    await site.story.tick()
    await evening.get_by_role("link", name="刷新").click()
    breached = evening.locator("#risks .risk.breached")
    await expect(breached).to_contain_text("签收")
    await expect(breached.locator(".countdown.overdue")).to_be_visible()
    await evening.get_by_label("交班说明").fill("三号工地未苫盖，\n<b>请盯紧</b>")
    await evening.screenshot(path=tmp_path / "evening.png", full_page=True)
    await evening.get_by_role("button", name="签署记录并签退").click()
    await expect(evening.get_by_role("status")).to_contain_text("交接班记录待接班人确认")

    # The board of the morning says so before anything else, and follows.
    morning = await sign_in("both")
    line = morning.locator("#desk-line")
    await expect(line).to_contain_text("有 1 份交班记录待确认")
    await tab_to(morning, "前往交接班")
    await morning.keyboard.press("Enter")
    note = morning.locator(".to-confirm")
    await expect(note).to_contain_text("<b>请盯紧</b>")
    await expect(note).to_contain_text("已逾期未答复")
    await tab_to(morning, "签到接班")
    await morning.keyboard.press("Enter")
    await expect(morning.get_by_role("status")).to_contain_text("已接班签到")
    await expect(note.locator(".risk.breached li")).to_have_count(1)
    await morning.screenshot(path=tmp_path / "morning.png", full_page=True)
    board = await morning.context.new_page()
    await board.goto("/")
    await expect(board.locator("#desk-line")).to_contain_text("有 1 份")

    # Once, and by the keyboard alone: Enter in the field sends what stands there, and only once.
    await morning.bring_to_front()
    await morning.get_by_label("接班意见").focus()
    await morning.keyboard.type("已电话核实")
    await morning.keyboard.press("Enter")
    await morning.keyboard.press("Enter")
    await expect(morning.get_by_role("status")).to_contain_text("已确认接班")
    await expect(morning.locator(".to-confirm")).to_have_count(0)
    await board.bring_to_front()
    await expect(board.locator("#desk-line")).to_be_hidden()
    async with site.world.sessions() as session:
        rows = await fetch(session, "SELECT confirmed_by, confirm_remark FROM desk_note")
        kinds = await fetch(session, "SELECT kind FROM journal WHERE kind LIKE 'desk.%' ORDER BY id")
    assert [tuple(row) for row in rows] == [(site.world.people["both"].id, "已电话核实")]
    assert [kind for (kind,) in kinds] == ["desk.opened", "desk.closed", "desk.opened", "desk.confirmed"]

    await morning.bring_to_front()
    await morning.locator("#notes a").first.click()
    await expect(morning.locator("h1")).to_contain_text("交接班记录")
    await expect(morning.locator("#print")).to_be_visible()
    await expect(morning.locator(".signatures")).to_be_hidden()
    await morning.emulate_media(media="print", color_scheme="dark")
    ink = await morning.locator("h1").evaluate("(h) => getComputedStyle(h).color")
    assert ink == "rgb(0, 0, 0)", "on paper, whatever the theme of the screen is"
    await expect(morning.locator(".signatures")).to_be_visible()
    await expect(morning.locator(".top")).to_be_hidden()
    await morning.screenshot(path=tmp_path / "print.png", full_page=True)


async def test_the_pages_fit_a_phone(site: Site, sign_in: Open, tmp_path: Path) -> None:
    phone = await sign_in("duty", PHONE, color_scheme="dark")
    await phone.goto("/desk")
    await phone.get_by_role("button", name="签到接班").click()
    await site.smoke()
    site.world.clock.advance(minutes=20)
    await site.story.tick()
    await fits(phone, "/desk")
    await phone.get_by_label("交班说明").fill("x" * 300)
    await phone.get_by_role("button", name="签署记录并签退").click()
    await expect(phone.get_by_role("status")).to_be_visible()
    for path in ("/desk", "/desk/notes/1", "/"):
        await fits(phone, path)
    await phone.goto("/desk")
    await phone.screenshot(path=tmp_path / "phone.png", full_page=True)
