"""Warm-up: what an instrument shows in its first minutes after a longer silence is suspect.

At the very start of a series nobody knows whether the instrument or only the service started, and nothing is
there to compare with: not evaluated. A reading stands for the cadence before it, so means of hours are never
concerned beyond the first. Source: fan, laser and flow of optical sensors settle within a minute or two, the
durations are our own.
"""

from dataclasses import dataclass

from alerts.quality.outcome import Level


@dataclass(frozen=True, slots=True)
class WarmUpRule:
    gap_s: float
    """A silence of at least this …"""
    gap_cadences: float
    """… and of more than so many reporting periods may have been without power."""
    for_s: float

    def gap(self, cadence_s: float) -> float:
        """The silence in seconds from which on an instrument counts as switched on again."""
        return max(self.gap_s, self.gap_cadences * cadence_s)


def level(resumed_at: float, observed_at: float, *, first_of_all: bool, rule: WarmUpRule) -> Level:
    """The verdict on a reading after running since `resumed_at`."""
    if observed_at - resumed_at >= rule.for_s:
        return Level.PASS
    return Level.NOT_EVALUATED if first_of_all else Level.SUSPECT
