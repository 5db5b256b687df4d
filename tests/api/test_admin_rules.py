"""The pages of the rule book: drafts edited by one and told to the other, back-tested, put in force once."""

import json
from typing import Any

import httpx
from sqlalchemy import text

from alerts import rulebook
from alerts.ruleset import DEFAULT_RULES
from app.database import transaction
from models.bulk import fetch
from tests.api.browsing import Browser, Forms, visible
from tests.factories import World

PLACE = "n.exceedance_hour.thresholds.pm25.notice"
SPAN = {"from": "2026-11-16T08:00", "until": "2026-11-23T08:00"}


async def form(client: httpx.AsyncClient, version: int, name: str) -> dict[str, str]:
    page = await client.get(f"/admin/rules/{version}")
    assert page.status_code == 200, page.text
    return Forms(page.text).found[name]


async def post(client: httpx.AsyncClient, version: int, act: str, **fields: str) -> httpx.Response:
    return await client.post(f"/admin/rules/{version}/{act}", data=await form(client, version, act) | fields)


async def draft(client: httpx.AsyncClient) -> int:
    made = await post(client, 1, "draft", note="采暖季前收紧")
    assert made.status_code == 303, visible(made.text)
    return int(made.headers["location"].partition("?")[0].rpartition("/")[2])


async def pass_backtest(world: World, version: int) -> None:
    async with transaction(world.sessions) as session:
        found = await rulebook.held(session, version)
        assert await rulebook.back_tested(session, version, found.revision, now=world.clock.now())


async def body_of(world: World, version: int) -> Any:
    async with world.sessions() as session:
        return (await rulebook.held(session, version)).body


async def test_a_draft_is_made_edited_and_put_in_force_once(browser: Browser, world: World) -> None:
    admin = browser("admin")
    asked = await form(admin, 1, "draft") | {"note": "采暖季前收紧"}
    first = await admin.post("/admin/rules/1/draft", data=asked)
    assert first.headers["location"] == "/admin/rules/2?done=drafted"
    assert (await admin.post("/admin/rules/1/draft", data=asked)).headers["location"] == first.headers[
        "location"
    ]
    saved = await post(admin, 2, "numbers", note="采暖季前收紧", **{PLACE: "120"})
    assert saved.headers["location"] == "/admin/rules/2?done=saved", visible(saved.text)
    shown = visible((await admin.get("/admin/rules/2?done=saved")).text)
    assert "草稿已保存" in shown
    assert "120 生效版：115" in shown
    assert "小时超标 · PM₂.₅ · 提示 115 120" in shown
    assert "草稿须就当前内容完成回测后方可生效" in shown
    refused = await admin.post(
        "/admin/rules/2/activate", data=await form(admin, 2, "draft") | {"reason": "x"}
    )
    assert refused.status_code == 409
    await pass_backtest(world, 2)
    without = await post(admin, 2, "activate")
    assert without.status_code == 422
    assert "请填写：事由" in visible(without.text)
    asked = await form(admin, 2, "activate") | {"reason": "局务会决定"}
    for _ in range(2):
        assert (await admin.post("/admin/rules/2/activate", data=asked)).headers["location"] == (
            "/admin/rules/2?done=activated"
        )
    async with world.sessions() as session:
        rows = await fetch(session, "SELECT data FROM journal WHERE kind = 'rules.activated'")
    assert [(row[0] if isinstance(row[0], dict) else json.loads(row[0]))["reason"] for row in rows] == [
        "局务会决定"
    ]
    listed = visible((await admin.get("/admin/rules")).text)
    assert "第 2 版 生效中 采暖季前收紧 admin" in listed
    assert "第 1 版 停用" in listed
    assert "第 1 版" not in visible((await admin.get("/admin/rules?state=active")).text)


async def test_of_two_who_edit_the_second_is_told(browser: Browser, world: World) -> None:
    admin = browser("admin")
    version = await draft(admin)
    mine, theirs = await form(admin, version, "numbers"), await form(admin, version, "document")
    first = await admin.post(f"/admin/rules/{version}/numbers", data=mine | {"note": "先", PLACE: "120"})
    assert first.status_code == 303
    typed = json.dumps(DEFAULT_RULES | {"exceedance_hour": DEFAULT_RULES["exceedance_hour"] | {"confirm": 2}})
    second = await admin.post(
        f"/admin/rules/{version}/document", data=theirs | {"note": "后", "document": typed}
    )
    assert second.status_code == 412
    assert "他人已作修改" in visible(second.text)
    assert "&#34;confirm&#34;: 2" in second.text
    body = await body_of(world, version)
    assert body["exceedance_hour"]["thresholds"]["pm25"]["notice"] == 120
    assert body["exceedance_hour"]["confirm"] == 1
    # What was typed may not be put over the other's by sending it again.
    again = Forms(second.text).found["document"] | {"note": "后", "document": typed}
    assert (await admin.post(f"/admin/rules/{version}/document", data=again)).status_code == 412


