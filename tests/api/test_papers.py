"""Papers over HTTP: who gets which rows, under which name, as what; the page; and the record of who took one."""

import asyncio
from io import BytesIO
from typing import Any
from urllib.parse import unquote

import httpx
import openpyxl
import pytest
from pypdf import PdfReader
from sqlalchemy import select, update

from app.database import transaction
from app.papers import make
from models.clock import BEIJING
from models.enums import OrderState
from models.journal import JournalEvent
from models.order import WorkOrder
from models.registry import Station
from tests.api.browsing import Browser, visible
from tests.api.conftest import Client
from tests.factories import COUNTY, OTHER_COUNTY, World

HOSTILE = "=cmd|' /C calc'!A0<script>alert(1)</script>"


def rows_of(answer: httpx.Response) -> list[list[Any]]:
    """The rows of the first sheet under its head."""
    assert answer.status_code == 200, answer.text
    sheet = openpyxl.load_workbook(BytesIO(answer.content)).worksheets[0]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    (head,) = [n for n, row in enumerate(rows) if row[1] is not None][:1]
    return [row for row in rows[head + 1 :] if row[1] is not None]


def numbers(answer: httpx.Response) -> list[str]:
    return [row[0] for row in rows_of(answer)]


def text_of(answer: httpx.Response) -> str:
    assert answer.status_code == 200, answer.text
    return "".join(page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages).replace("\n", "")


async def number_of(world: World, order_id: int) -> str:
    async with world.sessions() as session:
        return (await session.get_one(WorkOrder, order_id)).number


async def test_the_list_has_what_the_caller_sees_newest_first(client: Client, world: World) -> None:
    first = await number_of(world, await world.order())
    other = await number_of(world, await world.order(OTHER_COUNTY))
    last = await number_of(world, await world.order_in(OrderState.CLOSED))
    duty = client("duty")
    assert numbers(await duty.get("/papers/orders?format=xlsx")) == [last, other, first]
    assert numbers(await duty.get(f"/papers/orders?format=xlsx&grid={COUNTY}")) == [last, first]
    assert numbers(await duty.get("/papers/orders?format=xlsx&state=closed&state=void")) == [last]
    for who, seen in (("supervisor", [last, first]), ("neighbour", [other])):
        assert numbers(await client(who).get("/papers/orders?format=xlsx")) == seen
    assert (await client("neighbour").get(f"/papers/orders?format=xlsx&grid={COUNTY}")).status_code == 404
    assert (
        await client("neighbour").get(f"/papers/response?format=pdf&month=2026-11&grid={COUNTY}")
    ).status_code == 404
    assert (await client(None).get("/papers/orders?format=xlsx")).status_code == 401


async def test_a_day_of_the_period_is_beijings(client: Client, world: World) -> None:
    day = world.clock.now().astimezone(BEIJING).date()
    await world.order()
    duty = client("duty")
    assert len(rows_of(await duty.get(f"/papers/orders?format=xlsx&from={day}&to={day}"))) == 1
    assert rows_of(await duty.get("/papers/orders?format=xlsx&from=2026-01-01&to=2026-01-31")) == []


@pytest.mark.parametrize(
    "query",
    [
        "format=doc",
        "format=xlsx&from=2026-02-01&to=2026-01-01",
        "format=xlsx&from=2024-01-01&to=2026-01-01",
        "format=xlsx&from=yesterday",
        "format=xlsx&state=lost",
        "format=xlsx&lang=fr",
        "",
    ],
)
async def test_what_cannot_be_asked_is_refused(client: Client, query: str) -> None:
    assert (await client("duty").get(f"/papers/orders?{query}")).status_code == 422


async def test_the_pages_say_the_same_with_names_as_they_are(client: Client, world: World) -> None:
    async with transaction(world.sessions) as session:
        await session.execute(update(Station).where(Station.code == "WZ-1").values(name=HOSTILE))
    number = await number_of(world, await world.order(station="WZ-1"))
    answer = await client("duty").get("/papers/orders?format=pdf")
    assert answer.headers["content-type"] == "application/pdf"
    text = text_of(answer)
    assert number in text.replace(" ", "")
    assert "昌吉市" in text
    workbook = await client("duty").get("/papers/orders?format=xlsx")
    assert rows_of(workbook)[0][2] == HOSTILE
    assert b"<f>" not in workbook.content


