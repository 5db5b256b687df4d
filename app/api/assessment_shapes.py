"""What requests and answers of the assessment hold."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints

from app.api.requests import Code, Line, Reason, Strict
from app.api.shapes import Shape
from app.auth.callers import storable
from models.enums import DirectFail, MonthState, PointItem, PointRecord, PointState
from supervision.assessment.claims import LONGEST_EVIDENCE, LONGEST_TEXT, MOST_AT_ONCE
from supervision.assessment.items import Grade


def _kept(text: str) -> str:
    if not storable(text):
        raise ValueError("holds a character that cannot be stored")
    return text


Said = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_TEXT),
    AfterValidator(_kept),
]
EvidenceRef = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_EVIDENCE),
    AfterValidator(_kept),
]
Figure = Annotated[str, Field(description="An exact decimal.")]
_IDS = "Points that made a difference, by id."


class RecordIn(Strict):
    kind: PointRecord
    ref: Line = Field(description="The number of the problem, order or report; the document's own.")


class PointIn(Strict):
    grid: Code = Field(description="Of level 2.")
    item: PointItem
    ground: DirectFail | None = Field(None, description="With the item `fail`, and with no other.")
    record: RecordIn
    problem: Code | None = Field(
        None, description="The number of the problem it is about: of one problem only the largest counts."
    )
    count: int = Field(1, ge=1, le=MOST_AT_ONCE, description="Above 1 only for a document, items 4 to 7.")
    text: Said
    evidence: EvidenceRef | None = Field(None, description="Where what proves it is found.")


class ObjectionIn(Strict):
    reason: Said


class DecisionIn(Strict):
    decision: Literal["uphold", "withdraw"] = Field(
        description="Of a bonus: whether it is approved. Of another point: whether it stands against the objection."
    )
    reason: Said


class FreezeIn(Strict):
    reason: Reason | None = Field(None, description="Demanded where the month is signed already.")


class SignIn(Strict):
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$", description="Of the inputs that were shown.")]


class ItemShape(Shape):
    item: PointItem
    worth: Figure
    kept: Figure
    overflow: Figure
    vetoed: bool
    counted: int = Field(description="How many records took from it.")
    points: list[int] = Field(description=_IDS)


class ScoreShape(Shape):
    code: str
    total: Figure
    grade: Grade
    failed: bool
    building: Figure
    operation: Figure
    overflow: Figure = Field(description="Of item 7, taken from the total.")
    exposed: Figure
    bonus: Figure
    fails: list[DirectFail]
    items: list[ItemShape]
    exposures: list[int] = Field(description=_IDS)
    bonuses: list[int] = Field(description=_IDS)
    failings: list[int] = Field(description=_IDS)


class UnitShape(ScoreShape):
    name: str
    claimed: int
    objected: int
    waiting: int = Field(description="Points that keep the month from being frozen.")


class VersionShape(Shape):
    version: int
    state: MonthState
    sha256: str
    why: str | None
    frozen_by: str
    frozen_at: AwareDatetime
    signed_by: str | None
    signed_at: AwareDatetime | None
    units: list[ScoreShape]


class MonthShape(Shape):
    month: str
    over: bool
    readings: int = Field(description="Version of the readings of the text.")
    units: list[UnitShape] = Field(description="As it stands now.")
    signed: VersionShape | None
    frozen: VersionShape | None = Field(description="Waits for a signature; null for counties.")


class FrozenShape(VersionShape):
    inputs: dict[str, Any] = Field(description="Everything the result follows from; `sha256` is of it.")
    result: dict[str, Any]


class ActShape(Shape):
    by: str
    at: AwareDatetime
    why: str


class RecordShape(Shape):
    kind: PointRecord
    ref: str
    id: int | None = Field(description="Of the problem, order or report; null for what has none.")


class PointShape(Shape):
    id: int
    grid: str
    month: str
    item: PointItem
    ground: DirectFail | None
    article: str
    count: int
    takes: Figure | None = Field(description="By itself; null for what fails or adds.")
    text: str
    record: RecordShape
    problem: str | None
    evidence: str | None
    state: PointState
    counted: bool = Field(description="Whether it makes a difference to the score as it stands.")
    proposed_by: str | None = Field(description="Null for the service.")
    proposed_at: AwareDatetime
    object_until: AwareDatetime
    open_to_objection: bool
    objected: ActShape | None
    upheld: ActShape | None
    withdrawn: ActShape | None


class UnitMonthShape(Shape):
    month: str
    grid: str
    name: str
    over: bool
    score: ScoreShape
    signed: ScoreShape | None
    signed_version: int | None
    points: list[PointShape]


class GatheredShape(Shape):
    points: list[int]


class NoticeShape(Shape):
    paper: int = Field(description="A draft that another person issues.")


class MonthScoreShape(Shape):
    total: Figure
    grade: Grade


class YearUnitShape(Shape):
    code: str
    name: str
    mean: Figure | None = Field(description="Of the signed months, cut after two decimals.")
    grade: Grade | None
    months: list[MonthScoreShape | None]
    failed_months: list[int]
    failed: bool | None = Field(description="Known once all twelve months are signed.")


class YearShape(Shape):
    year: int
    units: list[YearUnitShape]
