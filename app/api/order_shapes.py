"""The shapes of answers about orders, their clocks and what people said, for OpenAPI."""

from typing import Any, Literal

from pydantic import AwareDatetime, Field

from app.api.clock_shapes import ClockShape
from app.api.request_shapes import HolderShape, RequestShape
from app.api.shapes import Shape
from app.api.verdict_shapes import VerdictShape
from models.enums import (
    AlertKind,
    AlertState,
    CandidateKind,
    CandidateState,
    CauseCode,
    ChecklistAnswer,
    FalseAlarm,
    JointRole,
    LinkKind,
    OrderState,
    ProblemCategory,
    ReportClaim,
    ReturnReason,
    Severity,
    TaskState,
    UnitPart,
    VerdictState,
)


class Order(Shape):
    id: int
    number: str
    grid: str
    grid_name: str
    station: str | None
    station_name: str | None
    alert_id: int | None
    state: OrderState
    round: int
    severity: Severity
    reason: str
    dispatched_at: AwareDatetime
    acknowledged_at: AwareDatetime | None
    feedback_at: AwareDatetime | None
    reported_at: AwareDatetime | None
    closed_at: AwareDatetime | None
    false_alarm: FalseAlarm | None = Field(description="Why there had been nothing to find.")
    drill: bool = Field(description="演练: its clocks run, and it is counted nowhere.")
    version: int
    policy_version: int
    joint_role: JointRole | None = Field(description="In joint handling; null for an order on its own.")
    parent_id: int | None = Field(description="Of a child: the order it is a part of.")
    origin_report_id: int | None = Field(description="The report from below that it came of.")
    original_grid: str = Field(description="The grid it was dispatched to.")
    suspended_until: AwareDatetime | None = Field(description="挂账: no deadline of its report runs.")
    transfer_locked_at: AwareDatetime | None = Field(description="The prefecture has decided who holds it.")
    verdict_state: VerdictState | None = Field(
        description="What the station says since the newest report; null where none is asked."
    )
    mismatch: bool = Field(description="It contradicts what that report claims.")
    clocks: list[ClockShape]


class OrderAlert(Shape):
    id: int
    kind: AlertKind
    pollutant: str | None
    severity: Severity
    state: AlertState
    started_at: AwareDatetime


class FeedbackShape(Shape):
    id: int
    round: int
    finding: str
    cause: str | None
    cause_code: CauseCode | None
    location: dict[str, float] | None
    person: str
    created_at: AwareDatetime


class ReportShape(Shape):
    id: int
    round: int
    measures: str
    result: str
    unfinished_tasks_reason: str | None = Field(description="Why tasks handed down were left unfinished.")
    open_children_reason: str | None = Field(
        description="Why it was reported before every part of the joint order was."
    )
    claims: ReportClaim | None
    person: str
    created_at: AwareDatetime


class AnsweredItem(Shape):
    item: str
    zh: str
    en: str
    source: str
    answer: ChecklistAnswer
    reason: str | None


class ReviewShape(Shape):
    id: int
    round: int
    decision: Literal["accept", "return"]
    comment: str | None
    checklist: list[AnsweredItem] | None = Field(description="Null where it was not filled in.")
    reasons: list[ReturnReason]
    override_reason: str | None
    verdict: VerdictState | None = Field(description="What the station said when this was decided.")
    policy_version: int | None
    person: str
    created_at: AwareDatetime


class RelatedOrder(Shape):
    kind: LinkKind
    which: Literal["earlier", "later"]
    order_id: int
    number: str
    state: OrderState
    facts: dict[str, Any]
    created_at: AwareDatetime


class CandidateBrief(Shape):
    id: int
    kind: CandidateKind
    state: CandidateState
    new_order_id: int | None
    spot_check_id: int | None
    raised_at: AwareDatetime
    decided_at: AwareDatetime | None
    reason: str | None


class EvidenceShape(Shape):
    id: str
    sha256: str
    size: int
    media_type: str
    filename: str


class UploadShape(EvidenceShape):
    original_sha256: str | None = Field(description="What the device claims it was made from.")


class OrderEvidence(UploadShape):
    used_for: str | None
    round: int | None
    task_id: int | None
    person: str
    uploaded_at: AwareDatetime
    url: str


class OrderTask(Shape):
    """A task handed down, in brief."""

    id: int
    state: TaskState
    grid: str
    grid_name: str
    parent_task_id: int | None
    text: str
    due_at: AwareDatetime
    handed_at: AwareDatetime
    taken_at: AwareDatetime | None
    finished_at: AwareDatetime | None
    finding: str | None
    reason: str | None


class LinkedOrder(Shape):
    """Another order of a joint one, in brief; its grid may lie outside the caller's."""

    id: int
    number: str
    grid: str
    grid_name: str
    state: OrderState
    round: int
    dispatched_at: AwareDatetime
    reported_at: AwareDatetime | None
    closed_at: AwareDatetime | None
    clocks: list[ClockShape]


class OriginReport(Shape):
    """The report from below that an order came of."""

    id: int
    number: str
    grid: str
    grid_name: str
    category: ProblemCategory
    text: str
    place: str | None
    lon: float
    lat: float
    found_at: AwareDatetime


class OrderUnit(Shape):
    code: str
    name: str
    part: UnitPart
    since_at: AwareDatetime
    members: list[str] = Field(description="Names of those who work for it now.")


class OrderDetail(Order):
    category: str | None = Field(description="Of the likely source.")
    units: list[OrderUnit] = Field(description="The lead 牵头单位 first, then the co-handlers 配合单位.")
    alerts: list[OrderAlert] = Field(description="Of a child: those of the order it is a part of.")
    feedback: list[FeedbackShape]
    reports: list[ReportShape]
    reviews: list[ReviewShape]
    evidence: list[OrderEvidence]
    tasks: list[OrderTask]
    parent: LinkedOrder | None
    children: list[LinkedOrder]
    joint_reason: str | None
    origin: OriginReport | None
    holders: list[HolderShape] = Field(description="Who held it from when to when, without a gap.")
    requests: list[RequestShape]
    verdict: VerdictShape | None
    related: list[RelatedOrder]
    candidates: list[CandidateBrief]
    links: dict[str, str]


class TimelineEvent(Shape):
    id: int
    kind: str
    occurred_at: AwareDatetime
    recorded_at: AwareDatetime
    actor: str | None
    on_behalf_of: str | None = Field(description="Whom the actor stood in for.")
    client_at: AwareDatetime | None = Field(description="The time of the actor's device, as it claimed.")
    data: dict[str, Any]


class UnroutedShape(Shape):
    id: int
    alert_id: int
    alert_kind: AlertKind
    severity: Severity
    station: str
    grid: str | None
    reason: str
    created_at: AwareDatetime
    resolved_at: AwareDatetime | None
    order_id: int | None
