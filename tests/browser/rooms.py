"""Every page with something on it, for what holds of all of them: nobody is kept out, nothing is cut off."""

import json
import struct
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx

from app.database import transaction
from dispatch.commands import Acknowledge
from models.bulk import fetch
from models.enums import OrderState
from models.registry import Grid, Source
from tests.browser.conftest import Site
from tests.factories import COUNTY, OTHER_COUNTY, PASSWORD, TOWNSHIP
from tests.public_reports import fill_in, send
from tests.reviews import neighbours

LONG_NAME = "昌吉国家高新技术产业开发区北部综合物料堆场（示范）"


@dataclass(frozen=True, slots=True)
class Room:
    """A page as one person sees it. `path` names what `furnish` made, as {order}."""

    name: str
    who: str | None
    path: str
    status: int = 200
    least: int = 0
    """Pixels of width below which nobody opens it."""


ROOMS = (
    Room("login", None, "/login"),
    Room("board", "duty", "/"),
    Room("board-of-a-county", "supervisor", "/"),
    Room("wall", "duty", "/?wall=1", least=1000),
    Room("order", "duty", "/orders/{order}"),
    Room("order-to-act-on", "supervisor", "/orders/{order}"),
    Room("order-to-review", "duty", "/orders/{reported}"),
    Room("order-late", "leader", "/orders/{late}"),
    Room("board-below", "patroller", "/"),
    Room("tasks", "patroller", "/tasks"),
    Room("task-to-act-on", "patroller", "/tasks/{task}"),
    Room("reports-of-a-patroller", "patroller", "/reports"),
    Room("report-new", "patroller", "/reports/new"),
    Room("reports", "supervisor", "/reports"),
    Room("report-to-judge", "supervisor", "/reports/{report}"),
    Room("report-decided", "supervisor", "/reports/{decided}"),
    Room("report-referred", "duty", "/reports/{referred}"),
    Room("unrouted", "duty", "/unrouted"),
    Room("order-by-hand", "duty", "/orders/new?station=WZ-1"),
    Room("stations", "duty", "/stations"),
    Room("station", "duty", "/stations/WZ-1"),
    Room("field", "supervisor", "/f"),
    Room("field-order", "supervisor", "/f#{order}"),
    Room("nowhere", "duty", "/nowhere", status=404),
    Room("desk", "duty", "/desk"),
    Room("desk-note", "duty", "/desk/notes/{note}"),
    Room("papers", "duty", "/papers"),
    Room("public", None, "/public"),
    Room("public-report", None, "/public/report"),
    Room(
        "public-report-details",
        None,
        "/public/report/details?category=burning&lon=87.3&lat=44.0&place=三队东侧",
    ),
    Room("public-reports", "duty", "/supervision/public-reports"),
    Room("public-report-desk", "supervisor", "/supervision/public-reports/{public_report}"),
    Room("rewards", "leader", "/supervision/rewards"),
    Room("my-keys", "supervisor", "/me/keys"),
    Room("admin", "admin", "/admin"),
    Room("admin-people", "admin", "/admin/people"),
    Room("admin-person", "admin", "/admin/people/{person}"),
    Room("admin-registry", "admin", "/admin/registry"),
    Room("admin-grid", "admin", "/admin/registry/652301"),
    Room("admin-station", "admin", "/admin/registry/stations/WZ-1"),
    Room("admin-import", "admin", "/admin/registry/import"),
    Room("admin-staffing", "admin", "/admin/staffing"),
    Room("admin-silences", "duty", "/admin/silences"),
    Room("admin-silence", "duty", "/admin/silences/{silence}"),
    Room("admin-rules", "admin", "/admin/rules"),
    Room("admin-rule-set", "admin", "/admin/rules/1"),
    Room("admin-rule-draft", "admin", "/admin/rules/2"),
    Room("admin-policies", "admin", "/admin/policies"),
    Room("admin-policy", "admin", "/admin/policies/1"),
    Room("admin-policy-draft", "admin", "/admin/policies/2"),
    Room("admin-outbox", "admin", "/admin/outbox"),
    Room("admin-quarantine", "admin", "/admin/quarantine"),
    Room("admin-quarantined", "admin", "/admin/quarantine/{quarantined}"),
    Room("admin-audit", "admin", "/admin/audit"),
    Room("admin-watch", "admin", "/admin/watch"),
)


