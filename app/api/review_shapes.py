"""The shapes of spot checks, candidates and the rules of review, for OpenAPI."""

from typing import Any

from pydantic import AwareDatetime, Field

from app.api.review_requests import ReviewPolicyBody
from app.api.shapes import Shape
from models.enums import CandidateKind, CandidateState, SpotCheckState, SpotDrawState


class DrawShape(Shape):
    id: int
    state: SpotDrawState
    since: AwareDatetime = Field(alias="from")
    until: AwareDatetime
    size: int | None
    share: float | None
    method: int
    commitment: str = Field(description="SHA-256 of the seed, known before the draw.")
    seed: str | None = Field(description="Null until it is drawn.")
    committed_at: AwareDatetime
    committed_by: str
    drawn_at: AwareDatetime | None
    drawn_by: str | None
    population_size: int | None
    population_sha256: str | None = Field(description="Over the sorted ids of the orders, one a line.")
    checks: int


class DrawDetail(DrawShape):
    population: list[list[int]] = Field(description="[order, grid] of each, by id.")
    orders: list[int] = Field(description="The sample.")
    proved: bool | None = Field(
        description="Whether seed, method and population give this sample again; null before the draw."
    )


class CheckShape(Shape):
    id: int
    draw_id: int
    order_id: int
    order_number: str
    grid: str
    grid_name: str
    station: str | None
    state: SpotCheckState
    due_at: AwareDatetime
    checker: str | None = Field(description="User name.")
    checker_name: str | None
    assigned_at: AwareDatetime | None
    finding: str | None
    evidence: list[str] = Field(description="Paths of it.")
    checked_at: AwareDatetime | None


class CandidateShape(Shape):
    id: int
    order_id: int
    order_number: str
    grid: str
    grid_name: str
    station: str | None
    kind: CandidateKind
    state: CandidateState
    new_order_id: int | None = Field(description="The recurrence that raised it.")
    new_order_number: str | None
    spot_check_id: int | None = Field(description="Or the spot check that did.")
    facts: dict[str, Any]
    policy_version: int
    raised_at: AwareDatetime
    decided_at: AwareDatetime | None
    decided_by: str | None
    reason: str | None
    rework_order_id: int | None


class ReviewPolicyShape(Shape):
    version: int
    body: ReviewPolicyBody
    author: str
    note: str
    created_at: AwareDatetime
