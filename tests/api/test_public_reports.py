"""A report of the public from the form to its answer, its rating and its reward, and who may do what to it."""

import re
from datetime import timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI
from sqlalchemy import update
from sqlalchemy.exc import DBAPIError

from app.database import transaction
from app.public.gate import LOOKUPS_EACH
from models.bulk import fetch
from models.problem import Problem
from models.public_report import PublicReport, ReportReward
from models.registry import Grid
from tests.api.browsing import Browser, Forms, visible
from tests.api.conftest import Client
from tests.api.test_tasks_pages import HOSTILE, PNG
from tests.factories import COUNTY, OTHER_COUNTY, PREFECTURE, World
from tests.public_reports import PHONE, SQUARE, WHERE, add_keeper, fill_in, reported, send

AT = {"category": "dust", "lon": "87.3", "lat": "44.0"}


@pytest_asyncio.fixture(autouse=True)
async def kept(world: World) -> None:
    await add_keeper(world)


async def rows(world: World, statement: str) -> list[tuple[Any, ...]]:
    async with world.sessions() as session:
        return [tuple(row) for row in await fetch(session, statement)]


async def post(client: httpx.AsyncClient, path: str, **body: Any) -> dict[str, Any]:
    answer = await client.post(path, json=body)
    assert answer.is_success, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def problem(world: World, number: str = "WT-2026-000001", grid: str = COUNTY) -> int:
    """A problem of the list, pushed to its county."""
    now = world.clock.now()
    async with transaction(world.sessions) as session:
        row = Problem(
            number=number, grid_id=world.grids[grid].id, category="dust", title="扬尘", text="扬尘", state="pushed",
            found_at=now, opened_by=world.people["duty"].id, opened_at=now,
        )  # fmt: skip
        session.add(row)
        await session.flush()
        return row.id


async def test_a_report_goes_from_the_form_to_its_answer_and_is_rated_once(
    browser: Browser, client: Client, world: World
) -> None:
    stranger, county = browser(None), client("supervisor")
    first = await stranger.get("/public/report")
    assert {"北京", "政务服务便民热线"} & set(re.findall("北京|政务服务便民热线", first.text))
    fields, page = await fill_in(stranger, world, text=f"扬尘 {HOSTILE}")
    assert "将由昌吉市受理" in visible(page.text)
    sent = await send(stranger, fields, {"photos": ("现场.png", PNG, "image/png")})
    again = await send(stranger, fields, {"photos": ("现场.png", PNG, "image/png")})
    assert sent.status_code == again.status_code == 303
    assert sent.headers["Location"] == again.headers["Location"]
    assert len(await rows(world, "SELECT 1 FROM public_report")) == 1
    followed = await stranger.get(sent.headers["Location"])
    assert "已收到，待受理" in visible(followed.text)
    (report,) = (await county.get("/public-reports")).json()["items"]
    path = f"/public-reports/{report['id']}"
    assert (report["number"], report["grid"], report["channel"]) == ("PR-2026-000001", COUNTY, "web")
    assert (await county.get(f"{path}/photos/1")).headers["Content-Type"] == "image/jpeg"
    await post(county, f"{path}/accept", note="已安排核查")
    early = await stranger.post("/public/track/rate", data={"code": fields_code(sent), "rating": "5"})
    assert early.status_code == 409
    document = await post(county, f"{path}/answer", text="已覆盖并处罚。", solved=True)
    assert [step["act"] for step in document["steps"]] == ["accept", "answer"]
    text = visible((await stranger.get(sent.headers["Location"])).text)
    assert "已覆盖并处罚" in text
    assert "姓名 supervisor" not in text
    code = fields_code(sent).replace("-", " ").lower()  # typed from paper
    rated = await stranger.post("/public/track/rate", data={"code": code, "rating": "4", "rating_note": "好"})
    assert rated.status_code == 303
    assert (await stranger.post("/public/track/rate", data={"code": code, "rating": "1"})).status_code == 409
    document = (await county.get(path)).json()
    assert (document["rating"], document["rating_note"]) == (4, "好")
    assert (await county.post(f"{path}/answer", json={"text": "x", "solved": True})).status_code == 409
    shown = await browser("supervisor").get(f"/supervision{path}")
    assert HOSTILE not in shown.text
    kinds = [row[0] for row in await rows(world, "SELECT kind FROM journal ORDER BY id")]
    assert kinds == ["public_report.received", *["public_report.moved"] * 2, "public_report.rated"]


