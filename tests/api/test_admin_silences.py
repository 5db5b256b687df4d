"""The page of silences: who may, what is told, once for a form."""

from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from models.rules import SilenceRow
from tests.api.browsing import Browser, Forms, visible
from tests.factories import COUNTY, OTHER_COUNTY, World

ASKED = {"station": "WZ-1", "kind": "silence", "until": "2026-11-23T20:00", "reason": "道路施工"}


async def fields(
    client: httpx.AsyncClient, form: str = "new", path: str = "/admin/silences"
) -> dict[str, str]:
    return Forms((await client.get(path)).text).found[form]


async def count(world: World) -> int:
    async with world.sessions() as session:
        return int(await session.scalar(select(func.count()).select_from(SilenceRow)) or 0)


async def begun(client: httpx.AsyncClient, **over: str) -> httpx.Response:
    return await client.post("/admin/silences/new", data=await fields(client) | ASKED | over)


async def test_a_silence_is_set_once_and_ended_with_a_reason(browser: Browser, world: World) -> None:
    duty = browser("duty")
    form = await fields(duty)
    for _ in range(2):
        answer = await duty.post("/admin/silences/new", data=form | ASKED | {"pollutant_pm25": "1"})
        assert (answer.status_code, answer.headers["location"]) == (
            303,
            "/admin/silences?state=active&done=begun",
        )
    assert await count(world) == 1
    text = visible((await duty.get("/admin/silences")).text)
    assert "微站 WZ-1" in text
    # Eight in the evening of Beijing, whatever the machine's own zone is.
    assert "2026-11-23 20:00:00 道路施工" in text
    assert (
        (await begun(duty, **{"from": "2026-11-24T08:00", "until": "2026-11-25T08:00"}))
        .headers["location"]
        .startswith("/admin/silences?state=planned")
    )
    end = Forms((await duty.get("/admin/silences")).text).found["end"]
    assert (await duty.post("/admin/silences/1/end", data=end)).status_code == 422
    ended = await duty.post("/admin/silences/1/end", data=end | {"reason": "提前完工"})
    assert ended.headers["location"] == "/admin/silences?state=cancelled&done=ended"
    assert "提前完工" in (await duty.get("/admin/silences?state=cancelled")).text
    assert (await duty.get("/admin/silences/1")).headers["location"] == "/admin/silences"
    again = await duty.post("/admin/silences/1/end", data=await fields(duty) | {"reason": "再次"})
    assert again.status_code == 409
    assert "当前状态不能进行此操作" in again.text


@pytest.mark.parametrize(
    ("over", "said"),
    [
        ({"grid": COUNTY}, "站点与网格请任选其一"),
        ({"station": ""}, "站点与网格请任选其一"),
        ({"reason": " "}, "请填写：事由"),
        ({"until": ""}, "请填写：至"),
        ({"until": "tomorrow"}, "至：请填写日期和时间"),
        ({"until": "2026-11-23T20:00+08:00"}, "至：请填写日期和时间"),
        ({"until": "9999-11-23T20:00"}, "至：请填写日期和时间"),
        ({"until": "2027-11-23T20:00"}, "静默最长 30 天"),
        ({"from": "2026-11-22T20:00"}, "不能从过去开始"),
        ({"kind": "maintenance", "kind_offline": "1"}, "不能选择报警类型"),
        ({"kind": "<b>"}, "类型"),
        ({"reason": "x" * 501}, "事由"),
        ({"reason": "a\x00b"}, "事由"),
    ],
)
async def test_what_cannot_be_is_told_and_what_was_typed_stays(
    browser: Browser, world: World, over: dict[str, Any], said: str
) -> None:
    refused = await begun(browser("duty"), **over)
    assert refused.status_code == 422, visible(refused.text)
    assert said in visible(refused.text)
    assert 'value="2026-11-23T20:00"' in refused.text or "until" in over
    assert await count(world) == 0


async def test_only_duty_officers_set_them_and_only_what_one_sees_is_listed(
    browser: Browser, world: World
) -> None:
    duty = browser("duty")
    await begun(duty, reason="<script>alert(1)</script>\u202e")
    for name, sees in (("admin", True), ("chief", True), ("neighbour", False), ("nobody", False)):
        client = browser(name)
        page = await client.get("/admin/silences")
        assert page.status_code == 200
        assert ("微站 WZ-1" in page.text) is sees, name
        assert "<script>alert" not in page.text
        assert "\u202e" not in page.text
        assert "new-title" not in page.text
        token = Forms(page.text).found["logout"] | {"once": f"{name}-1"}
        assert (await client.post("/admin/silences/new", data=token | ASKED)).status_code in (403, 404), name
        refused = await client.post(
            "/admin/silences/1/end", data=token | {"once": f"{name}-2", "reason": "x"}
        )
        assert refused.status_code == (403 if sees else 404), name
    assert (await duty.post("/admin/silences/new", data=ASKED)).status_code == 403
    assert (await begun(duty, station="", grid="999")).status_code == 404
    assert (await begun(duty, station="", grid=OTHER_COUNTY)).status_code == 303
    assert await count(world) == 2


async def test_a_station_leads_to_the_form_with_itself_filled_in(browser: Browser, world: World) -> None:
    duty = browser("duty")
    assert "/admin/silences?station=WZ-1#new" in (await duty.get("/stations/WZ-1")).text
    assert "/admin/silences" not in (await browser("chief").get("/stations/WZ-1")).text
    assert 'value="WZ-1" autocomplete' in (await duty.get("/admin/silences?station=WZ-1")).text


async def test_the_index_is_for_those_who_run_the_service(browser: Browser, world: World) -> None:
    for name, status in (("admin", 200), ("duty", 200), ("chief", 403), ("viewer", 403), ("nobody", 403)):
        page = await browser(name).get("/admin")
        assert page.status_code == status, name
        assert ('href="/admin/silences"' in page.text) is (status == 200)
        assert ('href="/admin"' in (await browser(name).get("/")).text) is (status == 200)
