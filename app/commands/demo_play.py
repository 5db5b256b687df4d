"""What the people of the demonstration do by themselves: some orders from end to end, for every page to have something.

They act over the API with their own sign-ins, as real ones would. Each act has an Idempotency-Key made of the
demonstration's start, so a run that goes on finds done what was done. Only `geshao demo` plays this.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import httpx
import structlog

from app.commands.demo_stage import Cast, Play, Scene
from models.clock import Clock

log = structlog.get_logger()
PATIENCE = 120.0
"""Seconds for an answer: the service reads four hours of readings while the first acts come."""
FRESH = 10
"""Orders of 昌吉市 that nobody of the play touches, for whoever tries the program;"""
FRESH_EVERY = 180.0
"""one in so many seconds."""
WATCH = {"enough_minutes": 1.0, "held": 1}
"""The first reading after a report decides: stations report every two and a half minutes."""


async def play(
    http: str, *, begun: datetime, password: str, clock: Clock, scenes: Mapping[str, Scene]
) -> None:
    """All scenes beside one another; what is refused ends its own scene alone."""
    # Whatever proxy the environment names is not for this machine's own service.
    async with httpx.AsyncClient(base_url=http, timeout=PATIENCE, trust_env=False) as client:
        cast = Cast(client, clock, begun, password)
        async with asyncio.TaskGroup() as group:
            for name, scene in scenes.items():
                group.create_task(_guarded(name, scene, cast))
    log.info("demo.play_over")


async def _guarded(name: str, scene: Scene, cast: Cast) -> None:
    try:
        await scene(Play(cast, name))
    except httpx.HTTPStatusError as refused:
        # Whoever tries the program may have been quicker, or the run was away for too long.
        log.info(
            "demo.scene_ended", scene=name, status=refused.response.status_code, why=_why(refused.response)
        )
    except httpx.HTTPError as fault:
        log.warning("demo.scene_broke_off", scene=name, why=repr(fault))


def _why(response: httpx.Response) -> str:
    try:
        return str(response.json().get("detail", ""))
    except ValueError:
        return ""


async def transfer(play: Play) -> None:
    """Dispatched to the wrong county: handed on, with clocks of the receiver's own; waits for its review."""
    order = await play.order(3, "652302", "群众反映：准东公路一侧焦化企业异味扰民", severity="serious")
    await play.act(9, "fk-supervisor", f"{order}/acknowledge")
    asked = {
        "kind": "transfer", "grid": "652327", "code": "source_elsewhere",
        "reason": "现场核实：企业在吉木萨尔县境内，不属本市",
    }  # fmt: skip
    request = await play.act(15, "fk-supervisor", f"{order}/requests", asked)
    granted = {"decision": "approve", "misdispatched": True, "comment": "核对边界，属派单错误"}
    await play.act(26, "zhiban-2", f"/requests/{request['id']}/decide", granted)
    found = {
        "finding": "焦炉装煤时除尘罩未落下，烟气外逸",
        "cause": "工业排放",
        "cause_code": "industrial_stack",
    }
    await play.act(44, "jms-supervisor", f"{order}/feedback", found)
    done = {"measures": "责令停止装煤，检修除尘罩后复产", "result": "现场异味消失"}
    await play.act(80, "jms-supervisor", f"{order}/report", done)


