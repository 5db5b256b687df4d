"""A unit's year out of its signed months: mean, grade, failed months, and whether the year failed. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from fractions import Fraction

from supervision.assessment.items import Grade
from supervision.assessment.score import grade_of
from supervision.readings import Readings

MONTHS = 12


@dataclass(frozen=True, slots=True)
class MonthScore:
    """What a signed month says of a unit."""

    total: Decimal
    grade: Grade


@dataclass(frozen=True, slots=True)
class YearStanding:
    """`mean` and `grade` are of the months that were assessed; `failed` is known once all twelve were."""

    unit: str
    months: tuple[MonthScore | None, ...]
    mean: Decimal | None
    grade: Grade | None
    failed_months: tuple[int, ...]
    failed: bool | None

    @property
    def failed_by_month(self) -> tuple[bool | None, ...]:
        """As `supervision.ladders.failed.propose` takes it, from old to new."""
        return tuple(None if one is None else one.grade is Grade.UNQUALIFIED for one in self.months)


def year_of(unit: str, months: Mapping[int, MonthScore], readings: Readings) -> YearStanding:
    """The standing after these months (1 to 12). The text leaves 年度考核 open: here the mean of the twelve months.

    The grade follows from the exact mean; the shown one is cut after two decimals, so that it names no better band.
    """
    row = tuple(months.get(number) for number in range(1, MONTHS + 1))
    known = [one for one in row if one is not None]
    if not known:
        return YearStanding(unit, row, None, None, (), None)
    exact = sum((Fraction(one.total) for one in known), Fraction(0)) / len(known)
    # Cut, never rounded up: no mean is lifted into a band.
    grade = grade_of(Decimal(int(exact * 10**6)) / 10**6, readings)
    mean = (Decimal(exact.numerator) / exact.denominator).quantize(Decimal("0.01"), ROUND_FLOOR)
    failed = tuple(n for n, one in enumerate(row, 1) if one is not None and one.grade is Grade.UNQUALIFIED)
    return YearStanding(
        unit, row, mean, grade, failed, grade is Grade.UNQUALIFIED if len(known) == MONTHS else None
    )
