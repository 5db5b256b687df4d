"""Background stations on screen: entered in the registry, named by their unit's pages as left out, still to be seen."""

from datetime import date

import pytest_asyncio

from app.database import Sessions
from tests.airs import month_of_air, reference_stations
from tests.api.browsing import Browser, Forms, visible
from tests.factories import COUNTY, World, make_world
from tests.fakes import FakeClock

EDIT = "/admin/registry/stations/GK-1"
UNIT = f"/supervision/air/units/{COUNTY}"


@pytest_asyncio.fixture
async def world(sessions: Sessions, clock: FakeClock, tmp_path: object) -> World:
    made = await make_world(sessions, clock, tmp_path)  # type: ignore[arg-type]
    await reference_stations(made)
    await month_of_air(made, date(2026, 10, 1), {"GK-1": 30})
    return made


async def test_a_station_is_left_out_and_says_so(browser: Browser, world: World) -> None:
    admin, duty = browser("admin"), browser("duty")
    assert "不参与评价" not in visible((await duty.get(f"{UNIT}?month=2026-10")).text)
    form = Forms((await admin.get(EDIT)).text).found["edit"]
    said = {"name": "州监测站", "grid": COUNTY, "lon": "87.3", "lat": "44.0", "cadence_s": "3600"}
    done = await admin.post(f"{EDIT}/edit", data=form | said | {"purpose": "background", "reason": "对照点"})
    assert done.status_code == 303, done.text
    assert "对照点，不参与评价" in visible((await admin.get(EDIT)).text)
    assert "对照点，不参与评价" in visible((await duty.get("/stations/GK-1")).text)
    for path in (f"{UNIT}?month=2026-10", f"{UNIT}/days/2026-10-03"):
        page = visible((await duty.get(path)).text)
        assert "对照点不参与评价（HJ 663、HJ 664）" in page
        assert "州监测站" in page
    assert "没有参与评价的国控、区控站" in visible((await duty.get(f"{UNIT}/days/2026-10-03")).text)


async def test_a_microstation_is_no_background_station(browser: Browser, world: World) -> None:
    admin = browser("admin")
    path = f"/admin/registry/{COUNTY}"
    form = Forms((await admin.get(path)).text).found["station"]
    said = {"code": "WZ-9", "name": "九", "lon": "87.5", "lat": "44.5", "cadence_s": "300"}
    answer = await admin.post(
        f"{path}/station", data=form | said | {"kind": "micro", "purpose": "background"}
    )
    assert answer.status_code == 422
    assert "只有国控、区控站可设为对照点" in visible(answer.text)
