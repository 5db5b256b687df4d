"""Rate of change: a step between contiguous samples that is faster than air or sensor moves is suspect.

A real plume can do it too, so this verdict never goes beyond suspect. Source: QARTOD `rate_of_change_test`
(threshold per second); the thresholds are our own, from the fastest steps of real records.
"""

from dataclasses import dataclass

from alerts.quality.outcome import Level, Values


@dataclass(frozen=True, slots=True)
class RateRule:
    fine_per_s: Values
    """µg/m³ (CO mg/m³) per second at cadences of minutes; None: not tested."""
    coarse_per_s: Values
    """The same at cadences of hours: means of hours move far slower."""


def level(step: float, elapsed_s: float, cadence_s: float, per_s: float) -> Level:
    """The verdict on a step; readings closer together than the cadence count as one cadence apart."""
    return Level.SUSPECT if abs(step) > per_s * max(elapsed_s, cadence_s) else Level.PASS
