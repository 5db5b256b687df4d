"""A year of one place: six figures, their index, and the good days 优良天数比例; pure (HJ 663)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from types import MappingProxyType

from airquality.composite import Composite, composite, composite_rules
from airquality.minimums import YEAR_DAYS
from airquality.months import Days, figure_of, month_of
from models.enums import POLLUTANTS
from supervision.air.month import GoodDays, good_days
from supervision.readings import Readings


@dataclass(frozen=True, slots=True)
class Year:
    """A year, or what there is of it so far."""

    figures: Mapping[str, Fraction | None]
    """Mean, or CO's 95th and ozone's 90th percentile; None where too few days are valid, or one month is not."""
    provisional: Mapping[str, Fraction]
    """The same of the days there are."""
    days: Mapping[str, int]
    index: Composite | None
    """Of the figures that count, all six of them."""
    so_far: Composite | None
    """Of the provisional ones."""
    good: GoodDays

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(name for name in POLLUTANTS if self.figures[name] is None)


def year_of(days: Days, *, year: int, excluded: Mapping[date, Collection[str]], readings: Readings) -> Year:
    """The year of a place; `excluded` are pollutants by day that dust took out, which were measured all the same.

    ValueError for a day of another year. The index of a year is made like that of a month.
    """
    if any(day.year != year for day in days):
        raise ValueError(f"wants days of {year}")
    months = [
        month_of({day: levels for day, levels in days.items() if day.month == n}, year=year, month=n)
        for n in range(1, 13)
    ]
    left = {
        name: [
            levels[name]
            for day, levels in days.items()
            if name in levels and name not in excluded.get(day, ())
        ]
        for name in POLLUTANTS
    }
    provisional = {name: level for name in POLLUTANTS if (level := figure_of(name, left[name])) is not None}
    measured = {name: sum(name in levels for levels in days.values()) for name in POLLUTANTS}
    figures = {
        name: provisional.get(name)
        if measured[name] >= YEAR_DAYS and all(name not in month.missing for month in months)
        else None
        for name in POLLUTANTS
    }
    rules = composite_rules(readings.composite_rules)
    counted = {name: level for name, level in figures.items() if level is not None}
    return Year(
        figures=MappingProxyType(figures),
        provisional=MappingProxyType(provisional),
        days=MappingProxyType(measured),
        index=composite(rules, counted) if len(counted) == len(POLLUTANTS) else None,
        so_far=composite(rules, provisional) if len(provisional) == len(POLLUTANTS) else None,
        good=good_days(days),
    )
