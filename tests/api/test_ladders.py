"""Ladders and the register over HTTP: who sees, who signs, and what a signature leads to."""

import io
import zipfile
from datetime import UTC, date, datetime
from typing import Any

import httpx
import openpyxl

from app.engine import Engine
from models.bulk import fetch
from tests.api.conftest import Client
from tests.factories import COUNTY, OTHER_COUNTY, World
from tests.ladders import missed, signed_month

OCTOBER = date(2026, 10, 1)
LADDERS, ACTS = "/supervision/ladders", "/supervision/acts"


async def proposed(client: Client, world: World) -> dict[str, Any]:
    """The notice that October's last place brings."""
    await signed_month(world, COUNTY, month=OCTOBER)
    duty = client("duty")
    told = await duty.post(f"{LADDERS}/evaluate", json={"month": "2026-10"})
    assert told.status_code == 200, told.text
    ((number,), []) = told.json()["proposed"], told.json()["overtaken"]
    return dict((await duty.get(f"{LADDERS}/{number}")).json())


async def made(client: httpx.AsyncClient, path: str, **body: Any) -> dict[str, Any]:
    answer = await client.post(path, json=body or None)
    assert answer.is_success, answer.text
    return dict(answer.json())


async def events(world: World) -> list[tuple[str, int]]:
    async with world.sessions() as session:
        rows = await fetch(
            session,
            "SELECT kind, grid_id FROM journal WHERE kind LIKE 'ladder.%' OR kind LIKE 'act.%' ORDER BY id",
        )
    return [(row[0], row[1]) for row in rows]


async def test_a_proposal_is_signed_issued_held_and_completed(client: Client, world: World) -> None:
    duty, leader, chief = client("duty"), client("leader"), client("chief")
    one = await proposed(client, world)
    assert (one["ladder"], one["kind"], one["by"], one["month"]) == (
        "last_place",
        "notice",
        "office",
        "2026-10",
    )
    assert [quote["place"] for quote in one["quotes"]] == ["正文第四部分（二）", "附件3第四条"]
    assert one["basis"]["months"][0] | {"improvement": "-1.5", "version": 1} == one["basis"]["months"][0]
    again = await made(duty, f"{LADDERS}/evaluate", month="2026-10")
    assert (again["proposed"], again["overtaken"]) == ([], [])
    path = f"{LADDERS}/{one['id']}"
    refused = await leader.post(f"{path}/sign", json={"sha256": "0" * 64})
    assert refused.status_code == 412
    key = {"Idempotency-Key": "sign-1"}
    signed = await leader.post(f"{path}/sign", json={"sha256": one["sha256"], "note": "同意"}, headers=key)
    assert signed.status_code == 201, signed.text
    twice = await leader.post(f"{path}/sign", json={"sha256": one["sha256"], "note": "同意"}, headers=key)
    assert twice.json() == signed.json()
    act = signed.json()
    assert (act["number"], act["state"], act["decided_by"]) == ("ACT-2026-0001", "signed", "姓名 leader")
    assert "2026年10月，昌吉市环境空气质量综合指数改善率为-1.5%" in act["facts"]
    here = signed.headers["Location"].removeprefix("/api/v1")
    # The unit sees it from now on, without what is not its own.
    mine = (await chief.get(here)).json()
    assert (mine["number"], mine["proposal"], mine["quotes"]) == (act["number"], None, act["quotes"])
    drafted = await made(duty, f"{here}/draft")
    assert drafted["paper"]["state"] == "draft"
    assert (await chief.get(here)).json()["paper"] is None
    assert (await chief.get(f"{here}/paper?format=pdf")).status_code == 404
    own = await duty.post(f"{here}/issue", json={"sha256": drafted["paper"]["sha256"]})
    assert own.status_code == 403
    issued = await made(leader, f"{here}/issue", sha256=drafted["paper"]["sha256"])
    assert (issued["state"], issued["paper"]["number"]) == ("issued", "督办〔2026〕1号")
    file = await chief.get(f"{here}/paper?format=docx")
    assert file.status_code == 200
    words = zipfile.ZipFile(io.BytesIO(file.content)).read("word/document.xml").decode()
    for said in (
        "关于对昌吉市予以通报批评的通报",
        "督办〔2026〕1号",
        "由州大气办通报批评",
        "第1版",
        "ACT-2026-0001",
    ):
        assert said in words
    first, second = [(await chief.get(f"{here}/paper?format=pdf")).content for _ in range(2)]
    assert first == second
    assert first.startswith(b"%PDF")
    held = await made(duty, f"{here}/hold", held_on="2026-11-23", follow_up_due="2026-12-01")
    assert (held["state"], held["overdue"]) == ("held", False)
    objected = await made(chief, f"{here}/object", text="扬尘来自外地。")
    assert objected["steps"][-1]["said"] == {"text": "扬尘来自外地。"}
    await made(leader, f"{here}/answer", text="已核实，维持。")
    world.clock.set(datetime(2026, 12, 2, tzinfo=UTC))
    # A session lasts half a day: everybody signs in anew.
    duty, chief = client("duty"), client("chief")
    (late,) = (await duty.get(f"{ACTS}?overdue=true")).json()["items"]
    assert (late["number"], late["overdue"]) == (act["number"], True)
    done = await made(duty, f"{here}/complete", result="已整改。")
    assert (done["state"], done["overdue"]) == ("completed", False)
    assert [step["step"] for step in done["steps"]] == [
        "sign",
        "draft",
        "issue",
        "hold",
        "object",
        "answer",
        "complete",
    ]
    prefecture, county = world.context.directory.prefecture, world.grids[COUNTY].id
    assert await events(world) == [
        ("ladder.proposed", prefecture), ("act.signed", county), ("act.drafted", prefecture), ("act.issued", county),
        ("act.held", county), ("act.objected", county), ("act.answered", county), ("act.completed", county),
    ]  # fmt: skip
    book = await duty.get(f"{ACTS}/register?grid={COUNTY}&year=2026")
    sheet = openpyxl.load_workbook(io.BytesIO(book.content)).worksheets[0]
    row = next(row for row in sheet.iter_rows(values_only=True) if row[0] == "ACT-2026-0001")
    assert row[1:5] == ("昌吉市", "通报批评", "州大气办", "改善率末位")