async def extension(play: Play) -> None:
    """More time for the report, a task for the township meanwhile; in time by the moved deadline, and closed."""
    order = await play.order(5, "652323", "巡查发现：大丰镇砂石料场大面积裸露")
    await play.act(12, "htb-supervisor", f"{order}/acknowledge")
    found = {
        "finding": "料堆约三千平方米未覆盖，道路积尘",
        "cause": "物料堆场",
        "cause_code": "bulk_materials",
    }
    await play.act(22, "htb-supervisor", f"{order}/feedback", found)
    now = await play.read("htb-supervisor", order)
    (clock,) = (clock for clock in now["clocks"] if clock["kind"] == "report")
    due = datetime.fromisoformat(clock["original_due_at"])
    below = {
        "grid": "652323101",
        "text": "督促料场覆盖并拍照",
        "due_at": (due - timedelta(seconds=2)).isoformat(),
    }
    task = await play.act(30, "htb-supervisor", f"{order}/tasks", below)
    await play.act(38, "df-1", f"/tasks/{task['id']}/take")
    until = (due + timedelta(seconds=60)).isoformat()
    asked = {
        "kind": "extension",
        "clock_id": clock["id"],
        "until": until,
        "reason": "苫布从县城调运，还需一分钟",
    }
    request = await play.act(46, "htb-supervisor", f"{order}/requests", asked)
    granted = {"decision": "approve", "comment": "同意，到场后立即覆盖"}
    await play.act(58, "zhou-chief", f"/requests/{request['id']}/decide", granted)
    await play.act(68, "df-1", f"/tasks/{task['id']}/complete", {"finding": "已覆盖九成，其余正在进行"})
    done = {"measures": "全部覆盖，道路洒水清扫", "result": "料场不再起尘", "claims": "improved"}
    await play.act(112, "htb-supervisor", f"{order}/report", done)
    await play.act(130, "zhiban-2", f"{order}/review", await _checked(play, "accept", comment="同意办结"))


async def rework(play: Play) -> None:
    """Returned with coded reasons, reported again with photos; waits for its second review."""
    order = await play.order(8, "652324", "群众反映：城郊工地夜间土方作业扬尘")
    await play.act(14, "mns-supervisor", f"{order}/acknowledge")
    found = {
        "finding": "工地出入口未冲洗车辆，带泥上路",
        "cause": "施工扬尘",
        "cause_code": "construction_dust",
    }
    await play.act(28, "mns-supervisor", f"{order}/feedback", found)
    done = {"measures": "已口头要求整改", "result": "施工单位表示配合"}
    await play.act(48, "mns-supervisor", f"{order}/report", done)
    back = {
        "decision": "return", "comment": "口头要求不算措施，请附整改前后照片",
        "reasons": ["evidence_missing", "measure_insufficient"],
    }  # fmt: skip
    await play.act(64, "zhiban-2", f"{order}/review", back)
    before = await play.photo(92, "mns-supervisor", "整改前.png", (150, 112, 70))
    after = await play.photo(93, "mns-supervisor", "整改后.png", (86, 132, 84))
    again = {
        "measures": "安装车辆冲洗设备，出入口硬化，裸土覆盖", "result": "车辆冲洗后上路，路面已清扫",
        "evidence": [before, after],
    }  # fmt: skip
    await play.act(100, "mns-supervisor", f"{order}/report", again)


async def joint(play: Play) -> None:
    """Two counties under a lead: the other's part is reported, the lead's is still open."""
    order = await play.order(11, "652325", "奇台与吉木萨尔交界处秸秆焚烧，烟带跨界", severity="serious")
    await play.act(17, "qt-supervisor", f"{order}/acknowledge")
    asked = {
        "kind": "joint", "mode": "cross_county", "lead": "652325", "others": ["652327"],
        "reason": "火点在两县交界，需同时到场",
    }  # fmt: skip
    request = await play.act(25, "qt-supervisor", f"{order}/requests", asked)
    granted = {"decision": "approve", "comment": "奇台县牵头"}
    await play.act(40, "zhiban-2", f"/requests/{request['id']}/decide", granted)
    (part,) = (await play.read("zhiban-2", order))["children"]
    child = f"/orders/{part['id']}"
    await play.act(52, "jms-supervisor", f"{child}/acknowledge")
    found = {"finding": "界河西岸两处火点", "cause": "秸秆", "cause_code": "straw"}
    await play.act(60, "qt-supervisor", f"{order}/feedback", {**found, "finding": "界河东岸一处火点"})
    await play.act(72, "jms-supervisor", f"{child}/feedback", found)
    done = {"measures": "明火扑灭，登记地块责任人", "result": "无余烟"}
    await play.act(95, "jms-supervisor", f"{child}/report", done)


