"""The shapes of answers about tasks and reports from below, for OpenAPI."""

from typing import Any

from pydantic import AwareDatetime, Field

from app.api.order_shapes import ClockShape, OrderEvidence
from app.api.shapes import Shape
from models.enums import AlertKind, AlertState, OrderState, ProblemCategory, Severity, TaskState


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
