"""The shapes of answers, for OpenAPI. Answers are written by the views and tested against these."""

from typing import Any, Generic, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from models.enums import (
    AlertKind,
    AlertScope,
    AlertState,
    Channel,
    NoticeClass,
    OutboxState,
    QuarantineReason,
    Role,
    Severity,
    StationKind,
    StationPurpose,
)

T = TypeVar("T")


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Page(Shape, Generic[T]):
    items: list[T]
    next_cursor: str | None = Field(description="Give it as `cursor` for what follows; null at the end.")


class Problem(BaseModel):
    """RFC 9457, with a stable `code`."""

    type: str
    title: str
    status: int
    detail: str
    code: str = Field(description="Stable; programs decide by this.")
    request_id: str | None = None
    errors: list[dict[str, Any]] | None = Field(None, description="Of malformed requests: where and why.")


class Token(Shape):
    access_token: str
    token_type: Literal["bearer"]
    expires_in: int = Field(description="Seconds.")


class DutyShape(Shape):
    role: Role
    grid: str
    grid_name: str


class GridName(Shape):
    code: str
    name: str
    level: int


class Me(Shape):
    id: int
    username: str
    name: str
    duties: list[DutyShape]
    whole_prefecture: bool = Field(description="Sees every grid, and what belongs to none.")
    grids: list[GridName] = Field(description="Every grid the caller sees.")


class ApiKeyShape(Shape):
    id: int
    name: str
    created_at: AwareDatetime


class NewApiKey(ApiKeyShape):
    key: str = Field(description="Shown only here.")


class ApiKeys(Shape):
    items: list[ApiKeyShape]
    next_cursor: None


class GridPerson(Shape):
    name: str
    role: Role


class GridShape(Shape):
    code: str
    name: str
    level: int
    kind: str
    parent: str | None
    aliases: list[str]
    has_boundary: bool
    people: list[GridPerson]


BACKGROUND = "A background station (对照点) is left out of its unit's air."


class StationShape(Shape):
    code: str
    name: str
    grid: str
    grid_name: str
    kind: StationKind
    purpose: StationPurpose = Field(description=BACKGROUND)
    lon: float
    lat: float
    cadence_s: int
    health: Literal["online", "offline", "never"]
    last_observed_at: AwareDatetime | None
    last_received_at: AwareDatetime | None
    said_offline_at: AwareDatetime | None
    retired_at: AwareDatetime | None


class FlagShape(Shape):
    level: Literal[2, 3, 4, 9] = Field(description="QARTOD: 2 not evaluated, 3 suspect, 4 fail, 9 missing.")
    test: str
    rule_version: int


class ReadingShape(Shape):
    observed_at: AwareDatetime
    received_at: AwareDatetime
    version: int
    seq: int | None
    values: dict[str, float | None] = Field(description="µg/m³; co in mg/m³.")
    met: dict[str, float | None] = Field(description="°C, %, hPa, m/s, degrees.")
    location: dict[str, float] | None
    flags: dict[str, FlagShape] = Field(
        description="Quality control, by pollutant: values that did not plainly pass; the others are level 1."
    )


class AlertShape(Shape):
    id: int
    grid: str
    grid_name: str
    station: str
    station_name: str
    kind: AlertKind
    pollutant: str | None = Field(description="The one it was opened with.")
    pollutants: list[str]
    stations: list[str] = Field(description="All that see the event, the likely origin first.")
    scope: AlertScope
    severity: Severity
    state: AlertState
    started_at: AwareDatetime
    detected_at: AwareDatetime
    last_at: AwareDatetime
    cleared_at: AwareDatetime | None
    peak: float | None
    rule_version: int
    suppressed_by: int | None = Field(description="The silence that kept it from an order, also when over.")
    order_id: int | None
    order_number: str | None
    order: str | None = Field(description="Where the order is.")
    why: dict[str, Any] = Field(
        description="The evidence, taken down when it opened: level, threshold, baseline, neighbours, series,"
        " quality flags, wind and likely sources upwind. `rules` names what was laid over the base of the rule set,"
        " in that order, such as `season heating`, `grid 652301`, `station WZ-652301-001`."
    )


class QuarantinedShape(Shape):
    id: int
    topic: str
    station: str | None
    reason: QuarantineReason
    detail: str
    count: int
    truncated: bool
    received_at: AwareDatetime
    last_received_at: AwareDatetime
    replayed_at: AwareDatetime | None


class QuarantinedDetail(QuarantinedShape):
    size: int
    encoding: Literal["utf-8", "base64"]
    payload: str


class ReplayShape(BaseModel):
    stored: int
    duplicates: int
    corrected: int
    rejected: list[Any]


class OutboxShape(Shape):
    id: int
    channel: Channel
    destination: str = Field(description="Topic, or which contact or target; never an address.")
    lane: str
    key: str
    state: OutboxState
    attempts: int
    created_at: AwareDatetime
    next_at: AwareDatetime | None
    sent_at: AwareDatetime | None
    error: str | None
    about: NoticeClass | None = Field(description="Of a notice to people; null for what machines read.")
    urgent: bool
    held: str | None = Field(description="Why it is not due yet.")
    person_id: int | None
    again: bool = Field(description="An earlier attempt may have arrived.")
    payload: dict[str, Any]
