"""The pages of the air: who sees what, forms that act once, and what people typed shown as text."""

from datetime import date

import httpx
import pytest
import pytest_asyncio

from app.database import Sessions, transaction
from app.views.situation import middles
from models.bulk import fetch
from models.enums import CaseState
from tests.airs import month_of_air, reference_stations
from tests.api.browsing import Browser, Forms, visible
from tests.factories import COUNTY, World, make_world
from tests.fakes import FakeClock

AIR = "/supervision/air"
HOSTILE = "<script>alert(1)</script>"


@pytest_asyncio.fixture
async def world(sessions: Sessions, clock: FakeClock, tmp_path: object) -> World:
    made = await make_world(sessions, clock, tmp_path, max_upload_mb=1)  # type: ignore[arg-type]
    await reference_stations(made)
    await month_of_air(made, date(2026, 10, 1), {"GK-1": 30, "GK-2": 50})
    await month_of_air(made, date(2025, 10, 1), {"GK-1": 45, "GK-2": 50})
    return made


async def form(client: httpx.AsyncClient, path: str, name: str) -> dict[str, str]:
    page = await client.get(path)
    assert page.status_code == 200, page.text
    return Forms(page.text).found[name]


async def test_a_month_from_its_computation_to_a_days_stations(browser: Browser, world: World) -> None:
    duty, leader, county = browser("duty"), browser("leader"), browser("chief")
    hidden = await form(duty, AIR, "compute")
    made = await duty.post(f"{AIR}/compute", data=hidden | {"month": "2026-10"})
    assert made.status_code == 303, made.text
    again = await duty.post(f"{AIR}/compute", data=hidden | {"month": "2026-10"})
    assert again.headers["location"] == made.headers["location"]
    assert (await county.get(f"{AIR}/months/2026-10")).status_code == 404
    draft = await duty.get(made.headers["location"])
    assert "草稿" in visible(draft.text)
    assert 'action="/supervision/air/months/2026-10/sign"' not in draft.text
    # What was computed from has changed meanwhile, and back again.
    path = f"{AIR}/records"
    said = {"grid": COUNTY, "day": "2026-10-03", "pollutant_pm10": "1", "document": "核"}
    await duty.post(f"{path}/exclude", data=await form(duty, path, "exclude") | said)
    assert "签发前请重新计算" in (await leader.get(made.headers["location"])).text
    done = Forms((await duty.get(path)).text).found["withdraw"] | {"why": "误录"}
    await duty.post(f"{path}/exclusions/1/withdraw", data=done)
    assert "签发前请重新计算" not in (await leader.get(made.headers["location"])).text
    assert (await leader.get(f"{AIR}/months/2026-10/ranking.xlsx?version=1")).status_code == 200
    hidden = await form(leader, made.headers["location"], "sign")
    refused = await leader.post(f"{AIR}/months/2026-10/sign", data=hidden | {"sha256": "00"})
    assert refused.status_code == 412
    assert "重新计算" in visible(refused.text)
    signed = await leader.post(f"{AIR}/months/2026-10/sign", data=hidden)
    assert signed.status_code == 303, signed.text
    page = await county.get(f"{AIR}/months/2026-10")
    text = visible(page.text)
    assert 'class="state-word signed"' in page.text
    assert "姓名 leader" in text
    # Its own days open, the neighbour's do not.
    assert f"{AIR}/units/{COUNTY}?month=2026-10" in page.text
    assert f"{AIR}/units/652302" not in page.text
    days = await county.get(f"{AIR}/units/{COUNTY}?month=2026-10")
    assert "<svg" in days.text
    day = await county.get(f"{AIR}/units/{COUNTY}/days/2026-10-05")
    assert "州监测站" in visible(day.text)
    assert (await county.get(f"{AIR}/units/652302/days/2026-10-05")).status_code == 404
    assert (await county.get(f"{AIR}/years/2026")).status_code == 200


