"""What requests about tasks, reports from below and joint orders may say."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from app.api.requests import Code, EvidenceIds, Id, Instant, Line, Location, LongText, Reason, Strict
from dispatch.joint import MOST
from models.enums import ProblemCategory, ProblemOrigin, Severity


def _distinct(codes: list[str]) -> list[str]:
    if len(set(codes)) != len(codes):
        raise ValueError("names a grid twice")
    return codes


class TaskIn(Strict):
    """A task for a grid of level 3 or 4."""

    grid: Code
    text: LongText
    due_at: Instant


class TaskDone(Strict):
    finding: LongText
    evidence: EvidenceIds = Field(default_factory=list)


class TaskBack(Strict):
    reason: Reason


class JointIn(Strict):
    """Who leads, and which further grids work on it."""

    lead: Code
    grids: Annotated[list[Code], Field(max_length=MOST), AfterValidator(_distinct)] = Field(
        default_factory=list,
        description="Beside the lead and the order's own grid; each gets an order of its own.",
    )
    reason: Reason


class UpReportIn(Strict):
    """A problem found by a township or village."""

    grid: Code
    origin: ProblemOrigin = ProblemOrigin.PATROL
    category: ProblemCategory
    text: LongText
    location: Location
    place: Line | None = None
    source: Code | None = Field(None, description="A registered source's code.")
    found_at: Instant | None = Field(None, description="Now, unless given; at most 30 days ago.")
    evidence: EvidenceIds = Field(default_factory=list)


class ForwardIn(Strict):
    reason: Reason | None = None


class SolveIn(Strict):
    measures: LongText
    evidence: EvidenceIds = Field(default_factory=list)


class OrderDecision(Strict):
    decision: Literal["order"]
    severity: Severity = Severity.NOTICE
    reason: Reason | None = Field(None, description="In place of the report's own words.")
    grid: Code | None = Field(None, description="Of the prefecture: the grid that gets the order.")


class TaskDecision(TaskIn):
    decision: Literal["task"]


class MergeDecision(Strict):
    """One of `report` and `order` is named."""

    decision: Literal["merge"]
    report: Id | None = None
    order: Id | None = None
    reason: Reason | None = None


class DismissDecision(Strict):
    decision: Literal["dismiss"]
    reason: Reason


class ReferDecision(Strict):
    decision: Literal["refer"]
    reason: Reason


TriageIn = Annotated[
    OrderDecision | TaskDecision | MergeDecision | DismissDecision | ReferDecision,
    Field(discriminator="decision"),
]