async def verdict(play: Play) -> None:
    """The first order of an alert at 昌吉市 is reported as settled; the station's next reading says whether it is."""
    order = await _first_of_alert(play, "652301")
    if order is None:
        return
    await play.act(12, "cj-supervisor", f"{order}/acknowledge")
    found = {"finding": "站点东侧拆迁工地未喷淋", "cause": "施工扬尘", "cause_code": "construction_dust"}
    await play.act(26, "cj-supervisor", f"{order}/feedback", found)
    done = {"measures": "停工，雾炮与洒水车到场", "result": "现场已无明显扬尘", "claims": "recovered"}
    await play.act(54, "cj-supervisor", f"{order}/report", done)


async def _first_of_alert(play: Play, grid: str) -> str | None:
    """Whichever the readings bring first, a few minutes long."""
    for second in range(4, 180, 2):
        await play.cast.wait(second)
        listed = await play.read("zhiban-2", "/orders", grid=grid, limit=200)
        begun = play.cast.begun.timestamp()
        for one in reversed(listed["items"]):
            if (
                one["alert_id"] is not None
                and datetime.fromisoformat(one["dispatched_at"]).timestamp() >= begun
            ):
                return f"/orders/{one['id']}"
    return None


async def drill(play: Play) -> None:
    order = await play.order(20, "652301402", "演练：重污染应急响应启动后的首次到场", drill=True)
    await play.act(30, "gx-supervisor", f"{order}/acknowledge")
    await play.act(48, "gx-supervisor", f"{order}/feedback", {"finding": "演练：人员十五分钟内到场"})


async def upward(play: Play) -> None:
    """One problem from a township becomes an order."""
    told = {
        "grid": "652323101", "category": "burning", "text": "村道旁焚烧垃圾，浓烟", "place": "大丰镇联丰村北",
        "location": {"lon": 86.61, "lat": 44.27},
    }  # fmt: skip
    report = await play.act(24, "df-1", "/up-reports", told)
    await play.act(44, "htb-supervisor", f"/up-reports/{report['id']}/triage", {"decision": "order"})


async def waiting(play: Play) -> None:
    """Another one waits for whoever tries the program as the supervisor of 昌吉市."""
    told = {
        "grid": "652301001", "origin": "public", "category": "dust", "text": "沿街商铺装修扬尘",
        "place": "宁边路街道", "location": {"lon": 87.30, "lat": 44.02},
    }  # fmt: skip
    await play.act(32, "nb-1", "/up-reports", told)


async def fresh(play: Play) -> None:
    for number in range(FRESH):
        second = 6 + number * FRESH_EVERY
        await play.order(second, "652301", "群众反映：昌吉市区道路扬尘，请到场核实")


async def _checked(play: Play, decision: str, **more: str) -> dict[str, Any]:
    """A review with the checklist in force, every item answered."""
    rules = await play.read("zhiban-2", "/review-policy")
    items: Sequence[Mapping[str, str]] = rules["body"]["checklist"]
    answers = [{"item": item["key"], "answer": "yes"} for item in items]
    return {"decision": decision, "checklist": answers, **more}


async def rules(play: Play) -> None:
    """Deadlines are short here, so the watch after a report is short as well."""
    body = (await play.read("admin", "/review-policy"))["body"]
    if any(body["watch"][name] != value for name, value in WATCH.items()):
        body["watch"] |= WATCH
        await play.act(0, "admin", "/review-policy", {"body": body, "note": "演示：报告后首个读数即作结论"})


async def desk(play: Play) -> None:
    """A shift was handed over: its note waits for whoever tries the program at the duty desk, and the desk is taken."""
    await play.act(1, "zhiban-2", "/desk/sign-in", {})
    left = {"remarks": "准东公路一侧异味已两次反映，请盯紧复测；大丰镇砂石料场的苫布还在路上。"}
    await play.act(36, "zhiban-2", "/desk/sign-out", left)
    await play.act(38, "zhiban-1", "/desk/sign-in", {})


SCENES: dict[str, Scene] = {
    scene.__name__: scene
    for scene in (rules, transfer, extension, rework, joint, verdict, drill, upward, waiting, fresh, desk)
}
