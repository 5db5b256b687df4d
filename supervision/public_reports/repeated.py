"""群众反复举报: problems that different people reported again and again and nobody solved (annex 2 art. 5(四)). Pure.

A plain fact for the assessment: whether it was found true 查证属实, and what follows, a person decides.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Told:
    """One report, as this rule wants it. `problem` is the same for reports of the same problem."""

    number: str
    problem: str
    grid_id: int | None
    received_at: datetime
    reporter: bytes | None
    """Tells people apart; None where it is not known who reported."""
    rejected: bool = False
    solved_at: datetime | None = None
    """When the problem was solved, however that became known; None while it is not."""


@dataclass(frozen=True, slots=True)
class Repeated:
    """A problem that is unsolved and was reported by at least so many people (`repeated_reports` of the readings)."""

    problem: str
    grid_id: int | None
    people: int
    numbers: tuple[str, ...]
    """Of every report, in the order they came."""
    reached_at: datetime
    """When the report came that made the number full."""


def repeated(reports: Iterable[Told], *, until: datetime, times: int) -> list[Repeated]:
    """The problems unsolved at `until` that `times` different people had reported by then, the earliest first.

    A report that was rejected counts for nothing. Reports of unknown people count as those of one person together:
    that they were several cannot be shown.
    """
    by_problem: dict[str, list[Told]] = {}
    for one in sorted(reports, key=lambda one: (one.received_at, one.number)):
        if not one.rejected and one.received_at <= until:
            by_problem.setdefault(one.problem, []).append(one)
    found = []
    for problem, told in by_problem.items():
        if any(one.solved_at is not None and one.solved_at <= until for one in told):
            continue
        people: set[bytes | None] = set()
        reached_at: datetime | None = None
        for one in told:
            people.add(one.reporter)
            if reached_at is None and len(people) >= times:
                reached_at = one.received_at
        if reached_at is not None:
            numbers = tuple(one.number for one in told)
            found.append(Repeated(problem, told[-1].grid_id, len(people), numbers, reached_at))
    return sorted(found, key=lambda one: (one.reached_at, one.problem))
