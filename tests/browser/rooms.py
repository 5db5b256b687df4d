"""Every page with something on it, for what holds of all of them: nobody is kept out, nothing is cut off."""

import json
import struct
import zlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx

from app.database import transaction
from app.papers.official import Chart, ChartKind, Document, Heading, Series, Text, to_json
from app.papers.official import Grid as Grid_
from dispatch.commands import Acknowledge
from models.bulk import fetch
from models.enums import OrderState, PaperKind, SourceKind
from models.registry import Grid, Source
from supervision.papers import papers as drafts
from supervision.sources import files
from supervision.sources.file import SourceFile
from tests import exposures
from tests.browser.conftest import Site
from tests.factories import AS_THE_OWNER, COUNTY, OTHER_COUNTY, PASSWORD, TOWNSHIP, World
from tests.ladders import missed, signed_month
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
    Room("supervision", "duty", "/supervision"),
    Room("papers-of-the-office", "duty", "/supervision/papers"),
    Room("paper-draft", "leader", "/supervision/papers/{draft_paper}"),
    Room("paper-issued", "supervisor", "/supervision/papers/{issued_paper}"),
    Room("typical-cases", "duty", "/supervision/cases"),
    Room("typical-case", "duty", "/supervision/cases/{draft_case}"),
    Room("typical-case-to-sign", "leader", "/supervision/cases/{signing_case}"),
    Room("batch-of-cases", "leader", "/supervision/cases/batches/{batch}"),
    Room("public", None, "/public"),
    Room("public-cases", None, "/public/cases"),
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
    Room("ladders", "leader", "/supervision/ladders"),
    Room("acts", "duty", "/supervision/acts"),
    Room("act", "duty", "/supervision/acts/{act}"),
    Room("assessment", "duty", "/supervision/assessment"),
    Room("assessment-of-a-county", "chief", "/supervision/assessment/2026-11/652301"),
    Room("who-answers", "duty", "/supervision/duties"),
    Room("who-answers-here", "chief", "/supervision/duties/652301"),
    Room("list-to-note", "duty", "/supervision/duties/lists/{list}"),
    Room("yearly", "duty", "/supervision/yearly"),
    Room("yearly-to-record", "chief", "/supervision/yearly/{training}"),
    Room("consultation", "duty", "/supervision/consultation"),
    Room("problems", "duty", "/supervision/problems"),
    Room("problem", "duty", "/supervision/problems/{problem}"),
    Room("problem-new", "duty", "/supervision/problems/new"),
    Room("problem-candidates", "duty", "/supervision/problems/candidates"),
    Room("problem-sample", "duty", "/supervision/problems/samples/{sample}"),
    Room("sources", "supervisor", "/supervision/sources"),
    Room("source-file", "supervisor", "/supervision/sources/CY-1"),
    Room("sweep", "supervisor", "/supervision/sweeps/{sweep}"),
    Room("key-lists", "supervisor", "/supervision/key-lists"),
    Room("key-list", "chief", "/supervision/key-lists/{key_list}"),
    Room("patrols", "supervisor", "/supervision/patrols"),
    Room("patrol-plans", "supervisor", "/supervision/patrol-plans"),
    Room("patrol-summary", "supervisor", "/supervision/patrols/{patrol_summary}"),
    Room("field-places", "patroller", "/f"),
    Room("public-report", None, "/public/report"),
    Room(
        "public-report-details",
        None,
        "/public/report/details?category=burning&lon=87.3&lat=44.0&place=三队东侧",
    ),
    Room("public-reports", "duty", "/supervision/public-reports"),
    Room("public-report-desk", "supervisor", "/supervision/public-reports/{public_report}"),
    Room("report-rules", "admin", "/supervision/report-rules"),
    Room("rewards", "leader", "/supervision/rewards"),
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
    below = await _below(site, order) | await _patrolled(site)
    await world.unrouted("WZ-7")
    quarantined = await world.quarantined(b"\x00\xff{not json <script>")
    async with _signed_in(site, "duty") as client:
        hours = (world.clock.now() + timedelta(hours=3)).isoformat()
        silence = await _made(
            client, "/silences", kind="silence", station="WZ-8", until=hours, reason="路面施工"
        )
        claim = {"grid": COUNTY, "item": "6", "record": {"kind": "document", "ref": "州环督〔2026〕17号"}}
        await _made(
            client,
            "/supervision/assessment/2026-11/points",
            text=f"{LONG_NAME}未按要求覆盖，整改不彻底",
            **claim,
        )
        await _made(client, "/desk/sign-in")
        note = await _made(client, "/desk/sign-out", remarks="昌吉市工单请继续电话跟踪。")
        await _made(client, "/desk/sign-in")
    async with _signed_in(site, "admin") as client:
        await _made(client, "/rules", patch={}, note="冬季草案")
        await _made(client, "/sla/policies", patch={}, note="试行草案")
    act = await _act(site)
    duties = await _duties(site)
    await site.story.engine.tick()
    person = world.people["supervisor"].id
    more = await _public_reports(site) | await _problems(site) | await _cases(site)
    return {
        "order": order, "reported": reported, "late": late, "quarantined": quarantined, "silence": silence["id"],
        "note": note["id"], "person": person, "act": act,
    } | below | duties | more | await papers_of_the_office(world)  # fmt: skip


