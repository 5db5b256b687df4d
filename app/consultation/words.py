"""Parts that the papers of the consultation share, in Chinese. Pure."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction

from airquality.aqi import Aqi
from airquality.period import BEIJING
from airquality.rounding import round_half_even, rounded
from app.consultation.facts import Facts, Listed, UnitFacts
from app.papers.official import Block, Grid, Text
from supervision.consultation.direction import NAMES
from supervision.consultation.standing import Stretch, change
from supervision.problems.checks import WORDS

NOTHING = "—"
_STATE = {"open": "待交办", "pushed": "整改中", "corrected": "待核查", "cleared": "已销号"}
_CLOCK = {
    "acknowledge": "签收", "feedback": "现场反馈", "report": "处置上报", "rework": "返工上报", "review": "审核",
    "decision": "请示审批", "task": "下派任务", "triage": "上报研判", "recheck": "挂账复查",
}  # fmt: skip
PREFECTURE = "州大气办"
"""Who missed what no county or park did."""
LISTED = 60
"""Problems that a paper names; the list itself has all of them."""


def on(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def short(at: datetime) -> str:
    local = at.astimezone(BEIJING)
    return f"{local.month}月{local.day}日{local:%H:%M}"


def level(stretch_or_day: Stretch | UnitFacts, pollutant: str) -> str:
    levels = stretch_or_day.figures if isinstance(stretch_or_day, Stretch) else stretch_or_day.day
    value = levels.get(pollutant)
    return NOTHING if value is None else str(rounded(pollutant, value))


def index(aqi: Aqi | None) -> tuple[str, str, str]:
    """AQI, level in words, primary pollutants."""
    if aqi is None or aqi.value is None or aqi.level is None:
        return NOTHING, NOTHING, NOTHING
    return str(aqi.value), aqi.level.category, "、".join(NAMES[name] for name in aqi.primary) or NOTHING


def percent(value: Fraction | None) -> str:
    """`+3.2%`, `-1.0%`, `持平`."""
    if value is None:
        return NOTHING
    shown = round_half_even(abs(value), 1)
    if not shown:
        return "持平"
    return f"{'+' if value > 0 else '-'}{shown}%"


def good(stretch: Stretch) -> str:
    return f"{stretch.good}/{stretch.judged}"


def changes(facts: Facts, now: str, before: str) -> Grid:
    """Each unit's figures beside those of the days before."""
    rows = []
    for unit in facts.units:
        row = [unit.name]
        for name in ("pm25", "pm10", "o3"):
            row += [
                level(unit.now, name),
                level(unit.before, name),
                percent(change(unit.now, unit.before, name)),
            ]
        rows.append([*row, good(unit.now)])
    columns = ["县市（园区）"]
    for name in ("pm25", "pm10", "o3"):
        columns += [f"{NAMES[name]}{now}", f"{NAMES[name]}{before}", f"{NAMES[name]}变化"]
    return Grid(
        [*columns, "优良/有效天数"], rows, "单位：微克/立方米；O3为日最大8小时平均第90百分位数",
        tuple(range(1, 11)),
    )  # fmt: skip


def work(facts: Facts) -> Grid:
    """Each unit's alerts, orders, breaches and tasks."""
    rows = [
        [
            unit.name, *(str(n) for n in (
                unit.work.alerts, unit.work.dispatched, unit.work.closed, unit.work.open, unit.work.breached,
                unit.work.tasks, unit.work.tasks_done,
            )),
        ]
        for unit in facts.units
    ]  # fmt: skip
    return Grid(
        ["县市（园区）", "报警", "派发工单", "办结", "期末未办结", "超时", "下派任务", "完成任务"], rows,
        None, tuple(range(1, 8)),
    )  # fmt: skip


def problems(facts: Facts) -> Grid:
    """动态清零 by unit."""
    rows = [
        [unit.name, *(str(n) for n in (
            unit.problems.open, unit.problems.unpushed, unit.problems.waiting, unit.problems.corrected,
            unit.problems.overdue, unit.problems.cleared,
        ))]
        for unit in facts.units
    ]  # fmt: skip
    return Grid(
        ["县市（园区）", "未销号", "待交办", "整改中", "待核查", "逾期", "累计销号"], rows, None,
        tuple(range(1, 7)),
    )  # fmt: skip


def listed(facts: Facts, these: Sequence[Listed], nothing: str) -> list[Block]:
    """Problems by number, with what the last check prescribes as a proposal."""
    if not these:
        return [Text(nothing)]
    rows = [
        [
            one.number, facts.names.get(one.grid_id, ""), one.title, _STATE.get(one.state, one.state),
            NOTHING if one.due_at is None else on((one.due_at.astimezone(BEIJING) - timedelta(seconds=1)).date()),
            _checked(one),
        ]
        for one in these[:LISTED]
    ]  # fmt: skip
    blocks: list[Block] = [Grid(["编号", "县市（园区）", "问题", "状态", "整改期限", "备注"], rows)]
    if len(these) > LISTED:
        blocks.append(Text(f"其余{len(these) - LISTED}个问题见问题清单。"))
    return blocks


def _checked(one: Listed) -> str:
    said = ["逾期"] if one.overdue else []
    if one.checks and one.measure is not None:
        said.append(f"经{one.checks}次核查调度未整改，按规定建议{WORDS[one.measure]}")
    return "；".join(said) or NOTHING


def missed(facts: Facts) -> list[Block]:
    """The deadlines that were missed."""
    if not facts.missed:
        return [Text("期内无超时工单。")]
    rows = [
        [one.number, facts.names.get(one.grid_id, PREFECTURE), _CLOCK[one.clock], short(one.at)]
        for one in facts.missed
    ]
    return [Grid(["工单", "县市（园区）", "环节", "时限"], rows, "超时工单")]


def closing(facts: Facts, day: date) -> tuple[str, str]:
    return facts.office, on(day)
