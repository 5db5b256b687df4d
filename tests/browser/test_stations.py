"""The pages of the network and of one station."""

from datetime import timedelta
from pathlib import Path

from playwright.async_api import Page, expect
from sqlalchemy import update

from app.database import transaction
from app.views.series import captured
from models.reading import ReadingFlag
from models.registry import Station
from tests.browser.conftest import PHONE, Open, Site

HOSTILE = "<script>document.title='owned'</script>"


def test_no_station_sends_more_than_all() -> None:
    assert [captured(n, 1440.0) for n in (0, 719, 720, 1440, 2000)] == [0, 49, 50, 100, 100]
    assert captured(5, 0.0) == 0


async def test_the_network_and_one_of_its_stations(site: Site, sign_in: Open, tmp_path: Path) -> None:
    world = site.world
    async with transaction(world.sessions) as session:
        await session.execute(update(Station).where(Station.code == "WZ-2").values(name=HOSTILE))
    await site.smoke()
    page = await sign_in("duty")
    await page.get_by_role("link", name="站点", exact=True).click()
    rows = page.locator("#stations tbody tr")
    await expect(rows).to_have_count(2)
    await expect(rows.filter(has_text="WZ-1")).to_contain_text("在线")
    # 61 of the 1,440 readings that a minute's cadence promises.
    await expect(rows.filter(has_text="WZ-1")).to_contain_text("4 %")
    await expect(rows.filter(has_text="WZ-2")).to_contain_text("从未上报")
    await expect(rows.filter(has_text="WZ-2")).to_contain_text(HOSTILE)
    await page.screenshot(path=tmp_path / "stations.png", full_page=True)

    await rows.filter(has_text="WZ-1").get_by_role("link").click()
    await expect(page.locator("#series canvas")).to_be_visible()
    await expect(page.locator("#findings li")).to_have_count(1)
    await expect(page.locator("#findings a")).to_have_text("2026-652301-000001")
    await page.get_by_label("时间粒度").select_option("hour")
    await expect(page.locator("#series")).to_have_attribute("data-drawn", "pm25 hour 2")
    await page.screenshot(path=tmp_path / "station.png", full_page=True)

    assert (await page.request.get("/stations/WZ-1/series?pollutant=pm25;drop&step=hour")).status == 422
    assert (await page.request.get("/stations/WZ-1/series?step=year")).status == 422
    assert (await page.request.get("/stations/none/series")).status == 404

    neighbour = await sign_in("neighbour", PHONE, color_scheme="dark")
    await neighbour.goto("/stations")
    await expect(neighbour.locator("#stations tbody tr")).to_have_count(1)
    assert await neighbour.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert (await neighbour.request.get("/stations/WZ-1")).status == 404
    assert (await neighbour.request.get("/stations/WZ-1/series")).status == 404
    await neighbour.screenshot(path=tmp_path / "stations-phone.png", full_page=True)


async def test_a_flagged_value_is_shown_apart_and_days_begin_in_beijing(site: Site, sign_in: Open) -> None:
    world = site.world
    now = world.clock.now()
    midnight = now.replace(hour=16, minute=0, second=0, microsecond=0) - timedelta(days=1)
    await world.readings("WZ-1", [midnight - timedelta(minutes=1), midnight, midnight + timedelta(minutes=1)])
    async with transaction(world.sessions) as session:
        session.add(
            ReadingFlag(
                station_id=world.stations["WZ-1"].id, observed_at=midnight + timedelta(minutes=1),
                pollutant="pm25", level=4, test="spike", rule_version=1,
            )
        )  # fmt: skip
    page = await sign_in("duty")
    found = await (await page.request.get("/stations/WZ-1/series?step=day")).json()
    # Values 0, 1 and 2: the last is flagged, so the day's mean is that of the one that passed.
    assert found["values"] == [0.0, 1.0]
    assert found["flagged"] == [None, 2.0]
    assert (found["readings"], found["stopped"]) == (3, 1)
    assert found["at"][1] == midnight.isoformat()


async def test_the_network_is_counted_as_its_stations_are_shown(site: Site, sign_in: Open) -> None:
    async def counted(page: Page) -> dict[str, int]:
        return {
            name: int(await page.locator(f'[data-health="{name}"]').inner_text())
            for name in ("online", "offline", "never")
        }

    await site.smoke()
    page = await sign_in("duty")
    await page.goto("/stations")
    assert await counted(page) == {"online": 1, "offline": 0, "never": 1}
    # Longer than any station may keep silent; the list and the count say the same.
    site.world.clock.advance(hours=2)
    await page.reload()
    assert await counted(page) == {"online": 0, "offline": 1, "never": 1}
    assert await page.locator(".health.offline").count() == 1
    neighbour = await sign_in("neighbour")
    await neighbour.goto("/stations")
    assert await counted(neighbour) == {"online": 0, "offline": 0, "never": 1}
