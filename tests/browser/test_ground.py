"""A map without a registered boundary still has a ground, and the page says why it is so bare."""

import os
from pathlib import Path

from playwright.async_api import expect

from tests.browser.conftest import PHONE, Open, Site


async def test_without_boundaries_the_map_shows_degrees_and_a_scale(site: Site, sign_in: Open) -> None:
    page = await sign_in("duty")
    await expect(page.locator("#map path.graticule").first).to_be_attached()
    assert await page.locator("#map path.graticule").count() >= 3
    await expect(page.locator("#map .degree.top span").first).to_contain_text("° E")
    await expect(page.locator("#map .leaflet-control-scale-line")).to_contain_text("m")
    await expect(page.locator("#map-bare")).to_contain_text("尚未登记边界")
    if shots := os.environ.get("SHOTS"):
        await page.locator(".card.place").screenshot(path=Path(shots) / "ground.png")
    await page.set_viewport_size(PHONE)
    await expect(page.locator("#map path.graticule").first).to_be_attached()
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
