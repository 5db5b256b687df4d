"""What requests may say: strict lengths, no unknown fields, nothing the database cannot hold."""

import uuid
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic import StringConstraints as Constraints

from app.auth.callers import storable
from app.views.paging import BIGINT_MAX, INTEGER_MAX
from dispatch.desk.rules import LONGEST_REMARKS
from models.enums import CauseCode, ChecklistAnswer, FalseAlarm, ReportClaim, ReturnReason, Severity

MAX_LIMIT = 1000
MAX_READINGS = 10_000
MAX_EVIDENCE = 20
MAX_CHECKLIST = 30
MAX_NOTED = 300


def _storable(text: str) -> str:
    if not storable(text):
        raise ValueError("holds a character that cannot be stored")
    return text


def _distinct(ids: list[uuid.UUID]) -> list[uuid.UUID]:
    if len(set(ids)) != len(ids):
        raise ValueError("names a piece of evidence twice")
    return ids


def _plus(value: object) -> object:
    """Gives back the `+` of an offset that a caller did not escape in a query."""
    if isinstance(value, str) and "T" in value and len(value) > 6 and value[-6] == " ":
        return f"{value[:-6]}+{value[-5:]}"
    return value


def _calendar(instant: datetime) -> datetime:
    # Years the database and every time zone can express.
    if not 1970 <= instant.year <= 2200:
        raise ValueError("is no time a station could report")
    return instant


def _text(longest: int) -> Constraints:
    return Constraints(strip_whitespace=True, min_length=1, max_length=longest)


Id = Annotated[int, Field(ge=1, le=BIGINT_MAX)]
SmallId = Annotated[int, Field(ge=1, le=INTEGER_MAX)]
Code = Annotated[str, _text(64), AfterValidator(_storable)]
Category = Annotated[str, _text(60), AfterValidator(_storable)]
Name = Annotated[str, _text(100), AfterValidator(_storable)]
Ref = Annotated[str, _text(120), AfterValidator(_storable)]
LINE = 200
Line = Annotated[str, _text(LINE), AfterValidator(_storable)]
Reason = Annotated[str, _text(500), AfterValidator(_storable)]
Remarks = Annotated[str, _text(LONGEST_REMARKS), AfterValidator(_storable)]
LongText = Annotated[str, _text(4000), AfterValidator(_storable)]
SummaryText = Annotated[str, _text(20_000), AfterValidator(_storable)]
EvidenceIds = Annotated[list[uuid.UUID], Field(max_length=MAX_EVIDENCE), AfterValidator(_distinct)]
Instant = Annotated[AwareDatetime, BeforeValidator(_plus), AfterValidator(_calendar)]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Location(Strict):
    """Where the device was, WGS 84 degrees."""

    lon: Annotated[float, Field(ge=-180, le=180, strict=True)]
    lat: Annotated[float, Field(ge=-90, le=90, strict=True)]
    accuracy_m: Annotated[float, Field(ge=0, le=1_000_000, strict=True)] | None = None


_FALSE = "why there had been nothing to find; counts against the rule that raised the alert."


class FeedbackIn(Strict):
    finding: LongText
    cause: Line | None = None
    cause_code: CauseCode | None = Field(None, description="What polluted; by it the figures are counted.")
    evidence: EvidenceIds = []
    location: Location | None = None


class ReportIn(Strict):
    measures: LongText
    result: LongText
    evidence: EvidenceIds = []
    unfinished_tasks_reason: Reason | None = Field(
        None, description="Demanded while tasks handed down of the order are unfinished."
    )
    open_children_reason: Reason | None = Field(
        None, description="Demanded of the lead while parts of a joint order are not reported."
    )
    claims: ReportClaim | None = Field(
        None, description="What became of the air; the station is heard beside it."
    )


class ChecklistLine(Strict):
    item: Code
    answer: ChecklistAnswer
    reason: Reason | None = Field(None, description="Demanded for `no`.")


class ReviewIn(Strict):
    decision: Literal["accept", "return"]
    checklist: Annotated[list[ChecklistLine], Field(max_length=MAX_CHECKLIST)] | None = Field(
        None, description="With `accept` every item; without it is kept as not filled in."
    )
    reasons: Annotated[list[ReturnReason], Field(max_length=len(ReturnReason))] = Field(
        [], description="With `return`: coded, beside the comment."
    )
    override_reason: Reason | None = Field(
        None, description="With `accept`: why, although the station has not recovered; demanded then."
    )
    comment: LongText | None = Field(None, description="Demanded for `return`.")
    false_alarm: FalseAlarm | None = Field(None, description=f"With `accept`: {_FALSE}")


class WarningsIn(Strict):
    orders: Annotated[list[Id], Field(min_length=1, max_length=MAX_NOTED)]
    note: Line | None = None


class VoidIn(Strict):
    reason: Reason
    false_alarm: FalseAlarm | None = Field(None, description=_FALSE)
    with_children: bool = Field(False, description="Every open part of a joint order is withdrawn too.")


class OrderIn(Strict):
    grid: Code
    station: Code | None = None
    reason: Reason
    severity: Severity = Severity.NOTICE
    drill: bool = Field(False, description="演练: its clocks run, and it is counted nowhere.", strict=True)
    category: Category | None = Field(
        None, description="Of the likely source; brings in the unit that leads for it."
    )


class RouteIn(Strict):
    grid: Code


class ApiKeyIn(Strict):
    name: Name
