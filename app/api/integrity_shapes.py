"""The shapes of integrity cases, for OpenAPI, and what a decision may say."""

from typing import Any, Literal

from pydantic import AwareDatetime, Field

from app.api.requests import LongText, Strict
from app.api.shapes import Shape
from models.enums import CaseState, SignKind, SilenceKind


class SignShape(Shape):
    id: int
    kind: SignKind
    since: AwareDatetime = Field(alias="from", description="Event time; what goes on goes on after `until`.")
    until: AwareDatetime
    seen_at: AwareDatetime
    rule_version: int
    evidence_sha256: str = Field(description="Of the evidence, as the journal's hash chain has it.")
    alerts: list[str] = Field(description="Paths of the instrument alerts of that span.")


class _Case(Shape):
    id: int
    grid: str = Field(description="The prefecture: to whom the case belongs.")
    station: str
    station_name: str
    station_grid: str | None = Field(description="Code of the level-2 grid the station stands in.")
    state: CaseState
    opened_at: AwareDatetime
    decided_at: AwareDatetime | None
    decided_by: str | None
    reason: str | None
    seconded_at: AwareDatetime | None = Field(
        description="When a second person confirmed it: its days are void."
    )
    seconded_by: str | None


class CaseShape(_Case):
    signs: list[SignShape]


class RuleFigures(Shape):
    name: str = Field(description="Where it stands in the rule set, such as `integrity.cut`.")
    figures: dict[str, float]


class SilenceBeside(Shape):
    id: int
    kind: SilenceKind
    since: AwareDatetime = Field(alias="from")
    until: AwareDatetime


class EvidenceOfSign(Shape):
    values: dict[str, Any]
    series: dict[str, list[Any]] = Field(
        description="Columns of equal length for a chart, `at` among them; `…_neighbours` are medians."
    )
    days: dict[str, list[Any]] = Field(description="Likewise, by the day.")
    neighbours: list[str]
    rule: RuleFigures
    silences: list[SilenceBeside] = Field(description="Silences and maintenance windows over it meanwhile.")


class SignDetail(SignShape):
    evidence: EvidenceOfSign


class CaseDetail(_Case):
    signs: list[SignDetail]


class CaseDecision(Strict):
    decision: Literal["confirmed", "dismissed"]
    reason: LongText
