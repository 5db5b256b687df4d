"""Shapes of the board, its counters, and the watchdog's findings."""

from typing import Literal

from pydantic import AwareDatetime, Field

from app.api.shapes import Shape
from models.enums import ClockKind, WatchdogCode


class Counted(Shape):
    open: int = Field(description="Clocks that run.")
    due_soon: int = Field(description="Those of them that are due within 15 minutes.")
    breached: int = Field(description="Clocks breached and not stopped.")
    breached_today: int = Field(description="Deadlines missed since midnight in Beijing.")


class CountedWithOrders(Counted):
    orders: int | None = Field(
        description="Orders neither closed nor withdrawn; null with a filter of clocks."
    )


class CountedGrid(CountedWithOrders):
    grid: str


class CountedClock(Counted):
    clock: ClockKind


class Counters(Shape):
    total: CountedWithOrders
    by_grid: list[CountedGrid] = Field(description="Without grids that have nothing.")
    by_clock: list[CountedClock] = Field(description="Without kinds that have nothing.")


class CountersShape(Counters):
    now: AwareDatetime


class BoardClock(Shape):
    id: int
    clock: ClockKind
    round: int
    order: int | None
    number: str | None = Field(description="Of the order, or of what the clock is about instead.")
    subject: int | None
    grid: str
    state: Literal["running", "breached"]
    due_at: AwareDatetime
    level: int = Field(description="The highest rung of the ladder that was climbed.")


class BoardFilter(Shape):
    grid: list[str] | None
    clock: list[ClockKind] | None


class BoardShape(Shape):
    as_of: int = Field(description="The newest event in it; go on with `Last-Event-ID` of this.")
    now: AwareDatetime
    filter: BoardFilter
    counters: Counters
    clocks: list[BoardClock]
    complete: bool


class FindingShape(Shape):
    id: int
    code: WatchdogCode
    subject: str = Field(description="The channel, for letters; else empty.")
    since: AwareDatetime
    last_seen: AwareDatetime
    ended_at: AwareDatetime | None
    count: int = Field(description="At least so many: looks are bounded.")
    examples: list[int | str] = Field(description="Ids of the first few, oldest first; names of engines.")
