"""The monthly bulletin of the air 环境空气质量月度通报, out of a signed month and nothing else: pure, in Chinese.

It states ranks and figures; what follows from a last place is proposed and signed elsewhere.
"""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from app.console.figures import index, level, signed
from app.console.names import named
from app.console.texts import CHINESE, texts
from app.papers.official import Block, Chart, ChartKind, Document, Grid, Heading, Series, Text
from models.enums import POLLUTANTS

_ZH = texts(CHINESE)
_NOTHING = "—"
_NOT_RANKED = {
    "no_index": "本月无有效指数，不参与排名",
    "no_base": "无上年同月指数，不参与排名",
    "other_rules": "两期指数计算规则不同，不参与排名",
}
_DRAWN = ("pm25", "pm10")
_UNITS = {name: "mg/m³" if name == "co" else "µg/m³" for name in POLLUTANTS}
_NUMERALS = "一二三四五六七八九"


def bulletin(
    month: str,
    units: Sequence[Mapping[str, Any]],
    excluded: Mapping[str, Mapping[str, Sequence[str]]],
    *,
    office: str,
    version: int,
    sha256: str,
    signed_on: date,
) -> Document:
    """The paper of a month written like 2026-10; `units` are those of its result with their names, in its order.

    `excluded` are the dust days by code of the unit: day of the month and pollutants.
    """
    year, number = (int(part) for part in month.split("-"))
    spoken = f"{year}年{number}月"
    names = {unit["code"]: str(unit["name"]) for unit in units}
    parts: list[tuple[str, list[Block]]] = [
        ("总体情况", [Text(_overview(spoken, units))]),
        ("综合指数改善率排名", list(_ranking(units))),
        ("各项污染物浓度", list(_figures(units))),
        ("沙尘影响剔除情况", list(_dust(units, excluded, names, number))),
        ("监测数据无效及替代情况", list(_void(units))),
    ]
    published = list(_published(units))
    if published:
        parts.append(("与自治区发布指数对照", published))
    blocks: list[Block] = []
    for numeral, (title, body) in zip(_NUMERALS, parts, strict=False):
        blocks += [Heading(f"{numeral}、{title}"), *body]
    blocks = list(_numbered(blocks))
    blocks.append(
        Text(
            f"本通报依据已签发的{spoken}结果第{version}版编制，计算依据摘要（SHA-256前16位）：{sha256[:16]}。"
            "综合指数为六项污染物分指数之和；改善率＝（上年同月指数－本月指数）÷上年同月指数×100%，正值表示改善。"
        )
    )
    return Document(
        title=f"关于{spoken}全州环境空气质量排名情况的通报",
        blocks=blocks,
        to="各县市（园区）：",
        sender=office,
        closing=(office, f"{signed_on.year}年{signed_on.month}月{signed_on.day}日"),
    )


def _numbered(blocks: Sequence[Block]) -> Iterator[Block]:
    """Without charts that show nothing; tables and charts are numbered one after the other, as they come."""
    tables = charts = 0
    for block in blocks:
        if isinstance(block, Grid):
            tables += 1
            yield replace(block, caption=f"表{tables} {block.caption}")
        elif isinstance(block, Chart):
            if any(value is not None for one in block.series for value in one.values):
                charts += 1
                yield replace(block, caption=f"图{charts} {block.caption}")
        else:
            yield block


def _overview(spoken: str, units: Sequence[Mapping[str, Any]]) -> str:
    ranked = [unit for unit in units if unit["place"] is not None]
    better = sum(float(unit["improvement"]) > 0 for unit in ranked)
    worse = sum(float(unit["improvement"]) < 0 for unit in ranked)
    said = [
        f"{spoken}，全州{len(units)}个县市（园区）中，{len(ranked)}个参与环境空气质量综合指数改善率排名，"
        f"其中同比改善{better}个、变差{worse}个、持平{len(ranked) - better - worse}个。"
    ]
    if ranked:
        first = "、".join(unit["name"] for unit in ranked if unit["place"] == 1)
        rate = next(unit["improvement"] for unit in ranked if unit["place"] == 1)
        said.append(f"改善率最高的为{first}（{signed(rate)}%）")
        last = [unit for unit in ranked if unit["last"]]
        if last:
            said.append(
                f"，位列末位的为{'、'.join(unit['name'] for unit in last)}（{signed(last[0]['improvement'])}%）"
            )
        said.append("。")
    out = [unit["name"] for unit in units if unit["place"] is None]
    if out:
        said.append(f"{'、'.join(out)}未参与排名，原因见表1。")
    return "".join(said)


def _ranking(units: Sequence[Mapping[str, Any]]) -> Iterator[Block]:
    rows = [
        (
            _NOTHING if unit["place"] is None else str(unit["place"]),
            str(unit["name"]),
            index(unit["compared"]["now"]),
            index(unit["compared"]["base"]),
            signed(unit["improvement"]),
            f"{unit['good_days']['good']}/{unit['good_days']['judged']}",
            unit["good_days"]["percent"] or _NOTHING,
            _primary(unit["ranked"]["primary"]),
            _remark(unit),
        )
        for unit in units
    ]
    yield Grid(
        (
            "名次",
            "县市（园区）",
            "综合指数",
            "上年同月",
            "改善率（%）",
            "优良天数",
            "优良比例（%）",
            "首要污染物",
            "备注",
        ),
        rows,
        "综合指数改善率排名",
        (2, 3, 4, 5, 6),
    )
    rated = [unit for unit in units if unit["improvement"] is not None]
    if rated:
        yield Chart(
            ChartKind.BARS,
            "综合指数改善率",
            [unit["name"] for unit in rated],
            [Series("改善率", [float(unit["improvement"]) for unit in rated])],
            "%",
        )


