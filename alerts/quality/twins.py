"""Twin agreement: two collocated instruments that differ widely cannot both be right.

Sources: EPA `sensortoolkit` (PurpleAir cleaning) and AirSensor `AB_03`: reject when the difference is more
than 5 µg/m³ and more than 70 % of the mean of both (`design/standards.md` 4.3).
"""

from dataclasses import dataclass

from alerts.quality.outcome import Level


@dataclass(frozen=True, slots=True)
class TwinRule:
    difference: float
    """µg/m³."""
    relative: float
    """Share of the mean of both."""


def agreement(one: float | None, other: float | None, rule: TwinRule) -> Level:
    """Suspect when both differ by more than both bounds; not evaluated unless both are finite numbers ≥ 0."""
    if one is None or other is None or not (0 <= one < float("inf") and 0 <= other < float("inf")):
        return Level.NOT_EVALUATED
    difference = abs(one - other)
    apart = difference > rule.difference and difference > rule.relative * (one / 2 + other / 2)
    return Level.SUSPECT if apart else Level.PASS
