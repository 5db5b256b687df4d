"""The month of one unit from the days of its stations: as measured, without dust, and as it is ranked."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType

from airquality.aqi import daily_aqi
from airquality.breakpoints import INDEX_RULES, rules_at
from airquality.composite import Composite, composite, composite_rules
from airquality.months import Days, Month, month_of
from airquality.rounding import fraction
from models.enums import POLLUTANTS
from supervision.air.falsified import Voided, substitute
from supervision.readings import Readings

FIRST_JUDGED = INDEX_RULES[0].validity.first
GOOD = 100
"""优良天: an AQI of no more than this."""


@dataclass(frozen=True, slots=True)
class StationMonth:
    """The valid days of a station, and those falsification voids."""

    code: str
    days: Days
    void: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True)
class Series:
    """One way to see a unit's month."""

    days: Days
    """Of the unit: the mean over its stations with a valid day, where enough have one."""
    month: Month
    index: Composite | None
    """None where a pollutant has too few valid days."""


@dataclass(frozen=True, slots=True)
class GoodDays:
    """Days by the AQI of their own date's rules."""

    good: int
    judged: int
    """Days with an AQI."""

    @property
    def rate(self) -> Fraction | None:
        """优良天数比例 in percent."""
        return Fraction(100 * self.good, self.judged) if self.judged else None


@dataclass(frozen=True, slots=True)
class UnitMonth:
    """A unit's month. All three series stand side by side; the ranking takes the last."""

    raw: Series
    deducted: Series
    """Without the particles of dust days."""
    ranked: Series
    """Without dust, and with the month's highest values on void days."""
    good_days: GoodDays
    """Of the raw series: dust days are bad days all the same."""
    voided: Mapping[str, tuple[Voided, ...]]
    """By station."""


def unit_month(
    stations: Sequence[StationMonth],
    *,
    year: int,
    month: int,
    excluded: Mapping[date, Collection[str]],
    readings: Readings,
) -> UnitMonth:
    """The month of a unit; `excluded` are pollutants by day that dust took out, each from a document on record.

    A day that is taken out was measured all the same: whether a month has enough days is judged with it. Raises
    ValueError for a station named twice and for days of another month, LookupError for what is no pollutant.
    """
    if len({station.code for station in stations}) != len(stations):
        raise ValueError("a station is named once")
    for day, pollutants in excluded.items():
        if (day.year, day.month) != (year, month):
            raise ValueError(f"{day} is not in {year}-{month:02}")
        if unknown := set(pollutants) - set(POLLUTANTS):
            raise LookupError(f"{', '.join(sorted(unknown))} is no pollutant of the index")
    measured = of_unit([station.days for station in stations], readings)
    substituted = {station.code: substitute(station.days, station.void) for station in stations}
    # Where nothing is void both are the same, and a thousand stations are averaged once.
    replaced = any(one.voided for one in substituted.values())
    standing = of_unit([one.days for one in substituted.values()], readings) if replaced else measured
    return UnitMonth(
        raw=_series(measured, {}, year, month, readings),
        deducted=_series(measured, excluded, year, month, readings),
        ranked=_series(standing, excluded, year, month, readings),
        good_days=good_days(measured),
        voided=MappingProxyType({code: one.voided for code, one in substituted.items() if one.voided}),
    )


def of_unit(
    stations: Sequence[Mapping[date, Mapping[str, Fraction]]] | Sequence[Days], readings: Readings
) -> Mapping[date, Mapping[str, Fraction]]:
    """Concentrations are averaged over the stations first; indices are made of them afterwards (HJ 663)."""
    found: dict[date, dict[str, Fraction]] = {}
    for day in sorted({day for days in stations for day in days}):
        for name in POLLUTANTS:
            levels = [days[day][name] for days in stations if name in days.get(day, {})]
            if levels and 100 * len(levels) >= fraction(readings.points_share) * len(stations):
                found.setdefault(day, {})[name] = sum(map(fraction, levels), Fraction(0)) / len(levels)
    return MappingProxyType({day: MappingProxyType(levels) for day, levels in found.items()})


def _series(
    days: Days, excluded: Mapping[date, Collection[str]], year: int, month: int, readings: Readings
) -> Series:
    whole = month_of(days, year=year, month=month)
    left = {
        day: {name: level for name, level in levels.items() if name not in excluded.get(day, ())}
        for day, levels in days.items()
    }
    part = month_of(left, year=year, month=month)
    counts = Month(
        figures=MappingProxyType(
            {name: None if whole.figures[name] is None else part.provisional.get(name) for name in POLLUTANTS}
        ),
        provisional=part.provisional,
        days=part.days,
    )
    figures = {name: level for name, level in counts.figures.items() if level is not None}
    rules = composite_rules(readings.composite_rules)
    index = composite(rules, figures) if len(figures) == len(POLLUTANTS) else None
    return Series(
        MappingProxyType({day: MappingProxyType(levels) for day, levels in left.items()}), counts, index
    )


def good_days(days: Days) -> GoodDays:
    """How many of these days were good, by the rules of each; days before the first rules are judged by nobody."""
    indices = [daily_aqi(rules_at(day), levels).value for day, levels in days.items() if day >= FIRST_JUDGED]
    judged = [value for value in indices if value is not None]
    return GoodDays(sum(value <= GOOD for value in judged), len(judged))


def checked_against(own: Composite | None, published: Decimal | None) -> Decimal | None:
    """By how much the published index differs from the service's own; None where one is missing."""
    return None if own is None or published is None else published - own.value
