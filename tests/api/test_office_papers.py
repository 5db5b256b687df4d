"""The desk of papers: who reads, edits and issues what; once for a form; a file says what is stored."""

from datetime import date
from io import BytesIO
from typing import Any

import docx
import httpx
import pytest
from pypdf import PdfReader

from app.database import transaction
from app.papers.official import Chart, ChartKind, Document, Grid, Heading, Series, Text, to_json
from models.bulk import fetch
from models.enums import PaperKind
from supervision.papers import papers
from tests.api.browsing import Browser, Forms, visible
from tests.api.conftest import Client
from tests.factories import COUNTY, World

DOCUMENT = Document(
    "11月22日会商简报",
    (
        Heading("一、空气质量"),
        Text("昨日全州 PM₂.₅ 均值 40 µg/m³。<script>alert(1)</script>"),
        Grid(("县市", "指数"), (("昌吉市", "4.12"),), "表1", (1,)),
        Chart(ChartKind.BARS, "图1", ("昌吉市",), (Series("本月", (4.0,)),)),
    ),
    to="各县市（园区）：",
    sender="州大气办",
    closing=("2026年11月22日",),
)
DAY = date(2026, 11, 22)


async def drafted(world: World, kind: PaperKind, *, by: str = "duty", grid: str | None = None) -> int:
    async with transaction(world.sessions) as session:
        grid_id = None if grid is None else world.grids[grid].id
        about = papers.About(kind, DAY, DAY, grid_id)
        row = await papers.draft(
            session, about, to_json(DOCUMENT), by=world.people[by].id, now=world.clock.now()
        )
        return row.id


async def page_of(client: httpx.AsyncClient, paper: int) -> dict[str, dict[str, str]]:
    return Forms((await client.get(f"/supervision/papers/{paper}")).text).found


async def test_who_changed_a_paper_last_is_not_offered_to_issue_it_and_is_told_why(
    browser: Browser, world: World
) -> None:
    paper = await drafted(world, PaperKind.NOTICE, by="leader")
    leader = browser("leader")
    forms = await page_of(leader, paper)
    assert "issue" not in forms
    refused = await leader.post(f"/supervision/papers/{paper}/issue", data=forms["edit"])
    assert refused.status_code == 409
    assert "最后修改的人不能签发" in refused.text
    duty = browser("duty")
    sent = (await page_of(duty, paper))["edit"] | {"title": "关于扬尘问题的通报"}
    edited = await duty.post(f"/supervision/papers/{paper}/edit", data=sent)
    assert edited.status_code == 303
    assert "issue" in await page_of(leader, paper)


async def test_a_brief_is_edited_and_issued_once_and_reads_the_same_ever_after(
    browser: Browser, world: World
) -> None:
    paper = await drafted(world, PaperKind.BRIEF)
    duty = browser("duty")
    read = await duty.get(f"/supervision/papers/{paper}")
    assert "<script>alert" not in read.text
    form = (await page_of(duty, paper))["edit"]
    said = {
        "title": "会商简报",
        "block_1": "昨日转好。",
        "more": "一。\n\n二。",
        "closing": "州大气办\n11月22日",
    }
    assert (
        await duty.post(f"/supervision/papers/{paper}/edit", data=form | {"title": ""})
    ).status_code == 422
    for _ in range(2):
        saved = await duty.post(f"/supervision/papers/{paper}/edit", data=form | said)
        assert saved.headers["location"] == f"/supervision/papers/{paper}?done=edited"
    # What another page showed before is not what would be issued.
    stale = await duty.post(
        f"/supervision/papers/{paper}/issue",
        data=(await page_of(duty, paper))["issue"] | {"digest": form["digest"]},
    )
    assert stale.status_code == 412
    issued = await duty.post(f"/supervision/papers/{paper}/issue", data=(await page_of(duty, paper))["issue"])
    assert issued.status_code == 303
    text = visible((await browser("supervisor").get(f"/supervision/papers/{paper}")).text)
    assert "会商简报〔2026〕1号" in text
    for part in ("昨日转好。", "一。", "二。", "4.12"):
        assert part in text
    # The first heading was sent empty and is gone.
    assert "一、空气质量" not in text
    assert await page_of(duty, paper) == {} or "edit" not in await page_of(duty, paper)
    file = await duty.get(f"/supervision/papers/{paper}/file.docx")
    told = [line.text for line in docx.Document(BytesIO(file.content)).paragraphs]
    assert "会商简报〔2026〕1号" in told
    assert "昨日转好。" in told
    pages = await duty.get(f"/supervision/papers/{paper}/file.pdf")
    assert "会商简报〔2026〕1号" in PdfReader(BytesIO(pages.content)).pages[0].extract_text()
    assert pages.headers["content-disposition"].startswith('attachment; filename="brief-2026-11-22-')


