"""What quality control says of a reading.

Levels are those of QARTOD (IOOS, Manual for the Use of Real-Time Quality Control): 1 pass, 2 not evaluated,
3 suspect, 4 fail, 9 missing. A larger number is a worse verdict, so the worst of several is their maximum.
"""

from enum import IntEnum, StrEnum
from typing import NamedTuple

Values = tuple[float | None, ...]
"""Six values in the order of `models.enums.POLLUTANTS`; µg/m³, CO mg/m³."""


class Level(IntEnum):
    PASS = 1
    NOT_EVALUATED = 2  # nothing before it to compare with; the value may be used
    SUSPECT = 3
    FAIL = 4
    MISSING = 9


class Check(StrEnum):
    """The tests by name, in the order in which the first of equals gives its name to a flag."""

    MISSING = "missing"
    CLOCK = "clock"
    RANGE = "range"
    SPIKE = "spike"
    FLAT_LINE = "flat_line"
    CROSS_PARAMETER = "cross_parameter"
    WARM_UP = "warm_up"
    HUMIDITY = "humidity"
    RATE_OF_CHANGE = "rate_of_change"
    TWINS = "twins"
    MAINTENANCE = "maintenance"


class Timing(StrEnum):
    """What the instant of a reading is worth."""

    FRESH = "fresh"  # newer than all before it and just arrived: may raise something
    LATE = "late"  # delayed, doubled or out of order: fills windows, raises nothing
    SHIFTED = "shifted"  # one of a row with the same delay: the station's clock is wrong
    AHEAD = "ahead"  # further in the future than a clock may be, or no instant at all


class Flag(NamedTuple):
    """The verdict on one value that did not plainly pass; `version` is that of the rules."""

    observed_at: float
    """Seconds since the epoch; not always that of the reading at hand."""
    pollutant: str
    level: Level
    test: Check
    version: int


class Screened:
    """A reading in which everything passed: its values as they came, no flags."""

    __slots__ = ("usable",)

    flags: tuple[Flag, ...] = ()
    """At most one for a value of an instant: its worst verdict."""
    revoked: tuple[tuple[float, str], ...] = ()
    """(observed_at, pollutant) of earlier values that were handed out as usable and are not."""
    timing: Timing = Timing.FRESH

    def __init__(self, usable: Values) -> None:
        self.usable = usable

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Screened):
            return NotImplemented
        return (self.usable, self.flags, self.revoked, self.timing) == (
            other.usable,
            other.flags,
            other.revoked,
            other.timing,
        )

    def __repr__(self) -> str:
        return f"Screened({self.usable}, {self.flags}, {self.revoked}, {self.timing})"


class Flagged(Screened):
    """A reading with something to say about it."""

    __slots__ = ("flags", "revoked", "timing")

    def __init__(
        self,
        usable: Values,
        flags: tuple[Flag, ...],
        revoked: tuple[tuple[float, str], ...],
        timing: Timing,
    ) -> None:
        super().__init__(usable)
        self.flags = flags
        self.revoked = revoked
        self.timing = timing
