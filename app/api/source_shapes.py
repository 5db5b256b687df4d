"""The shapes of answers about sources, sweeps and key lists, for OpenAPI."""

from datetime import date
from typing import Any, Literal

from pydantic import AwareDatetime, Field

from app.api.shapes import Shape
from models.enums import DocumentKind, KeyListState, SourceKind, SourceState, SweepFound
from supervision.sources.sweep import SweepStanding

Validity = Literal["open", "valid", "soon", "over"]


class SourceShape(Shape):
    id: int
    code: str
    name: str
    grid: str
    grid_name: str
    lon: float
    lat: float
    category: str
    kind: SourceKind
    state: SourceState
    pollutants: list[str]
    legal_name: str | None
    credit_code: str | None
    contact: str | None
    phone: str | None
    permit: str | None
    permit_until: date | None
    emissions: dict[str, str] = Field(description="Tonnes a year by kind of discharge, exact.")
    version: int


class DocumentEvidence(Shape):
    id: str
    filename: str
    media_type: str
    size: int


class SourceDocumentShape(Shape):
    id: int
    kind: DocumentKind
    number: str
    dated: date
    valid_until: date | None
    stands: Validity = Field(description="`soon`: ends within 60 days.")
    evidence: DocumentEvidence | None
    added_by: str
    added_at: AwareDatetime
    withdrawn_at: AwareDatetime | None
    withdrawn_by: str | None
    withdrawn_why: str | None


class SourceVersionShape(Shape):
    version: int
    changed_at: AwareDatetime
    changed_by: str | None = Field(description="Null: a registry file.")
    why: str | None
    state: SourceState
    fields: list[str] = Field(description="What differs from the version before.")


class SourceDetail(SourceShape):
    permit_stands: Validity
    documents: list[SourceDocumentShape]
    versions: list[SourceVersionShape] = Field(description="The newest 50, the newest first.")


class Imported(Shape):
    added: int
    changed: int
    unchanged: int


class SweepShape(Shape):
    id: int | None = Field(description="Null while nobody has begun it.")
    grid: str
    grid_name: str
    quarter: str
    due_on: date
    standing: SweepStanding
    seen: int
    new: int
    gone: int
    missing: int
    finished_at: AwareDatetime | None
    note: str | None


class Sweeps(Shape):
    items: list[SweepShape]


class SweepEntryShape(Shape):
    source: str
    name: str
    found: SweepFound
    note: str | None
    by: str
    at: AwareDatetime


class MissingSource(Shape):
    source: str
    name: str
    kind: SourceKind
    grid: str
    grid_name: str


class SweepDetail(SweepShape):
    entries: list[SweepEntryShape]
    missing_sources: list[MissingSource]


class KeyListShape(Shape):
    id: int
    grid: str
    grid_name: str
    year: int
    version: int
    state: KeyListState
    entries: int
    sha256: str
    why: str | None
    proposed_by: str
    proposed_at: AwareDatetime
    signed_by: str | None
    signed_at: AwareDatetime | None


class KeyLists(Shape):
    items: list[KeyListShape]


class KeyListDetail(KeyListShape):
    criteria: dict[str, Any]
    known: int = Field(description="Sources the list was drawn from.")
    named: list[dict[str, Any]] = Field(description="Each with its reasons, the value and the criterion.")
    left_out: list[dict[str, Any]] = Field(
        description="What the criteria name and somebody took off, with why."
    )
