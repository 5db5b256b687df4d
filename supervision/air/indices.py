"""The AQI of hours and days, of a station and of a unit, by the rules of the day; pure (HJ 633, HJ 663)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from airquality.aqi import Aqi, daily_aqi, hourly_aqi
from airquality.breakpoints import rules_at
from airquality.minimums import DAY_HOURS
from airquality.rounding import fraction
from models.enums import POLLUTANTS
from supervision.air.days import HOURS, MISSING, PER_UNIT, Levels
from supervision.readings import Readings

Hour = Mapping[str, Fraction]
"""Hourly means by pollutant, µg/m³ (CO: mg/m³); what is missing is not in it."""


@dataclass(frozen=True, slots=True)
class HourIndex:
    """An hour of a place: 1 is the first of the day."""

    hour: int
    levels: Hour
    aqi: Aqi


def hours_in(table: Levels | None) -> list[Hour]:
    """The 24 hours of a stored table; of none, 24 without anything."""
    if table is None:
        return [{} for _ in range(HOURS)]
    return [
        {
            name: Fraction(int(table[number, hour]), PER_UNIT)
            for number, name in enumerate(POLLUTANTS)
            if table[number, hour] != MISSING
        }
        for hour in range(HOURS)
    ]


def mean_hours(stations: Sequence[Sequence[Hour]], readings: Readings) -> list[Hour]:
    """A unit's hours: the mean over its stations, where enough of them have one (HJ 663)."""
    found: list[Hour] = []
    for hour in range(HOURS):
        levels = {}
        for name in POLLUTANTS:
            there = [hours[hour][name] for hours in stations if name in hours[hour]]
            if there and 100 * len(there) >= fraction(readings.points_share) * len(stations):
                levels[name] = sum(there, Fraction(0)) / len(there)
        found.append(levels)
    return found


def hourly_indices(day: date, hours: Sequence[Hour], before: Sequence[Hour]) -> list[HourIndex]:
    """The AQI of each hour that has a value; `before` are the hours of the day before, for SO2's running mean.

    LookupError for a day before the first rules.
    """
    rules = rules_at(day)
    whole = [*before, *hours]
    found = []
    for hour in range(HOURS):
        if not hours[hour]:
            continue
        last = [one["so2"] for one in whole[hour + 1 : hour + 1 + HOURS] if "so2" in one]
        running = sum(last, Fraction(0)) / len(last) if len(last) >= DAY_HOURS else None
        found.append(HourIndex(hour + 1, hours[hour], hourly_aqi(rules, dict(hours[hour]), so2_day=running)))
    return found


def daily_index(day: date, levels: Hour, hours: Sequence[Hour]) -> Aqi:
    """The AQI of a day from its daily figures; `hours` bring ozone's largest hour, where the rules know it."""
    ozone = max((one["o3"] for one in hours if "o3" in one), default=None)
    return daily_aqi(rules_at(day), dict(levels), o3_hour=ozone)
