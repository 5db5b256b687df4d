"""What the people of the demonstration have done in supervision: two months of the air, targets, problems, papers.

Every figure is invented and says so in its document; nothing of it was measured or published. Deadlines of supervision
are days, so most of it stands at once, a little of it waits for whoever tries the program.
"""

import re
from datetime import date, timedelta
from typing import Any

from app.commands.demo_stage import Play, Scene
from models.clock import BEIJING

INVENTED = "演示数据，非监测结果"
"""The document of every figure entered here."""
RULES = "环办监测〔2018〕19号"
INDICES: dict[str, tuple[str, str, str, str]] = {
    "652301": ("4.01", "4.20", "3.84", "4.06"),
    "652302": ("4.96", "5.02", "4.71", "4.95"),
    "652323": ("5.20", "5.47", "4.88", "5.10"),
    "652324": ("4.83", "4.97", "4.52", "4.80"),
    "652325": ("4.31", "4.36", "4.20", "4.31"),
    "652327": ("4.58", "4.49", "4.43", "4.39"),
    "652328": ("3.12", "3.20", "3.01", "3.14"),
    "652301402": ("5.55", "5.73", "5.26", "5.52"),
    "652301400": ("5.08", "5.30", "4.90", "5.11"),
    "6523ZD": ("5.34", "5.21", "5.12", "5.06"),
}
"""By unit the composite index of the last month and of the same a year before, then of the month before and its own."""


