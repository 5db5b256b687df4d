"""Cross parameter: PM2.5 is part of PM10 and cannot exceed it; if it does, either of the two is wrong.

Both values get the verdict, as nobody knows which is wrong. Sources: Wu et al. 2018, Liu et al. 2016 (PM2.5
must not exceed PM10); the suspect margins, for the noise of two measurements, are those of
`design/standards.md` 4.4. The fail bound is our own: the two instruments of reference stations contradict each
other by a fifth in whole inversions, and those readings must still be used.
"""

from dataclasses import dataclass

from alerts.quality.outcome import Level


@dataclass(frozen=True, slots=True)
class CrossBound:
    ratio: float
    margin: float
    """µg/m³."""

    def is_passed(self, pm25: float, pm10: float) -> bool:
        return pm25 > self.ratio * pm10 + self.margin


@dataclass(frozen=True, slots=True)
class CrossRule:
    suspect: CrossBound
    fail: CrossBound


def level(pm25: float, pm10: float, rule: CrossRule) -> Level:
    """The verdict on both of a pair."""
    if not rule.suspect.is_passed(pm25, pm10):
        return Level.PASS
    return Level.FAIL if rule.fail.is_passed(pm25, pm10) else Level.SUSPECT
