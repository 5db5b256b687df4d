"""The improvement of the composite index year on year, and who is last (body §4(二), annex 3 art. 3 and 4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from airquality.rounding import fraction, round_half_even


class Exclusion(StrEnum):
    """Why a unit is not ranked: it is neither first nor last, and is listed below the others."""

    NO_INDEX = "no_index"
    """The month has no valid index."""
    NO_BASE = "no_base"
    """The same month of the year before has none."""
    OTHER_RULES = "other_rules"
    """The two sides were computed by different rules: a change of rules is no change of the air."""


@dataclass(frozen=True, slots=True)
class Side:
    """An index of one month, with the rules it follows."""

    value: Decimal
    rules: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A unit with its index, and that of the same month a year before."""

    unit: str
    now: Side | None
    base: Side | None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a unit stands; `rate` in percent, positive when the air became better."""

    unit: str
    rate: Fraction | None
    place: int | None
    """1 is the best; equal rates share a place, and the next one is as far below as there are units above it."""
    last: bool
    exclusion: Exclusion | None

    @property
    def shown(self) -> Decimal | None:
        """The rate as it is printed: one decimal, GB/T 8170."""
        return None if self.rate is None else round_half_even(self.rate, 1)


def improvement(base: Decimal, now: Decimal) -> Fraction:
    """改善率 in percent: (base - now) / base · 100. ValueError without a base above zero.

    The opposite sign of the ministry's change rate. Exact: it is rounded where it is printed, and not before it is
    compared.
    """
    if fraction(base) <= 0 or fraction(now) < 0:
        raise ValueError(f"no improvement from {base} to {now}")
    return (fraction(base) - fraction(now)) / fraction(base) * 100


def rank(entries: Sequence[Entry]) -> list[Standing]:
    """The standings, the best first and those without a rate at the end; ValueError for a unit named twice.

    Equal worst are all last. Where every ranked unit has the same rate, and where one alone is ranked, nobody is: the
    last place is behind somebody.
    """
    if len({entry.unit for entry in entries}) != len(entries):
        raise ValueError("a unit is ranked once")
    rates = {entry.unit: _rate(entry) for entry in entries}
    ranked = [rate for rate in rates.values() if isinstance(rate, Fraction)]
    worst = min(ranked, default=None)
    somebody_is_ahead = worst is not None and max(ranked) > worst
    standings = [
        Standing(unit, None, None, False, rate)
        if isinstance(rate, Exclusion)
        else Standing(
            unit, rate, 1 + sum(other > rate for other in ranked), rate == worst and somebody_is_ahead, None
        )
        for unit, rate in rates.items()
    ]
    return sorted(standings, key=lambda one: (one.place is None, one.place or 0, one.unit))


def _rate(entry: Entry) -> Fraction | Exclusion:
    if entry.now is None:
        return Exclusion.NO_INDEX
    if entry.base is None or entry.base.value <= 0:
        return Exclusion.NO_BASE
    if entry.now.rules != entry.base.rules:
        return Exclusion.OTHER_RULES
    return improvement(entry.base.value, entry.now.value)