def fields_code(sent: httpx.Response) -> str:
    found = re.search(r"code=([A-Z0-9-]+)", sent.headers["Location"])
    assert found is not None
    return found[1]


async def test_words_alone_are_enough_and_the_place_decides_where_it_goes(
    browser: Browser, world: World
) -> None:
    stranger = browser(None)
    for where in (
        {"category": "dust", "place": "阜康市博峰路"},
        {"category": "dust", "place": "不知名的地方"},
        AT | {"grid": OTHER_COUNTY},
        {"category": "dust", "lon": "89.9", "lat": "44.0"},
    ):
        await reported(stranger, world, where=where)
    found = await rows(
        world, "SELECT g.code FROM public_report r LEFT JOIN grid g ON g.id = r.grid_id ORDER BY r.id"
    )
    assert found == [(OTHER_COUNTY,), (None,), (COUNTY,), (None,)]
    for where in (
        {"category": "dust"},
        {"category": "dust", "lon": "87.3"},
        {"category": "x", "place": "某处"},
    ):
        answer = await stranger.get("/public/report/details", params=where)
        assert answer.status_code == 422
        assert 'role="alert"' in answer.text


async def test_a_place_outside_the_prefecture_is_refused(browser: Browser, world: World) -> None:
    stranger = browser(None)
    # Without a boundary of the prefecture: farther than 300 km from every station.
    beijing = {"lon": "116.4", "lat": "39.9"}
    fields, _ = await fill_in(stranger, world, where=AT)
    sent = await send(stranger, fields | beijing)
    assert sent.status_code == 422
    assert "不在本州范围内" in sent.text
    answer = await stranger.get("/public/report/details", params=AT | beijing)
    assert answer.status_code == 422
    assert "不在本州范围内" in answer.text
    near = AT | {"lon": "89.9"}
    assert (await stranger.get("/public/report/details", params=near)).status_code == 200
    async with transaction(world.sessions) as session:
        prefecture = await session.get_one(Grid, world.grids[PREFECTURE].id)
        prefecture.boundary = SQUARE
    assert (await stranger.get("/public/report/details", params=near)).status_code == 422
    assert (await stranger.get("/public/report/details", params=AT)).status_code == 200
    assert await rows(world, "SELECT 1 FROM public_report") == []


async def test_open_reports_nearby_are_told_without_a_word_of_anybody(browser: Browser, world: World) -> None:
    stranger = browser(None)
    await reported(stranger, world, where=AT | {"place": "某某家门口"}, text="邻居李四在烧煤")
    _, page = await fill_in(stranger, world, where=AT | {"lat": "44.002"})
    text = visible(page.text)
    assert "附近尚未办结" in text
    assert "约250米" in text
    for private in ("李四", "某某家", PHONE, "PR-2026"):
        assert private not in page.text
    _, page = await fill_in(stranger, world, where=AT | {"lat": "44.1"})
    assert "附近尚未办结" not in page.text


async def test_floods_traps_and_forms_of_others_are_told_and_leave_nothing(
    browser: Browser, world: World
) -> None:
    stranger = browser(None)
    fields, _ = await fill_in(stranger, world, wait_s=1)
    assert "提交过快" in visible((await send(stranger, fields)).text)
    world.clock.advance(seconds=10)
    trapped = await send(stranger, fields | {"website": "http://spam.example"})
    assert trapped.status_code == 422
    assert "应留空" in visible(trapped.text)
    assert fields["text"] in trapped.text  # what was typed is still there
    forged = await send(stranger, fields | {"form": fields["form"][:-1] + "0"})
    assert forged.status_code in (303, 422)
    forged = await send(stranger, fields | {"form": "x"})
    assert forged.status_code == 422
    world.clock.advance(hours=25)
    assert "打开时间过长" in visible((await send(stranger, fields)).text)
    fresh, _ = await fill_in(stranger, world)
    bad = await send(stranger, fresh, {"photos": ("a.pdf", b"%PDF-1.7", "application/pdf")})
    assert bad.status_code == 415
    big = await send(stranger, fresh, {"photos": ("a.png", PNG + b"0" * 1_100_000, "image/png")})
    assert big.status_code == 413
    assert (await send(stranger, fresh | {"text": "长" * 4001})).status_code == 422
    assert (await send(stranger, fresh | {"phone": "call me"})).status_code == 422
    before = len(await rows(world, "SELECT 1 FROM public_report"))
    assert before <= 1
    for _ in range(30):
        answer = await send(stranger, fresh | {"form": "x"})
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert "分钟后再试" in visible(answer.text)
    world.clock.advance(hours=1, minutes=1)
    fresh, _ = await fill_in(stranger, world)
    assert (await send(stranger, fresh)).status_code == 303


