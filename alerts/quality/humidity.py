"""Humidity inflation: in damp air an unheated optical sensor counts water; a PM that grew there is suspect.

Suspect is a PM value that exceeds its last dry value by a ratio while relative humidity is high, not damp air
as such: a damp climate would have every value flagged. The humidity sensor must be credible: one that has not
moved for hours, or has not been dry once in a day, proves nothing (boxes that read 99.9 % for weeks are
common). Sources: Jayaratne et al. 2018, doi 10.5194/amt-11-4883-2018 (growth above 75 %, strong in fog);
Nothhelfer et al. 2023, doi 10.4209/aaqr.230080 (SDS011, daily means up to 38 times too high); the credibility
rule is our own.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HumidityRule:
    threshold: float
    """Relative humidity, %, from which on the air is damp."""
    growth: float
    """Ratio to the last dry value, both on top of the floor."""
    stuck_s: float
    """A humidity that stays the same for so long proves nothing."""
    damp_s: float
    """A sensor that is never dry for so long proves nothing, and the last dry value is too old."""


def is_credible(same_since: float, damp_since: float, observed_at: float, rule: HumidityRule) -> bool:
    """Whether the humidity shown tells of the air rather than of its sensor."""
    return observed_at - same_since < rule.stuck_s and observed_at - damp_since < rule.damp_s


def bound(dry: float, floor: float, rule: HumidityRule) -> float:
    """The highest PM that damp air does not make suspect."""
    return rule.growth * (dry + floor) - floor
