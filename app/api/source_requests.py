"""What requests about sources, sweeps and key lists may say."""

import uuid
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from app.api.requests import Category, Code, LongText, Name, Reason, Strict
from app.auth.callers import storable
from models.enums import DocumentKind, SourceKind
from supervision.sources.file import DISCHARGES
from supervision.sources.sweeps import MOST_AT_ONCE


def _storable(text: str) -> str:
    if not storable(text):
        raise ValueError("holds a character that cannot be stored")
    return text


_STORABLE = AfterValidator(_storable)
Line18 = Annotated[str, StringConstraints(strip_whitespace=True, max_length=18), _STORABLE]
Line40 = Annotated[str, StringConstraints(strip_whitespace=True, max_length=40), _STORABLE]
Line60 = Annotated[str, StringConstraints(strip_whitespace=True, max_length=60), _STORABLE]
Line100 = Annotated[str, StringConstraints(strip_whitespace=True, max_length=100), _STORABLE]
Line200 = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), _STORABLE]
Degrees = Annotated[float, Field(ge=-180, le=180, strict=True)]
Latitude = Annotated[float, Field(ge=-90, le=90, strict=True)]
Tonnes = Annotated[Decimal, Field(ge=0, lt=100_000_000, max_digits=12, decimal_places=4)]
Amounts = Annotated[
    dict[str, Tonnes],
    Field(max_length=len(DISCHARGES), description=f"Tonnes a year by kind: {', '.join(DISCHARGES)}."),
]
Pollutants = Annotated[list[Code], Field(max_length=20)]
Digest = Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]
ByHand = Annotated[
    dict[Code, Reason], Field(max_length=200, description="By code of the source, the reason.")
]


class SourceIn(Strict):
    """A new source; texts may be left out."""

    code: Code
    name: Line200
    grid: Code
    lon: Degrees
    lat: Latitude
    category: Category
    kind: SourceKind = SourceKind.OTHER
    pollutants: Pollutants = Field(default_factory=list)
    legal_name: Line200 | None = None
    credit_code: Line18 | None = None
    contact: Line100 | None = None
    phone: Line40 | None = None
    permit: Line60 | None = None
    permit_until: date | None = None
    emissions: Amounts = Field(default_factory=dict)
    why: Reason | None = None


class SourcePatch(Strict):
    """What is left out stays; null takes a text out."""

    name: Line200 | None = None
    grid: Code | None = None
    lon: Degrees | None = None
    lat: Latitude | None = None
    category: Category | None = None
    kind: SourceKind | None = None
    pollutants: Pollutants | None = None
    legal_name: Line200 | None = None
    credit_code: Line18 | None = None
    contact: Line100 | None = None
    phone: Line40 | None = None
    permit: Line60 | None = None
    permit_until: date | None = None
    emissions: Amounts | None = None
    why: Reason | None = None

    @model_validator(mode="after")
    def _kept(self) -> "SourcePatch":
        demanded = ("name", "grid", "lon", "lat", "category", "kind", "pollutants", "emissions")
        for name in demanded:
            if name in self.model_fields_set and getattr(self, name) is None:
                raise ValueError(f"{name} cannot be taken out")
        return self

    def said(self) -> dict[str, Any]:
        """The fields that are said."""
        found = {name: getattr(self, name) for name in self.model_fields_set if name != "why"}
        if "pollutants" in found:
            found["pollutants"] = tuple(found["pollutants"])
        return found


class WhyIn(Strict):
    why: Reason


class DocumentIn(Strict):
    kind: DocumentKind
    number: Name = Field(description="Its number, or its title where it has none.")
    dated: date
    valid_until: date | None = None
    evidence: uuid.UUID | None = Field(None, description="An upload of the caller, from `/evidence`.")


class SweepIn(Strict):
    grid: Code = Field(description="A county or park.")
    due_on: date | None = Field(None, description="The last day of the quarter, unless sooner.")


class SeenIn(Strict):
    sources: Annotated[list[Code], Field(min_length=1, max_length=MOST_AT_ONCE)]
    note: Reason | None = None


class FinishIn(Strict):
    note: LongText | None = Field(None, description="Demanded where sources were not met: why.")


class CriteriaIn(Strict):
    """From when on a source is a key source; each alone is enough."""

    kinds: Annotated[int, Field(ge=1, le=20)] = 4
    tonnes: Annotated[Decimal, Field(gt=0, lt=100_000_000, max_digits=12, decimal_places=4)] = Decimal(50)
    concern: Annotated[int, Field(ge=1, le=1000)] = 3


class KeyListIn(Strict):
    grid: Code = Field(description="A county or park.")
    year: Annotated[int, Field(ge=2013, le=2200)]
    criteria: CriteriaIn = Field(default_factory=CriteriaIn)
    include: ByHand = Field(default_factory=dict)
    exclude: ByHand = Field(default_factory=dict)
    why: Reason | None = Field(None, description="Demanded where the year's list is signed already.")
    drop: bool = Field(
        False, description="Gives up what was put on or taken off by hand before and is not repeated here."
    )


class SignIn(Strict):
    sha256: Digest = Field(description="Of the draft as it was read.")
