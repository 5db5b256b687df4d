"""The day's control direction 重点管控方向, from the primary pollutant, the hours of its peak, and the wind. Pure.

A suggestion with its reasons, in the words of the papers; a person edits it and answers for it (body §3(五)).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

NAMES: Mapping[str, str] = {
    "pm25": "PM2.5", "pm10": "PM10", "so2": "SO2", "no2": "NO2", "co": "CO", "o3": "O3",
}  # fmt: skip
PEAK = 1.25
"""Times the mean of the day's hours: an hour that high belongs to a peak."""
FEWEST_HOURS = 12
GUSTY_MS = 5.0
"""Wind that raises dust from bare ground."""
_COMPASS = ("北", "东北", "东", "东南", "南", "西南", "西", "西北")
_MEASURES: Mapping[str, str] = {
    "pm25": "燃烧源管控：排查散煤、燃煤锅炉和露天焚烧，检查工业炉窑达标排放",
    "pm10": "扬尘管控：检查建筑工地、物料堆场和裸露地块覆盖喷淋，加密主干道洒水湿扫",
    "o3": "挥发性有机物与氮氧化物协同管控：检查涂装、印刷、加油站等治理设施运行，避开高温时段作业",
    "no2": "移动源与锅炉管控：检查柴油货车、非道路移动机械和锅炉低氮运行",
    "so2": "燃煤源管控：检查锅炉脱硫设施运行，排查散煤复燃",
    "co": "不完全燃烧管控：排查散煤、炉窑和机动车怠速",
}
_CLEAN = "空气质量优，保持日常巡查和管控措施"
_UNKNOWN = "落实日常巡查和管控措施，尽快恢复监测数据"
_TRAFFIC = frozenset({"pm25", "pm10", "no2", "co"})
_BURNING = frozenset({"pm25", "so2", "co"})
_RUSH = frozenset({7, 8, 9, 10, 17, 18, 19, 20})
_NIGHT = frozenset({21, 22, 23, 0, 1, 2, 3, 4, 5, 6})
_DAY = frozenset({11, 12, 13, 14, 15, 16})


@dataclass(frozen=True, slots=True)
class WindSaid:
    """The wind of the day, where it is known."""

    word: Literal["steady", "variable", "calm", "unknown"]
    speed_ms: float | None = None
    from_deg: float | None = None
    """Where it comes from; only of a steady one."""


UNKNOWN_WIND = WindSaid("unknown")


@dataclass(frozen=True, slots=True)
class Direction:
    measures: tuple[str, ...]
    reasons: tuple[str, ...]


def peak_hours(hours: Sequence[float | None]) -> tuple[int, ...]:
    """The hours, by their beginning, that stand out of a day's 24; none of a day that is flat or hardly measured."""
    measured = [level for level in hours if level is not None]
    if len(measured) < FEWEST_HOURS:
        return ()
    mean = sum(measured) / len(measured)
    return tuple(n for n, level in enumerate(hours) if level is not None and mean and level >= PEAK * mean)


def spans(hours: Sequence[int]) -> str:
    """`8—11时、19—21时`: each run of hours from its beginning to its end."""
    runs: list[list[int]] = []
    for hour in sorted(hours):
        if runs and hour == runs[-1][1]:
            runs[-1][1] = hour + 1
        else:
            runs.append([hour, hour + 1])
    return "、".join(f"{begin}—{end}时" for begin, end in runs)


def suggest(
    primary: Sequence[str] | None, peaks: Mapping[str, Sequence[int]], wind: WindSaid = UNKNOWN_WIND
) -> Direction:
    """What is suggested for a unit after a day with these primary pollutants; `peaks` are their hours.

    Without a primary pollutant (an AQI of 50 or less) nothing but the routine is suggested. None: the day has no AQI,
    and nothing is said of its air.
    """
    if primary is None:
        return Direction((_UNKNOWN,), ("昨日无有效监测数据",))
    if not primary:
        return Direction((_CLEAN,), ("昨日无首要污染物",))
    measures = [_MEASURES[name] for name in primary]
    reasons = [f"昨日首要污染物为{'、'.join(NAMES[name] for name in primary)}"]
    for name in primary:
        hours = set(peaks.get(name, ()))
        if not hours:
            continue
        reasons.append(f"{NAMES[name]}峰值出现在{spans(sorted(hours))}")
        if name in _TRAFFIC and hours & _RUSH:
            measures.append("早晚高峰时段加强路面巡查，疏导柴油货车")
        if name in _BURNING and hours & _NIGHT:
            measures.append("夜间开展散煤、露天焚烧和企业偷排排查")
        if name == "pm10" and hours & _DAY:
            measures.append("施工时段重点检查工地和渣土运输")
    more, why = _by_wind(primary, wind)
    return Direction(tuple(dict.fromkeys([*measures, *more])), (*reasons, *why))


def _by_wind(primary: Sequence[str], wind: WindSaid) -> tuple[list[str], list[str]]:
    if wind.word == "unknown" or wind.speed_ms is None:
        return [], []
    measures, reasons = [], []
    if wind.word == "calm":
        measures.append("扩散条件不利，督促重点企业错峰生产、减少排放")
        reasons.append(f"平均风速{wind.speed_ms:.1f}米/秒，静稳")
    elif wind.speed_ms >= GUSTY_MS and "pm10" in primary:
        measures.append("风力较大，停止土方作业，加固覆盖")
        reasons.append(f"平均风速{wind.speed_ms:.1f}米/秒，易起尘")
    if wind.word == "steady" and wind.from_deg is not None:
        name = _COMPASS[round(wind.from_deg / 45) % 8]
        measures.append(f"重点排查站点{name}侧上风向污染源")
        reasons.append(f"主导风向为{name}风")
    return measures, reasons
