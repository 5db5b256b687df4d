"""The shapes of the problem list, for OpenAPI."""

from datetime import date

from pydantic import AwareDatetime, Field

from app.api.order_shapes import OrderEvidence
from app.api.shapes import Shape
from models.enums import (
    CheckMeasure,
    FindingKind,
    ProblemAct,
    ProblemCategory,
    ProblemState,
    SpotCheckState,
)


class ProblemShape(Shape):
    id: int
    number: str
    state: ProblemState
    overdue: bool = Field(description="With its grid, and its due day is over.")
    grid: str
    grid_name: str
    place_grid: str | None = Field(description="Its town or village, where that is known.")
    place_grid_name: str | None
    category: ProblemCategory
    title: str
    text: str
    place: str | None
    lon: float | None
    lat: float | None
    source: str | None
    found_at: AwareDatetime = Field(description="When it was first found.")
    opened_at: AwareDatetime
    opened_by: str
    due_at: AwareDatetime | None
    ended_at: AwareDatetime | None
    merged_into: int | None
    merged_number: str | None
    missed: bool | None = Field(
        description="Whether the grid should have found it and did not; null until decided."
    )
    missed_by: str | None
    missed_at: AwareDatetime | None
    missed_why: str | None
    findings: int = Field(description="How often it was found.")
    checks: int = Field(description="How many weekly checks found it uncorrected.")


class ProblemFindingShape(Shape):
    kind: FindingKind
    ref: str
    found_at: AwareDatetime
    note: str | None
    entered_by: str
    entered_at: AwareDatetime


class ProblemStepShape(Shape):
    step: int
    act: ProblemAct
    state: ProblemState = Field(description="What it led to.")
    text: str | None
    evidence: list[OrderEvidence]
    due_at: AwareDatetime | None
    person: str
    acted_at: AwareDatetime


class ProblemCheckShape(Shape):
    """A weekly check; what it prescribes is a fact of its number, and nothing follows by itself."""

    number: int
    week: date = Field(description="Its Monday.")
    measure: CheckMeasure = Field(description="What body §4(三) prescribes.")
    due_at: AwareDatetime
    finding: str
    checked_by: str
    checked_at: AwareDatetime


class ProblemSampledShape(Shape):
    sample: int
    problem: int
    number: str
    title: str
    grid_name: str
    state: SpotCheckState
    finding: str | None
    checked_by: str | None
    checked_at: AwareDatetime | None
    opened: int | None = Field(description="Of a failed one: the problem that it is again.")
    opened_number: str | None


class ProblemAlike(Shape):
    id: int
    number: str
    state: ProblemState
    title: str
    distance_m: int | None
    same_source: bool


class ProblemDetail(ProblemShape):
    found: list[ProblemFindingShape]
    steps: list[ProblemStepShape]
    checked: list[ProblemCheckShape]
    sampled: list[ProblemSampledShape]
    similar: list[ProblemAlike] = Field(description="May be the same problem: a person decides.")


class ProblemCandidate(Shape):
    kind: FindingKind
    ref: str
    also: list[str] = Field(description="What came of the same thing: the report of an order.")
    reasons: list[str] = Field(
        description="`cause_found`, `returned`, `spot_check_failed`, `upheld`, `reported`."
    )
    grid: str
    grid_name: str
    category: ProblemCategory
    title: str
    text: str
    place: str | None
    found_at: AwareDatetime
    alike: list[ProblemAlike]


class ProblemCandidates(Shape):
    items: list[ProblemCandidate]


class ProblemFigures(Shape):
    grid: str
    grid_name: str
    total: int = Field(description="All that count: merged and withdrawn ones do not.")
    open: int
    unpushed: int
    waiting: int
    corrected: int
    overdue: int
    cleared: int
    cleared_percent: float | None
    missed: int
    unjudged: int


class ProblemFiguresList(Shape):
    as_of: AwareDatetime
    items: list[ProblemFigures]


class ProblemSampleShape(Shape):
    id: int
    since: AwareDatetime = Field(alias="from")
    until: AwareDatetime
    size: int
    method: int
    seed: str
    population_sha256: str
    drawn_by: str
    drawn_at: AwareDatetime


class ProblemSampleDetail(ProblemSampleShape):
    population: list[list[int]] = Field(description="[problem, grid] of each.")
    proved: bool = Field(description="Seed, method and population give what was drawn.")
    problems: list[ProblemSampledShape]
