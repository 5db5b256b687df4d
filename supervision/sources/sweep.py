"""The quarterly sweep 每季度全面排查: when it is due, whom it has met and whom not (annex 1 art. 16)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from models.enums import SweepFound

WARNED = timedelta(days=14)
"""How long before its day a county is told of a sweep that is not finished."""


class SweepStanding(StrEnum):
    """How a level-2 grid stands with a quarter's sweep."""

    NOT_BEGUN = "not_begun"
    UNDER_WAY = "under_way"
    OVERDUE = "overdue"
    """The day it was due on is over, and it is not finished."""
    DONE = "done"
    DONE_LATE = "done_late"


@dataclass(frozen=True, slots=True)
class Coverage:
    """Sources by what the sweep found of them; `missing` were on file and nobody looked."""

    seen: tuple[str, ...]
    new: tuple[str, ...]
    gone: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def due(self) -> int:
        """How many were to be met."""
        return len(self.seen) + len(self.gone) + len(self.missing)

    @property
    def met(self) -> int:
        return len(self.seen) + len(self.gone)


def quarter_of(day: date) -> date:
    """The first day of the quarter."""
    return date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)


def last_of_quarter(first: date) -> date:
    """The day on which a sweep is due at the latest."""
    after = date(first.year + (first.month == 10), 1 if first.month == 10 else first.month + 3, 1)
    return after - timedelta(days=1)


def quarter_named(text: str) -> date | None:
    """The first day of a quarter written like 2026-Q4; None for no such."""
    year, between, number = text.partition("-Q")
    if (
        not between
        or number not in ("1", "2", "3", "4")
        or len(year) != 4
        or not year.isascii()
        or not year.isdigit()
    ):
        return None
    return date(int(year), 3 * int(number) - 2, 1) if 2013 <= int(year) <= 2200 else None


def name_of_quarter(first: date) -> str:
    return f"{first.year}-Q{(first.month + 2) // 3}"


def coverage(on_file: Collection[str], found: Mapping[str, SweepFound]) -> Coverage:
    """Whom a sweep has met: `on_file` are the codes that were active, `found` what counts of each.

    What is new was on nobody's list before, so it is no part of what was due.
    """

    def those(what: SweepFound) -> tuple[str, ...]:
        return tuple(sorted(code for code, one in found.items() if one is what))

    return Coverage(
        those(SweepFound.SEEN),
        those(SweepFound.NEW),
        those(SweepFound.GONE),
        tuple(sorted(set(on_file) - set(found))),
    )


def standing(*, due_on: date, begun: bool, finished_on: date | None, today: date) -> SweepStanding:
    """How it stands today; a sweep finished on the day it is due is in time."""
    if finished_on is not None:
        return SweepStanding.DONE if finished_on <= due_on else SweepStanding.DONE_LATE
    if today > due_on:
        return SweepStanding.OVERDUE
    return SweepStanding.UNDER_WAY if begun else SweepStanding.NOT_BEGUN


def reminder(
    today: date, quarter: date, *, due_on: date | None, finished: bool, told: Collection[bool]
) -> bool | None:
    """What to tell of a quarter's sweep today: True that it is overdue, False that it is soon due, None for nothing.

    `due_on` is of a sweep that was begun, else the quarter's last day counts; `told`: what was told of it before. What
    nobody began and nobody was told of is not called overdue: the quarter may be of a time before the service.
    """
    if finished or True in told:
        return None
    due = due_on or last_of_quarter(quarter)
    if today > due:
        return True if due_on is not None or told else None
    return False if today >= due - WARNED and not told else None