async def test_a_notice_is_issued_by_another_hand_and_read_by_the_unit_it_goes_to(
    client: Client, world: World
) -> None:
    paper = await drafted(world, PaperKind.NOTICE, by="leader", grid=COUNTY)
    leader, duty, supervisor = client("leader"), client("duty"), client("supervisor")
    shown = (await leader.get(f"/supervision/papers/{paper}")).json()
    seen = {"digest": shown["digest"]}
    assert (await supervisor.get(f"/supervision/papers/{paper}")).status_code == 404
    refused = await duty.post(f"/supervision/papers/{paper}/issue", json=seen)
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    alone = await leader.post(f"/supervision/papers/{paper}/issue", json=seen)
    assert (alone.status_code, alone.json()["code"]) == (409, "second_person_needed")
    document = shown["document"] | {"title": "关于扬尘问题的通报"}
    edited = await duty.post(f"/supervision/papers/{paper}/edit", json=seen | {"document": document})
    assert edited.json()["title"] == "关于扬尘问题的通报"
    answer = await leader.post(f"/supervision/papers/{paper}/issue", json={"digest": edited.json()["digest"]})
    assert (answer.status_code, answer.json()["number"]) == (200, "通报〔2026〕1号")
    assert (await supervisor.get(f"/supervision/papers/{paper}")).json()["number"] == "通报〔2026〕1号"
    assert (await client("neighbour").get(f"/supervision/papers/{paper}")).status_code == 404
    assert (await client("patroller").get("/supervision/papers")).json()["items"] == []
    async with world.sessions() as session:
        kinds = await fetch(
            session, "SELECT kind, grid_id FROM journal WHERE kind LIKE 'office%' ORDER BY id"
        )
    # Of the draft nobody below hears.
    assert kinds == [("office_paper.edited", None), ("office_paper.issued", world.grids[COUNTY].id)]


@pytest.mark.parametrize(("kind", "status"), [(PaperKind.ACT, 403), (PaperKind.SPECIAL_REPORT, 200)])
async def test_what_is_signed_elsewhere_is_not_issued_from_the_desk(
    client: Client, world: World, kind: PaperKind, status: int
) -> None:
    paper = await drafted(world, kind)
    leader = client("leader")
    shown = (await leader.get(f"/supervision/papers/{paper}")).json()
    answer = await leader.post(f"/supervision/papers/{paper}/issue", json={"digest": shown["digest"]})
    assert answer.status_code == status
    # A special report is the chief's alone.
    assert (await client("supervisor").get("/supervision/papers")).json()["items"] == []


async def test_a_draft_that_nobody_issues_is_withdrawn_with_a_reason(client: Client, world: World) -> None:
    paper = await drafted(world, PaperKind.BRIEF)
    duty = client("duty")
    gone = await duty.post(f"/supervision/papers/{paper}/withdraw", json={"reason": "重复"})
    assert (gone.json()["state"], gone.json()["withdrawn_why"]) == ("withdrawn", "重复")
    again = await duty.post(f"/supervision/papers/{paper}/withdraw", json={"reason": "重复"})
    assert again.status_code == 409
    digest: dict[str, Any] = {"digest": gone.json()["digest"]}
    assert (await duty.post(f"/supervision/papers/{paper}/issue", json=digest)).status_code == 409
