"""Alarms of the duty board: they ring once for a storm, and are muted only with a reason that is kept."""

from pathlib import Path
from typing import Any

from playwright.async_api import Page, expect

from models.bulk import fetch
from tests.browser.conftest import Open, Site

# Counts what would be heard and shown.
SPY = """
window.heard = 0; window.shown = [];
window.AudioContext = class {
  constructor() { this.state = "suspended"; this.currentTime = 0; this.destination = {}; }
  async resume() { this.state = "running"; }
  createGain() { return { gain: { setValueAtTime() {}, exponentialRampToValueAtTime() {} }, connect: (to) => to }; }
  createOscillator() { return { frequency: {}, connect: (to) => to, start() { window.heard += 1; }, stop() {} }; }
};
window.Notification = class {
  static permission = "granted";
  static async requestPermission() { return "granted"; }
  constructor(title, options) { window.shown.push([title, options.tag]); }
};
"""


async def rung(page: Page) -> int:
    return int(await page.locator("#alarms").get_attribute("data-rang") or 0)


async def events(site: Site) -> list[Any]:
    async with site.world.sessions() as session:
        return await fetch(
            session,
            "SELECT data->>'alarm', data->>'reason', actor_id FROM journal WHERE kind = 'board.muted' ORDER BY id",
        )


async def test_a_breach_rings_until_somebody_mutes_it_with_a_reason(
    site: Site, sign_in: Open, tmp_path: Path
) -> None:
    page = await sign_in("duty")
    await page.add_init_script(SPY)
    await page.reload()
    button = page.locator("#ring")
    await expect(button).to_have_attribute("aria-pressed", "false")
    await site.smoke()
    await expect(page.locator("#orders tr")).to_have_count(1)
    assert await rung(page) == 0

    await button.click()
    await expect(button).to_contain_text("已开启")
    assert await page.evaluate("window.heard") == 1
    site.world.clock.advance(minutes=10)
    await site.story.tick()
    await expect(page.locator("#alarms")).to_have_attribute("data-last", "escalated")
    assert await page.evaluate("window.shown.at(-1)[1]") == "geshao-escalated"
    assert await page.evaluate("window.shown.at(-1)[0]") == "升级 2026-652301-000001"
    assert await rung(page) <= 2

    await page.get_by_text("静音", exact=True).click()
    await page.locator("#mute [name=alarm]").select_option("escalated")
    await page.locator("#mute [name=reason]").fill("  ")
    await page.get_by_role("button", name="确认静音").click()
    await expect(page.locator("#mute [role=alert]")).to_be_visible()
    assert await events(site) == []
    await page.locator("#mute [name=reason]").fill("指挥长已到岗 <b>")
    await page.get_by_role("button", name="确认静音").click()
    await expect(page.locator("#muted li")).to_contain_text("指挥长已到岗 <b>")
    assert await events(site) == [("escalated", "指挥长已到岗 <b>", site.world.people["duty"].id)]
    await page.screenshot(path=tmp_path / "alarms.png", full_page=True)

    # Lifted before it ends: on the record, and gone from this screen.
    await page.get_by_role("button", name="解除静音").click()
    await expect(page.locator("#muted li")).to_have_count(0)
    async with site.world.sessions() as session:
        lifted = await fetch(session, "SELECT data->>'alarm' FROM journal WHERE kind = 'board.unmuted'")
    assert [row[0] for row in lifted] == ["escalated"]
    await page.get_by_text("静音", exact=True).click()
    await page.locator("#mute [name=alarm]").select_option("escalated")
    await page.locator("#mute [name=reason]").fill("指挥长已到岗 <b>")
    await page.get_by_role("button", name="确认静音").click()
    await expect(page.locator("#muted li")).to_have_count(1)

    # The same form, sent once more as it was, is no second mute; the page's next one is.
    form = {name: await page.locator(f"#mute [name={name}]").input_value() for name in ("csrf_token", "once")}
    form |= {"alarm": "due_soon", "minutes": "15", "reason": "换岗"}
    for _ in range(2):
        answer = await page.request.post("/board/mute", form=form)
        assert answer.status == 200
    assert [alarm for alarm, *_ in await events(site)] == ["escalated", "escalated", "due_soon"]
    assert (await page.request.post("/board/mute", form=form | {"reason": "别的"})).status == 409

    # What is muted stays silent, after a reload too; the row still changes.
    await page.reload()
    await expect(page.locator("#muted li")).to_have_count(1)
    await page.mouse.click(5, 5)
    before = await rung(page)
    site.world.clock.advance(minutes=30)
    await site.story.tick()
    await expect(page.locator("[data-counter=overdue]")).not_to_have_text("0")
    assert await page.locator("#alarms").get_attribute("data-last") != "escalated"
    assert await rung(page) - before <= 1
