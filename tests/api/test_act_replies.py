"""What a unit says and reports on an act, what the prefecture answers, and a basis that was signed anew."""

from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.database import transaction
from tests.api.browsing import Browser, Forms, visible
from tests.api.conftest import Client
from tests.factories import COUNTY, OTHER_COUNTY, World
from tests.ladders import signed_month

LADDERS, ACTS = "/supervision/ladders", "/supervision/acts"
EVERYBODY = (
    "duty", "admin", "leader", "chief", "supervisor", "neighbour", "patroller", "viewer", "nobody",
)  # fmt: skip
ASKED = {
    "grid": COUNTY, "kind": "interview", "by": "deputy_leader", "ground": "inspection_slow", "facts": "整改滞后。",
    "period_from": "2026-11-01", "period_to": "2026-11-20",
}  # fmt: skip


async def made(client: httpx.AsyncClient, path: str, **body: Any) -> dict[str, Any]:
    answer = await client.post(path, json=body or None)
    assert answer.is_success, answer.text
    return dict(answer.json())


async def held(client: Client, report_due: str | None = "2026-12-10") -> str:
    """An interview that was held and demands a report; gives its path."""
    duty, leader = client("duty"), client("leader")
    act = await made(duty, ACTS, **ASKED)
    here = f"{ACTS}/{act['id']}"
    await made(leader, f"{here}/sign")
    drafted = await made(duty, f"{here}/draft")
    await made(leader, f"{here}/issue", sha256=drafted["paper"]["sha256"])
    await made(
        duty, f"{here}/hold", held_on="2026-11-23", follow_up_due="2026-12-20", attended="市长", minutes="纪要1号",
        report_due=report_due,
    )  # fmt: skip
    return here


async def refused(client: httpx.AsyncClient, path: str, status: int, **body: Any) -> str:
    answer = await client.post(path, json=body or None)
    assert answer.status_code == status, answer.text
    return str(answer.json()["code"])


async def test_a_report_is_sent_back_handed_in_again_and_accepted(client: Client, world: World) -> None:
    here = await held(client)
    duty, chief = client("duty"), client("chief")
    assert (await duty.get(here)).json()["report"] == {
        "state": "awaited",
        "due": "2026-12-10",
        "overdue": False,
    }
    assert await refused(duty, f"{here}/accept-report", 409) == "forbidden_transition"
    assert await refused(duty, f"{here}/complete", 409, result="完成") == "unfinished"
    await refused(chief, f"{here}/report", 422, report=" ")
    given = await made(chief, f"{here}/report", report="已覆盖裸土12处。")
    assert given["report"]["state"] == "given"
    assert await refused(chief, f"{here}/report", 409, report="再报") == "forbidden_transition"
    assert await refused(duty, f"{here}/complete", 409, result="完成") == "unfinished"
    for due in ("2026-11-22", "2027-11-30"):
        assert (
            "report_due"
            in (await duty.post(f"{here}/return-report", json={"reason": "缺照片", "report_due": due})).text
        )
    back = await made(duty, f"{here}/return-report", reason="缺照片", report_due="2026-12-15")
    assert back["report"] == {"state": "returned", "due": "2026-12-15", "overdue": False}
    world.clock.set(datetime(2026, 12, 16, 4, tzinfo=UTC))
    duty, chief = client("duty"), client("chief")
    (late,) = (await duty.get(f"{ACTS}?overdue=true")).json()["items"]
    assert (late["overdue"], late["report"]["overdue"]) == (False, True)
    await made(chief, f"{here}/report", report="补充照片，全部完成。")
    accepted = await made(duty, f"{here}/accept-report")
    assert accepted["report"] == {"state": "accepted", "due": "2026-12-15", "overdue": False}
    done = await made(duty, f"{here}/complete", result="已整改。")
    assert [(step["step"], step["by"]) for step in done["steps"][-5:]] == [
        ("report", "姓名 chief"), ("return_report", "姓名 duty"), ("report", "姓名 chief"),
        ("accept_report", "姓名 duty"), ("complete", "姓名 duty"),
    ]  # fmt: skip
    async with world.sessions() as session:
        rows = await session.execute(
            text("SELECT kind, grid_id FROM journal WHERE kind LIKE 'act.report%' ORDER BY id")
        )
        assert [tuple(row) for row in rows] == [
            (kind, world.grids[COUNTY].id)
            for kind in ("act.reported", "act.report_returned", "act.reported", "act.report_accepted")
        ]


async def test_a_statement_and_its_answer_are_both_kept(client: Client) -> None:
    here = await held(client, report_due=None)
    duty, leader, chief = client("duty"), client("leader"), client("chief")
    assert (await chief.get(here)).json()["report"] is None
    assert await refused(chief, f"{here}/report", 409, report="x") == "forbidden_transition"
    assert await refused(leader, f"{here}/answer", 409, text="x") == "forbidden_transition"
    said = await made(client("supervisor"), f"{here}/object", text="扬尘来自外地。")
    assert said["unanswered"] is True
    assert await refused(duty, f"{here}/complete", 409, result="完成") == "unfinished"
    answered = await made(leader, f"{here}/answer", text="已核实，维持。")
    assert answered["unanswered"] is False
    seen = (await chief.get(here)).json()["steps"][-2:]
    assert [(step["step"], step["said"]) for step in seen] == [
        ("object", {"text": "扬尘来自外地。"}), ("answer", {"text": "已核实，维持。"}),
    ]  # fmt: skip
    await made(duty, f"{here}/complete", result="完成")
    assert await refused(leader, f"{here}/answer", 409, text="x") == "forbidden_transition"


