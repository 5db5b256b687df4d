"""Stations to watch 重点关注站点, each with its reasons. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from statistics import median

from airquality.rounding import rounded
from supervision.consultation.direction import NAMES
from supervision.targets.standing import Outlook

MANY_ALERTS = 3
"""Within seven days."""
ABOVE = Fraction(3, 2)
"""Times the median of its unit's stations."""
FEWEST = 3
"""Stations of a unit below which their median says nothing."""
MOST = 15
_PARTICLES = ("pm25", "pm10")
_OUTLOOK = {
    Outlook.AT_RISK: "月度目标有超标风险",
    Outlook.OUT_OF_REACH: "月度目标已无法完成",
    Outlook.MISSED: "月度目标未完成",
}


@dataclass(frozen=True, slots=True)
class StationSeen:
    """What is known of a station on the morning after a day."""

    code: str
    name: str
    unit: str
    levels: Mapping[str, Fraction] = field(default_factory=dict)
    """The day's valid figures, µg/m³ (CO mg/m³)."""
    alerts: int = 0
    """Of pollution, in the seven days before the morning."""
    offline: bool = False
    outlook: Mapping[str, Outlook] = field(default_factory=dict)
    """By pollutant, where the station has a target of the month."""


@dataclass(frozen=True, slots=True)
class Watched:
    station: StationSeen
    reasons: tuple[str, ...]


def watched(stations: Iterable[StationSeen]) -> list[Watched]:
    """Those with a reason, the most reasons and alerts first, at most MOST."""
    seen = list(stations)
    middles = {unit: _middles([one for one in seen if one.unit == unit]) for unit in {s.unit for s in seen}}
    found = [Watched(one, reasons) for one in seen if (reasons := tuple(_why(one, middles[one.unit])))]
    found.sort(key=lambda w: (-len(w.reasons), -w.station.alerts, w.station.code))
    return found[:MOST]


def _middles(stations: Sequence[StationSeen]) -> Mapping[str, Fraction]:
    levels = {name: [s.levels[name] for s in stations if name in s.levels] for name in _PARTICLES}
    return {name: Fraction(median(these)) for name, these in levels.items() if len(these) >= FEWEST}


def _why(one: StationSeen, middles: Mapping[str, Fraction]) -> list[str]:
    reasons = []
    if one.alerts >= MANY_ALERTS:
        reasons.append(f"近7日报警{one.alerts}起")
    for name in _PARTICLES:
        middle, level = middles.get(name), one.levels.get(name)
        if middle and level is not None and level >= ABOVE * middle:
            over = round((level / middle - 1) * 100)
            shown = rounded(name, level)
            reasons.append(f"昨日{NAMES[name]}为{shown}微克/立方米，高出本辖区站点中位值{over}%")
    reasons += [f"{NAMES[name]}{_OUTLOOK[look]}" for name, look in one.outlook.items() if look in _OUTLOOK]
    if one.offline:
        reasons.append("当前离线")
    return reasons
