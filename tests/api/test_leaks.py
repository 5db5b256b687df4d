"""Every GET route there is, asked by a caller of another county and by one without duty: 404, 403 or nothing of it.

Each text that somebody of the county wrote holds a mark, and no answer to these callers may hold one. A new route that
takes something in its path has to say here what it is asked for.
"""

from datetime import date, timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from app.database import transaction
from app.flows import yearly
from dispatch.commands import Acknowledge, GiveFeedback
from models.bulk import fetch
from models.enums import AlertKind, PublicReportChannel
from models.registry import Source
from supervision.public_reports import reports as public_reports
from supervision.public_reports.identity import Reporter
from supervision.public_reports.policy import DEFAULT
from supervision.public_reports.reports import Filing, Photo
from supervision.public_reports.routing import Spot
from tests.api.conftest import Client
from tests.exposures import CASE
from tests.factories import COUNTY, TOWNSHIP, World
from tests.fakes import START
from tests.ladders import signed_month

MARK = "本县内部"
KINSHIP, INTEREST, ILLNESS = "亲属关系", "配偶任职", "住院手术"
ADDRESS = "13800138000"
PHOTO = Photo(b"x" * 32, "image/png", 1)
PARTY = "宏达建材"
PRIVATE = (KINSHIP, INTEREST, ILLNESS, ADDRESS, PARTY)
_STREAMS = ("/feed", "/sla/feed")
"""They do not end; what they filter is the grid of each event, as tests/flow/test_feed.py shows."""
_OF_GRIDS = ("/grids/", "/supervision/duties/")
"""Their `code` is that of a grid."""
QUERIES = {
    "month": "2026-11", "figure": "orders", "grid": COUNTY, "against": "1", "format": "xlsx", "day": "2026-11-20",
    "from": "2026-11-01",
}  # fmt: skip


def at(**parts: float) -> str:
    return (START + timedelta(**parts)).isoformat()