async def test_a_tracking_number_is_not_found_by_trying(browser: Browser, world: World, app: FastAPI) -> None:
    stranger = browser(None)
    code = await reported(stranger, world)
    assert len(code.replace("-", "")) == 20
    for wrong in ("PR-2026-000001", code[:-1], "\x00", "1"):
        answer = await stranger.get("/public/track", params={"code": wrong})
        assert "昌吉市" not in visible(answer.text), wrong
    for _ in range(LOOKUPS_EACH - 10):
        app.state.lookups.attempt("127.0.0.1", LOOKUPS_EACH, now=world.clock.now())
    for _ in range(12):
        answer = await stranger.get("/public/track", params={"code": "AAAAA"})
    assert answer.status_code == 429
    ((digest,),) = await rows(world, "SELECT encode(tracking, 'hex') FROM public_report")
    assert code not in digest


WHO = {
    "supervisor": 200, "chief": 200, "duty": 200, "leader": 200, "both": 200, "neighbour": 404, "viewer": 403,
    "keeper": 403, "patroller": 404, "nobody": 404, "admin": 403,
}  # fmt: skip


async def test_who_handles_a_report(browser: Browser, client: Client, world: World) -> None:
    for number, (who, status) in enumerate(WHO.items(), start=1):
        await reported(browser(None), world)
        path = f"/public-reports/{number}"
        assert (await client(who).post(f"{path}/accept", json={})).status_code == status, who
        page = await browser(who).get(f"/supervision{path}")
        assert page.status_code == (404 if status == 404 else 200), who
        assert ('id="acts"' in page.text) == (status == 200), who


async def test_what_no_grid_was_found_for_is_the_prefectures(
    browser: Browser, client: Client, world: World
) -> None:
    await reported(browser(None), world, where={"category": "dust", "place": "不知名的地方"})
    assert (await client("supervisor").get("/public-reports/1")).status_code == 404
    duty, county = client("duty"), client("supervisor")
    assert len((await duty.get("/public-reports?queue=true")).json()["items"]) == 1
    assert (await duty.post("/public-reports/1/refer", json={"grid": None, "reason": "x"})).status_code == 422
    assert (
        await duty.post("/public-reports/1/refer", json={"grid": "nowhere", "reason": "x"})
    ).status_code == 422
    moved = await post(duty, "/public-reports/1/refer", grid=COUNTY, reason="在昌吉市境内")
    assert moved["grid"] == COUNTY
    await post(county, "/public-reports/1/accept")
    # Onward to another county it is out of sight, and waits there.
    await post(county, "/public-reports/1/refer", grid=OTHER_COUNTY, reason="越界")
    assert (await county.get("/public-reports/1")).status_code == 404
    document = (await client("neighbour").get("/public-reports/1")).json()
    assert (document["state"], len(document["steps"])) == ("received", 3)
    rejected = await post(client("neighbour"), "/public-reports/1/reject", reason="经查与污染无关")
    assert (rejected["answer"], rejected["closed_at"] is not None) == ("经查与污染无关", True)


