"""From an alert to the level-2 grid that answers, or the reason why none does: pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dispatch.registry import DutyRow, answering
from models.enums import AlertKind
from models.facts import AlertDue, AlertOpened, Recipient
from models.ids import GridId

KIND_NAMES = {
    AlertKind.EXCEEDANCE_HOUR: "小时超标",
    AlertKind.EXCEEDANCE_SHORT: "短时超标",
    AlertKind.SUDDEN_RISE: "突增",
    AlertKind.OFFLINE: "离线",
}
POLLUTANT_NAMES = {"pm25": "PM2.5", "pm10": "PM10", "so2": "SO₂", "no2": "NO₂", "co": "CO", "o3": "O₃"}


@dataclass(frozen=True, slots=True)
class Route:
    grid_id: GridId
    recipients: tuple[Recipient, ...]


@dataclass(frozen=True, slots=True)
class NoRoute:
    reason: str


def route(grid_id: GridId, level: int, duties: Sequence[DutyRow], at: datetime) -> Route | NoRoute:
    """Only a county or park answers (body §2(二)), and only while a person is on duty for it."""
    if level != 2:
        return NoRoute("station_outside_every_level_2_grid")
    recipients = answering(duties, grid_id, at)
    return Route(grid_id, recipients) if recipients else NoRoute("nobody_on_duty")


def reason_text(alert: AlertOpened | AlertDue) -> str:
    """What the order says it is about, in the words of the officers who read it."""
    pollutant = POLLUTANT_NAMES.get(alert.pollutant or "", "")
    value = alert.why.get("level")
    unit = "mg/m³" if alert.pollutant == "co" else "µg/m³"
    shown = f" {value:.1f} {unit}" if isinstance(value, int | float) else ""
    return f"{alert.station.name} {pollutant} {KIND_NAMES[alert.kind]}{shown}".replace("  ", " ")[:500]
