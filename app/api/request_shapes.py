"""The shapes of answers about requests and holders, for OpenAPI."""

from typing import Any

from pydantic import AwareDatetime, Field

from app.api.shapes import Shape
from models.enums import ClockKind, HoldReason, RequestKind, RequestState


class HolderShape(Shape):
    id: int
    grid: str
    grid_name: str
    why: HoldReason
    person: str | None = Field(description="Who decided that it should come here; null for the service.")
    from_at: AwareDatetime
    to_at: AwareDatetime | None = Field(
        description="That instant not included; null while it holds the order."
    )


class RequestShape(Shape):
    id: int
    order_id: int
    order_number: str
    grid: str = Field(description="The holder when it was filed.")
    grid_name: str
    kind: RequestKind
    state: RequestState
    reason: str | None = Field(description="Null for a recusal, unless the reader may know.")
    clock_id: int | None
    clock: ClockKind | None = Field(description="Which deadline is to be moved.")
    until_at: AwareDatetime | None = Field(description="The new deadline, or the end of the suspension.")
    proposed_grid: str | None
    asked: dict[str, Any] = Field(
        description="What else its kind says: `code`; `mode`, `lead`, `others`; `plan`."
    )
    filed_by: str
    filed_at: AwareDatetime
    due_at: AwareDatetime | None = Field(description="Of the decision.")
    decided_by: str | None
    comment: str | None
    granted: dict[str, Any] | None = Field(description="`grid`, `policy`, `misdispatched`; `alternate`.")
    ended_at: AwareDatetime | None
