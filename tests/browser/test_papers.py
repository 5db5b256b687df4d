"""Papers taken by their page, the order on A4, and the public page without a session or a script."""

from io import BytesIO
from pathlib import Path

import httpx
import openpyxl
from PIL import Image
from playwright.async_api import Browser, expect
from pypdf import PdfReader
from sqlalchemy import update

from app.database import transaction
from dispatch.commands import Acknowledge
from models.registry import Grid
from tests.api.test_public import minutes
from tests.browser.conftest import PHONE, WIDE, Open, Site
from tests.factories import PASSWORD


def photo(number: int) -> bytes:
    file = BytesIO()
    Image.new("RGB", (800, 600), (60 * number, 120, 90)).save(file, "PNG")
    return file.getvalue()


SIZES = {"360": PHONE, "1440": WIDE}


async def test_papers_are_chosen_and_taken(site: Site, sign_in: Open, tmp_path: Path) -> None:
    await site.smoke()
    page = await sign_in("duty")
    await page.get_by_role("link", name="报表", exact=True).click()
    orders = page.locator("#orders-paper")
    await orders.get_by_label("网格").select_option(label="昌吉市")
    async with page.expect_download() as taken:
        await orders.get_by_role("button", name="下载 XLSX").click()
    download = await taken.value
    assert download.suggested_filename.startswith("工单清单_昌吉市_")
    sheet = openpyxl.load_workbook(BytesIO((await download.path()).read_bytes())).worksheets[0]
    assert "2026-652301-000001" in [cell.value for cell in sheet["A"]]
    async with page.expect_download() as taken:
        await page.locator("#response-paper").get_by_role("button", name="下载 PDF").click()
    text = PdfReader(await (await taken.value).path()).pages[0].extract_text()
    assert "月度处置响应统计" in text
    await page.goto("/papers/orders.pdf?from=2026-02-02&to=2026-01-01")
    await expect(page.locator("#message")).to_contain_text("时段有误")
    for name, size in SIZES.items():
        for language in ("zh", "en"):
            for theme in ("light", "dark"):
                await page.set_viewport_size(size)
                await page.goto(f"/papers?lang={language}&theme={theme}")
                assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), name
                await page.screenshot(path=tmp_path / f"papers-{name}-{language}-{theme}.png", full_page=True)


async def test_the_order_prints_on_a4_without_anything_to_press(
    site: Site, sign_in: Open, tmp_path: Path
) -> None:
    await site.smoke()
    world = site.world
    async with transaction(world.sessions) as session:
        kept = await world.context.pipeline.act(
            session,
            1,
            Acknowledge(),
            caller=world.caller("supervisor"),
            expected_version=None,
            clock=world.clock,
        )
        assert kept["state"] == "acknowledged"
    async with httpx.AsyncClient(base_url=f"{site.url}/api/v1") as client:
        token = (
            await client.post("/auth/token", data={"username": "supervisor", "password": PASSWORD})
        ).json()
        client.headers["Authorization"] = f"Bearer {token['access_token']}"
        ids = []
        for n in (1, 2, 3):
            sent = await client.post("/evidence", files={"file": (f"{n}.png", photo(n))})
            ids.append(sent.json()["id"])
        said = await client.post(
            "/orders/1/feedback",
            json={"finding": "工地裸土未覆盖,大风扬尘。" * 8, "cause": "扬尘", "evidence": ids},
        )
        assert said.status_code == 200, said.text
    page = await sign_in("duty", color_scheme="dark")
    await page.goto("/orders/1?theme=dark")
    await expect(page.locator("#clocks")).to_be_visible()
    await expect(page.locator(".printed")).to_be_hidden()
    printed = await page.pdf(prefer_css_page_size=True, print_background=True)
    (tmp_path / "order.pdf").write_bytes(printed)
    reader = PdfReader(BytesIO(printed))
    width, height = (round(float(side)) for side in reader.pages[0].mediabox[2:])
    assert (width, height) in ((595, 842), (596, 842))
    await page.emulate_media(media="print")
    await expect(page.locator(".printed")).to_be_visible()
    await expect(page.locator(".printed")).to_contain_text(f"{site.url}/orders/1")
    await expect(page.locator(".printed")).to_contain_text("北京时间")
    for gone in (".menu", ".account", ".acts", "#pack", ".back"):
        for found in await page.locator(gone).all():
            await expect(found).to_be_hidden()
    await expect(page.locator(".photos img").first).to_be_visible()
    for there in ("#clocks thead", "#timeline", "#state"):
        await expect(page.locator(there)).to_be_visible()
    colours = "e => [getComputedStyle(e).color, getComputedStyle(e).backgroundColor]"
    assert await page.locator("body").evaluate(colours) == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]
    await page.set_viewport_size({"width": 700, "height": 1000})
    assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    await page.screenshot(path=tmp_path / "order-print.png", full_page=True)


async def test_the_public_page_needs_neither_session_nor_script(
    site: Site, chromium: Browser, tmp_path: Path
) -> None:
    async with transaction(site.world.sessions) as session:
        hostile = "<script>document.title='owned'</script>" + "很长的名字" * 8
        await session.execute(update(Grid).where(Grid.code == "652302").values(name=hostile))
        await site.world.context.directory.refresh(session)
    await minutes(site.world)
    for name, size in (SIZES | {"3840": {"width": 3840, "height": 2160}}).items():
        for language in ("zh", "en"):
            for theme in ("light", "dark"):
                context = await chromium.new_context(
                    viewport=size,
                    base_url=site.url,
                    java_script_enabled=False,
                    color_scheme=theme,  # type: ignore[arg-type]
                )
                page = await context.new_page()
                await page.goto(f"/public?lang={language}")
                await expect(page.locator("#channels")).to_contain_text("12345")
                await expect(page.locator("#air")).to_contain_text("昌吉市")
                await expect(page.locator("#who")).to_contain_text("姓名 chief")
                wide = await page.locator("html").evaluate("e => [e.scrollWidth, e.clientWidth]")
                assert wide[0] <= wide[1], (name, language)
                assert "owned" not in await page.title()
                assert await context.cookies() == []
                await page.screenshot(path=tmp_path / f"public-{name}-{language}-{theme}.png", full_page=True)
                await context.close()
