"""How much a change of one hour means: the noise that stations of hours have, on the long average and at present.

A covariance of the pollutants' residuals for the whole group, followed slowly; and how restless the air around each
station is at present, by the residuals of the last hours there (exponentially weighted, as volatility is in
RiskMetrics 1996): calm nights show little, windy days a lot. From its second hour on what is
under suspicion is not learned; the first counts for three sigma at most.
"""

import numpy as np

from alerts.network.group import COLUMNS, Group
from alerts.network.medians import Floats, Truths
from alerts.network.rules import CoarseRule
from alerts.network.signature import FAMILIES

BEGIN = 0.01
CLIPPED = 1.15
"""What clipping at three sigma takes from the variance of heavy tails."""
WARM_HOURS = 12
"""Hours a station before anybody is judged: the noise has to be known."""
SMALLEST = 0.8
"""A station that shows next to nothing for days has no better noise than that: it may begin to."""


class Unrest:
    """The noise of one group of stations of hours."""

    def __init__(self, group: Group, restless_labels: float) -> None:
        n = group.size
        self.group = group
        self.pace = 1 - 0.5 ** (1 / restless_labels)
        self.noise: Floats = np.diag([BEGIN] * COLUMNS)
        self.heard = 0
        self.usual: Floats = np.ones((n, len(FAMILIES)))
        """Usual size of each family's statistic."""
        self.usual_seen: Floats = np.zeros(n)
        self.squares: Floats = np.full((n, COLUMNS), np.nan)
        """Squares of the label's residuals, in units of the noise."""
        self.restless: Floats = np.ones((n, COLUMNS))
        """What they are around each station lately; 1 on the long average."""

    def turn(self) -> None:
        """Takes the squares of the label that has ended."""
        if not self.group.size:
            return
        now = CLIPPED * self.group.neighbours.mean(self.squares)
        self.restless += np.where(np.isnan(now), 0, self.pace * (now - self.restless))
        self.squares[:] = np.nan

    @property
    def warm(self) -> bool:
        return self.heard >= self.group.size * WARM_HOURS

    def sigma(self) -> Floats:
        result: Floats = np.sqrt(np.diag(self.noise))
        return result

    def covariance(self, place: int, lifted: Floats, rule: CoarseRule) -> Floats:
        """Of a residual there at present. Stations answer a shared rise (`lifted`, log) each with their own gain, so
        it leaves more to chance.
        """
        restless = np.sqrt(np.clip(self.restless[place], rule.calmest, rule.wildest))
        spread = rule.gain_spread * lifted
        result: Floats = self.noise * np.outer(restless, restless) + np.outer(spread, spread)
        return result

    def size(self, place: int) -> Floats:
        """Usual size of each family's statistic at the station."""
        result: Floats = np.maximum(self.usual[place], SMALLEST)
        return result

    def learn(self, place: int, residual: Floats, statistic: Floats, known: Truths, *, watched: bool) -> None:
        """Follows the noise; a residual counts for three sigma at most, whatever it was."""
        sigma = self.sigma()
        clipped = np.clip(residual / sigma, -3, 3)
        if not watched:
            self.squares[place] = np.where(known, clipped * clipped, np.nan)
        clipped = clipped * sigma
        days = self.group.size * 24 * 4.0
        weight = 1 / (self.heard + 20) if self.heard < days else 1 / days
        self.noise = (1 - weight) * self.noise + weight * CLIPPED * np.outer(clipped, clipped)
        self.heard += 1
        pace = max(1 / (self.usual_seen[place] + 4), 1 / 96.0)
        middle = self.usual[place] / 1.4826
        # A source takes nothing away, so in half of the hours its statistic is 0: the others tell its size.
        followed = middle * np.exp(1.5 * pace * np.sign(statistic - middle) * (statistic > 0))
        self.usual[place] = np.clip(followed, 0.3, 3) * 1.4826
        self.usual_seen[place] += 1