async def test_who_reports_judges_and_answers(client: Client, browser: Browser) -> None:
    here = await held(client)
    bodies: dict[str, dict[str, Any]] = {
        "report": {"report": "x"}, "accept_report": {}, "return_report": {"reason": "x", "report_due": "2026-12-01"},
        "answer": {"text": "x"},
    }  # fmt: skip
    may = {
        "report": {"chief"}, "accept_report": {"duty", "admin", "leader"}, "return_report": {"duty", "admin", "leader"},
        "answer": {"leader"},
    }  # fmt: skip
    for who in EVERYBODY:
        caller, window = client(who), browser(who)
        token = Forms((await window.get("/stations")).text).found["logout"]
        for step, body in bodies.items():
            if who in may[step]:
                continue
            # Another county's act is not there; on the way of the prefecture's steps that is not looked at.
            answer = await caller.post(f"{here}/{step.replace('_', '-')}", json=body)
            assert answer.status_code == (404 if (who, step) == ("neighbour", "report") else 403), (who, step)
            page = await window.post(f"{here}/{step}", data=token | body | {"once": f"{who}-{step}"})
            assert page.status_code == (404 if who == "neighbour" else 403), (who, step)
    for who in ("admin", "leader"):
        await made(client("chief"), f"{here}/report", report="x")
        await made(client(who), f"{here}/return-report", reason="x", report_due="2026-12-01")


async def test_the_database_holds_reports_to_their_way(client: Client, world: World) -> None:
    here = await held(client)
    act = int(here.rsplit("/", 1)[1])
    for wrong in (
        "report = 'accepted'", "report = 'lost'", "report = NULL, report_due = NULL", "report_due = '2027-01-01'",
        "state = 'completed'",
    ):  # fmt: skip
        with pytest.raises(DBAPIError):
            async with transaction(world.sessions) as session:
                await session.execute(text(f"UPDATE supervisory_act SET {wrong} WHERE id = {act}"))


async def test_an_act_says_that_its_month_was_signed_anew(
    client: Client, browser: Browser, world: World
) -> None:
    october = date(2026, 10, 1)
    await signed_month(world, COUNTY, month=october)
    duty, leader = client("duty"), client("leader")
    (proposal,) = (await made(duty, f"{LADDERS}/evaluate", month="2026-10"))["proposed"]
    one = (await duty.get(f"{LADDERS}/{proposal}")).json()
    act = await made(leader, f"{LADDERS}/{proposal}/sign", sha256=one["sha256"])
    here = f"{ACTS}/{act['id']}"
    assert act["renewed"] == []
    assert "依据已有新版本" not in (await browser("chief").get(here)).text
    await signed_month(world, COUNTY, month=october, version=2)
    # Judged anew the same is prescribed: the act stands, and says what it rests on.
    again = await made(duty, f"{LADDERS}/evaluate", month="2026-10")
    assert (again["proposed"], again["overtaken"]) == ([], [])
    assert (await client("chief").get(here)).json()["renewed"] == [
        {"month": "2026-10", "version": 1, "newest": 2}
    ]
    for path in (here, ACTS):
        assert "依据已有新版本" in visible((await browser("chief").get(path)).text)


async def test_the_inbox_of_the_signer_shows_what_others_entered_by_hand(
    client: Client, browser: Browser
) -> None:
    await made(client("duty"), ACTS, **ASKED)
    own = await made(client("leader"), ACTS, **ASKED | {"grid": OTHER_COUNTY})
    page = (await browser("leader").get(LADDERS)).text
    section = page.split('id="by-hand"')[1].split("</section>")[0]
    assert "昌吉市" in section
    assert f"{ACTS}/{own['id']}" not in section
    # Whoever does not sign, a ladder or another state: nothing of it.
    assert 'id="by-hand"' not in (await browser("duty").get(LADDERS)).text
    for query in ("state=signed", "ladder=share", "month=2026-10"):
        assert 'id="by-hand"' not in (await browser("leader").get(f"{LADDERS}?{query}")).text


async def test_the_forms_of_reports_say_what_is_wrong_and_keep_what_was_typed(
    client: Client, browser: Browser
) -> None:
    here = await held(client)
    duty, chief = browser("duty"), browser("chief")
    hostile = "<script>alert(1)</script>已整改"
    sent = Forms((await chief.get(here)).text).found["report"]
    for _ in range(2):
        done = await chief.post(f"{here}/report", data=sent | {"report": hostile})
        assert done.headers["location"] == f"{here}?done=report"
    page = await duty.get(here)
    assert "<script>alert" not in page.text
    assert "整改报告" in visible(page.text)
    assert "report" not in Forms(page.text).found
    back = Forms(page.text).found["return_report"] | {"reason": "缺照片", "report_due": "2026-11-01"}
    wrong = await duty.post(f"{here}/return_report", data=back)
    assert wrong.status_code == 422
    assert "退回后的时限自今日起" in wrong.text
    assert 'value="缺照片"' in wrong.text
    back = Forms((await duty.get(here)).text).found["return_report"]
    await duty.post(f"{here}/return_report", data=back | {"reason": "缺照片", "report_due": "2026-12-15"})
    assert "已退回，须重新提交" in visible((await chief.get(here)).text)
    assert "sent back, due anew" in visible((await chief.get(f"{here}?lang=en")).text)
    # The county is told that it owes one.
    assert "待提交" not in visible((await chief.get(here)).text)