async def test_three_people_one_unsolved_problem_and_the_fact_for_the_assessment(
    browser: Browser, client: Client, world: World
) -> None:
    stranger, county = browser(None), client("supervisor")
    await problem(world)
    for number in (1, 2, 3, 4):
        phone = f"1399999000{min(number, 3)}"  # the last one reported before
        await reported(stranger, world, phone=phone)
        await post(county, f"/public-reports/{number}/accept")
    await post(county, "/public-reports/2/merge", report=1)
    assert (await county.post("/public-reports/1/merge", json={"report": 2})).status_code == 422
    assert (await county.post("/public-reports/1/merge", json={"report": 1})).status_code == 422
    assert (await county.post("/public-reports/1/link", json={"problem": "WT-9"})).status_code == 404
    linked = await post(county, "/public-reports/1/link", problem="WT-2026-000001")
    assert (linked["problem"], [one["number"] for one in linked["merged"]]) == (
        "WT-2026-000001",
        ["PR-2026-000002"],
    )
    assert (await county.get("/public-reports/repeated")).json()["items"] == []
    pages = browser("supervisor")
    page = (await pages.get("/supervision/public-reports/1")).text
    assert 'href="/supervision/problems/WT-2026-000001"' in page
    assert 'href="/supervision/public-reports/2"' in page
    found = await rows(world, "SELECT id FROM problem")
    assert (
        'href="/supervision/public-reports/1"'
        in (await pages.get(f"/supervision/problems/{found[0][0]}")).text
    )
    await post(county, "/public-reports/3/merge", report=2)
    await post(county, "/public-reports/4/link", problem="WT-2026-000001")
    found = await rows(world, "SELECT kind, ref FROM problem_finding ORDER BY ref")
    assert found == [("complaint", f"PR-2026-00000{number}") for number in (1, 2, 3, 4)]
    (fact,) = (await client("duty").get("/public-reports/repeated")).json()["items"]
    assert (fact["problem"], fact["grid"], fact["people"]) == ("WT-2026-000001", COUNTY, 3)
    assert fact["article"] == "annex 2 art. 5(四)"
    assert len(fact["numbers"]) == 4
    assert (await client("neighbour").get("/public-reports/repeated")).json()["items"] == []
    assert "群众反复举报" in (await browser("duty").get("/supervision/public-reports")).text
    async with transaction(world.sessions) as session:
        now = world.clock.now()
        await session.execute(update(Problem).values(state="cleared", ended_at=now))
    until = (now - timedelta(seconds=1)).isoformat()
    assert (await county.get("/public-reports/repeated")).json()["items"] == []
    assert len((await county.get("/public-reports/repeated", params={"until": until})).json()["items"]) == 1


async def test_a_problem_of_another_grid_is_not_linked(
    browser: Browser, client: Client, world: World
) -> None:
    await reported(browser(None), world)
    await problem(world, grid=OTHER_COUNTY)
    duty = client("duty")
    refused = await duty.post("/public-reports/1/link", json={"problem": "WT-2026-000001"})
    assert (refused.status_code, refused.json()["field"]) == (422, "problem")
    assert await rows(world, "SELECT 1 FROM problem_finding") == []


async def test_a_reward_passes_three_hands_and_keeps_to_its_limits(
    browser: Browser, client: Client, world: World
) -> None:
    await reported(browser(None), world)
    county, chief, keeper = client("supervisor"), client("chief"), client("keeper")
    reward = {"amount": "200.00", "ground": "线索属实"}
    assert (await county.post("/public-reports/1/reward", json=reward)).status_code == 422  # not accepted yet
    await post(county, "/public-reports/1/accept")
    for amount in ("49.99", "10000.01", "abc", "1.001"):
        refused = await county.post("/public-reports/1/reward", json=reward | {"amount": amount})
        assert (refused.status_code, refused.json()["field"]) == (422, "amount")
    assert (await client("viewer").post("/public-reports/1/reward", json=reward)).status_code == 403
    made = await post(county, "/public-reports/1/reward", **reward)
    path = f"/rewards/{made['id']}"
    assert (await county.post("/public-reports/1/reward", json=reward)).status_code == 409
    paid = {"document": "昌财付〔2026〕1号", "paid_on": world.clock.now().date().isoformat()}
    assert (await keeper.post(f"{path}/pay", json=paid)).status_code == 409
    assert (await county.post(f"{path}/approve")).status_code == 403
    assert (await client("neighbour").post(f"{path}/approve")).status_code == 404
    assert (await chief.post(f"{path}/decline", json={"reason": "证据不足"})).json()["state"] == "declined"
    path = f"/rewards/{(await post(county, '/public-reports/1/reward', **reward))['id']}"
    assert (await chief.post(f"{path}/approve")).json()["state"] == "approved"
    late = paid | {"paid_on": (world.clock.now() + timedelta(days=2)).date().isoformat()}
    assert (await keeper.post(f"{path}/pay", json=late)).json()["field"] == "paid_on"
    done = await post(keeper, f"{path}/pay", **paid)
    assert (done["state"], done["amount"], done["paid_by"]) == ("paid", "200.00", "姓名 keeper")
    assert (await client("viewer").get("/rewards")).status_code == 403
    assert (await client("neighbour").get("/rewards")).json()["items"] == []
    assert [one["state"] for one in (await chief.get("/rewards")).json()["items"]] == ["paid", "declined"]
    with pytest.raises(DBAPIError):
        async with transaction(world.sessions) as session:
            await session.execute(update(ReportReward).values(amount=999))


