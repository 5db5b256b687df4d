"""What requests about duty, units and conflicts may say."""

from datetime import date, time
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from app.api.requests import Category, Code, Instant, Name, Reason, Strict
from models.enums import Role

_FROM = "Now by default; what lies in the past counts from now."


def _minute(at: time) -> time:
    if at.second or at.microsecond or at.tzinfo is not None:
        raise ValueError("wants hours and minutes of Beijing time, such as 08:30")
    return at


def _near(day: date) -> date:
    if not 2000 <= day.year <= 2199:
        raise ValueError("is no day a rotation could begin on")
    return day


Codes = Annotated[list[Code], Field(max_length=20)]


class PostIn(Strict):
    grid: Code
    role: Role = Field(
        description="`supervisor` or `chief` of a county or park, `duty_officer` of the prefecture."
    )
    reason: Reason


class RotationIn(PostIn):
    members: Annotated[list[Code], Field(min_length=1, max_length=50)] = Field(
        description="User names, in the order in which they take turns."
    )
    shift_h: Annotated[int, Field(ge=1, le=744)] = Field(description="Length of a shift in hours.")
    handover: Annotated[time, AfterValidator(_minute)] = Field(description="Time of day, Beijing.")
    starts_on: Annotated[date, AfterValidator(_near)] = Field(
        description="The day (Beijing) of the first handover, from which shifts are counted; may have been."
    )
    until: Instant | None = Field(None, description="Exclusive; open by default.")


class _Spell(PostIn):
    person: Code = Field(description="User name.")
    since: Instant | None = Field(None, alias="from", description=_FROM)
    until: Instant = Field(description="Exclusive; at most 366 days after `from`.")


class OverrideIn(_Spell):
    """This person instead of whoever's turn it were."""


class AbsenceIn(_Spell):
    """This person is away from the post."""

    stand_in: Code | None = Field(
        None, description="User name of whoever takes the turns; without one they are a gap."
    )


class EndIn(Strict):
    reason: Reason


class UnitIn(Strict):
    code: Code
    name: Name
    grid: Code = Field(description="The prefecture, or the county or park, whose department it is.")


class MemberIn(Strict):
    username: Code
    since: Instant | None = Field(None, alias="from", description=_FROM)
    until: Instant | None = Field(None, description="Exclusive; open by default.")


class MemberEnd(Strict):
    username: Code
    reason: Reason


class CategoryDutyIn(Strict):
    category: Category
    grid: Code = Field(description="Holds there and below, where nothing nearer is said.")
    lead: Code = Field(description="Code of the unit that leads.")
    co_handlers: Codes = Field([], description="Codes of the units that handle it too.")
    since: Instant | None = Field(None, alias="from", description=_FROM)
    until: Instant | None = Field(None, description="Exclusive; open by default.")
    reason: Reason


class CategoryIn(Strict):
    category: Category


class ConflictIn(Strict):
    username: Code | None = Field(None, description="Oneself by default; others by the prefecture alone.")
    source: Code | None = None
    station: Code | None = None
    grid: Code | None = None
    since: Instant | None = Field(None, alias="from", description=_FROM)
    until: Instant | None = Field(None, description="Exclusive; open by default.")
    reason: Reason = Field(description="Private: read by the person and by the prefecture's desk alone.")

    @model_validator(mode="after")
    def _one_subject(self) -> "ConflictIn":
        if sum(name is not None for name in (self.source, self.station, self.grid)) != 1:
            raise ValueError("wants one of source, station and grid")
        return self