async def _cases(site: Site) -> dict[str, int]:
    """A typical case in each stage: in preparation with a name in it, with the chief in charge, in a batch, out."""
    await exposures.make_officers(site.world)
    async with AsyncExitStack() as stack:
        people = {
            name: await stack.enter_async_context(_signed_in(site, name))
            for name in ("duty", "examiner", "leader", "publicity")
        }

        def client(name: str | None) -> httpx.AsyncClient:
            return people[name or ""]

        await exposures.appointed(client)
        await exposures.published(client, site.world, await exposures.approved(client))
        approved = await exposures.approved(client, number="昌州环罚〔2026〕13号")
        batch = await _made(people["duty"], "/supervision/cases/batches", kind="ad_hoc", title=LONG_NAME)
        await _made(
            people["duty"],
            f"/supervision/cases/batches/{batch['id']}/cases",
            case=int(approved.rsplit("/")[-1]),
        )
        signing = await exposures.submitted(client, number="昌州环罚〔2026〕14号")
        await _made(people["examiner"], f"{signing}/sign", step="bureau", dossier=exposures.DOSSIER)
        draft = await exposures.registered(
            client, number="昌州环罚〔2026〕15号", title=LONG_NAME.replace("昌吉国家", "某")
        )
        leaking = exposures.TEXT["body"][:400] + "\n经查，宏达建材公司负责人王小明，电话13999999999。"
        await _made(
            people["duty"], f"/supervision/cases/{draft['id']}/texts", title="某建材公司案", body=leaking
        )
    return {"draft_case": draft["id"], "signing_case": int(signing.rsplit("/")[-1]), "batch": batch["id"]}


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


async def papers_of_the_office(world: World) -> dict[str, int]:
    """A notice that is still a draft, and an issued brief."""
    document = Document(
        "11月22日会商简报",
        (
            Heading("一、空气质量"),
            Text("昨日全州 PM₂.₅ 均值 40 µg/m³，昌吉市首要污染物为 PM₁₀。建议今日重点管控施工与道路扬尘。"),
            Grid_(
                ("县市（园区）", "PM₂.₅", "较前日"),
                (("昌吉市", "41", "+6"), ("阜康市", "37", "−2")),
                "昨日均值",
                (1, 2),
            ),
            Chart(
                ChartKind.BARS,
                "图1 昨日 PM₂.₅",
                ("昌吉市", "阜康市"),
                (Series("昨日", (41.0, 37.0)),),
                "µg/m³",
            ),
        ),
        to="各县市（园区）：",
        sender="昌吉州大气污染联防联控领导小组办公室",
        closing=("州大气办", "2026年11月22日"),
    )
    now, duty = world.clock.now(), world.people["duty"].id
    day = now.date()
    async with transaction(world.sessions) as session:
        brief = await drafts.draft(
            session, drafts.About(PaperKind.BRIEF, day, day), to_json(document), by=duty, now=now
        )
        await drafts.issue(session, brief.id, seen=brief.digest, by=world.people["leader"].id, now=now)
        about = drafts.About(PaperKind.NOTICE, day, day, world.grids[COUNTY].id)
        notice = replace(document, title="关于北部堆场扬尘问题的通报")
        draft = await drafts.draft(session, about, to_json(notice), by=duty, now=now)
        return {"issued_paper": brief.id, "draft_paper": draft.id}


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


