"""From an alert to the level-2 grid that answers, or the reason why none does: pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dispatch.registry import NO_ROSTER, DutyRow, Roster, answering
from models.enums import AlertKind
from models.facts import AlertDue, AlertOpened, Recipient
from models.ids import GridId

KIND_NAMES = {
    AlertKind.EXCEEDANCE_HOUR: "小时超标",
    AlertKind.EXCEEDANCE_SHORT: "短时超标",
    AlertKind.SUDDEN_RISE: "突增",
    AlertKind.SUSTAINED_HIGH: "持续高值",
    AlertKind.ABOVE_NEIGHBOURS: "高于周边",
    AlertKind.EPISODE: "区域性污染过程",
    AlertKind.FLAT_LINE: "数据恒值",
    AlertKind.IMPLAUSIBLE: "超量程",
    AlertKind.SPIKE: "毛刺",
    AlertKind.SPIKE_BURST: "连续毛刺",
    AlertKind.NOISE: "数据抖动",
    AlertKind.ATTENUATED: "数据偏低",
    AlertKind.OFFSET: "数据跳变",
    AlertKind.DRIFT: "漂移",
    AlertKind.HUMIDITY: "湿度虚高",
    AlertKind.CLOCK_SHIFT: "时钟偏移",
    AlertKind.MOVED: "位置变动",
    AlertKind.OFFLINE: "离线",
    AlertKind.NETWORK_SILENCE: "全网中断",
}
POLLUTANT_NAMES = {"pm25": "PM2.5", "pm10": "PM10", "so2": "SO₂", "no2": "NO₂", "co": "CO", "o3": "O₃"}


@dataclass(frozen=True, slots=True)
class Route:
    grid_id: GridId
    recipients: tuple[Recipient, ...]


@dataclass(frozen=True, slots=True)
class NoRoute:
    reason: str


def route(
    grid_id: GridId, level: int, duties: Sequence[DutyRow], at: datetime, roster: Roster = NO_ROSTER
) -> Route | NoRoute:
    """Only a county or park answers (body §2(二)), and only while a person is on duty for it."""
    if level != 2:
        return NoRoute("station_outside_every_level_2_grid")
    recipients = answering(duties, grid_id, at, roster)
    return Route(grid_id, recipients) if recipients else NoRoute("nobody_on_duty")


def reason_text(alert: AlertOpened | AlertDue) -> str:
    """What the order says it is about, in the words of the officers who read it."""
    pollutant = POLLUTANT_NAMES.get(alert.pollutant or "", "")
    value = alert.why.get("level")
    if isinstance(value, dict):
        value = value.get(alert.pollutant)
    unit = "mg/m³" if alert.pollutant == "co" else "µg/m³"
    shown = f" {value:.1f} {unit}" if isinstance(value, int | float) else ""
    return f"{alert.station.name} {pollutant} {KIND_NAMES[alert.kind]}{shown}".replace("  ", " ")[:500]