def _remark(unit: Mapping[str, Any]) -> str:
    said = []
    if unit["not_ranked"]:
        said.append(_NOT_RANKED[unit["not_ranked"]])
    if unit["last"]:
        said.append("末位")
    if unit["voided"]:
        said.append("含无效数据，已替代")
    sources = {unit["compared"]["now_source"], unit["compared"]["base_source"]} - {None}
    if sources == {"published", "own"}:
        said.append("两期指数来源不同")
    elif sources == {"own"} and unit["published"]:
        said.append("按本系统计算指数")
    return "；".join(said) or _NOTHING


def _pollutant(name: str) -> str:
    """Without letters set low, which the font of charts has not."""
    return unicodedata.normalize("NFKC", named(_ZH, "pollutant", name))


def _primary(names: Sequence[str]) -> str:
    return "、".join(_pollutant(name) for name in names) or _NOTHING


def _figures(units: Sequence[Mapping[str, Any]]) -> Iterator[Block]:
    heads = [f"{_pollutant(name)}（{_UNITS[name]}）" for name in POLLUTANTS]
    rows = [(str(unit["name"]), *(_figure(unit["ranked"], name) for name in POLLUTANTS)) for unit in units]
    yield Grid(
        ("县市（园区）", *heads), rows, "参与排名的各项污染物浓度", tuple(range(1, len(POLLUTANTS) + 1))
    )
    yield Text(
        "CO为日均值第95百分位，O3为日最大8小时均值第90百分位；带括号的为有效天数不足时已有天数的结果。"
    )
    measured = [unit for unit in units if any(_value(unit["ranked"], name) is not None for name in _DRAWN)]
    if measured:
        yield Chart(
            ChartKind.BARS,
            "PM2.5、PM10月均浓度",
            [unit["name"] for unit in measured],
            [
                Series(_pollutant(name), [_value(unit["ranked"], name) for unit in measured])
                for name in _DRAWN
            ],
            "µg/m³",
        )


def _figure(series: Mapping[str, Any], name: str) -> str:
    if series["figures"] is not None:
        return str(series["figures"][name])
    return f"（{level(name, series['provisional'][name])}）" if name in series["provisional"] else _NOTHING


def _value(series: Mapping[str, Any], name: str) -> float | None:
    found = (series["figures"] or series["provisional"]).get(name)
    return None if found is None else float(found)


def _dust(
    units: Sequence[Mapping[str, Any]],
    excluded: Mapping[str, Mapping[str, Sequence[str]]],
    names: Mapping[str, str],
    month: int,
) -> Iterator[Block]:
    if not any(excluded.values()):
        yield Text("本月无沙尘影响数据剔除。")
        return
    for code in sorted(excluded):
        days = [
            f"{month}月{int(day)}日（{_primary(pollutants)}）"
            for day, pollutants in sorted(excluded[code].items())
        ]
        if days:
            yield Text(f"{names.get(code, code)}剔除{len(days)}天：{'、'.join(days)}。")
    yield Grid(
        ("县市（园区）", "原始综合指数", "剔除沙尘后综合指数"),
        [
            (str(unit["name"]), index(unit["raw"]["index"]), index(unit["deducted"]["index"]))
            for unit in units
            if excluded.get(unit["code"])
        ],
        "沙尘剔除前后综合指数",
        (1, 2),
    )


def _void(units: Sequence[Mapping[str, Any]]) -> Iterator[Block]:
    voided = [unit for unit in units if unit["voided"]]
    if not voided:
        yield Text("本月无经查实的人为干扰监测数据情形。")
        return
    rows = []
    for unit in voided:
        for station, days in sorted(unit["voided"].items()):
            yield Text(
                f"{unit['name']}{station}站点人为影响监测数据真实性，经两人查实确认，{len(days)}天数据无效。"
                "依据《昌吉州各县市（园区）环境空气质量管理排名及考核办法》第六条，以该点位当月各项污染物最高值替代后参与排名。"
            )
            for one in days:
                for label, levels in (("原始值", one["kept"]), ("替代值", one["substituted"])):
                    figures = (level(name, levels.get(name)) for name in POLLUTANTS)
                    rows.append((str(unit["name"]), station, one["day"][5:], label, *figures))
    yield Grid(
        ("县市（园区）", "站点", "日期", "数值", *(_pollutant(name) for name in POLLUTANTS)),
        rows,
        "无效数据的原始值与替代值",
        tuple(range(4, 4 + len(POLLUTANTS))),
    )


def _published(units: Sequence[Mapping[str, Any]]) -> Iterator[Block]:
    given = [unit for unit in units if unit["published"]]
    if not given:
        return
    yield Grid(
        ("县市（园区）", "自治区发布指数", "本系统计算指数", "相差", "发布文件"),
        [
            (
                str(unit["name"]),
                index(unit["published"]["value"]),
                index(unit["deducted"]["index"]),
                index(unit["differs"]),
                str(unit["published"]["document"]),
            )
            for unit in given
        ],
        "发布指数与计算指数",
        (1, 2, 3),
    )
