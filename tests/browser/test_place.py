"""Where an order's event comes from: the rose, the likely sources and their map."""

import json
from datetime import timedelta
from pathlib import Path

from playwright.async_api import expect

from app.database import transaction
from models.bulk import fetch
from models.registry import Source
from tests.browser.conftest import PHONE, Open, Site
from tests.factories import COUNTY

HOSTILE = "秸秆</script><img src=x onerror=alert(1)>"


async def windy_smoke(site: Site) -> None:
    """A clean hour and a high one in a steady north-west wind, with one source up it and one down it."""
    world = site.world
    async with transaction(world.sessions) as session:
        grid_id = world.grids[COUNTY].id
        await fetch(session, "UPDATE station SET lon = 87.33, lat = 44.02 WHERE code = 'WZ-2'")
        session.add(
            Source(code="UP", name=HOSTILE, grid_id=grid_id, lon=87.29, lat=44.007, category="秸秆焚烧")
        )
        session.add(
            Source(code="DOWN", name="下风向", grid_id=grid_id, lon=87.31, lat=43.993, category="秸秆焚烧")
        )
    now = world.clock.now()
    for minutes in range(60, -1, -1):
        at = now - timedelta(minutes=minutes)
        high = minutes < 3
        body = {
            "observed_at": at.isoformat(),
            "values": {
                "pm25": 400.0 if high else 35.0 + minutes % 3,
                "pm10": 520.0 if high else 70.0 + minutes % 4,
            },
            "met": {"wind_speed": 1.5 + minutes % 4, "wind_direction": 310.0 + minutes % 11},
        }
        site.story.source.put(f"geshao/v1/{COUNTY}/WZ-1/reading", json.dumps(body).encode())
        await site.story.consumer.run_once()
        await site.story.judge()


async def test_an_order_shows_the_wind_and_who_lies_up_it(site: Site, sign_in: Open, tmp_path: Path) -> None:
    await windy_smoke(site)
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
