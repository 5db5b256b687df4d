"""Administration as it is worked with: a rule set from draft to force."""

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Page, ViewportSize, expect

from app.backtest import jobs
from app.backtest.port import WouldBeAlert
from app.backtest.summary import side_by_side
from app.database import transaction
from models.enums import AlertKind, AlertScope, OrderState
from models.journal import OutboxMessage
from models.notice import WayHealth
from models.watchdog import WatchdogFinding
from tests.browser.conftest import PHONE, WIDE, Open, Site


async def fits(page: Page) -> None:
    assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), page.url


async def computed(site: Site) -> None:
    """What an engine would do with the back-test that waits."""
    world = site.world
    async with transaction(world.sessions) as session:
        job = await jobs.claim(session, now=world.clock.now())
        assert job is not None
        began = job.until - timedelta(hours=30)
        alert = WouldBeAlert(
            grid="652301", stations=("WZ-1",), pollutants=("pm25",), kind=AlertKind.EXCEEDANCE_HOUR,
            scope=AlertScope.LOCAL, started_at=began, detected_at=began, cleared_at=None, order=True, why={},
        )  # fmt: skip
        result = side_by_side([alert], [], since=job.since, until=job.until, outcomes=[], readings=9)
        assert await jobs.done(session, job, result, now=world.clock.now())


async def test_a_rule_set_from_draft_to_force(site: Site, sign_in: Open, tmp_path: Path) -> None:
    page = await sign_in("admin")
    await page.get_by_role("link", name="管理", exact=True).click()
    await page.get_by_role("link", name="规则集").click()
    await page.get_by_role("link", name="第 1 版").click()
    await page.get_by_label("为何要新建版本").fill("采暖季前收紧")
    await page.get_by_role("button", name="由此版本新建草稿").click()
    await expect(page.locator("h1")).to_contain_text("规则集第 2 版 草稿")
    await page.get_by_label("小时超标 PM₂.₅ 提示", exact=True).fill("120")
    await page.get_by_role("button", name="保存数值").click()
    await expect(page.locator("#differences tbody tr")).to_have_count(1)
    await page.screenshot(path=tmp_path / "draft.png", full_page=True)

    await page.get_by_role("button", name="开始回测").click()
    await expect(page.locator("#backtests")).to_contain_text("等待引擎")
    await page.get_by_label("小时超标 PM₂.₅ 严重", exact=True).fill("160")
    await computed(site)
    # The page notices by itself, and what was being typed is still there.
    await expect(page.get_by_role("button", name="生效", exact=True)).to_be_visible()
    await expect(page.get_by_label("小时超标 PM₂.₅ 严重", exact=True)).to_have_value("160")
    await page.locator("#backtests li a").click()
    await expect(page.locator("#whole tbody tr")).to_have_count(7)
    await expect(page.locator("#by-rule tbody tr")).to_contain_text("小时超标")
    await expect(page.locator("#by-rule tbody tr")).to_contain_text("+1")
    await page.screenshot(path=tmp_path / "backtest.png", full_page=True)
    await page.go_back()
    await page.locator("#activate-reason").fill("局务会决定")
    await page.get_by_role("button", name="生效", exact=True).click()
    await expect(page.locator("h1")).to_contain_text("生效中")
    await page.get_by_role("link", name="何人何故").click()
    await page.locator("#events summary").first.click()
    await expect(page.locator("#events li").first).to_contain_text("局务会决定")
    await page.goto("/admin/rules")
    await expect(page.locator("#versions tbody tr").first).to_contain_text("生效中")
    await page.screenshot(path=tmp_path / "rules.png", full_page=True)


PATHS = (
    "/admin", "/admin/rules", "/admin/rules/1", "/admin/policies", "/admin/policies/2", "/admin/outbox?state=failed",
    "/admin/outbox/1", "/admin/quarantine", "/admin/quarantine/1", "/admin/audit", "/admin/watch",
)  # fmt: skip
LONG = "extremely-long-name-without-any-place-to-break-it-" * 4


async def seed(site: Site) -> None:
    """Something on every page, with texts that are longer than any line."""
    world = site.world
    now = world.clock.now()
    await world.order_in(OrderState.ACKNOWLEDGED)
    await world.quarantined(b"\x00\xff" * 300, topic=LONG)
    await world.quarantined(f'{{"values": "{LONG}"}}'.encode(), reason="schema")
    async with transaction(world.sessions) as session:
        session.add(
            OutboxMessage(
                key=LONG[:70], channel="webhook", destination="", lane="x", payload={"text": LONG}, error=LONG,
                state="failed", attempts=5, created_at=now, next_at=None,
            )
        )  # fmt: skip
        session.add(
            WatchdogFinding(
                code="outbox_old", subject=LONG[:60], since=now, last_seen=now, count=3, examples=[LONG]
            )
        )
        session.add(WayHealth(way="webhook:3", failures=4, failing_since=now, down_at=now, error=LONG))


async def tried(page: Page) -> None:
    """A policy that was run over past orders."""
    await page.goto("/admin/policies/1")
    await page.locator("#draft-note").fill("缩短反馈")
    await page.locator("form[action$='/draft'] button").click()
    await page.locator("#limit-feedback").fill("40")
    await page.locator("form[action$='/numbers'] button").click()
    await page.locator("form[action$='/what-if'] button").click()
    await expect(page.locator(".trial tbody tr").first).to_be_visible()


@pytest.mark.parametrize(("language", "size", "scheme"), [("zh", PHONE, "dark"), ("en", WIDE, "light")])
async def test_nothing_runs_out_of_the_screen(
    site: Site, sign_in: Open, tmp_path: Path, language: str, size: ViewportSize, scheme: str
) -> None:
    await seed(site)
    page = await sign_in("both", size, color_scheme=scheme)
    await page.goto(f"/admin/silences?station=WZ-1&lang={language}#new")
    await page.locator("#until").fill("2026-11-24T08:00")
    await page.locator("#reason").fill(LONG)
    await page.locator("#new button").click()
    await expect(page.locator("#silences tbody tr")).to_have_count(1)
    await fits(page)
    await page.screenshot(path=tmp_path / "silences.png", full_page=True)
    admin = await sign_in("admin", size, color_scheme=scheme)
    await tried(admin)
    for number, path in enumerate(PATHS):
        # Both languages are as narrow; one is looked at.
        for spoken in ("en", "zh") if language == "zh" else ("zh", "en"):
            answer = await admin.goto(f"{path}{'&' if '?' in path else '?'}lang={spoken}")
            assert answer is not None
            assert answer.status == 200
            for summary in await admin.locator("main summary").all():
                await summary.click()
            await fits(admin)
        await admin.screenshot(path=tmp_path / f"{number}.png", full_page=True)
