"""The pages of the assessment over HTTP: forms that act once, who sees which, hostile text escaped."""

from datetime import UTC, datetime

import httpx
from sqlalchemy import func, select

from models.assessment import AssessmentPoint
from tests.api.browsing import Browser, Forms, visible
from tests.factories import COUNTY, OTHER_COUNTY, World

MONTH = "/supervision/assessment/2026-11"
UNIT = f"{MONTH}/{COUNTY}"
HOSTILE = "<script>alert(1)</script>"
TYPED = {"item": "6", "kind": "document", "ref": "督查〔2026〕3号", "text": HOSTILE, "count": "2"}


async def form(client: httpx.AsyncClient, name: str, path: str) -> dict[str, str]:
    page = await client.get(path)
    assert page.status_code == 200, page.text
    return Forms(page.text).found[name]


async def send(client: httpx.AsyncClient, path: str, name: str, **said: str) -> httpx.Response:
    return await client.post(f"{path}/{name}", data=await form(client, name, path) | said)


async def count(world: World) -> int:
    async with world.sessions() as session:
        return int(await session.scalar(select(func.count()).select_from(AssessmentPoint)) or 0)


async def test_a_point_is_claimed_once_objected_to_and_decided(browser: Browser, world: World) -> None:
    duty, chief, leader = browser("duty"), browser("chief"), browser("leader")
    hidden = await form(duty, "claim", UNIT)
    for _ in range(2):
        answer = await duty.post(f"{UNIT}/claim", data=hidden | TYPED)
        assert (answer.status_code, answer.headers["location"]) == (303, f"{UNIT}?done=claimed")
    assert await count(world) == 1
    page = await chief.get(UNIT)
    assert HOSTILE not in page.text
    assert "alert(1)" in page.text
    assert "附件 2 第五条（二）第 6 项" in page.text
    answer = await send(chief, UNIT, "object")
    assert answer.status_code == 422
    assert "请填写：事由" in visible(answer.text)
    assert (await send(chief, UNIT, "object", reason="已整改")).headers["location"] == f"{UNIT}?done=objected"
    own = await send(duty, UNIT, "decide", decision="withdraw", reason="重复")
    assert own.status_code == 409
    assert "提出人和申诉人不得复核该项" in visible(own.text)
    # Two at 5 each leave nothing of the item; withdrawn, nothing is taken.
    assert "当前得分: 90" in visible((await chief.get(UNIT)).text)
    decided = await send(leader, UNIT, "decide", decision="withdraw", reason="已核实整改到位")
    assert decided.headers["location"] == f"{UNIT}?done=decided"
    assert "当前得分: 100" in visible((await chief.get(UNIT)).text)


async def test_what_was_typed_stays_and_the_fault_is_told(browser: Browser, world: World) -> None:
    duty = browser("duty")
    for over, said in (
        ({"ref": " "}, "请填写：依据的编号或名称"),
        ({"item": "1"}, "件数可大于 1"),
        ({"item": "fail", "count": "1"}, "直接判定情形仅随"),
        ({"kind": "order", "count": "1"}, "没有此项记录"),
        ({"item": "99"}, "考核项"),
    ):
        answer = await send(duty, UNIT, "claim", **TYPED | over)
        assert answer.status_code == 422, over
        assert said in visible(answer.text), over
        assert 'value="督查〔2026〕3号"' in answer.text or "ref" in over
    assert (await duty.post(f"{UNIT}/claim", data=TYPED)).status_code == 403
    assert await count(world) == 0


