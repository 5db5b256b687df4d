"""The statistics of a month of one place: six figures from its daily means, and whether they count (HJ 663)."""

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from types import MappingProxyType

from airquality.means import mean, percentile
from airquality.minimums import FEBRUARY_DAYS, MONTH_DAYS
from airquality.rounding import Exact
from models.enums import POLLUTANTS

PERCENTILE = MappingProxyType({"co": 95, "o3": 90})
"""Pollutants whose month is a percentile of its days; that of the others is the mean."""

Days = Mapping[date, Mapping[str, Exact]]
"""By day, the valid daily means by pollutant; under `o3` the largest 8 h mean."""


@dataclass(frozen=True, slots=True)
class Month:
    """A month by pollutant, in the order of POLLUTANTS."""

    figures: Mapping[str, Fraction | None]
    """Mean, or CO's 95th and ozone's 90th percentile; None where too few days are valid."""
    provisional: Mapping[str, Fraction]
    """The same of the days there are, however few."""
    days: Mapping[str, int]
    """Valid days."""

    @property
    def missing(self) -> tuple[str, ...]:
        """The pollutants without a figure that counts."""
        return tuple(name for name, level in self.figures.items() if level is None)

    @property
    def whole(self) -> bool:
        return not self.missing


def month_written(text: str) -> date:
    """The first day of a month written like 2026-03; ValueError for none."""
    if len(text) != 7:
        raise ValueError("a month is written like 2026-03")
    return date.fromisoformat(f"{text}-01")


def last_of(month: date) -> date:
    """The last day of the month a day lies in."""
    return month.replace(day=monthrange(month.year, month.month)[1])


def days_wanted(year: int, month: int) -> int:
    """Daily means a month must have: 27, in February 25 (GB 3095 table 4)."""
    return FEBRUARY_DAYS if month == 2 else MONTH_DAYS


def month_of(days: Days, *, year: int, month: int) -> Month:
    """The statistics of a month; ValueError for a day outside it, LookupError for an unknown pollutant."""
    first = date(year, month, 1)
    last = last_of(first)
    for day, levels in days.items():
        if not first <= day <= last:
            raise ValueError(f"{day} is not in {year}-{month:02}")
        if unknown := set(levels) - set(POLLUTANTS):
            raise LookupError(f"{', '.join(sorted(unknown))} is no pollutant of the index")
    by_pollutant = {name: [levels[name] for levels in days.values() if name in levels] for name in POLLUTANTS}
    provisional = {
        name: level for name, levels in by_pollutant.items() if (level := figure_of(name, levels)) is not None
    }
    wanted = days_wanted(year, month)
    return Month(
        figures=MappingProxyType(
            {
                name: provisional.get(name) if len(by_pollutant[name]) >= wanted else None
                for name in POLLUTANTS
            }
        ),
        provisional=MappingProxyType(provisional),
        days=MappingProxyType({name: len(levels) for name, levels in by_pollutant.items()}),
    )


def figure_of(pollutant: str, levels: Sequence[Exact]) -> Fraction | None:
    """What stands for so many days: the mean, or CO's 95th and ozone's 90th percentile; None of nothing."""
    if not levels:
        return None
    share = PERCENTILE.get(pollutant)
    return mean(levels) if share is None else percentile(levels, share)