def month_before(day: date, months: int) -> date:
    """The first of the month so many before the one of the day."""
    whole = day.year * 12 + day.month - 1 - months
    return date(whole // 12, whole % 12 + 1, 1)


async def air(play: Play) -> None:
    """Two months computed: the earlier one signed, the last one waits for its signature."""
    if (await play.read("zhiban-1", "/supervision/air/months"))["items"]:
        return
    last, before = month_before(_today(play), 1), month_before(_today(play), 2)
    months = (last, month_before(last, 12), before, month_before(before, 12))
    for place, month in enumerate(months):
        rows = [{"grid": grid, "value": values[place]} for grid, values in INDICES.items()]
        said = {"month": f"{month:%Y-%m}", "rules": RULES, "document": INVENTED, "rows": rows}
        await play.act(1, "zhiban-1", "/supervision/air/published", said)
    for place, month in enumerate(months):
        await _days(play, month, 46 + 4 * (place % 2) - 3 * (place // 2))
    made = await play.act(2, "zhiban-1", f"/supervision/air/months/{before:%Y-%m}/compute", {})
    signed = {"sha256": made["sha256"]}
    await play.act(3, "zhou-chief", f"/supervision/air/months/{before:%Y-%m}/sign", signed)
    await play.act(3, "zhiban-1", f"/supervision/air/months/{before:%Y-%m}/bulletin")
    await play.act(4, "zhiban-1", f"/supervision/air/months/{last:%Y-%m}/compute", {})
    await play.act(5, "zhiban-1", "/supervision/ladders/evaluate", {"month": f"{before:%Y-%m}"})


async def _days(play: Play, month: date, level: int) -> None:
    """A month of daily values of the three stations of 昌吉市, about a level, with weeks that come and go."""
    lines = ["station,date,pm2_5,pm10,so2,co,no2,o3_8h"]
    for number, station in enumerate(("2691A", "2692A", "3613A")):
        day = month
        while day.month == month.month:
            swing = (day.day * 7 + number * 5) % 23 - 11
            pm25 = level + swing
            values = (
                pm25,
                round(pm25 * 1.7),
                8 + number,
                round(0.6 + pm25 / 100, 1),
                24 + swing // 2,
                84 - swing,
            )
            lines.append(",".join([station, day.isoformat(), *map(str, values)]))
            day += timedelta(days=1)
    await play.sheet(2, "zhiban-1", "/supervision/air/days/import", "\n".join(lines), INVENTED)


async def targets(play: Play) -> None:
    if (await play.read("zhiban-1", "/supervision/targets", year=_today(play).year))["items"]:
        return
    year = _today(play).year
    for grid, yearly in (("652301", "42"), ("652302", "38"), ("652325", "33")):
        said = {"year": year, "pollutant": "pm25", "yearly": yearly, "document": INVENTED, "grid": grid}
        await play.act(4, "zhiban-1", "/supervision/targets", said)


async def problems(play: Play) -> None:
    """Cleared, to be looked at, being corrected, to be pushed: one of each; a claim and an objection to it."""
    if (await play.read("zhiban-1", "/supervision/problems"))["items"]:
        return
    today = _today(play)
    cleared = await _problem(
        play, 6, "652323", "dust", "砂石料场未覆盖", "大丰镇砂石料场堆料约三千平方米未覆盖", "督查〔演示〕1号"
    )
    await play.act(7, "zhiban-1", f"{cleared}/push", {"due_on": _day(today, 5)})
    await play.act(8, "htb-supervisor", f"{cleared}/correct", {"text": "已全部覆盖，场区道路硬化并洒水"})
    await play.act(9, "zhiban-2", f"{cleared}/clear", {"text": "现场核查，已覆盖"})
    looked = await _problem(
        play,
        10,
        "652301",
        "burning",
        "沿街露天烧烤无净化设施",
        "夜市六个摊位无油烟净化设施",
        "督查〔演示〕2号",
    )
    await play.act(11, "zhiban-1", f"{looked}/push", {"due_on": _day(today, 3)})
    await play.act(12, "cj-supervisor", f"{looked}/correct", {"text": "六个摊位均已加装净化设施"})
    missed = await _problem(
        play,
        13,
        "652302",
        "coal_boiler",
        "供热站脱硫设施停运",
        "在线数据显示脱硫停运六小时，当地未发现",
        "自治区督导〔演示〕3号",
    )
    await play.act(14, "zhiban-1", f"{missed}/push", {"due_on": _day(today, 2)})
    await play.act(15, "zhiban-1", f"{missed}/judge", {"missed": True, "text": "当地巡查三日未发现"})
    await _problem(
        play, 16, "652324", "enterprise", "水泥厂无组织排放", "包装车间密闭不严", "媒体报道〔演示〕"
    )
    claim = {
        "grid": "652302", "item": "6", "text": "自治区督导发现供热站脱硫设施停运",
        "record": {"kind": "document", "ref": "自治区督导〔演示〕3号"},
    }  # fmt: skip
    point = await play.act(17, "zhiban-1", f"/supervision/assessment/{today:%Y-%m}/points", claim)
    why = {"reason": "停运系设备检修，已提前报备"}
    await play.act(18, "fk-chief", f"/supervision/assessment/points/{point['id']}/object", why)


async def _problem(
    play: Play, second: float, grid: str, category: str, title: str, text: str, document: str
) -> str:
    """A problem found by an inspection; gives its path."""
    kind = "media" if document.startswith("媒体") else "inspection"
    said = {
        "grid": grid, "category": category, "title": title, "text": text,
        "finding": {"kind": kind, "ref": document},
    }  # fmt: skip
    made = await play.act(second, "zhiban-1", "/supervision/problems", said)
    return f"/supervision/problems/{made['id']}"


async def duties(play: Play) -> None:
    """A list that is filed, an office, and a plan of the year that is recorded."""
    if (await play.read("cj-chief", "/supervision/duties/652301/lists"))["items"]:
        return
    today = _today(play)
    office = {"name": "昌吉市大气污染防治网格办", "head": "示范主任", "document": "昌市党办〔演示〕5号"}
    await play.act(8, "cj-chief", "/supervision/duties/652301/office", office)
    filed = {"kind": "filed", "as_of": _day(today, -3), "document": "昌市网格办〔演示〕8号"}
    await play.act(9, "cj-chief", "/supervision/duties/652301/lists", filed)
    found = await play.read("cj-chief", "/supervision/yearly", kind="plan", level=2, grid="652301")
    for duty in found["items"][:1]:
        record = {"done_on": _day(today, -30), "document": "昌市政办〔演示〕12号"}
        await play.act(20, "cj-chief", f"/supervision/yearly/{duty['id']}/records", record)


async def cases(play: Play) -> None:
    """A typical case with its text, that waits for the bureau."""
    if (await play.read("zhiban-1", "/supervision/cases"))["items"]:
        return
    day = _today(play)
    said = {
        "number": "昌州环罚〔演示〕12号", "title": "某建材公司超标排放案", "kind": "penalty", "grid": "652301",
        "violations": ["excess", "facilities"], "decided": _day(day, -240), "served": _day(day, -235),
        "parties": [{"kind": "company", "name": "示范宏达建材有限公司"}],
    }  # fmt: skip
    case = await play.act(9, "zhiban-1", "/supervision/cases", said)
    await play.act(
        10, "zhiban-1", f"/supervision/cases/{case['id']}/texts", {"title": said["title"], "body": CASE_TEXT}
    )
    await play.act(11, "zhiban-1", f"/supervision/cases/{case['id']}/submit")


async def public(play: Play) -> None:
    """Two reports through the public form, which knows no keys of acts: one is being handled, one waits."""
    listed = await play.read("cj-supervisor", "/public-reports", limit=2)
    if listed["items"]:
        return
    for second, category, place, text in (
        (6, "dust", "北京南路在建小区", "夜间土方作业，没有洒水，扬尘很大。"),
        (22, "burning", "宁边路农贸市场后巷", "每天傍晚有人焚烧垃圾，气味刺鼻。"),
    ):
        await _reported(play, second, category, place, text)
    listed = await play.read("cj-supervisor", "/public-reports", limit=2)
    if listed["items"]:
        number = listed["items"][-1]["id"]
        await play.act(40, "cj-supervisor", f"/public-reports/{number}/accept", {"note": "已安排到场核查"})


async def _reported(play: Play, second: float, category: str, place: str, text: str) -> None:
    where = {"category": category, "place": place, "grid": "652301"}
    await play.cast.wait(second)
    form = await play.cast.client.get("/public/report/details", params=where)
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form.text))
    # A person takes longer over it than a machine would; the form asks for that.
    shown = play.cast.clock.now() - play.cast.begun
    await play.cast.wait(shown.total_seconds() + 12)
    sent: dict[str, Any] = hidden | {"text": text}
    answer = await play.cast.client.post(
        "/public/report/details", data=sent, files={"photos": ("", b"", "application/octet-stream")}
    )
    if answer.status_code >= 400:
        answer.raise_for_status()


async def paper(play: Play) -> None:
    """The weekly dispatch report as a draft."""
    if (await play.read("zhiban-1", "/supervision/papers", kind="dispatch"))["items"]:
        return
    await play.act(40, "zhiban-1", "/supervision/consultation/drafts", {"kind": "dispatch"})


def _today(play: Play) -> date:
    return play.cast.begun.astimezone(BEIJING).date()


def _day(day: date, days: int) -> str:
    return (day + timedelta(days=days)).isoformat()


CASE_TEXT = (
    "【演示案例，企业、人名和情节均为虚构】今年年初，生态环境综合行政执法人员根据大气网格报警线索，对某建材公司开展现"
    "场检查。该公司主要生产水泥制品，配料、搅拌和成品堆放均在同一厂区内进行，属于当地重点管控的扬尘和颗粒物排放单位。"
    "检查当天，微型监测站显示该区域颗粒物浓度在一小时内快速上升，明显高于周边站点，网格监督员在规定时限内到达现场，并"
    "将初步情况报告县级网格办公室。\n"
    "执法人员到场时，生产线正在运行，配套的布袋除尘器电源处于关闭状态，排气筒出口烟尘肉眼可见，配料车间大门敞开，地面"
    "积尘较厚，露天堆放的砂石料约两千立方米没有任何覆盖。经询问现场负责人并调取配电记录，该公司为节省电费，自前一日夜"
    "间起擅自停运除尘设施，停运时间累计超过九个小时，其间没有向生态环境主管部门报告，也没有采取任何替代措施。执法人员"
    "现场制作检查笔录和询问笔录，拍摄照片、视频，并委托有资质的监测机构对排放口采样。监测报告显示，颗粒物排放浓度超过"
    "国家规定的排放标准一点六倍。\n"
    "该公司的行为违反了大气污染防治法关于向大气排放污染物应当符合排放标准、不得通过不正常运行大气污染防治设施等逃避监"
    "管的方式排放污染物的规定。州生态环境局依法立案调查，经集体审议，责令该公司立即改正违法行为，处以罚款，并依法告知"
    "其陈述、申辩和申请听证的权利。该公司在法定期限内没有提出听证申请，也没有申请行政复议或者提起行政诉讼，行政处罚决"
    "定已经生效，罚款已全部缴纳。属地网格长约谈了企业负责人，要求限期完成料场封闭和车间密闭改造。\n"
    "整改期间，网格员每日到现场巡查一次，记录设施运行和覆盖情况，并上传照片。一个月后，执法人员开展后督察，除尘设施与"
    "生产设备已实现联锁，设施停运时生产线自动停机；砂石料场建成封闭料棚，出入口安装车辆冲洗装置，厂区道路全部硬化并配"
    "备洒水车。周边微型监测站数据显示，颗粒物浓度恢复到与相邻区域一致的水平，没有再次出现异常升高。\n"
    "这起案件给我们的启示是：污染防治设施不是摆设，停运一时的电费省下来，换来的是更高的违法成本。企业是污染治理的责任"
    "主体，应当建立设施运行台账，明确专人值守，发生故障必须立即停产检修并及时报告。各级网格要把重点排放单位作为每日巡"
    "查的必到点位，发现设施停运、物料裸露、车辆带泥上路等问题，第一时间处置、第一时间上报。欢迎广大群众通过举报平台反"
    "映身边的大气污染问题，经查证属实的，将按照规定给予奖励，并对举报人的信息严格保密。让我们共同守护家园的蓝天白云。\n"
)
SCENES: dict[str, Scene] = {
    scene.__name__: scene for scene in (air, targets, problems, duties, cases, public, paper)
}
