"""动态清零 in figures: how many problems each grid has, how many of them are late, cleared, missed. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from models.enums import ProblemState


@dataclass(frozen=True, slots=True)
class Seen:
    """As much of a problem as figures need."""

    grid_id: int
    state: ProblemState
    found_at: datetime
    due_at: datetime | None
    ended_at: datetime | None
    missed: bool | None


@dataclass(frozen=True, slots=True)
class Figures:
    grid_id: int
    open: int = 0
    """Neither cleared nor merged nor withdrawn."""
    unpushed: int = 0
    waiting: int = 0
    """整改中: with the grid."""
    corrected: int = 0
    """待核查."""
    overdue: int = 0
    """With the grid, and its due day is over."""
    cleared: int = 0
    missed: int = 0
    """Decided as missed by the grid (annex 2 art. 5(二)4)."""
    unjudged: int = 0

    @property
    def total(self) -> int:
        """All that count: merged and withdrawn ones do not."""
        return self.open + self.cleared

    @property
    def cleared_share(self) -> Fraction | None:
        """销号率 in percent; None of nothing."""
        return Fraction(100 * self.cleared, self.total) if self.total else None


def overdue(one: Seen, now: datetime) -> bool:
    """Whether the grid should have corrected it by now. What it says is corrected waits for the prefecture."""
    return one.state is ProblemState.PUSHED and one.due_at is not None and now >= one.due_at


def figures(problems: Iterable[Seen], grids: Sequence[int], now: datetime) -> list[Figures]:
    """A row for each of the grids, in their order, with zeros where there is nothing."""
    by_grid: dict[int, list[Seen]] = {grid: [] for grid in grids}
    for one in problems:
        by_grid.setdefault(one.grid_id, []).append(one)
    return [_of(grid, by_grid[grid], now) for grid in grids]


def _of(grid: int, problems: Sequence[Seen], now: datetime) -> Figures:
    counted = [one for one in problems if one.state not in (ProblemState.MERGED, ProblemState.VOID)]

    def many(*states: ProblemState) -> int:
        return sum(one.state in states for one in counted)

    return Figures(
        grid_id=grid,
        open=many(ProblemState.OPEN, ProblemState.PUSHED, ProblemState.CORRECTED),
        unpushed=many(ProblemState.OPEN),
        waiting=many(ProblemState.PUSHED),
        corrected=many(ProblemState.CORRECTED),
        overdue=sum(overdue(one, now) for one in counted),
        cleared=many(ProblemState.CLEARED),
        missed=sum(one.missed is True for one in counted),
        unjudged=sum(one.missed is None for one in counted),
    )
