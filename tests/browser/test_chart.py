"""The chart on an order's page, in a real browser and by what it is drawn from."""

from datetime import datetime, timedelta
from pathlib import Path

from playwright.async_api import Page, expect

from app.database import transaction
from models.bulk import fetch
from tests.browser.conftest import PHONE, Open, Site
from tests.factories import OTHER_COUNTY
from tests.reviews import around, neighbours


async def the_order(site: Site, sign_in: Open, username: str = "duty", **options: object) -> Page:
    page = await sign_in(username, **options)
    await page.locator("#orders a").click()
    return page


async def test_an_order_shows_its_station_beside_the_neighbours(
    site: Site, sign_in: Open, tmp_path: Path
) -> None:
    world = site.world
    await neighbours(world)
    begun = world.clock.now() - timedelta(hours=2)
    await around(world, begun, 40.0, 120)
    await site.smoke()
    page = await the_order(site, sign_in)
    await expect(page.locator("#chart canvas")).to_be_visible()
    answer = await page.request.get("/orders/1/chart")
    found = await answer.json()
    assert found["unit"] == "µg/m³"
    assert [mark["what"] for mark in found["marks"]] == ["raised", "dispatched"]
    # Means of five minutes: the hour of clean air, then the high readings; the neighbours stay where they were.
    own = [value for value in found["own"] if value is not None]
    assert own[0] == 35.0
    # How many of the three high readings share their five minutes with clean air, the clock decides.
    assert max(own) > 200
    settled = [value for value in found["own"][: found["settled"]] if value is not None]
    assert settled
    await expect(page.locator("#chart-said")).to_contain_text(f"五分钟均值峰值 {max(settled):g}")
    assert all(39 <= value <= 43 for value in found["neighbours"] if value is not None)
    assert len(found["at"]) == len(found["own"]) == len(found["neighbours"])
    # The whole event lies within what is drawn, its peak too.
    drawn = await page.evaluate(
        """() => { const model = echarts.getInstanceByDom(document.getElementById("chart")).getModel();
                   return ["xAxis", "yAxis"].map((name) => model.getComponent(name).axis.scale.getExtent()); }"""
    )
    shift = 8 * 3600
    begun_at, ended_at = (datetime.fromisoformat(at).timestamp() + shift for at in found["event"])
    # An event that goes on has ended a little later whenever it is asked for.
    assert drawn[0][0] / 1000 <= begun_at < ended_at <= drawn[0][1] / 1000 + 20
    assert drawn[1][0] <= 0 <= max(own) <= drawn[1][1]
    await page.screenshot(path=tmp_path / "order-chart.png", full_page=True)

    phone = await the_order(site, sign_in, "supervisor", size=PHONE, color_scheme="dark")
    await expect(phone.locator("#chart canvas")).to_be_visible()
    assert await phone.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    await phone.screenshot(path=tmp_path / "order-chart-phone.png", full_page=True)


async def test_an_order_by_hand_has_no_chart_and_a_foreign_one_is_not_there(
    site: Site, sign_in: Open
) -> None:
    order = await site.world.order()
    page = await the_order(site, sign_in)
    await expect(page.locator("#chart")).to_have_count(0)
    assert (await page.request.get(f"/orders/{order}/chart")).status == 204
    neighbour = await sign_in("neighbour")
    assert (await neighbour.request.get(f"/orders/{order}/chart")).status == 404


async def test_an_order_of_a_station_elsewhere_shows_nothing_of_it(site: Site, sign_in: Open) -> None:
    """Routed by hand to the neighbours: they have the order, and see nothing of a county that is not theirs."""
    await site.smoke()
    async with transaction(site.world.sessions) as session:
        other = site.world.grids[OTHER_COUNTY].id
        await fetch(session, "UPDATE work_order SET grid_id = $1", other)
        await fetch(session, "UPDATE holder_segment SET grid_id = $1", other)
        await fetch(session, "UPDATE sla_clock SET grid_id = $1", other)
    page = await sign_in("neighbour")
    await expect(page.locator("#orders tr")).to_have_count(1)
    assert (await page.request.get("/orders/1/chart")).status == 204
    # Nor is the order theirs that its own county sees on the map.
    county = await sign_in("supervisor")
    stations = (await (await county.request.get("/board/map")).json())["stations"]
    assert [(one["code"], one["alerts"], one["orders"]) for one in stations] == [("WZ-1", 1, [])]