@pytest_asyncio.fixture
async def filled(client: Client, world: World) -> dict[str, Any]:
    """One of everything in the county; gives what stands for each parameter of a path."""
    me, duty, admin, chief = (client(who) for who in ("supervisor", "duty", "admin", "chief"))

    async def made(
        caller: httpx.AsyncClient, path: str, body: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        answer = await caller.post(path, json=body)
        assert answer.is_success, f"{path}: {answer.text}"
        found: dict[str, Any] = answer.json()
        return found

    async with transaction(world.sessions) as session:
        session.add(
            Source(code="WRY-1", name=MARK, grid_id=world.grids[COUNTY].id, lon=87.3, lat=44, category="工地")
        )
    alert = await world.alert("WZ-1", kind=AlertKind.SPIKE.value, why={"note": MARK})
    await world.unrouted("WZ-1")
    quarantined = await world.quarantined(MARK.encode())
    case = await world.sign()
    await made(duty, "/orders", {"grid": COUNTY, "station": "WZ-1", "reason": MARK})
    order = await made(duty, "/orders", {"grid": COUNTY, "reason": MARK})
    await world.act(order["id"], Acknowledge(), GiveFeedback(MARK))
    photo = await me.post("/evidence", files={"file": ("a.png", b"\x89PNG\r\n\x1a\n" + b"x" * 40)})
    task = await made(
        me, f"/orders/{order['id']}/tasks", {"grid": TOWNSHIP, "text": MARK, "due_at": at(minutes=20)}
    )
    asked = {"kind": "transfer", "grid": "652302", "code": "outside_grid", "reason": MARK}
    request = await made(me, f"/orders/{order['id']}/requests", asked)
    kept_out = {"kind": "recusal", "reason": KINSHIP}
    recusal = await made(me, f"/orders/{order['id']}/requests", kept_out)
    found = {"grid": TOWNSHIP, "origin": "patrol", "category": "burning", "text": MARK}
    place = {"location": {"lon": 87.3, "lat": 44.0}}
    report = await made(client("patroller"), "/up-reports", found | place)
    await made(duty, "/units", {"code": "zjj", "name": MARK, "grid": COUNTY})
    await made(duty, "/category-duties", {"category": "工地", "grid": COUNTY, "lead": "zjj", "reason": MARK})
    await made(me, "/conflicts", {"station": "WZ-1", "reason": INTEREST})
    away = {"grid": COUNTY, "role": "supervisor", "person": "both", "from": at(days=2), "until": at(days=3)}
    await made(chief, "/roster/absences", away | {"reason": ILLNESS})
    still = {"kind": "silence", "station": "WZ-1", "until": at(hours=6), "reason": MARK}
    silence = await made(duty, "/silences", still)
    await made(me, "/me/contacts", {"channel": "sms", "address": ADDRESS})
    await made(admin, "/notice-targets", {
        "grid": COUNTY, "channel": "dingtalk", "name": MARK, "classes": ["breach"], "secret": "SEC-x",
        "url": "https://oapi.dingtalk.com/robot/send?access_token=x",
    })  # fmt: skip
    async with transaction(world.sessions) as session:
        filing = Filing(
            "dust", MARK, Spot(words=MARK), PublicReportChannel.WEB, "t", (Photo(b"x" * 32, "image/png", 1),)
        )
        await public_reports.file(
            session, filing, grid_id=world.grids[COUNTY].id, policy=DEFAULT, reporter=Reporter(), mark=None,
            keyring=None, now=world.clock.now(),
        )  # fmt: skip
    await made(me, "/public-reports/1/accept", {"note": MARK})
    reward = await made(me, "/public-reports/1/reward", {"amount": "100", "ground": MARK})
    filed = {"kind": "filed", "as_of": "2026-11-20", "document": MARK}
    listed = await made(chief, f"/supervision/duties/{COUNTY}/lists", filed)
    async with transaction(world.sessions) as session:
        await yearly.keep(world.context.pipeline, session, clock=world.clock)
    plan = (await chief.get(f"/supervision/yearly?kind=plan&level=2&grid={COUNTY}")).json()["items"][0]["id"]
    done = {"done_on": "2026-11-20", "document": MARK}
    await made(chief, f"/supervision/yearly/{plan}/records", done)
    await made(duty, "/supervision/cases", CASE)
    finding = {"kind": "inspection", "ref": "督查〔2026〕1号"}
    dust = {"grid": COUNTY, "category": "dust", "title": MARK, "text": MARK, "finding": finding}
    problem = await made(duty, "/supervision/problems", dust)
    claim = {
        "grid": COUNTY,
        "item": "6",
        "text": MARK,
        "record": {"kind": "document", "ref": "督查〔2026〕1号"},
    }
    point = await made(duty, "/supervision/assessment/2026-11/points", claim)
    await made(duty, "/supervision/cases/batches", {"kind": "ad_hoc", "title": "适时曝光"})
    world.clock.advance(hours=5)
    async with transaction(world.sessions) as session:
        await world.context.pipeline.tick(session, now=world.clock.now(), limit=100)
    assert case is not None
    await signed_month(world, COUNTY, month=date(2026, 10, 1))
    judged = await made(duty, "/supervision/ladders/evaluate", {"month": "2026-10"})
    entered = {"grid": COUNTY, "kind": "interview", "ground": "target_missed", "facts": MARK}
    span = {"period_from": "2026-11-01", "period_to": "2026-11-20"}
    act = await made(duty, "/supervision/acts", entered | span)
    await made(client("leader"), f"/supervision/acts/{act['id']}/sign")
    await made(duty, f"/supervision/acts/{act['id']}/draft")
    await made(duty, "/desk/sign-in", {})
    note = await made(duty, "/desk/sign-out", {"remarks": MARK})
    sweep = await made(me, "/sources/sweeps", {"grid": COUNTY})
    await made(me, f"/sources/sweeps/{sweep['id']}/seen", {"sources": ["WRY-1"], "note": MARK})
    key_list = await made(
        me, "/sources/key-lists", {"grid": COUNTY, "year": 2026, "include": {"WRY-1": MARK}}
    )
    week = {"grid": COUNTY, "kind": "county_week", "first_on": "2026-11-23", "note": MARK}
    summary = await made(me, "/patrols/summaries", week)
    return {
        "sweep_id": sweep["id"], "key_list_id": key_list["id"], "summary_id": summary["id"],
        "alert_id": alert, "quarantine_id": quarantined, "case_id": case.case_id, "order_id": order["id"],
        "evidence_id": photo.json()["id"], "task_id": task["id"], "request_id": request["id"],
        "report_id": report["id"], "silence_id": silence["id"], "code": "WZ-1", "username": "supervisor",
        "recusal": recusal["id"], "person_id": world.people["supervisor"].id, "note_id": note["id"],
        "reward_id": reward["id"], "place": 1,
        "list_id": listed["id"], "duty_id": plan,
        "act_id": act["id"], "proposal_id": judged["proposed"][0],
        # Of the prefecture's own books: there is none, and no county has one.
        "job_id": 1, "candidate_id": 1, "draw_id": 1, "check_id": 1, "version": 1, "batch_id": 1, "paper_id": 1,
        "sample_id": 1, "problem_id": problem["id"], "point_id": point["id"], "month": "2026-11", "year": 2026,
        "grid": COUNTY,
    }  # fmt: skip


def asked(app: FastAPI, filled: dict[str, Any]) -> list[str]:
    """Every GET route with what is in the county; with its `grid` filter and without."""
    found = [f"/requests/{filled['recusal']}"]
    for path, methods in app.openapi()["paths"].items():
        inside = path.removeprefix("/api/v1")
        if "get" not in methods or inside == path or inside in _STREAMS:
            continue
        parameters = methods["get"].get("parameters", ())
        values = filled | ({"code": COUNTY} if inside.startswith(_OF_GRIDS) else {})
        if inside.startswith("/sources/"):
            values |= {"code": "WRY-1", "list_id": filled["key_list_id"]}
        try:
            concrete = inside.format(**values)
        except KeyError as missing:
            raise AssertionError(f"{path}: say here what {missing} is asked for") from None
        needed = [p["name"] for p in parameters if p["in"] == "query" and p.get("required")]
        query = "&".join(f"{name}={QUERIES[name]}" for name in needed)
        found.append(f"{concrete}?{query}" if query else concrete)
        if "grid" not in needed and any(p["name"] == "grid" for p in parameters):
            found.append(f"{concrete}?{query}&grid={COUNTY}" if query else f"{concrete}?grid={COUNTY}")
    return found


@pytest.mark.parametrize("who", ["neighbour", "nobody"])
async def test_nothing_of_a_county_is_seen_from_without(
    client: Client, app: FastAPI, world: World, filled: dict[str, Any], who: str
) -> None:
    outside, number = client(who), f"2026-{COUNTY}-"
    for path in asked(app, filled):
        answer = await outside.get(path)
        assert answer.status_code in (200, 403, 404, 422), (path, answer.text)
        for mark in (MARK, number, *PRIVATE):
            assert mark not in answer.text, (path, mark)
        if f"grid={COUNTY}" in path:
            assert answer.status_code in (403, 404), path


async def test_the_marks_are_there_to_be_seen(client: Client, app: FastAPI, filled: dict[str, Any]) -> None:
    """The county itself, and the prefecture, see what the others do not."""
    seen = {"supervisor": 0, "duty": 0}
    for path in asked(app, filled):
        for who in seen:
            answer = await client(who).get(path)
            assert answer.status_code < 500, path
            seen[who] += MARK in answer.text
    assert seen["supervisor"] >= 15, seen
    assert seen["duty"] >= 15, seen


@pytest.mark.parametrize("who", ["viewer", "patroller", "neighbour", "nobody"])
async def test_personal_reasons_and_addresses_are_not_for_everybody(
    client: Client, app: FastAPI, filled: dict[str, Any], who: str
) -> None:
    for path in asked(app, filled):
        answer = await client(who).get(path)
        for mark in PRIVATE:
            assert mark not in answer.text, (path, mark)


async def test_who_reads_personal_reasons(
    client: Client, app: FastAPI, world: World, filled: dict[str, Any]
) -> None:
    """The person, and the prefecture's desk; an absence also whoever plans the turns. An address nobody reads whole."""
    read: dict[str, set[str]] = {mark: set() for mark in PRIVATE}
    for who in ("supervisor", "chief", "leader", "duty", "admin"):
        for path in asked(app, filled):
            answer = await client(who).get(path)
            for mark in PRIVATE:
                if mark in answer.text:
                    read[mark].add(who)
    assert read[KINSHIP] == {"supervisor", "duty", "admin"}
    assert read[INTEREST] == {"supervisor", "duty", "admin"}
    assert read[ADDRESS] == set()
    assert read[PARTY] == {"duty", "admin"}
    assert {"duty", "admin"} <= read[ILLNESS]
    async with world.sessions() as session:
        kept = await fetch(session, "SELECT data::text FROM journal")
    assert not [row[0] for row in kept if any(mark in row[0] for mark in PRIVATE)]