async def windy_smoke(site: Site, *sources: tuple[str, str, float, float]) -> None:
    """A clean hour and a high one at WZ-1 in a steady north-west wind; sources are code, name, lon, lat."""
    world = site.world
    async with transaction(world.sessions) as session:
        grid_id = world.grids[COUNTY].id
        await fetch(session, "UPDATE station SET lon = 87.33, lat = 44.02 WHERE code = 'WZ-2'")
        for code, name, lon, lat in sources:
            session.add(Source(code=code, name=name, grid_id=grid_id, lon=lon, lat=lat, category="秸秆焚烧"))
    now = world.clock.now()
    for minutes in range(60, -1, -1):
        at = now - timedelta(minutes=minutes)
        high = minutes < 3
        body = {
            "observed_at": at.isoformat(),
            "values": {"pm25": 400.0 if high else 35.0 + minutes % 3, "pm10": 520.0 if high else 70.0 + minutes % 4},
            "met": {"wind_speed": 1.5 + minutes % 4, "wind_direction": 310.0 + minutes % 11},
        }  # fmt: skip
        site.story.source.put(f"geshao/v1/{COUNTY}/WZ-1/reading", json.dumps(body).encode())
        await site.story.consumer.run_once()
        await site.story.judge()


def picture(shade: int) -> bytes:
    """A PNG of one colour, 160 by 120."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        body = kind + content
        return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))

    row = b"\0" + bytes((shade, 120, 255 - shade)) * 160
    head = struct.pack(">IIBBBBB", 160, 120, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(row * 120))
        + chunk(b"IEND", b"")
    )


async def furnish(site: Site) -> dict[str, int]:
    """A day's worth of everything; gives the orders that rooms name."""
    world = site.world
    await neighbours(world)
    async with transaction(world.sessions) as session:
        session.add(Grid(code="652301199", name="空岗镇", level=3, parent_id=world.grids[COUNTY].id))
    late = await world.order(OTHER_COUNTY, reason="夜间异常排放，" * 8 + "巡查发现")
    world.clock.advance(hours=1, minutes=50)
    await site.story.engine.tick()
    await windy_smoke(site, ("UP", LONG_NAME, 87.29, 44.007), ("NEAR", "示范热力站", 87.297, 44.004))
    async with world.sessions() as session:
        ((order,),) = await fetch(
            session, "SELECT id FROM work_order WHERE alert_id IS NOT NULL ORDER BY id LIMIT 1"
        )
    await world.act(order, Acknowledge())
    reported = await world.order(COUNTY, reason="工地扬尘")
    async with _signed_in(site, "supervisor") as client:
        await client.post(f"/orders/{reported}/acknowledge")
        for step, shade in (("feedback", 200), ("report", 60)):
            files = {"file": (f"{step}-现场.png", picture(shade), "image/png")}
            evidence = (await client.post("/evidence", files=files)).json()["id"]
            said = {"finding": "工地未覆盖", "cause_code": "construction_dust"} if step == "feedback" else {
                "measures": "已覆盖并洒水", "result": "浓度下降", "claims": "recovered",
            }  # fmt: skip
            answer = await client.post(f"/orders/{reported}/{step}", json=said | {"evidence": [evidence]})
            assert answer.is_success, answer.text
        until = (world.clock.now() + timedelta(minutes=100)).isoformat()
        clocks = (await client.get(f"/orders/{order}")).json()["clocks"]
        clock = next(one["id"] for one in clocks if one["kind"] == "feedback")
        asked = {"kind": "extension", "clock_id": clock, "until": until, "reason": "道路结冰，绕行"}
        answer = await client.post(f"/orders/{order}/requests", json=asked)
        assert answer.is_success, answer.text
    await world.order_in(OrderState.RETURNED)
    await world.order_in(OrderState.CLOSED)
    below = await _below(site, order)
    await world.unrouted("WZ-7")
    quarantined = await world.quarantined(b"\x00\xff{not json <script>")
    async with _signed_in(site, "duty") as client:
        hours = (world.clock.now() + timedelta(hours=3)).isoformat()
        silence = await _made(
            client, "/silences", kind="silence", station="WZ-8", until=hours, reason="路面施工"
        )
        await _made(client, "/desk/sign-in")
        note = await _made(client, "/desk/sign-out", remarks="昌吉市工单请继续电话跟踪。")
        await _made(client, "/desk/sign-in")
    async with _signed_in(site, "admin") as client:
        await _made(client, "/rules", patch={}, note="冬季草案")
        await _made(client, "/sla/policies", patch={}, note="试行草案")
    await site.story.engine.tick()
    person = world.people["supervisor"].id
    public = await _public_reports(site)
    return {
        "order": order, "reported": reported, "late": late, "quarantined": quarantined, "silence": silence["id"],
        "note": note["id"], "person": person,
    } | below | public  # fmt: skip


