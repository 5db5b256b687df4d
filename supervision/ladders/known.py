"""What the ladders rest on, as plain values: counted, signed or confirmed; None where nobody has said yet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class Missed:
    """The missed problems of a month that is over (annex 2 art. 5(二)4): their numbers by unit."""

    numbers: Mapping[str, Sequence[str]]

    def counts(self, units: Sequence[str]) -> dict[str, int]:
        """By unit, units without any included."""
        return {unit: len(self.numbers.get(unit, ())) for unit in units}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a unit stands in a signed month; a unit that is not ranked has no place."""

    improvement: str | None
    place: int | None
    last: bool


@dataclass(frozen=True, slots=True)
class Ranked:
    """A month of the air in force: its version, the SHA-256 of its inputs, and the standings."""

    version: int
    digest: str
    places: Mapping[str, Place]


@dataclass(frozen=True, slots=True)
class Falsified:
    """A case of interference that two people confirmed, in the month the second of them did."""

    unit: str
    month: date
    case: int
    station: str
    days: Sequence[str]
    confirmed_on: str


@dataclass(frozen=True, slots=True)
class Uncorrected:
    """A problem that a check found uncorrected, the first, second, third … time."""

    unit: str
    month: date
    problem: str
    checks: int


@dataclass(frozen=True, slots=True)
class Beside:
    """What other duties know. None: that duty has said nothing, and its ladder is not looked at."""

    failed: Mapping[str, Mapping[date, bool]] | None = None
    """Signed monthly assessments, by unit and first day of the month."""
    failed_years: Mapping[str, Mapping[int, bool]] | None = None
    targets_met: Mapping[str, Mapping[int, bool]] | None = None
    """Whether the yearly target of the air was met."""
    uncorrected: Sequence[Uncorrected] | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """Everything a month is judged by; months that are in neither mapping are not known."""

    units: Sequence[str]
    missed: Mapping[date, Missed]
    ranked: Mapping[date, Ranked]
    falsified: Sequence[Falsified] = ()
    beside: Beside = field(default_factory=Beside)


NOTHING = Beside()
