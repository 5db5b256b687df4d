"""A change of one station of hours under watch, from label to label, until it is firm or gone."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from alerts.network.medians import Floats
from alerts.network.rules import CoarseRule
from alerts.network.signature import FAMILIES

LAST = 3
"""Labels that are looked at together."""
MOST = 5
"""Labels a change is watched against the level before it; after that it is the level."""


@dataclass(slots=True)
class Suspicion:
    """A change against the level before it."""

    base: Floats
    """Log level before, by pollutant."""
    began_at: float
    around: dict[int, Floats] = field(default_factory=dict)
    """The same of its neighbours, by place: what they share is counted from the same hour."""
    statistics: list[Floats] = field(default_factory=list)
    """By label: how well each family explains it, in units of its own usual size."""
    pretences: list[float] = field(default_factory=list)
    """And how well an instrument's own doing does."""

    @property
    def labels(self) -> int:
        return len(self.statistics)

    def firm(self, rule: CoarseRule, family: int, likely: Sequence[int], *, doubt: float = 1.0) -> bool:
        """One hour far beyond the usual, or two in a row that are so together; `doubt` times as far."""
        hours, least = self.statistics, doubt * rule.first
        if hours[-1][family] >= least:
            return True
        if len(hours) < 2:
            return False
        last = hours[-LAST:]
        together = np.sum(last, axis=0) / math.sqrt(len(last))
        return bool(
            max(together[f] for f in likely) >= least and min(s.max() for s in hours[-2:]) >= rule.later
        )

    def odds(self, family: int) -> float:
        """Logarithm of how much better the family explains the last labels than the instrument does."""
        mine, false = [x[family] for x in self.statistics[-LAST:]], self.pretences[-LAST:]
        return float(max(sum(mine), 0.0) ** 2 - max(sum(false), 0.0) ** 2) / (2 * len(mine))

    def pretends(self, least: float) -> bool:
        """Whether for three labels the instrument explains the change better than any source, and far from chance."""
        last = self.pretences[-LAST:]
        sources = max(float(sum(x[f] for x in self.statistics[-LAST:])) for f in range(len(FAMILIES)))
        return len(last) == LAST and sum(last) > sources and sum(last) / math.sqrt(LAST) >= least