async def test_whoever_proposed_does_not_approve_by_another_role(
    browser: Browser, client: Client, world: World
) -> None:
    await reported(browser(None), world)
    chief = client("chief")
    await post(chief, "/public-reports/1/accept")
    made = await post(chief, "/public-reports/1/reward", amount="100", ground="属实")
    assert (await chief.post(f"/rewards/{made['id']}/approve")).json()["code"] == "second_person_needed"
    page = await browser("chief").get("/supervision/rewards")
    assert page.status_code == 200
    assert "approve" not in Forms(page.text).found
    leader = browser("leader")
    fields = Forms((await leader.get("/supervision/rewards")).text).found["approve"]
    for _ in range(2):
        answer = await leader.post(f"/supervision/rewards/{made['id']}/approve", data=fields)
        assert answer.status_code == 303
    assert "已批准，待发放" in (await leader.get("/supervision/rewards")).text


async def test_the_desk_judges_by_its_pages_once(browser: Browser, world: World) -> None:
    await reported(browser(None), world)
    await reported(browser(None), world)
    desk, path = browser("supervisor"), "/supervision/public-reports"
    listed = visible((await desk.get(path)).text)
    assert "PR-2026-000001" in listed
    assert PHONE not in listed
    forms = Forms((await desk.get(f"{path}/1")).text).found
    assert set(forms) >= {"accept", "merge", "refer", "reject", "link"}
    assert "identity" not in forms
    for _ in range(2):
        assert (await desk.post(f"{path}/1/accept", data=forms["accept"])).status_code == 303
    forms = Forms((await desk.get(f"{path}/1")).text).found
    empty = await desk.post(f"{path}/1/answer", data=forms["answer"] | {"text": "", "solved": "true"})
    assert empty.status_code == 422
    assert (
        await desk.post(f"{path}/1/answer", data={"text": "x"})
    ).status_code == 403  # no token of the session
    said = forms["answer"] | {"text": "已整改", "solved": "false"}
    assert (await desk.post(f"{path}/1/answer", data=said)).status_code == 303
    merging = Forms((await desk.get(f"{path}/2")).text).found["merge"]
    wrong = await desk.post(f"{path}/2/merge", data=merging | {"report": "PR-1"})
    assert "没有该编号的举报" in visible(wrong.text)
    merged = await desk.post(f"{path}/2/merge", data=merging | {"report": "pr-2026-000001"})
    assert merged.status_code == 303
    assert (await browser("nobody").get(path)).status_code == 403
    assert len(await rows(world, "SELECT 1 FROM public_report_step")) == 3


async def test_what_was_reported_and_rated_never_changes(
    browser: Browser, client: Client, world: World
) -> None:
    code = await reported(browser(None), world)
    await post(client("duty"), "/public-reports/1/reject", reason="无此地点")
    await browser(None).post("/public/track/rate", data={"code": code, "rating": "1"})
    changes: list[dict[str, Any]] = [
        {"text": "x"}, {"rating": 5}, {"category": "noise"}, {"mark": b"x" * 32}, {"due_at": world.clock.now()},
    ]  # fmt: skip
    for change in changes:
        with pytest.raises(DBAPIError):
            async with transaction(world.sessions) as session:
                await session.execute(update(PublicReport).values(**change))
    for statement in (
        "DELETE FROM public_report",
        "DELETE FROM public_report_step",
        "UPDATE public_report_step SET note = 'x'",
    ):
        with pytest.raises(DBAPIError):
            async with transaction(world.sessions) as session:
                await fetch(session, statement)


async def test_rules_are_versions_set_by_the_prefecture(
    browser: Browser, client: Client, world: World
) -> None:
    admin = client("admin")
    found = (await client("viewer").get("/public-reports/policy")).json()
    assert (found["version"], found["body"]["answer_days"]) == (0, 15)
    body = found["body"] | {"to_prefecture": ["enterprise"], "answer_days": 7}
    for who in ("supervisor", "chief", "duty"):
        refused = await client(who).post("/public-reports/policy", json={"body": body, "note": "x"})
        assert refused.status_code == 403
    bad = await admin.post("/public-reports/policy", json={"body": body | {"answer_days": 0}, "note": "x"})
    assert (bad.status_code, bad.json()["field"]) == (422, "answer_days")
    assert (await post(admin, "/public-reports/policy", body=body, note="试行"))["version"] == 1
    await reported(browser(None), world, where=WHERE | {"category": "enterprise"})
    ((grid, days),) = await rows(world, "SELECT grid_id, due_at - received_at FROM public_report")
    assert (grid, days) == (None, timedelta(days=7))
