"""The individual air-quality index of one concentration (HJ 633, 4.2), in exact arithmetic."""

import math
from bisect import bisect_left
from dataclasses import dataclass
from fractions import Fraction

from airquality.breakpoints import INDEX, IndexRules, Scale
from airquality.period import Period
from airquality.rounding import Exact, fraction, rounded


@dataclass(frozen=True, slots=True)
class Iaqi:
    pollutant: str
    period: Period
    concentration: Exact
    """As it went into the formula: rounded where the rules round it."""
    value: int
    """Always rounded up (4.2.6); 0 to 500."""
    off_scale: bool
    """Above the last bound, where the standard defines nothing and 500 is our cap."""


def iaqi(rules: IndexRules, pollutant: str, period: Period, concentration: Exact) -> Iaqi | None:
    """The IAQI of a concentration in µg/m³ (CO mg/m³); None where the rules give none from this mean.

    That is SO2 by the hour and O3 over 8 h above 800 under HJ 633-2012. TypeError for a float, ValueError for
    a negative concentration or none at all, LookupError for a mean the rules have no scale for.
    """
    scale = rules.scale(pollutant, period)
    if fraction(concentration) < 0:
        raise ValueError(f"{pollutant}: {concentration} is no concentration")
    level = rounded(pollutant, concentration) if rules.rounds_concentrations else concentration
    exact = fraction(level)
    if exact > scale.bounds[-1]:
        if scale.above is None:
            return None
        return Iaqi(pollutant, period, level, scale.above, scale.open_ended)
    return Iaqi(pollutant, period, level, math.ceil(_between(scale, exact)), False)


def _between(scale: Scale, level: Fraction) -> Fraction:
    """Linear between the bounds around `level`, which lies on the scale."""
    upper = max(bisect_left(scale.bounds, level), 1)
    low, high = Fraction(scale.bounds[upper - 1]), Fraction(scale.bounds[upper])
    return INDEX[upper - 1] + (INDEX[upper] - INDEX[upper - 1]) * (level - low) / (high - low)
