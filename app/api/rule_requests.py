"""What requests about rules, silences and back-tests may say."""

from typing import Annotated, Any

from pydantic import AfterValidator, Field, model_validator

from app.api.requests import Code, Instant, LongText, Reason, Strict
from app.auth.callers import storable
from app.views.paging import INTEGER_MAX
from models.enums import POLLUTANTS, AlertKind, ResponseLevel, SilenceKind

MAX_DEPTH = 12
MAX_PARTS = 50_000
LARGEST = 1e15  # beyond, a double no longer holds every whole number


def _plain(body: dict[str, Any]) -> dict[str, Any]:
    """What the database keeps as it came: bounded, storable texts, numbers that are numbers."""
    stack: list[tuple[Any, int]] = [(body, 1)]
    parts = 0
    while stack:
        value, depth = stack.pop()
        parts += 1
        if depth > MAX_DEPTH or parts > MAX_PARTS:
            raise ValueError("is larger or deeper than any rule set")
        if isinstance(value, dict):
            stack += [(name, depth) for name in value]
            stack += [(inner, depth + 1) for inner in value.values()]
        elif isinstance(value, list):
            stack += [(inner, depth + 1) for inner in value]
        elif isinstance(value, str) and not (len(value) <= 500 and storable(value)):
            raise ValueError("holds a text that no rule set has")
        elif isinstance(value, int | float) and not abs(value) <= LARGEST:  # so is what is not a number
            raise ValueError("holds a number that no rule set has")
    return body


def _pollutants(names: list[str]) -> list[str]:
    if unknown := [name for name in names if name not in POLLUTANTS]:
        raise ValueError(f"{unknown[0]!r} is no pollutant")
    return sorted(set(names), key=POLLUTANTS.index)


Version = Annotated[int, Field(ge=1, le=INTEGER_MAX)]
RuleBody = Annotated[dict[str, Any], AfterValidator(_plain)]
Pollutants = Annotated[list[str], Field(min_length=1, max_length=6), AfterValidator(_pollutants)]


class _Content(Strict):
    body: RuleBody | None = Field(None, description="The whole rule set.")
    patch: RuleBody | None = Field(
        None, description="JSON merge patch (RFC 7396) over the rule set it is of."
    )


class DraftIn(_Content):
    note: LongText = Field(description="Why there is this version.")
    parent: Version | None = Field(None, description="What `patch` is of; by default the active rule set.")

    @model_validator(mode="after")
    def _one(self) -> "DraftIn":
        if (self.body is None) == (self.patch is None):
            raise ValueError("wants either body or patch")
        return self


class DraftEdit(_Content):
    note: LongText | None = None

    @model_validator(mode="after")
    def _not_both(self) -> "DraftEdit":
        if self.body is not None and self.patch is not None:
            raise ValueError("wants either body or patch")
        return self


class ResponseIn(Strict):
    level: ResponseLevel
    reason: Reason


class SilenceIn(Strict):
    kind: SilenceKind
    grid: Code | None = Field(None, description="Every station of this grid and below.")
    station: Code | None = None
    pollutants: Pollutants | None = Field(None, description="Only these; all by default.")
    kinds: Annotated[list[AlertKind], Field(min_length=1, max_length=50)] | None = Field(
        None, description="Only these kinds of alert; all by default. Not for maintenance."
    )
    since: Instant | None = Field(None, alias="from", description="Now by default; never past.")
    until: Instant = Field(description="At most 30 days after `from`, for maintenance 90.")
    reason: Reason

    @model_validator(mode="after")
    def _one_place(self) -> "SilenceIn":
        if (self.grid is None) == (self.station is None):
            raise ValueError("wants either grid or station")
        if self.kind is SilenceKind.MAINTENANCE and self.kinds is not None:
            raise ValueError("maintenance concerns readings, not kinds of alert")
        return self


class CancelIn(Strict):
    reason: Reason


class ActivateIn(Strict):
    reason: Reason | None = Field(None, description="Why it comes into force; kept in the journal.")


class BacktestIn(Strict):
    since: Instant = Field(alias="from", description="Inclusive; whole history before it is left out.")
    until: Instant = Field(description="Exclusive.")
    grid: Code | None = Field(None, description="Only the stations of this grid and below.")
    baseline: Version | None = Field(None, description="What it is compared with; the active one by default.")
