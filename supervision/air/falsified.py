"""Days that falsification voids, and what stands in for them in the ranking (annex 3 art. 6)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from airquality.months import Days
from airquality.rounding import Exact, fraction


@dataclass(frozen=True, slots=True)
class Voided:
    """What stood at a day, and what stands there for the ranking."""

    day: date
    kept: Mapping[str, Exact]
    """As it was measured; both stay on record."""
    substituted: Mapping[str, Exact]


@dataclass(frozen=True, slots=True)
class Substitution:
    """The days of a station as the ranking takes them, and what was changed."""

    days: Days
    voided: tuple[Voided, ...]


def substitute(days: Days, void: Collection[date]) -> Substitution:
    """Whole days at a station, replaced by its highest daily mean of the month, pollutant by pollutant.

    `days` are those of one month. The highest is that of the days that stand; where none stands, that of all of them:
    a station whose every day is void must not vanish from the ranking by that. A void day gets a value for every
    pollutant the month has, also where nothing was measured. Raises ValueError for days of more than one month.
    """
    if len({(day.year, day.month) for day in [*days, *void]}) > 1:
        raise ValueError("the highest value is one month's")
    if not void:
        return Substitution(MappingProxyType(dict(sorted(days.items()))), ())
    standing = {day: levels for day, levels in days.items() if day not in void}
    highest = _highest(days) | _highest(standing)
    voided = tuple(
        Voided(day, MappingProxyType(dict(days.get(day, {}))), MappingProxyType(highest))
        for day in sorted(set(void))
    )
    replaced = {one.day: one.substituted for one in voided} if highest else {}
    return Substitution(MappingProxyType(dict(sorted((standing | replaced).items()))), voided)


def _highest(days: Days) -> dict[str, Exact]:
    highest: dict[str, Exact] = {}
    for levels in days.values():
        for name, level in levels.items():
            if name not in highest or fraction(level) > fraction(highest[name]):
                highest[name] = level
    return highest
