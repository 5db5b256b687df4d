"""The shapes of answers about duty, units and conflicts, for OpenAPI."""

from typing import Literal

from pydantic import AwareDatetime, Field

from app.api.shapes import Shape
from models.enums import DutyGap, Role, TurnWhy


class PersonShape(Shape):
    username: str
    name: str


class ResponsibleShape(Shape):
    grid: str
    role: Role
    at: AwareDatetime
    person: PersonShape | None
    gap: DutyGap | None = Field(description="Why nobody is responsible; set exactly when `person` is null.")
    why: TurnWhy
    instead_of: PersonShape | None = Field(
        description="Whom a stand-in replaces, or who is missing in a gap."
    )
    since: AwareDatetime | None = Field(description="Of the turn; null for a post without a roster.")
    until: AwareDatetime | None


class TurnShape(Shape):
    id: int
    grid: str
    role: Role
    person: PersonShape | None
    gap: DutyGap | None
    why: TurnWhy
    instead_of: PersonShape | None
    since: AwareDatetime
    until: AwareDatetime = Field(description="Exclusive.")


class Interest(Shape):
    """That there is an interest, not why."""

    username: str
    kind: Literal["source", "station", "grid"]
    code: str


class RotationShape(Shape):
    id: int
    grid: str
    role: Role
    members: list[PersonShape]
    shift_h: int
    handover: str = Field(description="HH:MM, Beijing time.")
    starts_on: str
    since: AwareDatetime
    until: AwareDatetime | None
    reason: str
    author: str
    created_at: AwareDatetime
    ended_by: str | None
    end_reason: str | None


class OverrideShape(Shape):
    id: int
    grid: str
    role: Role
    person: PersonShape
    since: AwareDatetime
    until: AwareDatetime
    reason: str
    author: str
    created_at: AwareDatetime
    cancelled_at: AwareDatetime | None
    cancelled_by: str | None
    cancel_reason: str | None


class AbsenceShape(OverrideShape):
    stand_in: PersonShape | None


class _Assigned(Shape):
    warnings: list[Interest] = Field(
        description="What in this grid those named have an interest in: they have to keep out of its orders."
    )


class NewRotation(RotationShape, _Assigned):
    pass


class NewOverride(OverrideShape, _Assigned):
    pass


class NewAbsence(AbsenceShape, _Assigned):
    pass


class MemberShape(PersonShape):
    since: AwareDatetime
    until: AwareDatetime | None


class UnitShape(Shape):
    id: int
    code: str
    name: str
    grid: str
    members: list[MemberShape] = Field(description="Who works for it now or will.")


class UnitName(Shape):
    code: str
    name: str


class CategoryDutyShape(Shape):
    id: int
    category: str
    grid: str
    lead: UnitName
    co_handlers: list[UnitName]
    since: AwareDatetime
    until: AwareDatetime | None
    reason: str
    author: str
    created_at: AwareDatetime


class ConflictShape(Shape):
    id: int
    person: PersonShape
    source: str | None
    station: str | None
    grid: str | None
    since: AwareDatetime
    until: AwareDatetime | None
    reason: str
    declared_by: str
    declared_at: AwareDatetime
    ended_at: AwareDatetime | None
    ended_by: str | None
    end_reason: str | None