async def test_who_sees_proposals_and_who_decides(client: Client, world: World) -> None:
    one = await proposed(client, world)
    here = f"{LADDERS}/{one['id']}"
    for who in ("duty", "admin", "both", "chief", "supervisor", "neighbour", "patroller", "viewer", "nobody"):
        caller, prepares = client(who), who in ("duty", "admin", "both")
        seen = 200 if prepares else 403
        assert (await caller.get(LADDERS)).status_code == seen, who
        assert (await caller.get(here)).status_code == seen, who
        assert (await caller.post(f"{LADDERS}/evaluate", json={"month": "2026-10"})).status_code == seen, who
        for step, body in (("sign", {"sha256": one["sha256"]}), ("decline", {"reason": "x"})):
            assert (await caller.post(f"{here}/{step}", json=body)).status_code == 403, (who, step)
        acts = {"patroller": 403, "viewer": 403, "nobody": 403}.get(who, 200)
        assert (await caller.get(ACTS)).status_code == acts, who
        assert (await caller.get(f"{ACTS}/register")).status_code == acts, who
    leader = client("leader")
    declined = await made(leader, f"{here}/decline", reason="数据尚在复核")
    assert (declined["state"], declined["decided_why"], declined["act"]) == ("declined", "数据尚在复核", None)
    refused = await leader.post(f"{here}/sign", json={"sha256": one["sha256"]})
    assert (refused.status_code, refused.json()["code"]) == (409, "forbidden_transition")
    assert (await made(leader, f"{LADDERS}/evaluate", month="2026-10"))["proposed"] == []
    # Of 2000 no version of the readings knows, nor of the year before it.
    for wrong in ("2026-13", "2027-01", "2000-01", "x"):
        assert (await leader.post(f"{LADDERS}/evaluate", json={"month": wrong})).status_code == 422


