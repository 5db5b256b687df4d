"""The pages of sources and patrols over HTTP: who sees which form, hostile texts, forms that are sent twice."""

from io import BytesIO
from typing import Any

import httpx
import openpyxl
import pytest
import pytest_asyncio

from app.database import transaction
from models.bulk import fetch
from supervision.sources import files
from supervision.sources.file import SourceFile
from tests.api.browsing import Browser, Forms
from tests.factories import COUNTY, TOWNSHIP, World

HOSTILE = "<script>alert(1)</script>"


@pytest_asyncio.fixture
async def world(world: World) -> World:
    async with transaction(world.sessions) as session:
        file = SourceFile("QY-1", HOSTILE, TOWNSHIP, 87.3, 44.0, HOSTILE, contact=HOSTILE)
        await files.register(session, file, why=HOSTILE, by=world.people["admin"].id, now=world.clock.now())
    return world


async def hidden(client: httpx.AsyncClient, path: str, form: str) -> dict[str, str]:
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    return Forms(answer.text).found[form]


async def count(world: World, table: str) -> int:
    async with world.sessions() as session:
        ((number,),) = await fetch(session, f"SELECT count(*)::int FROM {table}")
    return int(number)


@pytest.mark.parametrize(
    ("who", "status", "forms"),
    [
        ("supervisor", 200, {"change", "close", "documents"}),
        ("admin", 200, {"change", "close", "documents"}),
        ("viewer", 200, set()),
        ("patroller", 200, set()),
        ("duty", 200, set()),
        ("neighbour", 404, set()),
        ("nobody", 404, set()),
    ],
)
async def test_a_file_shows_its_forms_to_whoever_keeps_it(
    browser: Browser, who: str, status: int, forms: set[str]
) -> None:
    answer = await browser(who).get("/supervision/sources/QY-1")
    assert answer.status_code == status
    assert set(Forms(answer.text).found) & {"change", "close", "documents"} == forms
    assert HOSTILE not in answer.text
    for path in ("sources", "sweeps", "key-lists", "patrols"):
        shown = await browser(who).get(f"/supervision/{path}")
        assert (shown.status_code, HOSTILE in shown.text) == (200, False), path
    new = await browser(who).get("/supervision/sources/new")
    assert new.status_code == (200 if forms or who == "neighbour" else 403)


async def test_a_form_acts_once_and_never_without_its_token(world: World, browser: Browser) -> None:
    supervisor = browser("supervisor")
    path = "/supervision/sources/QY-1"
    fields = await hidden(supervisor, path, "close")
    assert (
        await supervisor.post(f"{path}/close", data={"why": "关停", "once": fields["once"]})
    ).status_code == 403
    refused = await supervisor.post(f"{path}/close", data=fields)
    assert (refused.status_code, "请填写原因" in refused.text) == (422, True)
    for _ in range(2):
        answer = await supervisor.post(f"{path}/close", data=fields | {"why": HOSTILE})
        assert answer.status_code == 303, answer.text
    assert await count(world, "source_version") == 2
    page = (await supervisor.get(f"{path}?done=closed")).text
    assert ("已关停" in page, HOSTILE in page) == (True, False)
    stranger = browser("neighbour")
    fields = await hidden(stranger, "/supervision/sources", "import")
    assert (await stranger.post(f"{path}/reopen", data=fields | {"why": "x"})).status_code == 404


async def test_a_changed_file_is_not_written_over(world: World, browser: Browser) -> None:
    supervisor = browser("supervisor")
    path = "/supervision/sources/QY-1"
    said = {
        "name": "堆场",
        "grid": TOWNSHIP,
        "kind": "stockyard",
        "category": "堆场",
        "lon": "87.3",
        "lat": "44",
    }
    first, second = [await hidden(supervisor, path, "change") for _ in range(2)]
    assert (await supervisor.post(f"{path}/change", data=first | said)).status_code == 303
    late = await supervisor.post(f"{path}/change", data=second | said | {"name": "别名"})
    assert late.status_code == 412
    async with world.sessions() as session:
        ((name, contact),) = await fetch(session, "SELECT name, contact FROM source")
    assert (name, contact) == ("堆场", None)


