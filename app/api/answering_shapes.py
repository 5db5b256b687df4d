"""The shapes of requests and answers about who answers in a county, and about its yearly duties."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field

from app.api.requests import Line, LongText, Name, Strict
from app.api.shapes import Shape
from models.enums import ChiefPost, ListKind, Role, YearlyKind
from supervision.duties.gaps import GapCode, Standing
from supervision.yearly.due import YearlyState

_Source = Annotated[str, Field(min_length=1, max_length=300)]


class OfficeIn(Strict):
    name: Name
    head: Name = Field(description="Its director, by name and post.")
    document: _Source = Field(description="Number and date of what set it up.")


class ListIn(Strict):
    """The county's list as the registry has it at this moment."""

    kind: ListKind
    as_of: date = Field(description="The day it was sent, or brought up to date where it is published.")
    place: _Source | None = Field(None, description="Where it is published; needed then.")
    contact: _Source | None = Field(None, description="How to complain, as it says; needed where published.")
    document: _Source | None = Field(None, description="Number and date; needed where filed.")


class RecordIn(Strict):
    done_on: date
    document: _Source = Field(description="Number and date, or where the file is kept.")
    note: LongText | None = None
    attendees: Annotated[list[Line], Field(max_length=1000)] = Field(
        [], description="Of a training: user names, or names of whoever is not in the registry."
    )


class ItemStanding(Shape):
    item: int
    standing: Standing


class NewestList(Shape):
    id: int
    as_of: date
    place: str | None
    contact: str | None
    document: str | None
    entered_at: AwareDatetime
    noted_at: AwareDatetime | None
    differs_since: date | None = Field(
        description="Since when the registry says something else; null: it does not."
    )


class Heads(Shape):
    party: list[str]
    government: list[str]
    without_post: list[str] = Field(description="Chiefs of whom the registry does not say which of the two.")


class CountyRow(Heads):
    grid: str
    name: str
    kind: str
    items: list[ItemStanding] = Field(description="Items 1 to 3 of annex 2 art. 5(一).")
    gap_count: int
    filed: NewestList | None
    published: NewestList | None


class Counties(Shape):
    items: list[CountyRow]


class NamedCode(Shape):
    code: str
    name: str


class SubChiefShape(Shape):
    name: str
    covers: list[NamedCode]


class StaffedGrid(Heads):
    code: str
    name: str
    level: int
    kind: str
    sub_chiefs: list[str]
    covered_by: list[str] = Field(description="Sub-chiefs of the grid above who answer for it.")
    supervisors: int
    full_time: int
    part_time: int


class GapShape(Shape):
    code: GapCode
    grid: str
    grid_name: str
    article: str
    item: int | None
    unclear: bool = Field(description="The registry does not say whether it is missing.")
    values: dict[str, Any]


class OfficeShape(Shape):
    name: str
    head: str
    document: str
    entered_at: AwareDatetime


class CountyShape(CountyRow):
    office: OfficeShape | None
    sub_chiefs: list[SubChiefShape]
    grids: list[StaffedGrid]
    gaps: list[GapShape]
    interests: int = Field(
        description="People with a declared interest; what and why is in their own register."
    )


class ListRow(Shape):
    id: int
    grid: str
    kind: ListKind
    as_of: date
    place: str | None
    contact: str | None
    document: str | None
    line_count: int
    sha256: str
    entered_by: str
    entered_at: AwareDatetime
    noted_by: str | None
    noted_at: AwareDatetime | None


class ListLine(Shape):
    grid: str
    grid_name: str
    role: Role
    name: str
    post: ChiefPost | None
    full_time: bool | None
    covers: list[str]


class ListShape(ListRow):
    lines: list[ListLine]


class YearlyRow(Shape):
    id: int
    grid: str
    grid_name: str
    level: int
    year: int
    kind: YearlyKind
    article: str
    due_on: date
    done_on: date | None = Field(description="The earliest day it was done on.")
    state: YearlyState
    days_late: int


class AttendeeShape(Shape):
    name: str
    username: str | None


class RecordShape(Shape):
    id: int
    done_on: date
    document: str
    note: str | None
    entered_by: str
    entered_at: AwareDatetime
    attendees: list[AttendeeShape]


class YearlyShape(YearlyRow):
    opened_at: AwareDatetime
    readings_version: int = Field(description="Of the readings that gave the day.")
    records: list[RecordShape]


YearlyStateFilter = Literal["undone", "overdue", "done"]
