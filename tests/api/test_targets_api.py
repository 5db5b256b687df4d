"""Targets over HTTP and on their page: set and imported by the prefecture, seen where they belong, warned of once."""

from datetime import date, timedelta
from typing import Any

import httpx
import pytest_asyncio

from app.api.shapes import Page
from app.api.target_shapes import (
    StandingsShape,
    TargetsEntered,
    TargetSetShape,
    TargetShape,
    TargetWarningShape,
)
from app.database import Sessions
from app.engine import Engine
from models.bulk import fetch
from tests.airs import month_of_air, reference_stations
from tests.api.browsing import Browser, Forms, visible
from tests.api.conftest import Client
from tests.factories import COUNTY, OTHER_COUNTY, World, make_world
from tests.fakes import FakeClock

PATH = "/supervision/targets"
TARGET = {
    "grid": COUNTY,
    "year": 2026,
    "pollutant": "pm25",
    "yearly": "10",
    "document": "昌州环委办〔2026〕3号",
}


@pytest_asyncio.fixture
async def world(sessions: Sessions, clock: FakeClock, tmp_path: Any) -> World:
    made = await make_world(sessions, clock, tmp_path, max_upload_mb=1)
    await reference_stations(made)
    await month_of_air(made, date(2026, 11, 1), {"GK-1": 60, "GK-2": 20})
    return made


async def send(client: httpx.AsyncClient, text: str) -> httpx.Response:
    return await client.post(
        f"{PATH}/import", files={"file": ("目标.csv", text.encode())}, data={"document": TARGET["document"]}
    )


async def test_a_target_is_set_again_and_stands_somewhere(client: Client, world: World) -> None:
    duty = client("duty")
    made = await duty.post(PATH, json=TARGET, headers={"Idempotency-Key": "t-1"})
    assert made.status_code == 201, made.text
    TargetSetShape.model_validate(made.json())
    again = await duty.post(PATH, json=TARGET, headers={"Idempotency-Key": "t-1"})
    assert again.json() == made.json()
    second = await duty.post(PATH, json=TARGET | {"months": ["70"] * 12})
    assert second.json()["version"] == 2
    await duty.post(PATH, json=TARGET | {"grid": None, "station": "GK-2", "pollutant": "o3", "yearly": "160"})
    Page[TargetShape].model_validate((await duty.get(f"{PATH}?year=2026")).json())
    found = (await duty.get(f"{PATH}/standing")).json()
    StandingsShape.model_validate(found)
    mine, other = found["items"]
    # The 23rd of November in Beijing: 22 days are over, of 60 to 69.
    assert (mine["name"], mine["to_date"], mine["measured"], mine["remaining"]) == ("昌吉市", "64", 22, 8)
    assert (mine["target"], mine["outlook"], mine["may_average"]) == ("70", "on_track", "86.1")
    assert (other["station"], other["pollutant"], other["may_exceed"]) == ("GK-2", "o3", 2)
    below = (await client("chief").get(f"{PATH}/standing")).json()["items"]
    assert [one["name"] for one in below] == ["昌吉市"]
    assert len((await client("neighbour").get(PATH)).json()["items"]) == 1
    assert (await client("viewer").get(PATH)).status_code == 403
    for who in ("chief", "supervisor", "leader"):
        assert (await client(who).post(PATH, json=TARGET)).status_code == 403, who


