"""The notice of a month's assessment 月度考核通报, out of its frozen inputs and result. Pure.

It is a draft in the words of an office: a person edits it, and another one issues it.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from app.console.citing import cited
from app.console.names import named
from app.console.texts import CHINESE, Texts, texts
from app.papers.official import MOST_ROWS, Block, Document, Grid, Heading, Text
from models.clock import BEIJING
from models.enums import PointItem
from supervision.assessment.sheet import counted_in, plain, takes_of

_OFFICE = "大气污染联防联控领导小组办公室"
_LONGEST = 300
"""Characters of a reason in a table; the whole of it stands in the record."""


def notice(
    inputs: Mapping[str, Any],
    result: Mapping[str, Any],
    *,
    names: Mapping[str, str],
    prefecture: str,
    today: datetime,
) -> Document:
    """The draft; `names` are those of the units by code."""
    words = texts(CHINESE)
    month = date.fromisoformat(f"{inputs['month']}-01")
    when, units = f"{month.year}年{month.month}月", result["units"]
    rated = sorted(units, key=lambda unit: (-Decimal(unit["total"]), unit["code"]))
    points = {unit["code"]: unit["points"] for unit in inputs["units"]}
    blocks: list[Block] = [
        Text(
            f"依据《昌吉州网格化环境监管与考核办法》第五条、第六条，对{len(units)}个县市（园区）{when}"
            "网格化环境监管体系建设及运行情况进行了综合考核，现将结果通报如下。"
        ),
        Heading("一、考核结果"),
        Grid(
            ("县市（园区）", "体系建设", "体系运行", "另行扣减", "加分", "总分", "等次"),
            [_row(words, unit, names) for unit in rated],
            caption=f"{when}考核得分",
            figures=(1, 2, 3, 4, 5),
        ),
        Heading("二、扣分与加分情况"),
        *_reasons(words, rated, points, names),
    ]
    failed = [unit for unit in rated if unit["fails"]]
    if failed:
        blocks.append(Heading("三、直接判定不合格情形"))
        for unit in failed:
            why = "；".join(named(words, "direct_fail", kind) for kind in unit["fails"])
            blocks.append(Text(f"{names.get(unit['code'], unit['code'])}：{why}。"))
    sender = f"{prefecture}{_OFFICE}"
    day = today.astimezone(BEIJING)
    return Document(
        title=f"关于{when}网格化环境监管月度考核情况的通报",
        blocks=tuple(blocks),
        to="各县市（园区）：",
        sender=sender,
        closing=(sender, f"{day.year}年{day.month}月{day.day}日"),
    )


def _row(words: Texts, unit: Mapping[str, Any], names: Mapping[str, str]) -> tuple[str, ...]:
    return (
        names.get(unit["code"], unit["code"]),
        unit["building"],
        unit["operation"],
        unit["overflow"],
        unit["bonus"],
        unit["total"],
        named(words, "grade", unit["grade"]),
    )


def _reasons(
    words: Texts,
    units: Sequence[Mapping[str, Any]],
    points: Mapping[str, Sequence[Mapping[str, Any]]],
    names: Mapping[str, str],
) -> list[Block]:
    """Every point that made a difference, with its article and its record."""
    rows = [
        (
            names.get(unit["code"], unit["code"]),
            named(words, "point_item", point["item"]),
            point["text"][:_LONGEST],
            f"{cited(words, point['article'])}；{point['record']['ref']}",
            _weight(point),
        )
        for unit in units
        for point in points[unit["code"]]
        if point["id"] in counted_in(unit)
    ]
    if not rows:
        return [Text("本月无扣分、加分事项。")]
    found: list[Block] = []
    if len(rows) > MOST_ROWS:
        found.append(Text(f"共{len(rows)}项，以下列出前{MOST_ROWS}项。"))
    columns = ("县市（园区）", "考核项", "事由", "依据", "分值")
    return [*found, Grid(columns, rows[:MOST_ROWS], caption="扣分与加分明细", figures=(4,))]


def _weight(point: Mapping[str, Any]) -> str:
    item = PointItem(point["item"])
    if item is PointItem.BONUS:
        return "+2"
    takes = takes_of(item, point["count"])
    return "不合格" if takes is None else f"-{plain(takes)}"
