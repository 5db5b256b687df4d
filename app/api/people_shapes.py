"""The shapes of requests and answers about people and about registry files."""

from typing import Literal

from pydantic import AwareDatetime, Field

from app.api.requests import Instant, Line, Name, Strict
from app.api.shapes import ApiKeyShape, Shape
from models.enums import Role

_MARK = Field(
    default=None, max_length=64, description="`mark` as it was read; 412 if it is another one by now."
)


class ReasonIn(Strict):
    reason: Line | None = None
    mark: str | None = _MARK


class DutyIn(ReasonIn):
    grid: str = Field(min_length=1, max_length=32)
    role: Role
    since: Instant | None = Field(default=None, alias="from", description="Now or later; now without it.")
    until: Instant | None = Field(default=None, alias="to", description="Open without it.")


class PersonIn(Strict):
    username: str = Field(min_length=1, max_length=64)
    name: Name
    phone: str | None = Field(default=None, max_length=40)
    grid: str = Field(min_length=1, max_length=32)
    role: Role
    since: Instant | None = Field(default=None, alias="from", description="Now or later; now without it.")
    until: Instant | None = Field(default=None, alias="to", description="Open without it.")
    reason: Line | None = None


class DutyEndIn(ReasonIn):
    at: Instant | None = Field(default=None, description="Now or later; now without it.")


class PersonDuty(Shape):
    id: int
    grid: str
    grid_name: str
    role: Role
    from_: AwareDatetime = Field(alias="from")
    to: AwareDatetime | None
    state: Literal["past", "in_force", "coming"]


class PersonRow(Shape):
    id: int
    username: str
    name: str
    phone: str | None
    disabled_at: AwareDatetime | None
    has_password: bool
    duties: list[PersonDuty] = Field(description="In force or to come.")


class PersonShape(PersonRow):
    duties: list[PersonDuty] = Field(description="All there were, the newest first; at most 200.")
    api_keys: list[ApiKeyShape]
    mark: str = Field(description="Another one as soon as anything here differs.")


class NewPassword(Shape):
    id: int
    username: str
    issued_at: AwareDatetime
    password: str = Field(description="Shown only here.")


class RegistryFileIn(Strict):
    text: str = Field(min_length=1, max_length=1_000_000, description="YAML or JSON.")
    mark: str | None = _MARK
    reason: Line | None = None


class FaultShape(Shape):
    line: int | None
    path: str
    message: str


class TallyShape(Shape):
    added: int
    changed: int
    ended: int
    unchanged: int


class RegistryCheck(Shape):
    mark: str = Field(description="Of the registry as it was; give it to the load.")
    faults: list[FaultShape] = Field(description="The first 200.")
    fault_count: int
    changes: dict[str, TallyShape] | None = Field(description="By kind; null where there are faults.")
    notices: list[str]


class RegistryLoaded(Shape):
    changes: dict[str, TallyShape]
