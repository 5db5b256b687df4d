"""The shapes of the air of months, for OpenAPI, and what requests about it may say."""

from datetime import date
from typing import Annotated, Any

from pydantic import AwareDatetime, Field

from app.api.requests import Code, Line, Strict
from app.api.shapes import Page, Shape
from models.enums import MonthState
from supervision.air.records import LONGEST_DOCUMENT, LONGEST_WHY

MONTH = r"^20[0-9][0-9]-(0[1-9]|1[0-2])$"
Document = Annotated[str, Field(min_length=1, max_length=LONGEST_DOCUMENT)]
Why = Annotated[str, Field(min_length=1, max_length=LONGEST_WHY)]
Number = Annotated[str, Field(pattern=r"^[0-9]{1,6}(\.[0-9]{1,3})?$")]
"""An exact decimal, as text."""


class MonthShape(Shape):
    id: int
    month: str
    version: int
    state: MonthState
    readings: int = Field(description="Version of how the text is read.")
    sha256: str = Field(description="Of the frozen inputs in their canonical form.")
    why: str | None = Field(description="Why a signed month was computed anew.")
    computed_by: str
    computed_at: AwareDatetime
    signed_by: str | None
    signed_at: AwareDatetime | None


class MonthDetail(MonthShape):
    units: list[dict[str, Any]] = Field(
        description="In the order of the ranking. `raw`, `deducted` (without dust) and `ranked` (also with the month's "
        "highest values on void days), each with figures, parts, index and valid days; `published` and by how much it "
        "`differs` from the deducted one; `compared`, `improvement` in percent, `place`, `last`, `not_ranked`; "
        "`good_days`; `voided` days with both values. Numbers are exact decimals, as text."
    )


class MonthInputs(Shape):
    version: int
    sha256: str
    whole: bool = Field(
        description="False where only the caller's own units are shown: the digest is of all."
    )
    inputs: dict[str, Any] = Field(
        description="By unit, this month and the same a year before: stations with their days (`[sum, count]` in "
        "thousandths), void days, exclusions, the published index; and the readings of the text."
    )


class ComputeIn(Strict):
    why: Why | None = Field(None, description="Demanded where the month is signed already.")


class SignIn(Strict):
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$", description="Of the draft that was looked at.")


class BulletinShape(Shape):
    paper: int = Field(description="Id of the draft among the papers of the office.")


class ExclusionIn(Strict):
    grid: Code
    day: date
    pollutants: Annotated[list[Code], Field(min_length=1, max_length=6)]
    document: Document = Field(description="Number and date of what it rests on.")


class WithdrawIn(Strict):
    why: Why


class ExclusionShape(Shape):
    id: int
    grid: str
    grid_name: str
    day: date
    pollutants: list[str]
    document: str
    entered_by: str
    entered_at: AwareDatetime
    withdrawn_by: str | None
    withdrawn_at: AwareDatetime | None
    withdrawn_why: str | None


class PublishedRowIn(Strict):
    grid: Code
    value: Number
    figures: dict[str, Number] = Field(default_factory=dict)


class PublishedIn(Strict):
    month: str = Field(pattern=MONTH)
    rules: Line = Field(description="Code of the rules it follows.")
    document: Document
    rows: Annotated[list[PublishedRowIn], Field(min_length=1, max_length=200)]


class PublishedShape(Shape):
    id: int
    grid: str
    grid_name: str
    month: str
    version: int
    value: str
    figures: dict[str, str]
    rules: str
    document: str
    entered_by: str
    entered_at: AwareDatetime


class EnteredShape(Shape):
    entered: int = Field(description="Rows that say something new; the others are passed over.")
    items: list[dict[str, Any]]


class ImportShape(Shape):
    id: int
    name: str
    sha256: str
    document: str
    hourly: bool
    rows: int
    stations: int
    since: date = Field(alias="from")
    until: date
    entered_by: str
    entered_at: AwareDatetime


class DeliveredShape(Shape):
    id: int
    days: int = Field(description="Station days that were written.")
    stations: int
    since: date = Field(alias="from")
    until: date
    passed_over: int = Field(
        description="Days of which the file has the last hour alone: it began at midnight."
    )


class IndexPart(Shape):
    pollutant: str
    period: str
    value: int


class AqiShape(Shape):
    value: int | None = Field(description="null: NA, by the rules of 2026 where an item is missing.")
    level: int | None
    category: str | None
    colour: str | None
    primary: list[str]
    exceeding: list[str]
    missing: list[str]
    off_scale: bool
    parts: list[IndexPart]
    rules: str = Field(description="HJ 633-2012 or HJ 633-2026, by the day.")


class HourIndexShape(Shape):
    hour: int = Field(description="1 is the first of the day in Beijing, named by its end.")
    levels: dict[str, str]
    aqi: AqiShape


class DayIndexShape(Shape):
    day: date
    levels: dict[str, str] = Field(description="Daily means; of o3 the largest 8 h mean.")
    aqi: AqiShape


class HourlyIndex(Shape):
    place: str
    day: date
    items: list[HourIndexShape]


class DailyIndex(Shape):
    place: str
    since: date = Field(alias="from")
    until: date
    items: list[DayIndexShape]


class YearSeries(Shape):
    figures: dict[str, str] | None
    index: str | None
    provisional: dict[str, str]
    so_far: str | None = Field(description="The index of the days there are, however few.")
    primary: list[str]
    days: dict[str, int]
    missing: list[str]


class GoodDaysShape(Shape):
    good: int
    judged: int
    percent: str | None = Field(description="优良天数比例.")


class YearShape(Shape):
    grid: str
    grid_name: str
    raw: YearSeries
    deducted: YearSeries
    good_days: GoodDaysShape


class YearsShape(Shape):
    year: int
    items: list[YearShape]


class ReadingsIn(Strict):
    valid_from: date
    body: dict[str, str | int] = Field(description="Readings that differ from the defaults, by name.")
    why: Why


class ReadingsShape(Shape):
    version: int
    valid_from: date
    body: dict[str, Any]
    why: str
    entered_by: str | None
    entered_at: AwareDatetime


class ReadingsPage(Page[ReadingsShape]):
    in_force: int | None = Field(description="Version in force today.")
