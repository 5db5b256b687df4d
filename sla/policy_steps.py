"""What a policy says of one clock, and the plan that this stamps on it. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from models.enums import Role
from sla.calendar import Calendar, Quiet


class Do(StrEnum):
    WARN = "warn"
    BREACH = "breach"
    ESCALATE = "escalate"


@dataclass(frozen=True, slots=True)
class Step:
    """What is to happen to a running clock once `at` is past."""

    at: datetime
    do: Do
    level: int = 0
    role: str = ""
    repeat: int = 0
    """0 the first time a level is told, then 1, 2, …"""
    must_reach: bool = False
    """Nobody's quiet time holds it back."""


@dataclass(frozen=True, slots=True)
class Repeat:
    """Told again every so often until the clock is stopped, so many times at most."""

    every: timedelta
    times: int


@dataclass(frozen=True, slots=True)
class Rung:
    """Level `level` of the ladder is told `fraction` of the limit, or `after`, after the deadline."""

    level: int
    role: Role
    fraction: float = 0.0
    after: timedelta = timedelta(0)
    repeat: Repeat | None = None
    quiet: Quiet | None = None
    """Repeats that fall into it wait for its end; the first telling never does."""
    must_reach: bool = False


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of one kind of clock under certain traits."""

    limit: timedelta | None
    """None where the deadline is given with what the clock is about."""
    warn_fractions: tuple[float, ...]
    warn_before: tuple[timedelta, ...]
    ladder: tuple[Rung, ...]
    calendar: Calendar | None = None
    """None: day and night."""

    def after(self, start: datetime, length: timedelta) -> datetime:
        """`length` after `start`, counted as the limit is counted."""
        return start + length if self.calendar is None else self.calendar.add(start, length)

    def length(self, start: datetime, due: datetime) -> timedelta:
        """What the limit comes to between two instants."""
        if self.calendar is None:
            return due - start
        # A deadline that was given may lie in the same night: then it is what the wall clock says.
        return self.calendar.between(start, due) or due - start


def plan(terms: Terms, started_at: datetime, due: datetime) -> tuple[Step, ...]:
    """Every instant at which the clock wants attention, in order: warnings, one breach, the ladder.

    Fractions run as the limit does; what is said in seconds runs by the wall clock.
    """
    limit = terms.length(started_at, due)
    warnings = {terms.after(started_at, limit * fraction) for fraction in terms.warn_fractions}
    warnings |= {due - before for before in terms.warn_before}
    steps = [Step(at, Do.WARN) for at in sorted(warnings) if started_at < at < due]
    steps.append(Step(due, Do.BREACH))
    told = [step for rung in terms.ladder for step in _tellings(rung, terms, due, limit)]
    # Levels of one instant are told from the lowest on.
    return (*steps, *sorted(told, key=lambda step: (step.at, step.level, step.repeat)))


def _tellings(rung: Rung, terms: Terms, due: datetime, limit: timedelta) -> Iterator[Step]:
    at = terms.after(due, limit * rung.fraction) + rung.after
    yield Step(at, Do.ESCALATE, rung.level, rung.role.value, 0, rung.must_reach)
    if rung.repeat is None:
        return
    for number in range(1, rung.repeat.times + 1):
        at += rung.repeat.every
        if rung.quiet is not None and not rung.must_reach:
            at = rung.quiet.over(at)
        yield Step(at, Do.ESCALATE, rung.level, rung.role.value, number, rung.must_reach)