async def test_a_workbook_with_faults_names_its_rows_on_the_page(world: World, browser: Browser) -> None:
    supervisor = browser("supervisor")
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.append(["编码", "名称", "网格编码", "经度", "纬度", "行业"])
    sheet.append(["QY-2", "好", COUNTY, 87.3, 44.0, "餐饮"])
    sheet.append(["QY-3", "坏", COUNTY, "东", 44.0, "餐饮"])
    file = BytesIO()
    book.save(file)
    fields = await hidden(supervisor, "/supervision/sources", "import")
    answer = await supervisor.post(
        "/supervision/sources/import", data=fields, files={"file": ("源.xlsx", file.getvalue())}
    )
    assert answer.status_code == 422
    assert '<td data-label="行">3</td>' in answer.text
    assert "应为以度表示的数值，如 87.3001" in answer.text
    assert await count(world, "source") == 1


async def test_the_grid_of_a_list_and_of_a_file_is_chosen(world: World, browser: Browser) -> None:
    supervisor = browser("supervisor")
    page = (await supervisor.get(f"/supervision/sources?grid={TOWNSHIP}")).text
    assert f'<option value="{TOWNSHIP}" selected>中山路街道</option>' in page
    assert "/supervision/sources/QY-1" in page
    unknown = await supervisor.get("/supervision/sources?grid=没有")
    assert (unknown.status_code, "您的网格中没有该网格" in unknown.text) == (200, True)
    assert "/supervision/sources/QY-1" not in unknown.text
    fields = await hidden(supervisor, "/supervision/sources/new", "new")
    said = {
        "code": "QY-9",
        "name": "源",
        "grid": "中山路街道",
        "lon": "87.3",
        "lat": "44",
        "category": "餐饮",
    }
    made = await supervisor.post("/supervision/sources/new", data=fields | said | {"kind": "other"})
    assert made.status_code == 303, made.text


async def test_what_is_typed_wrong_comes_again(world: World, browser: Browser) -> None:
    supervisor = browser("supervisor")
    fields = await hidden(supervisor, "/supervision/key-lists", "key-lists")
    said = fields | {
        "grid": COUNTY,
        "year": "2026",
        "kinds": "4",
        "tonnes": "50",
        "concern": "3",
        "include": "QY-1",
    }
    answer = await supervisor.post("/supervision/key-lists", data=said)
    assert (answer.status_code, "每行一个：编码、空格、理由" in answer.text) == (422, True)
    drawn = await supervisor.post("/supervision/key-lists", data=said | {"include": "QY-1 居民反映"})
    assert drawn.status_code == 303, drawn.text
    fields = await hidden(supervisor, "/supervision/key-lists", "key-lists")
    dropped = await supervisor.post("/supervision/key-lists", data=said | fields | {"include": ""})
    assert (dropped.status_code, "QY-1" in dropped.text, 'name="drop"' in dropped.text) == (422, True, True)
    assert "人工列入或剔除、本次未写明" in dropped.text
    given_up = said | fields | {"include": "", "drop": "yes", "once": fields["once"] + "x"}
    assert (await supervisor.post("/supervision/key-lists", data=given_up)).status_code == 303
    fields = await hidden(supervisor, "/supervision/patrols", "patrols")
    wrong = fields | {"grid": COUNTY, "kind": "county_week", "first_on": "2026-11-24", "note": "x"}
    assert (await supervisor.post("/supervision/patrols", data=wrong)).status_code == 422
    world.clock.advance(days=1)
    supervisor = browser("supervisor")
    book = await supervisor.get("/supervision/patrols/coverage.xlsx?month=2026-11")
    sheet: Any = openpyxl.load_workbook(BytesIO(book.content)).active
    rows = [[cell.value for cell in row[:4]] for row in sheet.iter_rows() if row[2].value == 1]
    assert rows == [["中山路街道", "合计", 1, 0], ["中山路街道", "2026-11-24", 1, 0]]
    for path in (
        "patrols?day=yesterday",
        "patrols?month=2026-13",
        "sweeps?quarter=x",
        "patrols?day=2030-01-01",
    ):
        assert (await supervisor.get(f"/supervision/{path}")).status_code in (200, 422), path
    assert await count(world, "patrol_summary") == 0
