"""The shapes of ladders and acts, for OpenAPI, and what requests about them may say."""

from datetime import date
from typing import Annotated, Any

from pydantic import AwareDatetime, Field, StringConstraints

from app.api.requests import Code, LongText, Reason, Strict
from app.api.shapes import Shape
from models.enums import (
    ActBy,
    ActGround,
    ActKind,
    ActReport,
    ActState,
    ActStep,
    LadderKind,
    PaperState,
    ProposalState,
)

MONTH = r"^20[0-9][0-9]-(0[1-9]|1[0-2])$"
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
_SEEN = "SHA-256 of what the signer was shown; 412 where it is something else by now."


class Quote(Shape):
    place: str = Field(description="As a Chinese paper cites it.")
    text: str = Field(description="Word for word.")


class ActLink(Shape):
    id: int
    number: str | None
    state: ActState


class Replaced(Shape):
    id: int
    act: ActLink | None = Field(description="While it is in force, the proposal in its place is not signed.")


class ProposalShape(Shape):
    id: int
    grid: str
    grid_name: str
    ladder: LadderKind
    month: str = Field(description="Such as 2026-11.")
    subject: str = Field(description="Tells proposals of one ladder and month apart; mostly empty.")
    kind: ActKind
    by: ActBy = Field(description="Who does it.")
    in_public: bool
    article: str
    quotes: list[Quote] = Field(
        description="The article, and beside it what says the same differently (body §4(二), annex 3 art. 4)."
    )
    basis: dict[str, Any] = Field(
        description="Counts, figures, months with their versions and numbers of problems; frozen."
    )
    sha256: str = Field(description="Of the basis.")
    cautions: list[str] = Field(
        description="`few_problems`, `even_share_reaches`, `tied_last`: why the counts may say less than they seem to."
    )
    proposed_at: AwareDatetime
    state: ProposalState
    decided_by: str | None
    decided_at: AwareDatetime | None
    decided_why: str | None
    overtaken_at: AwareDatetime | None = Field(
        description="Since when it rests on what is no longer so; `overtaken_by` stands in its place, if anything does."
    )
    overtaken_by: int | None
    replaces: Replaced | None
    act: ActLink | None


class EvaluatedShape(Shape):
    month: str
    proposed: list[int]
    overtaken: list[int] = Field(description="Without anything in their place.")


class PaperShape(Shape):
    state: PaperState
    number: str | None
    sha256: str


class StepShape(Shape):
    step: ActStep
    at: AwareDatetime
    by: str
    said: dict[str, Any]


class CorrectionShape(Shape):
    state: ActReport
    due: date
    overdue: bool = Field(description="Owed by the unit, and past due.")


class RenewedShape(Shape):
    month: str
    version: int = Field(description="Which it rests on.")
    newest: int = Field(description="Which is signed now.")


class ActShape(Shape):
    id: int
    number: str | None = Field(description="Given as it is signed.")
    grid: str
    grid_name: str
    kind: ActKind
    by: ActBy
    in_public: bool
    article: str
    ladder: LadderKind | None = Field(description="Null of what was entered by hand.")
    month: str | None
    proposal: int | None = Field(description="Shown to the prefecture.")
    overtaken: bool = Field(description="What its proposal rested on is no longer so.")
    ground: ActGround | None = Field(description="Of what was entered by hand (body §3(九)).")
    document: str | None
    facts: str
    period_from: date
    period_to: date
    proposed_by: str | None
    proposed_at: AwareDatetime
    decided_by: str | None
    decided_at: AwareDatetime | None
    state: ActState
    follow_up_due: date | None
    overdue: bool = Field(description="Held, and its follow-up is past due.")
    paper: PaperShape | None
    report: CorrectionShape | None = Field(
        description="Of correction, by a chief of the unit; null of an act that demands none."
    )
    unanswered: bool = Field(description="What the unit said waits for an answer.")
    renewed: list[RenewedShape] = Field(
        description="Months it rests on of which a newer version was signed since."
    )


class ActDetail(ActShape):
    quotes: list[Quote]
    basis: dict[str, Any] | None
    steps: list[StepShape]


class EvaluateIn(Strict):
    month: Annotated[str, Field(pattern=MONTH, description="Such as 2026-11, in Beijing.")]


class SignProposalIn(Strict):
    sha256: Sha256 = Field(description=_SEEN)
    note: Reason | None = None


class SignActIn(Strict):
    note: Reason | None = None


class DeclineIn(Strict):
    reason: Reason


class IssueIn(Strict):
    sha256: Sha256 = Field(description=_SEEN)


class ActIn(Strict):
    grid: Code = Field(description="A county or park.")
    kind: ActKind
    by: ActBy = Field(ActBy.OFFICE, description="Who is to do it.")
    in_public: bool = Field(False, description="公开约谈; of interviews alone.")
    ground: ActGround
    facts: LongText = Field(description="In Chinese, as the paper is to say them.")
    document: Reason | None = Field(
        None, max_length=300, description="What it rests on beside the article; demanded but for interviews."
    )
    period_from: date
    period_to: date


class HoldIn(Strict):
    held_on: date = Field(description="Delivered, or the interview held; not before it was signed.")
    attended: Reason | None = Field(None, max_length=300, description="Demanded of interviews.")
    minutes: Reason | None = Field(
        None, max_length=300, description="Where the minutes are; demanded of interviews."
    )
    follow_up_due: date = Field(description="Within two years.")
    report_due: date | None = Field(
        None,
        description="Demands a report of correction of the unit by this day, until the follow-up is due.",
    )


class ObjectIn(Strict):
    text: LongText


class AnswerIn(Strict):
    text: LongText


class ReportIn(Strict):
    report: LongText = Field(description="What was found, what was corrected, and what is still to be done.")


class ReturnReportIn(Strict):
    reason: Reason
    report_due: date = Field(description="By when another one is due: today or within a year.")


class CompleteIn(Strict):
    result: LongText


class WithdrawActIn(Strict):
    reason: Reason
