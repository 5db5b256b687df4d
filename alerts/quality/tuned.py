"""What follows from the rules for one cadence; shared by all stations of that cadence."""

import math
from functools import lru_cache

from alerts.quality.rules import QualityRules
from alerts.quality.spike import SpikeRatios

INSIDE = 1 - 1e-9
"""Keeps rounding from letting a band promise more than its test grants."""


class Tuned:
    """Thresholds at one cadence, and how wide a band may be in which no test of neighbours in time can fire."""

    __slots__ = (
        "ahead_s",
        "cadence_s",
        "contiguous_s",
        "cross_margin",
        "cross_ratio",
        "earliest",
        "exempt",
        "flat",
        "floors",
        "gap_s",
        "half_steps",
        "latest_s",
        "per_s",
        "ratios",
        "rules",
        "spread",
        "threshold",
    )  # fmt: skip

    def __init__(self, rules: QualityRules, cadence_s: float) -> None:
        if not 0 < cadence_s < math.inf:
            raise ValueError(f"a cadence of {cadence_s} s is none")
        fine = rules.is_fine(cadence_s)
        self.rules = rules
        self.cadence_s = float(cadence_s)
        self.contiguous_s = rules.contiguous_cadences * cadence_s
        self.gap_s = max(rules.warm_up.gap(cadence_s), self.contiguous_s)
        self.latest_s = rules.clock.latest(cadence_s)
        self.ahead_s = rules.clock.ahead_s
        self.earliest = -rules.clock.ahead_s
        self.ratios: SpikeRatios = rules.spike.fine if fine else rules.spike.coarse
        self.per_s = rules.rate.fine_per_s if fine else rules.rate.coarse_per_s
        self.flat = rules.flat_line.fine if fine else rules.flat_line.coarse
        self.exempt = self.flat.exempt_below
        self.floors = rules.floors
        self.cross_ratio = rules.cross_parameter.suspect.ratio
        self.cross_margin = rules.cross_parameter.suspect.margin
        self.threshold = rules.humidity.threshold
        # Any two values in a band of x·spread … x/spread are within the ratio of each other; and any two
        # in x ± half a step are within a step.
        self.spread = math.sqrt(self.ratios.suspect) * INSIDE
        self.half_steps = tuple(
            math.inf if per_s is None else per_s * cadence_s / 2 * INSIDE for per_s in self.per_s
        )

    def band(self, position: int, value: float) -> tuple[float, float]:
        """The bounds around a value between which no two values differ by a spike's ratio or a fast step."""
        floor = self.floors[position]
        half = self.half_steps[position]
        low = max((value + floor) / self.spread - floor, value - half)
        return low, min((value + floor) * self.spread - floor, value + half)


@lru_cache(maxsize=2048)
def tuned(rules: QualityRules, cadence_s: float) -> Tuned:
    """The one object for these rules and this cadence. Raises ValueError unless the cadence is positive."""
    return Tuned(rules, cadence_s)
