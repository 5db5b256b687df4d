"""The desk of typical cases as pages: each sees the forms that are theirs, each form acts once, nothing is let in."""

from io import BytesIO
from typing import Any

import docx
import httpx
import openpyxl
from pypdf import PdfReader

from models.bulk import fetch
from tests.api.browsing import Browser, Forms, visible
from tests.api.conftest import Client
from tests.exposures import (
    DOSSIER,
    EDITORS,
    FACTS,
    MARKS,
    TEXT,
    appointed,
    approved,
    make_officers,
    registered,
)
from tests.factories import COUNTY, World

CASES = "/supervision/cases"
TYPED = {
    "number": FACTS["number"], "title": FACTS["title"], "kind": "penalty", "grid": COUNTY, "decided": "2026-01-10",
    "served": "2026-01-15", "violation_excess": "1", "companies": "昌吉市宏达建材有限公司\r\n", "persons": "王小明",
}  # fmt: skip


async def send(client: httpx.AsyncClient, path: str, act: str, **fields: str) -> httpx.Response:
    form = Forms((await client.get(path)).text).found[act]
    return await client.post(f"{path}/{act}", data=form | fields)


async def acted(client: httpx.AsyncClient, path: str, act: str, **fields: str) -> None:
    answer = await send(client, path, act, **fields)
    assert (answer.status_code, answer.headers.get("location")) == (303, f"{path}?done={act}"), visible(
        answer.text
    )


async def test_a_case_goes_through_the_hands_of_the_office_by_its_pages(
    browser: Browser, world: World
) -> None:
    await make_officers(world)
    duty, examiner, leader, publicity = (browser(n) for n in ("duty", "examiner", "leader", "publicity"))
    named = await send(
        leader, f"{CASES}/office", "new", username="publicity", document="昌州党宣函〔2026〕3号"
    )
    assert named.headers["location"] == f"{CASES}/office?done=appointed"
    form = Forms((await duty.get(CASES)).text).found["new"]
    for _ in range(2):
        made = await duty.post(f"{CASES}/new", data=form | TYPED)
        path = made.headers["location"].partition("?")[0]
    assert path == f"{CASES}/1"
    short = await send(duty, path, "text", title=TEXT["title"], body="经查，宏达建材超标。")
    assert short.status_code == 303
    page = visible((await duty.get(path)).text)
    assert "单位名称中的字号 宏达建材" in page
    assert "文稿不足 1000 字。现有：10" in page
    refused = await send(duty, path, "submit")
    assert (refused.status_code, "文稿尚不合格：文稿不足 1000 字。" in visible(refused.text)) == (422, True)
    await acted(duty, path, "text", **TEXT)
    await acted(duty, path, "submit")
    signing = {f"stands_{name}": "1" for name in ("facts", "evidence", "law", "procedure")}
    words = {name: str(DOSSIER[name]) for name in ("standard", "panel")}
    refused = await send(duty, path, "sign", **signing, **words)
    assert (refused.status_code, "各环节由不同的人签署" in visible(refused.text)) == (409, True)
    assert "2026年11月1日论证" in refused.text
    refused = await send(examiner, path, "sign", **words)
    assert (refused.status_code, "卷宗不合格的不予签署" in visible(refused.text)) == (422, True)
    await acted(examiner, path, "sign", **signing, **words)
    await acted(leader, path, "sign")
    for number, step in enumerate(MARKS):
        await acted(publicity, path, "mark", step=step, name=EDITORS[number % 3])
    await acted(publicity, path, "sign")
    assert "可以，没有妨碍公布的情形" in visible((await leader.get(path)).text)
    made = await send(
        duty, f"{CASES}/batches", "new", kind="quarterly", quarter="2026-Q4", title="第四季度典型案件"
    )
    batch = made.headers["location"].partition("?")[0]
    assert "2026-Q4" in (await duty.get(batch)).text
    await acted(duty, batch, "put", case="1")
    await acted(publicity, batch, "publish", on="2026-11-23")
    await acted(duty, batch, "appeared", medium="daily", on="2026-11-23", address="第三版")
    assert "《昌吉日报》" in visible((await leader.get(batch)).text)
    files = [
        (await publicity.get(f"{batch}/paper.{ending}")).content
        for ending in ("docx", "pdf")
        for _ in range(2)
    ]
    assert files[0] == files[1]
    assert files[2] == files[3]
    for text in (
        "\n".join(one.text for one in docx.Document(BytesIO(files[0])).paragraphs),
        "\n".join(one.extract_text() for one in PdfReader(BytesIO(files[2])).pages),
    ):
        assert "案例1：某建材公司超标排放案" in text
        assert "2026 年第四季度" in text
        assert "编辑" not in text
        assert "宏达" not in text
    assert "2026-Q3 尚未集中公布典型案件" in (await leader.get(CASES)).text
    book = openpyxl.load_workbook(
        BytesIO((await leader.get(f"{CASES}/register.xlsx?state=published")).content)
    )
    cells = [cell.value for row in book.worksheets[0].iter_rows() for cell in row]
    assert {FACTS["number"], "已公布", "2026-11-23"} <= set(cells)
    assert not any("宏达" in str(cell) for cell in cells)
    world.clock.advance(minutes=2)
    public = await browser(None).get("/public/cases")
    assert "某建材公司超标排放案" in public.text
    assert "宏达" not in public.text
    assert (await browser(None).get("/public/cases?lang=en")).text.count("<article") == 1
    async with world.sessions() as session:
        kept: list[Any] = await fetch(session, "SELECT body::text FROM idempotency_key")
    assert not any("宏达" in str(one[0]) for one in kept)


