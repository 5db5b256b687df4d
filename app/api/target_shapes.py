"""The shapes of targets, for OpenAPI, and what requests about them may say."""

from datetime import date
from typing import Annotated

from pydantic import AwareDatetime, Field

from app.api.air_shapes import Document, Number
from app.api.requests import Code, Strict
from app.api.shapes import Shape
from supervision.targets.standing import Outlook

Twelve = Annotated[list[Number], Field(min_length=12, max_length=12)]


class TargetIn(Strict):
    grid: Code | None = Field(None, description="A county or park; or else `station`.")
    station: Code | None = None
    year: Annotated[int, Field(ge=2013, le=2200)]
    pollutant: Code
    yearly: Number
    months: Twelve | None = Field(
        None, description="As they are given; without them and `profile` all the yearly one."
    )
    profile: Twelve | None = Field(
        None,
        description="What the months were in other years: the yearly target is broken down in their shape.",
    )
    document: Document


class _Placed(Shape):
    grid: str | None = Field(description="The county or park, also of a station.")
    station: str | None
    name: str


class TargetShape(_Placed):
    id: int
    year: int
    pollutant: str
    version: int
    yearly: str
    months: list[str]
    document: str
    entered_by: str
    entered_at: AwareDatetime


class TargetSetShape(Shape):
    grid: str | None
    station: str | None
    year: int
    pollutant: str
    version: int
    yearly: str
    months: list[str]


class TargetsEntered(Shape):
    entered: int
    items: list[TargetSetShape]


class StandingShape(_Placed):
    pollutant: str
    target: str
    to_date: str | None = Field(description="Mean, or percentile, of the valid days so far.")
    measured: int
    remaining: int
    may_average: str | None = Field(
        description="What the remaining days may average at most; below zero: it was too much already."
    )
    days_over: int
    may_exceed: int | None = Field(
        description="Of CO and ozone: how many more days may lie above the target."
    )
    outlook: Outlook


class StandingsShape(Shape):
    month: str
    today: date
    items: list[StandingShape]


class TargetWarningShape(_Placed):
    id: int
    month: str
    pollutant: str
    target: str
    to_date: str
    remaining: int
    told_at: AwareDatetime
