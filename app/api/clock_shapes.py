"""The shapes of answers about clocks and breaches, for OpenAPI."""

from pydantic import AwareDatetime, Field

from app.api.shapes import Shape
from models.enums import ClockKind, ClockState


class ClockShape(Shape):
    id: int
    kind: ClockKind
    round: int
    subject_id: int | None = Field(
        description="The request, task or report from below it is about; else the holder's segment it is for."
    )
    state: ClockState
    started_at: AwareDatetime
    due_at: AwareDatetime
    original_due_at: AwareDatetime
    stopped_at: AwareDatetime | None
    stopped_by: str | None = Field(
        description="The act that stopped it; `void`, `suspend` and `transfer` end a clock that nobody answered."
    )
    breached_at: AwareDatetime | None


class ListedClock(ClockShape):
    order_id: int | None
    order_number: str = Field(description="Of the order, or of what the clock is about instead.")
    grid: str
    policy_version: int


class NotedClock(Shape):
    order: int
    clock: int = Field(description="The most urgent of its unanswered clocks.")


class NotedShape(Shape):
    noted: list[NotedClock]
    already: list[NotedClock]


class BreachShape(Shape):
    id: int
    clock_id: int
    order_id: int | None
    order_number: str
    subject_id: int | None
    grid: str
    grid_name: str
    kind: ClockKind
    round: int
    breached_at: AwareDatetime = Field(description="The deadline, whenever it was noticed.")
    detected_at: AwareDatetime
    stopped_at: AwareDatetime | None = Field(description="When the answer came after all.")