async def test_a_table_is_taken_whole_or_not_at_all(client: Client, world: World) -> None:
    duty = client("duty")
    months = ",".join(f"{n}月" for n in range(1, 13))
    levels = ",".join(str(n) for n in range(41, 53))
    done = await send(
        duty, f"单位,年度,污染物,年度目标,{months}\n昌吉市,2026,PM2.5,35,{levels}\n天山天池,2026年,臭氧,150\n"
    )
    assert done.status_code == 201, done.text
    TargetsEntered.model_validate(done.json())
    assert [(one["grid"], one["station"]) for one in done.json()["items"]] == [(COUNTY, None), (None, "GK-2")]
    for text, row, column in (
        ("单位,年度,污染物,年度目标\n昌吉市,2026,PM10,60\n火星,2026,PM10,60\n", 3, "place"),
        ("单位,年度,污染物,年度目标\n昌吉市,26,PM10,60\n", 2, "year"),
        ("单位,年度,污染物,年度目标\n昌吉市,2026,TSP,60\n", 2, "pollutant"),
        ("单位,年度,污染物,年度目标\n昌吉市,2026,PM10,0\n", 2, "yearly"),
        (f"单位,年度,污染物,年度目标,{months}\n昌吉市,2026,PM10,60,1,2\n", 2, "m1"),
        ("单位,年度,污染物,年度目标\n昌吉市,2026,PM10,60\n652301,2026,pm10,61\n", 3, "place"),
    ):
        refused = await send(duty, text)
        assert (refused.status_code, refused.json().get("row"), refused.json().get("column")) == (
            422,
            row,
            column,
        )
    assert len((await duty.get(PATH)).json()["items"]) == 2


async def test_what_cannot_be_met_is_told_once(client: Client, world: World, clock: FakeClock) -> None:
    duty = client("duty")
    await duty.post(PATH, json=TARGET)
    await duty.post(PATH, json=TARGET | {"grid": OTHER_COUNTY, "yearly": "30"})
    engine = Engine(world.context, {})
    for _ in range(2):
        await engine.warn_of_targets()
        clock.advance(timedelta(hours=1))
    found = (await client("supervisor").get(f"{PATH}/warnings")).json()
    Page[TargetWarningShape].model_validate(found)
    (one,) = found["items"]
    assert (one["grid"], one["month"], one["pollutant"], one["remaining"]) == (COUNTY, "2026-11", "pm25", 8)
    assert (await client("neighbour").get(f"{PATH}/warnings")).json()["items"] == []
    async with world.sessions() as session:
        told = await fetch(
            session, "SELECT grid_id, data::text FROM journal WHERE kind = 'air_target.unreachable'"
        )
    assert [row[0] for row in told] == [world.grids[COUNTY].id]
    # The month after, it is another target.
    clock.advance(timedelta(days=10))
    await month_of_air(world, date(2026, 12, 1), {"GK-1": 400})
    clock.advance(timedelta(days=15))
    await engine.warn_of_targets()
    assert len((await client("duty").get(f"{PATH}/warnings")).json()["items"]) == 2


async def test_the_page_sets_targets_and_shows_where_they_stand(browser: Browser, world: World) -> None:
    duty = browser("duty")
    page = await duty.get(PATH)
    assert page.status_code == 200, page.text
    said = {
        "place": f"grid:{COUNTY}", "year": "2026", "pollutant": "pm25", "yearly": "35",
        "profile": "90 80 60 40 30 25 25 28 35 50 70 85", "document": "<b>文件</b>",
    }  # fmt: skip
    done = await duty.post(f"{PATH}/set", data=Forms(page.text).found["set"] | said)
    assert done.status_code == 303, done.text
    page = await duty.get(PATH)
    assert "<b>文件" not in page.text
    assert "昌吉市" in visible(page.text)
    refused = await duty.post(f"{PATH}/set", data=Forms(page.text).found["set"] | said | {"yearly": "x"})
    assert refused.status_code == 422
    assert "目标应大于0" in refused.text
    file = {"file": ("t.csv", "单位,年度,污染物,年度目标\n火星,2026,PM10,60\n".encode())}
    refused = await duty.post(
        f"{PATH}/import", data=Forms(page.text).found["import"] | {"document": "x"}, files=file
    )
    assert "第2行" in visible(refused.text)
    assert "set" not in Forms((await browser("chief").get(PATH)).text).found
    assert (await browser("patroller").get(PATH)).status_code == 403
