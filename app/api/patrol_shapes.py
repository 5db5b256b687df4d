"""The shapes of answers about patrols, for OpenAPI."""

from datetime import date
from typing import Any

from pydantic import AwareDatetime, Field

from app.api.shapes import Shape
from models.enums import SummaryKind, VisitFlaw, VisitFound


class PlaceShape(Shape):
    key: str
    name: str
    grid: str | None
    grid_name: str | None
    lon: float
    lat: float
    within_m: int
    per_day: int
    patrols: int = Field(description="Check-ins that count, half an hour apart.")
    covered: bool
    flaws: list[VisitFlaw] = Field(description="Of the check-ins that do not count.")


class Places(Shape):
    day: date
    items: list[PlaceShape]


class TallyShape(Shape):
    due: int
    covered: int
    doubtful: int = Field(description="Not covered, though somebody checked in from elsewhere.")
    share: float | None


class DayTally(TallyShape):
    day: date


class GridTally(TallyShape):
    grid: str
    grid_name: str
    level: int
    days: list[DayTally]


class CoverageShape(Shape):
    first: date
    last: date
    whole: TallyShape
    days: list[DayTally]
    grids: list[GridTally]
    without_village: int = Field(description="Active sources that stand in no town or village.")


class PhotoShape(Shape):
    id: str
    filename: str
    media_type: str
    sha256: str


class VisitShape(Shape):
    id: int
    place: str
    source: str | None
    name: str
    grid: str
    grid_name: str
    person: str
    visited_at: AwareDatetime
    received_at: AwareDatetime
    distance_m: int | None
    accuracy_m: float | None
    flaw: VisitFlaw | None = Field(description="Why it does not count; null when it does.")
    found: VisitFound
    note: str | None
    photos: list[PhotoShape]
    report_id: int | None = Field(description="The report upward that came with it.")
    report_number: str | None


class VisitTaken(Shape):
    id: int
    place: str
    visited_at: AwareDatetime
    flaw: VisitFlaw | None
    found: VisitFound
    report_id: int | None = Field(description="The report upward that came with it.")


class PlanShape(Shape):
    id: int
    grid: str
    grid_name: str
    source: str | None
    name: str
    lon: float | None
    lat: float | None
    per_day: int
    within_m: int
    from_on: date
    made_by: str


class Plans(Shape):
    items: list[PlanShape]


class PlanMade(Shape):
    id: int
    name: str
    per_day: int
    within_m: int
    ended: bool


class SummaryShape(Shape):
    id: int
    kind: SummaryKind
    grid: str
    grid_name: str
    first_on: date
    version: int
    due: int
    covered: int
    note: str
    sha256: str
    made_by: str
    made_at: AwareDatetime


class Summaries(Shape):
    items: list[SummaryShape]


class SummaryDetail(SummaryShape):
    figures: dict[str, Any] = Field(description="As they were when it was drawn up; `sha256` is of them.")


class LateReportShape(Shape):
    report_id: int
    number: str
    unit: str
    month: date
    due_at: AwareDatetime
    answered_at: AwareDatetime | None
    late_s: int


class LateReports(Shape):
    items: list[LateReportShape]