async def _act(site: Site) -> int:
    """Proposals that wait, and an interview that was held, with the county's report and statement to be answered."""
    world = site.world
    await signed_month(world, COUNTY, month=date(2026, 9, 1))
    await signed_month(world, COUNTY, month=date(2026, 10, 1))
    for number, county in (("P-1", COUNTY), ("P-2", OTHER_COUNTY)):
        await missed(world, county, number, found_at=datetime(2026, 10, 20, tzinfo=UTC))
    async with _signed_in(site, "duty") as duty, _signed_in(site, "leader") as leader:
        for month in ("2026-09", "2026-10"):
            await _made(duty, "/supervision/ladders/evaluate", month=month)
        found = (await duty.get("/supervision/ladders?ladder=last_place&month=2026-10")).json()["items"][0]
        act = await _made(leader, f"/supervision/ladders/{found['id']}/sign", sha256=found["sha256"])
        drafted = await _made(duty, f"/supervision/acts/{act['id']}/draft")
        await _made(leader, f"/supervision/acts/{act['id']}/issue", sha256=drafted["paper"]["sha256"])
        await _made(
            duty, f"/supervision/acts/{act['id']}/hold", held_on="2026-11-23", follow_up_due="2026-12-20",
            attended="市长", minutes="纪要〔2026〕3号", report_due="2026-12-10",
        )  # fmt: skip
    async with _signed_in(site, "chief") as chief:
        await _made(chief, f"/supervision/acts/{act['id']}/report", report="已覆盖裸土12处，尚有2处在办。")
        await _made(chief, f"/supervision/acts/{act['id']}/object", text="部分扬尘来自邻县工地。")
    return int(act["id"])


async def _duties(site: Site) -> dict[str, int]:
    """A county with some of those who have to answer, a filed list, and the yearly duties."""
    chief = site.world.people["chief"].id
    async with _signed_in(site, "admin") as client:
        duty = (await client.get(f"/people/{chief}")).json()["duties"][0]["id"]
        await _made(client, f"/people/{chief}/duties/{duty}/terms", post="party")
        sub = {"username": "fen", "name": "分管副市长", "role": "sub_chief", "covers": [TOWNSHIP]}
        await _made(client, "/people", grid=COUNTY, **sub)
    await site.story.engine.keep_yearly()
    async with _signed_in(site, "chief") as client:
        office = {
            "name": "昌吉市大气污染联防联控领导小组办公室",
            "head": "主任 王某",
            "document": "昌市党办〔2023〕3号",
        }
        await _made(client, f"/supervision/duties/{COUNTY}/office", **office)
        filed = {"kind": "filed", "as_of": "2026-11-02", "document": "昌市大气办〔2026〕12号，2026年11月2日"}
        listed = await _made(client, f"/supervision/duties/{COUNTY}/lists", **filed)
        published = {"place": "昌吉市人民政府网 政务公开栏", "contact": "12369；0994-0000000"}
        await _made(
            client, f"/supervision/duties/{COUNTY}/lists", kind="published", as_of="2026-11-02", **published
        )
        yearly = (await client.get(f"/supervision/yearly?kind=training&grid={COUNTY}")).json()["items"]
        attended = {
            "done_on": "2026-11-20",
            "document": "培训签到表 A-12",
            "attendees": ["supervisor", "村干部"],
        }
        await _made(client, f"/supervision/yearly/{yearly[0]['id']}/records", **attended)
    return {"list": listed["id"], "training": yearly[0]["id"]}