async def test_faults_are_told_at_their_place(browser: Browser, world: World) -> None:
    admin = browser("admin")
    version = await draft(admin)
    broken = DEFAULT_RULES | {"<script>alert(1)</script>\u202e": 1}
    for act, fields, said in (
        ("document", {"note": "x", "document": '{"a": }'}, "第 1 行第 7 列"),
        ("document", {"note": "x", "document": "{}"}, "小时超标：缺失"),
        ("document", {"note": "x", "document": json.dumps(broken)}, "rules.<script>alert(1)</script>"),
        ("document", {"note": "x", "document": json.dumps({"a": "\x00"})}, "文档"),
        ("numbers", {"note": "x", PLACE: "9999"}, "小时超标 · PM₂.₅：提示、严重、特别严重三级阈值须依次升高"),
        ("numbers", {"note": "x", PLACE: "abc"}, "小时超标 · PM₂.₅ · 提示：'abc' 不是数字"),
    ):
        refused = await post(admin, version, act, **fields)
        assert refused.status_code == 422, fields
        assert said in visible(refused.text)
        assert "<script>alert" not in refused.text
        assert "\\u202e" in refused.text or act != "document" or "script" not in fields["document"]
    assert await body_of(world, version) == DEFAULT_RULES


async def test_a_back_test_is_asked_for_and_its_result_read(browser: Browser, world: World) -> None:
    admin = browser("admin")
    version = await draft(admin)
    refused = await post(admin, version, "backtests", **SPAN | {"until": "2026-12-23T08:00"})
    assert refused.status_code == 422
    assert "回测须为已过去的 1 至 184 天" in visible(refused.text)
    asked = await form(admin, version, "backtests") | SPAN
    for _ in range(2):
        answer = await admin.post(f"/admin/rules/{version}/backtests", data=asked)
        assert answer.headers["location"] == f"/admin/rules/{version}?done=asked"
    page = (await admin.get(f"/admin/rules/{version}")).text
    assert page.count("等待引擎") == 1
    assert "data-poll" in page
    job = await admin.get(f"/admin/rules/{version}/backtests/1")
    assert "data-poll" in job.text
    assert "<progress" in job.text
    result: dict[str, Any] = {"alerts": 4, "orders": 3, "orders_per_day": 0.4286,
              "by_day": [{"day": "2026-11-17", "orders": 3}],
              "by_grid": [{"grid": "652301", "orders": 3}], "by_rule": [{"kind": "exceedance_hour", "orders": 3}],
              "precision": {"with_outcome": 2, "confirmed": 1, "false_alarms": 1, "confirmed_missed": 0,
                            "precision": {"value": 0.5, "low": 0.1, "high": 0.9}}}  # fmt: skip
    other = result | {
        "orders": 5,
        "by_grid": [],
        "by_rule": [],
        "precision": result["precision"] | {"precision": None},
    }
    whole = {"readings": 99, "days": 7, "draft": result, "baseline": other}
    async with transaction(world.sessions) as session:
        await session.execute(
            text(
                "UPDATE backtest_job SET state = 'done', progress = 1, finished_at = requested_at,"
                " result = CAST(:r AS jsonb)"
            ),
            {"r": json.dumps(whole)},
        )
    said = visible((await admin.get(f"/admin/rules/{version}/backtests/1")).text)
    for piece in (
        "工单数 3 5 -2",
        "日均工单 0.43 0.43 0",
        "50 % (10–90 %)",
        "尚无已知结果",
        "小时超标 3 0 +3",
        "昌吉市 652301 3 0 +3",
    ):
        assert piece in said, piece
    assert (await admin.get("/admin/rules/1/backtests/1")).status_code == 404
    assert (await browser("chief").get(f"/admin/rules/{version}/backtests/1")).status_code == 404


async def test_everybody_reads_and_administrators_act(browser: Browser, world: World) -> None:
    admin = browser("admin")
    version = await draft(admin)
    token = await form(admin, version, "numbers")
    for name in ("duty", "chief", "nobody"):
        client = browser(name)
        page = await client.get(f"/admin/rules/{version}")
        assert page.status_code == 200
        assert set(Forms(page.text).found) <= {"logout"}
        own = Forms(page.text).found["logout"] | {"revision": token["revision"]}
        for act, fields in (
            ("draft", {"note": "x"}), ("numbers", {PLACE: "120"}), ("document", {"document": "{}"}),
            ("backtests", SPAN), ("activate", {"reason": "x"}), ("retire", {}),
        ):  # fmt: skip
            answer = await client.post(
                f"/admin/rules/{version}/{act}", data=own | fields | {"once": f"{name}-{act}"}
            )
            assert answer.status_code == 403, (name, act)
    assert (await admin.get("/admin/rules/99")).status_code == 404
    assert (await admin.post(f"/admin/rules/{version}/retire", data={"once": "x"})).status_code == 403
    put_away = await post(admin, version, "retire")
    assert put_away.headers["location"] == f"/admin/rules/{version}?done=retired"
    assert await body_of(world, version) == DEFAULT_RULES
