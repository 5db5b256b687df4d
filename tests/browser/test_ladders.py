"""The signer reads what is proposed, signs, and the act goes on; on a phone, in the hands of its unit, too."""

from datetime import UTC, date, datetime
from pathlib import Path

from playwright.async_api import expect

from tests.browser.conftest import PHONE, Open, Site
from tests.factories import COUNTY
from tests.ladders import missed, signed_month


async def test_from_the_proposal_to_the_document(site: Site, sign_in: Open, tmp_path: Path) -> None:
    world = site.world
    await signed_month(world, COUNTY, month=date(2026, 10, 1))
    await missed(world, COUNTY, "P-1", found_at=datetime(2026, 10, 20, tzinfo=UTC))
    await site.story.engine.judge_ladders()
    leader = await sign_in("leader")
    await leader.get_by_role("link", name="监督考核").click()
    await leader.get_by_role("link", name="梯级处理").click()
    await expect(leader.locator(".proposal")).to_have_count(2)
    last = leader.locator(".proposal").filter(has_text="改善率末位")
    await last.get_by_text("条款原文").first.click()
    await expect(last.locator("blockquote")).to_have_count(2)
    await leader.screenshot(path=tmp_path / "ladders.png", full_page=True)
    await last.get_by_role("button", name="签发").click()
    await expect(leader.get_by_role("heading", level=1)).to_contain_text("ACT-2026-0001")
    duty = await sign_in("duty")
    await duty.goto("/supervision/acts")
    await duty.get_by_role("link", name="ACT-2026-0001").click()
    await duty.get_by_role("button", name="拟制文书").click()
    await expect(duty.locator(".paper")).to_contain_text("关于对昌吉市予以通报批评的通报")
    await leader.reload()
    await leader.get_by_role("button", name="印发文书").click()
    await expect(leader.locator("#paper-title")).to_contain_text("督办〔2026〕1号")
    await leader.screenshot(path=tmp_path / "act.png", full_page=True)

    chief = await sign_in("chief", PHONE, color_scheme="dark")
    await chief.goto("/supervision/acts")
    await chief.get_by_role("link", name="ACT-2026-0001").click()
    for language in ("en", "zh"):
        await chief.goto(f"/supervision/acts/1?lang={language}")
        assert await chief.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    await chief.get_by_label("申辩内容").fill("扬尘来自外地。")
    await chief.get_by_role("button", name="提交申辩").click()
    await expect(chief.locator("#steps")).to_contain_text("扬尘来自外地。")
    await chief.screenshot(path=tmp_path / "act-phone.png", full_page=True)
    assert (await chief.goto("/supervision/ladders")).status == 403  # type: ignore[union-attr]
