"""The shapes of answers about tasks and reports from below, for OpenAPI."""

from typing import Any

from pydantic import AwareDatetime, Field

from app.api.clock_shapes import ClockShape
from app.api.order_shapes import OrderEvidence
from app.api.shapes import Shape
from models.enums import (
    AlertKind,
    AlertState,
    OrderState,
    ProblemCategory,
    ProblemOrigin,
    ReportAct,
    ReportState,
    Severity,
    TaskState,
)


class TaskShape(Shape):
    id: int
    state: TaskState
    grid: str
    grid_name: str
    from_grid: str = Field(description="The grid that handed it down.")
    from_grid_name: str
    order_id: int | None
    order_number: str | None
    report_id: int | None = Field(description="Instead of an order: the report that came back as this task.")
    report_number: str | None
    parent_task_id: int | None = Field(description="The township's task of which this is a village's part.")
    text: str
    due_at: AwareDatetime
    handed_at: AwareDatetime
    handed_by: str
    taken_at: AwareDatetime | None
    taken_by: str | None
    finished_at: AwareDatetime | None
    finished_by: str | None = Field(description="Null where it was taken back because its order ended.")
    finding: str | None
    reason: str | None = Field(description="Why it was taken back.")
    clock: ClockShape | None


class TaskStation(Shape):
    code: str
    name: str
    lon: float
    lat: float


class TaskAlert(Shape):
    id: int
    kind: AlertKind
    pollutant: str | None
    severity: Severity
    state: AlertState
    started_at: AwareDatetime
    why: dict[str, Any] = Field(description="The evidence that was kept with it.")


class TaskOrder(Shape):
    """As much of an order as those who do a task of it see."""

    number: str
    grid: str
    grid_name: str
    state: OrderState
    severity: Severity
    reason: str
    dispatched_at: AwareDatetime
    station: TaskStation | None
    alert: TaskAlert | None


class TaskReport(Shape):
    id: int
    number: str
    category: ProblemCategory
    text: str
    place: str | None
    lon: float
    lat: float
    found_at: AwareDatetime


class TaskDetail(TaskShape):
    order: TaskOrder | None
    report: TaskReport | None
    evidence: list[OrderEvidence]
    parts: list[TaskShape] = Field(description="What was handed further of it.")


class UpReportShape(Shape):
    id: int
    number: str
    state: ReportState
    grid: str = Field(description="The township or village that reports.")
    grid_name: str
    at_grid: str = Field(description="Where it waits, or was decided.")
    at_grid_name: str
    origin: ProblemOrigin
    category: ProblemCategory
    text: str
    place: str | None
    lon: float
    lat: float
    accuracy_m: float | None
    source: str | None
    source_name: str | None
    visit_id: int | None = Field(description="The check-in of a patrol that it came with.")
    found_at: AwareDatetime
    filed_at: AwareDatetime
    filed_by: str
    decided_at: AwareDatetime | None
    order_id: int | None = Field(description="The order that came of it, or that it was merged into.")
    order_number: str | None
    task_id: int | None = Field(description="The task it was handed back as.")
    duplicate_of: int | None = Field(description="The report that it was merged into.")
    duplicate_number: str | None
    clocks: list[ClockShape]


class UpReportStepShape(Shape):
    step: int
    grid: str
    act: ReportAct
    reason: str | None = Field(description="Why; for `solve` what was done.")
    person: str
    acted_at: AwareDatetime


class SimilarReport(Shape):
    """Perhaps the same problem: of the same category, within 500 m and 24 h."""

    id: int
    number: str
    state: ReportState
    grid: str
    text: str
    found_at: AwareDatetime
    distance_m: int
    order_id: int | None


class UpReportDetail(UpReportShape):
    evidence: list[OrderEvidence]
    steps: list[UpReportStepShape]
    similar: list[SimilarReport]