async def test_dust_days_publications_and_files_by_their_forms(browser: Browser, world: World) -> None:
    duty = browser("duty")
    path = f"{AIR}/records"
    hidden = await form(duty, path, "exclude")
    said = {"grid": COUNTY, "day": "2026-10-03", "pollutant_pm10": "1", "document": HOSTILE}
    for _ in range(2):
        assert (await duty.post(f"{path}/exclude", data=hidden | said)).status_code == 303
    page = await duty.get(path)
    assert HOSTILE not in page.text
    assert HOSTILE in visible(page.text.replace("&lt;", "‹").replace("&gt;", "›")).replace("‹", "<").replace(
        "›", ">"
    )
    refused = await duty.post(
        f"{path}/exclude", data=await form(duty, path, "exclude") | said | {"day": "2030-01-01"}
    )
    assert refused.status_code == 422
    assert "请选择已结束的日期" in refused.text
    assert ">GB 3095-2026 过渡期限值</option>" in (await duty.get(path)).text
    hidden = await form(duty, path, "publish")
    said = {"month": "2026-10", "rules": "环办监测〔2018〕19号", "document": "新环函〔2026〕8号"}
    done = await duty.post(f"{path}/publish", data=hidden | said | {"grid": COUNTY, "value": "3.65"})
    assert done.status_code == 303, done.text
    bad = {"file": ("指数.csv", "县市,综合指数\n昌吉市,3.6\n火星,1\n".encode())}
    refused = await duty.post(f"{path}/publish", data=await form(duty, path, "publish") | said, files=bad)
    assert refused.status_code == 422
    assert "第3行" in visible(refused.text)
    sheet = {"file": ("日.csv", b"date,pm2_5\n2026-10-01,11\n")}
    hidden = await form(duty, path, "import")
    said = {"document": "监测站月报", "station": "GK-1"}
    for _ in range(2):
        done = await duty.post(f"{path}/import", data=hidden | said, files=sheet)
        assert done.status_code == 303, done.text
    async with world.sessions() as session:
        assert len(await fetch(session, "SELECT 1 FROM air_import")) == 1
        ((number,),) = await fetch(session, "SELECT id FROM air_exclusion")
    hidden = Forms((await duty.get(path)).text).found["withdraw"]
    done = await duty.post(f"{path}/exclusions/{number}/withdraw", data=hidden | {"why": "误录"})
    assert done.status_code == 303, done.text
    assert "误录" in (await duty.get(path)).text
    # A county sees its own and has no forms.
    below = await browser("chief").get(path)
    assert "exclude" not in Forms(below.text).found


async def test_falsified_days_are_told_with_both_values(browser: Browser, world: World) -> None:
    fact = await world.sign("GK-1", ago_h=24 * 33, lasted_h=6)
    assert fact is not None
    await world.decide(fact.case_id, CaseState.CONFIRMED)
    await world.second(fact.case_id)
    duty = browser("duty")
    made = await duty.post(f"{AIR}/compute", data=await form(duty, AIR, "compute") | {"month": "2026-10"})
    page = visible((await duty.get(made.headers["location"])).text)
    assert "因人为干扰无效的日数据" in page
    assert "原始监测值" in page
    assert "参与排名值" in page


@pytest.mark.parametrize(
    ("who", "status"), [("viewer", 403), ("patroller", 403), ("supervisor", 200), ("admin", 200)]
)
async def test_who_sees_the_pages(browser: Browser, who: str, status: int) -> None:
    client = browser(who)
    for path in (AIR, f"{AIR}/records", f"{AIR}/years/2026"):
        assert (await client.get(path)).status_code == status, path


async def test_a_form_without_its_token_and_of_another_role_does_nothing(
    browser: Browser, world: World
) -> None:
    hidden = await form(browser("duty"), f"{AIR}/records", "exclude")
    said = {"grid": COUNTY, "day": "2026-10-03", "pollutant_pm10": "1", "document": "x"}
    refused = await browser("duty").post(f"{AIR}/records/exclude", data={"once": hidden["once"]} | said)
    assert refused.status_code == 403
    hidden = await form(browser("supervisor"), f"{AIR}/records", "logout")
    refused = await browser("supervisor").post(f"{AIR}/records/exclude", data=hidden | said | {"once": "x"})
    assert refused.status_code == 403
    async with transaction(world.sessions) as session:
        assert await fetch(session, "SELECT 1 FROM air_exclusion") == []


async def test_a_unit_lies_amid_the_stations_its_air_is_judged_by(browser: Browser, world: World) -> None:
    async def where() -> tuple[float, float]:
        async with world.sessions() as session:
            return (await middles(session, world.context.directory))[COUNTY]

    async def change(sql: str) -> None:
        async with transaction(world.sessions) as session:
            await fetch(session, sql)

    await change("UPDATE station SET lon = 80, lat = 40")
    await change("UPDATE station SET lon = 87.5, lat = 44.25 WHERE code = 'GK-1'")
    assert await where() == (87.5, 44.25)
    # Without one of its own all its stations stand for it.
    await change("UPDATE station SET purpose = 'background' WHERE code = 'GK-1'")
    lon, lat = await where()
    assert 80 < lon < 87.5
    assert 40 < lat < 44.25
    await change("UPDATE station SET purpose = 'evaluation', retired_at = now() WHERE code = 'GK-1'")
    assert await where() == (80, 40)

    await change("UPDATE station SET retired_at = NULL")
    await change("UPDATE grid SET boundary = NULL")
    duty = browser("duty")
    hidden = await form(duty, AIR, "compute")
    made = await duty.post(f"{AIR}/compute", data=hidden | {"month": "2026-10"})
    page = await duty.get(made.headers["location"])
    assert page.text.count('<circle class="area shade-') == 2
    assert "以其站点的中心位置标出" in visible(page.text)
