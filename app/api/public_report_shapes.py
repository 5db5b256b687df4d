"""How public reports, rewards and their rules look in requests and answers."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, Field
from pydantic import StringConstraints as Constraints

from app.api.requests import Code, Id, Line, LongText, Reason, Strict
from app.api.shapes import Shape
from app.auth.callers import storable
from models.enums import (
    ProblemCategory,
    PublicReportAct,
    PublicReportChannel,
    PublicReportState,
    RewardState,
)


def _storable(text: str) -> str:
    if not storable(text):
        raise ValueError("holds a character that cannot be stored")
    return text


Amount = Annotated[
    str,
    Constraints(strip_whitespace=True, min_length=1, max_length=20),
    AfterValidator(_storable),
    Field(description="Yuan as a text, such as `200.00`, so that it stays exact."),
]


class AcceptIn(Strict):
    note: Reason | None = None


class MergeIn(Strict):
    report: Id
    reason: Reason | None = None


class ReferIn(Strict):
    grid: Code | None = Field(None, description="A county or park; null is the prefecture's queue.")
    reason: Reason


class RejectIn(Strict):
    reason: LongText = Field(description="The reporter reads it.")


class AnswerIn(Strict):
    text: LongText = Field(description="The reporter reads it.")
    solved: bool


class LinkIn(Strict):
    problem: Code = Field(description="Number of a problem of the problem list.")


class TakeOverIn(Strict):
    title: Line
    text: LongText = Field(description="In the officer's own words: nothing that says who reported.")


class IdentityIn(Strict):
    reason: Reason = Field(description="Goes into the journal with the caller's name.")


class RewardIn(Strict):
    amount: Amount
    ground: LongText


class DeclineIn(Strict):
    reason: Reason


class PayIn(Strict):
    document: Line = Field(description="Number or name of the payment's document.")
    paid_on: date


class PublicReportPolicyIn(Strict):
    body: dict[str, Any] = Field(description="Every field, as `GET` shows it.")
    note: Reason


class PublicReportPolicyShape(Shape):
    version: int = Field(description="0: what comes with the service.")
    body: dict[str, Any]


class PhotoShape(Shape):
    place: int
    sha256: str = Field(description="Of the original.")
    media_type: str
    size: int


class PublicReportStepShape(Shape):
    act: PublicReportAct
    at: AwareDatetime
    by: str
    note: str | None
    from_grid: str | None
    to_grid: str | None


class MergedShape(Shape):
    id: int
    number: str


class PublicReportShape(Shape):
    id: int
    number: str
    channel: PublicReportChannel
    state: PublicReportState
    category: ProblemCategory
    text: str
    place: str | None
    lon: float | None
    lat: float | None
    media_url: str | None
    grid: str | None = Field(description="Null: the prefecture's queue.")
    grid_name: str | None
    received_at: AwareDatetime
    due_at: AwareDatetime
    moved_at: AwareDatetime
    same_as: int | None
    same_as_number: str | None
    problem: str | None
    answer: str | None
    solved: bool | None
    answered_by: str | None
    answered_at: AwareDatetime | None
    closed_at: AwareDatetime | None
    rating: int | None = Field(description="1 to 5, by the reporter.")
    rating_note: str | None
    rated_at: AwareDatetime | None
    identity_kept: bool = Field(description="Whether who sent it is kept, sealed.")


class PublicReportDetail(PublicReportShape):
    photos: list[PhotoShape]
    steps: list[PublicReportStepShape]
    merged: list[MergedShape]


class ReporterShape(Shape):
    name: str | None
    phone: str | None
    email: str | None
    address: str | None = Field(description="Of the connection.")


class RepeatedShape(Shape):
    problem: str = Field(description="Number of the problem, or of the report that others were merged into.")
    grid: str | None
    people: int
    numbers: list[str]
    reached_at: AwareDatetime
    article: Literal["annex 2 art. 5(四)"]


class RepeatedList(Shape):
    until: AwareDatetime
    times: int = Field(description="People whose reports of one unsolved problem count.")
    readings: int = Field(description="Version of the readings that says so.")
    items: list[RepeatedShape]


class RewardShape(Shape):
    id: int
    report: int
    number: str
    category: ProblemCategory
    grid: str | None
    grid_name: str | None
    state: RewardState
    amount: str
    ground: str
    policy_version: int
    proposed_by: str
    proposed_at: AwareDatetime
    decided_by: str | None
    decided_at: AwareDatetime | None
    decided_why: str | None
    paid_by: str | None
    paid_at: AwareDatetime | None
    paid_on: date | None
    document: str | None