async def test_each_sees_the_forms_that_are_theirs_and_no_name(
    browser: Browser, client: Client, world: World
) -> None:
    await make_officers(world)
    await appointed(client)
    path = await approved(client)
    await registered(client, number="<script>alert(1)</script>", title="<b>某公司</b>\u202e案")
    seen = {
        "duty": {"facts", "parties", "return", "withdraw"}, "admin": {"facts", "parties", "return", "withdraw"},
        "leader": {"return", "withdraw"}, "publicity": {"return"},
    }  # fmt: skip
    for name, forms in seen.items():
        page = (await browser(name).get(path)).text
        assert Forms(page).found.keys() - {"logout"} == forms, name
        assert ("宏达" in page) is (name in ("duty", "admin"))
        for other in (CASES, f"{CASES}/2"):
            text = (await browser(name).get(other)).text
            assert "<script>alert" not in text
            assert "<b>某公司" not in text
        assert CASES in (await browser(name).get("/supervision")).text
    for name in ("chief", "supervisor", "patroller", "viewer", "nobody"):
        for page_path in (
            CASES, path, f"{CASES}/batches", f"{CASES}/office", f"{CASES}/register.xlsx",
            f"{CASES}/batches/1/paper.pdf",
        ):  # fmt: skip
            assert (await browser(name).get(page_path)).status_code == 403, name
        token = Forms((await browser(name).get("/me/keys")).text).found["logout"] | {"once": f"{name}-1"}
        for act in ("withdraw", "sign", "facts"):
            said = token | {"reason": "x", "step": "leader"} | TYPED
            assert (await browser(name).post(f"{path}/{act}", data=said)).status_code == 403, (name, act)
    assert (await browser("duty").post(f"{path}/withdraw", data={"reason": "x"})).status_code == 403
    assert (await browser("duty").get(f"{CASES}/99")).status_code == 404
    duty = browser("duty")
    stale = Forms((await duty.get(path)).text).found["return"]
    await acted(browser("leader"), path, "return", reason="措辞再斟酌")
    refused = await duty.post(f"{path}/return", data=stale | {"reason": "再看"})
    assert refused.status_code == 412
    assert "再看" in refused.text or "别人" in refused.text
    await acted(browser("duty"), path, "withdraw", reason="不再典型")
    assert "不再典型" in (await browser("leader").get(f"{CASES}?state=withdrawn")).text
    assert Forms((await browser("duty").get(path)).text).found.keys() - {"logout"} == set()


async def test_what_cannot_be_is_told_and_what_was_typed_stays(browser: Browser, world: World) -> None:
    duty = browser("duty")
    for over, said in (
        ({"companies": "", "persons": ""}, "请填写：当事人"),
        ({"title": "宏达建材案"}, "不得出现当事人姓名"),
        ({"violation_excess": ""}, "请填写：违法情形"),
        ({"served": "2026-01-01"}, "送达日期不得早于决定日期"),
        ({"review_filed": "2026-02-01", "review_upheld": "yes"}, "行政复议："),
        ({"decided": "soon"}, "决定日期"),
    ):
        refused = await send(duty, CASES, "new", **(TYPED | over))
        assert refused.status_code == 422, visible(refused.text)
        assert said in visible(refused.text), (said, visible(refused.text)[:1500])
        assert FACTS["number"] in refused.text
    async with world.sessions() as session:
        assert await fetch(session, "SELECT id FROM exposed_case") == []