async def test_a_longer_list_is_cut_and_says_so(
    client: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(make, "MOST", 3)
    monkeypatch.setattr(make, "PAGE", 2)
    found = [await number_of(world, await world.order()) for _ in range(4)]
    duty = client("duty")
    answer = await duty.get("/papers/orders?format=xlsx")
    assert numbers(answer) == found[:0:-1]
    assert "未列全" in text_of(await duty.get("/papers/orders?format=pdf"))
    monkeypatch.setattr(make, "MOST", 4)
    assert numbers(await duty.get("/papers/orders?format=xlsx")) == found[::-1]
    assert "未列全" not in text_of(await duty.get("/papers/orders?format=pdf"))


async def test_the_statistics_are_those_of_the_api(client: Client, world: World) -> None:
    for state in (OrderState.CLOSED, OrderState.RETURNED, OrderState.DISPATCHED):
        await world.order_in(state)
    await world.order(OTHER_COUNTY)
    duty = client("duty")
    month = f"{world.clock.now():%Y-%m}"
    stats = (await duty.get(f"/stats/response?month={month}")).json()
    rows = rows_of(await duty.get(f"/papers/response?format=xlsx&month={month}"))
    figures = [stats["total"], *stats["grids"]]
    assert [row[0] for row in rows] == ["合计", "昌吉市", "阜康市"]
    for row, one in zip(rows, figures, strict=True):
        assert row[1] == one["orders"]
        clock = one["clocks"][0]
        assert row[2:6] == [clock["met"], clock["breached"], clock["running"], clock["void"]]
        assert row[6] == clock["rate"]
    english = text_of(await duty.get(f"/papers/response?format=pdf&month={month}&lang=en"))
    assert "Monthly response statistics" in english
    assert "Causes found on site" in english


async def test_names_of_files_and_the_record_of_who_took_one(
    client: Client, browser: Browser, world: World
) -> None:
    await world.order()
    answer = await browser("chief").get(
        f"/papers/orders.pdf?from=2026-11-01&to=2026-11-30&grid={COUNTY}&lang=zh"
    )
    assert answer.status_code == 200
    said = answer.headers["Content-Disposition"]
    assert said.startswith("attachment; filename=\"orders_2026-11-01_2026-11-30.pdf\"; filename*=UTF-8''")
    assert unquote(said).endswith("工单清单_昌吉市_2026-11-01_2026-11-30.pdf")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    async with world.sessions() as session:
        (event,) = (
            await session.execute(select(JournalEvent).where(JournalEvent.kind == "paper.taken"))
        ).scalars()
    assert event.actor_id == world.people["chief"].id
    assert event.grid_id == world.grids[COUNTY].id
    assert event.data["paper"] == "orders"
    assert event.data["format"] == "pdf"


async def test_the_page_offers_both_papers_of_ones_own_grids(browser: Browser, world: World) -> None:
    page = await browser("neighbour").get("/papers")
    assert page.status_code == 200
    text = visible(page.text)
    assert "工单清单" in text
    assert "月度处置响应统计" in text
    assert "阜康市" in text
    assert "昌吉市" not in text
    assert 'aria-current="page">报表' in page.text
    english = visible((await browser("duty").get("/papers?lang=en")).text)
    assert "Download as XLSX" in english
    assert (await browser(None).get("/papers")).status_code == 303
    assert (await browser(None).get("/papers/orders.xlsx")).status_code == 303


@pytest.mark.parametrize(
    "query", ["from=2026-13-01", "from=2026-02-02&to=2026-02-01", "from=2020-01-01&to=2026-01-01"]
)
async def test_a_wrong_period_is_told_beside_what_was_typed(browser: Browser, query: str) -> None:
    answer = await browser("duty").get(f"/papers/orders.xlsx?{query}&grid={COUNTY}&state=closed")
    assert answer.status_code == 422
    assert "时段有误" in answer.text
    assert query.partition("&")[0].partition("=")[2] in answer.text
    assert f'value="{COUNTY}" selected' in answer.text


async def test_no_other_ending_and_no_foreign_grid(browser: Browser) -> None:
    assert (await browser("duty").get("/papers/orders.exe")).status_code == 404
    assert (await browser("neighbour").get(f"/papers/orders.pdf?grid={COUNTY}")).status_code == 404


async def test_papers_asked_for_together_come_one_after_the_other(client: Client, world: World) -> None:
    await world.order()
    duty = client("duty")
    answers = await asyncio.gather(*[duty.get("/papers/orders?format=pdf") for _ in range(4)])
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