async def _problems(site: Site) -> dict[str, int]:
    """Problems on the list: one that is late and was checked, one near it, and a cleared one in a sample."""
    path, now = "/supervision/problems", site.world.clock.now()
    spot = {"lon": 87.29, "lat": 44.007}
    late = {
        "grid": TOWNSHIP, "category": "dust", "title": "北部综合物料堆场未覆盖", "place": "堆场西侧",
        "text": "西侧约两亩物料露天堆放，未覆盖、未喷淋。", "location": spot,
        "finding": {"kind": "inspection", "ref": "昌州环督〔2026〕3号"},
    }  # fmt: skip
    today = (now + timedelta(hours=8)).date().isoformat()
    async with _signed_in(site, "duty") as client:
        problem = (await _made(client, path, **late))["id"]
        await _made(client, path, **late | {"finding": {"kind": "complaint", "ref": "12369-20261123-0081"}})
        await _made(client, f"{path}/{problem}/push", due_on=today, text="全部覆盖并喷淋")
        await _made(client, f"{path}/{problem}/judge", missed=True, text="当地巡查三日未发现")
        other = late | {
            "grid": OTHER_COUNTY,
            "finding": {"kind": "media", "ref": "https://news.example/" + "x" * 60},
        }
        cleared = (await _made(client, path, **other))["id"]
        await _made(client, f"{path}/{cleared}/push", due_on=today)
    async with _signed_in(site, "neighbour") as client:
        await _made(client, f"{path}/{cleared}/correct", text="已全部覆盖")
    async with _signed_in(site, "duty") as client:
        await _made(client, f"{path}/{cleared}/clear", text="现场核实")
        # The rest of the day is over for these rows alone: the sessions of the rooms last no longer.
        async with transaction(site.world.sessions) as session:
            await fetch(
                session, "UPDATE problem SET due_at = $1 WHERE id = $2", now - timedelta(hours=1), problem
            )
        await _made(client, f"{path}/{problem}/checks", text="现场仍未覆盖")
        period = {"from": (now - timedelta(days=1)).isoformat(), "until": now.isoformat(), "size": 1}
        async with transaction(site.world.sessions) as session:
            await fetch(session, AS_THE_OWNER)
            await fetch(
                session, "UPDATE problem SET ended_at = $1 WHERE id = $2", now - timedelta(minutes=1), cleared
            )
        sample = (await _made(client, f"{path}/samples", **period))["id"]
        await _made(client, "/supervision/consultation/drafts", kind="brief")
    return {"problem": problem, "sample": sample}


async def _patrolled(site: Site) -> dict[str, int]:
    """Sources of a township, visited or not, in a sweep and on a list of key sources."""
    world = site.world
    places = []
    async with transaction(world.sessions) as session:
        for code, name in (("CY-1", LONG_NAME), ("CY-2", "示范餐馆")):
            file = SourceFile(
                code, name, TOWNSHIP, 87.3, 44.0, "餐饮", kind=SourceKind.CATERING, pollutants=("pm25",),
                contact="张三", emissions={"pm25": Decimal("61.5"), "cod": Decimal("0.02")},
            )  # fmt: skip
            at = world.clock.now() - timedelta(days=1)
            made = await files.register(session, file, why="初次建档", by=world.people["admin"].id, now=at)
            places.append(f"s{made.source_id}")
    async with _signed_in(site, "patroller") as client:
        here = {"lon": 87.3001, "lat": 44.0, "accuracy_m": 9.0}
        await _made(client, "/patrols/visits", place=places[0], found="fine", location=here)
        far = {"found": "problem", "note": "后院焚烧垃圾", "location": here | {"lon": 87.35}}
        await _made(client, "/patrols/visits", place=places[1], **far)
    async with _signed_in(site, "supervisor") as client:
        document = {
            "kind": "emergency_plan",
            "number": "预案〔2024〕3号",
            "dated": "2024-03-01",
            "valid_until": "2026-03-01",
        }
        await _made(client, "/sources/CY-1/documents", **document)
        sweep = await _made(client, "/sources/sweeps", grid=COUNTY)
        await _made(client, f"/sources/sweeps/{sweep['id']}/seen", sources=["CY-1"], note="正常经营")
        hand = {"include": {"CY-2": "居民多次反映油烟"}, "exclude": {}}
        listed = await _made(client, "/sources/key-lists", grid=COUNTY, year=2026, **hand)
        week = {"grid": COUNTY, "kind": "county_week", "first_on": "2026-11-23", "note": "请中山路街道补查。"}
        await _made(client, "/patrols/plans", source="CY-1", per_day=2, within_m=200)
        summary = await _made(client, "/patrols/summaries", **week)
    return {"sweep": sweep["id"], "key_list": listed["id"], "patrol_summary": summary["id"]}


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
