"""What requests about tasks, reports from below and joint orders may say."""

from pydantic import Field

from app.api.requests import Code, EvidenceIds, Instant, LongText, Reason, Strict


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
