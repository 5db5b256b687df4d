"""What requests about reviews, spot checks and candidates may say."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from app.api.requests import Code, EvidenceIds, Instant, LongText, Name, Reason, ReviewIn, Strict
from dispatch.commands import Accept, Return
from dispatch.review.rules import Answer
from models.errors import Invalid

MAX_CHECKERS = 50


def review_command(body: ReviewIn, *, checklist_required: bool = False) -> Accept | Return:
    """The command a review stands for; raises Invalid for what does not go with its decision."""
    answers = None
    if body.checklist is not None:
        answers = tuple(Answer(line.item, line.answer, line.reason) for line in body.checklist)
    if body.decision == "accept":
        if body.reasons:
            raise Invalid("reasons for a return do not go with accepting", field="reasons")
        return Accept(body.comment, body.false_alarm, answers, checklist_required, body.override_reason)
    if body.false_alarm is not None:
        raise Invalid("an order that is returned is no false alarm", field="false_alarm")
    if body.override_reason is not None:
        raise Invalid("a return overrides nothing", field="override_reason")
    if body.comment is None:
        raise Invalid("a return wants a comment: what is to be done again", field="comment")
    return Return(body.comment, tuple(body.reasons), answers)


class DrawIn(Strict):
    """A period in which orders were closed, and how many of them to look at again."""

    since: Instant = Field(alias="from")
    until: Instant = Field(description="That instant not included.")
    size: Annotated[int, Field(ge=1, le=10_000)] | None = None
    share: Annotated[float, Field(gt=0, le=1)] | None = Field(
        None, description="Instead of `size`; rounded up."
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.size is None) is (self.share is None):
            raise ValueError("wants either size or share")
        return self


class DrawNowIn(Strict):
    checkers: Annotated[list[Code], Field(max_length=MAX_CHECKERS)] = Field(
        [], description="User names of people of the prefecture; the checks are given to them in turn."
    )


class AssignIn(Strict):
    checker: Code


class CheckResultIn(Strict):
    outcome: Literal["passed", "failed"]
    finding: LongText
    evidence: EvidenceIds = Field([])


class CandidateDecision(Strict):
    decision: Literal["upheld", "dismissed"]
    reason: LongText
    dispatch_rework: bool = Field(
        False, description="With `upheld`: dispatch an order to put it right, linked to the closed one."
    )


class ItemIn(Strict):
    key: Code
    zh: Name
    en: Name
    source: Name


class WatchIn(Strict):
    enough_minutes: float
    longest_hours: float
    held: int
    held_hourly: int
    share: float
    regional_share: float


class RecurrenceIn(Strict):
    days: float
    radius_m: float


class SpotCheckIn(Strict):
    due_days: int


Items = Annotated[list[ItemIn], Field(min_length=1, max_length=30)]


class ReviewPolicyBody(Strict):
    checklist: Items
    by_cause: Annotated[dict[Code, Items], Field(max_length=50)] = Field(
        {}, description="A whole list instead of the default one, for causes that have this word in them."
    )
    checklist_required: bool
    watch: WatchIn
    recurrence: RecurrenceIn
    spot_check: SpotCheckIn


class ReviewPolicyIn(Strict):
    body: ReviewPolicyBody
    note: Reason
