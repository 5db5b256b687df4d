"""The shapes of answers about where the time of clocks went, for OpenAPI."""

from pydantic import AwareDatetime, Field

from app.api.clock_shapes import BreachShape
from app.api.shapes import Shape
from models.enums import ClockKind, ClockState, ExcuseGround, ExcuseState, HoldReason


class ShareShape(Shape):
    grid: str
    grid_name: str
    seconds: float
    misdispatched: bool


class FairShape(Shape):
    span_s: float = Field(description="From the clock's start to its stop, or until now.")
    late_s: float
    held: list[ShareShape] = Field(description="What each holder had of it, in order.")
    wrong_dispatch_s: float
    outage_s: float
    lost_s: float = Field(description="Of both together; an instant counts once.")
    covered: bool = Field(description="Whether it would have been in time without what was lost.")


class ExcuseShape(Shape):
    id: int
    ground: ExcuseGround
    seconds: float = Field(description="Lost on this ground.")
    state: ExcuseState
    proposed_at: AwareDatetime
    proposed_by: str | None = Field(description="null for the service.")
    plea: str
    decided_at: AwareDatetime | None
    decided_by: str | None
    reason: str | None


class FairBreachShape(BreachShape):
    fair: FairShape
    excuses: list[ExcuseShape]


class HolderShape(Shape):
    grid: str
    grid_name: str
    held_from: AwareDatetime
    held_to: AwareDatetime | None
    why: HoldReason
    misdispatched: bool


class FairClockShape(Shape):
    id: int
    kind: ClockKind
    round: int
    subject_id: int | None
    state: ClockState
    due_at: AwareDatetime
    stopped_at: AwareDatetime | None
    fair: FairShape


class FairnessShape(Shape):
    order_id: int
    holders: list[HolderShape]
    clocks: list[FairClockShape]