async def test_a_month_is_frozen_and_signed_by_two_hands(browser: Browser, world: World) -> None:
    await send(browser("duty"), UNIT, "claim", **TYPED)
    early = (await browser("duty").get(MONTH)).text
    assert "freeze" not in Forms(early).found
    world.clock.set(datetime(2026, 12, 5, 2, tzinfo=UTC))
    duty, leader, chief = browser("duty"), browser("leader"), browser("chief")
    assert (await send(duty, MONTH, "freeze")).headers["location"] == f"{MONTH}?done=frozen"
    assert "sign" not in Forms((await duty.get(MONTH)).text).found
    assert "待签发" not in visible((await chief.get(MONTH)).text)
    hidden = await form(leader, "sign", MONTH)
    assert hidden["sha256"] in (await leader.get(MONTH)).text
    assert (
        await duty.post(f"{MONTH}/sign", data=await form(duty, "freeze", MONTH) | hidden)
    ).status_code == 403
    assert (await leader.post(f"{MONTH}/sign", data=hidden)).headers["location"] == f"{MONTH}?done=signed"
    again = await send(duty, MONTH, "freeze", reason="复核")
    assert again.status_code == 422
    assert "与已签发版本没有差别" in visible(again.text)
    drafted = (await send(duty, MONTH, "notice")).headers["location"]
    assert drafted.startswith("/supervision/papers/")
    assert "通报已起草" in (await duty.get(drafted)).text
    assert "90 优秀" in visible((await chief.get(UNIT)).text)
    book = await chief.get(f"{MONTH}/file.xlsx")
    assert (book.status_code, book.content[:2]) == (200, b"PK")


async def test_a_county_sees_its_own_page_only(browser: Browser, world: World) -> None:
    chief = browser("chief")
    text = (await chief.get(MONTH)).text
    assert f"{MONTH}/{COUNTY}" in text
    assert OTHER_COUNTY not in text
    assert (await chief.get(f"{MONTH}/{OTHER_COUNTY}")).status_code == 404
    # A unit claims a bonus and nothing else.
    assert "申报加分" in (await chief.get(UNIT)).text
    assert "提出扣分" not in (await chief.get(UNIT)).text
    assert (await send(chief, UNIT, "claim", **TYPED)).status_code == 403
    bonus = await send(chief, UNIT, "claim", **TYPED | {"item": "bonus", "count": "1"})
    assert bonus.headers["location"] == f"{UNIT}?done=claimed"
    for who in ("patroller", "viewer"):
        assert (await browser(who).get(MONTH)).status_code == 403
        assert "/supervision/assessment" not in (await browser(who).get("/supervision")).text
    assert "/supervision/assessment" in (await chief.get("/supervision")).text
    assert (await chief.get("/supervision/assessment?month=2026-10")).headers["location"] == (
        "/supervision/assessment/2026-10"
    )


async def test_gaps_are_claimed_by_name_and_withdrawn_points_are_not_counted(
    browser: Browser, world: World
) -> None:
    duty, leader = browser("duty"), browser("leader")
    assert (await send(duty, MONTH, "gather")).headers["location"] == f"{MONTH}?done=gathered"
    again = await send(duty, MONTH, "gather")
    assert again.headers["location"] == f"{MONTH}?done=nothing"
    assert "未发现新的" in (await duty.get(again.headers["location"])).text
    async with world.sessions() as session:
        points = list(
            await session.scalars(
                select(AssessmentPoint).where(AssessmentPoint.grid_id == world.grids[COUNTY].id)
            )
        )
    said = " ".join(one.text for one in points)
    assert world.grids[COUNTY].name in said
    assert COUNTY not in said

    async def counted() -> str:
        row = (await duty.get(MONTH)).text.split(f'href="{UNIT}"')[1].split("</tr>")[0]
        return visible(row.split('data-label="扣分与加分事项">')[1].split("</td>")[0])

    before = await counted()
    assert before.startswith(str(len(points)))
    sent = await form(leader, "decide", UNIT) | {"decision": "withdraw", "reason": "已补录"}
    assert (await leader.post(f"{UNIT}/decide", data=sent)).status_code == 303
    assert (await counted()).startswith(str(len(points) - 1))


async def test_a_month_to_come_has_no_scores(browser: Browser, world: World) -> None:
    duty = browser("duty")
    assert "assessment/2026-12" not in (await duty.get(MONTH)).text
    for path in ("/supervision/assessment/2026-12", f"/supervision/assessment/2026-12/{COUNTY}"):
        answer = await duty.get(path)
        assert answer.status_code == 422
        assert "该月尚未开始" in answer.text
        assert "优秀" not in answer.text
