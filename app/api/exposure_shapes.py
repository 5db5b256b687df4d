"""What requests about typical cases may say, and the shapes of their answers."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, Field, model_validator

from app.api.requests import Code, Line, Name, Strict, _text
from app.api.shapes import Shape
from app.auth.callers import storable
from models.enums import (
    DecisionKind,
    ExposureBatchKind,
    ExposureMedium,
    ExposureState,
    ExposureStep,
    PartyKind,
    Violation,
)
from supervision.exposure.finality import Hindrance, Remedy
from supervision.exposure.masking import Leak
from supervision.exposure.readiness import Unready
from supervision.exposure.register import Facts, Party
from supervision.exposure.wording import (
    LONGEST_ADDRESS,
    LONGEST_BODY,
    LONGEST_DOCUMENT,
    LONGEST_NUMBER,
    MOST_PARTIES,
)


def _calendar(day: date) -> date:
    if not 1990 <= day.year <= 2200:
        raise ValueError("is no day of a case")
    return day


def _storable(text: str) -> str:
    if not storable(text):
        raise ValueError("holds a character that cannot be stored")
    return text


Day = Annotated[date, AfterValidator(_calendar)]
Title = Name
Number = Annotated[str, _text(LONGEST_NUMBER), AfterValidator(_storable)]
Body = Annotated[str, _text(LONGEST_BODY), AfterValidator(_storable)]
Document = Annotated[str, _text(LONGEST_DOCUMENT), AfterValidator(_storable)]
Address = Annotated[str, _text(LONGEST_ADDRESS), AfterValidator(_storable)]


class CaseRemedyIn(Strict):
    filed: Day
    concluded: Day | None = Field(None, description="Its end in every instance; null while it is pending.")
    upheld: bool | None = Field(
        None, description="Whether the decision stood; demanded once it is concluded."
    )

    @model_validator(mode="after")
    def _whole(self) -> "CaseRemedyIn":
        if (self.concluded is None) != (self.upheld is None):
            raise ValueError("a conclusion says whether the decision stood")
        return self

    def remedy(self) -> Remedy:
        return Remedy(self.filed, self.concluded, self.upheld is not False)


class CasePartyIn(Strict):
    kind: PartyKind
    name: Line = Field(description="The real name; it is shown to those who prepare cases only.")
    common_word: bool = Field(
        False,
        description="What is left of the name without place and legal form is a common word: only the whole "
        "name is looked for.",
    )

    def party(self) -> Party:
        return Party(self.kind, self.name, self.common_word)


class CasePartiesIn(Strict):
    parties: Annotated[list[CasePartyIn], Field(min_length=1, max_length=MOST_PARTIES)]


class CaseFactsIn(Strict):
    number: Number = Field(description="Of the decision 案号; never in a published text.")
    title: Title = Field(description="Without a party's name.")
    kind: DecisionKind = Field(description="annex 4 §2(一).")
    grid: Code = Field(description="The county or park.")
    violations: Annotated[list[Violation], Field(min_length=1, max_length=len(Violation))] = Field(
        description="annex 4 §3(一)."
    )
    decided: Day
    served: Day | None = None
    review: CaseRemedyIn | None = Field(None, description="行政复议, where one was asked for.")
    suit: CaseRemedyIn | None = Field(None, description="行政诉讼; of a judgment, the appeal.")
    source: Code | None = Field(None, description="Code in the register of sources 一企一档.")

    def facts(self) -> Facts:
        return Facts(
            self.number, self.title, self.kind, self.grid, self.violations, self.decided, self.served,
            None if self.review is None else self.review.remedy(),
            None if self.suit is None else self.suit.remedy(), self.source,
        )  # fmt: skip


class TypicalCaseIn(CaseFactsIn, CasePartiesIn):
    pass


class CaseTextIn(Strict):
    title: Title
    body: Body = Field(description="1,000 to 1,500 characters without blanks before it can be submitted.")


class CaseDossierIn(Strict):
    standard: Line = Field(description="The review standard 案卷评查标准, its newest edition.")
    panel: Annotated[str, _text(1000), AfterValidator(_storable)] = Field(
        description="论证: when, and what it found."
    )
    facts: bool = Field(description="事实认定 stands.")
    evidence: bool = Field(description="证据收集 stands.")
    law: bool = Field(description="法律适用 stands.")
    procedure: bool = Field(description="程序规范 stands.")


class CaseSignatureIn(Strict):
    step: Literal[ExposureStep.BUREAU, ExposureStep.LEADER, ExposureStep.PUBLICITY]
    dossier: CaseDossierIn | None = Field(None, description="With `bureau`, and only with it.")


class CaseMarkIn(Strict):
    step: Literal[
        ExposureStep.REVIEW_1, ExposureStep.REVIEW_2, ExposureStep.REVIEW_3,
        ExposureStep.PROOF_1, ExposureStep.PROOF_2, ExposureStep.PROOF_3,
    ]  # fmt: skip
    name: Annotated[str, _text(60), AfterValidator(_storable)] | None = Field(
        None, description="Of an editor without an account; the publicity department alone signs for one."
    )


class CaseReasonIn(Strict):
    reason: Annotated[str, _text(1000), AfterValidator(_storable)] = Field(
        description="Without a party's name: more people read it."
    )


class ExposureBatchIn(Strict):
    kind: ExposureBatchKind
    quarter: Annotated[str, _text(10)] | None = Field(
        None, description="Of a quarterly one, such as 2026-Q3."
    )
    title: Title


class BatchFillIn(Strict):
    case: Annotated[int, Field(ge=1, le=2**31 - 1)]


class BatchPublishIn(Strict):
    on: Day = Field(description="The day of publication in Beijing: today, or one of the last 31.")


class BatchAppearanceIn(Strict):
    medium: ExposureMedium
    on: Day
    address: Address = Field(description="Page of the newspaper, programme, or web address.")


class PublicityOfficerIn(Strict):
    username: Code = Field(description="A viewer or chief of the prefecture.")
    document: Document = Field(description="Number and date of the letter that names them.")


class CaseRemedy(Shape):
    filed: date
    concluded: date | None
    upheld: bool | None


class ExposedCaseShape(Shape):
    id: int
    number: str
    title: str
    kind: DecisionKind
    grid: str
    grid_name: str
    violations: list[Violation]
    decided: date
    served: date | None
    state: ExposureState
    revision: int = Field(description="Rises with every act; the ETag, for If-Match.")
    texts: int = Field(description="Versions.")
    batch: int | None
    published_on: date | None
    registered_by: str
    registered_at: AwareDatetime
    withdrawn_by: str | None
    withdrawn_at: AwareDatetime | None
    withdrawn_why: str | None


class RemedyPeriod(Shape):
    kind: Hindrance
    last: date = Field(description="The last day on which it may still be brought.")


class UnreadyShape(Shape):
    code: Unready | Hindrance
    detail: str = Field(description="The last day of a period, characters, or the steps that are missing.")


class MaskFinding(Shape):
    leak: Leak
    line: int = Field(description="1 is the title.")
    column: int
    text: str | None = Field(None, description="For those who prepare only.")


class CaseStep(Shape):
    step: ExposureStep
    name: str = Field(description="Whose act it is.")
    signed_by: str = Field(description="Who signed it here.")
    at: AwareDatetime
    reason: str | None
    dossier: dict[str, Any] | None


class CaseVersion(Shape):
    version: int
    title: str | None = Field(
        description="Null, as the body, for who does not prepare, until it is submitted and while it names a party."
    )
    body: str | None
    characters: int = Field(description="Without blanks.")
    sha256: str
    written_by: str
    written_at: AwareDatetime
    findings: list[MaskFinding] = Field(description="Where the masking fails.")
    steps: list[CaseStep]


class CaseSource(Shape):
    code: str
    name: str


class ExposedCaseDetail(ExposedCaseShape):
    review: CaseRemedy | None
    suit: CaseRemedy | None
    periods: list[RemedyPeriod] = Field(description="What may still be brought.")
    reasons: list[UnreadyShape] = Field(description="Why it may not be published today; empty when it may.")
    parties: int = Field(description="How many; their names are an answer of their own.")
    versions: list[CaseVersion] = Field(description="The newest first.")
    source: CaseSource | None = Field(None, description="For those who prepare only: its name is a party's.")


class CasePartyShape(Shape):
    kind: PartyKind
    name: str
    common_word: bool


class CaseParties(Shape):
    items: list[CasePartyShape]


class ExposureBatchShape(Shape):
    id: int
    kind: ExposureBatchKind
    quarter: str | None
    title: str
    cases: int
    created_by: str
    created_at: AwareDatetime
    published_on: date | None
    published_by: str | None
    published_at: AwareDatetime | None
    sha256: str | None = Field(description="Of the frozen copy of what was published.")


class BatchAppearance(Shape):
    medium: ExposureMedium
    day: date
    address: str
    entered_by: str
    entered_at: AwareDatetime


class ExposureBatchDetail(ExposureBatchShape):
    contents: list[ExposedCaseShape]
    appearances: list[BatchAppearance]


class PublicityOfficerShape(Shape):
    id: int
    username: str
    name: str
    document: str
    appointed_by: str
    appointed_at: AwareDatetime
    ended_by: str | None
    ended_at: AwareDatetime | None
    ended_why: str | None


class PublicityOfficers(Shape):
    items: list[PublicityOfficerShape]


class PublicCase(Shape):
    id: int
    published_on: date
    title: str
    body: str
    grid: str
    grid_name: str
    decision: DecisionKind
    violations: list[Violation]
    batch: str


class PublicCases(Shape):
    now: AwareDatetime
    cases: list[PublicCase] = Field(description="The newest first, 200 at most; without what was withdrawn.")
