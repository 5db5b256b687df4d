"""What stations say, and what could not be taken of it."""

from dataclasses import dataclass
from datetime import datetime

from models.enums import QuarantineReason
from models.ids import GridId, StationId


@dataclass(frozen=True, slots=True)
class Reading:
    """One station's claim about one instant.

    Values are µg/m³ (co: mg/m³) in the order of `models.enums.POLLUTANTS`, weather in the order of
    `models.enums.MET` (°C, %, hPa, m/s, degrees); None is missing.
    """

    station: str
    observed_at: datetime
    values: tuple[float | None, ...]
    met: tuple[float | None, ...]
    seq: int | None = None
    lon: float | None = None
    lat: float | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """Input that could not be taken; `payload` is what came, cut to the limit when `truncated`."""

    reason: QuarantineReason
    detail: str
    payload: bytes
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class StationInfo:
    """What the flow has to know of a station."""

    id: StationId
    code: str
    name: str
    grid_id: GridId
    grid_code: str
    """The level-2 grid above it (the prefecture, for a station that belongs to no county or park)."""
    kind: str
    cadence_s: int
    """Expected seconds between two readings."""
    purpose: str = "evaluation"
