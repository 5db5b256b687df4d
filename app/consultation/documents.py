"""The papers of the consultation as documents: the brief of a morning, the weekly dispatch, reports and notices. Pure.

They say what the facts say, the same facts in the same words; a person edits and issues them (body §3(五), §4(三)).
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from airquality.rounding import rounded
from app.consultation import words
from app.consultation.facts import Facts
from app.consultation.words import on
from app.papers.official import Block, Chart, ChartKind, Document, Grid, Heading, Series, Text
from supervision.consultation.direction import Direction


def brief(facts: Facts, today: date) -> Document:
    """每日会商简报: the day before and the month, what happened, what to watch, which way to control, what is open."""
    blocks: list[Block] = [Heading("一、昨日及本月空气质量"), Text(_day_in_words(facts)), _day_table(facts)]
    blocks += [
        Heading("二、报警与工单"),
        Text(_work_in_words(facts)),
        words.work(facts),
        *words.missed(facts),
    ]
    blocks += [Heading("三、重点关注站点"), *_watched(facts)]
    blocks += [Heading("四、今日重点管控方向（建议）"), *_directions(facts)]
    blocks += [Heading("五、问题清单"), Text(_problems_in_words(facts)), words.problems(facts)]
    blocks += _late(facts)
    return Document(
        title=f"大气污染防治每日会商简报（{on(today)}）", blocks=blocks, sender=facts.office,
        closing=words.closing(facts, today),
    )  # fmt: skip


def dispatch(facts: Facts, today: date) -> Document:
    """每周调度专报 (body §4(三)): the week's air, tasks, measures, and whether last week's problems were corrected."""
    blocks: list[Block] = [
        Heading("一、本周空气质量变化"),
        Text(f"{_days(facts)}，各县市（园区）空气质量变化情况如下。"),
        words.changes(facts, "本周", "上周"),
        *_chart(facts),
        Heading("二、重点工作任务与管控措施落实"),
        Text(_work_in_words(facts)),
        words.work(facts),
        *words.missed(facts),
        Heading("三、上周问题整改情况"),
        Text(_last_week_in_words(facts)),
        *words.listed(facts, facts.last_week, "上周无交办问题。"),
        Heading("四、问题清单动态清零"),
        Text(_problems_in_words(facts)),
        words.problems(facts),
        *_late(facts),
        Heading("五、下周重点"),
        *_dated(facts, [*_directions(facts), *_watched(facts)]),
    ]
    return Document(
        title=f"大气污染防治每周调度专报（{_days(facts)}）", blocks=blocks, to="各县市（园区）二级网格长：",
        sender=facts.office, closing=words.closing(facts, today),
    )  # fmt: skip


def special_report(facts: Facts, today: date) -> Document:
    """专报 to the chiefs of level 1: how the work went, problems found and what became of them."""
    return Document(
        title=f"关于{_days(facts)}大气污染防治工作情况的专报", blocks=_report(facts), to="一级网格长：",
        sender=facts.office, closing=words.closing(facts, today),
    )  # fmt: skip


def notice(facts: Facts, today: date) -> Document:
    """通报 to the chiefs of one level-2 grid, of their own; `facts` are of that unit alone."""
    (unit,) = facts.units
    return Document(
        title=f"关于{unit.name}{_days(facts)}大气污染防治工作情况的通报", blocks=_report(facts),
        to=f"{unit.name}二级网格长：", sender=facts.office, closing=words.closing(facts, today),
    )  # fmt: skip


def _report(facts: Facts) -> list[Block]:
    return [
        Heading("一、空气质量"),
        words.changes(facts, "本期", "上期"),
        *(_chart(facts) if len(facts.units) > 1 else []),
        Heading("二、工作开展情况"),
        Text(_work_in_words(facts)),
        words.work(facts),
        *words.missed(facts),
        Heading("三、发现问题及处置情况"),
        Text(_problems_in_words(facts)),
        words.problems(facts),
        *words.listed(facts, facts.open_problems, "无未销号问题。"),
        Heading("四、下一步工作建议"),
        *_dated(facts, _directions(facts)),
    ]


def _dated(facts: Facts, blocks: Iterable[Block]) -> list[Block]:
    """The day by its date: only the brief of the next morning may call it yesterday."""
    day = on(facts.last)
    dated: list[Block] = []
    for one in blocks:
        if isinstance(one, Text):
            dated.append(replace(one, text=one.text.replace("昨日", day)))
        elif isinstance(one, Grid):
            rows = [[cell.replace("昨日", day) for cell in row] for row in one.rows]
            dated.append(replace(one, rows=rows))
        else:
            dated.append(one)
    return dated


def _days(facts: Facts) -> str:
    if facts.first == facts.last:
        return on(facts.first)
    until = on(facts.last)
    return f"{on(facts.first)}至{until[5:] if facts.first.year == facts.last.year else until}"


def _day_in_words(facts: Facts) -> str:
    judged = [(unit, unit.aqi.value) for unit in facts.units if unit.aqi and unit.aqi.value is not None]
    if not judged:
        return f"{on(facts.last)}各县市（园区）均无有效监测数据。"
    bad = [unit.name for unit, value in judged if value > 100]
    worst, value = max(judged, key=lambda pair: pair[1])
    said = f"{on(facts.last)}，{len(judged)}个县市（园区）有有效数据，其中优良{len(judged) - len(bad)}个"
    said += f"，超标{len(bad)}个（{'、'.join(bad)}）" if bad else ""
    return f"{said}；AQI最高为{worst.name}（{value}）。"


def _day_table(facts: Facts) -> Grid:
    rows = []
    for unit in facts.units:
        value, category, primary = words.index(unit.aqi)
        day = [words.level(unit, name) for name in ("pm25", "pm10", "o3")]
        month = [words.level(unit.month, name) for name in ("pm25", "pm10")]
        rows.append([unit.name, value, category, primary, *day, *month, words.good(unit.month)])
    return Grid(
        [
            "县市（园区）", "AQI", "级别", "首要污染物", "PM2.5", "PM10", "O3", "本月PM2.5", "本月PM10",
            "本月优良/有效天数",
        ],
        rows, "单位：微克/立方米；O3为日最大8小时平均", (1, 4, 5, 6, 7, 8, 9),
    )  # fmt: skip


def _work_in_words(facts: Facts) -> str:
    def total(name: str) -> int:
        return sum(getattr(unit.work, name) for unit in facts.units)

    return (
        f"{_days(facts)}共报警{total('alerts')}起，派发工单{total('dispatched')}件，办结{total('closed')}件，"
        f"超时{total('breached')}次，期末未办结{total('open')}件；下派任务{total('tasks')}项，"
        f"完成{total('tasks_done')}项。"
    )


def _problems_in_words(facts: Facts) -> str:
    def total(name: str) -> int:
        return sum(getattr(unit.problems, name) for unit in facts.units)

    return (
        f"截至{words.short(facts.now)}，未销号问题{total('open')}个，其中待交办{total('unpushed')}个、"
        f"整改中{total('waiting')}个、待核查{total('corrected')}个，逾期未整改{total('overdue')}个；"
        f"累计销号{total('cleared')}个。"
    )


def _last_week_in_words(facts: Facts) -> str:
    done = sum(one.state in ("corrected", "cleared") for one in facts.last_week)
    return (
        f"上周交办问题{len(facts.last_week)}个，已整改{done}个，未整改{len(facts.last_week) - done}个。"
        "对未整改的，按正文第四部分（三）逐次核查调度，建议措施列于备注，由有权签发人决定。"
    )


def _late(facts: Facts) -> list[Block]:
    late = [one for one in facts.open_problems if one.overdue]
    return words.listed(facts, late, "无逾期未整改问题。")


def _watched(facts: Facts) -> list[Block]:
    if not facts.watched:
        return [Text("无需重点关注的站点。")]
    rows = [
        [one.station.name, one.station.code, one.station.unit, "；".join(one.reasons)]
        for one in facts.watched
    ]
    return [Grid(["站点", "编码", "县市（园区）", "关注原因"], rows, "重点关注站点")]


def _directions(facts: Facts) -> list[Block]:
    """Units that are suggested the same for the same reasons stand together."""
    alike: dict[Direction, list[str]] = {}
    for unit in facts.units:
        alike.setdefault(unit.direction, []).append(unit.name)
    return [
        Text(f"{'、'.join(names)}：{'；'.join(one.measures)}。（依据：{'；'.join(one.reasons)}。）")
        for one, names in alike.items()
    ]


def _chart(facts: Facts) -> list[Block]:
    """Nothing where nothing was measured."""

    def values(name: str) -> list[float | None]:
        levels = [unit.now.figures.get(name) for unit in facts.units]
        return [None if level is None else float(rounded(name, level)) for level in levels]

    series = [Series("PM2.5", values("pm25")), Series("PM10", values("pm10"))]
    if all(level is None for one in series for level in one.values):
        return []
    names = [unit.name for unit in facts.units]
    return [Chart(ChartKind.BARS, "各县市（园区）颗粒物浓度", names, series, "微克/立方米")]
