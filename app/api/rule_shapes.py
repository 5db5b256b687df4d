"""The shapes of answers about rules, silences, back-tests and precision, for OpenAPI."""

from typing import Any, Literal

from pydantic import AwareDatetime, Field

from app.api.shapes import Shape
from models.enums import AlertKind, BacktestState, FalseAlarm, ResponseLevel, RuleSetState, SilenceKind


class RuleSetShape(Shape):
    version: int
    state: RuleSetState
    revision: int = Field(description="Rises with every edit of a draft; its ETag.")
    parent: int | None
    author: str
    note: str
    created_at: AwareDatetime
    changed_at: AwareDatetime | None
    back_tested_at: AwareDatetime | None
    activated_at: AwareDatetime | None
    retired_at: AwareDatetime | None


class RuleSetDetail(RuleSetShape):
    body: dict[str, Any]


class DifferenceShape(Shape):
    path: str = Field(
        description='Such as `exceedance_hour.thresholds.pm25.notice`, `overrides.stations["WZ-1"]`.'
    )
    change: Literal["added", "removed", "changed"]
    before: Any
    after: Any


class Differences(Shape):
    before: int
    after: int
    items: list[DifferenceShape]
    next_cursor: None


class ResponseShape(Shape):
    id: int
    level: ResponseLevel
    valid_from: AwareDatetime
    valid_to: AwareDatetime | None = Field(description="null while it is in force.")
    reason: str
    author: str


class SilenceShape(Shape):
    id: int
    kind: SilenceKind
    state: Literal["planned", "active", "ended", "cancelled"]
    grid: str
    grid_name: str
    station: str | None
    station_name: str | None
    pollutants: list[str] | None
    kinds: list[AlertKind] | None
    since: AwareDatetime = Field(alias="from")
    until: AwareDatetime
    reason: str
    author: str
    created_at: AwareDatetime
    cancelled_at: AwareDatetime | None
    cancelled_by: str | None
    cancel_reason: str | None
    suppressed: int = Field(description="Alerts it has kept from an order.")


class PrecisionShape(Shape):
    value: float
    low: float = Field(description="Wilson interval, 95 %.")
    high: float


class PrecisionRow(Shape):
    kind: AlertKind | None = Field(description="With `by=rule`.")
    rule_version: int | None = Field(description="With `by=rule`.")
    station: str | None = Field(description="With `by=station`.")
    grid: str | None = Field(description="With `by=station` and `by=grid`.")
    name: str | None
    orders: int
    with_outcome: int
    without_outcome: int = Field(description="Still worked on, or withdrawn without saying why it was false.")
    confirmed: int = Field(description="Closed, and not as a false alarm.")
    false_alarms: int
    reasons: dict[FalseAlarm, int]
    precision: PrecisionShape | None = Field(description="null without any outcome.")


class BacktestShape(Shape):
    id: int
    rule_version: int
    revision: int
    baseline_version: int
    since: AwareDatetime = Field(alias="from")
    until: AwareDatetime
    grid: str | None
    state: BacktestState
    progress: float = Field(description="0 to 1.")
    requested_by: str
    requested_at: AwareDatetime
    started_at: AwareDatetime | None
    finished_at: AwareDatetime | None
    error: str | None


class BacktestDetail(BacktestShape):
    result: dict[str, Any] | None = Field(description="`draft` and `baseline` side by side, once it is done.")
