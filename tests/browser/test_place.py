"""Where an order's event comes from: the rose, the likely sources and their map."""

from pathlib import Path

from playwright.async_api import expect

from tests.browser.conftest import PHONE, Open, Site
from tests.browser.rooms import windy_smoke

HOSTILE = "秸秆</script><img src=x onerror=alert(1)>"


async def test_an_order_shows_the_wind_and_who_lies_up_it(site: Site, sign_in: Open, tmp_path: Path) -> None:
    await windy_smoke(site, ("UP", HOSTILE, 87.29, 44.007), ("DOWN", "下风向", 87.31, 43.993))
    page = await sign_in("duty")
    await page.locator("#orders a").click()
    await expect(page.locator("#rose path").first).to_be_visible()
    await expect(page.locator("#rose-said")).to_contain_text("西北风")
    await expect(page.locator("#sources tbody tr")).to_have_count(1)
    row = page.locator("#sources tbody tr")
    await expect(row).to_contain_text("</script>")
    await expect(row).to_contain_text("位于上风向")
    await expect(page.locator("#place-map .mark.source")).to_have_text("1")
    await page.locator("#place-map .mark.source").click()
    await expect(page.locator("#place-map .leaflet-popup-content")).to_contain_text("秸秆</script><img")
    await page.locator("#place").screenshot(path=tmp_path / "place.png")

    phone = await sign_in("supervisor", size=PHONE, color_scheme="dark", locale="en")
    await phone.goto("/orders/1?lang=en")
    await expect(phone.locator("#rose-said")).to_contain_text("Wind from NW")
    await expect(phone.locator("#place-map[data-drawn]")).to_be_visible()
    assert await phone.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    await phone.locator("#place").screenshot(path=tmp_path / "place-phone.png")


async def test_an_order_by_hand_has_no_place(site: Site, sign_in: Open) -> None:
    order = await site.world.order()
    page = await sign_in("duty")
    await page.goto(f"/orders/{order}")
    await expect(page.locator("#timeline")).to_be_visible()
    await expect(page.locator("#place")).to_have_count(0)