async def _public_reports(site: Site) -> dict[str, int]:
    """One report of the public that waits, and one that was accepted and may be rewarded."""
    world = site.world
    where = {"category": "burning", "lon": "87.3", "lat": "44.0", "place": "三队东侧地头", "grid": COUNTY}
    async with httpx.AsyncClient(base_url=site.url, timeout=20) as stranger:
        for shade in (40, 220):
            fields, _ = await fill_in(
                stranger, world, where=where, text=f"夜间焚烧秸秆，烟向住宅飘散。{LONG_NAME}"
            )
            answer = await send(stranger, fields, {"photos": ("a.png", picture(shade), "image/png")})
            assert answer.status_code == 303, answer.text
    async with _signed_in(site, "supervisor") as client:
        found = (await client.get("/public-reports")).json()["items"]
        await _made(client, f"/public-reports/{found[1]['id']}/accept", note="已派人核查")
        await _made(client, f"/public-reports/{found[1]['id']}/reward", amount="200.00", ground="线索属实")
    return {"public_report": found[1]["id"]}


async def _below(site: Site, order: int) -> dict[str, int]:
    """What a township is to do of the order, and what it has found itself."""
    world = site.world
    problem = {
        "grid": TOWNSHIP, "category": "burning", "text": "三队东侧地头焚烧秸秆，约两亩，烟向住宅飘散。",
        "place": "三队东侧机耕道",
        "location": {"lon": 87.293, "lat": 44.006, "accuracy_m": 14.0},
    }  # fmt: skip
    async with _signed_in(site, "patroller") as client:
        files = {"file": ("焚烧.png", picture(230), "image/png")}
        evidence = (await client.post("/evidence", files=files)).json()["id"]
        report = await _made(client, "/up-reports", **problem, evidence=[evidence])
        decided = await _made(client, "/up-reports", **problem | {"text": "同一处地头又有明火。"})
        referred = await _made(
            client, "/up-reports", **problem | {"category": "waste", "text": "界河边堆放垃圾。"}
        )
    async with _signed_in(site, "supervisor") as client:
        said = {"decision": "merge", "report": report["id"], "reason": "同一处焚烧"}
        await _made(client, f"/up-reports/{decided['id']}/triage", **said)
        said = {"decision": "refer", "reason": "垃圾来自邻县，需州级协调"}
        await _made(client, f"/up-reports/{referred['id']}/triage", **said)
        task, part = [
            await _made(
                client, f"/orders/{order}/tasks", grid=TOWNSHIP, text=text,
                due_at=(world.clock.now() + timedelta(minutes=minutes)).isoformat(),
            )
            for text, minutes in (("查看北部堆场是否覆盖，未覆盖的立即覆盖。", 25), ("对机耕道洒水两遍。", 20))
        ]  # fmt: skip
    async with _signed_in(site, "patroller") as client:
        await _made(client, f"/tasks/{part['id']}/take")
    return {
        "task": task["id"], "report": report["id"], "decided": decided["id"], "referred": referred["id"],
    }  # fmt: skip


@asynccontextmanager
async def _signed_in(site: Site, username: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"{site.url}/api/v1", timeout=20) as client:
        signed = await client.post("/auth/token", data={"username": username, "password": PASSWORD})
        client.headers["Authorization"] = f"Bearer {signed.json()['access_token']}"
        yield client


async def _made(client: httpx.AsyncClient, path: str, **body: Any) -> dict[str, Any]:
    answer = await client.post(path, json=body or None)
    assert answer.is_success, answer.text
    return dict(answer.json())
