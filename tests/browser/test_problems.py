"""A problem goes from the desk of the prefecture to its county and back, and is cleared."""

from playwright.async_api import expect

from tests.browser.conftest import PHONE, Open
from tests.browser.test_desk import fits


async def test_entered_pushed_corrected_and_cleared(sign_in: Open) -> None:
    desk = await sign_in("duty")
    await desk.get_by_role("link", name="监督考核").click()
    await desk.get_by_role("link", name="问题清单").click()
    await desk.get_by_role("link", name="录入问题").click()
    await desk.get_by_label("网格", exact=False).first.select_option("652301")
    await desk.get_by_label("问题类型").select_option("dust")
    await desk.get_by_label("标题").fill("堆场未覆盖")
    await desk.get_by_label("发现情况").fill("北部堆场 <b>未覆盖</b>")
    await desk.get_by_label("问题来源").select_option("inspection")
    await desk.get_by_label("文号、编号或网址").fill("昌州环督〔2026〕3号")
    await desk.get_by_role("button", name="列入清单").click()
    await expect(desk.locator("#done")).to_contain_text("已列入问题清单")
    await expect(desk.locator("#what")).to_contain_text("<b>未覆盖</b>")
    await desk.get_by_role("button", name="交办", exact=True).click()
    await expect(desk.locator("#state")).to_have_text("整改中")
    problem = desk.url.partition("?")[0]

    county = await sign_in("supervisor", PHONE)
    await county.goto("/supervision/problems")
    await county.locator("#problems").get_by_role("link", name="堆场未覆盖").click()
    await county.get_by_label("处理情况").fill("已全部覆盖")
    await county.get_by_role("button", name="提交整改情况").click()
    await expect(county.locator("#state")).to_have_text("待核查")
    await fits(county, problem)
    await fits(county, "/supervision/problems")

    await desk.goto(problem)
    await desk.get_by_label("核查情况").fill("现场核实，已覆盖")
    await desk.get_by_role("button", name="销号", exact=True).click()
    await expect(desk.locator("#state")).to_have_text("已销号")
    await desk.goto("/supervision/problems?state=cleared")
    await expect(desk.locator("#figures")).to_contain_text("100.0 %")


async def test_the_consultation_has_its_brief_drafted(sign_in: Open) -> None:
    desk = await sign_in("duty")
    await desk.goto("/supervision")
    await desk.get_by_role("link", name="会商调度").click()
    await expect(desk.locator("#standing")).to_contain_text("昌吉市")
    await desk.locator("#kind").select_option("brief")
    await desk.get_by_role("button", name="生成草稿").click()
    await expect(desk.locator("#done")).to_contain_text("草稿已生成")
    await expect(desk.locator("#papers")).to_contain_text("每日会商简报")
    await fits(desk, "/supervision/consultation")
