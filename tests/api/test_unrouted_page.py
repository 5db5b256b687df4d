"""The page of the unrouted queue: who may, what is told, once for a form."""

import re
from typing import Any

import httpx
import pytest
from sqlalchemy import delete, select, update

from app.console import unrouted
from app.database import transaction
from models.bulk import fetch
from models.order import WorkOrder
from models.registry import Duty, Grid, Station
from tests.api.browsing import Browser, Forms, visible
from tests.factories import COUNTY, OTHER_COUNTY, PREFECTURE, TOWNSHIP, World


async def form_of(client: httpx.AsyncClient) -> dict[str, str]:
    return Forms((await client.get("/unrouted")).text).found["route"]


async def orders(world: World) -> list[int]:
    async with world.sessions() as session:
        return list(await session.scalars(select(WorkOrder.grid_id).order_by(WorkOrder.id)))


async def test_an_alert_is_routed_once_and_waits_no_longer(browser: Browser, world: World) -> None:
    waiting = await world.unrouted()
    duty = browser("duty")
    text = visible((await duty.get("/unrouted")).text)
    for said in ("微站 WZ-1", "小时超标", "未找到承办网格", "待分派始于"):
        assert said in text
    form = await form_of(duty) | {"grid": OTHER_COUNTY}
    first = await duty.post(f"/unrouted/{waiting}/route", data=form)
    again = await duty.post(f"/unrouted/{waiting}/route", data=form)
    assert first.status_code == again.status_code == 303
    assert first.headers["location"] == again.headers["location"]
    assert await orders(world) == [world.grids[OTHER_COUNTY].id]
    page = (await duty.get(first.headers["location"])).text
    assert "已指派" in page
    assert re.search(r'role="status">[^<]*<a href="/orders/\d+">', page)
    assert f'id="unrouted-{waiting}"' not in page
    assert "没有待分派的报警" in page


async def test_a_colleague_who_was_quicker_is_told_of_and_nothing_is_done_twice(
    browser: Browser, world: World
) -> None:
    waiting = await world.unrouted()
    duty, both = browser("duty"), browser("both")
    late = await form_of(both) | {"grid": OTHER_COUNTY}
    await duty.post(f"/unrouted/{waiting}/route", data=await form_of(duty) | {"grid": COUNTY})
    answer = await both.post(f"/unrouted/{waiting}/route", data=late)
    assert answer.status_code == 303
    assert "此前已派单" in (await both.get(answer.headers["location"])).text
    assert await orders(world) == [world.grids[COUNTY].id]


@pytest.mark.parametrize(
    ("grid", "status", "said"),
    [
        ("", 422, "请填写：网格"),
        (PREFECTURE, 422, "该网格无人承办"),
        (TOWNSHIP, 422, "该网格无人承办"),
        ("<b>", 404, ""),
        ("x" * 65, 422, "网格"),
        ("a\x00", 422, "网格"),
    ],
)
async def test_what_cannot_be_is_told_and_the_alert_waits_on(
    browser: Browser, world: World, grid: str, status: int, said: str
) -> None:
    waiting = await world.unrouted()
    duty = browser("duty")
    refused = await duty.post(f"/unrouted/{waiting}/route", data=await form_of(duty) | {"grid": grid})
    assert refused.status_code == status, visible(refused.text)
    assert said in visible(refused.text)
    assert "<b>" not in refused.text
    assert await orders(world) == []
    assert f'id="unrouted-{waiting}"' in (await duty.get("/unrouted")).text


async def test_a_grid_where_nobody_is_on_duty_stays_chosen(browser: Browser, world: World) -> None:
    waiting = await world.unrouted()
    async with transaction(world.sessions) as session:
        await session.execute(delete(Duty).where(Duty.grid_id == world.grids[OTHER_COUNTY].id))
    duty = browser("duty")
    refused = await duty.post(f"/unrouted/{waiting}/route", data=await form_of(duty) | {"grid": OTHER_COUNTY})
    assert refused.status_code == 422
    assert "该网格无人承办" in refused.text
    assert f'<option value="{OTHER_COUNTY}" selected>' in refused.text
    # The links of the refused form lead to the queue.
    assert (await duty.get(f"/unrouted/{waiting}")).headers["location"] == "/unrouted"


async def test_only_duty_officers_see_the_queue_and_its_link(browser: Browser, world: World) -> None:
    waiting = await world.unrouted()
    for name in ("admin", "leader", "chief", "supervisor", "viewer", "nobody"):
        client = browser(name)
        assert (await client.get("/unrouted")).status_code == 403, name
        board = (await client.get("/")).text
        assert 'href="/unrouted"' not in board, name
        form = Forms(board).found["logout"] | {"once": name, "grid": COUNTY}
        assert (await client.post(f"/unrouted/{waiting}/route", data=form)).status_code == 403, name
    assert await orders(world) == []
    duty = browser("duty")
    counters = (await duty.get("/board/counters")).text
    assert re.search(r'<a href="/unrouted">[^<]+</a></dt><dd data-counter="unrouted">1<', counters)
    assert (await browser(None).get("/unrouted")).headers["location"] == "/login?next=%2Funrouted"
    assert (
        await duty.post(f"/unrouted/{waiting}/route", data={"grid": COUNTY, "once": "x"})
    ).status_code == 403
    assert (
        await duty.post("/unrouted/9999/route", data=await form_of(duty) | {"grid": COUNTY})
    ).status_code == 404


async def test_names_are_text_and_the_list_goes_on_over_pages(
    browser: Browser, world: World, monkeypatch: Any
) -> None:
    monkeypatch.setattr(unrouted, "ROWS", 1)
    first, second = await world.unrouted("WZ-1"), await world.unrouted("WZ-2")
    async with transaction(world.sessions) as session:
        await session.execute(update(Station).values(name="<script>alert(1)</script>\u202e"))
        await session.execute(update(Grid).values(name="<img src=x>\u202e"))
        await world.context.directory.refresh(session)
    duty = browser("duty")
    page = (await duty.get("/unrouted")).text
    assert f'id="unrouted-{second}"' in page
    assert f'id="unrouted-{first}"' not in page
    following = re.search(r'href="(/unrouted\?cursor=[^"]+)"', page)
    assert following
    rest = (await duty.get(following[1])).text
    assert f'id="unrouted-{first}"' in rest
    for text in (page, rest):
        assert "<script>alert" not in text
        assert "<img" not in text
    assert (await duty.get("/unrouted?cursor=no")).status_code in (400, 422)


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("station_outside_every_level_2_grid", "站点不属于任何县（市）或园区"),
        ("nobody_on_duty", "网格监督员与网格长均不在岗"),
        ("overtaken", "系统会自动重试"),
    ],
)
async def test_why_nobody_answers_is_told_in_words(
    browser: Browser, world: World, reason: str, said: str
) -> None:
    await world.unrouted()
    async with transaction(world.sessions) as session:
        await fetch(session, "UPDATE unrouted SET reason = $1", reason)
    assert said in (await browser("duty").get("/unrouted")).text
