"""The shapes of what the station itself says after a report, for OpenAPI."""

from pydantic import AwareDatetime, Field

from app.api.shapes import Shape
from models.enums import ReportClaim, VerdictState


class VerdictFigures(Shape):
    """µg/m³ (CO mg/m³)."""

    level: float | None = Field(description="Of the last reading that counts.")
    neighbours: float | None = Field(description="Their median then.")
    peak_excess: float | None = Field(description="Over the neighbours, during the event.")
    limit: float | None = Field(description="The excess under which it is gone.")
    clear: float | None = Field(description="The level under which the alert's own rule calls it over.")
    counted: int
    wanted: int
    flagged: int = Field(description="Readings since the report that do not count.")
    recovered_at: AwareDatetime | None
    over: bool
    near: list[str]


class VerdictSeries(Shape):
    """Columns of equal length, at most 200 points; null is a gap."""

    pollutant: str
    reported_at: AwareDatetime
    at: list[AwareDatetime]
    station: list[float | None]
    neighbours: list[float | None] = Field(description="Their median.")


class VerdictShape(Shape):
    round: int
    state: VerdictState
    relapsed: bool = Field(description="It came back after it had recovered within the watch.")
    mismatch: bool
    claims: ReportClaim | None
    station: str
    pollutant: str
    reported_at: AwareDatetime = Field(description="The instant of the claim.")
    until_at: AwareDatetime
    judged_at: AwareDatetime | None
    next_at: AwareDatetime | None = Field(description="When the station is asked again; null when it is not.")
    policy_version: int
    figures: VerdictFigures | None
    series: VerdictSeries | None
