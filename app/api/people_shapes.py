"""The shapes of requests and answers about people and about registry files."""

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field

from app.api.requests import Instant, Line, Name, Strict
from app.api.shapes import BACKGROUND, ApiKeyShape, Shape
from app.registry.said import SaidTerms
from models.enums import ChiefPost, Role, StationKind, StationPurpose

CoveredCode = Annotated[str, Field(min_length=1, max_length=32)]
_MARK = Field(
    default=None, max_length=64, description="`mark` as it was read; 412 if it is another one by now."
)


class ReasonIn(Strict):
    reason: Line | None = None
    mark: str | None = _MARK


class Terms(Strict):
    """What a duty says beside its role; what is left out is not said."""

    post: ChiefPost | None = Field(default=None, description="Of a chief: which of the two 双网格长.")
    full_time: bool | None = Field(default=None, description="Of a supervisor: 专职 or 兼职.")
    covers: Annotated[list[CoveredCode], Field(max_length=200)] | None = Field(
        default=None,
        description="Of a sub-chief 分网格长: codes of grids directly below that they answer for.",
    )

    def said(self) -> SaidTerms:
        return SaidTerms(self.post, self.full_time, self.covers)


class TermsIn(ReasonIn, Terms):
    """What is left out stays as it is."""


class DutyIn(ReasonIn, Terms):
    grid: str = Field(min_length=1, max_length=32)
    role: Role
    since: Instant | None = Field(default=None, alias="from", description="Now or later; now without it.")
    until: Instant | None = Field(default=None, alias="to", description="Open without it.")


class PersonIn(Terms):
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


class CoveredGrid(Shape):
    code: str
    name: str


class PersonDuty(Shape):
    id: int
    grid: str
    grid_name: str
    role: Role
    post: ChiefPost | None
    full_time: bool | None
    covers: list[CoveredGrid] = Field(description="The grids that a sub-chief answers for.")
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
    last_signed_in_at: AwareDatetime | None = Field(
        description="With a password; null where that is not known."
    )
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


GridKind = Literal["administrative", "park", "key"]
Cadence = Annotated[int, Field(ge=1, le=86_400, description="Seconds between two readings.")]
Boundary = Annotated[dict[str, Any], Field(description="GeoJSON Polygon or MultiPolygon, WGS 84 degrees.")]
Aliases = Annotated[list[Name], Field(max_length=50)]


class GridIn(Strict):
    code: str = Field(min_length=1, max_length=32)
    name: Name
    parent: str = Field(min_length=1, max_length=32, description="Code of the grid above; gives the level.")
    kind: GridKind = "administrative"
    aliases: Aliases | None = None
    boundary: Boundary | None = None
    reason: Line | None = None


class GridPatch(ReasonIn):
    name: Name | None = None
    parent: str | None = Field(default=None, min_length=1, max_length=32)
    kind: GridKind | None = None
    aliases: Aliases | None = None
    boundary: Boundary | None = None


class StationIn(Strict):
    code: str = Field(min_length=1, max_length=64)
    name: Name
    grid: str = Field(min_length=1, max_length=32)
    lon: float = Field(ge=-180, le=180)
    lat: float = Field(ge=-90, le=90)
    kind: StationKind
    purpose: StationPurpose = Field(default=StationPurpose.EVALUATION, description=BACKGROUND)
    cadence_s: Cadence = 60
    reason: Line | None = None


class StationPatch(ReasonIn):
    name: Name | None = None
    grid: str | None = Field(default=None, min_length=1, max_length=32)
    lon: float | None = Field(default=None, ge=-180, le=180)
    lat: float | None = Field(default=None, ge=-90, le=90)
    purpose: StationPurpose | None = Field(default=None, description=BACKGROUND)
    cadence_s: Cadence | None = None


class RegisteredGrid(Shape):
    code: str
    name: str
    level: int
    kind: GridKind
    parent: str | None
    aliases: list[str]
    has_boundary: bool
    mark: str = Field(description="Another one as soon as anything of the grid differs.")


class RegisteredStation(Shape):
    code: str
    name: str
    grid: str
    kind: StationKind
    purpose: StationPurpose = Field(description=BACKGROUND)
    lon: float
    lat: float
    cadence_s: int
    has_secret: bool
    retired_at: AwareDatetime | None
    mark: str = Field(description="Another one as soon as anything of the station differs.")


class NewSecret(Shape):
    code: str
    issued_at: AwareDatetime
    secret: str = Field(description="Shown only here.")
