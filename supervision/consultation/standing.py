"""How a unit stands: a day with its AQI, the month so far, one stretch of days beside another. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from airquality.aqi import Aqi, daily_aqi
from airquality.breakpoints import rules_at
from airquality.months import figure_of
from airquality.rounding import rounded
from models.enums import POLLUTANTS

GOOD = 100
"""优良天: an AQI of no more than this."""
Days = Mapping[date, Mapping[str, Fraction]]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some days of a unit together."""

    figures: Mapping[str, Fraction]
    """Mean, or CO's 95th and ozone's 90th percentile, of the valid days there are."""
    good: int
    judged: int
    """Days with an AQI."""


def aqi_of(day: date, levels: Mapping[str, Fraction] | None) -> Aqi | None:
    """The AQI of a day by its date's rules; None where nothing was measured."""
    return daily_aqi(rules_at(day), levels) if levels else None


def stretch(days: Days, first: date, last: date) -> Stretch:
    """The days of [first, last]."""
    within = {day: levels for day, levels in days.items() if first <= day <= last}
    figures = {
        name: level
        for name in POLLUTANTS
        if (level := figure_of(name, [levels[name] for levels in within.values() if name in levels]))
        is not None
    }
    indices = [found.value for day, levels in within.items() if (found := aqi_of(day, levels)) is not None]
    judged = [value for value in indices if value is not None]
    return Stretch(figures, sum(value <= GOOD for value in judged), len(judged))


def change(now: Stretch, before: Stretch, pollutant: str) -> Fraction | None:
    """By how many percent a figure rose (above 0) or fell, as both are published; None where one is missing or 0."""
    later, earlier = now.figures.get(pollutant), before.figures.get(pollutant)
    if later is None or earlier is None:
        return None
    base = Fraction(rounded(pollutant, earlier))
    return 100 * (Fraction(rounded(pollutant, later)) - base) / base if base else None


def week_before(day: date) -> tuple[date, date]:
    """Monday and Sunday of the last week that is over on a day."""
    monday = day - timedelta(days=day.weekday() + 7)
    return monday, monday + timedelta(days=6)
