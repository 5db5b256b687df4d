"""What requests about the problem list may say."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from app.api.requests import Code, EvidenceIds, Id, Instant, Line, LongText, Reason, Ref, Strict
from models.enums import FindingKind, ProblemCategory
from supervision.problems.samples import MOST

Due = Annotated[date, Field(description="The last day of Beijing time, which is part of it.")]


class ProblemFindingIn(Strict):
    """One time something was found. The same kind and `ref` is one finding only, of one problem."""

    kind: FindingKind
    ref: Ref = Field(description="What it is where it comes from: a document's number, an address, an order.")
    found_at: Instant | None = Field(None, description="Now, unless given; at most 366 days ago.")
    note: Reason | None = None


class ProblemSpot(Strict):
    lon: Annotated[float, Field(ge=-180, le=180)]
    lat: Annotated[float, Field(ge=-90, le=90)]


class ProblemIn(Strict):
    grid: Code = Field(description="The county or park that answers for it, or a town or village of it.")
    category: ProblemCategory
    title: Line
    text: LongText
    finding: ProblemFindingIn
    place: Line | None = None
    location: ProblemSpot | None = None
    source: Code | None = Field(None, description="A registered source's code.")


class ProblemTakeUp(Strict):
    ref: Ref = Field(description="`ref` of a candidate.")
    into: Id | None = Field(
        None, description="The problem that it is a further finding of; a new one without."
    )


class ProblemPushIn(Strict):
    due_on: Due
    text: LongText | None = None


class ProblemCorrectIn(Strict):
    text: LongText = Field(description="What was done.")
    evidence: EvidenceIds = Field(default_factory=list)


class ProblemClearIn(Strict):
    text: LongText = Field(description="What was found on looking at it.")


class ProblemReturnIn(Strict):
    due_on: Due
    text: LongText = Field(description="What is not corrected.")


class ProblemWithdrawIn(Strict):
    text: LongText = Field(description="Why there was no problem.")


class ProblemMergeIn(Strict):
    into: Id = Field(description="The problem that is kept.")
    text: LongText = Field(description="Why they are one.")


class ProblemJudgeIn(Strict):
    missed: bool = Field(description="Whether the grid should have found or reported it and did not.")
    text: LongText = Field(description="The reason.")


class ProblemCheckIn(Strict):
    text: LongText = Field(description="What the check found.")


class ProblemSampleIn(Strict):
    since: Instant = Field(alias="from")
    until: Instant = Field(description="Over already; problems cleared from `from` until just before this.")
    size: Annotated[int, Field(ge=1, le=MOST)]


class ProblemSampledIn(Strict):
    outcome: Literal["passed", "failed"]
    finding: LongText
