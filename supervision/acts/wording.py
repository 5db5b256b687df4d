"""The facts of an act in the words of a Chinese paper, out of the frozen basis alone."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from models.enums import LadderKind

Basis = Mapping[str, Any]


def month_in_words(month: str) -> str:
    """2026-03 as 2026年3月."""
    year, number = month.split("-")
    return f"{year}年{int(number)}月"


def months_in_words(first: str, last: str) -> str:
    """A run of months, written once where it is one month."""
    return month_in_words(last) if first == last else f"{month_in_words(first)}至{month_in_words(last)}"


def day_in_words(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def facts_of(basis: Basis, name: str) -> str:
    """What happened, with its figures; `name` is the unit's."""
    return _FACTS[LadderKind(basis["ladder"])](basis, name)


def _share(basis: Basis, name: str) -> str:
    newest, counts = basis["months"][-1], basis["counts"]
    text = (
        f"{month_in_words(basis['month'])}，全州共发现当地网格应发现未及时发现以及未及时上报的生态环境问题{newest['of']}起，"
        f"其中{name}{newest['problems']}起，占全州问题总数的{newest['share']}%。"
    )
    if int(counts["months_noticed"]) > 1:
        run = months_in_words(basis["months"][0]["month"], basis["month"])
        shares = "、".join(f"{one['share']}%" for one in basis["months"])
        text += f"{run}，{name}问题占比连续{counts['months_noticed']}个月达到通报比例，分别为{shares}。"
    if int(counts["months_grave"]) > 1:
        text += f"其中最近连续{counts['months_grave']}个月达到约谈比例。"
    return text


def _last_place(basis: Basis, name: str) -> str:
    newest, run = basis["months"][-1], int(basis["counts"]["months_last"])
    tied = "（与其他县市、园区并列）" if len(newest["last"]) > 1 else ""
    text = (
        f"{month_in_words(basis['month'])}，{name}环境空气质量综合指数改善率为{newest['improvement']}%，"
        f"在全州参加排名的{newest['of']}个县市（园区）中位列最后1名{tied}。"
    )
    if run > 1:
        months = months_in_words(basis["months"][0]["month"], basis["month"])
        rates = "、".join(f"{one['improvement']}%" for one in basis["months"])
        text += f"{months}，{name}已连续{run}个月位列全州最后1名，各月改善率分别为{rates}。"
    return text


def _last_in_year(basis: Basis, name: str) -> str:
    months = "、".join(f"{int(one['month'][5:])}月" for one in basis["months"])
    return (
        f"{basis['year']}年，{name}环境空气质量综合指数改善率{len(basis['months'])}次位列全州最后1名（{months}），"
        "且未完成年度空气质量考核指标。"
    )


def _failed(basis: Basis, name: str) -> str:
    run = months_in_words(basis["months"][0]["month"], basis["month"])
    return f"{run}，{name}网格化环境监管月度考核连续{basis['counts']['months_failed']}个月不合格。"


def _failed_year(basis: Basis, name: str) -> str:
    return f"{basis['year']}年，{name}网格化环境监管年度考核不合格。"


def _falsified(basis: Basis, name: str) -> str:
    days = "、".join(day_in_words(date.fromisoformat(day)) for day in basis["days"])
    confirmed = day_in_words(date.fromisoformat(basis["confirmed_on"]))
    return (
        f"{name}空气质量监测站点{basis['station']}存在人为影响监测数据真实性的行为，{confirmed}经两人认定查实，"
        f"相关监测时段（{days}，共{len(basis['days'])}日）数据无效。"
    )


def _uncorrected(basis: Basis, name: str) -> str:
    times = int(basis["counts"]["checks"])
    found = "经核查调度未整改" if times == 1 else f"经第{times}次核查调度仍未整改"
    return f"{month_in_words(basis['month'])}，{name}的问题（编号{basis['problem']}）{found}。"


_FACTS: Mapping[LadderKind, Callable[[Basis, str], str]] = {
    LadderKind.SHARE: _share,
    LadderKind.LAST_PLACE: _last_place,
    LadderKind.LAST_IN_YEAR: _last_in_year,
    LadderKind.FAILED: _failed,
    LadderKind.FAILED_YEAR: _failed_year,
    LadderKind.FALSIFIED: _falsified,
    LadderKind.UNCORRECTED: _uncorrected,
}
