"""Work is handed down on the order's page and done on a phone in the township."""

from datetime import timedelta
from pathlib import Path

from playwright.async_api import FilePayload, expect

from models.clock import BEIJING
from models.enums import OrderState
from tests.browser.conftest import PHONE, Open, Site
from tests.browser.rooms import picture
from tests.browser.test_desk import fits
from tests.factories import TOWNSHIP


async def test_from_the_order_to_the_township_and_back(site: Site, sign_in: Open, tmp_path: Path) -> None:
    world = site.world
    order = await world.order_in(OrderState.ON_SITE)
    county = await sign_in("supervisor")
    await county.goto(f"/orders/{order}")
    await county.locator("#tasks summary").click()
    await county.get_by_label("下级网格").select_option(TOWNSHIP)
    await county.get_by_label("任务内容").fill("查看北部堆场是否覆盖")
    due = (world.clock.now() + timedelta(minutes=20)).astimezone(BEIJING)
    await county.get_by_label("到期时间").fill(f"{due:%Y-%m-%dT%H:%M}")
    await county.get_by_role("button", name="下派").click()
    await expect(county.get_by_role("status").first).to_contain_text("任务已下派")

    patrol = await sign_in("patroller", PHONE)
    await expect(patrol.locator("#no-orders")).to_be_visible()
    await patrol.locator("#below").get_by_role("link", name="任务 1").click()
    row = patrol.locator("#task-list tbody tr")
    await expect(row.locator(".countdown")).to_be_visible()
    await row.get_by_role("link", name="查看北部堆场").click()
    await patrol.get_by_role("button", name="接收任务").click()
    await expect(patrol.locator("#state")).to_have_text("已接收")
    path = patrol.url.partition("?")[0]
    for one in (path, "/tasks"):
        await fits(patrol, one)

    # Its deadline passes: the feed of an open board leads to the task, which whoever does it sees as well.
    board = await patrol.context.new_page()
    await board.goto("/")
    await expect(board.locator("#breaches a")).to_have_count(0)
    world.clock.advance(minutes=21)
    await site.story.tick()
    await board.locator("#breaches a").click()
    await expect(board.locator(".countdown.overdue")).to_be_visible()
    await board.close()
    await patrol.goto(path)
    await patrol.get_by_label("现场情况").fill("堆场未覆盖，已用抑尘网覆盖 <i>完</i>")
    photo = FilePayload(name="覆盖后.png", mimeType="image/png", buffer=picture(60))
    await patrol.get_by_label("照片或文件").set_input_files(photo)
    await patrol.screenshot(path=tmp_path / "task.png", full_page=True)
    await patrol.get_by_role("button", name="任务完成").click()
    await expect(patrol.locator("#state")).to_have_text("已完成")
    await expect(patrol.locator("#said")).to_contain_text("<i>完</i>")
    assert "/view" in str(await patrol.locator(".photos img").get_attribute("src"))
    await patrol.goto("/tasks")
    await expect(patrol.locator(".empty")).to_be_visible()
    await patrol.get_by_role("link", name="结束").click()
    await expect(patrol.get_by_role("link", name="查看北部堆场")).to_be_visible()

    await county.goto(f"/orders/{order}")
    await expect(county.locator("#tasks")).to_contain_text("已完成")
    await expect(county.locator("#tasks")).to_contain_text("已用抑尘网覆盖")
