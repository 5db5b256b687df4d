"""What requests about patrols may say."""

import uuid
from datetime import date
from typing import Annotated

from pydantic import Field, model_validator

from app.api.requests import Code, Instant, Location, LongText, Name, Strict
from app.api.source_requests import Degrees, Latitude
from models.enums import ProblemCategory, SummaryKind, VisitFound
from supervision.patrols.cover import WITHIN_M
from supervision.patrols.patrols import LONGEST_NOTE, MOST_PHOTOS

PerDay = Annotated[int, Field(ge=1, le=12, description="Visits a day, at least half an hour apart.")]
Within = Annotated[
    int, Field(ge=50, le=5000, description="Metres; a check-in from further away does not count.")
]


class VisitIn(Strict):
    """A check-in at a place."""

    place: Code = Field(description="`key` of a place: s and the source's number, p and the point's.")
    found: VisitFound
    note: Annotated[str, Field(min_length=1, max_length=LONGEST_NOTE)] | None = Field(
        None, description="Demanded where something was found."
    )
    visited_at: Instant | None = Field(
        None, description="By the device's clock, at most 7 days ago; now without it. The day it counts for."
    )
    location: Location | None = Field(
        None, description="Without one the check-in is kept and does not count."
    )
    evidence: Annotated[list[uuid.UUID], Field(max_length=MOST_PHOTOS)] = Field(
        default_factory=list, description="Uploads of the caller, from `/evidence`."
    )
    report_as: ProblemCategory | None = Field(
        None,
        description="Reports upward what was found, in the same act, with its note, photos and place."
        " Without it nothing is reported.",
    )


class PlanIn(Strict):
    """Of a source, or of a further point with its grid, name and position."""

    source: Code | None = None
    grid: Code | None = None
    name: Name | None = None
    lon: Degrees | None = None
    lat: Latitude | None = None
    per_day: PerDay = 1
    within_m: Within = WITHIN_M

    @model_validator(mode="after")
    def _either(self) -> "PlanIn":
        point = [self.grid, self.name, self.lon, self.lat]
        if self.source is not None and any(part is not None for part in point):
            raise ValueError("a source has its own grid, name and position")
        if self.source is None and any(part is None for part in point):
            raise ValueError("a point wants grid, name, lon and lat")
        return self


class SummaryIn(Strict):
    grid: Code = Field(description="A town for its day, a county or park for its week.")
    kind: SummaryKind
    first_on: date = Field(description="The day, or the Monday of the week.")
    note: LongText = Field(description="What was urged or decided.")