async def test_what_is_entered_by_hand_waits_for_another_chief(client: Client, world: World) -> None:
    duty, leader, chief = client("duty"), client("leader"), client("chief")
    asked = {
        "grid": COUNTY, "kind": "interview", "by": "deputy_leader", "in_public": True, "ground": "inspection_slow",
        "facts": "中央环保督察反馈问题整改进度滞后。", "period_from": "2026-11-01", "period_to": "2026-11-20",
    }  # fmt: skip
    act = await made(duty, ACTS, **asked)
    here = f"{ACTS}/{act['id']}"
    assert (act["state"], act["number"], act["proposed_by"]) == ("proposed", None, "姓名 duty")
    # Nobody outside the prefecture sees it before it is signed.
    assert (await chief.get(here)).status_code == 404
    assert (await chief.get(ACTS)).json()["items"] == []
    assert (await client("viewer").get(ACTS)).status_code == 403
    for step, body in (("draft", None), ("hold", {"held_on": "2026-11-23", "follow_up_due": "2026-12-01"})):
        refused = await duty.post(f"{here}/{step}", json=body)
        assert (refused.status_code, refused.json()["code"]) == (409, "forbidden_transition"), step
    own = await made(leader, ACTS, **asked)
    assert (await leader.post(f"{ACTS}/{own['id']}/sign")).status_code == 409
    gone = await made(leader, f"{ACTS}/{own['id']}/decline", reason="重复录入")
    assert (gone["state"], gone["number"]) == ("declined", None)
    assert (await duty.post(f"{here}/sign")).status_code == 403
    signed = await made(leader, f"{here}/sign")
    assert signed["number"] == "ACT-2026-0001"
    assert (await client("neighbour").get(here)).status_code == 404
    assert (await leader.post(f"{here}/object", json={"text": "x"})).status_code == 403
    assert (await chief.post(f"{here}/withdraw", json={"reason": "x"})).status_code == 403
    withdrawn = await made(leader, f"{here}/withdraw", reason="依据有误")
    assert (withdrawn["state"], withdrawn["number"]) == ("withdrawn", "ACT-2026-0001")
    for wrong, field in (
        ({"grid": OTHER_COUNTY[:-1] + "9"}, "grid"),
        ({"facts": ""}, "facts"),
        ({"kind": "notice", "in_public": False}, "document"),
        ({"period_to": "2026-10-01"}, "period_to"),
        ({"period_to": "2026-12-31"}, "period_to"),
        ({"ground": "share"}, "ground"),
    ):
        refused = await duty.post(ACTS, json=asked | wrong)
        assert refused.status_code == 422
        assert field in refused.text


async def test_an_engine_proposes_once_when_people_have_said_what_was_missed(
    client: Client, world: World
) -> None:
    await missed(world, COUNTY, "P-1", found_at=datetime(2026, 10, 20, tzinfo=UTC))
    await missed(world, OTHER_COUNTY, "P-2", found_at=datetime(2026, 11, 2, tzinfo=UTC))
    await signed_month(world, OTHER_COUNTY, month=OCTOBER)
    engine = Engine(world.context, {})
    for _ in range(2):
        await engine.judge_ladders()
    duty = client("duty")
    found = (await duty.get(f"{LADDERS}?state=open")).json()["items"]
    assert {(one["grid"], one["ladder"], one["month"]) for one in found} == {
        (COUNTY, "share", "2026-10"), (OTHER_COUNTY, "last_place", "2026-10"),
    }  # fmt: skip
    share = next(one for one in found if one["ladder"] == "share")
    assert (share["cautions"], share["basis"]["months"][-1]["numbers"]) == (
        ["few_problems", "even_share_reaches"], ["P-1"],
    )  # fmt: skip
    # Of November more is said until the fifth of December.
    world.clock.set(datetime(2026, 12, 5, 15, 59, tzinfo=UTC))
    await engine.judge_ladders()
    duty = client("duty")
    assert (await duty.get(f"{LADDERS}?month=2026-11")).json()["items"] == []
    world.clock.advance(minutes=1)
    await engine.judge_ladders()
    (late,) = (await duty.get(f"{LADDERS}?month=2026-11&ladder=share&grid={OTHER_COUNTY}")).json()["items"]
    assert (late["kind"], late["basis"]["counts"]["share"]) == ("interview", "100.00")
    assert (await duty.get(f"{LADDERS}?state=signed")).json()["items"] == []
